"""The pages for instructors keep their word: links, cards and labels are there, commands run."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from sim.classroom.cards import CARDS
from tests.teaching_pages import (
    EVENTS_LIST,
    EXERCISES,
    GUIDE,
    HELD,
    PAGES,
    QUICK,
    ROOT,
    SCENARIOS,
    SLOW,
    TEACHING,
    code,
    table,
    works,
)
from tests.test_cli import ENVIRONMENT, ROUT

PAGE = ROOT / "sim" / "page" / "classroom"


# ---- what the pages name is there -------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_linked_pages_and_headings_exist(name: str) -> None:
    prose = re.sub(r"^ *```.*?^ *```", "", PAGES[name], flags=re.MULTILINE | re.DOTALL)
    for target, heading in re.findall(r"\]\(([^)#:]*)#?([^)]*)\)", prose):
        linked = TEACHING / target if target else TEACHING / f"{name}.md"
        assert linked.exists(), target
        titles = re.findall(r"^#+ (.*)", linked.read_text(encoding="utf-8") if heading else "", flags=re.MULTILINE)
        known = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]
        assert not heading or heading in known, heading


def test_the_index_names_every_page() -> None:
    assert [name for name in PAGES if name != "README" and f"({name}.md" not in PAGES["README"]] == []
    assert "(teaching/README.md)" in (ROOT / "docs" / "README.md").read_text(encoding="utf-8")


def test_the_brief_names_the_cards_of_each_team() -> None:
    rows = {name: cards for name, _, cards in table(PAGES["student-brief"], "Team | Who you are | Your cards")}
    for side, team in {"host": "Command", "patron": "Patrons", "attacker": "Attackers"}.items():
        titles = sorted(card.title.lower() for card in CARDS.values() if card.side == side)
        told = re.sub(r"\(.*?\)", "", rows[team]).split(",")
        assert sorted(each.strip() for each in told) == titles


def test_the_slip_asks_what_the_page_asks() -> None:
    asked = (PAGE / "forecast.js").read_text(encoding="utf-8")
    slips = code(PAGES["forecast-slip"], "text")[0].split("- - -\n")
    words = re.findall(
        r'"(\d+ in 100)"|" (broken by)"|"(The last [^"]*)"|value: "\w+" \}, "([^"]*)"|reasonField\("([^"]*)"', asked
    )
    words = ["".join(each) for each in words] + re.findall(r"`(Of 100 runs[^`]*)`", asked)
    assert len(words) >= 8
    assert len(slips) == 4
    assert [(each, n) for n, slip in enumerate(slips) for each in words if each not in slip] == []


def test_the_labels_that_the_guide_has_clicked_are_on_the_page() -> None:
    page = "".join(path.read_text(encoding="utf-8") for path in [*PAGE.glob("*.js"), *PAGE.parent.glob("*.js")])
    labels = [
        "Begin the class", "Next turn", "Reveal …", "Undo …", "Inject …", "Stop …", "Override …", "Inject it",
        "Save the report", "Save the log", "Save the set-up", "Add a team", "Remove", "Keep it for later …",
        "Put on the projector", "On day", "Headline in the news, if not its own", "Who saw it coming", "off by",
        "expected", "Connection lost.", "How lucky were we?", "What the class changed", "Why did this unit break?",
        "Set-up", "Inject", "Plan", "Scenario", "Units", "What if",
    ]  # fmt: skip
    assert [label for label in labels if label not in page] == []
    assert [label for label in labels if label not in GUIDE + EVENTS_LIST] == []


def spans(heading: str) -> list[tuple[int, int]]:
    """(from, to) in minutes of the rows of a plan."""
    plan = GUIDE.partition(f"## {heading}")[2].partition("\n## ")[0]
    found = re.findall(r"^\| (\d+):(\d\d)–(\d+):(\d\d) \|", plan, flags=re.MULTILINE)
    return [(60 * int(a) + int(b), 60 * int(c) + int(d)) for a, b, c, d in found]


@pytest.mark.parametrize(("heading", "length"), [("The 50-minute plan", 50), ("The three-hour plan", 180)])
def test_a_plan_fills_its_time(heading: str, length: int) -> None:
    rows = spans(heading)
    assert (rows[0][0], rows[-1][1]) == (0, length)
    assert [end for _, end in rows[:-1]] == [begin for begin, _ in rows[1:]]


def test_the_exercises_take_the_time_they_are_listed_with() -> None:
    listed = [int(row[3]) for row in table(PAGES["exercises"], " | Exercise | Aim | Minutes | Needs".strip())]
    steps = [sum(map(int, re.findall(r"^\d\. \((\d+) min\)", each, flags=re.MULTILINE))) for each in EXERCISES[1:]]
    assert steps == listed


# ---- what the pages let run -------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder as the pages suppose it."""
    (tmp_path / "scenarios").symlink_to(SCENARIOS)
    (tmp_path / "quarry.toml").write_bytes((TEACHING / "quarry.toml").read_bytes())
    return tmp_path


def test_there_are_commands() -> None:
    assert len(QUICK) > 12
    assert len(SLOW) >= 6
    assert len(HELD) == 3


@pytest.mark.parametrize("command", QUICK)
def test_a_quick_command_works(command: str, desk: Path) -> None:
    works(command, desk)


@pytest.mark.slow
@pytest.mark.parametrize("command", SLOW)
def test_a_command_works(command: str, desk: Path) -> None:
    works(command, desk)


def held(command: str, desk: Path, new: bool) -> tuple[list[str], bytes]:
    """What it says when it is ready, and the exported log."""
    words = [*ROUT, *shlex.split(command)[1:], "--port", "0", *(["--runs", "20"] if new else [])]
    with subprocess.Popen(words, cwd=desk, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = [process.stdout.readline() for _ in range(6)]
        port, token = re.search(r":(\d+)/#(\S+)", said[1]).groups()  # type: ignore[union-attr]
        log = httpx.get(
            f"http://127.0.0.1:{port}/api/export", headers={"authorization": f"Bearer {token}"}, trust_env=False
        ).raise_for_status()
        process.send_signal(signal.SIGINT)
        process.wait(20)
    return said, log.content


@pytest.mark.slow
def test_classes_can_be_held_as_the_guide_says(desk: Path) -> None:
    """Begun, gone on with, and taken up from a saved log; what is said has the lines that the guide shows."""
    begin, resume, take_up = HELD
    said, log = held(begin, desk, new=True)
    shown = next(each for each in code(GUIDE, "text") if each.startswith("Class "))
    assert [line.split(" ")[0] for line in said] == [line.split(" ")[0] for line in shown.splitlines()]
    assert said[-1] == shown.splitlines(keepends=True)[-1]
    (desk / "teaching_supply-class.jsonl").write_bytes(log)
    assert held(resume, desk, new=False)[0][1].rpartition("#")[2] == said[1].rpartition("#")[2]
    assert held(take_up, desk, new=False)[1] == log
