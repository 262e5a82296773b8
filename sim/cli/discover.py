"""`rout discover`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import options, study
from sim.cli.guard import RefusedError
from sim.cli.places import RESULTS, free, require_free

if TYPE_CHECKING:
    from sim.experiments.point_measure import Condition


def discover(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of a finished sweep.")],
    holds: Annotated[
        str,
        typer.Option(
            "--holds",
            metavar="CONDITION",
            help="What may hold at a design point, in quotation marks: 'share:11<0.2' (collapsed by day 11), "
            "'median>15' (days), 'capital>50%' …",
        ),
    ],
    box: Annotated[
        int | None,
        typer.Option("--box", min=0, metavar="N", help="Another box of the trade-off than the best-balanced one."),
    ] = None,
    boxes: Annotated[
        int, typer.Option("--boxes", min=1, max=10, metavar="N", help="Look for so many, one after the other.")
    ] = 2,
    out: options.OutOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    no_figures: options.NoFiguresOption = False,
) -> None:
    """Tell when something holds: boxes of factor values in a finished sweep (PRIM)."""
    if out is not None:
        require_free(out)
    condition = _condition(holds)
    from sim.experiments.discovery import discover as look
    from sim.experiments.sweep import SweepFolder

    found = look(SweepFolder.open(folder), condition, number=box, boxes=boxes)
    given = {"--holds": condition.text, "--box": box, "--boxes": None if boxes == 2 else boxes}
    again = study.command("discover", str(folder), given)
    kept = out or free(RESULTS / f"discovery-{found.sweep.explicit['name']}")
    found.write(kept, again)
    figures = not no_figures
    if figures:
        from sim.figures.discovery import FIGURES

        study.draw(FIGURES, found, kept, quiet=quiet)
    if json:
        from sim.cli.text import print_json

        print_json(found.as_dict())
        return
    from sim.cli.discovered import print_discovery
    from sim.cli.output import console

    print_discovery(console(), found)
    study.leave(kept, again, figures=figures)


def _condition(text: str) -> Condition:
    from sim.experiments.point_measure import condition_of

    try:
        return condition_of(text)
    except ValueError as error:
        raise RefusedError(f"--holds {text!r}: {error}.") from None
