"""`rout validate`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options
from sim.cli.guard import INTERRUPTED, RefusedError
from sim.cli.places import RESULTS, free, require_free
from sim.cli.run import cores

if TYPE_CHECKING:
    from calibration.validation import Validation


def validate(
    cases: Annotated[
        list[str] | None, typer.Argument(metavar="[CASE]...", help="Only these cases; all of the table if absent.")
    ] = None,
    posterior: Annotated[
        str, typer.Option("--posterior", metavar="NAME", help="Where parameters are drawn from.")
    ] = "joint",
    runs: options.RunsOption = 1000,
    seed: options.SeedOption = 1,
    out: options.OutOption = None,
    workers: options.WorkersOption = None,
    kernel: options.KernelOption = "auto",
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    no_figures: options.NoFiguresOption = False,
) -> None:
    """Put every case to one posterior: what was predicted, what happened, and what simpler rules would have said."""
    from calibration.committed import open_posterior
    from calibration.validation import read_cases
    from calibration.validation import validate as put
    from sim.cli.output import console
    from sim.cli.progress import RunProgress

    open_posterior(posterior)
    table = read_cases()
    known = {case.name: case for case in table}
    if unknown := [name for name in cases or () if name not in known]:
        raise RefusedError(f"there is no case {unknown[0]!r} in the table; there are {', '.join(known)}.")
    asked = tuple(known[name] for name in cases) if cases else table
    folder = out or free(RESULTS / "-".join(["validation", *(cases or [])[:3]]))
    require_free(folder)
    try:
        with RunProgress(len(asked), quiet=quiet, doing="validating", what="cases") as progress:
            found = put(posterior, runs=runs, seed=seed, workers=workers or cores(), kernel=options.kernel(kernel),
                        cases=asked, among=table, on_case=lambda name, done, of: progress(done, of))  # fmt: skip
    except KeyboardInterrupt:
        console(error=True).print("Stopped before there was anything to tell. Nothing is kept.")
        raise typer.Exit(INTERRUPTED) from None
    words = [*(cases or []), "--posterior", posterior, "--runs", str(runs), "--seed", str(seed)]
    told = found.as_dict(shlex.join(["rout", "validate", *words]))
    _keep(found, told, folder, figures=not no_figures)
    if json:
        from sim.cli.text import print_json

        print_json(told)
        return
    _print(found)
    console().print(f"Results      {folder}", soft_wrap=True)


def _keep(found: Validation, told: dict[str, Any], folder: Path, *, figures: bool) -> None:
    """Tables and figures, in a folder that is whole or not there."""
    from sim.atomic import write_text
    from sim.cli.text import as_json

    text = as_json(told)
    folder.mkdir(parents=True)
    write_text(folder / "validation.json", text)
    for name, table in (("cases", found.cases), ("controls", found.controls), ("scores", found.scores)):
        text = table.round(4).to_csv(lineterminator="\n", index=name == "cases")
        write_text(folder / f"{name}.csv", text)
    if not figures:
        return
    from calibration.validation_figures import predicted_figure, reliability_figure, timing_figure
    from sim.figures import save

    drawn = {"predicted": predicted_figure, "timing": timing_figure, "reliability": reliability_figure}
    for name, figure in drawn.items():
        save(figure(found), folder / f"{name}.png")


def _print(found: Validation) -> None:
    from math import isnan

    from sim.cli.output import console, put, table

    out = console()

    def day(value: float) -> str:
        return "never" if isnan(value) else f"{value:.3g}"

    for fitted, title in ((False, "Cases never touched by a fit"), (True, "Cases that parameters were fitted on")):
        rows = found.cases[found.cases["fitted"] == fitted].sort_values(["collapsed", "predicted"])
        if not len(rows):
            continue
        made = table(title, ["case"], [], ["happened", "predicted", "day", "predicted day", "ratio", "matrix", ""])
        for name, row in rows.iterrows():
            right = (row["predicted"] > 0.5) == row["collapsed"]
            made.add_row(
                str(name),
                "collapsed" if row["collapsed"] else "held",
                f"{row['predicted']:.0%}",
                day((row["documented_low"] + row["documented_high"]) / 2) if row["collapsed"] else "",
                f"{day(row['day_50'])} ({day(row['day_5'])} to {day(row['day_95'])})",
                f"{row['ratio']:.0%}",
                f"{row['matrix']:.0%}",
                "" if right else "MISS",
            )
        put(out, made)
        out.print()
    made = table("Scores: smaller is better", ["predictor"], ["cases"], ["number", "Brier", "log", "right"])
    for score in found.scores.to_dict("records"):
        made.add_row(score["predictor"], score["cases"], str(score["number"]), f"{score['brier']:.3f}",
                     f"{score['log']:.3f}", f"{score['right']:.0%}")  # fmt: skip
    put(out, made)
    if len(found.controls):
        out.print()
        made = table("Internal controls", ["case", "place"], [], ["record", "lost in", ""])
        for place in found.controls.sort_values(["fitted", "case", "place"]).to_dict("records"):
            right = (place["predicted"] > 0.5) != place["held"]
            record = "held" if place["held"] else "lost"
            made.add_row(place["case"], place["place"], record, f"{place['predicted']:.0%}",
                         "" if right else "MISS")  # fmt: skip
        put(out, made)
    out.print()
    out.print(
        "predicted: share of runs in which the decisive place is lost by the end of the record, parameters drawn from "
        f"{found.source}; day: its median and 5-95 % range. ratio, matrix: a regression on the ratio of forces, and on "
        "the factor matrix, each case left out of its own. Not a forecast.",
        style="hint",
    )
