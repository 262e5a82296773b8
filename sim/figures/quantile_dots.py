"""When each version collapses, as dots: each stands for as many runs as the others.

People read chances off a quantile dot plot by counting, and more exactly than off a curve
(Kay et al., CHI 2016; Fernandes et al., CHI 2018).
"""

from __future__ import annotations

from math import ceil
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.ticker import MaxNLocator

from sim.figures.comparison import LOOKS
from sim.figures.style import GREY, INK, WIDTH, page, style
from sim.measures import quantiles

if TYPE_CHECKING:
    from sim.experiments.compare import Comparison

DOTS = 20
COLUMNS = {20: 40, 50: 60}
"""Dots -> columns along the axis: more dots are smaller ones."""
BESIDE = 4
"""Columns of dots for runs that do not collapse."""
LEAST, MOST = 6, 24
"""Rows that a panel has room for [dots]; higher columns are pressed together."""
NAME_WIDTH = 80
"""Of a line of a version's name [characters]."""
ROOM = 1.05
"""The axis ends here, in latest dots, where all of them lie within the horizon."""


@style()
def figure(comparison: Comparison, dots: int = DOTS) -> Figure:
    """One panel for each version: `dots` quantiles of the time to collapse, stacked into columns.

    Dots right of the line stand for runs that do not collapse within the horizon.

    Raises:
        ValueError: `dots` is neither 20 nor 50.
    """
    if dots not in COLUMNS:
        raise ValueError(f"a quantile dot plot has {' or '.join(map(str, COLUMNS))} dots, not {dots}")
    horizon = comparison.hours / 24
    sides = [_days(times, dots) for times in comparison.times()]
    latest = max(max(days) for days in sides)
    beyond = not np.isfinite(latest)
    end = horizon if beyond else min(ROOM * latest, horizon)
    width = end / COLUMNS[dots]
    places = [_stacked(days, end, width) for days in sides]
    rows = min(max(LEAST, *(max(y) + 1 for _, y in places)), MOST)
    edge = end + (BESIDE + 2) * width * beyond
    inch = WIDTH / (edge / width)  # of a dot, about
    fig = page(comparison.base, height=1.35 + 2 * (rows * inch + 0.3), shares=True)
    fig.suptitle(f"When the force collapses: each dot is {100 // dots} of 100 runs",
                 x=0.01, ha="left", fontsize=10, weight="bold")  # fmt: skip
    axes = fig.subplots(2, 1, sharex=True, sharey=True)
    for ax, name, (x, y), (colour, _) in zip(axes, comparison.names, places, LOOKS, strict=True):
        press = min((rows - 1) / max(*y, 1), 1.0)
        circles = [Circle((day, (0.5 + row * press) * width), 0.46 * width) for day, row in zip(x, y, strict=True)]
        ax.add_collection(PatchCollection(circles, facecolor=colour, linewidths=0, gid="dots"))
        ax.set(xlim=(0, edge), ylim=(0, rows * width), yticks=[])
        ax.set_aspect("equal", anchor="SW")
        _dress(ax, fill(name, NAME_WIDTH))
        if beyond:
            ax.axvline(horizon, color=GREY, lw=0.8)
    if beyond:
        axes[0].annotate(f"not within\n{horizon:g} days", ((end + edge) / 2, 1), xycoords=("data", "axes fraction"),
                         xytext=(0, 3), textcoords="offset points", fontsize=7, color=INK, ha="center")  # fmt: skip
    axes[-1].set_xlabel("time since the start [days]")
    axes[-1].xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10]))
    return fig


def _days(times: np.ndarray, dots: int) -> list[float]:
    """The day of each dot; inf where not reached."""
    found = quantiles(times, [(i + 0.5) / dots for i in range(dots)])
    return [np.inf if hour is None else hour / 24 for hour in found]


def _stacked(days: list[float], end: float, width: float) -> tuple[list[float], list[int]]:
    """Day and row (from 0) of each dot, in columns of this width [days]; those not reached beyond the end."""
    x: list[float] = []
    y: list[int] = []
    heights: dict[int, int] = {}
    never = 0
    for day in days:
        if np.isinf(day):
            x.append(end + (1.5 + never % BESIDE) * width)
            y.append(never // BESIDE)
            never += 1
            continue
        column = max(ceil(day / width - 1e-9) - 1, 0)
        x.append((column + 0.5) * width)
        y.append(heights.get(column, 0))
        heights[column] = y[-1] + 1
    return x, y


def _dress(ax: Axes, name: str) -> None:
    ax.set_title(name, fontsize=9, weight="normal", pad=4)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="y", visible=False)
