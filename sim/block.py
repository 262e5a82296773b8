"""A block of runs from the first step to the horizon, by either kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from sim.kernels.choice import Kernel
from sim.kernels.numpy import NumpyKernel
from sim.kernels.opening import opening
from sim.plan import Plan
from sim.recording import Counts, Notes, Recorder, Track, count_final, no_counts, rows, tick_every
from sim.step import step

if TYPE_CHECKING:
    from sim.kernels.compiled.kernel import CompiledKernel

LOOK_HOURS = 24.0
"""How often runs are looked at that may be over [h]. Part of the result: a run's row is final then."""
_WORTH_DROPPING = 0.1
"""Share of a block's runs that must be over before the rest go on alone."""
_AT_ONCE = 50
"""Runs that compiled code steps between two reports of progress."""
_HELD = 25_000
"""Units times runs whose state compiled code holds at once: what Python does once for all of them is then cheap."""

_kernels: WeakKeyDictionary[Plan, CompiledKernel] = WeakKeyDictionary()


class Simulated(Protocol):
    """What a block leaves behind."""

    @property
    def counts(self) -> Counts:
        """Sums over runs; complete once it is closed."""

    @property
    def track(self) -> Track | None:
        """Whole histories, if they were asked for."""

    def close(self) -> dict[str, NDArray[Any]]:
        """One value per run for each column of `outcomes` (docs/architecture.md)."""


def simulate_block(
    plan: Plan,
    seed: int,
    numbers: NDArray[np.uint64],
    *,
    given: dict[str, Any] | None = None,
    track: bool = False,
    on_step: Callable[[float], None] | None = None,
    kernel: Kernel = "numpy",
    at_ticks: bool = True,
    until_collapse: bool = False,
) -> Simulated:
    """Step a block of runs to the horizon, or until all are over.

    Args:
        plan: what is simulated.
        seed: of the ensemble.
        numbers: run numbers.
        given: parameter values instead of the scenario's: numbers, or one per run.
        track: keep whole histories (always by the reference kernel).
        on_step: called now and then with the share of the work done.
        kernel: which one; the results are the same.
        at_ticks: whether strength and fates are counted (`sim.recording.Counts`).
        until_collapse: runs may be stepped no further than to their collapse; of their rows only its hour counts.
    """
    how = _How(on_step or _silent, at_ticks, until_collapse)
    if kernel == "compiled" and not track:
        return _compiled(plan, seed, numbers, given, how)
    return _stepwise(plan, seed, numbers, given, track, how)


@dataclass(frozen=True)
class _How:
    """What is wanted of runs, besides their rows (`simulate_block`)."""

    tell: Callable[[float], None]
    at_ticks: bool
    until_collapse: bool


def look_every(plan: Plan) -> int:
    """Steps from one look for runs that are over to the next."""
    return max(1, round(LOOK_HOURS / plan.step_hours))


def compiled_kernel(plan: Plan) -> CompiledKernel:
    """The compiled kernel of a plan, made once as long as the plan is there."""
    from sim.kernels.compiled.kernel import CompiledKernel

    kernel = _kernels.get(plan)
    if kernel is None:
        kernel = _kernels[plan] = CompiledKernel(plan, look_every(plan), tick_every(plan))
    return kernel


def _silent(share: float) -> None:
    """Nobody wants to know."""


def _stepwise(
    plan: Plan,
    seed: int,
    numbers: NDArray[np.uint64],
    given: dict[str, Any] | None,
    track: bool,
    how: _How,
) -> Recorder:
    kernel = NumpyKernel(plan, plan.values(given, seed=seed, runs=numbers), seed, numbers)
    recorder = Recorder(kernel, track=track, at_ticks=how.at_ticks)
    every = look_every(plan)
    for number in range(plan.steps):
        step(kernel, number)
        recorder.watch(number)
        how.tell((number + 1) / plan.steps)
        if (number + 1) % every == 0:
            done = kernel.finished()
            recorder.settle(done | recorder.collapsed if how.until_collapse else done, number)
            over = recorder.over
            if not track and over.mean() >= _WORTH_DROPPING:
                kept = np.flatnonzero(~over)
                if not len(kept):
                    break
                kernel = kernel.of_runs(kept)
                recorder.follow(kernel, kept)
    return recorder


@dataclass
class _Compiled:
    """A block that compiled code has stepped."""

    counts: Counts
    parts: list[dict[str, NDArray[Any]]]
    track: Track | None = None

    def close(self) -> dict[str, NDArray[Any]]:
        return {name: np.concatenate([part[name] for part in self.parts]) for name in self.parts[0]}


def _compiled(
    plan: Plan,
    seed: int,
    numbers: NDArray[np.uint64],
    given: dict[str, Any] | None,
    how: _How,
) -> _Compiled:
    from sim.kernels.compiled.kernel import pack, unpack

    kernel = compiled_kernel(plan)
    block = _Compiled(no_counts(plan, at_ticks=how.at_ticks), [])
    held = max(_AT_ONCE, _HELD // max(1, len(plan.units.ids)))
    for start in range(0, len(numbers), held):
        some = slice(start, start + held)
        runs = np.ascontiguousarray(numbers[some])
        mine = {name: value[some] if np.ndim(value) else value for name, value in (given or {}).items()}
        p, notes = plan.values(mine, seed=seed, runs=runs), Notes.empty(plan, len(runs))
        packed, begin = pack(opening(plan, p, seed, runs)), np.zeros(len(runs), np.int64)
        for first in range(0, len(runs), _AT_ONCE):
            part = slice(first, min(first + _AT_ONCE, len(runs)))
            kernel.advance(p, seed, runs, packed, notes, block.counts, begin, part=part,
                           until_collapse=how.until_collapse)  # fmt: skip
            how.tell((start + part.stop) / len(numbers))
        end = unpack(packed)
        count_final(block.counts, end)
        block.parts.append({"collapse_hour": notes.collapse} if how.until_collapse else rows(plan, end, notes))
    return block
