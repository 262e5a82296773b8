"""A warm ensemble answers what a full rerun would, to the bit, and steps only what it must."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.ensemble import outcomes
from sim.experiments.warm import Warm
from sim.plan import make_plan
from sim.recording import no_counts
from sim.scenario import load, resolve
from sim.scenario.resolved import Resolved, ResolvedTrigger

pytestmark = pytest.mark.slow  # compiles the kernel where that has not been done

SYRIA = Path(__file__).parents[1] / "scenarios" / "syria_2024"
RUNS, SEED = 60, 3


@pytest.fixture(scope="module")
def syria() -> Resolved:
    return resolve(load(SYRIA)).model_copy(update={"days": 16.0})


@pytest.fixture(scope="module")
def warm(syria: Resolved) -> Warm:
    return Warm(syria, runs=RUNS, seed=SEED, workers=2)


def full(resolved: Resolved) -> dict[str, Any]:
    return outcomes(make_plan(resolved), runs=RUNS, seed=SEED, kernel="numpy")


def with_trigger(resolved: Resolved, name: str, **changes: Any) -> Resolved:
    return resolved.model_copy(
        update={"triggers": tuple(t.model_copy(update=changes) if t.id == name else t for t in resolved.triggers)}
    )


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for name, values in one.items():
        theirs = other[name]
        equal = list(values) == list(theirs) if values.dtype == object else values.tobytes() == theirs.tobytes()
        assert equal, name


def named(resolved: Resolved, name: str) -> ResolvedTrigger:
    return next(trigger for trigger in resolved.triggers if trigger.id == name)


def test_the_base_is_a_plain_ensemble(warm: Warm, syria: Resolved) -> None:
    same(warm.base, full(syria))


@pytest.mark.parametrize("kind", ["mutiny", "airlift_denied", "leader_killed", "uprising", "ally_withdrawal"])
def test_a_trigger_switched_off(warm: Warm, syria: Resolved, kind: str) -> None:
    name = next(trigger.id for trigger in syria.triggers if trigger.type == kind)
    changed = with_trigger(syria, name, enabled=False)
    answer = warm.ask(changed)
    same(answer.variant, full(changed))
    fired = answer.base[f"fired_{name}"]
    assert (np.isfinite(answer.again) == np.isfinite(fired)).all(), "only runs in which it fired are stepped again"


def test_a_trigger_moved_weakened_or_made_unlikely(warm: Warm, syria: Resolved) -> None:
    certain = next(t for t in syria.triggers if not t.guards and t.earliest > 48 and len(t.accounts) == 1)
    weaker = tuple(
        a.model_copy(update={"operations": tuple(o.model_copy(update={"amount": o.amount / 2}) for o in a.operations)})
        for a in certain.accounts
    )
    for change in (
        {"earliest": certain.earliest + 24, "latest": certain.latest + 24},
        {"earliest": certain.earliest - 24, "latest": certain.latest - 24},
        {"probability": 0.3},
        {"accounts": weaker},
        {"until": certain.latest + 1},
    ):
        changed = with_trigger(syria, certain.id, **change)
        same(warm.ask(changed).variant, full(changed))


def test_a_trigger_that_stops_at_an_hour(warm: Warm, syria: Resolved) -> None:
    """Only runs in which it took effect from that hour on are stepped again, from there."""
    base = warm.base

    def spread(trigger: ResolvedTrigger) -> int:
        return len(np.unique(base[f"fired_{trigger.id}"][np.isfinite(base[f"fired_{trigger.id}"])]))

    some = max((trigger for trigger in syria.triggers if trigger.guards), key=spread)
    hour = float(np.nanmedian(base[f"fired_{some.id}"]))
    changed = with_trigger(syria, some.id, until=hour)
    answer = warm.ask(changed)
    same(answer.variant, full(changed))
    fired = base[f"fired_{some.id}"]
    late = fired >= hour
    assert 0 < late.sum() < np.isfinite(fired).sum()
    assert (np.isfinite(answer.again) == late).all()
    assert (answer.again[late] == fired[late]).all()
    same(warm.ask(with_trigger(syria, some.id, until=0.0)).variant, full(with_trigger(syria, some.id, until=0.0)))


def test_some_of_the_runs_and_the_histogram_of_their_strength(warm: Warm, syria: Resolved) -> None:
    certain = next(t for t in syria.triggers if not t.guards and t.earliest > 48 and len(t.accounts) == 1)
    for changed in (syria, with_trigger(syria, certain.id, earliest=30.0, latest=60.0)):
        plan = make_plan(changed)
        for runs in (RUNS, 17):
            counts = no_counts(plan)
            want = outcomes(plan, runs=runs, seed=SEED, kernel="numpy", counts=counts)
            answer = warm.ask(changed, runs)
            same(answer.variant, want)
            assert (answer.strength == counts.strength).all()
            assert len(answer.again) == runs
            assert all(len(values) == runs for values in answer.base.values())


@pytest.mark.parametrize("hour", [1.0, 130.0, 260.0])
def test_until_they_collapse_and_then_to_their_end(warm: Warm, syria: Resolved, hour: float) -> None:
    """The collapse of every run is known halfway; what is stepped on from there is a full run."""
    certain = next(t for t in syria.triggers if not t.guards and t.earliest > 48 and len(t.accounts) == 1)
    changed = with_trigger(syria, certain.id, earliest=hour, latest=hour)
    want = full(changed)
    begun = warm.begin(changed)
    assert begun.collapse_hour.tobytes() == want["collapse_hour"].tobytes()
    assert 0 < np.isfinite(begun.collapse_hour).sum() < RUNS
    answer = begun.finish()
    same(answer.variant, want)
    counts = no_counts(make_plan(changed))
    outcomes(make_plan(changed), runs=RUNS, seed=SEED, kernel="numpy", counts=counts)
    assert (answer.strength == counts.strength).all()
    assert (answer.again == warm.ask(changed).again).all()


def test_the_first_runs_that_are_known_are_not_stepped_again(warm: Warm, syria: Resolved) -> None:
    certain = next(t for t in syria.triggers if not t.guards and t.earliest > 48 and len(t.accounts) == 1)
    changed = with_trigger(syria, certain.id, earliest=30.0, latest=60.0)
    whole, known = warm.begin(changed), warm.ask(changed, 17)
    known.variant["breaks"] = known.variant["breaks"] + 100
    begun = warm.begin(changed, known=known)
    assert begun.collapse_hour.tobytes() == whole.collapse_hour.tobytes()
    answer, want = begun.finish(), whole.finish()
    assert (answer.strength == want.strength).all()
    assert (answer.again == want.again).all()
    assert (answer.variant["breaks"] - want.variant["breaks"] == np.where(np.arange(RUNS) < 17, 100, 0)).all()
    want.variant["breaks"][:17] += 100
    same(answer.variant, want.variant)


def test_all_ways_to_a_state_need_one_compiled_kernel(warm: Warm, syria: Resolved) -> None:
    """An array in another order would be compiled for, while a class waits."""
    from sim.kernels.compiled.runs import simulate_runs

    warm.ask(with_trigger(syria, syria.triggers[0].id, enabled=False))
    warm.ask(syria.model_copy(update={"parameters": syria.parameters | {"waver_rate": 0.001}}), 5)
    outcomes(make_plan(syria), runs=5, kernel="compiled", columns=["collapse_hour"])
    assert len(simulate_runs.signatures) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("from_hour", [1.0, 48.0, 1000.0])
def test_checkpoints_from_an_hour_on(syria: Resolved, from_hour: float) -> None:
    later = Warm(syria, runs=20, seed=SEED, workers=1, checkpoints=np.arange(from_hour, 384, 60.0))
    assert later.checkpoint_bytes < Warm(syria, runs=20, seed=SEED, workers=1).checkpoint_bytes
    certain = next(t for t in syria.triggers if not t.guards and t.earliest > 48 and len(t.accounts) == 1)
    for hour in (6.0, 47.5, 48.0, 49.0, 300.0):
        changed = with_trigger(syria, certain.id, earliest=hour, latest=hour)
        answer = later.ask(changed)
        same(answer.variant, outcomes(make_plan(changed), runs=20, seed=SEED, kernel="numpy"))


def test_another_account_and_an_added_trigger(warm: Warm, syria: Resolved) -> None:
    contested = next(trigger for trigger in syria.triggers if len(trigger.accounts) > 1)
    last = contested.accounts[-1].model_copy(update={"weight": 1.0})
    first = tuple(account.model_copy(update={"weight": 0.0}) for account in contested.accounts[:-1])
    changed = with_trigger(syria, contested.id, accounts=(*first, last))
    same(warm.ask(changed).variant, full(changed))
    shock = next(trigger for trigger in syria.triggers if trigger.type == "leader_killed")
    added = shock.model_copy(update={"id": "zz_second_one", "earliest": 100.0, "latest": 100.0, "guards": ()})
    changed = syria.model_copy(update={"triggers": (*syria.triggers, added)})
    answer = warm.ask(changed)
    same(answer.variant, full(changed))
    assert (answer.again >= 100.0).all()


def test_a_new_trigger_may_sort_before_the_others(warm: Warm, syria: Resolved) -> None:
    passing = next(t for t in syria.triggers if any(o.duration_hours for a in t.accounts for o in a.operations))
    twin = passing.model_copy(update={"id": "aa_first_one", "earliest": 60.0, "latest": 90.0, "guards": ()})
    changed = syria.model_copy(update={"triggers": (twin, *syria.triggers)})
    same(warm.ask(changed).variant, full(changed))


def test_what_is_no_trigger_asks_for_everything_again(warm: Warm, syria: Resolved) -> None:
    changed = syria.model_copy(update={"parameters": syria.parameters | {"waver_rate": 0.001}})
    answer = warm.ask(changed)
    same(answer.variant, full(changed))
    assert (answer.again == 0).all()


def test_questions_leave_the_base_as_it_is(warm: Warm, syria: Resolved) -> None:
    same(warm.ask(syria).variant, warm.base)
    same(warm.base, full(syria))
