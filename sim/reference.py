"""The tables of docs/model.md and docs/rubric.md, written from the code.

`python -m sim.reference` rewrites them between their markers, `<!-- table: NAME -->` and
`<!-- end -->`; the prose around them is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from math import isinf
from pathlib import Path

from sim.operations import Touches, Verb
from sim.parameters import FREE, STRUCTURE, Parameter
from sim.scenario import rubric
from sim.state import State, Status

PAGES = tuple(Path(__file__).parents[1] / "docs" / name for name in ("model.md", "rubric.md"))
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def written(page: str) -> str:
    """The page with every marked table as the code has it now.

    Raises:
        KeyError: a marker names no table.
    """
    return _TABLE.sub(lambda found: f"{found[1]}{TABLES[found[2]]}\n{found[3]}", page)


def _table(header: str, rows: Iterable[tuple[str, ...]]) -> str:
    titles = header.split(", ")
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _bounds(low: float, high: float) -> str:
    if isinf(low):
        return "any" if isinf(high) else f"≤ {high:g}"
    return f"≥ {low:g}" if isinf(high) else f"{low:g} to {high:g}"


def _state() -> str:
    def row(name: str, doc: str, axes: tuple[str, ...], uom: str, bounds: tuple[float, float]) -> tuple[str, ...]:
        return f"`{name}`", doc, ", ".join(axes), uom, _bounds(*bounds)

    return _table("Name, Meaning, Axes, Unit of measure, Bounds", (row(f.name, **f.metadata) for f in fields(State)))


def _statuses() -> str:
    return _table("Number, Status", ((str(int(status)), f"`{status.label}`") for status in Status))


def _parameters(parameters: tuple[Parameter, ...]) -> str:
    return _table(
        "Name, Symbol, Default, Prior, Unit of measure, Role, Status, What it governs; why this value",
        (
            (f"`{p.name}`", p.symbol, f"{p.default:.4g}", f"{p.prior[0]:.4g} to {p.prior[1]:.4g}", p.uom,
             p.role, p.status, p.reason)
            for p in parameters
        ),
    )  # fmt: skip


def _rubric() -> str:
    shifts = {"manning": rubric.MANNING, "leadership": rubric.LEADERSHIP, "stake": rubric.STAKE}
    alone = {"elite unit": rubric.ELITE, "foreign contingent": rubric.CONTINGENT}
    rows = [
        *((name, word, f"{s.morale:+g}", f"{s.loyalty:+g}", "") for name, t in shifts.items() for word, s in t.items()),
        *((name, "", f"{s.morale:+g}", f"{s.loyalty:+g}", "") for name, s in alone.items()),
        *(("exit", word, "", "", f"safety of quitting φ = {value:g}") for word, value in rubric.SAFETY.items()),
        *(("supply", word, "", "", f"stocks: {value:.0%} of the cap") for word, value in rubric.SUPPLY.items()),
        *(("backing", word, "", "", f"c = {s.commitment:g}, T = {s.trust:g}") for word, s in rubric.BACKING.items()),
    ]
    return _table("Factor, Word, Morale, Loyalty, Other", rows)


TABLES = {
    "state": _state(),
    "statuses": _statuses(),
    "free": _parameters(FREE),
    "structure": _parameters(STRUCTURE),
    "rubric": _rubric(),
    "verbs": ", ".join(f"`{verb}`" for verb in Verb) + ".",
    "touches": ", ".join(f"`{quantity}`" for quantity in Touches) + ".",
}
"""Marker name -> what stands below it."""


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(written(page.read_text(encoding="utf-8")), encoding="utf-8")
