"""How units leave the fight: men by status over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.figures.style import INK, STATUS_LOOK, days_axis, mark_capital, message, page, style
from sim.measures import exits_over_time

if TYPE_CHECKING:
    from sim.results import Result


@style()
def figure(result: Result) -> Figure:
    """Men of the host side stacked by status, means over runs; statuses nobody took are left out."""
    men = exits_over_time(result)
    taken = [status for status in STATUS_LOOK if men[status].max() > 0]
    days = men.index.to_numpy() / 24
    fig = page(result, height=3.8)
    ax = fig.add_subplot()
    ax.set(title="Men of the host side by status, mean of runs", ylabel="men [thousands]")
    days_axis(ax, result)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:g}"))
    if not taken:
        message(ax, "no men were recorded")
        return fig
    layers = ax.stackplot(days, *(men[status] for status in taken), labels=taken)
    for layer, status in zip(layers, taken, strict=True):
        colour, hatch = STATUS_LOOK[status]
        layer.set(facecolor=colour, hatch=hatch, edgecolor="white" if hatch else colour, linewidth=0)
    ax.set_ylim(0)
    mark_capital(ax, result)
    # The legend reads from top to bottom as the layers lie.
    fig.legend(layers[::-1], taken[::-1], loc="outside right center", labelcolor=INK, handleheight=1.4)
    return fig
