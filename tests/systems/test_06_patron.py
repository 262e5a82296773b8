"""A patron that backs a force that fights, where the force fights as it is backed: two stable ends or one.

Source: fixed points of C = σ(8(.2 + .7 C − θ)), found by bisection. At θ = .5 only .948; at θ = .55 the ends
.0927 and .9073 with a watershed at .5; at θ = .6 only .052.
The rule is fed by hand before each step: with nobody in contact its H̄ = ½ + ½ y_nat, and y_nat is set to
.2 + .7 c. Slope 16 and threshold ½ + θ/2 then make its argument 8(.2 + .7 c − θ).
Tolerance: 6e-4 where the figure has three decimals, 6e-5 where it has four: their rounding, and 1e-5 for float32.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit

from sim.rules import patron as rule
from sim.step import step
from tests.systems.forces import force, kernel, patron

STARTS = np.linspace(0, 1, 41)


def ends(theta: float) -> np.ndarray:
    """(start,) commitment after 60 days with a lag of 24 h, one run per start in `STARTS`."""
    resolved = force(
        3, step_hours=12, patrons=(patron(),), parameters={"patron_slope": 16, "patron_threshold": 0.5 + theta / 2}
    )
    here = kernel(resolved, runs=len(STARTS), patron_delay=24.0)
    here.state.commitment[0] = STARTS
    for number in range(240):
        here.state.seen_nation[:] = 0.2 + 0.7 * here.state.commitment[0]
        step(here, number)
    return here.state.commitment[0]


def check_two_ends() -> None:
    end = ends(0.55)
    np.testing.assert_allclose(end[STARTS < 0.49], 0.0927, atol=6e-5)
    np.testing.assert_allclose(end[STARTS > 0.51], 0.9073, atol=6e-5)


def test_in_between_the_start_decides_where_commitment_ends() -> None:
    check_two_ends()


@pytest.mark.parametrize(("theta", "end"), [(0.5, 0.948), (0.6, 0.052)])
def test_beside_it_there_is_one_end_from_everywhere(theta: float, end: float) -> None:
    np.testing.assert_allclose(ends(theta), end, atol=6e-4)


def test_the_watershed_is_a_fixed_point_too() -> None:
    theta = 0.55
    argument = rule.commitment_target(0.5 + 0.5 * (0.2 + 0.7 * 0.5), 1.0, _Values(16.0, 0.5 + theta / 2))
    assert argument == pytest.approx(0.5, abs=1e-6)


def test_the_figures_are_the_fixed_points() -> None:
    def excess(c: float, theta: float) -> float:
        return float(expit(8 * (0.2 + 0.7 * c - theta)) - c)

    for theta, roots in ((0.5, [0.948]), (0.55, [0.0927, 0.5, 0.9073]), (0.6, [0.052])):
        grid = np.linspace(0.003, 0.9993, 400)
        signs = np.sign([excess(c, theta) for c in grid])
        found = [brentq(excess, grid[i], grid[i + 1], args=(theta,)) for i in np.flatnonzero(np.diff(signs))]
        np.testing.assert_allclose(found, roots, atol=6e-4)


class _Values:
    def __init__(self, patron_slope: float, patron_threshold: float) -> None:
        self.patron_slope, self.patron_threshold = patron_slope, patron_threshold


def test_the_check_fails_where_half_the_spirit_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule, "fighting_spirit", lambda contact, nation: 0.55 * contact + 0.45 * nation)
    with pytest.raises(AssertionError):
        check_two_ends()
