"""`rout merge`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from sim.cli import options
from sim.cli.guard import RefusedError


def merge(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder for the whole sweep.")],
    parts: Annotated[list[Path], typer.Argument(metavar="PART...", help="Folders that `rout sweep --shard` wrote.")],
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    no_figures: options.NoFiguresOption = False,
) -> None:
    """Put the parts of a sweep together, once all of them are there."""
    if out.exists():
        raise RefusedError(f"{out} exists and is not overwritten. Give another name.")
    from sim.cli.sweep import finish
    from sim.experiments.sweep.merge import merge as put_together

    again = shlex.join(["rout", "merge", str(out), *map(str, parts)])
    try:
        merged = put_together(out, parts)
    except FileExistsError:
        raise RefusedError(f"{out} exists and is not overwritten. Give another name.") from None
    finish(merged, again, figures=not no_figures, quiet=quiet, json=json)
