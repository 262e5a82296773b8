"""Hostile files: whatever a scenario holds, `rout` answers soon, in little memory, in plain words, and in no signs
that a terminal would obey."""

from __future__ import annotations

import os
import random
import re
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.scenario import ScenarioError, load, resolve
from sim.scenario.read import MOST_ROWS
from sim.scenario.signs import HIDDEN
from tests.scenario_files import BASE
from tests.test_cli import ENVIRONMENT, ROUT, rout

INVALID = Path(__file__).parent / "invalid"
FOLDER = INVALID / "sound"
TOML = (INVALID / "sound.toml").read_bytes()
SOUND = TOML.decode()
LARGE = BASE.encode()
"""Another sound file, with every table of the schema and triggers of many types."""
FILES = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.name != "expected.toml"}

EVENTS = b"id,when,what,use,into,source\nE1,2 May,the commander is shot,left_out,a rumour,gazette\n"

SECONDS = 5
"""Of the processor, for any input."""
MEMORY = 500 * 2**20
"""Address space of the whole process [bytes]."""
LONGEST_LINE = 1_500
"""Of an answer [characters]."""

HOSTILE = [
    b"\x1b[2J\x1b]0;owned\x07", b"\xc2\x9b31m", b"\\u001b[31m", b"\xe2\x80\xae", b"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
    b"../../../etc/passwd", b"\x00", b"\xff\xfe", b"\xe9", b"\xf0\x9f\x92\xa5", b"x" * 5000, b"{}" * 50, b"[" * 200,
    b"a." * 200, b'"', b"'''", b'"""', b"\r", b"\n", b",", b";", b"=", b"#", b"nan", b"inf", b"-1", b"1e400",
    b"9" * 400, b"0001-01-01", b"9999-12-31T23:59:59-23:59", b"true", b"%s%n{0}", b"<script>", b"[bold]", b"`id`",
]  # fmt: skip
"""What a mischievous author may write anywhere."""


def spoil(data: bytes, dice: random.Random) -> bytes:
    """A file cut off, flipped, shuffled, doubled, in another encoding, or with something hostile in it."""
    for _ in range(dice.choice([1, 1, 1, 2, 5])):
        lines = data.splitlines(keepends=True) or [b""]
        at, line = dice.randrange(len(data) + 1), dice.randrange(len(lines))
        match dice.randrange(10):
            case 0:
                data = data[:at]
            case 1:
                data = data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
            case 2:
                data = data[:at] + dice.choice(HOSTILE) + data[at + dice.choice([0, 1, 8]) :]
            case 3:
                words = list(re.finditer(rb"[\w.-]+", data)) or [re.match(b"", data)]
                word = dice.choice(words)
                assert word is not None
                data = data[: word.start()] + dice.choice(HOSTILE) + data[word.end() :]
            case 4:
                dice.shuffle(lines)
                data = b"".join(lines)
            case 5:
                data = b"".join([*lines[:line], *lines[line : line + 1] * dice.choice([0, 2, 50]), *lines[line + 1 :]])
            case 6:
                other = dice.choice(["utf-16", "utf-16-le", "utf-32", "latin-1", "cp037", "utf-8-sig"])
                data = data.decode("utf-8", "replace").encode(other, "replace")
            case 7:
                data = data.replace(b"\n", dice.choice([b"\r\n", b"\r", b"\n\n", b""]))
            case 8:
                other_line = dice.randrange(len(lines))
                lines[line], lines[other_line] = lines[other_line], lines[line]
                data = b"".join(lines)
            case _:
                data = data[at:] + data[:at]
    return data


