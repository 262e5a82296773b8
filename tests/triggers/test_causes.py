"""Who did it and how it is known decides what it does: the contrasts that the cases turn on."""

from __future__ import annotations

from typing import Any

import pytest

from sim.operations import Operation, Touches
from sim.triggers.example_force import ExampleForce

from .conftest import build

KILLED = {"type": "leader_killed", "formation": "north_corps", "patron": "ostland", "deputy_ready": True}


def by_touch(force: ExampleForce, **row: Any) -> dict[Touches | None, Operation]:
    return {each.touches: each for each in build(row).operations(force)}


def test_a_betrayal_adds_distrust_and_the_ratio_and_nothing_more(force: ExampleForce) -> None:
    betrayal = by_touch(force, **KILLED, cause="betrayal")
    enemy = by_touch(force, **KILLED, cause="enemy")
    assert set(betrayal) - set(enemy) == {Touches.TRUST, Touches.LOYALTY}
    assert set(enemy) <= set(betrayal)
    assert betrayal[Touches.LEADERLESS] == enemy[Touches.LEADERLESS]
    same_but_ratio = betrayal[Touches.SHOCK].model_copy(update={"scale": ("shock_size",)})
    assert same_but_ratio == enemy[Touches.SHOCK]
    assert "betrayal_ratio" in betrayal[Touches.SHOCK].scale


@pytest.mark.parametrize("cause", ["enemy", "own_command", "patron", "accident", "population", "unknown"])
def test_every_other_cause_acts_as_an_enemy(cause: str, force: ExampleForce) -> None:
    assert by_touch(force, **KILLED, cause=cause) == by_touch(force, **KILLED, cause="enemy")


def test_arrivals_that_urge_to_leave_are_worse_than_fighters_are_good(force: ExampleForce) -> None:
    arrival = {"type": "reinforcement", "units": ["west_legion"], "arrives_at": "MIDTOWN"}
    fight = by_touch(force, **arrival, stance="fight")[Touches.SHOCK]
    leave = by_touch(force, **arrival, stance="leave")[Touches.SHOCK]
    assert fight.amount == -leave.amount < 0
    assert set(leave.scale) - set(fight.scale) == {"betrayal_ratio"}


def test_an_explained_withdrawal_costs_neither_morale_nor_loyalty(force: ExampleForce) -> None:
    order = {"type": "withdrawal_order", "place": "NORTHGATE"}
    assert set(by_touch(force, **order, explained=True)) == {Touches.STATUS}
    assert set(by_touch(force, **order)) == {Touches.STATUS, Touches.SHOCK, Touches.LOYALTY}


@pytest.mark.parametrize("mode", ["rumoured", "denied"])
def test_a_flight_known_by_word_of_mouth_spreads_whether_true_or_not(mode: str, force: ExampleForce) -> None:
    flight = {"type": "leader_flight", "formation": "south_corps", "mode": mode}
    false = by_touch(force, **flight, truth=False)
    true = by_touch(force, **flight, truth=True)
    assert set(false) == {None}, "a rumour touches nothing until it is heard"
    assert set(true) - set(false) == {Touches.LEADERLESS}
    assert true[None] == false[None]


def test_a_secret_flight_that_never_was_does_nothing(force: ExampleForce) -> None:
    assert not by_touch(force, type="leader_flight", formation="south_corps", mode="secret", truth=False)


def test_attackers_air_support_has_the_other_sign(force: ExampleForce) -> None:
    gain = {"type": "air_support", "place": "MIDTOWN", "change": "gain"}
    own = by_touch(force, **gain)
    theirs = by_touch(force, **gain, side="attackers", axes=["north_column"])
    assert own[Touches.QUALITY].amount == theirs[Touches.ATTACKER_QUALITY].amount > 0
    assert own[Touches.SHOCK].amount == -theirs[Touches.SHOCK].amount < 0


@pytest.mark.parametrize(
    ("militias", "status"), [("withdraw", "withdrawing"), ("disperse", "dispersed"), ("stay", None)]
)
def test_militias_of_a_leaving_patron(militias: str, status: str | None, force: ExampleForce) -> None:
    leave = {"type": "ally_withdrawal", "patron": "ostland", "kind": "total", "visibility": "none"}
    operations = build({**leave, "militias": militias}).operations(force)
    orders = {each.status: each.units for each in operations if each.status}
    assert orders.pop("evacuated") == ("ost_legion",)
    assert orders == ({status: ("home_militia", "river_militia")} if status else {})
