"""Agents and the kernel agree on every operation, guard and account, in mixes that no case has."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

import pytest

from sim.operations import Operation, Touches, Verb
from sim.scenario.resolved import Resolved, ResolvedAccount, ResolvedGuard, ResolvedTrigger
from tests.agents.comparison import SideBySide, agree

_UNIT_CHANGES = (
    (Verb.ADD, Touches.SHOCK), (Verb.ADD, Touches.LOYALTY), (Verb.ADD, Touches.SUPPLY), (Verb.MULTIPLY, Touches.TRUST),
    (Verb.MULTIPLY, Touches.RALLY), (Verb.MULTIPLY, Touches.QUALITY), (Verb.SET, Touches.LEADERLESS),
    (Verb.SET, Touches.SAFETY), (Verb.SET, Touches.OFFER), (Verb.SET, Touches.STATUS),
)  # fmt: skip
_OTHER_CHANGES = (
    (Verb.ADD, Touches.BELIEF), (Verb.MULTIPLY, Touches.BELIEF), (Verb.MULTIPLY, Touches.COMMITMENT),
    (Verb.MULTIPLY, Touches.PATRON_TRUST), (Verb.MULTIPLY, Touches.ATTACKER_QUALITY), (Verb.SET, Touches.LINK),
    (Verb.RAISE_ATTACKERS, None), (Verb.BRING_UNITS, None), (Verb.START_RUMOUR, None),
)  # fmt: skip
_ORDERS = ("wavering", "withdrawing", "dispersed", "surrendered", "defected", "mutinied", "evacuated", "holding")


class Mix:
    """Random triggers over a resolved scenario's names."""

    def __init__(self, resolved: Resolved, number: int) -> None:
        self._resolved, self._random = resolved, Random(number)
        self._units = [unit.id for unit in resolved.units]
        self._places = [place.id for place in resolved.places]

    def scenario(self) -> Resolved:
        """The scenario with these triggers alone; a few of its units are still to be brought."""
        late = set(self._some(self._units, 12))
        units = tuple(u.model_copy(update={"present": u.id not in late}) for u in self._resolved.units)
        ids = [f"mixed_{number:02}" for number in range(50)]
        triggers = tuple(self._trigger(name, ids) for name in ids)
        return self._resolved.model_copy(update={"units": units, "triggers": triggers, "days": 3.0})

    def _some(self, names: Any, most: int) -> tuple[str, ...]:
        names = list(names)
        return tuple(sorted(self._random.sample(names, min(len(names), self._random.randint(1, most)))))

    def _trigger(self, name: str, ids: list[str]) -> ResolvedTrigger:
        random = self._random
        earliest = random.uniform(-4, 40)
        weights = random.choice([(1.0,), (0.3, 0.7), (0.2, 0.2, 0.6)])
        return ResolvedTrigger(
            id=name, type="mixed", title="", enabled=random.random() < 0.95, earliest=earliest,
            latest=earliest + random.choice([0, 12]), delay_low=0, delay_high=random.choice([0, 6]),
            patience_hours=random.choice([None, 1, 24]), probability=random.choice([1.0, 0.8]),
            scales_with=random.choice([None, None, self._resolved.patrons[0].id]),
            guards=tuple(self._guard(ids) for _ in range(random.choice([0, 0, 1, 2]))),
            accounts=tuple(self._account(f"account_{k}", weight) for k, weight in enumerate(weights)),
            cause="unknown", confidence="C", sources=(), places=(), events=(),
        )  # fmt: skip

    def _guard(self, ids: list[str]) -> ResolvedGuard:
        patron = self._random.choice(self._resolved.patrons).id
        given: dict[str, Any] = self._random.choice([
            {"lost": self._some(self._places, 20)}, {"held": self._some(self._places, 3)},
            {"contested": self._some(self._places, 30)}, {"fired": self._some(ids, 8)},
            {"not_fired": self._some(ids, 2)}, {"strength_below": 0.98}, {"strength_above": 0.5},
            {"nation_below": 0.99}, {"nation_above": 0.6}, {"commitment_below": ((patron, 0.7),)},
            {"commitment_above": ((patron, 0.3),)},
        ])  # fmt: skip
        return ResolvedGuard(**given)

    def _account(self, name: str, weight: float) -> ResolvedAccount:
        operations = tuple(self._operation() for _ in range(self._random.randint(0, 5)))
        happens = self._random.random() < 0.9
        return ResolvedAccount(
            name=name, weight=weight, type="mixed", title="", happens=happens, operations=operations, sources=()
        )

    def _operation(self) -> Operation:
        random, resolved = self._random, self._resolved
        verb, touches = random.choice(_UNIT_CHANGES * 2 + _OTHER_CHANGES)
        # No trigger makes trust between patrons pass.
        durations = [None] if touches is Touches.PATRON_TRUST else [None, 7.0, 20.0]
        amount = random.choice([0.0, 1.0]) if verb is Verb.SET else random.uniform(-0.8, 0.8)
        return Operation(
            verb=verb, touches=touches, amount=amount,
            scale=random.choice([(), ("shock_size",), ("shock_size", "betrayal_ratio"), ("trust_rupture",)]),
            units=self._some(self._units, 12), at=random.choice([(), self._some(self._places, 20)]),
            chance=random.choice([1.0, 0.5]), patrons=self._some((p.id for p in resolved.patrons), 3),
            axes=self._some((a.id for a in resolved.axes), 3),
            links=tuple((k.from_place, k.to_place) for k in random.sample(resolved.links, 6)),
            status=random.choice(_ORDERS), destination=random.choice(self._places),
            decay_hours=random.choice([None, 12.0, 48.0]), duration_hours=random.choice(durations),
        )  # fmt: skip


@pytest.fixture(scope="module")
def compared(syria: Resolved) -> Callable[[int], SideBySide]:
    """A mix side by side, stepped to its end, once."""

    @cache
    def run(number: int) -> SideBySide:
        both = SideBySide(Mix(syria, number).scenario(), [number])
        agree(both)
        return both

    return run


@pytest.mark.parametrize("number", range(6))
def test_a_mix_of_operations(compared: Callable[[int], SideBySide], number: int) -> None:
    compared(number)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(6))
def test_more_runs_of_a_mix_of_operations(syria: Resolved, number: int) -> None:
    agree(SideBySide(Mix(syria, number).scenario(), [number + 100, number + 200]))


def test_the_mixes_hold_every_operation_and_guard_and_some_happen(compared: Callable[[int], SideBySide]) -> None:
    done, guarded = set(), set()
    for number in range(6):
        (model,) = compared(number).models
        for event in model.events:
            if event.fired <= model.hour:
                done |= {(effect.operation.verb, effect.operation.touches) for effect in event.effects}
                guarded |= {name for guard in event.row.guards for name in guard.model_fields_set}
    assert done == set(_UNIT_CHANGES + _OTHER_CHANGES)
    assert guarded == set(ResolvedGuard.model_fields)
