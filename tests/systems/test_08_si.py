"""News passed on from one to all: the simplest epidemic, on a complete graph.

Source: the SI process is a pure birth chain. With one seed and the rate β/(N − 1) for each pair,
β E[T_all] = Σ_k (N − 1)/(k (N − k)) = 2 (N − 1) H_{N−1}/N: 5.0921 for N = 10, 8.7792 for 50, 10.2512 for 100.
A rumour without outside sources does just that: each of the others hears it at ρ_1 × (share of all that has
heard), so that β = ρ_1 (N − 1)/N.
Tolerance: sampling error of 1,000 runs, false alarm 1 in 100,000 for each comparison, against the chain in steps of
4 h, some sixty in a run (exact, tests/systems/chains.py). That chain tends to the figures above. In the slow
test against the figures themselves.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.operations import Operation, Verb
from sim.rules import rumour
from sim.step import step
from tests.systems.chains import steps_until
from tests.systems.forces import assert_mean, force, kernel, trigger

PUBLISHED = {10: 5.0921, 50: 8.7792, 100: 10.2512}
RATE = 0.05
"""ρ_1 [1/h]"""
STEP = 4.0


def hours_to_all(units: int, runs: int = 1000, every: float = STEP) -> np.ndarray:
    """(run,) hours from the first to the last hearer. Nobody hears it in the first step, and then one is told."""
    names = tuple(f"U{number:06}" for number in range(units))
    starts = trigger("rumour", 0.0, Operation(verb=Verb.START_RUMOUR, units=names))
    here = kernel(force(units, step_hours=every, triggers=(starts,)), runs=runs, seed=8, rumour_contact=RATE)
    step(here, 0)
    assert not (here.state.rumour == 2).any()
    here.state.rumour[0, 0] = 2
    reached = np.full(runs, np.nan)
    for number in range(1, 4000):
        step(here, number)
        reached[np.isnan(reached) & (here.state.rumour[0] == 2).all(axis=0)] = number * every
        if not np.isnan(reached).any():
            break
    return reached


def mean_in_steps(units: int, hours: float) -> float:
    def chance(heard: int) -> float:
        return float(-np.expm1(-RATE * heard / units * hours))

    return hours * steps_until(units, units, chance, start=1, late=False)


def check(units: int) -> None:
    assert_mean(hours_to_all(units), mean_in_steps(units, STEP))


@pytest.mark.parametrize("units", PUBLISHED)
def test_the_last_hears_it_when_the_chain_in_steps_says(units: int) -> None:
    check(units)


@pytest.mark.parametrize("units", PUBLISHED)
def test_the_chain_in_steps_tends_to_the_published_figure(units: int) -> None:
    harmonic = (1 / np.arange(1, units)).sum()
    assert 2 * (units - 1) * harmonic / units == pytest.approx(PUBLISHED[units], abs=5e-5)
    beta = RATE * (units - 1) / units
    assert beta * mean_in_steps(units, 1e-3) == pytest.approx(PUBLISHED[units], rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("units", PUBLISHED)
def test_with_short_steps_the_last_hears_it_at_the_published_time(units: int) -> None:
    """A quarter hour: the chain in steps is then .032 late at most, in units of 1/β."""
    beta = RATE * (units - 1) / units
    assert_mean(beta * hours_to_all(units, runs=400, every=0.25), PUBLISHED[units], slack=0.032)


def test_the_check_fails_where_the_rate_is_a_tenth_off(monkeypatch: pytest.MonkeyPatch) -> None:
    right = rumour.hearing
    monkeypatch.setattr(rumour, "hearing", lambda share, p: right(share, p) * np.float32(1.1))
    with pytest.raises(AssertionError):
        check(10)
