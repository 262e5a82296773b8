"""What a class waits for is measured as a class waits for it. No test asserts a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sim.classroom import speed
from sim.classroom.live import Live
from sim.cli.benched import markdown_of_class
from sim.scenario import load
from tests.test_cli import refused, rout

SUPPLY = Path(__file__).parents[2] / "scenarios" / "teaching_supply"
NUMBERS = ("hour", "first_s", "effect_s", "picture_s", "ready_s")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[float, ...]]]:
    """Every question with the hours of what was played in it."""
    found: list[tuple[str, tuple[float, ...]]] = []
    ask = Live.ask

    def seen(self: Live, wish: Any, version: Any, *more: Any) -> Any:
        found.append((wish, tuple(event.hour for event in version.played)))
        return ask(self, wish, version, *more)

    monkeypatch.setattr(Live, "ask", seen)
    monkeypatch.setattr(speed, "SHARES", (0.1, 0.2))
    monkeypatch.setattr(speed, "TRIES", 2)
    return found


def test_every_inject_is_new_and_stands_on_what_was_played(asked: list[tuple[str, tuple[float, ...]]]) -> None:
    told = speed.waits(load(SUPPLY), runs=8, kernel="numpy")
    wishes = ["first", "effect", "picture"]
    assert asked == [
        *[(wish, (48.0,)) for wish in wishes], *[(wish, (48.25,)) for wish in wishes],
        *[(wish, (48.5, 96.0)) for wish in wishes], *[(wish, (48.5, 96.25)) for wish in wishes],
        ("breaks", (48.5, 96.5)),
    ]  # fmt: skip
    assert [turn["hour"] for turn in told["turns"]] == [48.0, 96.0]
    assert all(set(turn) == set(NUMBERS) for turn in told["turns"])
    assert all(turn[name] > 0 for turn in told["turns"] for name in NUMBERS if name != "ready_s")
    assert (told["scenario"], told["units"], told["runs"], told["first_runs"]) == ("teaching_supply", 14, 8, 8)
    text = markdown_of_class(told)
    assert "| hour | first picture | effect | whole picture | kept ready |\n| --- |" in text
    assert text.count("\n| 48 | ") == text.count("\n| 96 | ") == 1


@pytest.mark.slow
def test_the_command_measures_a_class(tmp_path: Path) -> None:
    assert rout("new", "case", cwd=tmp_path).returncode == 0
    case = tmp_path / "case.toml"
    case.write_text(case.read_text("utf-8").replace("\nstep_hours = 2", "\nstep_hours = 12"))
    words = ("bench", "case.toml", "--live", "--runs", "3", "--quiet")
    done = rout(*words, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told["turns"]) == len(speed.SHARES)
    page = (SUPPLY.parents[1] / "docs" / "classroom.md").read_text("utf-8")
    assert [name for name in told if f"`{name}`" not in page] == []
    assert [name for name in told["turns"][0] if f"`{name}`" not in page] == []
    done = rout(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert "first picture" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["case.toml"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--live", "--large"), "exclude each other"),
        (("--live", "--phases"), "does not go with it"),
        (("--live", "--kernel", "numpy"), "does not go with it"),
        (("--live", "--out", "there"), "does not go with it"),
        (("--live", "--units", "3"), "belongs to --large"),
        (("no_such_case", "--live"), "no such file, folder or scenario"),
    ],
)
def test_what_the_command_refuses(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    assert said in " ".join(refused(rout("bench", *words, cwd=tmp_path)).split())
