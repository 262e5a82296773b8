"""Small sweeps of the scenario that `rout new` writes, and commands as processes of their own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from sim.cli import guard
from sim.scenario.new import new_text

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "COLUMNS": "80"}
ROUT = (sys.executable, "-m", "sim.cli")

SMALL = """\
scenario = "case.toml"
runs = 30
days = 4
shard_runs = 40

[design]
kind = "factorial"

[[factor]]
key = "parameter.waver_rate"

[[factor]]
switch = "general_shot"
"""
"""Six points of 30 runs, a shard each."""


LIVELY = """\
exit_rate = 0.1
waver_rate = 0.003
effect_pressure = 3.4
effect_belief = 2.6
siege_share = 0.15
"""
"""Parameters under which a small force breaks within days, whatever the defaults are."""
QUICK = new_text("case").replace("step_hours = 2", "step_hours = 6") + "\n[parameters]\n" + LIVELY
"""In coarse steps, and with units that leave soon: a few days, of which little is to be computed, tell something."""

PRECISE = """\
scenario = "case.toml"
days = 6
shard_runs = 20

[precision]
measure = "restricted_mean_hours"
half_width = 1.5
at_most = 100

[design]
kind = "one_at_a_time"

[[factor]]
key = "waver_rate"
values = [0.0003, 0.006]
"""
"""Three points of up to 100 runs, 20 a shard."""


def desk(folder: Path, text: str = SMALL, name: str = "small.toml") -> Path:
    """A folder with the scenario and a sweep file; returns the sweep file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "case.toml").write_text(QUICK, encoding="utf-8")
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but its provenance, which tells the time, and locks."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "provenance.json" and not path.name.startswith(".lock")
    }


def start(*words: str, cwd: Path) -> subprocess.Popen[str]:
    """A command in a process of its own, in a session of its own."""
    return subprocess.Popen(
        [*ROUT, *words],
        cwd=cwd,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def command(*words: str, cwd: Path, before: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    """A finished command. `before`: called in it first."""
    return subprocess.run(
        [*ROUT, *words], cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, preexec_fn=before
    )


def rout(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command in this process, for speed: the same way in, without the imports."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(cwd), redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["rout", *words])
        patch.setenv("COLUMNS", "80")
        with pytest.raises(SystemExit) as stop:
            guard.command()
    return subprocess.CompletedProcess(words, int(stop.value.code or 0), out.getvalue(), err.getvalue())
