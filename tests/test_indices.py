"""Indices agree with analytic values and with scipy, and the dice are set apart from the factors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import sobol_indices, uniform

from sim.experiments.indices import MOVE, Floats, Result, elementary_effects, morris, sobol, variance_parts
from sim.experiments.point_measure import Measure
from sim.experiments.sensitivity import RESOLVED
from sim.experiments.sweep.design import DesignError, lay
from sim.experiments.sweep.factors import Factor


def spans(low: float, high: float, many: int = 3) -> list[Factor]:
    return [Factor(f"x{i}", "key", f"x{i}", low=low, high=high) for i in range(many)]


def points(kind: str, factors: list[Factor], base: int, seed: int = 1) -> Floats:
    return np.array(lay(kind, factors, base, seed), np.float64)


def sure(values: Floats) -> Result:
    """Without dice."""
    return Result(values, np.repeat(values[None], 3, axis=0))


def ishigami(x: Floats) -> Floats:
    """(3, point); Ishigami & Homma 1990 with a = 7, b = 0.1."""
    return np.asarray(np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0]))


# designs


def test_saltelli_exchanges_one_factor_at_a_time() -> None:
    rows = points("saltelli", spans(0, 1), 8).reshape(8, 5, 3)
    a, ab, b = rows[:, 0], rows[:, 1:-1], rows[:, -1]
    for i in range(3):
        np.testing.assert_array_equal(ab[:, i, i], b[:, i])
        np.testing.assert_array_equal(np.delete(ab[:, i], i, axis=1), np.delete(a, i, axis=1))
    assert (a != b).all()


def test_a_trajectory_moves_every_factor_once() -> None:
    rows = points("morris", spans(0, 1, 4), 30).reshape(30, 5, 4)
    moves = np.diff(rows, axis=1)
    assert ((moves != 0).sum(axis=1) == 1).all()
    assert ((moves != 0).sum(axis=2) == 1).all()
    np.testing.assert_allclose(np.abs(moves).sum(axis=1), MOVE)


@pytest.mark.parametrize(("kind", "base", "says"), [("saltelli", 12, "such as 8 or 16"),
                                                    ("saltelli", 2**19, "more than 1,000,000"),
                                                    ("morris", 900_000, "more than 1,000,000")])  # fmt: skip
def test_designs_that_cannot_be_laid(kind: str, base: int, says: str) -> None:
    with pytest.raises(DesignError, match=says):
        lay(kind, spans(0, 1), base, 1)


# indices without dice


def test_sobol_on_ishigami_is_scipys_and_near_the_truth() -> None:
    values = ishigami(points("saltelli", spans(-np.pi, np.pi), 1024).T)
    found = sobol(sure(values), 3)
    rows = values.reshape(-1, 5).T
    same = sobol_indices(func={"f_A": rows[:1], "f_B": rows[-1:], "f_AB": rows[1:-1, None]}, n=1024)
    np.testing.assert_allclose(found.first.value, same.first_order, atol=1e-6)  # it centres on A and B alone
    np.testing.assert_allclose(found.total.value, same.total_order, atol=1e-12)
    own = sobol_indices(func=ishigami, n=1024, dists=[uniform(-np.pi, 2 * np.pi)] * 3, rng=5)
    # Analytic: Sobol' & Levitan 1999.
    for estimate, truth, theirs in ((found.first, (0.3139, 0.4424, 0.0), own.first_order),
                                    (found.total, (0.5576, 0.4424, 0.2437), own.total_order)):  # fmt: skip
        np.testing.assert_allclose(estimate.value, truth, atol=0.02)
        np.testing.assert_allclose(estimate.value, theirs, atol=0.03)
        assert ((estimate.low <= truth) & (truth <= estimate.high)).all()
        assert (estimate.half < RESOLVED).all()
    assert found.noise == pytest.approx(0)


def test_sobol_of_a_sum_is_the_share_of_each_term() -> None:
    weights = np.array([4.0, 2.0, 1.0])
    found = sobol(sure(points("saltelli", spans(0, 1), 1024) @ weights), 3)
    truth = weights**2 / (weights**2).sum()
    np.testing.assert_allclose(found.first.value, truth, atol=0.01)
    np.testing.assert_allclose(found.total.value, truth, atol=0.01)


def test_morris_of_a_sum_is_its_weights() -> None:
    where = points("morris", spans(0, 1), 12)
    found = morris(sure(where @ np.array([4.0, -2.0, 0.0])), where)
    np.testing.assert_allclose(found.mu_star.value, [4, 2, 0], atol=1e-9)
    np.testing.assert_allclose(found.mu.value, [4, -2, 0], atol=1e-9)
    for nothing in (found.sigma, found.floor, found.mu_star.half, found.mu.half):
        np.testing.assert_allclose(nothing, 0, atol=1e-6)


def test_a_monotone_scale_of_positions_changes_no_effect() -> None:
    where = points("morris", spans(-np.pi, np.pi), 25)
    values = ishigami(where.T)
    one, other = (morris(sure(values), each) for each in (where, np.exp(where) * [1, 100, 1e-6]))
    np.testing.assert_allclose(one.mu_star.value, other.mu_star.value)
    # SALib's means are those of our own effects, from which the part of the dice is taken.
    effects = elementary_effects(values, where)
    np.testing.assert_allclose(one.mu_star.value, np.abs(effects).mean(axis=0))


def test_a_constant_has_no_indices() -> None:
    found = sobol(sure(np.ones(40)), 3)
    assert np.isnan(found.total.value).all()
    assert variance_parts(np.ones((4, 5))) == (0, 0, 0)


# dice


def noisy(where: Floats, weights: Floats, runs: int, seed: int, *, slope: float = 0.0) -> Floats:
    """(point, run) of a sum, with dice alike at every point, dice of their own at each, and dice that tilt the sum."""
    dice = np.random.default_rng(seed)
    tilt = (where - 0.5) @ dice.normal(0, slope, (len(weights), runs)) if slope else 0.0
    return np.asarray(
        (where @ weights)[:, None] + dice.normal(0, 3, runs) + dice.normal(0, 2, (len(where), runs)) + tilt
    )


def mean(runs: Floats) -> Floats:
    return np.asarray(runs.mean(axis=-1))


def test_the_part_of_the_dice_is_taken_off() -> None:
    weights = np.array([4.0, 2.0, 1.0])
    truth = weights**2 / (weights**2).sum()
    first, total, raw = [], [], []
    for seed in range(60):
        where = points("saltelli", spans(0, 1), 64, seed)
        result = Result.of(noisy(where, weights, 8, seed), mean)
        found = sobol(result, 3)
        first.append(found.first.value)
        total.append(found.total.value)
        raw.append(sobol(sure(result.values), 3).total.value)
    np.testing.assert_allclose(np.mean(first, axis=0), truth, atol=0.04)
    np.testing.assert_allclose(np.mean(total, axis=0), truth, atol=0.04)
    assert (np.mean(raw, axis=0) - truth > [0.03, 0.1, 0.15]).all()


@pytest.mark.slow
@pytest.mark.parametrize("slope", [0.0, 2.0])
def test_intervals_hold_the_truth(slope: float) -> None:
    """Also where the dice tilt the outcome over a factor, alike at every point: resampling points cannot see that."""
    weights = np.array([4.0, 2.0, 1.0])
    truth = weights**2 / (weights**2).sum()
    hits = []
    for seed in range(150):
        where = points("saltelli", spans(0, 1), 128, seed)
        found = sobol(Result.of(noisy(where, weights, 20, seed, slope=slope), mean), 3)
        hits.append([(each.low <= truth) & (truth <= each.high) for each in (found.first, found.total)])
    assert np.mean(hits, axis=0).min() > 0.9


def test_variance_parts_are_those_that_went_in() -> None:
    weights = np.array([4.0, 2.0, 1.0])
    told = [variance_parts(noisy(points("latin_hypercube", spans(0, 1), 100, seed), weights, 20, seed))
            for seed in range(40)]  # fmt: skip
    whole = 21 / 12 + 9 + 4
    np.testing.assert_allclose(np.mean(told, axis=0), [21 / 12 / whole, 9 / whole, 4 / whole], atol=0.02)


def test_variance_between_points_has_no_part_of_few_runs() -> None:
    """Law of total variance: Var(mean over M runs) = Var(mean) + E[var] / M."""
    dice = np.random.default_rng(1)
    runs = dice.normal(0, 1, (4000, 2))  # no factor matters
    assert runs.mean(axis=1).var() > 0.45
    assert variance_parts(runs).factors < 0.05
    true = dice.normal(0, 1, (4000, 1))
    found = variance_parts(true + dice.normal(0, 2, (4000, 4)))
    assert found.factors == pytest.approx(1 / 5, abs=0.02)
    assert found.both == pytest.approx(4 / 5, abs=0.02)


def test_morris_tells_an_effect_from_the_dice() -> None:
    where = points("morris", spans(0, 1), 60)
    runs = noisy(where, np.array([4.0, 0.0, 0.0]), 20, 1)
    found = morris(Result.of(runs, mean), where)
    # The difference of two means of 20 runs has variance 2 · 4 / 20; its mean size is √(2/π) of the root.
    np.testing.assert_allclose(found.floor, np.sqrt(2 / np.pi * 8 / 20) / MOVE, rtol=0.15)
    assert found.apart.tolist() == [True, False, False]
    assert (found.mu_star.value[1:] > 0.5).all()
    assert (found.sigma < 0.5).all()


def test_of_effects_by_the_dice_alone_few_seem_more() -> None:
    """Also where dice tilt the outcome alike on all trajectories."""
    apart = []
    for seed in range(60):
        where = points("morris", spans(0, 1), 15, seed)
        apart.append(morris(Result.of(noisy(where, np.zeros(3), 20, seed, slope=3), mean), where).apart)
    assert np.mean(apart) < 0.08


def test_the_median_has_its_dice_taken_off_too() -> None:
    dice = np.random.default_rng(3)
    totals = []
    for seed in range(40):
        where = points("saltelli", spans(0, 1, 2), 64, seed)
        runs = (where @ [3.0, 0.0])[:, None] + dice.exponential(1.5, (len(where), 25))
        totals.append(sobol(Result.of(runs, Measure("median").average), 2).total.value)
    np.testing.assert_allclose(np.mean(totals, axis=0), [1, 0], atol=0.06)


def test_one_run_tells_nothing_of_the_dice() -> None:
    with pytest.raises(ValueError, match="two runs"):
        Result.of(np.ones((5, 1)), mean)
