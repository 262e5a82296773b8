"""From when on stopping the triggers no longer helps; and the map over two parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, PercentFormatter

from sim.figures.style import BLUE, INK, ORANGE, SEQUENTIAL, VERMILLION, blank, legend_below, message, style
from sim.measures.times import share_of
from sim.parameters import BY_NAME

if TYPE_CHECKING:
    from sim.experiments.phase_map import Axis, PhaseMap
    from sim.experiments.tipping import Tipping


MOST_TICKS = 9
"""Values of a parameter that a map names."""


@style()
def committor(found: Tipping) -> Figure:
    """Share that collapses when triggers stop on a day, and the last day on which stopping helps each run."""
    fig = blank(found.runs, found.seed, height=5.4)
    above, below = fig.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    share, low, high = found.committor().T
    full = found.full_share()[0]
    above.fill_between(found.grid, low, high, color=BLUE, alpha=0.25, lw=0, label="95 % Monte Carlo band")
    above.plot(found.grid, share, "o-", color=BLUE, markersize=4, lw=1.8, label="collapses all the same")
    above.plot(found.grid, found.already(), ":", color=INK, lw=1.2, label="has collapsed already")
    above.axhline(full, color=INK, ls=(0, (4, 1.5)), lw=1.1, label="if nothing stops")
    above.set(title="When stopping the triggers no longer helps", ylim=(0, 1.04),
              ylabel=f"collapsed by day {found.day:g} [%]")  # fmt: skip
    above.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
    _points(above, found)
    _chances(below, found)
    below.set(
        xlabel=_what_stops(found), xlim=(found.grid[0] - 0.45 * _step(found), found.grid[-1] + 0.45 * _step(found))
    )
    below.xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], integer=True))
    if not full:
        message(above, f"no run collapses by day {found.day:g}, even with every trigger")
    legend_below(fig, columns=3)
    return fig


def _what_stops(found: Tipping) -> str:
    all_ = len(found.removed) == sum(trigger.enabled for trigger in found.resolved.triggers)
    stops = "no trigger takes effect" if all_ else "the named triggers take no effect"
    if not found.removed:
        return "something turns favourable on this day"
    return f"{stops} from this day on" + (", and something turns favourable" if found.favourable else "")


def _step(found: Tipping) -> float:
    return float(np.diff(found.grid).min())


def _points(ax: Axes, found: Tipping) -> None:
    """The points of no return, with their intervals, each at its level."""
    full = found.full_share()[0]
    for point, marker in zip(found.points(), ("D", "s"), strict=True):
        if point.day is None:
            continue
        level = point.level * full
        if point.low is not None and point.high is not None:
            ax.hlines(level, point.low, point.high, color=VERMILLION, lw=1.4)
        ax.plot(point.day, level, marker, color=VERMILLION, markeredgecolor="white", markersize=7, ls="",
                label=f"{100 * point.level:g} % of that: day {point.day:g}")  # fmt: skip


def _chances(ax: Axes, found: Tipping) -> None:
    """How many of the runs that collapse have their last chance on each day."""
    chances = found.last_chance()
    ax.set(ylabel="runs that collapse [%]")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=""))
    ax.grid(axis="x", visible=False)
    if not len(chances):
        return
    share, low, high = np.array([share_of(int((chances == day).sum()), len(chances)) for day in found.grid]).T
    ax.bar(found.grid, share, width=0.7 * _step(found), color=ORANGE,
           label="last day on which stopping helps")  # fmt: skip
    there = share > 0
    ax.vlines(found.grid[there], low[there], high[there], color=INK, lw=0.9, gid="interval",
              label="95 % Monte Carlo interval")  # fmt: skip
    never = float(np.isneginf(chances).mean())
    # Above the bars, never among them.
    ax.set_title(f"stopping helps on no day: {100 * never:.0f} %", loc="right", fontsize=9, weight="normal")


@style()
def phase(found: PhaseMap) -> Figure:
    """Share collapsed, and median day, over two parameters; a cross where the scenario stands."""
    fig = blank(found.runs, found.seed, height=4.1, of=found.runs)
    fig.suptitle("Collapse over two parameters", x=0.01, ha="left", fontsize=10, weight="bold")
    left, right = fig.subplots(1, 2, sharey=True)
    middle = np.ma.masked_invalid(found.median_hours() / 24)
    _map(left, found, found.share(), SEQUENTIAL, 0.0, 1.0)
    _map(right, found, middle, f"{SEQUENTIAL}_r", *((middle.min(), middle.max()) if middle.count() else (0, 1)))
    left.set_title(f"collapsed by day {found.day:g} [% of runs]", fontsize=9, weight="normal")
    right.set_title("median time (blank: not reached) [days]", fontsize=9, weight="normal")
    left.set(ylabel=_label(found.y))
    for ax, format in ((left, PercentFormatter(1, symbol="")), (right, None)):
        fig.colorbar(ax.collections[0], ax=ax, shrink=0.9, format=format).outline.set_visible(False)
    cross = Line2D([], [], ls="", marker="X", color="white", markeredgecolor=INK, markersize=9, label="the scenario")
    legend_below(fig, columns=1, handles=[cross])
    return fig


def _map(ax: Axes, found: PhaseMap, values: np.ndarray, colours: str, low: float, high: float) -> None:
    for set_scale, axis in ((ax.set_xscale, found.x), (ax.set_yscale, found.y)):
        set_scale("log" if axis.logarithmic else "linear")
    ax.minorticks_off()
    ax.pcolormesh(_edges(found.x), _edges(found.y), values, cmap=colours, vmin=low, vmax=high)
    for side, axis, turn in ((ax.xaxis, found.x, 40), (ax.yaxis, found.y, 0)):
        side.set_major_locator(FixedLocator(axis.values[:: -(-len(axis.values) // MOST_TICKS)].tolist()))
        side.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
        side.set_tick_params(rotation=turn)
    here = found.resolved.parameters
    ax.plot(here[found.x.parameter], here[found.y.parameter], "X", color="white", markeredgecolor=INK, markersize=9,
            clip_on=False)  # fmt: skip
    ax.set(xlabel=_label(found.x), xlim=_edges(found.x)[[0, -1]], ylim=_edges(found.y)[[0, -1]])
    ax.grid(visible=False)


def _edges(axis: Axis) -> np.ndarray:
    """Borders of the cells that hold the values."""
    at = np.log(axis.values) if axis.logarithmic else axis.values
    between = (at[1:] + at[:-1]) / 2
    edges = np.concatenate([[2 * at[0] - between[0]], between, [2 * at[-1] - between[-1]]])
    return np.asarray(np.exp(edges) if axis.logarithmic else edges)


def _label(axis: Axis) -> str:
    return f"{axis.parameter} [{BY_NAME[axis.parameter].uom}]"


FIGURES: dict[str, Callable[[Tipping], Figure]] = {"committor": committor}
MAP_FIGURES: dict[str, Callable[[PhaseMap], Figure]] = {"map": phase}
"""Name of the file -> figure."""
