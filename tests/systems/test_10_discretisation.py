"""A hazard h strikes within a step of Δt hours with probability 1 − e^(−hΔt), however long the step.

Source: the exponential law. h = .02/h, Δt = 6 h: .113080; h = .2/h: .698806.
Tolerance: 5e-7, the rounding of the figures, for the rule in double precision; 1e-6 of the value in the kernel's
float32; the sampling error of 200,000 units for what really happens in a step, false alarm 1 in 100,000 for each
comparison.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import sim.kernels.numpy
from sim.plan import make_plan
from sim.rules.arithmetic import probability
from sim.state import FLOAT, Status
from sim.step import step
from tests.systems.forces import assert_share, force, kernel, repeated

STEP = 6.0
FIGURES = {0.02: 0.113080, 0.2: 0.698806}
UNITS, RUNS = 10_000, 20


def struck(hazard: float, start: Status, parameter: str) -> int:
    """How many of a force of independent units change status in one step, by the hazard that this parameter is."""
    plan = make_plan(force(1, step_hours=STEP, parameters={parameter: hazard}))
    opening = kernel(repeated(plan, np.zeros(UNITS)), runs=RUNS, seed=10)
    opening.state.status[:] = start
    here = kernel(opening.plan, runs=RUNS, seed=10, state=opening.state)
    step(here, 0)
    return int((here.state.status != start).sum())


def check(hazard: float) -> None:
    trials = UNITS * RUNS
    assert_share(struck(hazard, Status.HOLDING, "waver_rate"), trials, FIGURES[hazard])
    assert_share(struck(hazard, Status.WAVERING, "exit_rate"), trials, FIGURES[hazard])
    assert_share(struck(hazard / 2, Status.WAVERING, "rally_rate"), trials, FIGURES[hazard])


@pytest.mark.parametrize("hazard", FIGURES)
def test_the_rule_gives_the_exponential_law(hazard: float) -> None:
    assert probability(hazard * STEP) == pytest.approx(FIGURES[hazard], abs=5e-7)
    assert probability(FLOAT(hazard) * FLOAT(STEP)) == pytest.approx(-np.expm1(-hazard * STEP), rel=1e-6)


def test_the_rule_holds_over_all_sizes_of_hazard() -> None:
    x = np.geomspace(1e-9, 19, 400)
    np.testing.assert_allclose(probability(x), -np.expm1(-x), rtol=1e-7)
    np.testing.assert_allclose(probability(x.astype(FLOAT)), -np.expm1(-x), rtol=3e-6)


@pytest.mark.parametrize("hazard", FIGURES)
def test_that_share_of_units_wavers_leaves_or_rallies_in_a_step(hazard: float) -> None:
    check(hazard)


@pytest.mark.parametrize("broken", [lambda x: np.minimum(x, FLOAT(1)), lambda x: probability(x) * FLOAT(1.03)])
def test_the_check_fails_with_another_law(broken: Callable[[object], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sim.kernels.numpy, "probability", broken)
    with pytest.raises(AssertionError):
        check(0.02)
