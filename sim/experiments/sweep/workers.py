"""Where the shards of a sweep are simulated: here, in processes of this machine, or in any executor.

Workers simulate and hand their rows back; they write nothing. A worker that is killed
leaves nothing half done, and no machine but the first needs the folder.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ensemble import outcomes
from sim.experiments.sweep.points import Plans, Point
from sim.experiments.sweep.shards import Shard
from sim.experiments.sweep.sweep import Sweep
from sim.kernels.choice import Kernel
from sim.scenario import Document, ScenarioError
from sim.versions import versions

Rows = dict[str, NDArray[Any]]

_LOOK_SECONDS = 0.5


class WorkerError(RuntimeError):
    """Why a worker could not simulate a shard; the message is for the person who asked."""


@dataclass(frozen=True)
class Setup:
    """What every worker needs to know once."""

    token: str
    documents: tuple[Document, ...]
    columns: tuple[str, ...]
    seed: int
    kernel: Kernel
    versions: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, sweep: Sweep, kernel: Kernel) -> Setup:
        documents = tuple(base.document for base in sweep.bases)
        told = sweep.explicit
        made_with = tuple(told["versions"].items())
        return cls(repr(told["scenarios"]), documents, sweep.columns, sweep.seed, kernel, made_with)


@dataclass(frozen=True)
class Task:
    """A shard with its design points."""

    shard: Shard
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Pool:
    """Somewhere to simulate.

    Attributes:
        submit: hands a task in.
        capacity: how many tasks are worth having in hand at once, now.
    """

    submit: Callable[[Task], Future[Rows]]
    capacity: Callable[[], int]


_plans: dict[str, Plans] = {}
_making = threading.Lock()


def simulate(setup: Setup, task: Task) -> Rows:
    """Rows of a shard, in order of design point and run.

    Raises:
        WorkerError: a point's scenario is not sound, or other versions are installed here.
    """
    if (here := tuple(versions().items())) != setup.versions:
        raise WorkerError(f"a worker has other versions: {_words(here)} instead of {_words(setup.versions)}")
    blocks: list[Rows] = []
    for number, point in zip(task.shard.points, task.points, strict=True):
        try:
            with _making:
                if setup.token not in _plans:
                    _plans.clear()
                    _plans[setup.token] = Plans(setup.documents)
                plan = _plans[setup.token].plan(point.change)
        except ScenarioError as error:
            told = "; ".join(str(problem) for problem in error.problems)
            raise WorkerError(f"design point {number} does not fit the scenario: {told}") from None
        first, runs = task.shard.first, task.shard.runs
        rows = outcomes(plan, runs=runs, seed=setup.seed, first=first, given=dict(point.given), kernel=setup.kernel)
        rows["design_point"] = np.full(runs, number, np.int32)
        rows["run"] = np.arange(first, first + runs, dtype=np.int32)
        blocks.append(rows)
    return {name: np.concatenate([_column(block, name) for block in blocks]) for name in setup.columns}


def _column(rows: Rows, name: str) -> NDArray[Any]:
    """A column of a block; missing throughout where its scenario has none."""
    if name in rows:
        return rows[name]
    words = name.startswith(("account_", "first_break", "final_status")) and not name.endswith("_hour")
    empty: Any = None if words else np.float32(np.nan)
    return np.full(len(rows["run"]), empty, object if words else np.float32)


def _words(pairs: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {number}" for name, number in pairs)


@contextmanager
def here(setup: Setup) -> Iterator[Pool]:
    """In this process, one shard after another."""

    def submit(task: Task) -> Future[Rows]:
        done: Future[Rows] = Future()
        done.set_result(simulate(setup, task))
        return done

    yield Pool(submit, lambda: 1)


@contextmanager
def within(executor: Executor, setup: Setup, capacity: int) -> Iterator[Pool]:
    """In any executor whose workers can import `sim`; it gets the setup with every task."""
    yield Pool(lambda task: executor.submit(simulate, setup, task), lambda: capacity)


@contextmanager
def threads(setup: Setup, workers: int) -> Iterator[Pool]:
    """In threads of this process: compiled code runs beside Python."""
    pool = ThreadPoolExecutor(workers)
    try:
        yield Pool(lambda task: pool.submit(simulate, setup, task), lambda: 2 * workers)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def processes(setup: Setup, workers: int) -> Iterator[Pool]:
    """In processes of this machine. They end at once when this one wants no more, or is killed."""
    # Spawned, not forked: a fork of a process with threads may hang.
    context = get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(setup, stop))

    def submit(task: Task) -> Future[Rows]:
        with _uninterrupted():  # a submission may start a worker
            return pool.submit(_with_setup, task)

    try:
        # One task waits for each worker, so that none is idle while rows are written.
        yield Pool(submit, lambda: 2 * workers)
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits, and processes started within it never get it: the parent decides, and tells them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_setup: Setup | None = None
"""In a worker process of our own."""


def _begin(setup: Setup, stop: Any) -> None:
    global _setup
    _setup = setup
    threading.Thread(target=_end_with_parent, args=(stop,), daemon=True).start()


def _end_with_parent(stop: Any) -> None:
    parent = parent_process()
    while parent is not None and parent.is_alive() and not stop.wait(_LOOK_SECONDS):
        pass
    os._exit(0)  # nothing is lost: a worker writes nothing


def _with_setup(task: Task) -> Rows:
    assert _setup is not None
    return simulate(_setup, task)
