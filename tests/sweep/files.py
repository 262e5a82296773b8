"""Small sweeps of the scenario that `rout new` writes, and commands as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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


def desk(folder: Path, text: str = SMALL, name: str = "small.toml") -> Path:
    """A folder with the scenario and a sweep file; returns the sweep file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "case.toml").write_text(new_text("case"), encoding="utf-8")
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
