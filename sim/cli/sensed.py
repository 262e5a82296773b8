"""What `rout sensitivity` prints: where the variance comes from, and what each factor does."""

from __future__ import annotations

from math import ceil, isfinite, log2
from textwrap import fill
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from sim.cli.output import put, table
from sim.cli.text import count, listed

if TYPE_CHECKING:
    from sim.experiments.sensitivity import Row, Sensitivity

SOBOL = (
    "S1: share of the variance between points that the factor makes alone; ST: alone or together with others. "
    "The part of the dice is taken off. Low and high: {words} over the quarter of the points where the factor is "
    "lowest, and highest."
)
MORRIS = (
    "µ*: mean size of the change when the factor goes through its whole range and nothing else changes; µ: with its "
    "sign; σ: how much it differs from place to place, by interaction or curvature; dice: what µ* would be by the "
    "dice alone. Low and high: {words} at the two ends of a move over two thirds of the range, around the mean."
)
WIDE = "? unresolved: {}."


def print_sensitivity(out: Console, found: Sensitivity) -> None:
    """Print what a sweep tells of its factors."""
    told = found.as_dict()
    words = found.measure.words
    out.print(Text(f"What moves the {words}", style="head"))
    laid = "trajectories" if found.method == "morris" else "pairs of points"
    how = f"{', '.join(told['scenarios'])}, by {found.method.capitalize()}: {found.base:,} {laid}, "
    how += f"{count(told['points'], 'design point')} of {count(told['runs'], 'run')}, seed {told['seed']}."
    out.print(fill(f"{how} Mean over all points: {_shown(found, found.mean)}.", out.width) + "\n")
    if not sum(found.parts):
        out.print(fill(_constant(found), out.width) + "\n")
        out.print(Text(f"Ranges are {told['note']}.", style="warn"))
        return
    _parts(out, found)
    (_sobol if found.method == "sobol" else _morris)(out, found)
    for text in _notes(found):
        out.print(fill(text, out.width))
    out.print(Text(f"Ranges are {told['note']}.", style="warn"))


def _constant(found: Sensitivity) -> str:
    """That there is nothing to tell apart, and what would vary."""
    from sim.experiments.point_measure import varying

    text = "It is the same in all runs of all points, so there is nothing to share out among factors."
    others = [measure.text for measure in varying(found.folder)]
    if not others:
        return f"{text} No other measure by the horizon varies either: take wider ranges, or another horizon."
    return f"{text} These vary: {', '.join(f'--measure {name}' for name in others)}."


def _parts(out: Console, found: Sensitivity) -> None:
    parts, (low, high) = found.parts, found.parts_interval
    out.print("Variance between single runs")
    for share, text in (
        (parts.factors, f"the factors, between design points (95 % interval {100 * low:.0f} to {100 * high:.0f})"),
        (parts.dice, "the dice, alike at every point"),
        (parts.both, "the dice, differently from point to point"),
    ):
        out.print(f"  {100 * share:3.0f} %  {text}")
    out.print()


def _sobol(out: Console, found: Sensitivity) -> None:
    made = table(
        "Share of the variance between points", ids=["factor"], words=[],
        numbers=["S1", "95 %", "ST", "95 %", "low", "high", ""],
    )  # fmt: skip
    for row in found.rows:
        first, total = row.indices["first"], row.indices["total"]
        made.add_row(row.factor, *_index(*first), *_index(*total), *_ends(found, row), _mark(row))
    put(out, made)


def _morris(out: Console, found: Sensitivity) -> None:
    made = table(
        f"Elementary effects [{'points of 100' if found.measure.is_share else 'days'}]", ids=["factor"], words=[],
        numbers=["µ*", "95 %", "µ", "σ", "dice", "low", "high", ""],
    )  # fmt: skip
    shown = found.measure.shown
    for row in found.rows:
        size, half = row.indices["mu_star"]
        numbers = (shown(row.indices[name][0]) for name in ("mu", "sigma", "floor"))
        interval = f"{shown(max(size - half, 0))}–{shown(size + half)}"
        made.add_row(row.factor, shown(size), interval, *numbers, *_ends(found, row), _mark(row))
    put(out, made)


def _index(value: float, half: float) -> tuple[str, str]:
    if not isfinite(value):
        return "–", ""
    return f"{value:.2f}", f"{value - half:.2f}–{value + half:.2f}"


def _ends(found: Sensitivity, row: Row) -> tuple[str, str]:
    return found.measure.shown(row.low_end), found.measure.shown(row.high_end)


def _mark(row: Row) -> Text:
    return Text("" if row.resolved else "?", style="warn")


def _notes(found: Sensitivity) -> list[str]:
    """How to read the table, and what it does not tell."""
    from sim.experiments.sensitivity import RESOLVED

    notes = [(SOBOL if found.method == "sobol" else MORRIS).format(words=_words(found))]
    names = found.unresolved
    if found.method == "morris" and names:
        notes.append(WIDE.format(f"not told apart from the dice ({listed(names)}); more --runs or --points may"))
    elif names and found.noise >= 1:
        notes.append(WIDE.format("the points do not differ by more than the dice; take more --runs"))
    elif names:
        most = max(half for row in found.rows for _, half in row.indices.values())
        enough = 2 ** ceil(log2(found.base * (most / RESOLVED) ** 2))
        notes.append(
            WIDE.format(
                f"an interval is wider than ±{RESOLVED:g} ({count(len(names), 'factor')}). About --points {enough} "
                f"would do. {100 * found.noise:.0f} % of the variance between points was the dice's; more --runs "
                "lessen that"
            )
        )
    return [*notes, "Intervals are of the sample of points and of the dice; they know nothing of other ranges."]


def _words(found: Sensitivity) -> str:
    return "the share [%]" if found.measure.is_share else "the days"


def _shown(found: Sensitivity, value: float) -> str:
    return f"{found.measure.shown(value)} {'%' if found.measure.is_share else 'days'}"
