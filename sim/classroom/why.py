"""Why did this unit break? The answer in plain words, from the lived run."""

from __future__ import annotations

from typing import Any

TOP = 3
"""Reasons that are told."""
LONGEST_CHAIN = 8
_LAYERS = {"place": "at the same place", "formation": "in the same formation", "patron": "under the same patron"}

Row = dict[str, Any]


def why(breaks: list[Row], unit: str) -> Row | None:
    """Why a unit broke: a sentence, the largest pushes, and the chain of those who broke before it; None if it has not.

    Args:
        breaks: of the lived run, as far as it is told (`sim.report.lived.why_units_broke`).
        unit: its id.
    """
    by_unit = {row["unit"]: row for row in breaks}
    row = by_unit.get(unit)
    if row is None:
        return None
    pushes = row["reasons"][:TOP]
    return {
        "unit": unit,
        "name": row["name"],
        "hour": row["hour"],
        "status": row["status"],
        "sentence": _sentence(row, pushes),
        "reasons": pushes,
        "chain": _chain(by_unit, row),
    }


def _sentence(row: Row, pushes: list[Row]) -> str:
    head = f"{row['name']} broke on {row['when']} at {row['place']} ({row['status']})."
    if not pushes:
        return f"{head} Nothing pushed it in particular: it was bad luck."
    told = "; ".join(push["words"] for push in pushes)
    return f"{head} What pushed it most: {told}."


def _chain(by_unit: dict[str, Row], row: Row) -> list[Row]:
    """Who broke before it, one after another, back to the first; how the one could see the other."""
    chain: list[Row] = []
    while (before := by_unit.get(row["after"] or "")) is not None and len(chain) < LONGEST_CHAIN:
        seen = " and ".join(_LAYERS[layer] for layer in row["through"])
        words = f"{row['before']:g} h before, {before['name']} had broken, {seen}"
        chain.append({"unit": before["unit"], "name": before["name"], "hour": before["hour"], "words": words})
        row = before
    return chain
