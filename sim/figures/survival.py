"""When the force collapses: the share of runs that has not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from sim.figures.style import BLUE, days_axis, legend_below, mark_capital, message, page, style
from sim.measures import median, survival

if TYPE_CHECKING:
    from sim.results import Result


@style()
def figure(result: Result) -> Figure:
    """Kaplan–Meier curve of the collapse over days, with 95 % log-log band and the median."""
    times = result.outcomes(["collapse_hour"])["collapse_hour"]
    curve = survival(times, result.hours)
    days = np.append(curve.hours, result.hours) / 24

    def steps(values: np.ndarray) -> np.ndarray:
        return np.append(values, values[-1])

    fig = page(result, height=3.8)
    ax = fig.add_subplot()
    ax.fill_between(days, steps(curve.low), steps(curve.high), step="post", color=BLUE, alpha=0.25, lw=0,
                    label="95 % Monte Carlo band")  # fmt: skip
    ax.step(days, steps(curve.survival), where="post", color=BLUE, lw=1.8, label="not collapsed")
    ax.set(title="Runs in which the force has not collapsed", ylabel="share of runs [%]", ylim=(0, 1.02))
    days_axis(ax, result)
    ax.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
    mark_capital(ax, result)
    middle, low, high = median(times, result.hours)
    if np.isnan(times.to_numpy()).all():
        message(ax, f"no run collapsed within {result.hours / 24:g} days")
    elif middle is not None:
        ax.plot(middle / 24, 0.5, "D", color=BLUE, markeredgecolor="white", markersize=7, gid="median",
                label=f"median {middle / 24:.1f} days{_interval(low, high)}")  # fmt: skip
    else:
        ax.plot([], [], " ", label="median: not reached")
    legend_below(fig, columns=3)
    return fig


def _interval(low: float | None, high: float | None) -> str:
    if low is None:
        return ""
    return f" ({low / 24:.1f} to {'not reached' if high is None else f'{high / 24:.1f}'})"
