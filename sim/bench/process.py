"""A measurement in a fresh process: nothing that ran before it is in its time or its memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sim.bench.entries import Job

PHASES = "phases"
"""A job that `sim.bench.phases` does."""


class BenchError(RuntimeError):
    """A measurement came to nothing. The message says which, and why."""


def apart(scenario: Path, job: Job, cache: Path | None = None) -> dict[str, Any]:
    """What `sim.bench.entries.measure` (or `Watch.told`) gives, from a process of its own.

    Args:
        scenario: a file with the JSON of a `Resolved`.
        job: what to measure.
        cache: a folder for compiled code instead of the user's own.

    Raises:
        BenchError: the process failed, or was killed.
    """
    root = str(Path(__file__).parents[2])
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    environment = os.environ | {"PYTHONPATH": paths}
    if cache is not None:
        environment["XDG_CACHE_HOME"] = str(cache)
    done = subprocess.run(
        [sys.executable, "-m", "sim.bench", str(scenario), json.dumps(asdict(job))],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BenchError(f"measuring {job.entry}, {job.runs:,} runs, failed: {_why(done)}")
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _why(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode == -signal.SIGKILL:
        return "it was killed, most likely for want of memory"
    lines = done.stderr.strip().splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"
