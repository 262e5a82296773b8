"""What `rout compare` prints: both versions side by side, and what the difference does to the same run."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from sim.cli.output import hang, put, table
from sim.cli.report import NOT_REACHED, day_of

if TYPE_CHECKING:
    from sim.experiments.compare import Comparison

Row = dict[str, Any]

MOST_ROWS = 8
"""Places and units told; comparison.json has all."""
BECAME = {
    "earlier": "comes earlier",
    "same": "comes at the same hour, or in neither version",
    "later": "comes later",
    "prevented": "is prevented (comes in the base only)",
    "caused": "is caused (comes in the variant only)",
}


def print_comparison(out: Console, comparison: Comparison) -> None:
    """Print the summary of a comparison."""
    summary = comparison.summary
    out.print(Text(comparison.base.resolved.title, style="head"))
    out.print(f"{summary['runs']:,} pairs of runs of {summary['days']:g} days, seed {summary['seed']}: the same dice")
    if summary["posterior"]:
        out.print(f"Both runs of a pair draw the same parameters from the posterior {summary['posterior']}.")
    for side, name in zip(("base", "variant"), summary["names"], strict=True):
        hang(out, f"{side:<9}", name, 9)
    for note in summary["notes"]:
        out.print(note, style="warn")
    out.print()
    _collapse(out, summary)
    _became(out, summary)
    _shift(out, summary)
    _places(out, summary)
    _units(out, summary)
    out.print(Text(f"Ranges are {summary['note']}.", style="warn"))


def _collapse(out: Console, summary: Row) -> None:
    made = table(
        "Of 100 runs, collapsed",
        ids=["by day"],
        words=[],
        numbers=["base", "95 %", "variant", "95 %", "difference", "95 %"],
    )
    for day, row in summary["collapse_share"].items():
        sides = [text for side in ("base", "variant") for text in (_of_100(row[side]), _range(row[f"{side}_interval"]))]
        low, high = (_signed(100 * limit, 1) for limit in row["difference_interval"])
        made.add_row(day, *sides, _signed(100 * row["difference"], 1), f"{low} to {high}")
    put(out, made)
    for side, middle in summary["median_hours"].items():
        if middle["median"] is None:
            out.print(f"Median of the {side}: {NOT_REACHED} within {summary['days']:g} days")
            continue
        upper = NOT_REACHED if middle["high"] is None else day_of(middle["high"])
        interval = "" if middle["low"] is None else f" (95 % Monte Carlo interval {day_of(middle['low'])} to {upper})"
        out.print(f"Median of the {side}: {day_of(middle['median'])} days{interval}")
    out.print()


def _became(out: Console, summary: Row) -> None:
    made = table("The same run in the variant", ids=["its collapse"], words=[], numbers=["of 100 runs", "95 %"])
    for name, words in BECAME.items():
        row = summary["became"][name]
        made.add_row(words, _of_100(row["share"]), _range([row["low"], row["high"]]))
    put(out, made)
    if summary["neither_share"] > 0:
        out.print(f"In neither version: {_of_100(summary['neither_share'])} of 100 runs.")
    out.print()


def _shift(out: Console, summary: Row) -> None:
    shift, runs = summary["shift_hours"], summary["independent_runs"]
    out.print(Text("Shift of the collapse in the same run [days]", style="head"))
    made = table("", ids=[""], words=[], numbers=["shift", "95 %"])
    for name, prefix in (("mean", ""), ("median", "median_")):
        made.add_row(name, _days(shift, name), _interval(shift, prefix))
    put(out, made)
    out.print(f"Positive: later in the variant. Without a collapse a run counts as day {summary['days']:g}.")
    low, high = (_days(summary["spread_hours"], end) for end in ("low", "high"))
    varies = "dice and parameters" if summary["posterior"] else "the dice alone"
    out.print(f"Of 100 pairs, 90 shift by {low} to {high} days: that is {varies}.")
    if runs is not None:
        out.print(f"Independent dice would have needed {ceil(runs):,} runs of each for the same precision.")
    out.print()


def _places(out: Console, summary: Row) -> None:
    moved = [row for row in summary["places"] if row["shift_hours"]["mean"]]
    if not moved:
        none = "No place falls at another time." if summary["places"] else "The two versions have no place in common."
        out.print(f"{none}\n")
        return
    made = table(
        "Places whose fall moved most",
        ids=["place"],
        words=[],
        numbers=["base: fell", "variant: fell", "mean shift", "95 %"],
    )
    for row in moved[:MOST_ROWS]:
        shift = row["shift_hours"]
        made.add_row(
            row["place"],
            _of_100(row["base_share"]),
            _of_100(row["variant_share"]),
            _days(shift, "mean"),
            _interval(shift),
        )
    put(out, made)
    out.print(f"Fell: of 100 runs. Shift in days; a place that never falls counts as day {summary['days']:g}.")
    _more(out, moved)


def _units(out: Console, summary: Row) -> None:
    changed = [row for row in summary["units"] if row["share"]]
    if not changed:
        none = "No unit ends otherwise." if summary["units"] else "The two versions have no unit in common."
        out.print(f"{none}\n")
        return
    made = table("Units that most often end otherwise", ids=["unit"], words=["mostly"], numbers=["of 100 runs", "95 %"])
    for row in changed[:MOST_ROWS]:
        change = f"{row['from']} → {row['to']}"
        made.add_row(row["unit"], change, _of_100(row["share"]), _range([row["low"], row["high"]]))
    put(out, made)
    _more(out, changed)


def _more(out: Console, rows: list[Row]) -> None:
    """The end of a table: how many rows are not told."""
    left = len(rows) - MOST_ROWS
    out.print(f"comparison.json has {left} more.\n" if left > 0 else "")


def _of_100(share: float) -> str:
    """A share as a number of 100 runs, with one decimal."""
    return f"{100 * share:.1f}"


def _range(limits: list[float]) -> str:
    return f"{100 * limits[0]:.1f}–{100 * limits[1]:.1f}"


def _signed(value: float | None, digits: int) -> str:
    """With its sign and a true minus; 0 has none."""
    if value is None:
        return "–"
    rounded = round(value, digits)
    return f"{rounded:+.{digits}f}".replace("-", "−") if rounded else f"{0:.{digits}f}"


def _days(shift: Row, name: str) -> str:
    """Hours as signed days."""
    return _signed(None if shift[name] is None else shift[name] / 24, 2)


def _interval(shift: Row, prefix: str = "") -> str:
    low, high = (_days(shift, f"{prefix}{limit}") for limit in ("low", "high"))
    return "–" if shift[f"{prefix}low"] is None else f"{low} to {high}"
