"""The teaching scenarios show what their notes say, and every command in the notes works."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from sim.ensemble import outcomes
from sim.plan import make_plan
from sim.scenario import cases, load, resolve
from tests.test_cli import rout
from tests.test_readme import commands

ROOT = Path(__file__).parent.parent
FOLDERS = sorted((ROOT / "scenarios").glob("teaching_*"))
RUNS = 120
FIRST = 3
"""Rows of each table that are seen to every day; the others take their time."""
MARGIN = 13
"""Of 100: three standard errors of a share from 120 runs, the notes' own error included, at its widest."""


class Row(NamedTuple):
    """A row of a table of expectations: options, and how many of 100 runs collapse by a day."""

    folder: Path
    options: str
    day: float
    expected: float

    def __str__(self) -> str:
        return f"{self.folder.name}: {self.options or 'as it is'}"


def notes(folder: Path) -> str:
    return (folder / "NOTES.md").read_text(encoding="utf-8")


def rows(folder: Path) -> list[Row]:
    head, *lines = [line for line in notes(folder).splitlines() if line.startswith("|")]
    day = float(re.findall(r"by day (\d+), of 100", head)[0])
    cells = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines[1:]]
    return [Row(folder, options, day, float(share)) for _, options, share in cells]


ROWS = [row for folder in FOLDERS for row in rows(folder)]


def collapsed(scenario: Path, options: str, day: float) -> float:
    """Of 100 runs, how many collapse by a day with these options of `rout run`."""
    words = shlex.split(options)
    pairs = list(zip(words[::2], words[1::2], strict=True))
    resolved = resolve(
        load(
            scenario,
            set=dict(value.split("=", 1) for flag, value in pairs if flag == "--set"),
            without=[value for flag, value in pairs if flag == "--without"],
            account=dict(value.split("=", 1) for flag, value in pairs if flag == "--account"),
        )
    )
    hours = outcomes(make_plan(resolved), runs=RUNS, kernel="numpy", columns=["collapse_hour"])["collapse_hour"]
    return 100 * float(np.mean(hours <= 24 * day))


def test_there_are_three_and_they_are_listed() -> None:
    listed = {case.name: case for case in cases(ROOT / "scenarios")}
    assert len(FOLDERS) == 3
    for folder in FOLDERS:
        assert listed[folder.name].title.startswith("Teaching: ")
        assert 10 <= listed[folder.name].units <= 20


def as_the_notes_say(row: Row) -> None:
    assert collapsed(row.folder, row.options, row.day) == pytest.approx(row.expected, abs=MARGIN)


@pytest.mark.parametrize("row", [row for folder in FOLDERS for row in rows(folder)[:FIRST]], ids=str)
def test_what_the_notes_expect_is_seen(row: Row) -> None:
    as_the_notes_say(row)


@pytest.mark.slow
@pytest.mark.parametrize("row", [row for folder in FOLDERS for row in rows(folder)[FIRST:]], ids=str)
def test_what_else_the_notes_expect_is_seen(row: Row) -> None:
    as_the_notes_say(row)


def test_the_idea_stands_out() -> None:
    """In each, one change turns nearly certain collapse into nearly certain survival."""
    for folder in FOLDERS:
        shares = [row.expected for row in ROWS if row.folder == folder]
        assert max(shares) > 90
        assert min(shares) < 20


def test_the_same_average_loyalty_holds() -> None:
    folder = ROOT / "scenarios" / "teaching_thresholds"
    stair, even = (resolve(load(path)) for path in (folder, folder / "even.toml"))
    means = [sum(unit.loyalty for unit in each.units) / len(each.units) for each in (stair, even)]
    assert means[0] == pytest.approx(means[1])
    assert [trigger.model_dump() for trigger in stair.triggers] == [trigger.model_dump() for trigger in even.triggers]
    assert stair.parameters == even.parameters
    assert collapsed(folder / "even.toml", "", 6) < MARGIN


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_notes_have_what_a_teacher_needs(folder: Path) -> None:
    headings = re.findall(r"^## (.*)", notes(folder), flags=re.MULTILINE)
    assert headings == ["The idea", "What to expect", "What to try", "Questions", "Limits"]
    assert len(notes(folder).splitlines()) < 90


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_command_of_the_notes_works(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    found = commands(notes(folder))
    assert len(found) >= 5
    for command in found:
        _, *words = shlex.split(re.sub(r"--runs \d+", "--runs 20", command))
        drawn = [] if words[0] == "show" else ["--no-figures", "--quiet"]
        done = rout(*words, *drawn, cwd=tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
