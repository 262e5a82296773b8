"""A name that the scenario does not have, or a contradiction, is told with its field."""

from __future__ import annotations

from typing import Any

import pytest

from sim.scenario.directory import ScenarioDirectory
from sim.triggers.base import TriggerError
from sim.triggers.example_force import ExampleForce

from .conftest import build

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("target", {"type": "rally", "target": {"units": ["brigade_9"]}}),
    ("target", {"type": "refusal", "target": {"formations": ["north_corpse"]}, "place": "NORTHGATE"}),
    ("place", {"type": "rally", "place": "NORTHGAT"}),
    ("place", {"type": "rally"}),
    ("place", {"type": "mutiny", "target": {"units": ["home_militia"]}}),
    ("place", {"type": "uprising"}),
    ("place", {"type": "uprising", "place": "BRIGDE"}),
    ("place", {"type": "route_cut", "place": "BRIGDE"}),
    ("formation", {"type": "leader_killed", "formation": "north_corpse"}),
    ("formation", {"type": "leader_flight", "formation": "north_corpse"}),
    ("formation", {"type": "headquarters_strike", "formation": "north_corpse"}),
    ("patron", {"type": "leader_killed", "formation": "north_corps", "patron": "eastland"}),
    ("patron", {"type": "mutiny", "target": {"units": ["guard"]}, "place": "CAPITAL", "patron": "eastland"}),
    ("patron", {"type": "fratricide", "place": "CAPITAL", "patron": "eastland"}),
    ("patron", {"type": "fratricide", "target": {"kinds": ["contingent"]}}),
    ("patron", {"type": "ally_withdrawal", "patron": "eastland", "visibility": "none"}),
    ("patron", {"type": "patron_signal", "patron": "eastland", "kind": "pledge", "visibility": "national"}),
    ("asked", {"type": "ally_refusal", "asked": "eastland", "visibility": "national"}),
    ("asker", {"type": "ally_refusal", "asked": "ostland", "asker": "eastland", "visibility": "national"}),
    ("asker", {"type": "airlift_denied", "asker": "eastland", "visibility": "national"}),
    ("denier", {"type": "airlift_denied", "asker": "ostland", "denier": "eastland", "place": "BRIDGE"}),
    ("denier", {"type": "airlift_denied", "asker": "ostland", "denier": "ostland", "place": "BRIDGE"}),
    ("asker", {"type": "airlift_denied", "denier": "ostland", "visibility": "national"}),
    ("units", {"type": "reinforcement", "units": ["west_region"], "arrives_at": "MIDTOWN"}),
    ("arrives_at", {"type": "reinforcement", "units": ["west_legion"], "arrives_at": "MIDTWON"}),
    ("destination", {"type": "withdrawal_order", "place": "NORTHGATE", "destination": "MIDTWON"}),
    ("destination", {"type": "ally_withdrawal", "patron": "ostland", "place": "NORTHGATE", "destination": "CAPITOL"}),
    (
        "destination",
        {
            "type": "ally_withdrawal",
            "patron": "ostland",
            "place": "NORTHGATE",
            "destination": {"ost_region": "CAPITAL"},
        },
    ),
    ("passage_to", {"type": "defection_deal", "place": "BRIDGE", "passage_to": "CAPITOL"}),
    ("links", {"type": "route_cut", "links": [["NORTHGATE", "CAPITAL"]]}),
    ("links", {"type": "route_cut", "links": [["NORTHGATE", "CAPITOL"]]}),
    ("links", {"type": "route_cut"}),
    ("axes", {"type": "uprising", "place": "MIDTOWN"}),
    ("axes", {"type": "information_shock", "kind": "cyber"}),
    ("axes", {"type": "air_support", "change": "gain", "side": "attackers", "place": "MIDTOWN"}),
    ("axes", {"type": "air_support", "change": "gain", "axes": ["north_column"], "place": "MIDTOWN"}),
    ("target", {"type": "mutiny", "place": "NORTHGATE"}),
    ("target", {"type": "mutiny", "target": {"units": ["ost_legion"]}, "place": "NORTHGATE"}),
    ("target", {"type": "defection_deal", "target": {"kinds": ["contingent"]}}),
]


@pytest.mark.parametrize(("field", "row"), WRONG, ids=[f"{row['type']}-{field}" for field, row in WRONG])
def test_the_field_is_named(
    field: str, row: dict[str, Any], force: ExampleForce, scenario_force: ScenarioDirectory
) -> None:
    for directory in (force, scenario_force):
        with pytest.raises(TriggerError) as caught:
            build(row).operations(directory)
        assert caught.value.field == field


@pytest.mark.parametrize("magnitude", [0, 1])
def test_a_wrong_name_is_told_at_any_magnitude(magnitude: float, force: ExampleForce) -> None:
    row = {"type": "leader_killed", "formation": "north_corps", "cause": "enemy", "patron": "eastland"}
    with pytest.raises(TriggerError, match="eastland"):
        build({**row, "magnitude": magnitude}).operations(force)


@pytest.mark.parametrize("field", ["decay_hours", "duration_hours"])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_time_that_is_no_span_is_refused_when_read(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        build({"type": "rally", "place": "MIDTOWN", field: value})
