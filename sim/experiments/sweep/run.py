"""A sweep from its first missing shard to its summary."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import AbstractContextManager
from pathlib import Path

from sim.experiments.sweep.folder import BusyError, SweepFolder
from sim.experiments.sweep.growing import GrowingFolder, has_more_runs, settled
from sim.experiments.sweep.points import Plans
from sim.experiments.sweep.progress import Queue, queue_of
from sim.experiments.sweep.summary import summarise
from sim.experiments.sweep.sweep import Sweep
from sim.experiments.sweep.workers import Pool, Rows, Setup, Task, here, processes, threads, within
from sim.kernels.choice import Kernel, Wanted, choose

MakePool = Callable[[Setup], AbstractContextManager[Pool]]
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
    pool: MakePool | None = None,
    kernel: Wanted = "auto",
    on_progress: Progress | None = None,
    command: str = "",
) -> SweepFolder:
    """Simulate what a sweep still lacks, and summarise it once all is there.

    Args:
        sweep: what `prepare` made of a sweep file.
        out: its folder.
        resume: take up a folder that this sweep began; one that is finished, with fewer runs at each
            point, gets those that it lacks.
        part: (i, n): do the i-th of n parts only, in a folder that the other parts may share.
        workers: processes of this machine.
        executor: any `concurrent.futures.Executor` instead, whose workers can import `sim`.
        pool: or anything else that simulates, such as `cluster.on_cluster`.
        kernel: which one steps; results are the same, to the bit.
        on_progress: called after each shard.
        command: kept with the provenance.

    Raises:
        FileExistsError: `out` exists, and neither `resume` nor `part` was given.
        ResultError: it belongs to another sweep, takes no more runs, or another process is at work on it.
        WorkerError: a design point does not fit its scenario.
    """
    folder = _folder(sweep, Path(out), resume, part, command)
    held = folder.alone() if part is None else folder.as_part(*part)
    with held:
        if part is None:
            folder.sweep_up()
        if isinstance(folder, GrowingFolder):
            folder.carry_over()
        queue = queue_of(folder, part)
        if not queue.is_empty():
            chosen = choose(kernel, _unit_steps(sweep, queue.total), workers)
            make = pool or _pool(sweep, chosen, workers, executor)
            with make(Setup.of(sweep, chosen)) as found:
                _work(sweep, folder, queue, found, on_progress or _silent)
    finish(folder)
    if isinstance(folder, GrowingFolder) and folder.provenance["complete"]:
        return folder.take_place()
    return folder


def _folder(sweep: Sweep, path: Path, resume: bool, part: tuple[int, int] | None, command: str) -> SweepFolder:
    may_exist = resume or part is not None
    if may_exist and path.exists():
        folder = settled(path)
    else:
        try:
            return SweepFolder.create(path, sweep, command)
        except FileExistsError:
            if not may_exist:
                raise
            folder = SweepFolder.open(path)  # another part was faster
    if part is None and has_more_runs(sweep, folder):
        return GrowingFolder.inside(folder, sweep, command)
    folder.require(sweep)
    return folder


def _unit_steps(sweep: Sweep, runs: int) -> float:
    """About how much there is to do."""
    resolved = sweep.bases[0].resolved
    return runs * len(resolved.units) * sweep.horizon(0) / resolved.step_hours


def _pool(sweep: Sweep, kernel: Kernel, workers: int, executor: Executor | None) -> MakePool:
    if executor is not None:
        return lambda setup: within(executor, setup, 2 * workers)
    if workers == 1:
        return here
    # Compiled code leaves Python free for other threads, unless they all have plans to make.
    changes = {repr(sweep.point(number).change) for number in range(len(sweep.rows))}
    side_by_side = threads if kernel == "compiled" and len(changes) <= Plans.MOST else processes
    return lambda setup: side_by_side(setup, workers)


def _work(sweep: Sweep, folder: SweepFolder, queue: Queue, pool: Pool, report: Progress) -> None:
    """Keep the pool busy until nothing is left to do."""
    in_hand: dict[Future[Rows], int] = {}
    report(queue.done, queue.total)
    while True:
        while len(in_hand) < pool.capacity() and (number := queue.next()) is not None:
            shard = folder.lacking(number)
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
