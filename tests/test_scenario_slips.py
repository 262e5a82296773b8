"""One slip is one problem: what follows from it is not told again. And how freely a value may be written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.scenario import load
from tests.scenario_files import BASE, LINKS, PLACES, TOML, UNITS, problems, put, write_file, write_folder


@pytest.mark.parametrize("file", [PLACES, UNITS, LINKS, "events.csv", "sources.toml"])
def test_a_missing_file_is_one_problem(file: str, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "base")
    if file == "events.csv":
        text = (folder / TOML).read_text()
        (folder / TOML).write_text(text.replace('id = "legion_leaves"', 'id = "legion_leaves"\nevents = ["E1"]'))
        load(folder)
    (folder / file).rename(tmp_path / file)
    (problem,) = problems(folder)
    assert problem.file == str(folder / file)
    assert "there is no such file" in problem.message


@pytest.mark.parametrize("table", ["controller", "formation", "place", "unit"])
def test_a_missing_table_is_one_problem(table: str, tmp_path: Path) -> None:
    blocks = re.split(r"(?m)^(?=\[)", BASE)
    text = "".join(block for block in blocks if not re.match(rf"\[+{table}[.\]]", block))
    (problem,) = problems(write_file(tmp_path / "base.toml", text))
    assert (problem.field, problem.message) == (table, "is missing")


def test_a_file_that_cannot_be_read_may_hold_every_table(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (problem,) = problems(write_file(tmp_path / "base" / TOML, BASE + "["))
    assert "is not valid TOML" in problem.message


def test_a_slip_in_the_name_of_a_file_is_one_problem(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "base")
    (folder / LINKS).rename(folder / "link.csv")
    (problem,) = problems(folder)
    assert (problem.file, problem.nearest) == (str(folder / "link.csv"), LINKS)


def test_a_fault_within_a_list_is_one_problem(tmp_path: Path) -> None:
    (problem,) = problems(write_folder(tmp_path / "base"), set={"axis.valley.men": [5000, "many"]})
    assert (problem.field, problem.message) == ("axis.valley.men.2", "must be a number [men], not 'many'")


@pytest.mark.parametrize(
    ("word", "stands_for"), [("yes", True), ("TRUE", True), ("1", True), ("No", False), ("0", False)]
)
def test_a_cell_and_the_command_line_may_say_yes_or_no(word: str, stands_for: bool, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "base")
    put(folder / UNITS, "guard_brigade", "elite", word)
    scenario = load(folder, set={"unit.bridge_guard.elite": word})
    elite = {unit.id: unit.elite for unit in scenario.file.unit}
    assert elite["guard_brigade"] is elite["bridge_guard"] is stands_for
