"""Figures of a sweep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.figure import Figure

from sim.figures import save
from sim.figures.sweep import effects, heat_map, ridgelines
from sim.figures.sweep.data import Swept

if TYPE_CHECKING:
    from sim.experiments.sweep.folder import SweepFolder

__all__ = ["SWEEP_FIGURES", "SweepFigure", "Swept", "draw_sweep", "suiting"]


class SweepFigure(NamedTuple):
    """How a figure is drawn, and which sweeps it suits."""

    draw: Callable[[Swept], Figure]
    suits: Callable[[Swept], bool]


SWEEP_FIGURES: dict[str, SweepFigure] = {
    "effects": SweepFigure(effects.figure, effects.suits),
    "heat_map": SweepFigure(heat_map.figure, heat_map.suits),
    "ridgelines": SweepFigure(ridgelines.figure, ridgelines.suits),
}
"""Name -> figure; the name is also that of the file."""


def suiting(swept: Swept) -> list[str]:
    """Names of the figures that suit a sweep."""
    return [name for name, each in SWEEP_FIGURES.items() if each.suits(swept)]


def draw_sweep(folder: SweepFolder, where: Path, format: str = "png") -> list[Path]:
    """Draws every figure that suits into `where` (made if needed); returns the files.

    Raises:
        ResultError: the sweep is not complete.
        ValueError: matplotlib does not write this format.
    """
    swept = Swept.of(folder)
    names = suiting(swept)
    where.mkdir(parents=True, exist_ok=True)
    return [save(SWEEP_FIGURES[name].draw(swept), where / f"{name}.{format}", format) for name in names]
