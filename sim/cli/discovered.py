"""What `rout discover` prints: where a condition holds, how sure that is, and what else could be chosen."""

from __future__ import annotations

from math import isnan
from textwrap import fill
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from sim.cli.output import put, table
from sim.cli.text import count

if TYPE_CHECKING:
    from sim.experiments.discovery import Discovery, Found
    from sim.experiments.prim import Worth

SHOWN = 10
"""Boxes of the trade-off that are printed."""


def print_discovery(out: Console, found: Discovery) -> None:
    """Print boxes, the trade-off of the first, and how to read them."""
    told = found.as_dict()
    out.print(Text(f"When the {found.condition.words}", style="head"))
    share = f"{100 * told['holds'] / told['points']:.0f} %"
    how = f"{told['sweep']} ({', '.join(told['scenarios'])}): it holds at {told['holds']:,} of "
    how += f"{count(told['points'], 'design point')} ({share})."
    if told["unsure"]:
        how += f" At {told['unsure']:,} the limit lies within Monte Carlo error."
    out.print(fill(how, out.width) + "\n")
    for number, box in enumerate(found.boxes, 1):
        _box(out, found, box, number)
    if len(found.boxes) > 1:
        out.print(f"Together: {_worth(found.together())}\n")
    if found.boxes[0].restrictions:
        _trade_off(out, found.boxes[0])
    out.print(fill(
        "Coverage: share of the points where it holds that lie inside. Density: share of the points inside where it "
        "holds. Quasi-p: the chance of as many without the restriction. Halves: random halves of the points on which "
        "the factor was restricted too.", out.width
    ))  # fmt: skip
    out.print(Text(f"Boxes are {told['note']}.", style="warn"))


def _box(out: Console, found: Discovery, box: Found, number: int) -> None:
    if not box.restrictions:
        out.print("No box: no factor tells where it holds.\n")
        return
    what = "" if number == 1 else ", outside the one before"
    made = table(
        f"Box {number}{what}: {_worth(box.worth)}", ids=["factor"], words=["is"], numbers=["of", "quasi-p", "halves"],
    )  # fmt: skip
    for each in box.restrictions:
        halves = "" if isnan(each.halves) else f"{100 * each.halves:.0f} %"
        made.add_row(each.factor.name, each.factor.words(each.levels), each.factor.span, f"{each.quasi_p:.1g}", halves)
    put(out, made)
    density, coverage = box.halves.density, box.halves.coverage
    if len(density):
        text = (
            f"Found on half of the points and tried on the other half ({len(density)} times): density "
            f"{100 * density.mean():.0f} % ({100 * density.min():.0f} to {100 * density.max():.0f}), coverage "
            f"{100 * coverage.mean():.0f} % ({100 * coverage.min():.0f} to {100 * coverage.max():.0f})"
        )
        text += " of what the one before leaves." if number > 1 else "."
        out.print(fill(text, out.width))
        if density.mean() < (box.worth.density + box.steps[0].density) / 2:
            out.print(Text("CAUTION: much of its density is chance. More points would tell.", style="warn"))
        out.print()


def _worth(found: Worth) -> str:
    return f"density {100 * found.density:.0f} %, coverage {100 * found.coverage:.0f} %, mass {100 * found.mass:.0f} %"


def _trade_off(out: Console, box: Found) -> None:
    made = table("Other boxes on the way (--box)", ids=["box"], words=[],
                 numbers=["factors", "coverage", "density", "mass"])  # fmt: skip
    every = max(1, -(-len(box.steps) // SHOWN))
    for number in sorted({*range(0, len(box.steps), every), box.number, len(box.steps) - 1}):
        step = box.steps[number]
        name = f"{number}{' *' if number == box.number else ''}"
        made.add_row(name, str(step.restricted), *(f"{100 * share:.0f} %" for share in step[:3]))
    put(out, made)
    if box.worth == box.steps[box.number]:
        out.print("* this is box 1\n")
    else:
        out.print("* from which box 1 was made: factors that may be chance dropped, the rest enlarged\n")