def answer(path: Path) -> list[str]:
    """The lines that `rout check` would print about a scenario: none where it is sound.

    Nothing but a `ScenarioError` may come of it, soon, of this path, nor a line that is long, empty or obeyed by a
    terminal.
    """
    started = time.perf_counter()
    try:
        scenario = resolve(load(path))
    except ScenarioError as error:
        assert time.perf_counter() - started < SECONDS
        assert all(problem.file.startswith(str(path)) for problem in error.problems)  # noqa: PT017
        lines = [str(problem) for problem in error.problems]
        assert lines
        assert [line for line in lines if not line.strip() or len(line) > LONGEST_LINE or HIDDEN.search(line)] == []
        assert [line for line in lines if "input should" in line.lower()] == []  # pydantic's own words
        return lines
    assert not HIDDEN.search(scenario.model_dump_json())
    return []


def mangled(seed: int, folder: Path) -> Path:
    """A spoiled scenario: a file or, as often, a folder of which one or several files are spoiled."""
    dice = random.Random(seed)
    if dice.random() < 0.5:
        (folder / "one.toml").write_bytes(spoil(dice.choice([TOML, LARGE]), dice))
        return folder / "one.toml"
    spoiled = set(dice.choices([*sorted(FILES), "events.csv"], k=dice.choice([1, 1, 3])))
    (folder / "case").mkdir(exist_ok=True)
    for name, data in (FILES | {"events.csv": EVENTS}).items():
        (folder / "case" / name).write_bytes(spoil(data, dice) if name in spoiled else data)
    return folder / "case"


FUZZ = {"suppress_health_check": [HealthCheck.function_scoped_fixture]}


@settings(max_examples=250, **FUZZ)
@given(seed=st.integers(0, 2**32))
def test_spoiled_files_are_answered(seed: int, tmp_path: Path) -> None:
    answer(mangled(seed, tmp_path))


@pytest.mark.slow
@settings(max_examples=600, **FUZZ)
@given(seed=st.integers(0, 2**32))
def test_many_spoiled_files_are_answered(seed: int, tmp_path: Path) -> None:
    answer(mangled(seed, tmp_path))


@pytest.mark.parametrize("step", [23, pytest.param(3, marks=pytest.mark.slow)])
def test_a_file_may_end_anywhere(step: int, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "case")
    for name in ("units.csv", "places.csv", "sources.toml"):
        for end in range(0, len(FILES[name]), step):
            (tmp_path / "case" / name).write_bytes(FILES[name][:end])
            answer(tmp_path / "case")
        (tmp_path / "case" / name).write_bytes(FILES[name])
    for end in range(0, len(TOML), step):
        (tmp_path / "one.toml").write_bytes(TOML[:end])
        answer(tmp_path / "one.toml")
    assert answer(tmp_path / "case") == []


@pytest.mark.parametrize("name", sorted(set(FILES) - {"scenario.toml", "sources.toml"}))
def test_the_order_of_rows_means_nothing(name: str, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "case")
    before = resolve(load(FOLDER))
    header, *rows = FILES[name].splitlines(keepends=True)
    for turn in range(len(rows)):
        (tmp_path / "case" / name).write_bytes(b"".join([header, *rows[turn:], *rows[:turn]]))
        assert resolve(load(tmp_path / "case")) == before


# what is no file, or leads elsewhere


def _symlink_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def _symlinks_in_a_ring(path: Path) -> None:
    path.symlink_to("ring.txt")
    path.with_name("ring.txt").symlink_to(path.name)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # the whole path may be too long for a socket
    socket.socket(socket.AF_UNIX).bind(path.name)
    os.chdir(here)


ODD_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link to itself": (_symlink_to_itself, "symbolic links"),
    "links in a ring": (_symlinks_in_a_ring, "symbolic links"),
    "a link to nowhere": (lambda path: path.symlink_to("gone.csv"), "there is no such file"),
    "a pipe": (_pipe, "is not a regular file"),
    "a socket": (_socket, "is not a regular file"),
    "an endless device": (lambda path: path.symlink_to("/dev/zero"), "is not a regular file"),
    "a folder": (Path.mkdir, "is not a regular file"),
}


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("name", ["scenario.toml", "units.csv", "outcomes.csv", "sources.toml"])
@pytest.mark.parametrize("odd", ODD_FILES)
def test_what_is_no_file_is_not_read(odd: str, name: str, tmp_path: Path) -> None:
    make, says = ODD_FILES[odd]
    shutil.copytree(FOLDER, tmp_path / "case")
    (tmp_path / "case" / name).unlink()
    make(tmp_path / "case" / name)
    (line,) = answer(tmp_path / "case")
    assert line.startswith(str(tmp_path / "case" / name))
    assert says in line


