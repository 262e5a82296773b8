"""Figures of a validation: predicted against happened, case by case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from calibration.figures import empty
from sim.figures.style import BLUE, GREY, INK, ORANGE, VERMILLION, legend_below, style

if TYPE_CHECKING:
    from calibration.validation import Validation


@style()
def predicted_figure(found: Validation) -> Figure:
    """Predicted probability of collapse of every case, those that collapsed and those that held, and the baselines'."""
    table = found.cases.sort_values(["fitted", "collapsed", "predicted"])
    caption = f"{found.runs:,} runs a case, parameters drawn from {found.source}; whisker: 95 % Monte Carlo"
    fig = empty(1.6 + 0.3 * len(table), caption)
    ax = fig.subplots()
    places = np.arange(len(table))
    for collapsed, colour, marker, words in ((True, VERMILLION, "X", "collapsed"), (False, BLUE, "o", "held")):
        mask = (table["collapsed"] == collapsed).to_numpy()
        centre = table["predicted"].to_numpy()[mask]
        ends = np.stack([centre - table["low"].to_numpy()[mask], table["high"].to_numpy()[mask] - centre])
        ax.errorbar(centre, places[mask], xerr=np.maximum(ends, 0), fmt=marker, color=colour, ms=7, lw=1.2, capsize=2,
                    label=words, zorder=3)  # fmt: skip
    for name, marker, words in (("ratio", "|", "force ratio alone"), ("matrix", "1", "factor matrix")):
        ax.plot(table[name], places, marker, color=GREY, ms=8, ls="", mew=1.6, label=f"{words}, leave one out")
    split = int((~table["fitted"]).sum()) - 0.5
    ax.axhline(split, color=INK, lw=0.8)
    ax.axvline(0.5, color=INK, lw=0.6, ls=":")
    labels = [str(name).replace("_", " ") + (" (fitted)" if row["fitted"] else "") for name, row in table.iterrows()]
    ax.set(yticks=places, yticklabels=labels, xlim=(-0.03, 1.03), ylim=(-0.7, len(table) - 0.3))
    ax.set_xlabel("predicted probability that the decisive place is lost")
    ax.set_title("What was predicted, and what happened", loc="left")
    legend_below(fig, 4)
    return fig


@style()
def timing_figure(found: Validation) -> Figure:
    """Predicted day of the decisive loss beside the documented one, of cases that collapsed."""
    table = found.cases[found.cases["collapsed"]].sort_values("documented_low")
    fig = empty(1.4 + 0.34 * len(table), f"{found.runs:,} runs a case, parameters drawn from {found.source}")
    ax = fig.subplots()
    places = np.arange(len(table))[::-1]
    high = table["day_95"].fillna(table["until_days"])
    ax.hlines(places, table["day_5"], high, color=BLUE, lw=2, label="predicted, 5-95 % of all runs")
    ax.plot(table["day_50"], places, "o", color=BLUE, ms=5, label="median")
    open_ended = table["day_95"].isna().to_numpy()
    ax.plot(high[open_ended], places[open_ended], ">", color=BLUE, ms=6, label="not reached in all runs")
    middle = (table["documented_low"] + table["documented_high"]) / 2
    ax.plot(middle, places, "D", color=ORANGE, ms=6, label="documented", zorder=3)
    labels = [str(name).replace("_", " ") + (" (fitted)" if row["fitted"] else "") for name, row in table.iterrows()]
    ax.set(yticks=places, yticklabels=labels, xscale="log")
    ax.set_xticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
    ax.set_xticks([], minor=True)
    ax.set_xlabel("days after the start")
    ax.set_title("When the decisive place was lost", loc="left")
    legend_below(fig, 3)
    return fig


@style()
def reliability_figure(found: Validation) -> Figure:
    """Share that collapsed against the predicted probability, in three groups of cases never touched."""
    table = found.cases[~found.cases["fitted"]].sort_values("predicted")
    fig = empty(4.2, f"{len(table)} cases never touched in three groups: too few for more than a glance")
    ax = fig.subplots()
    ax.plot([0, 1], [0, 1], color=INK, lw=0.8, ls=(0, (4, 2)), label="calibrated")
    ax.plot(table["predicted"], table["collapsed"] + np.where(table["collapsed"], 0.02, -0.02), "|", color=GREY, ms=12,
            label="a case")  # fmt: skip
    groups = [part for part in np.array_split(np.arange(len(table)), 3) if len(part)]
    for number, part in enumerate(groups):
        rows = table.iloc[part]
        ax.plot(rows["predicted"].mean(), rows["collapsed"].mean(), "o", color=BLUE, ms=5 + 1.2 * len(part),
                label="a third of the cases" if number == 0 else None)  # fmt: skip
    ax.set(xlim=(-0.05, 1.05), ylim=(-0.08, 1.08), aspect="equal")
    ax.set(xlabel="predicted probability of collapse", ylabel="share that collapsed")
    legend_below(fig, 3)
    return fig
