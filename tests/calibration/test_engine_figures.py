"""The figures show the numbers of what they draw, for one parameter and for many, also where there is little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from calibration import figures
from calibration.checks.misspecification import misspecification
from calibration.checks.sbc import sbc
from calibration.checks.trials import Trials, random_rows
from calibration.inference import Draws
from calibration.posterior import Posterior
from calibration.smc import Settings, smc
from calibration.smc_state import Generation, Population
from sim.measures import LABEL
from tests.calibration.models import LinearGaussian, box
from tests.calibration.test_smc import target_of

SIZES = (1, 2, 12)


def posterior(size: int, seed: int = 1) -> Posterior:
    z = np.random.default_rng(seed).normal(0.3, 0.5, size=(400, size))
    return Posterior.of(box(size), Draws(z, np.full(400, 1 / 400), 0.5))


def trials(size: int, lift: float = 0.0) -> Trials:
    rng = np.random.default_rng(size)
    truth, off = rng.normal(size=(2, 300, size))
    places = np.clip(rng.random((300, size)) * (1 - lift), 0, 1)
    return Trials(box(size).names, np.arange(300), truth, truth + 0.3 * off, np.full((300, size), 0.3), places,
                  np.zeros((300, size, size)), np.ones(300), np.ones(300))  # fmt: skip


def texts(fig: Figure) -> list[str]:
    fig.draw_without_rendering()
    return [text.get_text() for text in fig.findobj(Text) if text.get_text() and text.get_visible()]  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", SIZES)
def test_marginals_name_every_parameter_and_its_contraction(size: int) -> None:
    one = posterior(size)
    told = texts(figures.marginals(one, posterior(size, 2)))
    assert {f"{name} [-]" for name in one.names} | {"posterior", "by rejection alone", "prior"} <= set(told)
    assert told.count(f"contraction {one.contraction[0]:.2f}") >= 1
    assert f"400 weighted draws, 400 effective; {LABEL}" in told


def test_densities_are_over_that_of_the_prior() -> None:
    prior = box(2)
    flat = Posterior(prior, prior.draw(range(4000), 1), np.full(4000, 1 / 4000))
    fig = figures.marginals(flat)
    heights = fig.axes[1].patches[0].get_data().values  # type: ignore[attr-defined]
    assert heights.mean() == pytest.approx(1)
    assert np.abs(heights - 1).max() < 0.3


@pytest.mark.parametrize("size", SIZES)
def test_pairs_hold_the_strongest_or_those_asked_for(size: int) -> None:
    one = posterior(size)
    shown = min(size, figures.MOST_PAIRED)
    assert len(figures.pairs(one).axes) == shown**2
    if size > 1:
        told = texts(figures.pairs(one, ["p1", "p0"]))
        assert f"{one.correlations[0, 1]:+.2f}" in told


@pytest.mark.parametrize("size", SIZES)
def test_calibration_curves_are_the_shares_less_the_diagonal(size: int) -> None:
    found = sbc(trials(size, lift=0.2))
    fig = figures.sbc_curves(found)
    for ax, shares in zip(fig.axes, found.shares, strict=True):
        np.testing.assert_allclose(ax.lines[0].get_ydata(), 100 * (shares - found.points))
    told = texts(fig)
    assert sum(text.startswith("outside, p < 0.001") for text in told) == (~found.within).sum() == size
    assert "300 pseudo-observations; band: 95 % for all curves together" in told


@pytest.mark.parametrize("size", SIZES)
def test_recovery_shows_each_trial(size: int) -> None:
    found = trials(size)
    fig = figures.recovery_scatter(found)
    assert len(fig.axes) == size
    np.testing.assert_array_equal(fig.axes[0].lines[0].get_xdata(), found.truth[:, 0])
    assert "0.91" in texts(fig)


def test_the_trace_shows_every_generation() -> None:
    found = smc(target_of(LinearGaussian.of(2, 3, 0.5)), Settings(particles=100, budget=2000), 1)
    fig = figures.smc_trace(found)
    tolerances = [row.tolerance for row in found.trace[1:]]
    np.testing.assert_array_equal(fig.axes[0].lines[0].get_ydata(), tolerances)
    assert f"100 particles, {found.simulations:,} simulations; stopped: budget" in texts(fig)


def test_a_trace_of_the_prior_alone_is_drawn() -> None:
    told = Generation(np.inf, 50.0, 50, np.nan, 0, 50, 1.0)
    alone = Population(np.zeros((50, 1)), np.zeros((50, 1)), np.ones(50), (told,))
    assert "50 particles, 50 simulations; stopped: not yet" in texts(figures.smc_trace(alone))
    hit = replace(alone, trace=(told, told._replace(tolerance=0.0, acceptance=0.5)))
    texts(figures.smc_trace(hit))


def test_the_prior_predictive_names_every_summary() -> None:
    model = LinearGaussian.of(2, 5, 0.5)
    infer = model.inference(500, 50)
    observed = infer.summaries[3].copy()
    observed[2] = 60.0
    found = misspecification(infer, observed, model.names, random_rows(infer, 40, 1))
    fig = figures.prior_predictive(found)
    assert set(model.names) <= set(texts(fig))
    assert "40 pseudo-observations; 2 % of them lie farther out" in texts(fig)
    inside, outside = (line.get_xdata() for line in fig.axes[0].lines)
    assert (len(inside), list(outside)) == (4, [1.0])
