"""The checks pass where an inference is right, and fail where it is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom, binomtest, norm, ttest_1samp

from calibration.checks import scores
from calibration.checks.compare import compare_draws, overlap, paired_difference
from calibration.checks.misspecification import misspecification
from calibration.checks.recovery import coverage, mean_correlations, recovery, wilson
from calibration.checks.sbc import bands, grid, inside, sbc
from calibration.checks.trials import Trials, nearest_rows, random_rows, run_trials
from calibration.inference import Draws, Inference
from calibration.simulator import CalibrationError
from calibration.weighted import mean
from sim import measures
from sim.measures.forecast import brier
from tests.calibration.models import LinearGaussian

MODEL = LinearGaussian.of(2, 3, 0.7)
NAMES = MODEL.prior.names


@dataclass(frozen=True)
class Wrong(Inference):
    """An inference whose posteriors are too narrow, and lie too high."""

    width: float = 1.0
    lift: float = 0.0

    def __call__(self, observed: np.ndarray, without: int | None = None) -> Draws:
        draws = super().__call__(observed, without)
        centre = mean(draws.z, draws.weights)
        return draws._replace(z=centre + self.width * (draws.z - centre) + self.lift)


def inference(width: float = 1.0, lift: float = 0.0) -> Inference:
    right = MODEL.inference(3000, 250)
    return Wrong(right.z, right.summaries, right.distance, right.keep, "linear", width=width, lift=lift)


def trials(infer: Inference, many: int = 300, seed: int = 1) -> Trials:
    return run_trials(infer, NAMES, random_rows(infer, many, seed), seed)


@pytest.fixture(scope="module")
def right() -> Trials:
    return trials(inference())


# Simulation-based calibration


def test_a_right_posterior_passes(right: Trials) -> None:
    found = sbc(right)
    assert found.passed
    assert found.table()["inside"].all()
    assert (found.p > 0.05).all()


@pytest.mark.parametrize(("width", "lift", "signs"), [(0.6, 0.0, [1, -1]), (1.8, 0.0, [-1, 1]), (1.0, 0.25, [1, 1])])
def test_a_wrong_posterior_fails_and_its_curve_tells_how(width: float, lift: float, signs: list[int]) -> None:
    found = sbc(trials(inference(width, lift)))
    assert not found.passed
    assert (found.p < 1e-3).all()
    early, late = ((found.points > a) & (found.points < b) for a, b in ((0.05, 0.3), (0.7, 0.95)))
    difference = found.shares - found.points
    assert np.sign([difference[:, early].mean(), difference[:, late].mean()]).tolist() == signs


def test_rejection_alone_fails() -> None:
    assert not sbc(trials(replace(inference(), adjustment="none", keep=1000))).passed


def test_too_few_trials_are_refused(right: Trials) -> None:
    few = replace(right, rows=right.rows[:299], places=right.places[:299])
    with pytest.raises(CalibrationError, match="300 pseudo-observations, not 299"):
        sbc(few)
    with pytest.raises(CalibrationError, match="5000 pseudo-observations from a table of 3000"):
        random_rows(inference(), 5000, 1)


def test_bands_hold_all_of_an_even_curve_as_often_as_they_say() -> None:
    places = np.sort(np.random.default_rng(3).random((3000, 300)))
    counts = np.stack([np.searchsorted(row, grid(300), side="right") for row in places])
    for level in (0.8, 0.95):
        low, high = bands(300, level)
        within = ((counts >= low) & (counts <= high)).all(axis=1).mean()
        assert within == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 3000))


def test_the_chance_to_stay_inside_is_exact() -> None:
    assert inside(2, 0.2) == 1  # of no, one and two places below one half none is so rare
    assert inside(2, 0.25) == pytest.approx(0.5)  # one must lie on either side
    assert inside(2, 0.75) == 0
    tail, chance = 0.3, 0.0
    for first in range(4):  # three places, at 1/3 and 2/3
        for second in range(first, 4):
            tails = [min(binom.cdf(c, 3, x), binom.sf(c - 1, 3, x)) for c, x in ((first, 1 / 3), (second, 2 / 3))]
            chance += binom.pmf(first, 3, 1 / 3) * binom.pmf(second - first, 3 - first, 0.5) * (min(tails) > tail)
    assert inside(3, tail) == pytest.approx(chance)


def test_p_is_even_where_the_posterior_is_right() -> None:
    rng = np.random.default_rng(4)
    nothing = np.zeros((300, 20))
    p = sbc(Trials(("x",) * 20, np.arange(300), nothing, nothing, nothing, rng.random((300, 20)),
                   np.zeros((300, 20, 20)), np.zeros(300), np.ones(300))).p  # fmt: skip
    assert 0.3 < p.mean() < 0.7
    assert p.min() < 0.25
    assert p.max() > 0.75


def test_an_observation_error_can_be_added() -> None:
    """The simulator is exact, and the inference believes in an error: only with it the places are even."""
    model = LinearGaussian(MODEL.prior, MODEL.A[:2], 1e-9)
    z, summaries = model.table(3000)
    misfit = lambda s, o: 0.5 * np.square((s - o) / 0.7).sum(axis=1)  # noqa: E731
    infer = Inference(z, summaries, misfit, 1500, "none", "exponential", 1.0)
    rows = random_rows(infer, 300, 2)
    noisy = run_trials(infer, NAMES, rows, 2, observe=lambda s, dice: s + 0.7 * dice.standard_normal(2))
    assert sbc(noisy).passed
    assert not sbc(run_trials(infer, NAMES, rows, 2)).passed


# Recovery


def test_recovery_is_that_of_the_known_posterior(right: Trials) -> None:
    table = recovery(right)
    exact = MODEL.posterior(np.zeros(3))[1]
    np.testing.assert_allclose(table["contraction"], 1 - np.diag(exact), atol=0.03)
    np.testing.assert_allclose(table["rmse"], np.sqrt(np.diag(exact)), rtol=0.15)
    np.testing.assert_allclose(table["agreement"], np.sqrt(1 - np.diag(exact)), atol=0.05)
    assert (table["bias"].abs() < 3 * table["bias_error"]).all()
    for level in (50, 80, 90):
        assert (table[f"coverage_{level}_low"] < level / 100).all()
        assert (table[f"coverage_{level}_high"] > level / 100).all()
    expected = exact[0, 1] / np.sqrt(exact[0, 0] * exact[1, 1])
    assert mean_correlations(right)[0, 1] == pytest.approx(expected, abs=0.03)


def test_recovery_shows_what_is_wrong() -> None:
    table = recovery(trials(inference(0.6, 0.25)))
    assert (table["coverage_90_high"] < 0.85).all()
    np.testing.assert_allclose(table["bias"], 0.25, atol=0.1)


def test_near_the_observation_coverage_holds_too() -> None:
    infer = inference()
    observed = MODEL(MODEL.prior.from_probit(np.array([[1.2, -1.0]])), 10**6)[0]
    rows = nearest_rows(infer, observed, 300)
    far = np.setdiff1d(np.arange(3000), rows)
    assert infer.distance(infer.summaries[rows], observed).max() <= infer.distance(infer.summaries[far], observed).min()
    low, high = wilson(coverage(run_trials(infer, NAMES, rows, 1), 0.9), 300)
    assert (low < 0.9).all()
    assert (high > 0.9).all()


def test_the_same_trials_give_the_same_bits(right: Trials) -> None:
    half = run_trials(inference(), NAMES, right.rows[::2], 1)
    assert half.places.tobytes() == right.places[::2].tobytes()


def test_the_interval_of_a_share_is_wilsons() -> None:
    low, high = wilson(np.array([0.0, 0.9, 1.0]), 300)
    for share, at in ((0, 0), (270, 1), (300, 2)):
        expected = binomtest(share, 300).proportion_ci(method="wilson")
        assert (low[at], high[at]) == pytest.approx((expected.low, expected.high), abs=1e-6)


# Misspecification


def test_an_observation_of_the_model_is_no_surprise_and_another_is() -> None:
    infer = inference()
    rows, usual = random_rows(infer, 100, 3), infer.summaries[17] + 0.01
    found = misspecification(infer, usual, MODEL.names, rows)
    assert found.farther > 0.05
    assert found.summaries["possible"].all()
    strange = usual.copy()
    strange[1] = 40.0
    found = misspecification(infer, strange, MODEL.names, rows)
    assert found.farther == pytest.approx(1 / 101)
    assert found.summaries["possible"].tolist() == [True, False, True]
    assert found.summaries["z"].iloc[1] > 5
    assert found.summaries["below"].iloc[1] == 1


def test_summaries_that_are_usual_one_by_one_can_be_impossible_together() -> None:
    z = np.random.default_rng(5).normal(size=(3000, 1))
    summaries = np.column_stack([z, z]) + 0.05 * np.random.default_rng(6).normal(size=(3000, 2))
    infer = Inference(z, summaries, lambda s, o: np.sqrt(np.square(s - o).sum(axis=1)), 100)
    found = misspecification(infer, np.array([1.0, -1.0]), ("a", "b"), random_rows(infer, 100, 1))
    assert (found.summaries["z"].abs() < 2).all()
    assert found.farther == pytest.approx(1 / 101)


def test_a_summary_that_never_varies_is_told_from_one_that_is_missed() -> None:
    z = np.random.default_rng(5).normal(size=(500, 1))
    infer = Inference(z, np.column_stack([z, np.ones(500), np.ones(500)]), lambda s, o: np.abs(s[:, 0] - o[0]), 50)
    found = misspecification(infer, np.array([0.0, 1.0, 0.0]), ("a", "b", "c"), random_rows(infer, 20, 1))
    assert found.summaries["z"].iloc[1:].tolist() == [0, np.inf]


# Scores


def test_crps_is_the_area_between_the_curves() -> None:
    rng = np.random.default_rng(7)
    x, w = rng.normal(size=30), rng.random(30)
    squared = lambda at: (w[x <= at].sum() / w.sum() - (at >= 0.4)) ** 2  # noqa: E731
    edges = np.sort([-4.0, *x, 0.4, 4.0])
    area = sum(quad(squared, a, b)[0] for a, b in pairwise(edges))
    assert scores.crps(x, 0.4, w) == pytest.approx(area, abs=1e-6)
    assert scores.crps(x, 0.4) == pytest.approx(measures.crps(x, 0.4, 1e9))
    many = norm.ppf((np.arange(2000) + 0.5) / 2000)
    assert scores.crps(many, 0.0) == pytest.approx((np.sqrt(2) - 1) / np.sqrt(np.pi), abs=1e-3)


def test_proper_scores_are_best_for_the_true_chance() -> None:
    chances = np.linspace(0.01, 0.99, 99)
    for score in (brier, scores.log_score):
        expected = [0.3 * score(p, True) + 0.7 * score(p, False) for p in chances]
        assert chances[np.argmin(expected)] == pytest.approx(0.3)
    assert brier(1.0, True) == scores.log_score(1.0, True) == 0
    assert scores.log_score(0.0) == np.inf


def test_a_finite_sample_rules_nothing_out() -> None:
    assert scores.probability([0, 0, 0, 0]) == pytest.approx(0.5 / 5)
    assert scores.probability([1, 0, 1, 1], [1, 1, 1, 1]) == pytest.approx(3.5 / 5)
    assert scores.probability([1, 0], [0, 3]) == pytest.approx(0.25)
    for wrong in ([], [np.nan]):
        with pytest.raises(ValueError, match="finite sample"):
            scores.probability(wrong)


# Comparisons


def test_two_normal_posteriors_are_as_far_apart_as_they_are() -> None:
    rng = np.random.default_rng(8)
    flat = np.full(2000, 1 / 2000)
    one = Draws(rng.normal(size=(2000, 2)), flat, 1.0)
    other = Draws(rng.normal([1, 0], [1, 0.5], size=(2000, 2)), flat, 1.0)
    table = compare_draws(one, other, ("a", "b"))
    np.testing.assert_allclose(table["shift"], [1, 0], atol=0.08)
    np.testing.assert_allclose(table["sd_ratio"], [1, 0.5], atol=0.05)
    assert table["overlap"].iloc[0] == pytest.approx(2 * norm.cdf(-0.5), abs=0.03)
    assert table["outside"].max() < 0.03
    same = compare_draws(one, one, ("a", "b"))
    assert same[["shift", "outside"]].abs().max(axis=None) == 0
    assert same["overlap"].min() > 0.99
    assert overlap(one, other._replace(z=other.z + 50), 0) < 0.01
    assert compare_draws(one, other._replace(z=other.z + 50), ("a", "b"))["outside"].tolist() == pytest.approx([1, 1])


def test_paired_scores_are_compared_item_by_item() -> None:
    rng = np.random.default_rng(9)
    items = rng.gamma(2, 5, size=60)
    ours, theirs = items + rng.normal(0, 0.3, 60), items + 0.5 + rng.normal(0, 0.3, 60)
    found = paired_difference(ours, theirs)
    usual = ttest_1samp(ours - theirs, 0).confidence_interval()
    assert found.mean == pytest.approx((ours - theirs).mean())
    assert (found.low, found.high) == pytest.approx((usual.low, usual.high), abs=0.03)
    assert found.high < 0
    assert paired_difference(ours, ours) == (0, 0, 0)
    assert paired_difference(ours, theirs) == found
    with pytest.raises(CalibrationError, match="same items"):
        paired_difference(ours, theirs[:5])
