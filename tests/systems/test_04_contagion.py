"""Contagion alone, everybody seeing everybody at once: the mean time until half have gone.

Source: a pure birth chain. With k of N gone, each of the N − k others goes at rate λ e^(βk/N), so that
E[T] = Σ_{k < N/2} 1/[(N − k) λ e^(βk/N)] with variance Σ 1/[…]²: no model is needed to know it. A unit sees the
others only, hence effect_belief = β(N − 1)/N.
Tolerance: against the same chain in steps (exact, tests/systems/chains.py) the sampling error of 400 runs,
chance of a false alarm 1 in 100,000 each; 3 to 4 % of E[T]. The chain in steps tends to the published means. In
the slow test, with steps of 1 h, the published means themselves, plus what a step delays to first order:
news is 1½ steps old on average, by which a rate that grows by e^(β/2) until half have gone is late by
1½ × β/2 steps, and the time is noted at the end of a step, half a step late.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.block import simulate_block
from sim.measures import restricted_mean
from sim.plan import make_plan
from sim.rules import transitions
from tests.systems.chains import steps_until
from tests.systems.forces import assert_mean, force

N, HALF, RATE = 100, 50, 0.0012
PUBLISHED = {0.0: (573.48, 82.71), 1.0: (440.85, 62.44), 3.0: (277.50, 40.38), 5.0: (189.43, 30.23)}
HORIZON = {0.0: 960.0, 1.0: 744.0, 3.0: 528.0, 5.0: 384.0}


def times(beta: float, step: float, runs: int) -> np.ndarray:
    """(runs,) collapse_hour, where collapse means that fewer than half the men (and a half man) still hold."""
    parameters = {"waver_rate": RATE, "effect_belief": beta * (N - 1) / N, "effective_wavering": 0.0}
    resolved = force(
        N, step_hours=step, days=HORIZON[beta] / 24, collapse_share=(HALF + 0.5) / N, parameters=parameters
    )
    return simulate_block(make_plan(resolved), 4, np.arange(runs, dtype=np.uint64)).close()["collapse_hour"]


def mean_in_steps(beta: float, step: float) -> float:
    """Hours: the chain in steps of that many hours, with news one step old."""

    def chance(gone: int) -> float:
        return float(-np.expm1(-RATE * step * np.exp(beta * gone / N)))

    return step * steps_until(HALF, N, chance)


def check(beta: float, step: float = 8.0, runs: int = 400) -> None:
    reached = times(beta, step, runs)
    assert_mean(reached, mean_in_steps(beta, step))
    assert restricted_mean(reached, HORIZON[beta]) == pytest.approx(reached.mean())


@pytest.mark.parametrize("beta", PUBLISHED)
def test_the_mean_time_to_half_is_that_of_the_chain_in_steps(beta: float) -> None:
    check(beta)


@pytest.mark.parametrize("beta", PUBLISHED)
def test_the_chain_in_steps_tends_to_the_published_mean(beta: float) -> None:
    rates = (N - np.arange(HALF)) * RATE * np.exp(beta * np.arange(HALF) / N)
    mean, spread = PUBLISHED[beta]
    assert (1 / rates).sum() == pytest.approx(mean, abs=0.005)
    assert np.sqrt((1 / rates**2).sum()) == pytest.approx(spread, abs=0.005)
    assert mean_in_steps(beta, 1e-3) == pytest.approx(mean, rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("beta", PUBLISHED)
def test_with_short_steps_mean_and_spread_are_the_published_ones(beta: float) -> None:
    runs, step = 500, 1.0
    mean, spread = PUBLISHED[beta]
    reached = times(beta, step, runs)
    late = (1.5 * beta / 2 + 0.5) * step
    assert_mean(reached - late, mean, slack=0.2 * step)
    # The spread of 500 nearly normal times has a relative error of 1/√1000; 4.42 of them are 1 in 100,000.
    assert reached.std(ddof=1) == pytest.approx(spread, rel=4.42 / np.sqrt(2 * runs) + 0.02)


@pytest.mark.slow
def test_the_check_fails_where_the_index_counts_half(monkeypatch: pytest.MonkeyPatch) -> None:
    right = transitions.waver
    monkeypatch.setattr(transitions, "waver", lambda half, *more: right(np.sqrt(half), *more))
    with pytest.raises(AssertionError):
        check(3.0)


@pytest.mark.slow
def test_the_check_fails_where_the_rate_is_a_tenth_off(monkeypatch: pytest.MonkeyPatch) -> None:
    right = transitions.waver
    monkeypatch.setattr(transitions, "waver", lambda *all_: right(*all_) * np.float32(1.1))
    with pytest.raises(AssertionError):
        check(0.0)
