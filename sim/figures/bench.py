"""How time and memory of an invented force grow with its units, runs, steps and links."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from sim.figures.style import BLUE, INK, ORANGE, VERMILLION, captioned, legend_below, message, style

LOOKS = {
    "mesa": (ORANGE, "^", "Mesa"),
    "numpy": (BLUE, "o", "NumPy kernel"),
    "compiled": (VERMILLION, "s", "compiled kernel"),
}
"""Entry -> (colour, marker, name)."""
ROW = 2.1
"""Height of a pair of panels [inch]."""


@style()
def figure(told: dict[str, Any]) -> Figure:
    """A row of panels (time, memory) for each thing that grows, on logarithmic axes.

    Args:
        told: what `sim.bench.bench` gives.
    """
    names = list(dict.fromkeys(series["by"] for series in told["growth"]))
    fig = captioned([_caption(told["machine"])], height=max(len(names), 1) * ROW + 0.9)
    if not names:
        message(fig.add_subplot(), "no growth was measured")
        return fig
    panels = fig.subplots(len(names), 2, squeeze=False)
    for (left, right), by in zip(panels, names, strict=True):
        drawn = [series for series in told["growth"] if series["by"] == by]
        _time(left, by, drawn)
        _memory(right, by, drawn)
    panels[0][0].set_title("Time")
    panels[0][1].set_title("Memory at its peak")
    seen = {line.get_label(): line for ax in fig.axes for line in ax.lines}
    legend_below(fig, columns=4, handles=list(seen.values()))
    return fig


def _caption(machine: dict[str, Any]) -> str:
    return (
        f"An invented force; {machine['cores']} cores, Python {machine['python']}, NumPy {machine['numpy']}, "
        f"numba {machine['numba']}. Of this machine only."
    )


def _time(ax: Axes, by: str, drawn: list[dict[str, Any]]) -> None:
    per = "seconds" if by == "runs" else "seconds_per_run"
    _lines(ax, by, drawn, per)
    values = sorted({point["value"] for series in drawn for point in series["points"]})
    lowest = min(point[per] for series in drawn for point in series["points"])
    ax.plot(values, [lowest * value / values[0] for value in values], ":", color=INK, lw=1, label="in proportion")
    ax.set(ylabel="all runs [s]" if by == "runs" else "one run [s]")


def _memory(ax: Axes, by: str, drawn: list[dict[str, Any]]) -> None:
    _lines(ax, by, drawn, "peak_memory_mb")
    ax.set(ylabel="process [MB]")
    ax.set_ylim(10, ax.get_ylim()[1] * 1.5)


def _lines(ax: Axes, by: str, drawn: list[dict[str, Any]], what: str) -> None:
    ax.set(xscale="log", yscale="log", xlabel=by)
    for series in drawn:
        colour, marker, label = LOOKS[series["entry"]]
        x, y = ([point[name] for point in series["points"]] for name in ("value", what))
        ax.plot(x, y, marker=marker, color=colour, markersize=4, lw=1.5, label=label)
    values = sorted({point["value"] for series in drawn for point in series["points"]})
    ax.set_xlim(values[0] / 1.3, values[-1] * 1.3)
    ax.set_xticks(values, minor=False)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.yaxis.set_major_locator(LogLocator(subs=(1.0,)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_formatter(NullFormatter())


FIGURES: dict[str, Callable[[dict[str, Any]], Figure]] = {"bench": figure}
"""Name of the file -> figure."""
