"""The dice alone, and dice and parameters together: two bands that are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from sim.results import Result

DICE = "dice"
"""Folder within a result: the same runs with the parameters at the posterior's medians."""
_TIMES = (("collapse_hour", "collapse"), ("capital_hour", "capital lost"))


def bands(whole: Result, dice: Result) -> dict[str, Any]:
    """Hours of collapse and of the capital's loss: 5, 50 and 95 % points of both ensembles, None where not reached."""
    return {
        words: {"dice_and_parameters": _points(whole, column), "dice": _points(dice, column)}
        for column, words in _TIMES
    }


def _points(result: Result, column: str) -> dict[str, float | None]:
    import numpy as np

    from sim.measures.times import finite

    hours = np.sort(np.nan_to_num(result.outcomes([column])[column].to_numpy(np.float64), nan=np.inf))
    places = {"5": 0.05, "50": 0.5, "95": 0.95}
    told = {name: finite(hours[min(int(place * len(hours)), len(hours) - 1)]) for name, place in places.items()}
    return told | {"share": float(np.isfinite(hours).mean())}


def print_bands(out: Console, found: dict[str, Any], source: str) -> None:
    """Print both bands, one below the other."""
    from sim.cli.output import put, table

    title = f"Two bands [days]: parameters drawn from {source}, and at its medians"
    made = table(title, ids=[], words=["", "what varies"],
                 numbers=["5 %", "50 %", "95 %", "in"])  # fmt: skip
    for words, both in found.items():
        for number, (name, varies) in enumerate(
            (("dice_and_parameters", "dice and parameters"), ("dice", "dice alone"))
        ):
            row = both[name]
            made.add_row("" if number else words, varies, *(_day(row[key]) for key in ("5", "50", "95")),
                         f"{row['share']:.0%}")  # fmt: skip
    put(out, made)


def _day(hours: float | None) -> str:
    return "-" if hours is None else f"{hours / 24:.1f}"
