"""`rout plot`."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.guard import RefusedError
from sim.cli.places import require_free

if TYPE_CHECKING:
    from sim.results import Result


class Format(StrEnum):
    """File formats of a figure."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


Drawings = dict[str, Callable[[], Any]]
"""File name without ending -> how to draw it."""

ANIMATED = ("map", "losses")
"""Figures that can be seen over time: one run, and all of them."""


def plot(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="A folder that rout run, compare or sweep wrote.")],
    figure: Annotated[str | None, typer.Option(metavar="NAME", help="One figure; all of them if absent.")] = None,
    format: Annotated[Format | None, typer.Option(help="File format; png if absent.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where to; RESULT/figures if absent.")] = None,
    run: Annotated[int | None, typer.Option("--run", min=0, metavar="N", help="Draw the map of this run.")] = None,
    animate: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a .gif or .mp4 of the map over time: of --run N, of the run in the middle if absent, "
            "or with --figure losses of all runs.",
        ),
    ] = None,
) -> None:
    """Draw the figures of a result, a comparison or a sweep; or the map over time."""
    if animate is not None:
        if out or format:
            raise RefusedError(f"--animate writes {animate} alone. Leave out {'--out' if out else '--format'}.")
        typer.echo(_animated(result, animate, figure, run))
        return
    wanted = _drawings(result)(result, figure, run)
    folder = out or result / "figures"
    files = {folder / f"{name}.{format or Format.PNG}": draw for name, draw in wanted.items()}
    # A result's own figures are views of it and drawn anew; elsewhere nothing is overwritten.
    if out and (there := [str(file) for file in files if file.exists()]):
        raise RefusedError(f"not overwritten, since it exists: {', '.join(there)}. Give --out another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    from sim.figures import save

    for file, draw in files.items():
        typer.echo(save(draw(), file, str(format or Format.PNG)))


def _drawings(path: Path) -> Callable[[Path, str | None, int | None], Drawings]:
    """How the figures of a folder are found, by what it holds."""
    if (path / "sweep.json").exists():
        return _of_sweep
    # Where its last file is missing, a comparison says so itself.
    return _of_comparison if (path / "comparison.json").exists() or (path / "base").is_dir() else _of_run


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
    _check_run(result, figure, run)
    return {f"map-run{run}": partial(draw_map, result, run=run)}


def _check_run(result: Result, figure: str | None, run: int) -> None:
    """Raises a `RefusedError` where the figure shows no single run, or there is none of this number."""
    if figure not in (None, "map"):
        raise RefusedError(f"{figure} shows all runs together; only the map shows one. Leave out --run.")
    if run >= result.runs:
        raise RefusedError(f"there is no run {run}: they are numbered from 0 to {result.runs - 1}.")


def _of_comparison(path: Path, figure: str | None, run: int | None) -> Drawings:
    """The figures of a comparison that are wanted.

    Raises:
        RefusedError: there is no such figure, or one run is asked for.
    """
    from sim.experiments.compare import Comparison

    if run is not None:
        raise RefusedError(f"a comparison shows all runs together; one run: rout plot {path / 'base'} --run {run}")
    comparison = Comparison.open(path)
    from sim.figures import COMPARISON_FIGURES

    return {name: partial(COMPARISON_FIGURES[name], comparison) for name in _named(figure, list(COMPARISON_FIGURES))}


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


def _animated(path: Path, file: Path, figure: str | None, run: int | None) -> Path:
    """Write the map over time.

    Raises:
        RefusedError: the file exists or is of another kind, ffmpeg is missing, or there is no such figure or run.
    """
    kind = _drawings(path)
    if kind is _of_sweep:
        raise RefusedError("a sweep keeps no run's history. Leave out --animate.")
    if kind is _of_comparison:
        raise RefusedError(f"one side at a time is animated: rout plot {path / 'base'} --animate {file}")
    require_free(file, "--animate")
    from sim.results import Result

    result = Result.open(path)
    if figure not in (None, *ANIMATED):
        raise RefusedError(f"{figure!r} is not animated. There are: {', '.join(ANIMATED)}.")
    if run is not None:
        _check_run(result, figure, run)
    from sim.cli.progress import RunProgress
    from sim.figures.animation import AllRuns, FilmError, OneRun, check_film, film

    try:
        check_film(file)
        scene = AllRuns(result) if figure == "losses" else OneRun(result, run)
        file.parent.mkdir(parents=True, exist_ok=True)
        with RunProgress(scene.frames, quiet=False, doing="drawing", what="frames") as progress:
            return film(scene, file, progress)
    except FilmError as error:
        raise RefusedError(str(error)) from None


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
