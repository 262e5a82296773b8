"""Agents and the NumPy kernel, fed the same draws, agree run for run at every step.

Every discrete state is equal, and every float too (see `comparison.TOLERANCE`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim.agents import UnitAgent
from sim.scenario import load, resolve
from sim.scenario.resolved import Resolved
from sim.state import Status
from tests.agents.comparison import Disagreement, SideBySide, agree
from tests.agents.conftest import SYRIA

OTHERS = sorted(path.parent for path in SYRIA.parent.glob("*/scenario.toml") if path.parent != SYRIA)


def shortened(resolved: Resolved, days: float) -> Resolved:
    return resolved.model_copy(update={"days": min(days, resolved.days)})


def test_the_small_scenario(small: Resolved) -> None:
    agree(SideBySide(small, range(3)))


def test_the_first_days_of_the_syrian_case(syria: Resolved) -> None:
    agree(SideBySide(shortened(syria, 5), range(2)))


@pytest.mark.slow
def test_twenty_runs_of_the_small_scenario(small: Resolved) -> None:
    agree(SideBySide(small, range(20)))


@pytest.mark.slow
def test_six_runs_of_the_syrian_case(syria: Resolved) -> None:
    agree(SideBySide(syria, range(6)))


@pytest.mark.slow
@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_three_shortened_runs_of_every_other_scenario(path: Path) -> None:
    agree(SideBySide(shortened(resolve(load(path)), 10), range(3)))


def test_other_steps_parameters_and_accounts(syria: Resolved) -> None:
    """Also where the clock runs differently and other rules come into play."""
    other = shortened(syria, 2.5).model_copy(update={"step_hours": 0.5, "patron_trust": 0.8})
    given = {"commitment_floor": 0.5, "uprising_rate": 0.01, "destroyed_below": 0.995, "captured_depot_gain": 0.2}
    agree(SideBySide(other, [7], **given))


def differences(resolved: Resolved, **more: Any) -> list[Disagreement]:
    found = SideBySide(shortened(resolved, 1), [4, 5], **more).disagreements()
    return [next(found), *found]


def test_a_disagreement_is_found_and_told(small: Resolved) -> None:
    unit = small.units[0].id

    class Faulty(UnitAgent):
        def decide(self) -> Status:
            early = self.model.number == 3 and self.id == unit
            return Status.WAVERING if early else super().decide()

    first = differences(small, unit_class=Faulty)[0]
    assert str(first) == (f"run 4, step 3, unit {unit}: status (rule: decide) is 1 in agents, 0 in the kernel")


def test_a_difference_in_the_last_bit_is_found(small: Resolved) -> None:
    class Tired(UnitAgent):
        def suffer(self) -> None:
            super().suffer()
            self.next_fatigue = self.next_fatigue + type(self.next_fatigue)(1e-9)

    assert {each.what for each in differences(small, unit_class=Tired)} >= {"fatigue"}
