"""Rejection and regression against posteriors that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import norm

from calibration.inference import Inference
from calibration.regression import LearnedSummaries, adjust, ridge
from calibration.rejection import ScaledEuclid, reject, spread
from calibration.simulator import CalibrationError
from calibration.weighted import covariance, ess, mean, merged, quantiles, systematic
from tests.calibration.models import BetaBinomial, LinearGaussian

RNG = np.random.default_rng


def test_the_nearest_are_kept_in_order_and_weighted_by_epanechnikov() -> None:
    kept = reject(np.array([5.0, 1.0, 4.0, 2.0, 3.0]), 3)
    assert kept.rows.tolist() == [1, 3, 4]
    assert kept.tolerance == 4  # of the first left out
    np.testing.assert_allclose(kept.weights, np.array([15, 12, 7]) / 34)


def test_of_equal_distances_the_lower_rows_are_kept() -> None:
    distances = np.ones(50)
    distances[[3, 40]] = 0.5
    assert reject(distances, 5).rows.tolist() == [3, 40]  # those at the edge weigh nothing
    assert reject(np.ones(50), 4).rows.tolist() == [0, 1, 2, 3]
    assert reject(np.ones(50), 4).weights.tolist() == [0.25] * 4
    assert reject(distances, 5, "uniform").rows.tolist() == [3, 40, 0, 1, 2]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((3,), "from 1 to 2"),
        ((0,), "from 1 to 2"),
        ((2, "gaussian"), "needs a tolerance"),
        ((2, "uniform", 0.5), "no simulation lies within 0.5"),
    ],
)
def test_what_cannot_be_kept_is_told(arguments: tuple[object, ...], says: str) -> None:
    with pytest.raises(CalibrationError, match=says):
        reject(np.array([1.0, 2.0, 3.0, np.inf]), *arguments)  # type: ignore[arg-type]


def test_scales_withstand_rare_events_and_constants() -> None:
    values = RNG(1).normal(3, 2, size=(4000, 3))
    values[:, 1] = np.arange(4000) < 400  # "never fell", in a tenth
    values[:, 2] = 7.0
    scale = spread(values)
    assert scale[0] == pytest.approx(2, rel=0.05)
    assert scale[1] == pytest.approx(0.3)
    assert scale[2] == np.inf
    distances = ScaledEuclid(scale)(np.array([[5.0, 1.0, 9.0]]), np.array([3.0, 0.0, 7.0]))
    assert distances[0] == pytest.approx(np.hypot(2 / scale[0], 1 / 0.3))


def test_distances_that_make_no_sense_are_refused() -> None:
    z, summaries = RNG(1).normal(size=(2, 50, 2))
    for wrong, says in ((np.full(50, -1.0), "not negative"), (np.full(50, np.nan), "is nan"), (np.ones(3), r"\(3,\)")):
        with pytest.raises(CalibrationError, match=says):
            Inference(z, summaries, lambda s, o, wrong=wrong: wrong, 5)(summaries[0])


def test_a_row_can_be_left_out() -> None:
    infer = LinearGaussian.of(2, 2, 0.5).inference(500, 20, "none")
    observed = infer.summaries[17]
    everything, others = infer(observed), infer(observed, without=17)
    assert (everything.z == infer.z[17]).all(axis=1).any()
    assert not (others.z == infer.z[17]).all(axis=1).any()


@pytest.mark.parametrize("size", [4, 6])
def test_regression_gives_the_known_normal_posterior_and_rejection_alone_does_not(size: int) -> None:
    model = LinearGaussian.of(size, size + 2, 0.4)
    observed = model(model.prior.draw(range(1), 99), 10**6)[0]
    centre, cov = model.posterior(observed)
    infer = model.inference(40_000, 1000, "linear")
    draws = infer(observed)
    sd = np.sqrt(np.diag(cov))
    error = sd / np.sqrt(ess(draws.weights))
    assert (np.abs(mean(draws.z, draws.weights) - centre) < 4 * error).all()
    found = covariance(draws.z, draws.weights)
    np.testing.assert_allclose(found / np.outer(sd, sd), cov / np.outer(sd, sd), atol=0.15)
    alone = infer.unadjusted()(observed)
    assert (np.sqrt(np.diag(covariance(alone.z, alone.weights))) > 1.5 * sd).all()


@pytest.mark.parametrize("hits", [0, 3, 12])
def test_counts_give_the_known_beta_posterior(hits: int) -> None:
    model = BetaBinomial(12)
    theta = model.prior.draw(range(30_000), 1)
    summaries = model(theta, 0)
    infer = Inference(model.prior.to_probit(theta), summaries, ScaledEuclid.of(summaries), 2000, "none")
    draws = infer(np.array([float(hits)]))
    assert draws.tolerance == 0  # only those with just so many hits
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    found = model.cdf(hits, quantiles(ndtr(draws.z[:, 0]), draws.weights, levels))
    np.testing.assert_allclose(found, levels, atol=4 * 0.5 / np.sqrt(ess(draws.weights)))


def test_an_observation_kernel_needs_no_tolerance() -> None:
    model = LinearGaussian.of(2, 2, 1e-9)
    z, summaries = model.table(60_000)
    observed, error = np.array([0.5, -1.0]), 0.3
    exact = LinearGaussian(model.prior, model.A, error).posterior(observed)
    infer = Inference(
        z, summaries, lambda s, o: 0.5 * np.square((s - o) / error).sum(axis=1), 20_000, "none", "exponential", 1.0
    )
    draws = infer(observed)
    many = ess(draws.weights)
    sd = np.sqrt(np.diag(exact[1]))
    assert many > 500
    assert (np.abs(mean(draws.z, draws.weights) - exact[0]) < 4 * sd / np.sqrt(many)).all()
    np.testing.assert_allclose(
        covariance(draws.z, draws.weights) / np.outer(sd, sd), exact[1] / np.outer(sd, sd), atol=0.1
    )


def test_ridge_is_weighted_least_squares_where_data_abound() -> None:
    rng = RNG(2)
    x, w = rng.normal(3, 2, size=(2000, 3)), rng.random(2000)
    y = x @ rng.normal(size=(3, 2)) + rng.normal(size=(2000, 2)) + 5
    fit = ridge(x, y, w)
    root = np.sqrt(w)[:, None]
    exact, *_ = np.linalg.lstsq(root * np.column_stack([np.ones(2000), x]), root * y, rcond=None)
    np.testing.assert_allclose(fit(x[:5]), np.column_stack([np.ones(5), x[:5]]) @ exact, atol=0.02)


def test_ridge_shrinks_where_data_are_few_and_stands_idle_columns() -> None:
    rng = RNG(3)
    x = np.column_stack([rng.normal(size=(60, 40)), np.ones(60)])
    x[:, 39] = x[:, 38]
    truth, y = x[:, :1], x[:, :1] + rng.normal(size=(60, 1))
    new = np.column_stack([rng.normal(size=(4000, 40)), np.ones(4000)])
    new[:, 39] = new[:, 38]
    fit = ridge(x, y, np.ones(60))
    plain, *_ = np.linalg.lstsq(x, y, rcond=None)
    missed = [np.square(each - new[:, :1]).mean() for each in (fit(new), new @ plain)]
    assert missed[0] < 0.6 * missed[1]
    assert np.isfinite(fit(new)).all()
    assert fit(np.full((1, 41), 1.0)).shape == truth[:1].shape
    nothing = ridge(np.ones((30, 2)), y[:30], np.ones(30))
    np.testing.assert_allclose(nothing(np.zeros((2, 2))), y[:30].mean())


def test_the_spread_at_the_observation_is_found_where_it_depends_on_the_summaries() -> None:
    rng = RNG(4)
    s = rng.uniform(-1, 1, size=(6000, 1))
    z = s + np.exp(s) * rng.normal(size=(6000, 1))
    at, flat = np.array([0.8]), np.ones(6000)
    for adjustment, sd in (("heteroscedastic", np.exp(0.8)), ("linear", np.sqrt((np.exp(2) - np.exp(-2)) / 4))):
        moved = adjust(z, s, at, flat, adjustment)  # type: ignore[arg-type]
        assert moved.mean() == pytest.approx(0.8, abs=0.1)
        assert moved.std() == pytest.approx(sd, rel=0.05)
    assert adjust(z, s, at, flat, "none") is z


@pytest.mark.parametrize("form", ["linear", "quadratic"])
def test_learned_summaries_are_the_posterior_means(form: str) -> None:
    model = LinearGaussian.of(3, 12, 0.8)
    z, summaries = model.table(20_000)
    learned = LearnedSummaries.of(z, summaries, form)  # type: ignore[arg-type]
    new = model(model.prior.draw(range(50), 8), 10**6)
    exact = np.stack([model.posterior(row)[0] for row in new])
    np.testing.assert_allclose(learned(new), exact, atol=0.06)


def test_learned_squares_see_what_lines_do_not() -> None:
    rng = RNG(5)
    s = rng.normal(size=(5000, 2))
    z = s[:, :1] ** 2 + 0.1 * rng.normal(size=(5000, 1))
    found = [np.corrcoef(LearnedSummaries.of(z, s, form)(s)[:, 0], z[:, 0])[0, 1] for form in ("linear", "quadratic")]
    assert found[0] < 0.1
    assert found[1] > 0.99


def test_weighted_quantiles_are_the_usual_ones_for_equal_weights() -> None:
    values = RNG(6).normal(size=(501, 2))
    np.testing.assert_allclose(quantiles(values, np.ones(501), 0.5)[0], np.median(values, axis=0))
    twice = np.repeat(values, RNG(7).integers(1, 4, size=501), axis=0)
    unique, counts = np.unique(twice[:, 0], return_counts=True)
    at = quantiles(unique, counts.astype(float), [0.1, 0.6])
    np.testing.assert_allclose(at, np.quantile(twice[:, 0], [0.1, 0.6]), atol=0.03)
    many = norm.ppf((np.arange(4000) + 0.5) / 4000)
    np.testing.assert_allclose(quantiles(many, np.full(4000, 0.1), [0.05, 0.975]), norm.ppf([0.05, 0.975]), atol=1e-2)


def test_effective_numbers() -> None:
    assert ess(np.full(40, 0.3)) == pytest.approx(40)
    assert ess(np.array([1.0, 0.0, 0.0])) == 1
    assert ess(np.zeros(3)) == 0
    copies = merged(np.array([[1.0, 2.0], [1.0, 2.0], [3.0, 4.0], [1.0, 4.0]]), np.array([1.0, 1.0, 2.0, 2.0]))
    assert ess(copies) == pytest.approx(3)


def test_resampling_takes_each_as_often_as_its_weight_has_it() -> None:
    weights = np.array([0.0, 1.0, 2.5, 0.0, 6.5, 0.0])
    for place in (0.0, 0.3, np.nextafter(1, 0)):
        counts = np.bincount(systematic(weights, 100, place), minlength=6)
        assert (np.abs(counts - 10 * weights) <= 1).all()
        assert counts[weights == 0].sum() == 0
