"""`rout serve`: a real process that is killed goes on where it was; what cannot be done is refused."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sim.classroom.log import Log
from sim.cli.guard import INTERRUPTED
from tests.classroom.conftest import RALLY, SUPPLY, Caller
from tests.test_cli import ENVIRONMENT, ROUT, refused, rout, tree

FEW = ("--port", "0", "--runs", "20", "--kernel", "numpy", "--set", "step_hours=6")
WITHOUT = """
import sys
sys.modules["starlette"] = None
from sim.cli.guard import command
sys.argv[1:] = ["serve", sys.argv[1]]
command()
"""


class Served(NamedTuple):
    """A server in a process of its own, and what it printed."""

    process: subprocess.Popen[str]
    base: str
    umpire: str
    code: str


@contextmanager
def served(folder: Path, *words: str) -> Iterator[Served]:
    process = subprocess.Popen(
        [*ROUT, "serve", str(SUPPLY), *words], cwd=folder, env=ENVIRONMENT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    printed = ""
    while "Stop " not in printed:
        line = process.stdout.readline()
        assert line, process.stderr and process.stderr.read()
        printed += line
    found = re.search(r"Umpire +(http://[\d.:]+)/#(\S+)", printed)
    code = re.search(r"with the code (\w+)", printed)
    assert found
    assert code
    try:
        yield Served(process, found[1], found[2], code[1])
    finally:
        Caller.hang_up()
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def join(server: Served, name: str) -> Caller:
    answer = Caller(server.base).post("join", {"code": server.code, "name": name, "team": "host"})
    return Caller(server.base, answer.json()["token"])


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on(tmp_path: Path) -> None:
    with served(tmp_path, *FEW, "--class", "a.class") as server:
        umpire, ada = Caller(server.base, server.umpire), join(server, "Ada")
        umpire.act("begin")
        ada.act("play", event=RALLY, reason="hold the suburb")
        before, exported = ada.http.get("/api/state").content, umpire.http.get("/api/export").content
        token = ada.http.headers["authorization"].removeprefix("Bearer ")
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(timeout=10)
    words = ("--port", "0", "--kernel", "numpy", "--class", "a.class", "--set", "step_hours=6")
    with served(tmp_path, *words) as server:
        again = Caller(server.base, token)
        assert again.http.get("/api/state").content == before
        umpire = Caller(server.base, server.umpire)
        assert umpire.http.get("/api/export").content == exported
        server.process.send_signal(signal.SIGINT)
        _, said = server.process.communicate(timeout=20)
        assert server.process.returncode == INTERRUPTED
        assert "All that was done is kept in a.class" in said
        assert "Traceback" not in said
    log = Log.open(tmp_path / "a.class")
    assert log.export() == exported
    log.close()


@pytest.mark.slow
def test_an_exported_class_can_be_taken_elsewhere(tmp_path: Path) -> None:
    with served(tmp_path, *FEW) as server:
        umpire = Caller(server.base, server.umpire)
        umpire.act("begin")
        exported = umpire.http.get("/api/export").content
    assert (tmp_path / "results" / "teaching_supply.class").exists()
    (tmp_path / "class.jsonl").write_bytes(exported)
    words = ("--port", "0", "--kernel", "numpy", "--import", "class.jsonl", "--class", "b.class")
    with served(tmp_path, *words, "--set", "step_hours=6") as server:
        assert Caller(server.base, server.umpire).http.get("/api/export").content == exported


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(SUPPLY)],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs starlette" in done.stderr
    assert "pip install 'rout[classroom]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def other(tmp_path: Path, begun: dict[str, Any]) -> Path:
    """Files that are there: a class, an export of it, and no class at all."""
    log = Log.create(tmp_path / "there.class")
    log.append(begun)
    (tmp_path / "there.jsonl").write_bytes(log.export())
    log.close()
    (tmp_path / "no.class").write_text("hello")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["no_such_case"], "no_such_case"),
        ([str(SUPPLY), "--run", "20", "--runs", "20"], "there is no run 20: they are numbered from 0 to 19"),
        ([str(SUPPLY), "--turn", "9999"], "the scenario takes only 480 h"),
        ([str(SUPPLY), "--class", "no.class"], "no.class is no class file"),
        ([str(SUPPLY), "--class", "there.class", "--seed", "2"], "has its own --seed"),
        ([str(SUPPLY.parent / "teaching_betrayal"), "--class", "there.class"], "is a class with teaching_supply"),
        ([str(SUPPLY), "--class", "there.class", "--import", "there.jsonl"], "exists and is not overwritten"),
        ([str(SUPPLY), "--class", "new.class", "--import", "no.class"], "is no exported class"),
        ([str(SUPPLY.parent / "teaching_betrayal"), "--class", "new.class", "--import", "there.jsonl"],
         "is a class with teaching_supply"),
        ([str(SUPPLY), "--class", "new.class", "--import", "nowhere.jsonl"], "nowhere.jsonl"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_nothing_is_written(other: Path, words: list[str], message: str) -> None:
    before = set(tree(other))
    assert message in refused(rout("serve", "--port", "0", *words, cwd=other))
    assert set(tree(other)) == before


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port} is not to be had" in refused(rout("serve", str(SUPPLY), "--port", port, cwd=tmp_path))
    assert list(tree(tmp_path)) == []
