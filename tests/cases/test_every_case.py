"""Every case is sound, whole and coded by the one rubric; none is scripted, none has parameters of its own."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from calibration.validation import CASES, CONTROL, FACTORS, read_cases
from sim.block import simulate_block
from sim.plan import make_plan
from sim.scenario import load, resolve
from sim.scenario.resolved import Resolved
from sim.scenario.schema import ScenarioFile

SCENARIOS = Path(__file__).parents[2] / "scenarios"
NAMES = [case.name for case in read_cases()]
RUBRIC = Path(__file__).parents[2] / "docs" / "rubric.md"
WORDS = ("manning", "leadership", "stake", "exit", "supply", "backing")
UNCODED = {"–", ""}


@cache
def written(name: str) -> ScenarioFile:
    return load(SCENARIOS / name).file


@cache
def explicit(name: str) -> Resolved:
    return resolve(load(SCENARIOS / name))


def coded() -> dict[str, dict[str, str]]:
    """Title -> word per factor, from the table in the docs."""
    lines = RUBRIC.read_text(encoding="utf-8").split("## The coded cases")[1].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {row[0]: dict(zip(WORDS, row[1:], strict=True)) for row in cells if len(row) == 7 and row[0] != "Case"}


TITLES = {
    "syria_2024": "Syria 2024", "mosul_2014": "Mosul 2014", "afghanistan_2021": "Afghanistan 2021",
    "south_vietnam_1975": "South Vietnam 1975", "tripoli_2011": "Tripoli 2011", "goma_2012": "Goma 2012",
    "mekelle_2021": "Mekelle 2021", "peshmerga_2014": "Peshmerga 2014", "kyiv_2022": "Kyiv 2022",
    "chernihiv_2022": "Chernihiv 2022", "samarra_2014": "Samarra and Baghdad 2014",
    "deir_ez_zor_2014": "Deir ez-Zor 2014–17", "syria_2015": "Syria 2015", "mariupol_2022": "Mariupol 2022",
    "tskhinvali_2008": "Tskhinvali 2008",
}  # fmt: skip


def test_every_case_is_in_the_table_and_every_row_is_a_case() -> None:
    folders = {
        path.parent.name for path in SCENARIOS.glob("*/scenario.toml") if not path.parent.name.startswith("teaching")
    }
    assert set(NAMES) == folders == set(TITLES)
    assert {case.name for case in read_cases() if case.fitted} == {
        "syria_2024",
        "mosul_2014",
        "kyiv_2022",
        "syria_2015",
    }


def test_the_factor_matrix_is_whole() -> None:
    with CASES.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert all(float(row[name]) in (0, 0.25, 0.5, 0.75, 1) for row in rows for name in FACTORS)


@pytest.mark.parametrize("name", NAMES)
def test_the_force_is_coded_as_the_table_says(name: str) -> None:
    said = written(name).factors.model_dump(exclude_none=True)
    table = {factor: word for factor, word in coded()[TITLES[name]].items() if word not in UNCODED}
    assert said == table


@pytest.mark.parametrize("name", NAMES)
def test_a_case_has_no_parameter_and_no_starting_value_of_its_own(name: str) -> None:
    file = written(name)
    assert file.parameters == {}
    host = next(key for key, controller in file.controller.items() if controller.role == "host")
    ours = [unit for unit in file.unit if unit.controller in ("", host)]
    assert [u.id for u in ours if (u.morale, u.loyalty, u.safety, u.supply) != (None,) * 4] == []
    assert [key for key, patron in file.patron.items() if (patron.commitment, patron.trust) != (None, None)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_the_record_is_used_or_left_out_for_a_reason(name: str) -> None:
    file = written(name)
    triggers = {str(trigger["id"]) for trigger in file.trigger}
    assert file.event
    for event in file.event:
        assert event.into.strip(), f"{event.id}: into what, or why not?"
        if event.use == "trigger":
            assert set(event.into.split()) <= triggers
    claimed = {name for event in file.event if event.use == "trigger" for name in event.into.split()}
    assert triggers <= claimed, "triggers that no row of the record asks for"


@pytest.mark.parametrize("name", NAMES)
def test_units_axes_and_outcomes_have_a_source(name: str) -> None:
    file = written(name)
    assert all(unit.source for unit in file.unit)
    assert all(axis.sources for axis in file.axis)
    assert all(row.source for row in file.outcome)
    assert all(source.title for source in file.source.values())


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_keeps_its_men(name: str) -> None:
    resolved = explicit(name).model_copy(update={"days": min(explicit(name).days, 4.0)})
    rows = simulate_block(make_plan(resolved), 1, np.arange(3, dtype=np.uint64)).close()
    left = sum(value for key, value in rows.items() if key.startswith("men_") and key != "men_start")
    assert (np.asarray(left) > 0).all()
    lost = [place.id for place in resolved.places if (rows[f"fall_{place.id}"] <= 0).any()]
    assert lost == [], "lost before anything happened"


def test_there_are_internal_controls_that_held_and_that_did_not() -> None:
    noted = {name: [row for row in written(name).outcome if CONTROL in row.note] for name in NAMES}
    held = sum(row.lost_from is None for rows in noted.values() for row in rows)
    assert held >= 8
    assert sum(map(len, noted.values())) > held
