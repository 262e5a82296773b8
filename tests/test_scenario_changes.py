"""What is wrong with the changes asked for on the command line is named at its flag."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scenario_files import problems, write_file, write_folder

SYRIA = Path(__file__).parents[1] / "scenarios" / "syria_2024"

CHANGES: dict[str, tuple[dict[str, object], tuple[str, str, str, str]]] = {
    "trigger": (
        {"set": {"trigger.general_shoot.probability": "0.3"}},
        ("--set", "trigger.general_shoot.probability", "no trigger 'general_shoot'", "general_shot"),
    ),
    "field": (
        {"set": {"trigger.general_shot.probabilty": "0.3"}},
        ("--set", "trigger.general_shot.probabilty", "has no such field", "probability"),
    ),
    "value": (
        {"set": {"unit.guard_brigade.men_low": "few"}},
        ("--set", "unit.guard_brigade.men_low", "must be a number [men], not 'few'", ""),
    ),
    "name in a value": (
        {"set": {"unit.guard_brigade.place": "BRIGDE"}},
        ("--set", "unit.guard_brigade.place", "no place 'BRIGDE'", "BRIDGE"),
    ),
    "unit": ({"set": {"unit.guard.elite": True}}, ("--set", "unit.guard.elite", "no unit 'guard'", "")),
    "patron": (
        {"set": {"patron.westlnd.trust": 0.1}},
        ("--set", "patron.westlnd.trust", "no patron 'westlnd'", "westland"),
    ),
    "account in a path": (
        {"set": {"trigger.general_shot.account.betrayl.weight": 1}},
        ("--set", "trigger.general_shot.account.betrayl.weight", "no account 'betrayl'", "betrayal"),
    ),
    "below a number": (
        {"set": {"unit.guard_brigade.quality.more": 1}},
        ("--set", "unit.guard_brigade.quality.more", "no quality 'more'", ""),
    ),
    "whole row": ({"set": {"unit.guard_brigade": 1}}, ("--set", "unit.guard_brigade", "a whole table", "")),
    "table": (
        {"set": {"units.guard_brigade.elite": 1}},
        ("--set", "units.guard_brigade.elite", "no table", "unit"),
    ),
    "all of a table": ({"set": {"unit": 1}}, ("--set", "unit", "is a whole table", "")),
    "no text at all": ({"set": {"title": "\udcff"}}, ("--set", "title", "is not UTF-8 text", "")),
    "what stays": ({"set": {"start": "5"}}, ("--set", "start", "What can be set: days, step_hours,", "")),
    "the name": ({"set": {"name": "other"}}, ("--set", "name", "stays as the scenario has it", "")),
    "what the whole scenario rests on": ({"set": {"days": "-1"}}, ("--set", "days", "must be above 0", "")),
    "large number": (
        {"set": {"unit.guard_brigade.men_low": "1e9"}},
        ("--set", "unit.guard_brigade.men_low", "must be at most 10000000 [men], not 1000000000", ""),
    ),
    "setting": ({"set": {"dais": 3}}, ("--set", "dais", "no such setting or parameter", "days")),
    "parameter": (
        {"set": {"parameter.exit_rat": 1}},
        ("--set", "parameters.exit_rat", "no such parameter", "exit_rate"),
    ),
    "bounds of a parameter": (
        {"set": {"exit_rate": -1}},
        ("--set", "parameters.exit_rate", "must lie between", ""),
    ),
    "parameter that is a table": (
        {"set": {"parameter.exit_rate": "{a = 1}"}},
        ("--set", "parameters.exit_rate", "must be a number, not a table", ""),
    ),
    "without": (
        {"without": ["ally_withdrawl"]},
        ("--without", "ally_withdrawl", "no trigger has this id or type", "ally_withdrawal"),
    ),
    "account": (
        {"account": {"general_shot": "enemies"}},
        ("--account", "general_shot", "no account 'enemies'; it has betrayal, enemy_raid", ""),
    ),
    "half a word of an account": (
        {"account": {"general_shot": "enem"}},
        ("--account", "general_shot", "no account 'enem'", ""),
    ),
    "account of a trigger without": (
        {"account": {"legion_leaves": "any"}},
        ("--account", "legion_leaves", "it has none", ""),
    ),
    "account of what is switched off": (
        {"without": ["general_shot"], "account": {"general_shot": "betrayal"}},
        ("--account", "general_shot", "no effect beside --without general_shot", ""),
    ),
    "field of what is switched off with its type": (
        {"without": ["leader_killed"], "set": {"trigger.general_shot.probability": 0.3}},
        ("--set", "trigger.general_shot.probability", "no effect beside --without leader_killed", ""),
    ),
    "number in per cent": (
        {"set": {"trigger.general_shot.probability": "30%"}},
        ("--set", "trigger.general_shot.probability", "must be a number, not '30%'; 30 % is 0.3", ""),
    ),
    "account of no trigger": (
        {"account": {"legion_leave": "any"}},
        ("--account", "legion_leave", "no such trigger", "legion_leaves"),
    ),
}


@pytest.mark.parametrize("form", [write_file, write_folder])
@pytest.mark.parametrize(("changes", "told"), CHANGES.values(), ids=list(CHANGES))
def test_a_wrong_change_is_named_at_its_flag(
    form: Callable[[Path], Path],
    changes: dict[str, object],
    told: tuple[str, str, str, str],
    tmp_path: Path,
) -> None:
    (problem,) = problems(form(tmp_path / "base.toml"), **changes)
    flag, field, says, near = told
    assert (problem.file, problem.line, problem.field, problem.nearest) == (flag, 0, field, near)
    assert says in problem.message


def test_problems_of_the_file_are_told_beside_those_of_a_change(tmp_path: Path) -> None:
    file = write_file(tmp_path / "base.toml")
    file.write_text(file.read_text("utf-8").replace('place = "BRIDGE"', 'place = "BRIGDE"', 1), encoding="utf-8")
    alone, both = list(problems(file)), problems(file, set={"start": 5})
    assert len(alone) == 1
    assert [problem for problem in both if problem.file != "--set"] == alone
    assert [problem.field for problem in both if problem.file == "--set"] == ["start"]


def test_a_change_that_does_not_fit_is_told_where_it_does_not(tmp_path: Path) -> None:
    """A few places one by one; of many, how many and the first."""
    few = problems(write_file(tmp_path / "base.toml"), set={"days": 1})
    assert [(problem.field, problem.line > 0) for problem in few] == [
        ("trigger.general_shot.at", True),
        ("trigger.legion_leaves.window", True),
    ]
    (many,) = problems(SYRIA, set={"days": 3})
    assert (many.file, many.field) == ("--set", "days")
    assert re.search(r"in \d+ places\. The first: .*scenario\.toml:\d+: trigger\.", many.message)
