"""Where and when: simulated falls of places against the documented record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.figures.style import BLUE, GREY, INK, ROAD, VERMILLION, days_axis, legend_below, message, page, style
from sim.measures import falls

if TYPE_CHECKING:
    from sim.results import Result

EDGE = 1.03
"""The axis ends here, in horizons; beyond 1 lies what was not reached."""
LOOKS = {True: (BLUE, "o", "-"), False: (VERMILLION, "X", (0, (2.5, 1)))}
"""Whether the simulated interval meets the window -> colour, marker, line."""


TITLE = "Fall of places: simulated against documented"


@style()
def figure(result: Result) -> Figure:
    """Per documented place its window and the simulated 5–50–95 %, in documented order.

    A quantile that was not reached is drawn as an arrow that leaves on the right; the
    share of runs in which the place fell stands in the margin.
    """
    table = falls(result)
    table = table[table["inside"].notna()].copy()
    table["middle"] = (table["documented_from"] + table["documented_to"]) / 2
    table = table.sort_values(["middle", "place"]).reset_index(drop=True)
    if table.empty:
        return _nothing(result)
    fig = page(result, height=1.7 + 0.185 * max(len(table), 6), shares=True)
    ax = fig.add_subplot()
    horizon = result.hours / 24
    ax.set_title(TITLE)
    days_axis(ax, result)
    latest = table[["p95", "documented_to"]].to_numpy().max(initial=0) / 24  # NaN if one was not reached
    ax.set_xlim(0, EDGE * (min(latest, horizon) if latest > 0 else horizon))
    for y, row in table.iterrows():
        _row(ax, float(str(y)), row, horizon)
    ax.axvline(horizon, color=GREY, lw=0.8)
    ax.set_yticks(range(len(table)), table["name"], fontsize=7.5)
    ax.set_ylim(len(table) - 0.4, -1.4)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    _margin(ax, -1.0, "fell in\n% of runs")
    _legend(fig, table)
    return fig


def _nothing(result: Result) -> Figure:
    """Why there is nothing to see, without axes."""
    fig = page(result, height=1.1)
    ax = fig.add_subplot()
    ax.set_title(TITLE)
    ax.set_axis_off()
    message(ax, "the scenario documents no outcomes to compare with")
    return fig


def _row(ax: Axes, y: float, row: pd.Series[float], horizon: float) -> None:
    """One place: grey window, simulated line with its median, share in the margin."""
    colour, marker, line = LOOKS[bool(row["inside"])]
    edge = horizon * (1 + EDGE) / 2
    # A place that held is documented as lost after the horizon, if ever.
    start = horizon if row["held"] else min(row["documented_from"] / 24, horizon)
    end = horizon * EDGE if row["held"] else row["documented_to"] / 24
    ax.barh(y, max(end - start, 0.004 * horizon), left=start, height=0.72, color=ROAD, gid="documented")
    p5, p50, p95 = (edge if np.isnan(row[p]) else row[p] / 24 for p in ("p5", "p50", "p95"))
    ax.plot([p5, p95], [y, y], color=colour, lw=1.7, ls=line, solid_capstyle="butt", gid="simulated")
    if p95 == edge:
        ax.plot(edge, y, ">", color=colour, markersize=4, clip_on=False, gid="not reached")
    if p50 != edge:
        ax.plot(p50, y, marker, color=colour, markersize=5.5, markeredgecolor="white", markeredgewidth=0.6,
                gid="median")  # fmt: skip
    _margin(ax, y, f"{100 * row['share_fallen']:.0f}")


def _margin(ax: Axes, y: float, text: str) -> None:
    ax.text(1.02, y, text, transform=ax.get_yaxis_transform(), fontsize=7, color=INK, va="center")


def _legend(fig: Figure, table: pd.DataFrame) -> None:
    """What the marks mean; only those that occur."""
    lines = [
        Line2D([], [], color=colour, marker=marker, ls=line, lw=1.7, markersize=5.5, markeredgecolor="white",
               label=f"simulated 5–50–95 %, {'meets' if inside else 'misses'} the window")
        for inside, (colour, marker, line) in LOOKS.items()
    ]  # fmt: skip
    held = " (right edge: held)" if table["held"].any() else ""
    handles = [*lines, Patch(color=ROAD, label=f"documented window{held}")]
    if table["p95"].isna().any():
        handles.append(
            Line2D([], [], color=INK, marker=">", ls="", markersize=4, label="not reached within the horizon")
        )
    legend_below(fig, columns=2, handles=handles)
