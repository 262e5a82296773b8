"""The force that the tests compile triggers against, and short ways to write triggers and operations."""

from __future__ import annotations

from typing import Any

import pytest

from sim.operations import Operation
from sim.scenario.directory import ScenarioDirectory
from sim.scenario.schema import ScenarioFile
from sim.triggers import REGISTRY
from sim.triggers.base import Trigger
from sim.triggers.example_force import AXES, LINKS, PARENTS, PATRONS, REGIONS, UNITS, ExampleForce


@pytest.fixture
def force() -> ExampleForce:
    return ExampleForce()


@pytest.fixture(scope="session")
def scenario_force() -> ScenarioDirectory:
    """The same force as a scenario file has it."""
    document = {
        "name": "example", "title": "An example", "start": "2024-01-01T00:00:00+00:00", "capital": "CAPITAL",
        "controller": {"host": {"name": "Host", "role": "host"}, "foe": {"name": "Foe", "role": "attacker"}},
        "patron": {name: {"name": name} for name in PATRONS},
        "formation": {name: {"name": name, "parent": parent} for name, parent in PARENTS.items()},
        "axis": [
            {"id": name, "name": name, "controller": "foe", "men": 1000, "route": [{"places": [start]}]}
            for name, start in AXES.items()
        ],
        "place": [
            {"id": place, "name": place, "region": region, "lat": 0, "lon": 0, "holder": "host"}
            for region, places in REGIONS.items() for place in places
        ],
        "link": [{"from": start, "to": end, "km": 10} for start, end in LINKS],
        "unit": [
            {"id": name, "name": name, "kind": unit.kind, "patron": unit.patron, "formation": unit.formation,
             "place": "CAPITAL", "men_low": 1, "men_high": 1}
            for name, unit in UNITS.items()
        ],
    }  # fmt: skip
    return ScenarioDirectory(ScenarioFile.model_validate(document))


def build(row: dict[str, Any]) -> Trigger:
    """A trigger from a row as it stands in a scenario file."""
    return REGISTRY[row["type"]].model_validate({"id": "row", "title": "A documented row", **row})


def plain(operations: tuple[Operation, ...]) -> list[dict[str, Any]]:
    """Operations as what they say beyond the defaults, in an order of their own."""
    said = [each.model_dump(mode="json", exclude_defaults=True) for each in operations]
    for each in said:
        if "amount" in each:
            each["amount"] = round(each["amount"], 9)
    return sorted(said, key=repr)
