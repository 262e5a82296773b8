"""What `rout sweep` and `rout merge` print of a sweep."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from sim.cli.output import put, table
from sim.cli.report import day_of
from sim.cli.text import count

if TYPE_CHECKING:
    from sim.experiments.sweep.folder import SweepFolder
    from sim.experiments.sweep.sweep import Sweep

SHOWN = 20
"""Points in a printed table; of more, those with most and least collapse."""
MOST_FACTORS = 4
"""Columns of factors that fit a line."""
HEAD_WIDTH = 14
"""A column's name is broken into lines of about this [characters]."""


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


def print_points(out: Console, sweep: Sweep) -> None:
    """What a sweep would simulate."""
    layout = sweep.layout
    _head(out, sweep.explicit, len(sweep.rows))
    runs = f"{sweep.runs:,} runs" if sweep.precision is None else f"at most {sweep.runs:,} runs"
    out.print(
        f"{runs} at each point, {len(sweep.rows) * sweep.runs:,} in all, in {count(layout.shards, 'shard')}; "
        f"{count(len(sweep.columns), 'column')} a row\n"
    )
    names = [factor.name for factor in sweep.factors][:MOST_FACTORS]
    made = table("", ids=["point"], words=[], numbers=[_head_of(name) for name in names])
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
        _table(out, "Share of runs collapsed at each point", rows, names)
    else:
        ordered = sorted(rows, key=lambda row: (-row["collapsed"], row["restricted_mean_hours"], row["design_point"]))
        _table(out, f"The {SHOWN // 2} points with most collapse, of {len(rows):,}", ordered[: SHOWN // 2], names)
        _table(out, "… and with least", ordered[-SHOWN // 2 :], names)
    if len(names) > MOST_FACTORS:
        out.print(f"The values of the {len(names)} factors at each point stand in summary.csv.")
    out.print(
        "A dash: not reached within the horizon. Intervals are Monte Carlo error only. All points have the same dice.",
    )
    out.print(Text(f"Shares are {LABEL}.", style="warn"))


def _head(out: Console, told: dict[str, Any], points: int) -> None:
    kind = told["design"]["kind"].replace("_", " ")
    out.print(Text(told["name"], style="head"), Text(f"({', '.join(told['scenarios'])})", style="hint"))
    out.print(f"{kind}: {count(points, 'point')}, {count(len(told['factors']), 'factor')}")


def _table(out: Console, title: str, rows: Sequence[dict[str, Any]], factors: Sequence[str]) -> None:
    shown = list(factors) if len(factors) <= MOST_FACTORS else []
    # By day 5, 11 … where the summary has it, and by the horizon.
    days = [name for name in rows[0] if re.fullmatch(r"collapsed_by_day_[\d.]+", name)]
    heads = [f"by day\n{name.rsplit('_', 1)[1]}" for name in days]
    horizons = {row["horizon_hours"] / 24 for row in rows}
    last = f"by day\n{horizons.pop():g}" if len(horizons) == 1 else "by its\nhorizon"
    made = table(
        title,
        ids=["point"],
        words=[],
        numbers=[*map(_head_of, shown), *heads, last, "95 %\ninterval", "median\n[days]", "95 %\ninterval"],
    )
    for row in rows:
        middle, low, high = (row[f"median_hours{end}"] for end in ("", "_low", "_high"))
        made.add_row(
            str(row["design_point"]),
            *(_value(row[name]) for name in shown),
            *(f"{row[name]:.1%}" for name in days),
            f"{row['collapsed']:.1%}",
            f"{row['collapsed_low']:.1%}–{row['collapsed_high']:.1%}",
            day_of(middle),
            _interval(low, high),
        )
    put(out, made)


def _interval(low: float | None, high: float | None) -> str:
    """Of a median, in days."""
    if low is None:
        return ""
    return f"≥{day_of(low)}" if high is None else f"{day_of(low)}–{day_of(high)}"


def _head_of(name: str) -> str:
    """A long name on several lines, broken after dots and underscores."""
    lines = [""]
    for word in re.findall(r"[^._]+[._]?|[._]", name):
        if lines[-1] and len(lines[-1]) + len(word) > HEAD_WIDTH:
            lines.append("")
        lines[-1] += word
    return "\n".join(lines)


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
