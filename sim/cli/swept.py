"""What `rout sweep` and `rout merge` print of a sweep."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.console import Console
from rich.text import Text

from sim.cli.output import folded, needed, put, table
from sim.cli.report import day_of
from sim.cli.text import count

if TYPE_CHECKING:
    from sim.experiments.sweep.folder import SweepFolder
    from sim.experiments.sweep.sweep import Sweep

Row = dict[str, Any]

SHOWN = 20
"""Points in a printed table; of more, those with most and least collapse."""
MOST_FACTORS = 4
"""Columns of factors in a table."""
HEAD_WIDTHS = (14, 8)
"""A column's name is broken into lines of about this, or this where there is no room [characters]."""


def as_dict(folder: SweepFolder) -> dict[str, Any]:
    """What `--json` prints: plain numbers, words and lists; times in hours, None where not reached."""
    from sim.measures import LABEL

    told = folder.explicit
    return {
        "name": told["name"],
        "scenarios": list(told["scenarios"]),
        "note": LABEL,
        "design": told["design"]["kind"],
        "factors": [factor["name"] for factor in told["factors"]],
        "runs": folder.provenance["runs"],
        "seed": told["seed"],
        "points": folder.summary.to_pylist(),
    }


def print_points(out: Console, sweep: Sweep, duration: str) -> None:
    """What a sweep would simulate, and how long that takes."""
    layout = sweep.layout
    _head(out, sweep.explicit, len(sweep.rows))
    runs = f"{sweep.runs:,} runs" if sweep.precision is None else f"at most {sweep.runs:,} runs"
    out.print(
        f"{runs} at each point, {len(sweep.rows) * sweep.runs:,} in all, in {count(layout.shards, 'shard')}; "
        f"{count(len(sweep.columns), 'column')} a row. On this machine {duration}.\n"
    )
    names = [factor.name for factor in sweep.factors][:MOST_FACTORS]
    made = table("", ids=["point"], words=[], numbers=[folded(name, HEAD_WIDTHS[0]) for name in names])
    for number, row in list(enumerate(sweep.rows))[:SHOWN]:
        made.add_row(str(number), *(_value(value) for value in row[:MOST_FACTORS]))
    put(out, made)
    if len(sweep.rows) > SHOWN:
        out.print(f"… and {len(sweep.rows) - SHOWN:,} more points", style="hint")
    if len(sweep.factors) > MOST_FACTORS:
        out.print(f"… and {count(len(sweep.factors) - MOST_FACTORS, 'more factor')}", style="hint")
    out.print("Nothing was simulated, and nothing written.")


def print_summary(out: Console, folder: SweepFolder) -> None:
    """The points of a complete sweep with what came out at each, or those with most and least collapse."""
    from sim.measures import LABEL

    rows = folder.summary.to_pylist()
    told = folder.explicit
    _head(out, told, len(rows))
    least, most = min(row["runs"] for row in rows), max(row["runs"] for row in rows)
    runs = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    out.print(f"{runs} runs at each point, {folder.provenance['runs']:,} in all, seed {told['seed']}\n")
    names = [factor["name"] for factor in told["factors"]]
    if len(rows) <= SHOWN:
        left_out = _table(out, "Of 100 runs, collapsed at each point", rows, names)
    else:
        ordered = sorted(rows, key=lambda row: (-row["collapsed"], row["restricted_mean_hours"], row["design_point"]))
        most_title = f"The {SHOWN // 2} points with most collapse, of {len(rows):,}: runs of 100"
        left_out = _table(out, most_title, ordered[: SHOWN // 2], names)
        out.print()
        left_out += _table(out, "… and with least", ordered[-SHOWN // 2 :], names)
    if left_out:
        out.print(f"In summary.csv too: {', '.join(dict.fromkeys(left_out))}.")
    if len(names) > MOST_FACTORS:
        out.print(f"The values of the {len(names)} factors at each point stand in summary.csv.")
    out.print(
        "A dash: not reached within the horizon. Intervals are Monte Carlo error only. All points have the same dice.",
    )
    out.print(Text(f"Numbers are {LABEL}.", style="warn"))


def _head(out: Console, told: dict[str, Any], points: int) -> None:
    kind = told["design"]["kind"].replace("_", " ")
    out.print(Text(told["name"], style="head"), Text(f"({', '.join(told['scenarios'])})", style="hint"))
    out.print(f"{kind}: {count(points, 'point')}, {count(len(told['factors']), 'factor')}")


class _Outcome(NamedTuple):
    """A column of what came out. One that may be left out where there is no room has a name for that."""

    head: str
    cell: Callable[[Row], str]
    name: str = ""


def _outcomes(rows: Sequence[Row]) -> list[_Outcome]:
    """By day 5, 11 … where the summary has it, and by the horizon; the median."""
    days = [name for name in rows[0] if re.fullmatch(r"collapsed_by_day_[\d.]+", name)]
    by = [(name, name.rsplit("_", 1)[1]) for name in days]
    horizons = {row["horizon_hours"] / 24 for row in rows}
    last = f"by day\n{horizons.pop():g}" if len(horizons) == 1 else "by its\nhorizon"
    return [
        *(_Outcome(f"by day\n{day}", partial(_of_100, name=name), f"by day {day}") for name, day in by),
        _Outcome(last, partial(_of_100, name="collapsed")),
        _Outcome("\n95 %", lambda row: f"{_of_100(row, 'collapsed_low')}–{_of_100(row, 'collapsed_high')}"),
        _Outcome("median\n[days]", lambda row: day_of(row["median_hours"]), "the median"),
        _Outcome(
            "\n95 %",
            lambda row: _interval(row["median_hours_low"], row["median_hours_high"]),
            "the interval of the median",
        ),
    ]


def _table(out: Console, title: str, rows: Sequence[Row], factors: Sequence[str]) -> list[str]:
    """Print as many columns as fit; returns the names of the others."""
    shown = list(factors) if len(factors) <= MOST_FACTORS else []
    columns = _outcomes(rows)
    *days, middle, interval = (column.name for column in columns if column.name)
    spare = [*days, interval, middle]
    for number, width in product(range(len(spare) + 1), HEAD_WIDTHS):
        kept = [column for column in columns if column.name not in spare[:number]]
        heads = [*(folded(name, width) for name in shown), *(column.head for column in kept)]
        made = table(title, ids=["point"], words=[], numbers=heads)
        for row in rows:
            values = (folded(_value(row[name]), HEAD_WIDTHS[0]) for name in shown)
            made.add_row(str(row["design_point"]), *values, *(column.cell(row) for column in kept))
        if needed(made) <= out.width:
            break
    put(out, made)
    return spare[:number]


def _of_100(row: Row, name: str) -> str:
    """A share as a number of 100 runs."""
    return f"{100 * row[name]:.1f}"


def _interval(low: float | None, high: float | None) -> str:
    """Of a median, in days."""
    if low is None:
        return ""
    return f"≥{day_of(low)}" if high is None else f"{day_of(low)}–{day_of(high)}"


def _value(value: Any) -> str:
    match value:
        case None:
            return "as is"
        case bool():
            return "on" if value else "off"
        case float() | int():
            return f"{value:.4g}"
        case _:
            return str(value)
