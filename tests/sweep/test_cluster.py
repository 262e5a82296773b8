"""A Dask cluster gives the same bytes, also when it loses a worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from sim.experiments.sweep import prepare, run_sweep
from tests.sweep.files import ENVIRONMENT, SMALL, command, desk, start, tree

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("distributed") is None, reason="the extra cluster is not installed"),
]

TEXT = SMALL.replace("days = 4", "days = 12").replace("runs = 30", "runs = 200")
TEXT = TEXT.replace("shard_runs = 40", "shard_runs = 20")
NO_WARNINGS = {name: value for name, value in ENVIRONMENT.items() if name != "PYTHONWARNINGS"}

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Start]:
    """Starts parts of a cluster; ends them all afterwards."""
    with ExitStack() as stack:

        def begin(part: str, *words: str) -> subprocess.Popen[str]:
            log = stack.enter_context(open(tmp_path / f"{part}.log", "a"))
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{part}", "--no-dashboard", *words],
                cwd=tmp_path,
                env=NO_WARNINGS,
                stdout=log,
                stderr=log,
                text=True,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        yield begin


def address(tmp_path: Path, dask: Start) -> str:
    """Starts a scheduler on any free port of this machine."""
    file = tmp_path / "scheduler.json"
    dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
    for _ in range(600):
        if file.exists() and file.stat().st_size:
            return str(json.loads(file.read_text())["address"])
        time.sleep(0.05)
    raise AssertionError("the scheduler did not start")


def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(tmp_path: Path, dask: Start) -> None:
    file = desk(tmp_path / "desk", TEXT)
    where = address(tmp_path, dask)
    workers = [dask("worker", where, "--no-nanny", "--nthreads", "1") for _ in range(2)]
    process = start("sweep", "small.toml", "--out", "out", "--cluster", where, "--no-figures", cwd=file.parent)
    checksums = file.parent / "out" / "checksums"
    while not (checksums.exists() and len(list(checksums.iterdir())) >= 5):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    os.kill(workers[0].pid, signal.SIGKILL)
    _, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert tree(file.parent / "out") == tree(run_sweep(prepare(file), tmp_path / "whole").path)


def test_a_scheduler_without_workers_or_none_at_all_is_told(tmp_path: Path, dask: Start) -> None:
    from sim.experiments.sweep.cluster import on_cluster
    from sim.experiments.sweep.workers import WorkerError

    sweep = prepare(desk(tmp_path / "desk"))
    where = address(tmp_path, dask)
    with pytest.raises(WorkerError, match="has no workers"):
        run_sweep(sweep, tmp_path / "out", pool=on_cluster(where, wait=2.0))
    with pytest.raises(WorkerError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1 "):
        run_sweep(sweep, tmp_path / "out", resume=True, pool=on_cluster("tcp://127.0.0.1:1", wait=1.0))
    again = run_sweep(sweep, tmp_path / "out", resume=True)
    assert again.provenance["complete"]


def test_workers_and_a_cluster_exclude_each_other(tmp_path: Path) -> None:
    desk(tmp_path)
    done = command("sweep", "small.toml", "--cluster", "tcp://127.0.0.1:1", "--workers", "2", cwd=tmp_path)
    assert done.returncode == 2
    assert "Leave one out" in done.stderr
