"""How the force melts: effective strength over time, as a fan over runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from sim.figures.style import INK, days_axis, draw_fan, legend_below, mark_capital, message, page, style
from sim.measures import strength_quantiles

if TYPE_CHECKING:
    from sim.results import Result


@style()
def figure(result: Result) -> Figure:
    """Quantiles 5, 25, 50, 75 and 95 % of effective host strength, a share of its start."""
    fan = strength_quantiles(result, (0.05, 0.25, 0.5, 0.75, 0.95))
    fig = page(result, height=3.8, shares="the share of runs below a line")
    ax = fig.add_subplot()
    draw_fan(ax, fan)
    threshold = result.resolved.collapse_share
    ax.axhline(threshold, color=INK, lw=1, ls="--", label=f"collapse below {100 * threshold:g} %")
    ax.set(title="Effective strength of the host side", ylabel="share of the start [%]", ylim=(0, 1.02))
    days_axis(ax, result)
    ax.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
    mark_capital(ax, result)
    if fan.empty:
        message(ax, "no strength was recorded")
    legend_below(fig, columns=4)
    return fig
