"""What each factor does, one panel for each."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from sim.figures.style import BLUE, GREY, VERMILLION, WIDTH, legend_below, style
from sim.figures.sweep.data import Factor, Swept

MOST_PANELS = 9
COLUMNS = 3


@style()
def figure(swept: Swept) -> Figure:
    """Small multiples: the share collapsed at every design point over each factor, and its mean.

    The factors that move the mean most come first. Over a factor with many values the mean
    is that of groups of neighbouring points.
    """
    factors = swept.factors[:MOST_PANELS]
    columns = min(COLUMNS, max(len(factors), 1))
    rows = -(-len(factors) // columns)
    width = WIDTH if columns > 1 else 0.75 * WIDTH
    fig = swept.page(height=0.75 + 2.0 * max(rows, 1), width=width, of=None if alone(swept) else swept.runs_of_a_point)
    more = f": {len(factors)} of {len(swept.factors)} factors" if len(swept.factors) > len(factors) else ""
    fig.suptitle(f"{swept.by_day.capitalize()}{more}", x=0.01, ha="left", fontsize=10, weight="bold")
    axes = fig.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for ax, factor in zip(axes, factors, strict=False):
        _panel(ax, swept, factor)
        if columns > 1:  # names of neighbours would touch
            ax.set_xlabel(ax.get_xlabel().replace(" [", "\n["))
    for ax in axes[len(factors) :]:
        ax.set_visible(False)
    for ax in axes[::columns]:
        ax.set_ylabel("share of runs [%]")
    axes[0].set_ylim(-0.03, 1.03)
    axes[0].yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
    legend_below(fig, columns=3 if columns > 1 else 2, handles=_legend(swept))
    return fig


def _panel(ax: Axes, swept: Swept, factor: Factor) -> None:
    groups, mine = factor.groups(), factor.mine
    share = swept.share
    x = factor.values.astype(float) if factor.numeric else groups.of.astype(float)
    if alone(swept):
        low, high = (swept.summary[f"{swept.measure}_{end}"].to_numpy(float) for end in ("low", "high"))
        ax.vlines(x[mine], low[mine], high[mine], color=GREY, lw=0.8, gid="interval")
    ax.plot(x[mine], share[mine], ".", color=GREY, markersize=4, alpha=0.7, gid="points")
    centres = groups.means(x)
    line = "-" if factor.numeric else "none"  # nothing lies between two words
    ax.plot(centres, groups.means(share), ls=line, marker="o", color=BLUE, lw=1.6, markersize=4, gid="mean")
    if factor.numeric and isinstance(factor.base, int | float) and x[mine].min() <= factor.base <= x[mine].max():
        ax.axvline(factor.base, color=VERMILLION, lw=1.0, ls=(0, (3, 2)), gid="base")
    factor.mark(ax)


def _legend(swept: Swept) -> list[Line2D]:
    note = ", 95 % Monte Carlo interval" if alone(swept) else ""
    handles = [
        Line2D([], [], color=BLUE, marker="o", lw=1.6, markersize=4, label="mean over points"),
        Line2D([], [], color=GREY, marker=".", lw=0.8 * alone(swept), label="design point" + note),
    ]
    if any(factor.numeric and isinstance(factor.base, int | float) for factor in swept.factors):
        handles.append(Line2D([], [], color=VERMILLION, lw=1.0, ls=(0, (3, 2)), label="value of the scenario"))
    return handles


def alone(swept: Swept) -> bool:
    """Whether points over one factor differ in nothing else; otherwise their intervals would hide each other."""
    return not swept.crossed or len(swept.factors) == 1


def suits(swept: Swept) -> bool:
    """Whether something varies."""
    return bool(swept.factors)
