"""Granovetter's riot: one person's threshold decides whether a hundred join or one does.

Source: M. Granovetter, Threshold models of collective behavior, American Journal of Sociology 83 (1978).
Tolerance: none. In the limit of a very steep effect the outcome is certain, in every run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from sim.plan import make_plan
from sim.rules import belief
from sim.state import Status
from tests.systems.forces import STEEP, force, kernel, settle

N = 100
EVERYBODY = list(range(N))


def joined(thresholds: Sequence[float]) -> list[int]:
    """How many leave in the end, in each of 20 runs, if each goes once so many others have gone.

    A unit's disposition sets its index above 0 from its threshold on; half a head stands between two.
    """
    plan = make_plan(
        force(len(thresholds), step_hours=24, parameters={"effect_belief": STEEP, "waver_rate": 10, "exit_rate": 10})
    )
    offsets = STEEP * (0.5 - np.asarray(thresholds)) / (len(thresholds) - 1)
    units = dataclasses.replace(plan.units, disposition=offsets.astype(np.float32))
    last = settle(kernel(dataclasses.replace(plan, units=units), runs=20))
    assert (last.state.status[last.state.status > Status.HOLDING] == Status.DISPERSED).all()
    return (last.state.status == Status.DISPERSED).sum(axis=0).tolist()


def changed(old: int, new: int) -> list[int]:
    return sorted(new if threshold == old else threshold for threshold in EVERYBODY)


def check_the_domino_chain() -> None:
    assert joined(EVERYBODY) == [100] * 20


@pytest.mark.parametrize(
    ("thresholds", "join"), [(changed(1, 2), 1), (changed(50, 51), 50), (EVERYBODY[1:], 0)], ids=["1→2", "50→51", "no 0"]
)
def test_one_threshold_stops_the_riot(thresholds: list[int], join: int) -> None:
    assert joined(thresholds) == [join] * 20


def test_thresholds_0_to_99_bring_out_everybody() -> None:
    check_the_domino_chain()


def test_the_order_of_the_people_does_not_matter() -> None:
    shuffled = np.random.default_rng(1).permutation(EVERYBODY).tolist()
    assert joined(shuffled) == [100] * 20


def test_the_check_fails_where_units_see_a_little_less(monkeypatch: pytest.MonkeyPatch) -> None:
    right = belief.belief
    monkeypatch.setattr(belief, "belief", lambda *seen: 0.02 + 0.98 * right(*seen))
    with pytest.raises(AssertionError):
        check_the_domino_chain()
