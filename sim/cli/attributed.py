"""What `rout attribute` prints: who added what, who needs whom, and what the numbers depend on."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from sim.cli.output import put, table
from sim.cli.text import count

if TYPE_CHECKING:
    from sim.experiments.attribution import Attribution

Row = dict[str, Any]

MOST_PAIRS = 5
"""Interactions told; attribution.json has all."""
DEPENDS = (
    "What is added depends on the model and its parameter values, on which triggers are players and which stay on, "
    "on the measure and the day, and on the dice. It says what this model does with and without a trigger; "
    "it is not what caused the collapse in history."
)


def print_attribution(out: Console, found: Attribution) -> None:
    """Print an attribution."""
    told = found.as_dict()
    out.print(Text(found.resolved.title, style="head"))
    out.print(fill(f"{_players(told)} {_method(told)}, seed {told['seed']}.", out.width) + "\n")
    for measure, title, factor, digits in (
        ("share", f"Collapse by day {told['day']:g}: runs of 100 that each player adds", 100, 1),
        ("mean_hours", "Mean time to collapse: days that each player adds", 1 / 24, 2),
        ("median_hours", "Median time to collapse: days that each adds", 1 / 24, 2),
    ):
        if measure == "median_hours" and _never_reached(told):
            text = f"Median time to collapse: not reached within {told['days']:g} days, with all players or with none."
            out.print(fill(text, out.width) + "\n")
        elif measure in told["measures"]:
            _values(out, told["measures"][measure], title, factor, digits)
    _pairs(out, told["measures"]["share"])
    note = f"In times, a run that does not collapse counts as day {told['days']:g}."
    if "median_hours" in told["measures"]:
        note += " Intervals of the median come from resampled runs, all others are those of a mean of runs."
    out.print(fill(note, out.width))
    out.print(fill(DEPENDS, out.width))
    out.print(Text(f"Ranges are {told['note']}.", style="warn"))


def _never_reached(told: Row) -> bool:
    """Whether half of the runs do not collapse, whoever plays: all values would be 0."""
    worth = told["measures"].get("median_hours")
    if worth is None:
        return False
    moves = [row[what]["value"] for row in worth["players"].values() for what in ("leave_one_out", "add_one_in")]
    return min(worth["full"], worth["none"]) >= 24 * told["days"] and not any(moves)


def _players(told: Row) -> str:
    others = told["other_triggers"]
    stay = "no other trigger happens" if not others else f"the other {count(others, 'trigger')} may happen in all"
    return f"{count(len(told['players']), 'player')}; {stay}."


def _method(told: Row) -> str:
    runs = f"{told['runs']:,} runs"
    if told["coalitions"] is None:
        return f"{told['method'].capitalize()}, which share {runs}"
    return f"{runs} of each of {told['coalitions']:,} coalitions, on the same dice"


def _values(out: Console, worth: Row, title: str, factor: float, digits: int) -> None:
    def signed(value: float) -> str:
        return f"{value * factor:+.{digits}f}"

    made = table(title, ids=["player"], words=[], numbers=["Shapley", "95 %", "left out", "alone"])
    for name, row in worth["players"].items():
        shapley, left_out, alone = (row[what] for what in ("shapley", "leave_one_out", "add_one_in"))
        span = f"{signed(shapley['low'])} to {signed(shapley['high'])}"
        made.add_row(name, signed(shapley["value"]), span, signed(left_out["value"]), signed(alone["value"]))
    put(out, made)
    full, none = worth["full"] * factor, worth["none"] * factor
    out.print(
        f"Together {signed(worth['sum'])}: {full:.{digits}f} with all players, {none:.{digits}f} with none of them.\n"
    )


def _pairs(out: Console, worth: Row) -> None:
    """The strongest interactions in the share of collapsed runs."""
    if worth["interactions"] is None:
        out.print("Interactions are not told from sampled orders.\n")
        return
    made = table("Strongest interactions, in runs of 100", ids=["players"], words=[""], numbers=["index", "95 %"])
    for row in worth["interactions"][:MOST_PAIRS]:
        value, low, high = (100 * row["index"][limit] for limit in ("value", "low", "high"))
        made.add_row(" × ".join(row["players"]), _word(low, high), f"{value:+.1f}", f"{low:+.1f} to {high:+.1f}")
    if made.row_count:
        put(out, made)
        out.print()


def _word(low: float, high: float) -> str:
    return "reinforce" if low > 0 else "overlap" if high < 0 else "unclear"
