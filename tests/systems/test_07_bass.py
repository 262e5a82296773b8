"""A rumour spreads through a large force as a new product does through a market.

Source: F. Bass, A new product growth for model consumer durables, Management Science 15 (1969). Among very many,
with p = ρ_0 = .01/h from outside and q = ρ_1 = .05/h from each other, F(t) = (1 − e^(−(p+q)t))/(1 + (q/p) e^(−(p+q)t)):
half have heard it after ln(2 + q/p)/(p + q) = 32.43 h, and F(24 h) = .3493.
Tolerance: sampling error of 16 forces of 3,000, false alarm 1 in 100,000 for each comparison; and that within a step of
a quarter hour the share that has heard is held at its value at the start: at most ⅛ h late, .002 in F.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.operations import Operation, Verb
from sim.rules import rumour
from sim.step import step
from tests.systems.forces import assert_mean, force, kernel, trigger

P, Q = 0.01, 0.05
HALF_HOURS, HEARD_AT_24 = 32.43, 0.3493
STEP, UNITS, RUNS, HOURS = 0.25, 3000, 16, 36.0


def heard() -> np.ndarray:
    """(step, run) share that has heard a rumour of hour 0, after each step; each step starts at the hour of its row."""
    names = tuple(f"U{number:06}" for number in range(UNITS))
    starts = trigger("rumour", 0.0, Operation(verb=Verb.START_RUMOUR, units=names))
    here = kernel(
        force(UNITS, step_hours=STEP, triggers=(starts,)), runs=RUNS, seed=7, rumour_broadcast=P, rumour_contact=Q
    )
    share = []
    for number in range(round(HOURS / STEP)):
        step(here, number)
        share.append((here.state.rumour[0] == 2).mean(axis=0))
    return np.array(share)


def check() -> None:
    share = heard()
    assert_mean(share[round(24 / STEP) - 1], HEARD_AT_24, slack=0.002)
    hours = STEP * (1 + np.arange(len(share)))
    assert_mean([np.interp(0.5, one, hours) for one in share.T], HALF_HOURS, slack=STEP / 2)


def test_half_have_heard_a_rumour_when_bass_says() -> None:
    check()


def test_the_figures_are_those_of_the_formula() -> None:
    assert np.log(2 + Q / P) / (P + Q) == pytest.approx(HALF_HOURS, abs=0.005)
    decay = np.exp(-(P + Q) * 24)
    assert (1 - decay) / (1 + Q / P * decay) == pytest.approx(HEARD_AT_24, abs=5e-5)


@pytest.mark.slow
def test_the_check_fails_where_hearers_hardly_tell_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rumour, "hearing", lambda share, p: p.rumour_broadcast + 0.9 * p.rumour_contact * share)
    with pytest.raises(AssertionError):
        check()
