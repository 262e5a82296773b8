"""Paths that lead nowhere and values of another kind end in problems, never in anything else; spoiled files are in
test_fuzzing.py."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sim.scenario import ScenarioError, load, resolve
from sim.scenario.lines import toml_lines
from sim.scenario.read import read
from tests.scenario_files import BASE, write_file


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("syria_2042", "(did you mean 'syria_2024'?)"),
        ("no/such/thing", "there is no such file, folder or scenario"),
        ("x" * 5000, "there is no such file"),
        ("a\0b", "there is no such file"),
        ("", "holds no scenario.toml"),
        (os.devnull, "is not a regular file"),
    ],
)
def test_a_path_that_leads_nowhere(name: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError) as caught:
        load(name)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = " + "[" * 5000 + "]" * 5000, "nested too deep"),
        ("x = " + "[" * 100 + "]" * 100, "nested too deep"),
        (".".join("a" * 5000) + " = 1", "nested too deep"),
        ("x = 1" + "0" * 5000, "is not valid TOML"),
        ("days = 1" + "0" * 400, "must be"),
        ("start = 06:00:00", "must be a date and time"),
        ("start = 9999-12-31T23:59:59-23:59\ndays = 3650", "is missing"),
        ("place = 5\nunit = {}\ntrigger = 'x'\ncontroller = []\nlink = [1]", "must be a table"),
        ("trigger = [{id = 1, type = [], account = {}}]", "no trigger type a list"),
        ("trigger = [{type = 'rally', account = [1, {changes = 1, weight = true}]}]", "is missing"),
        ("axis = [{id = 'a', men = 'x', route = [{places = [1]}]}]", "must be text"),
        ("format = 2", "must be 1"),
        ("unit = [{}]", "unit.1.id: is missing"),
    ],
)
def test_odd_values_are_problems_too(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(write_file(tmp_path / "odd.toml", text))
    assert says in str(caught.value)


ODD: list[object] = [
    {}, [], [[1]], {"a": {"b": 1}}, [{}], [{"name": []}], float("nan"), -1, 10**400, True, "", "a\0b",
    None, date(1, 1, 1), datetime(9999, 12, 31, 23, tzinfo=UTC), "1\n2",
]  # fmt: skip


@pytest.mark.parametrize("shift", range(3))
def test_no_odd_value_anywhere_causes_anything_but_problems(shift: int, tmp_path: Path) -> None:
    """Every value of the base scenario in turn, each time replaced by another odd one."""
    file = write_file(tmp_path / "base.toml")
    document = read(file)
    for number, path in enumerate(toml_lines(BASE)):
        try:
            resolve(load(file, set={document.dotted(path): ODD[(5 * number + shift) % len(ODD)]}))
        except ScenarioError as error:
            assert _plain(error)  # noqa: PT017 - a sound scenario is as good


def _plain(error: ScenarioError) -> bool:
    """Whether it says something of every problem, and in no case in pydantic's words."""
    return all(p.message and "input should" not in p.message.lower() for p in error.problems)
