"""Paired measures against known answers, closed forms, independent code and their own mirror image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim import measures as m

HORIZON = 100.0
NEVER = np.nan
# Two earlier, one same, one later, one prevented, one caused, one in neither, and one beyond the horizon.
BASE = [40.0, 50.0, 60.0, 20.0, 90.0, NEVER, NEVER, 120.0]
VARIANT = [10.0, 48.0, 60.0, 70.0, NEVER, 30.0, NEVER, 140.0]

hours = st.one_of(st.integers(0, 120).map(float), st.just(NEVER))
pairs = st.lists(st.tuples(hours, hours), min_size=1, max_size=40).map(lambda rows: tuple(np.array(rows).T))


def test_what_becomes_of_each_run() -> None:
    flags = m.became(BASE, VARIANT, HORIZON)
    assert {name: np.flatnonzero(of).tolist() for name, of in flags.items()} == {
        "earlier": [0, 1],
        "same": [2, 6, 7],
        "later": [3],
        "prevented": [4],
        "caused": [5],
    }
    assert tuple(flags) == m.BECAME


def test_shift_by_hand() -> None:
    differences = [-30, -2, 0, 50, 10, -70, 0, 0]
    shift = m.shift(BASE, VARIANT, HORIZON)
    assert (shift.mean, shift.median) == (np.mean(differences), 0)
    expected = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert (shift.low, shift.high) == pytest.approx((expected.low, expected.high))
    # n = 8: ranks 1 and 8, since P(B < 2) = 9/256 exceeds 2.5 %.
    assert (shift.median_low, shift.median_high) == (-70, 50)


def test_survival_difference_by_hand() -> None:
    gap = m.survival_difference(BASE, VARIANT, HORIZON)
    assert gap.hours.tolist() == [0, 10, 20, 30, 40, 48, 50, 60, 70, 90]
    # Those there in the base only, less those there in the variant only.
    assert (8 * gap.difference).tolist() == [0, -1, 0, -1, 0, -1, 0, 0, -1, 0]
    at_90 = gap.difference.size - 1
    assert gap.standard_error[at_90] == pytest.approx(np.sqrt(2 / (8 * 7)))
    half = m.Z * np.sqrt(3) / 10  # b = c = 1 and n = 8, with half a run added to each cell
    assert (gap.low[at_90], gap.high[at_90]) == pytest.approx((-half, half))


@given(pairs)
def test_the_curve_is_the_difference_of_both_curves_and_its_error_that_of_paired_indicators(pair: Any) -> None:
    base, variant = pair
    gap = m.survival_difference(base, variant, HORIZON)
    for hour, difference, error in zip(gap.hours, gap.difference, gap.standard_error, strict=True):
        indicators = (base <= hour).astype(float) - (variant <= hour)
        assert difference == pytest.approx(indicators.mean(), abs=1e-12)
        if base.size > 1:
            assert error == pytest.approx(indicators.std(ddof=1) / np.sqrt(base.size), abs=1e-12)
    assert (gap.low <= gap.difference).all()
    assert (gap.difference <= gap.high).all()


@given(pairs)
def test_the_area_between_the_curves_is_the_mean_shift(pair: Any) -> None:
    gap, shift = m.survival_difference(*pair, HORIZON), m.shift(*pair, HORIZON)
    assert shift.mean == pytest.approx(np.sum(gap.difference * np.diff([*gap.hours, HORIZON])), abs=1e-9)
    means = [m.restricted_mean(side, HORIZON) for side in pair]
    assert shift.mean == pytest.approx(means[1] - means[0], abs=1e-9)


@given(pairs)
def test_swapping_the_sides_mirrors_everything(pair: Any) -> None:
    there, back = m.became(*pair, HORIZON), m.became(*pair[::-1], HORIZON)
    mirror = {"earlier": "later", "later": "earlier", "prevented": "caused", "caused": "prevented", "same": "same"}
    assert all((there[name] == back[other]).all() for name, other in mirror.items())
    assert (sum(flags.astype(int) for flags in there.values()) == 1).all()
    one, other = m.shift(*pair, HORIZON), m.shift(*pair[::-1], HORIZON)
    assert np.allclose([one.mean, one.low, one.high], [-other.mean, -other.high, -other.low], equal_nan=True)
    assert np.allclose(
        [one.median, one.median_low, one.median_high],
        [-other.median, -other.median_high, -other.median_low],
        equal_nan=True,
    )
    gap, reverse = m.survival_difference(*pair, HORIZON), m.survival_difference(*pair[::-1], HORIZON)
    assert np.allclose([gap.difference, gap.low], [-reverse.difference, -reverse.high])
    needed = [m.independent_runs(*sides, HORIZON) for sides in (pair, pair[::-1])]
    assert needed[0] == pytest.approx(needed[1], nan_ok=True)


def test_the_order_of_runs_does_not_matter() -> None:
    order = np.random.default_rng(1).permutation(len(BASE))
    shuffled = np.array(BASE)[order], np.array(VARIANT)[order]
    assert m.shift(*shuffled, HORIZON) == pytest.approx(m.shift(BASE, VARIANT, HORIZON))
    assert m.independent_runs(*shuffled, HORIZON) == pytest.approx(m.independent_runs(BASE, VARIANT, HORIZON))


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.75, 0.99])
def test_correlated_pairs_save_as_many_runs_as_theory_says(correlation: float) -> None:
    """Equal variances: (σ² + σ²)/(2σ²(1 − ρ)) = 1/(1 − ρ)."""
    runs = 40_000
    spread = np.array([[1, correlation], [correlation, 1]]) * 9
    base, variant = np.random.default_rng(3).multivariate_normal([50, 52], spread, runs).T
    assert m.independent_runs(base, variant, HORIZON) / runs == pytest.approx(1 / (1 - correlation), rel=0.04)


def test_where_nothing_varies_no_number_of_runs_is_told() -> None:
    assert np.isnan(m.independent_runs([7.0, 7.0], [9.0, 9.0], HORIZON))
    assert np.isnan(m.independent_runs([7.0], [9.0], HORIZON))
    assert m.independent_runs([0.1, 0.2, 0.7], [0.1, 0.2, 0.7], HORIZON) == np.inf


def test_few_runs_have_no_interval() -> None:
    one = m.shift([10.0], [30.0], HORIZON)
    assert (one.mean, one.median) == (20, 20)
    assert np.isnan([one.low, one.high, one.median_low, one.median_high]).all()
    assert np.isnan(m.survival_difference([10.0], [30.0], HORIZON).standard_error).all()


@pytest.mark.parametrize("sides", [([], []), ([1.0], [1.0, 2.0])])
def test_pairs_need_the_same_runs(sides: Any) -> None:
    for measure in (m.shift, m.became, m.survival_difference, m.independent_runs):
        with pytest.raises(ValueError, match="same runs"):
            measure(*sides, HORIZON)


def test_the_interval_of_the_mean_shift_covers_as_often_as_it_should() -> None:
    rng, trials, n = np.random.default_rng(8), 2000, 12
    base = rng.normal(40, 3, (trials, n))
    variant = base + rng.normal(2, 1, (trials, n))
    intervals = [m.shift(*pair, HORIZON) for pair in zip(base, variant, strict=True)]
    covered = np.mean([each.low <= 2 <= each.high for each in intervals])
    assert covered == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / trials))


@pytest.mark.parametrize(("prevented", "caused"), [(0.02, 0.0), (0.1, 0.05), (0.4, 0.1)])
def test_the_band_covers_also_where_few_runs_differ(prevented: float, caused: float) -> None:
    """Exactly, over all outcomes of 25 runs; with the plain standard error the first would be covered in 40 %."""
    n, covered = 25, 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            chance = stats.multinomial.pmf([b, c, n - b - c], n, [prevented, caused, 1 - prevented - caused])
            base = np.where(np.arange(n) < b, 1.0, NEVER)
            variant = np.where((np.arange(n) >= b) & (np.arange(n) < b + c), 1.0, NEVER)
            gap = m.survival_difference(base, variant, HORIZON)
            covered += chance * (gap.low[-1] <= prevented - caused <= gap.high[-1])
    assert 0.93 <= covered <= 1


def test_flips_are_counted_run_by_run() -> None:
    base = np.array([[0, 0, 3, 3], [1, 2, 1, 2], [5, 5, 5, 5]], np.int8)
    variant = np.array([[0, 3, 3, 3], [2, 1, 2, 1], [5, 5, 5, 9]], np.int8)
    counts = m.flips(base, variant)
    found = {(int(u), int(a), int(b)): int(counts[u, a, b]) for u, a, b in np.argwhere(counts)}
    assert found == {(0, 0, 0): 1, (0, 0, 3): 1, (0, 3, 3): 2, (1, 1, 2): 2, (1, 2, 1): 2, (2, 5, 5): 3, (2, 5, 9): 1}
    assert m.flips(base[:0], variant[:0]).shape == (0, 10, 10)
    with pytest.raises(ValueError, match="same units and runs"):
        m.flips(base, variant[:2])


@given(st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_flips_add_up_over_runs_and_to_the_fates_of_either_side(runs: int, seed: int) -> None:
    base, variant = np.random.default_rng(seed).integers(0, 10, (2, 5, runs)).astype(np.int8)
    counts = m.flips(base, variant)
    some = runs // 2
    np.testing.assert_array_equal(
        counts, m.flips(base[:, :some], variant[:, :some]) + m.flips(base[:, some:], variant[:, some:])
    )
    for side, totals in ((base, counts.sum(axis=2)), (variant, counts.sum(axis=1))):
        np.testing.assert_array_equal(totals, [np.bincount(row, minlength=10) for row in side])
    np.testing.assert_array_equal(counts.trace(axis1=1, axis2=2), (base == variant).sum(axis=1))
