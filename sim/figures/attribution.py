"""Which triggers mattered: what each adds, which reinforce each other, which overlap."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.figures.style import BLUE, INK, ORANGE, VERMILLION, WIDTH, blank, legend_below, message, style

if TYPE_CHECKING:
    from sim.experiments.attribution import Attribution, Worth

ROW = 0.34
"""Height of a player's row [inch]."""


@style()
def values(found: Attribution) -> Figure:
    """Shapley values with 95 % intervals; beside them what a player does left out, and alone."""
    fig = blank(found.runs, found.seed, height=1.9 + ROW * len(found.players))
    share, days = fig.subplots(1, 2, sharey=True)
    order = np.argsort(np.abs(found.worths["share"].shapley.value))
    _bars(share, found.worths["share"], order, 100)
    _bars(days, found.worths["mean_hours"], order, 1 / 24)
    share.set_yticks(range(len(order)), [found.players[i].name for i in order])
    share.set(title="What each trigger adds", xlabel=f"collapsed by day {found.day:g} [runs of 100]")
    days.set(xlabel="mean time to collapse [days]")
    handles = [Patch(color=BLUE, label="Shapley value, 95 % Monte Carlo interval"), *_marks()]
    legend_below(fig, columns=2, handles=handles)
    return fig


def _bars(ax: Axes, worth: Worth, order: np.ndarray, factor: float) -> None:
    ax.use_sticky_edges = False
    rows = np.arange(len(order))
    value, low, high = (limit[order] * factor for limit in worth.shapley)
    ax.barh(rows, value, height=0.62, color=BLUE, alpha=0.85)
    ax.hlines(rows, low, high, color=INK, lw=1.4)
    ax.plot(worth.leave_one_out.value[order] * factor, rows + 0.17, **_look("left out"))
    ax.plot(worth.add_one_in.value[order] * factor, rows - 0.17, **_look("alone"))
    ax.axvline(0, color=INK, lw=0.8)
    ax.grid(axis="y", visible=False)


def _look(what: str) -> dict[str, Any]:
    marker, colour = {"left out": ("D", VERMILLION), "alone": ("o", ORANGE)}[what]
    return {"marker": marker, "color": colour, "markersize": 5, "ls": "", "markeredgecolor": "white"}


def _marks() -> list[Line2D]:
    return [Line2D([], [], **_look(what), label=label) for what, label in
            (("left out", "lost if it alone is left out"), ("alone", "gained if it alone happens"))]  # fmt: skip


@style()
def interactions(found: Attribution) -> Figure:
    """Shapley interaction index of each pair, in the share of collapsed runs."""
    n, pairs = len(found.players), found.worths["share"].interactions
    fig = blank(found.runs, found.seed, height=max(3.2, min(WIDTH, 1.9 + 0.42 * n)))
    ax = fig.add_subplot()
    ax.set(title="Which triggers reinforce each other, and which overlap")
    ax.grid(visible=False)
    if pairs is None or n < 2:
        ax.axis("off")
        message(ax, "a single player" if n < 2 else "not told from sampled orders of joining")
        return fig
    index = 100 * pairs.value
    most = max(np.abs(index).max(), 1e-9)
    shown = np.where(np.eye(n, dtype=bool), np.nan, index)
    image = ax.imshow(shown, cmap="PuOr_r", vmin=-most, vmax=most, aspect="auto")
    names = [player.name for player in found.players]
    ax.set_yticks(range(n), names)
    ax.set_xticks(range(n), names, rotation=40, ha="right", rotation_mode="anchor")
    ax.set(xlabel=f"interaction in runs of 100 collapsed by day {found.day:g}; bold: told apart from 0")
    ax.spines[:].set_visible(False)
    for i, j in zip(*np.nonzero(~np.eye(n, dtype=bool)), strict=True):
        weight = "bold" if pairs.low[i, j] > 0 or pairs.high[i, j] < 0 else "normal"
        colour = "white" if abs(index[i, j]) > 0.6 * most else INK
        ax.text(j, i, f"{index[i, j]:+.1f}".replace("-", "−"), ha="center", va="center", fontsize=7,
                color=colour, fontweight=weight)  # fmt: skip
    bar = fig.colorbar(image, ax=ax, shrink=0.9, pad=0.02)
    bar.set_label("− overlap        reinforce +")
    return fig


FIGURES: dict[str, Callable[[Attribution], Figure]] = {"values": values, "interactions": interactions}
"""Name of the file -> figure."""
