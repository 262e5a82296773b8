"""A sweep from its first missing shard to its summary."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import AbstractContextManager
from pathlib import Path

from sim.experiments.sweep.folder import BusyError, SweepFolder
from sim.experiments.sweep.progress import Queue, queue_of
from sim.experiments.sweep.summary import summarise
from sim.experiments.sweep.sweep import Sweep
from sim.experiments.sweep.workers import Pool, Rows, Setup, Task, here, processes, within

Progress = Callable[[int, int], None]
"""Called with (runs done, runs to do); the second is an estimate where a precision is asked for."""

_POLL_SECONDS = 0.25


def run_sweep(
    sweep: Sweep,
    out: str | Path,
    *,
    resume: bool = False,
    part: tuple[int, int] | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    pool: Callable[[Setup], AbstractContextManager[Pool]] | None = None,
    on_progress: Progress | None = None,
    command: str = "",
) -> SweepFolder:
    """Simulate what a sweep still lacks, and summarise it once all is there.

    Args:
        sweep: what `prepare` made of a sweep file.
        out: its folder.
        resume: take up a folder that this sweep began.
        part: (i, n): do the i-th of n parts only, in a folder that the other parts may share.
        workers: processes of this machine.
        executor: any `concurrent.futures.Executor` instead, whose workers can import `sim`.
        pool: or anything else that simulates, such as `cluster.on_cluster`.
        on_progress: called after each shard.
        command: kept with the provenance.

    Raises:
        FileExistsError: `out` exists, and neither `resume` nor `part` was given.
        ResultError: it belongs to another sweep, or another process is at work on it.
        WorkerError: a design point does not fit its scenario.
    """
    folder = _folder(sweep, Path(out), resume or part is not None, command)
    held = folder.alone() if part is None else folder.as_part(*part)
    with held:
        if part is None:
            folder.sweep_up()
        queue = queue_of(folder, part)
        setup = Setup.of(sweep)
        if not queue.is_empty():
            with _pool(setup, workers, executor, pool) as found:
                _work(sweep, queue, found, on_progress or _silent)
    finish(folder)
    return folder


def _folder(sweep: Sweep, path: Path, may_exist: bool, command: str) -> SweepFolder:
    if may_exist and path.exists():
        folder = SweepFolder.open(path)
    else:
        try:
            return SweepFolder.create(path, sweep, command)
        except FileExistsError:
            if not may_exist:
                raise
            folder = SweepFolder.open(path)  # another part was faster
    folder.require(sweep)
    return folder


def _pool(
    setup: Setup,
    workers: int,
    executor: Executor | None,
    pool: Callable[[Setup], AbstractContextManager[Pool]] | None,
) -> AbstractContextManager[Pool]:
    if pool is not None:
        return pool(setup)
    if executor is not None:
        return within(executor, setup, 2 * workers)
    return here(setup) if workers == 1 else processes(setup, workers)


def _work(sweep: Sweep, queue: Queue, pool: Pool, report: Progress) -> None:
    """Keep the pool busy until nothing is left to do."""
    in_hand: dict[Future[Rows], int] = {}
    report(queue.done, queue.total)
    while True:
        while len(in_hand) < pool.capacity() and (number := queue.next()) is not None:
            shard = sweep.layout.shard(number)
            points = tuple(sweep.point(number) for number in shard.points)
            in_hand[pool.submit(Task(shard, points))] = shard.number
        if not in_hand:
            return
        finished, _ = wait(in_hand, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
        for future in finished:
            queue.accept(in_hand.pop(future), future.result())
            report(queue.done, queue.total)


def finish(folder: SweepFolder) -> None:
    """Summarise a sweep if all of it is there, and nobody else is at work: the last one does it."""
    try:
        with folder.alone():
            if queue_of(folder).is_empty():
                folder.sweep_up()
                folder.mark_complete(summarise(folder))
    except BusyError:
        return


def _silent(done: int, total: int) -> None:
    """Nobody wants to know."""
