"""Whatever a file holds, it ends in a sound scenario or in problems; never in anything else."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.scenario import ScenarioError, load, resolve
from sim.scenario.lines import toml_lines
from sim.scenario.read import read
from tests.scenario_files import BASE, LINKS, OUTCOMES, PLACES, UNITS, write_file, write_folder


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


BASE_LINES = BASE.splitlines(keepends=True)


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """The base scenario cut off, with bytes changed, or with lines moved, lost or doubled."""
    data = BASE.encode()
    match draw(st.sampled_from(["cut", "bytes", "lines", "words"])):
        case "cut":
            return data[: draw(st.integers(0, len(data)))]
        case "bytes":
            spot = draw(st.integers(0, len(data)))
            return data[:spot] + draw(st.binary(max_size=8)) + data[spot + draw(st.integers(0, 8)) :]
        case "lines":
            picks = draw(st.lists(st.integers(0, len(BASE_LINES) - 1), max_size=6))
            lines = list(BASE_LINES)
            for a, b in zip(picks, reversed(picks), strict=True):
                lines[a : a + 1] = draw(st.sampled_from([[], [BASE_LINES[b]], [BASE_LINES[a], BASE_LINES[b]]]))
            return "".join(lines).encode()
        case _:
            word = draw(st.sampled_from([w for w in BASE.split() if len(w) > 2]))
            new = draw(st.sampled_from(["nan", "-1", "{}", "[[1]]", "true", '""', "1e400", "0001-01-01"]))
            return BASE.replace(word, new, draw(st.integers(1, 3))).encode()


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=spoiled())
def test_no_text_causes_anything_but_problems(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "spoiled.toml"
    file.write_bytes(data)
    _loads_or_tells(file)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from([PLACES, LINKS, UNITS, OUTCOMES, "events.csv", "sources.toml"]),
    spot=st.floats(0, 1),
    gone=st.integers(0, 20),
    put_in=st.one_of(st.binary(max_size=6), st.sampled_from([b'"', b",", b"\n", b"\r", b"nan", b";", b"-"])),
)
def test_no_table_causes_anything_but_problems(
    name: str, spot: float, gone: int, put_in: bytes, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "base")
    data = (folder / name).read_bytes()
    at = int(spot * len(data))
    (folder / name).write_bytes(data[:at] + put_in + data[at + gone :])
    _loads_or_tells(folder)


def _plain(error: ScenarioError) -> bool:
    """Whether it says something of every problem, and in no case in pydantic's words."""
    return all(p.message and "input should" not in p.message.lower() for p in error.problems)


def _loads_or_tells(path: Path) -> None:
    started = time.perf_counter()
    try:
        resolve(load(path))
    except ScenarioError as error:
        assert _plain(error)  # noqa: PT017
        assert all(p.file.startswith(str(path)) for p in error.problems)  # noqa: PT017
    assert time.perf_counter() - started < 5
