"""Scores of forecasts agree with their integrals and with what makes them proper."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.measures.falls import crps
from sim.measures.forecast import brier, dots, expected_brier, expected_crps

HORIZON = 100.0


def test_dots_are_the_quantiles_of_the_points() -> None:
    found = dots([(20.0, 0.5), (60.0, 0.9)], since=10.0, many=10)
    np.testing.assert_allclose(found, [11, 13, 15, 17, 19, 25, 35, 45, 55, np.inf])


def test_a_chance_that_all_comes_at_once_and_one_that_rests() -> None:
    found = dots([(10.0, 0.2), (30.0, 0.2), (40.0, 1.0)], many=5)
    np.testing.assert_allclose(found, [5.0, 31.25, 33.75, 36.25, 38.75])


@pytest.mark.parametrize(
    "points",
    [[], [(0.0, 0.5)], [(5.0, 0.5), (5.0, 0.6)], [(5.0, 0.5), (6.0, 0.4)], [(5.0, 1.1)], [(5.0, float("nan"))],
     [(float("nan"), 0.5), (6.0, 0.6)], [(5.0, float("nan")), (6.0, 0.6)], [(5.0, 0.5), (float("inf"), 0.6)]],
)  # fmt: skip
def test_what_is_no_forecast(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="hours must rise"):
        dots(points)


def test_a_hundred_dots_score_like_the_curve_itself() -> None:
    """∫ (F(t) − 1[t ≥ y])² dt of the straight lines between the points, by quadrature."""
    points, observed = [(20.0, 0.1), (50.0, 0.7), (90.0, 0.95)], 43.0
    grid = np.linspace(0, HORIZON, 200_001)
    chance = np.interp(grid, [0.0, *(hour for hour, _ in points)], [0.0, *(share for _, share in points)])
    chance[grid > 90] = 0.95
    exact = np.trapezoid((chance - (grid >= observed)) ** 2, grid)
    assert crps(dots(points), observed, HORIZON) == pytest.approx(exact, abs=0.02)


times = st.lists(st.one_of(st.floats(0, 120), st.just(float("nan"))), min_size=1, max_size=40)


@given(times=times)
def test_the_expected_score_is_the_mean_over_runs(times: list[float]) -> None:
    said = dots([(30.0, 0.4), (80.0, 0.8)])
    each = [crps(said, np.inf if np.isnan(hour) else hour, HORIZON) for hour in times]
    assert expected_crps(said, times, HORIZON) == pytest.approx(np.mean(each))


@given(times=times, last=st.floats(1, 99), chance=st.floats(0, 1))
def test_nobody_beats_the_distribution_itself(times: list[float], last: float, chance: float) -> None:
    best = expected_crps(times, times, HORIZON)
    assert expected_crps(dots([(last, chance)]), times, HORIZON) >= best - 1e-9
    share = float(np.mean(np.asarray(times) <= last))
    assert expected_brier(chance, share) >= expected_brier(share, share) - 1e-12


def test_brier_of_certainty_and_of_a_coin() -> None:
    assert [brier(1.0, True), brier(1.0, False), brier(0.5, True)] == [0, 1, 0.25]
