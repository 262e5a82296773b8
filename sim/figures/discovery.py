"""When something holds: the trade-off between coverage and density, and the box over pairs of factors."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import LogLocator, PercentFormatter
from numpy.typing import NDArray

from sim.figures.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    SEQUENTIAL,
    VERMILLION,
    WIDTH,
    blank,
    legend_below,
    message,
    style,
)
from sim.parameters import BY_NAME

if TYPE_CHECKING:
    from sim.experiments.discovery import Discovery, Factor, Found

MOST = 4
"""Restricted factors in a figure: the most significant."""


def _page(found: Discovery, height: float, width: float = WIDTH) -> Figure:
    return blank(int(found.sweep.provenance["runs"]), found.sweep.explicit["seed"], height, width)


@style()
def trade_off(found: Discovery) -> Figure:
    """Density over coverage of every box on the way, coloured by how many factors it restricts."""
    box = found.boxes[0]
    fig = _page(found, 3.6, 0.75 * WIDTH)
    ax = fig.add_subplot()
    coverage, density, numbers = (np.array([step[i] for step in box.steps]) for i in (0, 1, 3))
    most = max(int(numbers.max()), 1)
    ax.plot(coverage, density, color=GREY, lw=0.8, zorder=1)
    dots = ax.scatter(coverage, density, c=numbers, cmap=SEQUENTIAL, norm=BoundaryNorm(np.arange(-0.5, most + 1), 256),
                      s=34, edgecolors="white", linewidths=0.4, zorder=2, gid="boxes")  # fmt: skip
    ax.plot(box.worth.coverage, box.worth.density, "o", markersize=12, markerfacecolor="none", markeredgewidth=1.8,
            color=VERMILLION, label="box 1", gid="chosen")  # fmt: skip
    ax.axhline(found.holds.mean(), color=INK, lw=0.9, ls=(0, (3, 2)), label="all points")
    ax.set(xlabel="coverage [%]", ylabel="density [%]", xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
    fig.suptitle(f"When the {found.condition.words}", x=0.01, ha="left", fontsize=9, weight="bold")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, symbol=""))
    bar = fig.colorbar(dots, ax=ax, ticks=range(0, most + 1, 1 + most // 8), shrink=0.9)
    bar.set_label("factors restricted")
    bar.outline.set_visible(False)
    legend_below(fig, columns=2)
    return fig


@style()
def box(found: Discovery) -> Figure:
    """The first box over each pair of the factors that it restricts; over one factor, the measure itself."""
    first = found.boxes[0]
    names = [each.factor.name for each in first.restrictions[:MOST]]
    factors = [factor for factor in found.factors if factor.name in names]
    if not factors:
        fig = _page(found, 2.4)
        message(fig.add_subplot(), "no factor tells where it holds")
        fig.axes[0].axis("off")
        return fig
    if len(factors) == 1:
        fig = _page(found, 3.4)
        _alone(fig.add_subplot(), found, factors[0], first)
    else:
        side = len(factors) - 1
        fig = _page(found, 1.2 + (2.9 if side == 1 else 2.0 * side))
        axes = fig.subplots(side, side, squeeze=False)
        for row, column in product(range(side), range(side)):
            if column > row:
                axes[row, column].set_visible(False)
                continue
            _pair(axes[row, column], found, factors[column], factors[row + 1], first)
            if row < side - 1:
                axes[row, column].set_xlabel("")
            if column:
                axes[row, column].set_ylabel("")
    worth = first.worth
    told = f"density {100 * worth.density:.0f} %, coverage {100 * worth.coverage:.0f} %"
    title = f"When the {found.condition.words}:\n{told}"
    fig.suptitle(title, x=0.01, ha="left", fontsize=9, weight="bold")
    legend_below(fig, columns=3, handles=[
        Line2D([], [], **_look(True), label="holds"), Line2D([], [], **_look(False), label="does not"),
        Patch(facecolor=ORANGE, alpha=0.3, edgecolor=VERMILLION, label="box"),
    ])  # fmt: skip
    return fig


def _look(holds: bool) -> dict[str, Any]:
    marker, colour = ("o", BLUE) if holds else ("x", GREY)
    return {"marker": marker, "color": colour, "ls": "", "markersize": 3.5, "markeredgewidth": 0.8}


def _dots(ax: Axes, found: Discovery, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    for holds in (False, True):
        here = found.holds == holds
        ax.plot(x[here], y[here], **_look(holds), gid="holds" if holds else "not")


def _pair(ax: Axes, found: Discovery, across: Factor, up: Factor, first: Found) -> None:
    _dots(ax, found, _places(across), _places(up))
    _mark(ax, across)
    _mark(ax, up, upright=True)
    levels = {each.factor.name: each.levels for each in first.restrictions}
    for x, y in product(_spans(across, levels[across.name], ax.get_xlim()), _spans(up, levels[up.name], ax.get_ylim())):
        ax.add_patch(Rectangle((x[0], y[0]), x[1] - x[0], y[1] - y[0], facecolor=ORANGE, alpha=0.25, lw=0, zorder=0.5))
        ax.add_patch(Rectangle((x[0], y[0]), x[1] - x[0], y[1] - y[0], fill=False, edgecolor=VERMILLION, lw=1.3,
                               gid="box"))  # fmt: skip


def _alone(ax: Axes, found: Discovery, factor: Factor, first: Found) -> None:
    value = found.known.value
    top = np.where(np.isfinite(value), value, found.sweep.horizons / 24)
    _dots(ax, found, _places(factor), top)
    _mark(ax, factor)
    for low, high in _spans(factor, first.restrictions[0].levels, ax.get_xlim()):
        ax.axvspan(low, high, facecolor=ORANGE, alpha=0.25, edgecolor=VERMILLION, lw=1.3, zorder=0.5, gid="box")
    ax.axhline(found.condition.limit, color=INK, lw=0.9, ls=(0, (3, 2)))
    never = "" if np.isfinite(value).all() else "\non top: not reached"
    ax.set_ylabel(found.condition.measure.words.replace(" by ", "\nby ") + never)
    if found.condition.measure.is_share:
        ax.yaxis.set_major_formatter(PercentFormatter(1))


def _places(factor: Factor) -> NDArray[np.float64]:
    """(point,) where each stands: its value, or about the place of its word."""
    if factor.axis.ordered:
        return np.asarray(np.array(factor.values, np.float64)[factor.axis.codes])
    shake = np.random.default_rng(list(factor.name.encode())).uniform(-0.28, 0.28, len(factor.axis.codes))
    return np.asarray(factor.axis.codes + shake)


def _spans(factor: Factor, levels: NDArray[np.bool_], ends: tuple[float, float]) -> list[tuple[float, float]]:
    """What a box takes of an axis with these ends."""
    limits = factor.limits(levels)
    if limits is None:
        return [(at - 0.42, at + 0.42) for at in np.flatnonzero(levels)]
    return [(max(limits[0], ends[0]), min(limits[1], ends[1]))]


def _mark(ax: Axes, factor: Factor, *, upright: bool = False) -> None:
    """Name, scale and ends of an axis."""
    axis, limit, scale = (ax.yaxis, ax.set_ylim, ax.set_yscale) if upright else (ax.xaxis, ax.set_xlim, ax.set_xscale)
    parameter = BY_NAME.get(factor.name)
    axis.set_label_text(factor.name + (f"\n[{parameter.uom}]" if parameter and parameter.uom != "-" else ""))
    axis.set_tick_params(labelsize=7)
    if not factor.axis.ordered:
        axis.set_ticks(range(len(factor.values)), [factor.words(np.arange(len(factor.values)) == at)
                                                   for at in range(len(factor.values))])  # fmt: skip
        limit(-0.6, len(factor.values) - 0.4)
        return
    low, high = float(factor.values[0]), float(factor.values[-1])
    if factor.log:
        scale("log")
        axis.set_major_locator(LogLocator(subs=(1, 3) if high / low < 100 else (1,)))
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_formatter("")
        limit(low / (high / low) ** 0.04, high * (high / low) ** 0.04)
    else:
        limit(low - 0.04 * (high - low), high + 0.04 * (high - low))


FIGURES: dict[str, Callable[[Discovery], Figure]] = {"trade_off": trade_off, "box": box}
"""Name of the file -> figure."""
