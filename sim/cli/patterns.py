"""`rout patterns`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options

if TYPE_CHECKING:
    from rich.console import Console

DEFAULT = "syria_2024"
MOST_RUNS = 100_000
"""Whole histories and columns are held in memory."""


def patterns(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="Folder, .toml file or name; the Syrian case if absent.")
    ] = DEFAULT,
    runs: Annotated[int, typer.Option("--runs", min=1, max=MOST_RUNS, metavar="N", help="Monte Carlo runs.")] = 1000,
    seed: options.SeedOption = 1,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
) -> None:
    """Compare the model with thirteen documented patterns: holds, misses or not simulated."""
    from sim.cli.output import console
    from sim.cli.progress import RunProgress
    from sim.cli.text import print_json
    from sim.engine import run
    from sim.patterns import as_dict, compare
    from sim.scenario import load, resolve

    resolved = resolve(load(scenario))
    with RunProgress(runs, quiet=quiet) as progress:
        result = run(resolved, runs=runs, seed=seed, on_progress=progress)
    told = as_dict(result, compare(result))
    if json:
        print_json(told)
    else:
        print_patterns(console(), told)


def print_patterns(out: Console, told: dict[str, Any]) -> None:
    """Print what `sim.patterns.as_dict` gives."""
    from textwrap import fill

    from rich.text import Text

    styles = {"holds": "good", "misses": "bad", "not simulated": "hint"}
    out.print(f"{told['scenario']}, {told['runs']:,} runs, seed {told['seed']}, steps of {told['step_hours']:g} h\n")
    for number, pattern in enumerate(told["patterns"], 1):
        verdict = pattern["verdict"]
        head = Text.assemble((f"{number:2} {pattern['title']}: ", "head"), (verdict.upper(), styles[verdict]))
        out.print(head)
        details = [f"documented: {pattern['documented']}", *(_figure(figure) for figure in pattern["figures"])]
        if verdict == "not simulated":
            details = [details[0], f"because: {pattern['reason']}"]
        elif pattern["remark"]:
            details.append(pattern["remark"])
        for line in details:
            out.print(fill(line, out.width, initial_indent="   ", subsequent_indent="   "))
    counts = ", ".join(f"{number} {verdict}" for verdict, number in told["counts"].items())
    out.print(f"\n{counts}. Documented figures, ranges and reasons: docs/patterns.md")
    out.print(Text(f"All are {told['note']}.", style="warn"))


def _figure(figure: dict[str, Any]) -> str:
    from math import inf

    from sim.patterns.words import interval, value

    uom = figure["uom"]
    low, high = figure["held"]
    simulated = value(inf if figure["simulated"] is None else figure["simulated"], uom)
    held = interval((low, inf if high is None else high), uom)
    mark = "" if figure["inside"] else "  MISS"
    return f"{figure['name']}: {simulated}, held if {held}{mark}"
