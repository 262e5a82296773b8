"""`rout plot`."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.guard import RefusedError


class Format(StrEnum):
    """File formats of a figure."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


def plot(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="A folder that `rout run` or `rout sweep` wrote.")],
    figure: Annotated[str | None, typer.Option(metavar="NAME", help="One figure; all of them if absent.")] = None,
    format: Annotated[Format, typer.Option(help="File format.")] = Format.PNG,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where to; RESULT/figures if absent.")] = None,
    run: Annotated[int | None, typer.Option("--run", min=0, metavar="N", help="Draw the map of this run.")] = None,
) -> None:
    """Draw the figures of a result or a sweep."""
    wanted = _of_sweep(result, figure, run) if (result / "sweep.json").exists() else _of_run(result, figure, run)
    folder = out or result / "figures"
    files = {folder / f"{name}.{format}": draw for name, draw in wanted.items()}
    # A result's own figures are views of it and drawn anew; elsewhere nothing is overwritten.
    if out and (there := [str(file) for file in files if file.exists()]):
        raise RefusedError(f"not overwritten, since it exists: {', '.join(there)}. Give --out another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    from sim.figures import save

    for file, draw in files.items():
        typer.echo(save(draw(), file, str(format)))


Drawings = dict[str, Callable[[], Any]]
"""File name without ending -> how to draw it."""


def _of_run(path: Path, figure: str | None, run: int | None) -> Drawings:
    """The figures of a run that are wanted.

    Raises:
        RefusedError: there is no such figure or run, or a run is asked of a figure of all runs.
    """
    from sim.results import Result

    result = Result.open(path)
    from sim.figures import FIGURES
    from sim.figures.map import figure as draw_map

    names = _named(figure, list(FIGURES))
    if run is None:
        return {name: partial(FIGURES[name], result) for name in names}
    if figure not in (None, "map"):
        raise RefusedError(f"{figure} shows all runs together; only the map shows one. Leave out --run.")
    if run >= result.runs:
        raise RefusedError(f"there is no run {run}: they are numbered from 0 to {result.runs - 1}.")
    return {f"map-run{run}": partial(draw_map, result, run=run)}


def _of_sweep(path: Path, figure: str | None, run: int | None) -> Drawings:
    """The figures of a sweep that are wanted, of those that suit it.

    Raises:
        RefusedError: there is no such figure, it does not suit, or one run is asked for.
    """
    from sim.experiments.sweep.folder import SweepFolder
    from sim.figures.sweep import SWEEP_FIGURES, Swept, suiting

    if run is not None:
        raise RefusedError("a sweep keeps no single run's map. Leave out --run.")
    swept = Swept.of(SweepFolder.open(path))
    suits = suiting(swept)
    if figure in SWEEP_FIGURES and figure not in suits:
        raise RefusedError(f"{figure} does not suit this sweep; it wants factors that vary together.")
    return {name: partial(SWEEP_FIGURES[name].draw, swept) for name in _named(figure, suits)}


def _named(figure: str | None, names: list[str]) -> list[str]:
    """The figure asked for, or all.

    Raises:
        RefusedError: there is no such figure.
    """
    from sim.scenario.problems import nearest

    if figure and figure not in names:
        near = nearest(figure, names)
        meant = f" Did you mean {near}?" if near else ""
        raise RefusedError(f"there is no figure {figure!r}.{meant} There are: {', '.join(names) or 'none'}.")
    return [figure] if figure else names
