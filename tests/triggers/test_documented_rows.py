"""Each documented row does what its type says, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from sim.operations import Operation
from sim.scenario.directory import ScenarioDirectory
from sim.triggers import REGISTRY
from sim.triggers.example_force import ExampleForce

from .conftest import build, plain
from .documented_rows import ROWS


@pytest.mark.parametrize(("row", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_does_this_and_nothing_else(row: dict[str, Any], expected: list[Operation], force: ExampleForce) -> None:
    assert plain(build(row).operations(force)) == plain(tuple(expected))


@pytest.mark.parametrize("row", [row[1] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_scenario_answers_as_the_example_force(
    row: dict[str, Any], force: ExampleForce, scenario_force: ScenarioDirectory
) -> None:
    assert build(row).operations(scenario_force) == build(row).operations(force)


def test_every_type_has_a_documented_row() -> None:
    assert {row["type"] for _, row, _ in ROWS} == set(REGISTRY)
