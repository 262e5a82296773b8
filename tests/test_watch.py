"""`rout watch`: a run and the ensemble, in a pipe, on a small terminal, and stopped."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import subprocess
import time
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import numpy as np
import pytest
from rich.console import Console

from sim.block import simulate_block
from sim.cli.guard import INTERRUPTED
from sim.cli.output import THEME
from sim.cli.watched import BARS, Film, frame, of_ensemble, of_run, spark
from sim.plan import make_plan
from sim.scenario import Resolved, load, resolve
from tests.test_cli import ENVIRONMENT, ESCAPE, ROOT, ROUT, refused, rout

SUPPLY = ROOT / "scenarios" / "teaching_supply"


@pytest.fixture(scope="module")
def supply() -> Resolved:
    return resolve(load(SUPPLY, set={"step_hours": 6}))


@pytest.fixture(scope="module")
def film(supply: Resolved) -> Film:
    return of_run(supply, 1, 4)


def text_of(film: Film, at: int, width: int, height: int) -> list[str]:
    console = Console(width=width, height=height, theme=THEME, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(frame(film, at, width, height))
    return captured.get().rstrip("\n").split("\n")


def test_in_a_pipe_it_is_lines_of_what_happens(tmp_path: Path) -> None:
    done = rout("watch", str(SUPPLY), "--run", "4", "--set", "step_hours=6", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    head, *rest = done.stdout.splitlines()
    assert head == "Teaching: a city on an air bridge, run 4, seed 1"
    assert " 2 Feb 06:00  The coast road is cut" in rest
    assert rest[0] == " 1 Feb 06:00  strength 100%   14H"
    assert ESCAPE not in done.stdout
    days = [line.split()[0] for line in rest]
    assert days == sorted(days, key=int), "in order of time"


def test_its_units_are_those_of_the_run(supply: Resolved, film: Film) -> None:
    """The letters of the last frame against the row of outcomes of the same run."""
    made = simulate_block(make_plan(supply), 1, np.array([4], np.uint64))
    row = made.close()
    final = re.findall(r"(\d+)([a-zH>+])", film.numbers[-1].split("%")[1])
    theirs = sorted(str(row["final_status"][0]))
    assert sum(int(count) for count, _ in final) == len(theirs) == 14
    assert {letter: int(count) for count, letter in final}.get("e", 0) == theirs.count("h")
    assert any("has collapsed" in words for hour, words in film.told if hour == row["collapse_hour"][0])


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 15), (120, 40)])
def test_frames_fit_the_terminal(film: Film, syria_2024: Resolved, width: int, height: int) -> None:
    large = of_run(syria_2024.model_copy(update={"days": 2.0}), 1, 0)
    for each in (film, large):
        for at in (0, len(each.hours) // 2, len(each.hours) - 1):
            lines = text_of(each, at, width, height)
            assert len(lines) <= height
            assert max(map(len, lines)) <= width
    assert "and " in " ".join(text_of(large, 0, 80, 24)), "what finds no room is counted"


def test_the_ensemble_counts_runs(supply: Resolved, tmp_path: Path) -> None:
    made = of_ensemble(supply, seed=1, runs=40, workers=1)
    assert made.curve[0] == 1
    assert (np.diff(made.curve) <= 0).all()
    shares = [float(cells[1].rstrip("%")) for cells in made.places[-1]]
    assert shares == sorted(shares, reverse=True)
    lost = {cells[0]: cells[1] for cells in made.places[-1]}
    assert lost["PORT"] == "0%", "a protected place"
    done = rout(
        "watch", str(SUPPLY), "--ensemble", "--runs", "10", "--days", "4", "--set", "step_hours=6", cwd=tmp_path
    )
    assert "by day 4 it has collapsed in 0% of the runs" in done.stdout


def test_a_sparkline() -> None:
    assert spark([0.0, 0.5, 1.0], 80) == BARS[0] + BARS[4] + BARS[7]
    assert len(spark([0.3] * 200, 60)) == 60


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["no_such_case"], "no_such_case"),
        (["teaching", "--run", "1", "--ensemble"], "Give one of the two"),
        (["teaching", "--runs", "5"], "--runs belongs to --ensemble"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, words: list[str], message: str) -> None:
    assert message in refused(rout("watch", *words, cwd=tmp_path))


@pytest.mark.slow
def test_on_a_terminal_it_draws_and_stops_cleanly(tmp_path: Path) -> None:
    main, other = pty.openpty()
    ioctl(other, TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "COLUMNS"} | {"TERM": "xterm"}
    words = ["watch", str(SUPPLY), "--set", "step_hours=6", "--speed", "20"]
    running = subprocess.Popen([*ROUT, *words], cwd=tmp_path, env=environment, stdout=other, stderr=other)
    os.close(other)
    seen = b""
    until = time.monotonic() + 60
    while seen.count(b"strength") < 5 and time.monotonic() < until:
        if select.select([main], [], [], 1)[0]:
            seen += os.read(main, 65536)
    running.send_signal(signal.SIGINT)
    while running.poll() is None and select.select([main], [], [], 10)[0]:
        try:
            seen += os.read(main, 65536)
        except OSError:
            break
    assert running.wait(timeout=30) == INTERRUPTED
    os.close(main)
    text = seen.decode()
    assert "H holding" in text
    assert "Traceback" not in text
    assert text.rstrip().endswith("\x1b[?25h"), "the cursor is back"
