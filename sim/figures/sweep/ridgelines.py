"""When the force collapses, at each value of one factor: ridges one above the other."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sim.figures.style import BLUE, INK, VERMILLION, legend_below, message, style
from sim.figures.sweep.data import Groups, Swept, wrapped
from sim.measures import quantiles

BINS = 240
NARROWEST = 0.01
"""Width of the smoothing, at least, as a share of the horizon: steps of 2 h do not show."""
OVERLAP = 1.9
"""Height of the highest ridge, in distances between two."""


@style()
def figure(swept: Swept) -> Figure:
    """The distribution of the time to collapse over the factor that moves it most.

    All ridges have one scale: area is the share of runs that collapse. The share that does
    not within the horizon stands on the right.
    """
    factor = swept.factors[0]
    groups = factor.groups()
    hours, of = _hours(swept, groups)
    horizon = float(swept.summary["horizon_hours"].max()) / 24
    many = len(groups.labels)
    fig = swept.page(height=1.35 + 0.34 * (many + 1), of=int(np.bincount(of, minlength=many).min()))
    ax = fig.add_subplot()
    ax.set_title(f"Time to collapse over {factor.name}")
    curves = [density(hours[of == group] / 24, horizon) for group in range(many)]
    highest = max(float(curve.max()) for curve in curves)
    for group in reversed(range(many)):
        _ridge(ax, group, curves[group], hours[of == group] / 24, horizon, highest)
    ax.set_yticks(range(many), [wrapped(label) for label in groups.labels], fontsize=7.5)
    ax.set_ylabel(factor.label)
    ax.set_ylim(-0.35, many - 1 + OVERLAP + 0.2)
    ax.set_xlim(0, horizon)
    ax.set_xlabel("time since the start [days]")
    ax.xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10]))
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    ax.text(1.02, many - 1 + 0.75, "not by day\n" + f"{horizon:g} [%]", transform=ax.get_yaxis_transform(), fontsize=7,
            color=INK, va="bottom")  # fmt: skip
    if highest == 0:
        message(ax, f"no run collapsed within {horizon:g} days")
    legend_below(fig, columns=2, handles=_legend())
    return fig


def suits(swept: Swept) -> bool:
    """Whether something varies."""
    return bool(swept.factors)


def density(days: NDArray[np.float64], horizon: float) -> NDArray[np.float64]:
    """(BINS,) runs per day as a share of all runs, smoothed; its integral is the share that collapses.

    The width of the smoothing is two thirds of Silverman's (1986, eq. 3.31), so that two waves stay two.

    Args:
        days: (runs,) NaN where not reached.
        horizon: days.
    """
    reached = days[np.isfinite(days)]
    counts, _ = np.histogram(reached, bins=BINS, range=(0, horizon))
    width = NARROWEST
    if len(reached) > 1:
        spread = min(reached.std(ddof=1), float(np.subtract(*np.quantile(reached, [0.75, 0.25]))) / 1.34)
        width = max(width, 0.6 * spread * len(reached) ** -0.2 / horizon)
    step = np.arange(-BINS, BINS + 1) / BINS
    weights = np.exp(-0.5 * (step / width) ** 2)
    # What the smoothing would carry over an edge is folded back, so that none is lost.
    padded = np.concatenate([counts[::-1], counts, counts[::-1]])
    smooth = np.convolve(padded, weights / weights.sum(), mode="same")[BINS : 2 * BINS]
    return smooth / max(len(days), 1) / (horizon / BINS)


def _hours(swept: Swept, groups: Groups) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """(run,) hours of collapse of all runs, and the group of each."""
    hours, of = [], []
    for point, rows in swept.folder.by_point(["collapse_hour"]):
        if groups.of[point] >= 0:
            hours.append(rows["collapse_hour"].to_numpy(zero_copy_only=False).astype(float))
            of.append(np.full(len(hours[-1]), groups.of[point]))
    return np.concatenate(hours), np.concatenate(of)


def _ridge(
    ax: Axes, group: int, curve: NDArray[np.float64], days: NDArray[np.float64], horizon: float, highest: float
) -> None:
    x = (np.arange(BINS) + 0.5) * horizon / BINS
    y = group + OVERLAP * curve / max(highest, 1e-12)
    depth = 3 * (50 - group)  # lower ridges stand before higher ones
    ax.fill_between(x, group, y, color=BLUE, alpha=0.55, lw=0, zorder=depth, gid="ridge")
    ax.plot(x, y, color="white", lw=1.4, zorder=depth + 1)
    ax.plot(x, y, color=BLUE, lw=0.9, zorder=depth + 1)
    middle = quantiles(days, [0.5])[0] if len(days) else None
    if middle is not None:
        ax.plot([middle, middle], [group, group + 0.55], color=VERMILLION, lw=1.6, zorder=200, gid="median")
    ax.text(1.02, group + 0.12, f"{100 * np.isnan(days).mean():.0f}", transform=ax.get_yaxis_transform(), fontsize=7.5,
            color=INK, va="center")  # fmt: skip


def _legend() -> list[Patch | Line2D]:
    return [
        Patch(facecolor=BLUE, alpha=0.55, label="runs that collapse, one scale for all"),
        Line2D([], [], color=VERMILLION, lw=1.6, label="median of all runs"),
    ]
