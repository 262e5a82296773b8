"""What holds for every trigger type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sim.triggers
from sim.operations import Operation, Touches, Verb
from sim.state import Status
from sim.triggers import REGISTRY
from sim.triggers.example_force import ExampleForce
from sim.triggers.reference import make_example

from .conftest import build, plain
from .documented_rows import ROWS

VOCABULARY = {
    "offensive_shock", "leader_killed", "leader_flight", "mutiny", "refusal", "defection_deal", "fratricide",
    "ally_withdrawal", "ally_refusal", "airlift_denied", "reinforcement", "patron_signal", "route_cut",
    "position_lost", "withdrawal_order", "information_shock", "uprising", "pay_provision", "air_support",
    "headquarters_strike", "rally",
}  # fmt: skip

UNIT_STATE = {
    Touches.SHOCK, Touches.LOYALTY, Touches.SUPPLY, Touches.TRUST, Touches.RALLY, Touches.QUALITY,
    Touches.LEADERLESS, Touches.SAFETY, Touches.OFFER, Touches.STATUS,
}  # fmt: skip

ALLOWED: dict[Verb, set[Touches | None]] = {
    Verb.ADD: {Touches.SHOCK, Touches.LOYALTY, Touches.SUPPLY, Touches.BELIEF},
    Verb.MULTIPLY: {
        Touches.BELIEF, Touches.TRUST, Touches.PATRON_TRUST, Touches.COMMITMENT, Touches.RALLY,
        Touches.QUALITY, Touches.ATTACKER_QUALITY,
    },
    Verb.SET: {Touches.LEADERLESS, Touches.SAFETY, Touches.OFFER, Touches.STATUS, Touches.LINK},
    Verb.RAISE_ATTACKERS: {None},
    Verb.BRING_UNITS: {None},
    Verb.START_RUMOUR: {None},
}  # fmt: skip

every_row = pytest.mark.parametrize("row", [row[1] for row in ROWS], ids=[row[0] for row in ROWS])


def test_the_registry_is_the_vocabulary() -> None:
    assert set(REGISTRY) == VOCABULARY


def test_each_type_has_a_file_and_a_class_of_its_own() -> None:
    assert {kind.__module__ for kind in REGISTRY.values()} == {f"sim.triggers.{name}" for name in REGISTRY}
    assert len(set(REGISTRY.values())) == len(REGISTRY)
    files = {path.stem for path in Path(sim.triggers.__file__).parent.glob("*.py")}
    assert files == VOCABULARY | {"__init__", "base", "reference", "example_force"}


def test_a_type_refuses_a_field_that_it_does_not_have() -> None:
    with pytest.raises(ValueError, match="colour"):
        build({"type": "rally", "place": "MIDTOWN", "colour": "red"})


@pytest.mark.parametrize("name", sorted(VOCABULARY))
def test_the_example_of_a_type_does_something(name: str, force: ExampleForce) -> None:
    assert make_example(name).operations(force)


@every_row
def test_operations_stay_in_the_closed_set(row: dict[str, Any], force: ExampleForce) -> None:
    statuses = {status.label for status in Status}
    for each in build(row).operations(force):
        assert each.touches in ALLOWED[each.verb]
        assert (each.status in statuses) == (each.touches is Touches.STATUS)
        assert Operation.model_validate_json(each.model_dump_json()) == each


@every_row
def test_operations_reach_somebody_and_change_something(row: dict[str, Any], force: ExampleForce) -> None:
    for each in build(row).operations(force):
        of_units = each.touches in UNIT_STATE or each.verb in (Verb.BRING_UNITS, Verb.START_RUMOUR)
        assert bool(each.units) == of_units
        assert each.amount != 0 or each.verb not in (Verb.ADD, Verb.MULTIPLY, Verb.START_RUMOUR)
        assert each.patrons or each.touches not in (Touches.TRUST, Touches.PATRON_TRUST, Touches.COMMITMENT)


@every_row
def test_magnitude_zero_does_nothing(row: dict[str, Any], force: ExampleForce) -> None:
    assert build({**row, "magnitude": 0}).operations(force) == ()


@every_row
def test_half_the_magnitude_is_half_of_every_size(row: dict[str, Any], force: ExampleForce) -> None:
    whole = build({**row, "magnitude": 1}).operations(force)
    half = build({**row, "magnitude": 0.5}).operations(force)
    sized = (Verb.ADD, Verb.MULTIPLY, Verb.START_RUMOUR)
    for one, other in zip(whole, half, strict=True):
        by_size = one.verb in sized or one.touches is Touches.SAFETY
        expected = one.model_copy(update={"amount": one.amount / 2}) if by_size else one
        assert plain((other,)) == plain((expected,))


@every_row
def test_compiling_twice_gives_the_same(row: dict[str, Any], force: ExampleForce) -> None:
    assert build(row).operations(force) == build(row).operations(ExampleForce())


def test_a_shock_takes_the_decay_time_that_is_given(force: ExampleForce) -> None:
    for row in (row for _, row, _ in ROWS):
        for each in build({**row, "decay_hours": 10}).operations(force):
            assert each.decay_hours == (10 if each.touches is Touches.SHOCK else None)
