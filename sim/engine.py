"""Runs of a scenario: blocks that fit the cache, shards that are written, workers that share them."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Lock
from typing import Any

import numpy as np

from sim.block import simulate_block
from sim.kernels.choice import Kernel, Wanted, choose
from sim.plan import Plan, make_plan
from sim.recording import Counts, no_counts
from sim.results import Folder, Result
from sim.scenario import Scenario, resolve
from sim.scenario.resolved import Resolved, with_horizon

SHARD_RUNS = 500
"""Runs in a shard: what is written at once."""
MOST_SHARDS = 5
"""Shards stepped together in a large ensemble: the fixed cost of a step is shared by more runs.
A run has the same bits in any block."""

_POLL_SECONDS = 0.25
_TELL_SHARE = 0.02

Task = tuple[Plan, int, int, int, Path, bool, Kernel]
"""(plan, seed, first run, runs, folder, whether to keep trajectories, kernel)"""

Progress = Callable[[int, int], None]
"""Called with (runs done, runs asked for)."""


def run(
    scenario: Scenario | Resolved,
    *,
    runs: int = 1000,
    seed: int = 1,
    days: float | None = None,
    step_hours: float | None = None,
    workers: int = 1,
    out: str | Path | None = None,
    trajectories: bool = False,
    on_progress: Progress | None = None,
    executor: Executor | None = None,
    kernel: Wanted = "auto",
    command: str = "",
) -> Result:
    """Simulate an ensemble and keep it in a folder.

    Args:
        scenario: what to simulate.
        runs: how many; run r is the same whatever this is.
        seed: of all draws, 0 to 2**64 - 1.
        days, step_hours: instead of the scenario's own.
        workers: processes (threads, with the compiled kernel) that share the shards; ignored
            with an `executor`.
        out: a folder that does not exist yet; None keeps the result in a temporary one
            that goes with the `Result`.
        trajectories: also keep every run's history (zarr).
        executor: any `concurrent.futures.Executor` whose workers can import `sim`.
        kernel: which one steps; results are the same, to the bit.
        command: kept with the provenance.

    Raises:
        FileExistsError: `out` exists.
        ValueError: a number that makes no sense.
    """
    resolved = with_horizon(scenario if isinstance(scenario, Resolved) else resolve(scenario), days, step_hours)
    _check(runs, seed, workers)
    plan = make_plan(resolved)
    chosen: Kernel = "numpy" if trajectories else choose(kernel, runs * plan.steps * len(plan.units.ids), workers)
    started = time.time()
    with Folder.create(out, resolved) as folder:
        folder.write_provenance(
            runs=runs, seed=seed, shard_runs=SHARD_RUNS, kernel=chosen, command=command, started=started
        )
        if trajectories:
            folder.prepare_trajectories(plan, runs)
        counts = no_counts(plan)
        most = MOST_SHARDS if chosen == "numpy" else 1
        block = SHARD_RUNS * min(most, max(1, runs // (SHARD_RUNS * workers * 2)))
        tasks: list[Task] = [
            (plan, seed, first, min(block, runs - first), folder.path, trajectories, chosen)
            for first in range(0, runs, block)
        ]
        report = on_progress or _silent
        for theirs in (
            _together(executor, workers, tasks, runs, report)
            if executor is not None or (workers > 1 and chosen == "numpy")
            else _threads(workers, tasks, runs, report)
            if workers > 1
            else _alone(tasks, runs, report)
        ):
            counts.add(theirs)
        report(runs, runs)
        folder.finish(plan, counts, runs=runs, seconds=time.time() - started)
    return folder.result()


def _check(runs: int, seed: int, workers: int) -> None:
    if not 1 <= runs < 2**32:
        raise ValueError("runs must be at least 1 and below 2**32")
    if not 0 <= seed < 2**64:
        raise ValueError("seed must be at least 0 and below 2**64")
    if workers < 1:
        raise ValueError("workers must be at least 1")


def _silent(done: int, runs: int) -> None:
    """Nobody wants to know."""


def _alone(tasks: list[Task], runs: int, report: Progress) -> Iterator[Counts]:
    """One task after another in this process."""
    for task in tasks:
        first, number = task[2], task[3]

        def tell(share: float, first: int = first, number: int = number) -> None:
            report(int(first + share * number), runs)

        yield simulate_shards(*task, tell)


def _threads(workers: int, tasks: list[Task], runs: int, report: Progress) -> Iterator[Counts]:
    """Tasks shared among threads: compiled code runs beside Python, and starts at once."""
    done, lock, stop = 0.0, Lock(), Event()

    def simulate(task: Task) -> Counts:
        number, told = task[3], 0.0

        def tell(share: float) -> None:
            nonlocal done, told
            if stop.is_set():
                raise _StoppedError
            with lock:
                done += (share - told) * number
            told = share

        return simulate_shards(*task, tell)

    with ThreadPoolExecutor(workers) as pool:
        waiting = {pool.submit(simulate, task) for task in tasks}
        try:
            while waiting:
                finished, waiting = wait(waiting, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()
                report(min(int(done), runs), runs)
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _together(
    executor: Executor | None, workers: int, tasks: list[Task], runs: int, report: Progress
) -> Iterator[Counts]:
    """Tasks shared among workers, counted in order of completion."""
    with _pool(executor, workers) as (pool, counter):
        waiting = {pool.submit(_in_worker, *task) for task in tasks}
        while waiting:
            finished, waiting = wait(waiting, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
            report(min(int(counter.value), runs), runs)


@contextmanager
def _pool(executor: Executor | None, workers: int) -> Iterator[tuple[Executor, Any]]:
    """(executor, count of runs done, as a fraction of their steps)."""
    # Spawned, not forked: a fork of a process with threads may hang.
    context = get_context("spawn")
    counter, stop = context.Value("d", 0.0), context.Event()
    if executor is not None:
        yield executor, counter
        return
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_share, initargs=(counter, stop))
    try:
        yield pool, counter
    except BaseException:
        stop.set()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_shared: tuple[Any, Any] | None = None
"""In a worker of our own pool: where it counts its progress, and whether it is to stop."""


def _share(counter: Any, stop: Any) -> None:
    global _shared
    _shared = counter, stop
    # Ctrl-C reaches every process of a terminal; the parent decides, and tells the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class _StoppedError(Exception):
    """The parent wants no more."""


def _in_worker(
    plan: Plan, seed: int, first: int, runs: int, folder: Path, trajectories: bool, kernel: Kernel
) -> Counts:
    told = 0.0

    def tell(share: float) -> None:
        nonlocal told
        if _shared is None:
            return
        counter, stop = _shared
        if share - told >= _TELL_SHARE:
            if stop.is_set():
                raise _StoppedError
            with counter.get_lock():
                counter.value += (share - told) * runs
            told = share

    return simulate_shards(plan, seed, first, runs, folder, trajectories, kernel, tell)


def simulate_shards(
    plan: Plan,
    seed: int,
    first: int,
    runs: int,
    folder: Path,
    trajectories: bool = False,
    kernel: Kernel = "numpy",
    on_step: Callable[[float], None] | None = None,
) -> Counts:
    """Simulate consecutive runs from the start of a shard and write their rows.

    Args:
        on_step: called now and then with the share of the work done.
    """
    numbers = np.arange(first, first + runs, dtype=np.uint64)
    block = simulate_block(plan, seed, numbers, track=trajectories, on_step=on_step, kernel=kernel)
    rows = {"run": numbers.astype(np.int64), **block.close()}
    out = Folder(folder)
    if block.track is not None:
        out.write_trajectories(first, block.track.arrays())
    for start in range(0, runs, SHARD_RUNS):
        shard = (first + start) // SHARD_RUNS
        out.write_shard(shard, {name: values[start : start + SHARD_RUNS] for name, values in rows.items()})
    return block.counts