# what a terminal would obey


OBEYED = "\x1b[2J\x1b]0;owned\x07\x9b31m\x08\x08\r\x7f\u202edog\u2069"
"""Clears the screen, names the window, colours, goes back, writes from right to left."""


def test_no_sign_in_a_file_moves_a_terminal(tmp_path: Path) -> None:
    """Wherever it stands: in values, names of fields and tables, cells, headers, names of files and folders."""
    escaped = "".join(f"\\u{ord(sign):04X}" for sign in OBEYED)
    folder = tmp_path / "scenarios" / f"case {OBEYED}"
    shutil.copytree(FOLDER, folder)
    table = FILES["units.csv"].decode()
    (folder / "units.csv").write_text(table.replace("Garrison", f'"{OBEYED}"').replace("elite", f'"{OBEYED}"'))
    for number, (old, new) in enumerate(
        [
            ('"The cape"', f'"{escaped}"'),
            ("[patron.isle]", f'[patron."{escaped}"]'),
            ('place = "FORT"', f'place = "{escaped}"'),
            ("collapse_share =", f'"{escaped}" ='),
            ('type = "ally_withdrawal"', f'type = "{escaped}"'),
        ]
    ):
        assert SOUND.count(old) == 1
        (tmp_path / "scenarios" / f"{number}.toml").write_text(SOUND.replace(old, new))
    checks = [["check", str(path)] for path in sorted((tmp_path / "scenarios").iterdir())]
    for words in (["cases"], ["cases", "--json"], *checks):
        done = rout(*words, cwd=tmp_path)
        assert done.returncode == (0 if words[0] == "cases" else 2)
        assert not HIDDEN.search(done.stdout + done.stderr), words


@pytest.mark.parametrize(
    "change",
    [
        {"set": {"trigger.general_shot." + "a." * 50_000: 1}},
        {"set": {"title": "a = " + "[" * 50_000}},
        {"set": {"days": "{" + "a." * 50_000 + "a = 1}"}},
        {"set": {OBEYED: OBEYED, f"unit.{OBEYED}.name": 1, "unit.guard.name": OBEYED}},
        {"without": [OBEYED], "account": {OBEYED: "x", "general_shot": OBEYED}},
    ],
    ids=["a deep path", "a deep text", "a deep value", "signs", "names"],
)
def test_hostile_changes_are_answered(change: dict[str, Any]) -> None:
    """Deep ones in a fraction of a second: they would take minutes if all of their depth were walked."""
    with pytest.raises(ScenarioError) as caught:
        load(INVALID / "sound.toml", **change)
    assert not HIDDEN.search(str(caught.value))
    assert max(map(len, str(caught.value).splitlines())) <= LONGEST_LINE


def test_names_in_other_scripts_are_welcome(tmp_path: Path) -> None:
    """Right to left, with the marks and joiners that they need."""
    text = TOML.decode().replace(
        '"Harbour"', '"\u0628\u0646\u062f\u0631 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"'
    )
    (tmp_path / "one.toml").write_text(text.replace('"The cape"', '"שֵׁם \u200f岬 💥"'), encoding="utf-8")
    assert answer(tmp_path / "one.toml") == []


# size


def _with(**files: str) -> Callable[[Path], Path]:
    """A folder with these files in place of sound ones; a dot in a name is written as two underscores."""

    def make(folder: Path) -> Path:
        shutil.copytree(FOLDER, folder / "case")
        for name, text in files.items():
            (folder / "case" / name.replace("__", ".")).write_text(text)
        return folder / "case"

    return make


def _one(text: str, sound: str = "") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "one.toml").write_text(text + sound)
        return folder / "one.toml"

    return make


