"""Lanchester's two laws, and the model's own law of losses.

Source: F. Lanchester, Aircraft in Warfare (1916). A = 100 against B = 80.
Square law at a = b = .05/h: A² − B² stays; B is gone at artanh(.8)/.05 = 21.972 h with A = 60; B is at 70 % at
5.3035 h with A = 82.073. Linear law at .001/h: A − B stays, so that 20 survive; after 10 h 57.968 against 37.968.
The model's law, κ A B/(A + B + k) on both sides, keeps A − B too; dividing its two forms gives a second integral,
ln(A B) + k/(A − B) ln(B/A) = constant − κ t.
Tolerance: losses are exact while the rates stay as they are, so that the error is of first order in the step
(halving it halves the error, which is shown), and 2 v(Δt) − v(2Δt) has an error of second order. That value is
compared: within .02 men, two times 10⁻⁴ of the men for a thousand roundings of float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sim.block import simulate_block
from sim.plan import make_plan
from sim.rules import combat
from sim.state import FLOAT
from tests.systems.forces import axis, force, unit

A, B = 100.0, 80.0


def law(p: float, q: float, s: float, rate: float) -> dict[str, float]:
    """Powers of the general form, and its rate [1/h]."""
    powers = {"loss_attackers_power": p, "loss_defenders_power": q, "loss_total_power": s}
    return powers | {"casualty_rate": rate * 24}


SQUARE, LINEAR = law(1, 0, 0, 0.05), law(1, 1, 0, 0.001)
WITHIN = 0.02
"""men"""


def battle(hours: float, powers: dict[str, float], step: float = 0.02, **more: float) -> tuple[float, float, float]:
    """(attackers left, defenders left, hour at which the defenders fell below 70 %), by the measures of a run."""
    resolved = force(
        [unit("U", men_low=B, men_high=B)],
        axes=(axis(A),),
        step_hours=step,
        days=hours / 24,
        collapse_share=0.7,
        parameters=powers | more,
    )
    row = simulate_block(make_plan(resolved), 1, np.zeros(1, np.uint64)).close()
    assert row["men_holding"] + row["killed"] == pytest.approx(B, rel=1e-5)
    return A - float(row["attackers_killed"][0]), float(row["men_holding"][0]), float(row["collapse_hour"][0])


def limit(hours: float, powers: dict[str, float], steps: int = 400, **more: float) -> tuple[float, float]:
    """(attackers left, defenders left) as the step goes to 0."""
    fine, coarse = (battle(hours, powers, hours / number, **more) for number in (steps, steps // 2))
    return 2 * fine[0] - coarse[0], 2 * fine[1] - coarse[1]


def check_square() -> None:
    assert limit(5.3035, SQUARE, 200) == pytest.approx((82.073, 56.0), abs=WITHIN)
    assert battle(5.5, SQUARE)[2] == pytest.approx(5.3035, abs=0.02 + 0.02)  # noted at the end of a step


def check_linear() -> None:
    assert limit(10, LINEAR, 200) == pytest.approx((57.968, 37.968), abs=WITHIN)


def test_square_law_at_70_per_cent_the_attackers_have_82_073() -> None:
    check_square()


def test_square_law_sixty_of_a_hundred_beat_eighty_in_21_972_hours() -> None:
    assert np.arctanh(B / A) / 0.05 == pytest.approx(21.972, abs=5e-4)
    # An hour before, 60 sinh .05 are left against 60 cosh .05; at the very end a step is longer than they last.
    assert limit(20.972, SQUARE, 600) == pytest.approx((60.075, 3.001), abs=WITHIN)
    assert limit(22.4, SQUARE) == pytest.approx((60.0, 0.0), abs=WITHIN)


def test_linear_law_57_968_against_37_968_after_ten_hours() -> None:
    check_linear()


def test_linear_law_twenty_survive() -> None:
    assert limit(480, LINEAR, 1200) == pytest.approx((20, 0), abs=WITHIN)


@pytest.mark.parametrize("softening", [1e-6, 50.0])
def test_the_models_own_law_keeps_both_of_its_integrals(softening: float) -> None:
    kappa, hours = 0.05, 24.0
    left, rest = limit(hours, law(1, 1, 1, kappa), pressure_softening=softening)
    assert rest < 0.7 * B
    assert left - rest == pytest.approx(A - B, abs=WITHIN)

    def integral(a: float, b: float) -> float:
        return float(np.log(a * b) + softening / (A - B) * np.log(b / a))

    assert integral(A, B) - integral(left, rest) == pytest.approx(kappa * hours, rel=1e-3)


def test_halving_the_step_halves_the_error() -> None:
    errors = [battle(12.8, SQUARE, step)[1] - (B * np.cosh(0.64) - A * np.sinh(0.64)) for step in (0.4, 0.2, 0.1)]
    assert errors[0] / errors[1] == pytest.approx(2, abs=0.2)
    assert errors[1] / errors[2] == pytest.approx(2, abs=0.2)


def test_nobody_loses_men_to_an_empty_place() -> None:
    resolved = force([unit("U", men_low=0.0, men_high=0.0)], axes=(axis(A),), step_hours=1.0, parameters=SQUARE)
    row = simulate_block(make_plan(resolved), 1, np.zeros(1, np.uint64)).close()
    assert row["attackers_killed"] == 0


@pytest.mark.parametrize("check", [check_square, check_linear])
def test_the_check_fails_where_the_larger_side_loses_a_hundredth_more(
    check: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = combat.loss_rate

    def unfair(mine: Any, theirs: Any, p: Any) -> Any:
        return right(mine, theirs, p) * FLOAT(1.01 if np.sum(mine) > np.sum(theirs) else 1)

    monkeypatch.setattr(combat, "loss_rate", unfair)
    with pytest.raises(AssertionError):
        check()
