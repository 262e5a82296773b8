"""Granovetter's riot: one person's threshold decides whether a hundred join or one does.

Source: M. Granovetter, Threshold models of collective behavior, American Journal of Sociology 83 (1978).
Tolerance: none. In the limit of a very steep effect the outcome is certain, in every run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from sim.plan import make_plan
from sim.rules import belief
from sim.state import Status
from tests.systems.forces import STEEP, force, kernel, repeated, settle

N = 100
EVERYBODY = list(range(N))
RUNS = 20


def joined(thresholds: Sequence[float]) -> list[int]:
    """How many have dispersed in the end, in each run, if each goes once so many others have gone.

    A unit's disposition lifts its index above 0 from its threshold on: at half a head less.
    """
    parameters = {"effect_belief": STEEP, "waver_rate": 10.0, "exit_rate": 10.0}
    plan = make_plan(force(1, step_hours=24, parameters=parameters))
    heads = (0.5 - np.asarray(thresholds)) / (len(thresholds) - 1)
    last = settle(kernel(repeated(plan, STEEP * heads), runs=RUNS))
    assert not (last.state.status == Status.WAVERING).any()
    return (last.state.status == Status.DISPERSED).sum(axis=0).tolist()


def changed(old: int, new: int) -> list[int]:
    return sorted(new if threshold == old else threshold for threshold in EVERYBODY)


def check_the_domino_chain() -> None:
    assert joined(EVERYBODY) == [100] * RUNS


def test_thresholds_0_to_99_bring_out_everybody() -> None:
    check_the_domino_chain()


@pytest.mark.parametrize(
    ("thresholds", "join"),
    [(changed(1, 2), 1), (changed(50, 51), 50), (EVERYBODY[1:], 0)],
    ids=["threshold_1_raised_to_2", "threshold_50_raised_to_51", "without_the_instigator"],
)
def test_one_person_stops_the_riot(thresholds: list[int], join: int) -> None:
    assert joined(thresholds) == [join] * RUNS


def test_the_order_of_the_people_does_not_matter() -> None:
    shuffled = np.random.default_rng(1).permutation(EVERYBODY).tolist()
    assert joined(shuffled) == [100] * RUNS


def test_the_check_fails_where_units_see_a_little_too_little(monkeypatch: pytest.MonkeyPatch) -> None:
    right = belief.belief
    monkeypatch.setattr(belief, "belief", lambda *seen: 0.02 + 0.98 * right(*seen))
    with pytest.raises(AssertionError):
        check_the_domino_chain()
