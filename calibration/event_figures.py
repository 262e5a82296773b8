"""Figures of what a fit predicts: event by event, and variant by variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from calibration.figures import empty
from calibration.study import MODEL
from sim.figures.style import BLUE, GREY, INK, ORANGE, VERMILLION, legend_below, style
from sim.measures import LABEL

if TYPE_CHECKING:
    import pandas as pd


@style()
def events_figure(after: pd.DataFrame, before: pd.DataFrame) -> Figure:
    """Predicted 5-95 % and 25-75 % ranges of every dated event beside its documented window, case by case.

    Args:
        after: of the posterior (`calibration.predictive.by_event`).
        before: of the prior.
    """
    dated = after[after["kind"].isin(("fall", "collapse"))]
    cases = list(dict.fromkeys(dated["case"]))
    sizes = [int((dated["case"] == case).sum()) for case in cases]
    fig = empty(1.5 + 0.19 * sum(sizes) + 0.45 * len(cases), f"grey: prior; blue: posterior; {LABEL}")
    axes = fig.subplots(len(cases), 1, height_ratios=sizes, squeeze=False).ravel()
    for ax, case in zip(axes, cases, strict=True):
        rows = dated[dated["case"] == case]
        places = np.arange(len(rows))[::-1]
        prior = before.loc[rows.index]
        ax.hlines(places - 0.18, prior["low"], prior["high"], color=GREY, lw=2, label="prior, 5-95 %")
        ax.hlines(places + 0.1, rows["low"], rows["high"], color=BLUE, lw=1.2, label="posterior, 5-95 %")
        ax.hlines(places + 0.1, rows["lower"], rows["upper"], color=BLUE, lw=4, label="posterior, 25-75 %")
        fitted = (rows["use"] == "fit").to_numpy()
        came = rows["documented_low"].notna().to_numpy()
        middle = ((rows["documented_low"] + rows["documented_high"]) / 2).to_numpy()
        for mask, colour, marker, name in (
            (fitted & came, INK, "D", "documented, fitted"),
            (~fitted & came, ORANGE, "o", "documented, held out"),
        ):
            half = (rows["documented_high"] - rows["documented_low"]).to_numpy() / 2
            ax.errorbar(middle[mask], places[mask] + 0.1, xerr=half[mask], fmt=marker, ms=4, color=colour, lw=1.4,
                        capsize=2, label=name, zorder=3)  # fmt: skip
        end = float(max(rows["high"].max(), prior["high"].max()))
        never = ~came
        ax.plot(np.full(never.sum(), end * 1.02), places[never] + 0.1, ">", color=VERMILLION, ms=5,
                label="documented as never lost", zorder=3)  # fmt: skip
        labels = [name.split("_", 1)[-1].replace("_", " ") for name in rows.index]
        ax.set(yticks=places, yticklabels=labels, xlim=(0, end * 1.05), ylim=(-0.7, len(rows) - 0.3))
        ax.set_title(case.replace("_", " "), loc="left")
        ax.tick_params(axis="y", labelsize=7)
    axes[-1].set_xlabel("days after the start")
    handles = {label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    legend_below(fig, 3, list(handles.values()))
    return fig


@style()
def variants_figure(table: pd.DataFrame) -> Figure:
    """Held-out score of the model minus that of each variant, with its interval: left of 0 the model is better."""
    rows = table.drop(index=MODEL)
    fig = empty(1.3 + 0.34 * max(len(rows), 1), "95 % bootstrap over the events held out, which are not independent")
    ax = fig.subplots()
    places = np.arange(len(rows))[::-1]
    for role, colour, marker in (("null model", BLUE, "o"), ("other mechanism", ORANGE, "D")):
        mask = (rows["role"] == role).to_numpy()
        centre = rows["difference"].to_numpy()[mask]
        ends = np.abs(np.stack([centre - rows["low"].to_numpy()[mask], rows["high"].to_numpy()[mask] - centre]))
        ax.errorbar(centre, places[mask], xerr=ends, fmt=marker, color=colour, ms=5, lw=1.4, capsize=3, label=role)
    ax.axvline(0, color=INK, lw=0.8)
    ax.set(yticks=places, yticklabels=rows["title"], ylim=(-0.6, len(rows) - 0.4))
    ax.set_title("Held-out scores", loc="left")
    ax.set_xlabel("model minus variant: below 0 the model is better")
    legend_below(fig, 2)
    return fig
