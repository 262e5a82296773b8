"""Normally distributed thresholds: a small change of their spread lets everybody go.

Source: M. Granovetter, American Journal of Sociology 83 (1978). The equilibrium of a very large crowd is
the smallest root of r = Φ((r − 25 %)/σ); two roots meet and vanish at σ = 12.222 %, r = 6.20 %.
Tolerance: N quantiles move a root by at most one unit over the slope that is left, (1/N)/(1 − F'(r)); with
N = 20,000 at most 0.06 points; and 0.005 for the rounding of the figures. Below, N quantiles have an exact outcome.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ndtri
from scipy.stats import norm

from sim.plan import make_plan
from sim.rules import belief
from sim.state import Status
from tests.systems.forces import STEEP, force, kernel, repeated, settle

MEAN = 25.0
LARGE = 20_000
EQUILIBRIA = {10.0: 0.77, 12.0: 4.02, 12.2: 5.48, 12.25: 100.0, 20.0: 99.99, 30.0: 99.34, 50.0: 90.49}


def gone(spread: float, units: int) -> float:
    """Per cent that have left in the end, of units with thresholds at the quantiles (i + ½)/N."""
    thresholds = (MEAN + spread * ndtri((np.arange(units) + 0.5) / units)) / 100
    plan = make_plan(force(1, step_hours=24, parameters={"waver_rate": 10.0}))
    # A unit sees the share of the others; the share of all is (N − 1)/N of it.
    steep = STEEP * (units - 1) / units
    last = settle(kernel(repeated(plan, -STEEP * thresholds), effect_belief=steep))
    return float((last.state.status > Status.HOLDING).mean() * 100)


def excess(percent: Any, spread: float) -> Any:
    """By how much more than `percent` have a threshold of at most `percent`."""
    return 100 * norm.cdf(percent, MEAN, spread) - percent


def check_equilibrium(spread: float) -> None:
    percent = EQUILIBRIA[spread]
    slope = 100 * norm.pdf(percent, MEAN, spread)
    tolerance = 100 / LARGE / (1 - slope) + 0.005
    assert tolerance < 0.07
    assert gone(spread, LARGE) == pytest.approx(percent, abs=tolerance)


@pytest.mark.parametrize("spread", EQUILIBRIA)
def test_a_large_force_comes_to_rest_at_the_equilibrium_of_the_continuum(spread: float) -> None:
    check_equilibrium(spread)


@pytest.mark.parametrize(
    ("spread", "units", "percent"),
    [(12.2, 100, 4.0), (12.2, 1000, 5.1), (12.2, 10_000, 5.43), (12.5, 100, 5.0), (13.0, 100, 100.0)],
)
def test_a_small_force_comes_to_rest_earlier(spread: float, units: int, percent: float) -> None:
    assert gone(spread, units) == pytest.approx(percent, abs=1e-9)


def test_the_figures_are_the_smallest_roots_and_the_tangency_lies_between_two_of_them() -> None:
    for spread, percent in EQUILIBRIA.items():
        below = np.linspace(0, percent - 0.01, 2000)
        assert excess(below, spread).min() > 0, "an earlier root"
        root = percent if percent == 100 else brentq(excess, percent - 0.01, percent + 0.0075, args=(spread,))
        assert root == pytest.approx(percent, abs=0.0075)

    def closest(spread: float) -> float:
        return float(excess(np.linspace(5, 8, 3001), spread).min())

    assert brentq(closest, 12.2, 12.25) == pytest.approx(12.222, abs=5e-4)


@pytest.mark.slow
def test_the_check_fails_where_units_see_one_per_cent_too_little(monkeypatch: pytest.MonkeyPatch) -> None:
    right = belief.belief
    monkeypatch.setattr(belief, "belief", lambda *seen: 0.01 + 0.99 * right(*seen))
    for spread in (12.2, 12.25):
        with pytest.raises(AssertionError):
            check_equilibrium(spread)
