"""What `rout run` prints: how likely a collapse is and when, and how the record compares."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from sim.cli.output import put, table

if TYPE_CHECKING:
    from sim.results import Result

DAYS = ("5", "11", "30")
"""The days by which the share of collapsed runs is told, those within the horizon, and its last day."""
NOT_REACHED = "not reached"


def print_summary(out: Console, result: Result, summary: dict[str, Any]) -> None:
    """Print the summary of a result; `summary` is that of `sim.measures`."""
    out.print(Text(result.resolved.title, style="head"))
    out.print(f"{summary['runs']:,} runs of {_days(summary['days'])}, seed {summary['seed']}\n")
    _collapse(out, summary)
    _breaks(out, summary)
    _falls(out, result, summary)
    out.print(Text(f"Ranges are {summary['note']}.", style="warn"))


def _collapse(out: Console, summary: dict[str, Any]) -> None:
    made = table("Collapse", ids=["by day"], words=[], numbers=["share of runs", "95 % interval"])
    for day in sorted({*DAYS, f"{int(summary['days'])}"}, key=int):
        share = summary["collapse_share"].get(day)
        if share is not None:
            low, high = summary["collapse_share_interval"][day]
            made.add_row(day, f"{share:.1%}", f"{low:.1%}–{high:.1%}")
    if made.row_count:
        put(out, made)
    middle, low, high = (summary["median_hours"][key] for key in ("median", "low", "high"))
    if middle is None:
        out.print(f"Median time to collapse: {NOT_REACHED} within {_days(summary['days'])}\n")
    else:
        upper = NOT_REACHED if high is None else day_of(high)
        interval = "" if low is None else f" (95 % Monte Carlo interval {day_of(low)} to {upper})"
        out.print(f"Median time to collapse: {day_of(middle)} days{interval}\n")


def _breaks(out: Console, summary: dict[str, Any]) -> None:
    if not summary["first_breaks"]:
        out.print("No unit broke in any run.\n")
        return
    made = table("Likeliest first breaks", ids=["unit"], words=["name"], numbers=["share of runs"])
    for row in summary["first_breaks"][:5]:
        made.add_row(row["unit"], row["name"], f"{row['share']:.1%}")
    put(out, made)


def _falls(out: Console, result: Result, summary: dict[str, Any]) -> None:
    from sim.measures import falls

    compared = [row for row in falls(result).to_dict("records") if row["inside"] is not None]
    if not compared:
        out.print("No documented falls to compare with.\n")
        return
    made = table(
        "Falls of places: documented and simulated, in days since the start",
        ids=["place"],
        words=[],
        numbers=["documented", "5 %", "50 %", "95 %", "width", "CRPS", "fell in", ""],
    )
    # By documented time; places that held come last.
    for row in sorted(compared, key=lambda r: (isnan(r["documented_to"]), r["documented_to"], r["place"])):
        documented = "held" if row["held"] else f"{day_of(row['documented_from'])}–{day_of(row['documented_to'])}"
        made.add_row(
            row["place"],
            documented,
            *(day_of(row[p]) for p in ("p5", "p50", "p95", "width", "crps")),
            f"{row['share_fallen']:.0%}",
            _verdict(row),
        )
    put(out, made)
    inside, documented = summary["coverage"]["inside"], summary["coverage"]["documented"]
    out.print(
        f"The 5–95 % range meets the record at {inside} of {documented} places; MISS marks the others.\n"
        "A dash: so few runs reached it that there is no such quantile.\n"
        f"{_scores(summary)}\n"
    )


def _scores(summary: dict[str, Any]) -> str:
    """Mean score of the simulated times against the record, beside that of a constant hazard."""
    model, constant = (summary["crps_hours"][key] for key in ("model", "constant_hazard"))
    order = summary["order"]
    rank = "" if order is None else f" Rank correlation of the order of falls: {order:.2f}."
    return (
        f"Mean CRPS (error of the whole range, smaller is better): {day_of(model)} days; "
        f"{day_of(constant)} for a constant hazard.{rank}"
    )


def _verdict(row: dict[Any, Any]) -> Text:
    if row["inside"]:
        return Text("meets", style="good")
    if row["held"]:
        return Text("MISS falls", style="bad")
    late = isnan(row["p5"]) or row["p5"] > row["documented_to"]
    return Text("MISS late" if late else "MISS early", style="bad")


def _days(days: float) -> str:
    return f"{days:g} {'day' if days == 1 else 'days'}"


def day_of(hour: float | None) -> str:
    """Hours as days with one decimal; a dash where not reached."""
    return "–" if hour is None or isnan(hour) else f"{hour / 24:.1f}"
