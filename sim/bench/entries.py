"""What is measured, each in the process that calls: run it in one of its own (`sim.bench.process`)."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.kernels.choice import Kernel
from sim.scenario.resolved import Resolved

MEGABYTE = 1e6
ENOUGH_SECONDS = 10.0
"""Spent on repeats, after which no further one begins [s]."""
COLUMNS = ("collapse_hour", "breaks")
"""For the hour of the collapse alone, runs would end with it."""
"""The one value kept of each run."""

Work = Callable[[int], int | None]
"""Simulates so many runs; returns their live unit-steps (before a run is over) where it knows."""


@dataclass(frozen=True)
class Job:
    """One thing to measure.

    Attributes:
        entry: a name of `ENTRIES`.
        runs: in each repeat.
        threads: that share them (compiled kernel).
        repeats: at most; fewer once `ENOUGH_SECONDS` are spent; 0 only makes the first call.
        fine_share: of the unit-steps, how many need a fine draw (roofline).
    """

    entry: str
    runs: int
    threads: int = 1
    repeats: int = 3
    fine_share: float = 0.0


def measure(resolved: Resolved, job: Job) -> dict[str, Any]:
    """Time and memory of a job: times of the repeats [s], of the first call (which imports, loads
    and, the first time on a machine, compiles) [s], memory before and at its peak [MB]."""
    work = (ENTRIES | LARGE)[job.entry](resolved, job)
    began = time.perf_counter()
    work(1)
    first_call = time.perf_counter() - began
    base, live = peak_memory(), None
    seconds: list[float] = []
    while len(seconds) < job.repeats and sum(seconds) < ENOUGH_SECONDS:
        began = time.perf_counter()
        live = work(job.runs)
        seconds.append(time.perf_counter() - began)
    return {
        "seconds": seconds,
        "live_unit_steps": live,
        "first_call_s": first_call,
        "base_memory_mb": base,
        "peak_memory_mb": peak_memory(),
    }


def peak_memory() -> float:
    """The most memory that this process has held at once [MB, 10**6 bytes]."""
    # A process that another has started inherits that one's maximum in `ru_maxrss` (Linux); not in VmHWM.
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / MEGABYTE
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024) / MEGABYTE


def _mesa(resolved: Resolved, job: Job) -> Work:
    from sim.agents import ForceModel

    def work(runs: int) -> int:
        steps = 0
        for run in range(runs):
            model = ForceModel(resolved, run=run)
            while not model.over and model.steps < model.horizon:
                model.step()
            steps += model.steps
        return steps * len(resolved.units)

    return work


def _kernel(kernel: Kernel) -> Callable[[Resolved, Job], Work]:
    def prepare(resolved: Resolved, job: Job) -> Work:
        from sim.ensemble import outcomes
        from sim.plan import make_plan

        plan = make_plan(resolved)

        def work(runs: int) -> None:
            outcomes(plan, runs=runs, columns=COLUMNS, workers=job.threads, kernel=kernel)

        return work

    return prepare


def _roofline(resolved: Resolved, job: Job) -> Work:
    from sim.bench.roofline import roofline
    from sim.plan import make_plan

    plan = make_plan(resolved)

    def work(runs: int) -> int:
        roofline(plan.units.hashes, runs, plan.steps, job.fine_share)
        return runs * plan.steps * len(plan.units.ids)

    return work


def _engine(kernel: Kernel) -> Callable[[Resolved, Job], Work]:
    """As `rout run` does it: shards on disk, in a temporary folder."""

    def prepare(resolved: Resolved, job: Job) -> Work:
        from sim.engine import run

        def work(runs: int) -> None:
            run(resolved, runs=runs, workers=job.threads, kernel=kernel)

        return work

    return prepare


ENTRIES: dict[str, Callable[[Resolved, Job], Work]] = {
    "mesa": _mesa,
    "numpy": _kernel("numpy"),
    "compiled": _kernel("compiled"),
    "compiled_2_threads": _kernel("compiled"),
    "roofline": _roofline,
}
"""Name -> what gets it ready to be timed; in the order in which they are told."""
LARGE: dict[str, Callable[[Resolved, Job], Work]] = {
    "large_numpy": _engine("numpy"),
    "large_compiled": _engine("compiled"),
}
