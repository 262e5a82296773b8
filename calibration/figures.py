"""Figures of a calibration, in the look of the others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator, PercentFormatter

from calibration.checks.misspecification import Misspecification
from calibration.checks.sbc import Calibration
from calibration.checks.trials import Trials
from calibration.posterior import Posterior
from calibration.simulator import Floats
from calibration.smc_state import Population
from calibration.weighted import quantiles
from sim.figures.style import BLUE, CAPTION, GREY, INK, ORANGE, VERMILLION, WIDTH, legend_below, style
from sim.measures import LABEL

COLUMNS = 3
"""Small axes beside each other."""
BINS = 24
MOST_PAIRED = 6
"""Parameters that a pair plot holds."""


@style()
def marginals(posterior: Posterior, other: Posterior | None = None, name: str = "by rejection alone") -> Figure:
    """Each parameter's posterior over its prior; another posterior of the same prior, so called, as an outline.

    Axes span the prior, by ratio where it is log-uniform, so that the prior is level and 1.
    """
    fig, axes = _grid(len(posterior.names), _drawn(posterior))
    for i, (ax, each) in enumerate(zip(axes, posterior.prior.ranges, strict=True)):
        edges = each.at(np.linspace(0, 1, BINS + 1))
        heights = _heights(posterior, i)
        ax.stairs(heights, edges, fill=True, color=BLUE, alpha=0.5, label="posterior")
        if other is not None:
            ax.stairs(_heights(other, i), edges, color=VERMILLION, lw=1.3, label=name)
        ax.plot([each.low, each.high], [1, 1], color=INK, ls=(0, (4, 1.5)), lw=1.1, label="prior")
        ax.axvline(quantiles(posterior.theta[:, i], posterior.weights, 0.5)[0], color=BLUE, lw=1.4)
        _scale(ax, each.log, each.low, each.high)
        ax.set(ylim=(0, None), yticks=[])
        ax.set_xlabel(f"{each.name} [{each.uom}]", fontsize=7)
        _title(ax, f"contraction {max(posterior.contraction[i], 0):.2f}")
    _legend(fig, axes[0])
    return fig


@style()
def pairs(posterior: Posterior, names: Sequence[str] | None = None, draws: int = 800, seed: int = 0) -> Figure:
    """Draws of parameters against each other, with their correlation.

    By default the parameters of the strongest correlations, at most `MOST_PAIRED`.
    """
    chosen = _most_correlated(posterior) if names is None else [posterior.names.index(name) for name in names]
    theta, size = posterior.resample(draws, seed), len(chosen)
    fig = empty(0.3 + WIDTH * min(1.0, 0.35 + 0.13 * size), _drawn(posterior))
    axes = fig.subplots(size, size, squeeze=False)
    for (row, i), (column, j) in product(enumerate(chosen), enumerate(chosen)):
        ax, x, y = axes[row, column], posterior.prior.ranges[j], posterior.prior.ranges[i]
        if column > row:
            shade = posterior.correlations[i, j]
            ax.text(0.5, 0.5, f"{shade:+.2f}", transform=ax.transAxes, ha="center", va="center",
                    fontsize=8 + 5 * abs(shade), color=INK)  # fmt: skip
            ax.set_axis_off()
            continue
        if row == column:
            ax.stairs(_heights(posterior, i), x.at(np.linspace(0, 1, BINS + 1)), fill=True, color=BLUE, alpha=0.5)
            ax.set(yticks=[], ylim=(0, None))
        else:
            ax.plot(theta[:, j], theta[:, i], ".", color=BLUE, ms=2, alpha=0.35, mew=0)
            _scale(ax, y.log, y.low, y.high, vertical=True)
        _scale(ax, x.log, x.low, x.high)
        ax.tick_params(labelsize=5.5, labelbottom=row == size - 1, labelleft=column == 0 and row > 0)
        ax.set_xlabel(x.name.replace("_", "\n", 1) if row == size - 1 else "", fontsize=7)
        ax.set_ylabel(y.name.replace("_", "\n", 1) if column == 0 else "", fontsize=7)
    return fig


@style()
def sbc_curves(found: Calibration) -> Figure:
    """How the places of the truth in its posteriors differ from an even spread, with the band for a whole curve."""
    caption = f"{found.trials:,} pseudo-observations; band: {100 * found.level:g} % for all curves together"
    fig, axes = _grid(len(found.names), caption)
    low, high = 100 * (found.low - found.points), 100 * (found.high - found.points)
    reach = 1.15 * max(np.abs(low).max(), np.abs(high).max(), 100 * np.abs(found.shares - found.points).max())
    for ax, name, shares, p, out in zip(axes, found.names, found.shares, found.p, ~found.within, strict=True):
        ax.fill_between(found.points, low, high, color=GREY, alpha=0.35, lw=0, label="if posteriors are right")
        ax.plot(found.points, 100 * (shares - found.points), color=VERMILLION if out else BLUE, lw=1.3, label="found")
        ax.axhline(0, color=INK, lw=0.7)
        ax.set(ylim=(-reach, reach), xlim=(0, 1), xticks=[0, 0.5, 1])
        _title(ax, name)
        told = ("outside, " if out else "") + (f"p = {p:.2g}" if p >= 0.001 else "p < 0.001")
        ax.text(0.97, 0.04, told, transform=ax.transAxes, ha="right", fontsize=6.5)
    _label_last(axes, "place of the truth in its posterior")
    fig.supylabel("share minus even [points]", fontsize=8.5)
    _legend(fig, axes[0])
    return fig


@style()
def recovery_scatter(trials: Trials) -> Figure:
    """Posterior means against the truth, with one posterior standard deviation; prior standard deviations."""
    fig, axes = _grid(
        len(trials.names), f"{len(trials.rows):,} pseudo-observations; probit space, where the prior is N(0, 1)"
    )
    reach = max(2.5, float(np.abs(trials.truth).max()), float(np.abs(trials.mean).max())) + 0.2
    for i, (ax, name) in enumerate(zip(axes, trials.names, strict=True)):
        ax.errorbar(trials.truth[:, i], trials.mean[:, i], trials.sd[:, i], fmt=".", color=BLUE, ms=3, lw=0.4,
                    alpha=0.5, label="posterior mean ± sd")  # fmt: skip
        ax.plot([-reach, reach], [-reach, reach], color=INK, ls=(0, (4, 1.5)), lw=1, label="truth")
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        _title(ax, name)
        contraction = 1 - float(np.square(trials.sd[:, i]).mean())
        ax.text(0.97, 0.04, f"{max(contraction, 0):.2f}", transform=ax.transAxes, ha="right", fontsize=7)
    _label_last(axes, "truth; in the corner: contraction")
    fig.supylabel("posterior mean", fontsize=8.5)
    _legend(fig, axes[0])
    return fig


@style()
def smc_trace(population: Population) -> Figure:
    """Tolerance, distinct particles and acceptance over the simulations used."""
    trace, particles = population.trace, len(population.z)
    used = [row.simulations for row in trace]
    fig = empty(4.6, f"{particles:,} particles, {used[-1]:,} simulations; stopped: {population.stopped or 'not yet'}")
    above, middle, below = fig.subplots(3, 1, sharex=True)
    finite = [(row.simulations, row.tolerance) for row in trace if 0 < row.tolerance < np.inf]
    above.plot([x for x, _ in finite], [y for _, y in finite], "o-", color=BLUE, ms=3.5, lw=1.4)
    above.set(title="How the particles approach the observation", ylabel="tolerance", yscale="log")
    above.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 4, 5, 7)))
    above.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    above.yaxis.set_minor_locator(NullLocator())
    middle.plot(used, [row.unique / particles for row in trace], "o-", color=BLUE, ms=3.5, lw=1.4, label="distinct")
    middle.plot(used, [min(row.ess / particles, 1) for row in trace], "s--", color=ORANGE, ms=3.5, lw=1.2,
                label="effective, before moves")  # fmt: skip
    middle.set(ylabel="particles [%]", ylim=(0, 1.05))
    below.plot(used, [row.acceptance for row in trace], "o-", color=BLUE, ms=3.5, lw=1.4)
    below.set(ylabel="acceptance [%]", ylim=(0, None), xlabel="simulations")
    for ax in (middle, below):
        ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g}")
    below.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    legend_below(fig, columns=2)
    return fig


@style()
def prior_predictive(found: Misspecification) -> Figure:
    """Where the observation lies in what the prior predicts, summary by summary, and as a whole."""
    table = found.summaries
    caption = f"{len(found.typical):,} pseudo-observations; {100 * found.farther:.0f} % of them lie farther out"
    fig = empty(1.9 + 0.2 * len(table), caption)
    left, right = fig.subplots(1, 2, width_ratios=(3, 2))
    places = np.arange(len(table))[::-1]
    inside = (table["below"] >= 0.025) & (table["below"] <= 0.975)
    left.axvspan(0.025, 0.975, color=GREY, alpha=0.25, lw=0)
    for mask, colour, marker in ((inside, BLUE, "o"), (~inside, VERMILLION, "X")):
        left.plot(table["below"][mask], places[mask.to_numpy()], marker, color=colour, ls="", ms=5)
    left.set(yticks=places, yticklabels=table.index, xlim=(-0.03, 1.03), title="Each summary",
             xlabel="simulations below the observation [%]")  # fmt: skip
    left.tick_params(axis="y", labelsize=7)
    left.xaxis.set_major_formatter(PercentFormatter(1, symbol=""))
    right.hist(found.typical, bins=30, color=GREY)
    right.axvline(found.distance, color=VERMILLION, lw=1.6)
    right.set(title="All of them", xlabel="distance to the\nnearest simulations", yticks=[])
    return fig


def _drawn(posterior: Posterior) -> str:
    return f"{len(posterior.weights):,} weighted draws, {posterior.ess:,.0f} effective; {LABEL}"


def empty(height: float, caption: str) -> Figure:
    """An empty figure [inch] with a caption."""
    fig = Figure(figsize=(WIDTH, height), layout="constrained")
    fig.text(0.06 / WIDTH, 0.07 / height, caption, fontsize=7, color=INK, gid="caption")
    engine = fig.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(rect=(0, CAPTION / height, 1, 1 - CAPTION / height))
    return fig


def _grid(many: int, caption: str) -> tuple[Figure, list[Axes]]:
    """A figure with so many small axes."""
    rows = -(-many // COLUMNS)
    fig = empty(0.6 + 1.55 * rows, caption)
    axes = fig.subplots(rows, COLUMNS, squeeze=False).ravel().tolist()
    for ax in axes[many:]:
        ax.remove()
    return fig, axes[:many]


def _label_last(axes: Sequence[Axes], x: str) -> None:
    """Names the x axis that all share, in the last row."""
    for ax in axes[(len(axes) - 1) // COLUMNS * COLUMNS :]:
        ax.set_xlabel(x, fontsize=7)


def _title(ax: Axes, text: str) -> None:
    ax.set_title(text, fontsize=7.5, fontweight="normal", pad=3, color=INK)


def _legend(fig: Figure, ax: Axes) -> None:
    legend_below(fig, 3, ax.get_legend_handles_labels()[0])


def _heights(posterior: Posterior, i: int) -> Floats:
    """(bin,) density over that of the prior."""
    places = posterior.prior.ranges[i].place(posterior.theta[:, i])
    counts, _ = np.histogram(places, BINS, (0, 1), weights=posterior.weights)
    return np.asarray(counts * BINS)


def _scale(ax: Axes, log: bool, low: float, high: float, *, vertical: bool = False) -> None:
    """An axis over the range of a prior."""
    set_scale, set_limits, axis = (
        (ax.set_yscale, ax.set_ylim, ax.yaxis) if vertical else (ax.set_xscale, ax.set_xlim, ax.xaxis)
    )
    set_scale("log" if log else "linear")
    set_limits(low, high)
    middle = (low * high) ** 0.5 if log else (low + high) / 2
    axis.set_major_locator(FixedLocator([low, middle, high]))
    axis.set_major_formatter(lambda value, _: f"{value:.2g}")
    axis.set_minor_locator(NullLocator())
    axis.set_tick_params(labelsize=7)


def _most_correlated(posterior: Posterior) -> list[int]:
    """Numbers of the parameters of the strongest pairs, in order."""
    chosen: list[str] = []
    for a, b, _ in posterior.pairs(0.0):
        chosen += [name for name in (a, b) if name not in chosen]
        if len(chosen) >= min(MOST_PAIRED, len(posterior.names)):
            break
    return sorted(posterior.names.index(name) for name in chosen[:MOST_PAIRED]) or [0]
