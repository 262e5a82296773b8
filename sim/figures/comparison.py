"""Two versions on the same dice: both survival curves, and the paired difference below."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from sim.figures.style import BLUE, INK, VERMILLION, days_axis, legend_below, message, page, style
from sim.measures import survival, survival_difference

if TYPE_CHECKING:
    from sim.experiments.compare import Comparison

Line = str | tuple[int, tuple[float, ...]]
LOOKS: tuple[tuple[str, Line], ...] = ((BLUE, "-"), (VERMILLION, (0, (4, 1.5))))
"""Colour and line of the base and of the variant."""

NAME_WIDTH = 90
"""Of a line of a version's name in the legend [characters]."""


@style()
def figure(comparison: Comparison) -> Figure:
    """Kaplan–Meier curves of both versions over days, and variant minus base, each with its 95 % band."""
    base, variant = comparison.times()
    fig = page(comparison.base, height=5.2)
    above, below = fig.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    days_axis(below, comparison.base)
    above.set(title="Runs in which the force has not collapsed", ylabel="share of runs [%]", ylim=(0, 1.02))
    above.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
    below.set(ylabel="difference [points]")
    below.set_title("Variant minus base, in the same runs", fontsize=9, pad=6)
    below.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:+.3g}" if share else "0"))
    for times, name, (colour, line) in zip((base, variant), comparison.names, LOOKS, strict=True):
        curve = survival(times, comparison.hours)
        _steps(above, np.append(curve.hours, comparison.hours) / 24, curve.survival, curve.low, curve.high,
               colour, line, fill(name, NAME_WIDTH))  # fmt: skip
    gap = survival_difference(base, variant, comparison.hours)
    below.axhline(0, color=INK, lw=0.8)
    _steps(below, np.append(gap.hours, comparison.hours) / 24, gap.difference, gap.low, gap.high,
           INK, "-", "difference; bands: 95 %, Monte Carlo")  # fmt: skip
    if np.isnan(base).all() and np.isnan(variant).all():
        message(above, f"no run collapsed within {comparison.hours / 24:g} days")
    elif not gap.difference.any() and np.array_equal(base, variant, equal_nan=True):
        message(below, "every run goes the same way in both versions")
    legend_below(fig, columns=1 if max(map(len, comparison.names)) > 24 else 3)
    return fig


def _steps(
    ax: Axes, days: np.ndarray, middle: np.ndarray, low: np.ndarray, high: np.ndarray,
    colour: str, line: Line, label: str,
) -> None:  # fmt: skip
    """A step curve and its band, each value from its day to the next, the last one to the horizon."""
    middle, low, high = (np.append(values, values[-1]) for values in (middle, low, high))
    ax.fill_between(days, low, high, step="post", color=colour, alpha=0.22, lw=0)
    ax.step(days, middle, where="post", color=colour, ls=line, lw=1.8, label=label)
