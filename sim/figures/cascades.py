"""How far a break spreads: the largest cascade of each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.figures.style import BLUE, INK, legend_below, message, page, style
from sim.measures import cascade_sizes
from sim.measures.times import share_of

if TYPE_CHECKING:
    from sim.results import Result

MOST_BARS = 40
WIDE = 50
"""From this ratio between the highest and the lowest bar the axis is logarithmic."""


@style()
def figure(result: Result) -> Figure:
    """Share of runs by the number of units in the run's largest cascade."""
    sizes = cascade_sizes(result)
    largest = int(sizes.index.max())
    fig = page(result, height=3.4)
    ax = fig.add_subplot()
    ax.set(title="Largest cascade of each run", xlabel="units that broke in a row, with no pause over 12 hours",
           ylabel="share of runs [%]")  # fmt: skip
    if largest == 0:
        message(ax, "no unit broke in any run")
        return fig
    width = -(-(largest + 1) // MOST_BARS)
    edges = np.arange(-0.5, largest + 0.5 + width, width)
    runs, _ = np.histogram(sizes.index, edges, weights=sizes.to_numpy())
    there = runs > 0
    shares, low, high = np.array([share_of(int(many), int(sizes.sum())) for many in runs[there]]).T
    ax.bar(edges[:-1][there], shares, width * 0.92, align="edge", color=BLUE, label="runs")
    ax.vlines(edges[:-1][there] + 0.46 * width, low, high, color=INK, lw=0.9, gid="interval",
              label="95 % Monte Carlo interval")  # fmt: skip
    middle = _middle(sizes.index.to_numpy(), sizes.to_numpy())
    ax.axvline(middle, color=INK, ls="--", lw=1.2, label="median run")
    if shares.max() > WIDE * shares.min():
        ax.set_yscale("log")
        ax.set_ylabel("share of runs [%], logarithmic")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}"))
    ax.set_xlim(-0.6 - width / 2, largest + 0.6 + width)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    ax.grid(axis="x", visible=False)
    legend_below(fig, columns=3)
    return fig


def _middle(sizes: np.ndarray, runs: np.ndarray) -> int:
    """The size that half of the runs do not exceed."""
    return int(sizes[np.searchsorted(np.cumsum(runs), runs.sum() / 2)])
