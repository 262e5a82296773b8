"""Two factors at once: the share collapsed over both."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.figures.style import INK, SEQUENTIAL, style
from sim.figures.sweep.data import MOST_LEVELS, Factor, Swept, shown, wrapped

MOST_WRITTEN = 60
"""Cells up to which each has its share written in it."""


@style()
def figure(swept: Swept) -> Figure:
    """The share collapsed over the two factors that move it most; a third in panels of its own.

    Where every value of one was combined with every value of the other there is a cell for
    each pair, with the mean over what else varies; otherwise a dot for each point.
    """
    across, up, panels = chosen(swept)
    levels = panels.levels if panels else [None]
    fig = swept.page(height=3.5 if len(levels) == 1 else 2.9, of=swept.runs_of_a_point)
    axes = fig.subplots(1, len(levels), sharey=True, squeeze=False).ravel()
    drawn: QuadMesh | PathCollection | None = None
    for ax, level in zip(axes, levels, strict=True):
        here = np.ones(len(swept.summary), bool) if panels is None else panels.values == level
        here &= across.mine & up.mine
        drawn = (_cells if is_grid(across, up) else _dots)(ax, across, up, swept.share, here)
        if panels is not None:
            ax.set_title(f"{wrapped(panels.name)} = {shown(level)}", fontsize=8.5, weight="normal")
    axes[0].set_ylabel(up.label)
    assert drawn is not None
    bar = fig.colorbar(drawn, ax=list(axes), shrink=0.9, pad=0.02, format=lambda share, _: f"{100 * share:.0f}")
    bar.set_label("share of runs [%]")
    bar.outline.set_visible(False)
    fig.suptitle(swept.by_day.capitalize(), x=0.01, ha="left", fontsize=10, weight="bold")
    return fig


def suits(swept: Swept) -> bool:
    """Whether two factors vary together."""
    return swept.crossed and len(swept.factors) >= 2


def is_grid(across: Factor, up: Factor) -> bool:
    """Whether every value of one was combined with every value of the other."""
    if max(len(across.levels), len(up.levels)) > 3 * MOST_LEVELS:
        return False
    here = across.mine & up.mine
    pairs = set(zip(across.level_of()[here], up.level_of()[here], strict=True))
    return len(pairs) == len(across.levels) * len(up.levels)


def chosen(swept: Swept) -> tuple[Factor, Factor, Factor | None]:
    """The two most influential factors, numbers across, and a third with few values for panels."""
    first, second = swept.factors[:2]
    across, up = (first, second) if first.numeric or not second.numeric else (second, first)
    rest = [factor for factor in swept.factors[2:] if len(factor.levels) <= 3]
    return across, up, rest[0] if rest and is_grid(across, up) and is_grid(rest[0], across) else None


def _cells(ax: Axes, across: Factor, up: Factor, share: NDArray[np.float64], here: NDArray[np.bool_]) -> QuadMesh:
    """A cell per pair of values."""
    xs, ys = across.level_of(), up.level_of()
    table = np.full((len(up.levels), len(across.levels)), np.nan)
    for row in range(table.shape[0]):
        for column in range(table.shape[1]):
            cell = here & (xs == column) & (ys == row)
            table[row, column] = share[cell].mean() if cell.any() else np.nan
    mesh = ax.pcolormesh(table, cmap=SEQUENTIAL, vmin=0, vmax=1, edgecolors="white", linewidth=0.8)
    ax.set_xticks(np.arange(len(across.levels)) + 0.5, [wrapped(shown(v)) for v in across.levels], fontsize=7)
    ax.set_yticks(np.arange(len(up.levels)) + 0.5, [wrapped(shown(v)) for v in up.levels], fontsize=7)
    ax.set_xlabel(across.label)
    ax.grid(visible=False)
    if table.size <= MOST_WRITTEN:
        for (row, column), value in np.ndenumerate(table):
            if np.isfinite(value):
                ax.text(column + 0.5, row + 0.5, f"{100 * value:.0f}", ha="center", va="center", fontsize=7.5,
                        color="white" if value < 0.55 else "black")  # fmt: skip
    return mesh


def _dots(ax: Axes, across: Factor, up: Factor, share: NDArray[np.float64], here: NDArray[np.bool_]) -> PathCollection:
    """A dot per design point."""
    x, y = (f.values.astype(float) if f.numeric else f.level_of().astype(float) for f in (across, up))
    # The rarest last, so that they are not hidden.
    order = np.flatnonzero(here)[np.argsort(np.abs(share[here] - np.median(share[here])))]
    size = float(np.clip(4000 / max(len(order), 1), 6, 60))
    dots = ax.scatter(x[order], y[order], c=share[order], cmap=SEQUENTIAL, vmin=0, vmax=1, s=size,
                      edgecolors=INK, linewidths=0.3)  # fmt: skip
    across.mark(ax)
    up.mark(ax, up=True)
    return dots