def _large(rows: int, more: str = "", place: str = "P", lat: str = "1") -> Callable[[Path], Path]:
    """A scenario of so many places on one road, each with a unit."""
    top = FILES["scenario.toml"].decode().replace('"HARBOUR"', '"P0"').replace('"GATE"', f'"P{rows - 1}"')
    places = "".join(f"P{i},Place,r,{lat},1,crown,{'no' if i else 'yes'}\n" for i in range(rows))
    units = "".join(f"u{i},Unit,staff,{place}{i},1,2\n" for i in range(rows))
    return _with(
        scenario__toml=top + more,
        places__csv="id,name,region,lat,lon,holder,supply_source\n" + places,
        links__csv="from,to,km\n" + "".join(f"P{i},P{i + 1},3\n" for i in range(rows - 1)),
        units__csv="id,name,formation,place,men_low,men_high\n" + units,
        outcomes__csv="place\nP1\n",
    )


def _trigger(number: int, fields: str, type: str = "rally") -> str:
    return f'[[trigger]]\nid = "t{number}"\ntype = "{type}"\ntitle = "x"\n{fields}\n'


MANY = MOST_ROWS - 1
TELLING = 'formation = "staff"\nvisibility = "national"\ntarget = { kinds = ["regular"], regions = ["r"] }'


class Huge(NamedTuple):
    """A scenario of unreasonable size, and a word that must stand in the first lines of the answer."""

    make: Callable[[Path], Path]
    says: str


HUGE = {
    "200,000 rows": Huge(_large(200_000), "more than 5,000 rows"),
    "a million columns": Huge(_with(units__csv=",".join(f"c{i}" for i in range(10**6))), "1,000,000 columns"),
    "keys without end": Huge(_one("a." * 400_000 + "a = 1"), "nested too deep"),
}
"""Those for every day."""
HUGE_SLOW = {
    "a TOML file of 10 MB": Huge(_one("#" * 10_000_000), "larger than 1 MB"),
    "lists in lists": Huge(_one("x = " + "[" * 400_000), "nested too deep"),
    "all rows that may be": Huge(_large(MANY), "OK"),
    "every name unknown": Huge(_large(MANY, place="Q"), "there is no place 'Q0'"),
    "every value wrong": Huge(_large(MANY, lat="x"), "must be a number"),
    "triggers times units": Huge(_large(MANY, "".join(_trigger(i, TELLING, "leader_killed") for i in range(99))), "OK"),
    "too many triggers times units": Huge(_large(MANY, "[[trigger]]\n" * 101), "at most 100 are read"),
    "a cell of 10 MB": Huge(_with(units__csv="id\n" + "x" * 10_000_000), "field larger"),
    "a quotation without end": Huge(_with(units__csv='id\n"' + "a\n" * 5_000_000), "field larger"),
    "lines without end": Huge(_with(units__csv="\n" * 19_000_000), "is empty"),
    "sources without end": Huge(
        _with(
            units__csv="id,name,formation,place,men_low,men_high,source\n"
            + f"a,A,staff,FORT,1,2,{'x ' * 60_000}\n" * 150
        ),
        "no source 'x'",
    ),
    "a title of 900 kB": Huge(_one(SOUND.replace("The cape", "x" * 900_000)), "OK"),
    "two long names alike": Huge(
        _one(
            SOUND.replace("march", "march" * 80_000).replace("lat = 10.2", f'rises = "{"marchx" * 60_000}", lat = 10.2')
        ),
        "there is no axis",
    ),
    "a name of 900 kB": Huge(_one(SOUND.replace('place = "FORT"', f'place = "{"F" * 900_000}"')), "there is no place"),
    "unknown keys": Huge(_one("".join(f"k{i} = 1\n" for i in range(80_000)), SOUND), "no such field"),
    "a long list": Huge(_one("x = [" + "1," * 400_000 + "]\n", SOUND), "400,000 rows"),
    "rows of nothing": Huge(_one("unit = [" + "{}," * 300_000 + "]"), "300,000 rows"),
    "command without end": Huge(
        _one(SOUND, "".join(f"[formation.f{i}]\nname = 'x'\nparent = 'f{i + 1}'\n" for i in range(4_990))),
        "under more than 50",
    ),
    "unknown parameters": Huge(
        _one(SOUND.replace("waver_rate = 0.003", "\n".join(f"waver_rat{i} = 1" for i in range(4_900)))),
        "no such parameter",
    ),
    "empty triggers": Huge(_one(SOUND, "[[trigger]]\n" * 80_000), "80,002 rows"),
    "accounts without end": Huge(
        _one(SOUND, _trigger(1, "account = [" + "{name = 'a', weight = 0}," * 30_000 + "]")), "at most 2,000 are read"
    ),
    "guards without end": Huge(
        _one(SOUND, _trigger(1, 'place = "GATE"\nguard = [' + "{fired = 'a'}," * 50_000 + "]")), "no trigger 'a'"
    ),
    "many rings": Huge(
        _one(SOUND, "".join(_trigger(i, f'place = "GATE"\nguard = [{{fired = "t{i ^ 1}"}}]') for i in range(1_900))),
        "a ring",
    ),
    "one large ring": Huge(
        _one(
            SOUND,
            "".join(_trigger(i, f'place = "GATE"\nguard = [{{fired = "t{(i + 1) % 1900}"}}]') for i in range(1_900)),
        ),
        "a ring",
    ),
    "targets without end": Huge(
        _one(SOUND, _trigger(1, 'place = "GATE"\ntarget = { units = [' + "'a'," * 200_000 + "] }")), "no unit 'a'"
    ),
    "changes without end": Huge(
        _one(SOUND.replace("changes = { ", "changes = {" + "".join(f"k{i} = 1, " for i in range(60_000)))),
        "no such field",
    ),
    "tables in tables": Huge(_one("[a.b.c.d.e]\n" + "[[a.b.c.d.e.f]]\n" * 50_000), "no such field"),
    "inline tables in tables": Huge(_one("x = " + "{a = " * 100_000), "nested too deep"),
    "a number of 900 kB": Huge(_one("days = " + "1" * 900_000), "a number is too long"),
    "a hexadecimal number of 900 kB": Huge(_one("days = 0x" + "f" * 900_000), "days"),
}


