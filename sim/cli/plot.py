"""`rout plot`."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.guard import RefusedError

if TYPE_CHECKING:
    from sim.results import Result


class Format(StrEnum):
    """File formats of a figure."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


def plot(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="A folder that `rout run` wrote.")],
    figure: Annotated[str | None, typer.Option(metavar="NAME", help="One figure; all of them if absent.")] = None,
    format: Annotated[Format, typer.Option(help="File format.")] = Format.PNG,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where to; RESULT/figures if absent.")] = None,
    run: Annotated[int | None, typer.Option("--run", min=0, metavar="N", help="Draw the map of this run.")] = None,
) -> None:
    """Draw the figures of a result."""
    from sim.results import Result

    read = Result.open(result)
    folder = out or result / "figures"
    files = {folder / f"{name}.{format}": draw for name, draw in _wanted(read, figure, run).items()}
    # A result's own figures are views of it and drawn anew; elsewhere nothing is overwritten.
    if out and (there := [str(file) for file in files if file.exists()]):
        raise RefusedError(f"not overwritten, since it exists: {', '.join(there)}. Give --out another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    from sim.figures import save

    for file, draw in files.items():
        typer.echo(save(draw(read), file, str(format)))


def _wanted(result: Result, figure: str | None, run: int | None) -> dict[str, Callable[[Result], Any]]:
    """File name without ending -> how to draw it.

    Raises:
        RefusedError: there is no such figure or run, or a run is asked of a figure of all runs.
    """
    from sim.figures import FIGURES
    from sim.figures.map import figure as draw_map
    from sim.scenario.problems import nearest

    if figure and figure not in FIGURES:
        near = nearest(figure, list(FIGURES))
        meant = f" Did you mean {near}?" if near else ""
        raise RefusedError(f"there is no figure {figure!r}.{meant} There are: {', '.join(FIGURES)}.")
    if run is None:
        return {figure: FIGURES[figure]} if figure else dict(FIGURES)
    if figure not in (None, "map"):
        raise RefusedError(f"{figure} shows all runs together; only the map shows one. Leave out --run.")
    if run >= result.runs:
        raise RefusedError(f"there is no run {run}: they are numbered from 0 to {result.runs - 1}.")
    return {f"map-run{run}": lambda read: draw_map(read, run=run)}
