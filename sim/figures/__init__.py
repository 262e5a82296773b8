"""Figures of a result: one function per figure, none of them touches global state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.figure import Figure

from sim.atomic import write_whole
from sim.figures.cascades import figure as cascades_figure
from sim.figures.comparison import figure as comparison_figure
from sim.figures.exits import figure as exits_figure
from sim.figures.falls import figure as falls_figure
from sim.figures.losses import figure as losses_figure
from sim.figures.map import figure as map_figure
from sim.figures.quantile_dots import figure as quantile_dots_figure
from sim.figures.strength_fan import figure as strength_fan_figure
from sim.figures.style import style
from sim.figures.survival import figure as survival_figure

if TYPE_CHECKING:
    from sim.experiments.compare import Comparison
    from sim.results import Result

FIGURES: dict[str, Callable[[Result], Figure]] = {
    "survival": survival_figure,
    "strength_fan": strength_fan_figure,
    "falls": falls_figure,
    "exits": exits_figure,
    "map": map_figure,
    "losses": losses_figure,
    "cascades": cascades_figure,
}
"""Name -> function; the name is also that of the file."""

COMPARISON_FIGURES: dict[str, Callable[[Comparison], Figure]] = {
    "comparison": comparison_figure,
    "quantile_dots": quantile_dots_figure,
}
"""The same for two versions on the same dice."""

__all__ = ["COMPARISON_FIGURES", "FIGURES", "check_format", "draw_all", "draw_comparison", "save"]


def check_format(format: str) -> None:
    """Raises a `ValueError` if matplotlib does not write this format."""
    known = FigureCanvasBase.get_supported_filetypes()
    if format not in known:
        raise ValueError(f"no such figure format: {format!r}; one of {', '.join(sorted(known))}")


def save(figure: Figure, path: Path, format: str = "png") -> Path:
    """Writes a figure under a temporary name, then renames it: a reader never sees half a file.

    Raises:
        ValueError: matplotlib does not write this format.
    """
    check_format(format)
    with style():
        write_whole(path, lambda part: figure.savefig(part, format=format))
    return path


def draw_all(result: Result, folder: Path | str, format: str = "png") -> list[Path]:
    """Draws every figure into `folder` (made if needed); returns the files, in order of `FIGURES`.

    Raises:
        ValueError: matplotlib does not write this format.
    """
    check_format(format)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return [save(draw(result), folder / f"{name}.{format}", format) for name, draw in FIGURES.items()]


def draw_comparison(comparison: Comparison, folder: Path | str, format: str = "png") -> list[Path]:
    """Draws every figure of a comparison into `folder`, as `draw_all` does for a result."""
    check_format(format)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return [save(draw(comparison), folder / f"{name}.{format}", format) for name, draw in COMPARISON_FIGURES.items()]
