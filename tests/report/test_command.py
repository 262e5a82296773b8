"""`rout report`: what it writes, what it refuses, and how it is stopped."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest

import sim
from sim.cli.guard import INTERRUPTED
from sim.scenario import load, write_new
from tests.report import conftest
from tests.report.reading import data_of, row_of
from tests.test_cli import ENVIRONMENT, ROUT, process, refused, rout, tree

FEW = ("--runs", "6", "--days", "3", "--triggers", "general_shot", "--quiet")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a scenario in it."""
    write_new(tmp_path / "demo.toml")
    return tmp_path


def test_a_scenario_gives_one_file_and_the_command_that_makes_it_again(here: Path) -> None:
    done = rout("report", "demo.toml", *FEW, "--run", "2", cwd=here)
    assert done.returncode == 0, done.stderr
    file = here / "results" / "demo-report.html"
    assert list(tree(here)) == ["demo.toml", "results", "results/demo-report.html"]
    data = data_of(file)
    assert (data["case"]["runs"], data["case"]["seed"], data["case"]["run"]) == (6, 1, 2)
    assert [event["name"] for event in data["events"]] == ["general_shot"]

    again = next(line for line in done.stdout.splitlines() if line.startswith("Again")).removeprefix("Again").strip()
    assert again == data["provenance"]["command"]
    assert rout(*shlex.split(again)[1:], "--quiet", cwd=here).returncode == 0
    second = data_of(here / "results" / "demo-report-2.html")
    for part in ("table", "lived", "report", "events", "ground", "clock", "case"):
        assert second[part] == data[part], part


def test_a_result_gives_a_report_of_its_own_runs(here: Path) -> None:
    result = sim.run(load(here / "demo.toml"), runs=5, seed=9, days=3.0, out=here / "result", command="the command")
    done = rout("report", "result", "--triggers", "general_shot", "--quiet", cwd=here)
    assert done.returncode == 0, done.stderr
    data = data_of(here / "result" / "report.html")
    assert (data["case"]["runs"], data["case"]["seed"]) == (5, 9)
    assert "the command" in data["provenance"]["source"]
    assert data["provenance"]["scenario_sha256"] == result.provenance["scenario_sha256"]
    collapsed = result.outcomes()["collapse_hour"].notna().mean()
    assert row_of(data["table"], 1)["collapsed.share"][-1] == collapsed


def test_without_names_it_chooses_the_events(here: Path) -> None:
    done = rout("report", "demo.toml", "--runs", "4", "--days", "2", "--quiet", "--out", "page.html", cwd=here)
    assert done.returncode == 0, done.stderr
    data = data_of(here / "page.html")
    assert len(data["events"]) == 3
    assert data["table"]["rows"] == 8


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["no_such_case"], "no_such_case"),
        (["demo.toml", "--triggers", "general_shoot"], "did you mean 'general_shot'"),
        (["demo.toml", "--triggers", "general_shot,general_shot"], "named twice"),
        (["demo.toml", "--without", "general_shot", "--triggers", "general_shot"], "is switched off"),
        (["demo.toml", "--runs", "5", "--run", "5"], "there is no run 5: they are numbered from 0 to 4"),
        (["demo.toml", "--out", "page.txt"], "End it in .html"),
        (["demo.toml", "--out", "there.html"], "exists and is not overwritten"),
        (["demo.toml", "--out", "page.html", "--pdf"], "page.pdf exists and is not overwritten"),
        (["demo.toml", "--out", "there.html/page.html"], "there.html is a file, so nothing can lie in it"),
        (["demo.toml", "--kernel", "fast"], "--kernel"),
        (["sweep"], "no result of `rout run`"),
        (["result", "--days", "3"], "--days changes a scenario; result is a result"),
        (["unfinished"], "not a result folder"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(here: Path, words: list[str], message: str) -> None:
    for name in ("there.html", "page.pdf", "sweep/sweep.json", "unfinished/resolved.json"):
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_text("{}")
    sim.run(load(here / "demo.toml"), runs=2, days=1, out=here / "result")
    before = tree(here)
    assert message.lower() in " ".join(refused(rout("report", *words, cwd=here)).split()).lower()
    assert tree(here) == before


def test_more_than_ten_events_are_refused(here: Path) -> None:
    text = (here / "demo.toml").read_text(encoding="utf-8")
    start = text.index("[[trigger]]")
    first = text[start : text.index("[[trigger]]", start + 1)]
    more = "".join(first.replace("general_shot", f"shot_{n}") for n in range(10))
    (here / "demo.toml").write_text(text + "\n" + more, encoding="utf-8")
    names = ",".join(["general_shot", *(f"shot_{n}" for n in range(10))])
    assert "at most 10 events" in refused(rout("report", "demo.toml", "--triggers", names, cwd=here))


def test_pdf_without_a_browser_says_what_to_install(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    message = refused(rout("report", "demo.toml", *FEW, "--pdf", cwd=here))
    assert "apt install chromium" in message
    assert list(tree(here)) == ["demo.toml"]


def test_pdf(here: Path) -> None:
    from pypdf import PdfReader

    conftest.chromium()
    done = rout("report", "demo.toml", *FEW, "--out", "page.html", "--pdf", cwd=here)
    assert done.returncode == 0, done.stderr
    assert len(PdfReader(here / "page.pdf").pages) == 2
    assert list(tree(here)) == ["demo.toml", "page.html", "page.pdf"]


@pytest.mark.slow
def test_stopped_it_leaves_nothing(here: Path) -> None:
    words = ("report", "demo.toml", "--runs", "20000", "--kernel", "numpy", "--workers", "2")
    running = subprocess.Popen([*ROUT, *words], cwd=here, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    assert "8 combinations" in running.stderr.readline()
    time.sleep(1)
    os.kill(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == INTERRUPTED
    assert "Nothing is kept" in said
    assert "Traceback" not in said
    assert list(tree(here)) == ["demo.toml"]


@pytest.mark.slow
def test_as_a_process_it_says_how_far_it_is(here: Path) -> None:
    done = process("report", "demo.toml", "--runs", "30", "--days", "4", cwd=here)
    assert done.returncode == 0
    assert "3 events, 8 combinations of them\n30 runs of each of 8 versions: 240 runs, a few seconds\n" in done.stderr
    assert done.stdout.startswith("Report       results/demo-report.html (0.1 MB, made in ")
