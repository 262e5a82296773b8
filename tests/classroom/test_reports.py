"""The report of a class that is being held: for the umpire, once it is revealed; the same bytes for the same log."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sim.classroom import reports
from sim.classroom.case import Case
from sim.classroom.log import LogError, bring_in
from sim.classroom.report import entries_of, page
from sim.classroom.room import Room
from sim.classroom.session import opening
from tests.classroom.conftest import RALLY, RUN, RUNS, SEED, TEAMS, TURN, Caller, Callers, supply
from tests.classroom.test_serve import FEW, join, served


@pytest.fixture(scope="module")
def begun() -> dict[str, Any]:
    """Over three days: a report is made soon."""
    case = Case.of(supply(), 3.0)
    return opening(case, seed=SEED, runs=RUNS, run=RUN, turn_hours=TURN, teams=TEAMS)


def test_after_the_reveal_the_umpire_gets_the_report(
    callers: Callers, room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def counted(*words: Any, **more: Any) -> bytes:
        made.append(more["names"])
        return page(*words, **more)

    monkeypatch.setattr(reports, "page", counted)
    umpire = callers.umpire
    umpire.act("begin")
    callers.host.act("play", event=RALLY, reason="</script><script>alert('we try')</script>")
    refused = umpire.http.get("/api/report")
    assert (refused.status_code, refused.json()["error"]) == (403, "report is not for the umpire before the reveal")
    umpire.act("reveal")
    with ThreadPoolExecutor(3) as asking:  # at once: it is made once
        answers = list(asking.map(lambda _: umpire.http.get("/api/report"), range(3)))
    assert made == [False]
    first = answers[0]
    assert {each.content for each in answers} == {first.content}
    assert first.headers["content-disposition"] == 'attachment; filename="report.html"'
    assert first.headers["content-type"].startswith("text/html")
    assert first.content.count(b"</script>") == 2
    assert b"Ada" not in first.content

    exported = umpire.http.get("/api/export").content
    (tmp_path / "class.jsonl").write_bytes(exported)
    bring_in(tmp_path / "class.jsonl", tmp_path / "b.class").close()
    assert page(entries_of(tmp_path / "b.class"), kernel="numpy") == first.content, "the same from a copy elsewhere"

    assert b"Ada" in umpire.http.get("/api/report?names").content
    fork = umpire.act("fork", name="nothing")
    umpire.act("project", fork=fork)
    later = umpire.http.get("/api/report").content
    assert later != first.content, "of the log as it is now"
    assert made == [False, True, False]


@pytest.mark.slow
def test_killed_and_started_again_it_gives_the_same_report(tmp_path: Path) -> None:
    words = ("--port", "0", "--kernel", "numpy", "--class", "a.class", "--set", "step_hours=6")
    with served(tmp_path, *FEW, "--days", "3", "--class", "a.class") as server:
        umpire, ada = Caller(server.base, server.umpire), join(server, "Ada")
        umpire.act("begin")
        ada.act("play", event=RALLY, reason="hold the suburb")
        umpire.act("stop", trigger="road_cut", reason="it rains")
        umpire.act("reveal")
        before = umpire.http.get("/api/report", timeout=300).content
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(timeout=10)
    with served(tmp_path, *words) as server:
        again = Caller(server.base, server.umpire).http.get("/api/report", timeout=300).content
    assert again == before
    assert page(entries_of(tmp_path / "a.class"), kernel="numpy") == before


def test_the_file_of_a_class_that_is_being_held_is_in_use(room: Room) -> None:
    with pytest.raises(LogError, match="in use by another process"):
        entries_of(room.log.path)