def limited(seconds: int = SECONDS) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def under_limits(huge: Huge, folder: Path) -> None:
    """Check a scenario in a process that may use little; its answer must be short enough to read from."""
    path = huge.make(folder)
    done: Any = subprocess.run(
        [*ROUT, "check", str(path)], env=ENVIRONMENT, capture_output=True, text=True, timeout=120, preexec_fn=limited
    )
    told = done.stdout + done.stderr
    assert done.returncode == (0 if huge.says == "OK" else 2), f"{done.returncode}: {told[-500:]}"
    assert huge.says in told
    assert "Traceback" not in told
    assert "fault in rout" not in told
    assert len(told.splitlines()) <= 3_100
    assert max(map(len, told.splitlines())) <= LONGEST_LINE


@pytest.mark.parametrize("huge", HUGE.values(), ids=list(HUGE))
def test_a_huge_scenario_is_answered_soon(huge: Huge, tmp_path: Path) -> None:
    under_limits(huge, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("huge", HUGE_SLOW.values(), ids=list(HUGE_SLOW))
def test_what_is_huge_in_other_ways_is_answered_soon(huge: Huge, tmp_path: Path) -> None:
    under_limits(huge, tmp_path)


@pytest.mark.parametrize("greedy", ["'x' * 2**30", "sum(range(10**12))"])
def test_the_limits_bite(greedy: str) -> None:
    """A process that takes more than it may is ended: otherwise the tests above would prove nothing."""
    done = subprocess.run(
        [sys.executable, "-c", greedy], capture_output=True, timeout=60, preexec_fn=lambda: limited(1)
    )
    assert done.returncode != 0
