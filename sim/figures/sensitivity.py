"""What moves the outcome: what each factor does from its low to its high end, and its index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from sim.figures.style import BLUE, GREY, INK, ORANGE, SKY, VERMILLION, captioned, legend_below, message, style
from sim.measures import LABEL

if TYPE_CHECKING:
    from sim.experiments.sensitivity import Row, Sensitivity

MOST = 20
"""Factors in a figure: the most influential."""
ROW = 0.26
"""Height of a factor's row [inch]."""


ENDS = {
    "morris": (
        "Low and high are the ends of a move over two thirds of the factor’s range (a switch: from off to on):",
        "half of the mean change by such a move, to either side of the mean over all points.",
    ),
    "sobol": ("Low and high: the mean over the quarter of the points where the factor is lowest, and highest.",),
}
"""What the ends of a tornado are, by method."""


def _page(found: Sensitivity, rows: Sequence[Row], *said: str) -> Figure:
    """An empty figure with room for the rows; what is said stands above the caption."""
    runs, seed = int(found.folder.provenance["runs"]), found.folder.explicit["seed"]
    return captioned([*said, f"{runs:,} runs, seed {seed}; {LABEL}"], height=1.75 + ROW * max(len(rows), 4))


def _shown(found: Sensitivity) -> list[Row]:
    """From the bottom up, so that the most influential factor stands on top."""
    return list(found.rows[:MOST])[::-1]


def _label(found: Sensitivity) -> str:
    return found.measure.words + (" [%]" if found.measure.is_share else "")


def _names(ax: Axes, rows: Sequence[Row]) -> None:
    ax.set_yticks(range(len(rows)), [row.factor + ("" if row.resolved else " ?") for row in rows])
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)


@style()
def tornado(found: Sensitivity) -> Figure:
    """The measure at the low and at the high end of each factor, around its mean over all points."""
    rows = sorted(_shown(found), key=lambda row: abs(row.change[0]))
    fig = _page(found, rows, *ENDS[found.method])
    ax = fig.add_subplot()
    ax.set(title="What each factor does from low to high", xlabel=_label(found))
    for at, row in enumerate(rows):
        for end, colour, hatch in ((row.low_end, SKY, ""), (row.high_end, ORANGE, "////")):
            ax.barh(at, end - found.mean, left=found.mean, height=0.62, color=colour, hatch=hatch, edgecolor="white",
                    lw=0, gid="end")  # fmt: skip
        ax.errorbar(row.high_end, at, xerr=row.change[1], color=INK, lw=1.2, gid="interval")
    ax.axvline(found.mean, color=INK, lw=0.9)
    _names(ax, rows)
    if found.measure.is_share:
        left, right = ax.get_xlim()
        ax.set_xlim(max(left, 0), min(right, 1))  # no share lies beyond, whatever its interval
        ax.xaxis.set_major_formatter(PercentFormatter(1, symbol=""))
    legend_below(fig, columns=3, handles=[
        Patch(facecolor=SKY, label="factor low"), Patch(facecolor=ORANGE, hatch="////", edgecolor="white", lw=0,
                                                        label="factor high"),
        Line2D([], [], color=INK, lw=1.2, label="95 % interval of the change"),
    ])  # fmt: skip
    return fig


@style()
def indices(found: Sensitivity) -> Figure:
    """S1 and ST with their intervals; by Morris' method µ* with σ, beside what the dice alone would make."""
    rows = _shown(found)
    fig = _page(found, rows)
    ax = fig.add_subplot()
    ax.use_sticky_edges = False
    handles = _sobol(ax, found, rows) if found.method == "sobol" else _morris(ax, found, rows)
    ax.axvline(0, color=INK, lw=0.8)
    _names(ax, rows)
    legend_below(fig, columns=3, handles=handles)
    return fig


def _sobol(ax: Axes, found: Sensitivity, rows: Sequence[Row]) -> list[Line2D | Patch]:
    dice = f"{100 * min(found.noise, 1):.0f} % of it was the dice’s, and is taken off"
    ax.set_title("Which factors make the points differ")
    ax.set_xlabel(f"share of the variance of the {found.measure.words}\n{dice}")
    handles: list[Line2D | Patch] = []
    for name, label, colour, marker, side in (
        ("first", "S1: alone", BLUE, "o", 0.15),
        ("total", "ST: alone or with others", VERMILLION, "D", -0.15),
    ):
        values, halves = np.array([row.indices[name] for row in rows]).T
        ax.errorbar(values, np.arange(len(rows)) + side, xerr=halves, fmt=marker, color=colour, markersize=5, lw=1.3,
                    gid=name)  # fmt: skip
        handles.append(Line2D([], [], color=colour, marker=marker, markersize=5, lw=1.3, label=label))
    if not any(np.isfinite(row.indices["total"][0]) for row in rows):
        ax.set_xlim(0, 1)
        message(ax, "the points do not differ by more than the dice")
        return handles
    # An interval of many times the whole would leave the rest unreadable.
    ax.set_xlim(max(ax.get_xlim()[0], -0.5), min(ax.get_xlim()[1], 1.5))
    return handles


def _morris(ax: Axes, found: Sensitivity, rows: Sequence[Row]) -> list[Line2D | Patch]:
    ax.set(title="How far each factor moves the outcome", xlabel=f"elementary effect: change of the {_label(found)}")
    at = np.arange(len(rows))
    sizes, halves = np.array([row.indices["mu_star"] for row in rows]).T
    sigma, floor = (np.array([row.indices[name][0] for row in rows]) for name in ("sigma", "floor"))
    ax.barh(at, sizes, height=0.62, color=BLUE, alpha=0.85, gid="mu_star")
    ax.hlines(at, np.maximum(sizes - halves, 0), sizes + halves, color=INK, lw=1.3)
    ax.vlines(floor, at - 0.4, at + 0.4, color=GREY, lw=2.2, gid="floor")
    ax.plot(sigma, at, "D", color=ORANGE, markeredgecolor="white", markersize=6, ls="", gid="sigma")
    if found.measure.is_share:
        ax.xaxis.set_major_formatter(PercentFormatter(1, symbol=""))
    return [
        Patch(color=BLUE, label="µ*, mean size, 95 % interval"),
        Line2D([], [], color=ORANGE, marker="D", ls="", markeredgecolor="white", label="σ, spread"),
        Line2D([], [], color=GREY, lw=2.2, label="µ* by the dice alone"),
    ]


FIGURES: dict[str, Callable[[Sensitivity], Figure]] = {"tornado": tornado, "indices": indices}
"""Name of the file, after the measure -> figure."""
