"""What `rout tipping` prints: reruns from each day on, points of no return, last chances; or a map."""

from __future__ import annotations

from itertools import groupby
from textwrap import fill
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from sim.cli.output import put, table
from sim.cli.report import day_of
from sim.cli.text import count, listed

if TYPE_CHECKING:
    from sim.experiments.phase_map import PhaseMap
    from sim.experiments.tipping import Tipping

Row = dict[str, Any]

CELL = 10
"""Room for a value in a map [characters]."""
DEPENDS = (
    "Reruns hold the dice: what has happened before a day goes on having its effects. They depend on the model "
    "and its parameter values, and on what is stopped; they are not a claim about what could have been done."
)


def print_tipping(out: Console, found: Tipping) -> None:
    """Print reruns without later triggers."""
    told = found.as_dict()
    out.print(Text(found.resolved.title, style="head"))
    how = f"{told['runs']:,} runs of each day, on the same dice, seed {told['seed']}."
    out.print(fill(f"{how} {_what(found)}", out.width))
    out.print()
    _days(out, told)
    _points(out, told)
    _chances(out, told)
    _cascade(out, told)
    out.print(fill(DEPENDS, out.width))
    out.print(Text(f"Ranges are {told['note']}.", style="warn"))


def _what(found: Tipping) -> str:
    on = sum(t.enabled for t in found.resolved.triggers)
    stops = f"{listed(found.removed)} stop" if len(found.removed) < on else f"all {count(on, 'trigger')} stop"
    stops = stops if found.removed else "no trigger stops"
    turns = ", ".join(f"{key} {value:g}" for key, value in found.favourable.items())
    return f"On that day {stops}{f', and in the host’s favour: {turns}' if turns else ''}."


def _days(out: Console, told: Row) -> None:
    made = table(
        f"Collapse by day {told['day']:g}, runs of 100", ids=["stopped on day"], words=[],
        numbers=["already", "collapse", "95 %", "median day"],
    )  # fmt: skip
    for cells, days in groupby(told["from_day"], key=_cells):
        first, *others = [f"{row['day']:g}" for row in days]
        made.add_row(first + (f" to {others[-1]}" if others else ""), *cells)
    made.add_row("never", *_cells(told["full"]))
    put(out, made)
    out.print(fill("Already: collapsed by the day on which the others are stopped. "
                   f"A dash: the median is not reached within {told['days']:g} days.", out.width) + "\n")  # fmt: skip


def _cells(row: Row) -> tuple[str, ...]:
    """What is printed of a day; days in a row of which it is the same are one."""
    already = f"{100 * row['already']:.1f}" if "already" in row else ""
    limits = f"{100 * row['low']:.1f}–{100 * row['high']:.1f}"
    return already, f"{100 * row['share']:.1f}", limits, day_of(row["median_hours"])


def _points(out: Console, told: Row) -> None:
    if told["points"][0]["day"] is None:
        out.print(f"No run collapses by day {told['day']:g}: there is no point of no return.\n")
        return
    for point in told["points"]:
        first = " or before" if point["day"] == told["from_day"][0]["day"] else ""
        dips = "; later days dip below" if point["dips_later"] else ""
        span = "too few runs collapse for an interval"
        if point["low"] is not None:
            span = f"95 % Monte Carlo interval {point['low']:g} to {point['high']:g}"
        out.print(f"Point of no return at {100 * point['level']:g} %: day {point['day']:g}{first} ({span}{dips})")
    out.print(
        fill("The first day from which at least that part of the runs that collapse if nothing stops does so all the "
             "same.", out.width) + "\n"
    )  # fmt: skip


def _chances(out: Console, told: Row) -> None:
    chance = told["last_chance"]
    if not chance["collapsed_runs"]:
        return
    low, middle, high = (chance["quantiles"][p] for p in ("0.05", "0.5", "0.95"))
    rest = ""
    if middle is not None:
        rest = f"In the others the last day on which it helps is day {middle:g} (median; 5–95 %: {low:g} to {high:g})."
    never = f"In {100 * chance['never']:.0f} % of the {chance['collapsed_runs']:,} runs that collapse"
    out.print(fill(f"{never}, stopping helps on no day of the grid. {rest}", out.width) + "\n")


def _cascade(out: Console, told: Row) -> None:
    """When the cascade begins and ends, against the points of no return and the last chances."""
    cascade, days = told["cascade"], [f"by day {point['day']:g}" for point in told["cascade"]["at_points"]]
    made = table("The largest cascade if nothing stops [days]", ids=[""], words=[],
                 numbers=["5 %", "median", "95 %", *days])  # fmt: skip
    for name, word in (("onset", "begins"), ("end", "ends")):
        hours = [day_of(cascade[f"{name}_hours"][p]) for p in ("0.05", "0.5", "0.95")]
        made.add_row(word, *hours, *(f"{100 * point[f'{name}_by']:.1f}" for point in cascade["at_points"]))
    put(out, made)
    none = f"{100 * cascade['none']:.1f} of 100 runs have none"
    text = f"It is the largest row of breaks of units with no pause above {cascade['gap_hours']:g} h; {none}."
    if days:
        text += " By day: runs of 100 in which it has begun, or ended, by a point of no return."
    low, middle, high = (cascade["chance_after_onset_hours"][p] for p in ("0.05", "0.5", "0.95"))
    if middle is not None:
        text += f" Where stopping helps, the last day on which it does comes {_after(middle)} "
        text += f"(median; 5–95 %: {_signed(low)} to {_signed(high)})."
    out.print(fill(text, out.width) + "\n")


def _after(hours: float) -> str:
    """Hours since the onset as words."""
    return f"{abs(hours) / 24:.1f} days {'after' if hours >= 0 else 'before'} the cascade begins"


def _signed(hours: float) -> str:
    return f"{hours / 24:+.1f}".replace("-", "−")


def print_map(out: Console, found: PhaseMap) -> None:
    """Print the share collapsed over two parameters."""
    told = found.as_dict()
    out.print(Text(found.resolved.title, style="head"))
    out.print(f"{told['runs']:,} runs of each cell, on the same dice, seed {told['seed']}\n")
    x, y = told["x"], told["y"]
    out.print(f"Across: {x['parameter']} [{x['uom']}]; down: {y['parameter']} [{y['uom']}]\n")
    title = f"Collapsed by day {told['day']:g}, runs of 100"
    heads, rows = [f"{value:.3g}" for value in x["values"]], list(zip(y["values"], told["share"], strict=True))
    many = max(1, (out.width - CELL) // CELL)
    for first in range(0, len(heads), many):
        some = slice(first, first + many)
        made = table(title if not first else "…", ids=[""], words=[], numbers=heads[some])
        for value, shares in reversed(rows):
            made.add_row(f"{value:.3g}", *(f"{100 * share:.0f}" for share in shares[some]))
        put(out, made)
    out.print(f"The scenario stands at {x['parameter']} {x['here']:g}, {y['parameter']} {y['here']:g}.\n")
    out.print(Text(f"Ranges are {told['note']}.", style="warn"))
