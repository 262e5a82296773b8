"""Runs of a scenario: blocks that fit the cache, shards that are written, workers that share them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from sim.block import simulate_block
from sim.plan import Plan, make_plan
from sim.recording import Counts, no_counts
from sim.results import Folder, Result
from sim.scenario import Scenario, resolve
from sim.scenario.resolved import Resolved

SHARD_RUNS = 500
"""Runs in a shard: what is written at once, and what a worker takes."""
BLOCK_RUNS = 250
"""Runs stepped together, so that the state stays in the processor's second-level cache."""

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
    command: str = "",
) -> Result:
    """Simulate an ensemble and keep it in a folder.

    Args:
        scenario: what to simulate.
        runs: how many; run r is the same whatever this is.
        seed: of all draws, 0 to 2**64 - 1.
        days, step_hours: instead of the scenario's own.
        workers: processes that share the shards; ignored with an `executor`.
        out: a folder that does not exist yet; None keeps the result in a temporary one
            that goes with the `Result`.
        trajectories: also keep every run's history (zarr).
        executor: any `concurrent.futures.Executor` whose workers can import `sim`.
        command: kept with the provenance.

    Raises:
        FileExistsError: `out` exists.
        ValueError: a number that makes no sense.
    """
    resolved = with_horizon(scenario if isinstance(scenario, Resolved) else resolve(scenario), days, step_hours)
    _check(runs, seed, workers)
    plan = make_plan(resolved)
    started = time.time()
    with Folder.create(out, resolved) as folder:
        folder.write_provenance(
            runs=runs, seed=seed, shard_runs=SHARD_RUNS, block_runs=BLOCK_RUNS, command=command, started=started
        )
        if trajectories:
            folder.prepare_trajectories(plan, runs)
        counts, done = no_counts(plan), 0
        shards = range(-(-runs // SHARD_RUNS))
        with _pool(executor, workers) as pool:
            tasks = ((plan, seed, s, min(SHARD_RUNS, runs - s * SHARD_RUNS), folder.path, trajectories) for s in shards)
            for number, theirs in _each(pool, tasks):
                counts.add(theirs)
                done += number
                if on_progress is not None:
                    on_progress(done, runs)
        folder.finish(plan, counts, runs=runs, seconds=time.time() - started)
    return folder.result()


def with_horizon(resolved: Resolved, days: float | None, step_hours: float | None) -> Resolved:
    """The same scenario over another horizon or with another step.

    Raises:
        ValueError: not positive, or the step is longer than the horizon.
    """
    changes: dict[str, float] = {}
    if days is not None:
        changes["days"] = days
    if step_hours is not None:
        changes["step_hours"] = step_hours
    changed = resolved.model_copy(update=changes)
    if not (0 < changed.step_hours <= 24 and changed.step_hours <= changed.days * 24):
        raise ValueError("days and step must be positive, the step at most 24 h and at most the horizon")
    return changed


def _check(runs: int, seed: int, workers: int) -> None:
    if not 1 <= runs < 2**32:
        raise ValueError("runs must be at least 1 and below 2**32")
    if not 0 <= seed < 2**64:
        raise ValueError("seed must be at least 0 and below 2**64")
    if workers < 1:
        raise ValueError("workers must be at least 1")


@contextmanager
def _pool(executor: Executor | None, workers: int) -> Iterator[Executor | None]:
    if executor is not None or workers == 1:
        yield executor
        return
    # Spawned, not forked: a fork of a process with threads may hang.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _each(pool: Executor | None, tasks: Iterator[tuple[Any, ...]]) -> Iterator[tuple[int, Counts]]:
    if pool is None:
        for task in tasks:
            yield simulate_shard(*task)
        return
    futures: list[Future[tuple[int, Counts]]] = [pool.submit(simulate_shard, *task) for task in tasks]
    for future in as_completed(futures):
        yield future.result()


def simulate_shard(
    plan: Plan, seed: int, shard: int, runs: int, folder: Path, trajectories: bool = False
) -> tuple[int, Counts]:
    """Simulate one shard, write its rows, and return (runs, counts)."""
    counts, parts = no_counts(plan), []
    first = shard * SHARD_RUNS
    for start in range(0, runs, BLOCK_RUNS):
        numbers = np.arange(first + start, first + min(start + BLOCK_RUNS, runs), dtype=np.uint64)
        recorder = simulate_block(plan, seed, numbers, track=trajectories)
        rows = recorder.close()
        counts.add(recorder.counts)
        parts.append({"run": numbers.astype(np.int64), **rows})
        if recorder.track is not None:
            Folder(folder).write_trajectories(int(numbers[0]), recorder.track.arrays())
    Folder(folder).write_shard(shard, {name: np.concatenate([p[name] for p in parts]) for name in parts[0]})
    return runs, counts
