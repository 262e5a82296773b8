"""Every broken scenario in tests/invalid is told what is wrong with it: all of it, where, and nothing else."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from sim.scenario import Problem, ScenarioError, load, resolve
from sim.triggers import REGISTRY
from tests.test_cli import rout

HERE = Path(__file__).parent / "invalid"
CASES = sorted(path for path in HERE.iterdir() if path.is_dir() or path.suffix == ".toml")
SOUND = [case for case in CASES if case.stem.startswith("sound")]
BROKEN = [case for case in CASES if case not in SOUND]
WHOLE_FILE = {"latin_1", "utf_16", "semicolons_between_columns", "tabs_between_columns"}
"""Cases in which every line of one file differs from the sound one."""


class Expected(NamedTuple):
    """A problem that must be told; `says` is part of its message."""

    file: str
    line: int
    field: str
    says: str
    nearest: str


def expected(case: Path) -> list[Expected]:
    """What a case says of itself."""
    if case.is_dir():
        told = tomllib.loads((case / "expected.toml").read_text("utf-8"))["problem"]
        blank = {"line": 0, "field": "", "nearest": ""}
        return [Expected(**{**blank, **each}) for each in told]
    heads = re.findall(r"^# expected: (.*)$", case.read_text("utf-8"), flags=re.MULTILINE)
    form = re.compile(
        r"(?:line (?P<line>\d+): )?(?:(?P<field>[\w.-]+): )?(?P<says>.*?)(?: \(did you mean '(?P<near>.*)'\?\))?"
    )
    found = [form.fullmatch(head) for head in heads if head != "nothing"]
    return [Expected(".", int(m["line"] or 0), m["field"] or "", m["says"], m["near"] or "") for m in found if m]


def told(case: Path) -> list[Problem]:
    """What is wrong with a case, as `rout check` finds it."""
    try:
        resolve(load(case))
    except ScenarioError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.stem)
def test_exactly_what_is_wrong_is_told(case: Path) -> None:
    wanted = sorted(expected(case))
    found = sorted(
        Expected(Path(p.file).relative_to(case).as_posix(), p.line, p.field, p.message, p.nearest) for p in told(case)
    )
    assert wanted, "it does not say what to expect"
    assert [each[:3] for each in found] == [each[:3] for each in wanted], found
    for problem, want in zip(found, wanted, strict=True):
        assert want.says in problem.says
        assert problem.nearest == want.nearest


@pytest.mark.parametrize("case", SOUND, ids=lambda case: case.stem)
def test_what_only_looks_odd_is_sound(case: Path) -> None:
    assert expected(case) == []
    assert told(case) == []


def types_in(path: Path) -> Counter[str]:
    return Counter(re.findall(r'^type = "(\w+)"', path.read_text("utf-8"), flags=re.MULTILINE))


def test_the_collection_is_large_and_breaks_a_trigger_of_every_type() -> None:
    added = [types_in(case) - types_in(HERE / "sound.toml") for case in BROKEN if case.is_file()]
    assert len(BROKEN) >= 60
    assert set(REGISTRY) - {name for types in added for name in types} == set()


def lines(path: Path) -> list[bytes]:
    """The lines of a file, what it says of itself apart; none where there is no file."""
    text = path.read_bytes() if path.is_file() else b""
    return [line for line in text.splitlines() if line.strip() and not line.startswith(b"# expected")]


def changed(here: list[bytes], there: list[bytes]) -> int:
    """Lines of either that are not in the other."""
    return (Counter(here) - Counter(there)).total() + (Counter(there) - Counter(here)).total()


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.stem)
def test_it_is_a_small_change_of_a_sound_scenario(case: Path) -> None:
    """So that a reader sees what is wrong, and the answer can be about nothing else."""
    pairs = [(lines(case), lines(HERE / "sound.toml"))]
    if case.is_dir():
        sound = HERE / "sound"
        names = {path.relative_to(folder) for folder in (case, sound) for path in folder.rglob("*")}
        pairs = [(lines(case / name), lines(sound / name)) for name in sorted(names - {Path("expected.toml")})]
    unlike = [pair for pair in pairs if pair[0] != pair[1]]
    assert unlike
    moved = [(here, there) for here, there in unlike if here and there]  # neither taken away nor new
    assert sum(changed(here, there) for here, there in moved) <= 14 or case.name in WHOLE_FILE


@pytest.mark.parametrize("name", ["unknown_holder.toml", "a_fault_in_every_table", "scenario_missing", "latin_1"])
def test_the_command_says_the_same_and_ends_with_2(name: str, tmp_path: Path) -> None:
    case = HERE / name
    done = rout("check", str(case), cwd=tmp_path)
    problems = [str(problem) for problem in told(case)]
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[: len(problems)] == problems
    answer = json.loads(rout("check", str(case), "--json", cwd=tmp_path).stdout)
    assert [each["message"] for each in answer["problems"]] == [problem.message for problem in told(case)]
    assert list(tmp_path.iterdir()) == []
