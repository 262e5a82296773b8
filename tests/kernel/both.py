"""The reference kernel and the compiled one on the same runs, compared to the bit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.block import look_every, simulate_block
from sim.kernels.choice import Kernel
from sim.kernels.numpy import NumpyKernel
from sim.kernels.opening import opening
from sim.plan import Plan, make_plan
from sim.recording import Counts, Notes, no_counts, tick_every
from sim.scenario.resolved import Resolved
from sim.state import State
from sim.step import step

Rows = dict[str, NDArray[Any]]
Given = dict[str, Any] | None


def differences(one: Any, other: Any) -> list[str]:
    """Names of the arrays (of rows, or of a state, notes or counts) that differ in any bit."""
    mine, theirs = (each if isinstance(each, dict) else vars(each) for each in (one, other))
    assert mine.keys() == theirs.keys()
    return [name for name, array in mine.items() if not _same(array, theirs[name])]


def _same(one: NDArray[Any], other: NDArray[Any]) -> bool:
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    return list(one) == list(other) if one.dtype == object else one.tobytes() == other.tobytes()


def block(plan: Plan, kernel: Kernel, seed: int, runs: Iterable[int], given: Given = None) -> tuple[Rows, Counts]:
    """Rows and counts by one kernel."""
    simulated = simulate_block(plan, seed, np.array(list(runs), np.uint64), given=given, kernel=kernel)
    return simulated.close(), simulated.counts


def reference_state(plan: Plan, seed: int, runs: Iterable[int], last: int, given: Given = None) -> State:
    """The reference's state before step `last`; a run that is over stays as it was when that was seen."""
    numbers = np.array(list(runs), np.uint64)
    kernel = NumpyKernel(plan, plan.values(given, seed=seed, runs=numbers), seed, numbers)
    over, kept = np.zeros(len(numbers), bool), kernel.state.of_runs(np.arange(len(numbers)))
    for number in range(last):
        step(kernel, number)
        if (number + 1) % look_every(plan) == 0:
            fresh = kernel.finished() & ~over
            _put(kept, kernel.state, fresh)
            over |= fresh
    _put(kept, kernel.state, ~over)
    return kept


def _put(into: State, state: State, runs: NDArray[np.bool_]) -> None:
    for field in fields(State):
        getattr(into, field.name)[..., runs] = getattr(state, field.name)[..., runs]


def compiled_state(
    plan: Plan, seed: int, runs: Iterable[int], stops: Iterable[int], given: Given = None
) -> tuple[State, Notes, Counts]:
    """The compiled kernel's state before the last of these steps, notes and counts; it stops at each and goes on."""
    from sim.kernels.compiled.kernel import CompiledKernel, pack, unpack

    numbers = np.array(list(runs), np.uint64)
    p = plan.values(given, seed=seed, runs=numbers)
    kernel = CompiledKernel(plan, look_every(plan), tick_every(plan))
    packed, notes, counts = pack(opening(plan, p, seed, numbers)), Notes.empty(plan, len(numbers)), no_counts(plan)
    first = 0
    for last in stops:
        kernel.advance(p, seed, numbers, packed, notes, counts, np.full(len(numbers), first), last)
        first = last
    return unpack(packed), notes, counts


def agree(what: Resolved | Plan, runs: Iterable[int], seed: int = 1, given: Given = None) -> None:
    """Fail unless rows and counts, and states on the way and at the end, are the same to the bit."""
    plan, runs = what if isinstance(what, Plan) else make_plan(what), list(runs)
    (rows, counts), (theirs, their_counts) = (block(plan, k, seed, runs, given) for k in ("numpy", "compiled"))
    found = {"rows": differences(rows, theirs), "counts": differences(counts, their_counts)}
    for last in sorted({plan.steps // 5, plan.steps // 2, plan.steps}):
        state = compiled_state(plan, seed, runs, [last], given)[0]
        found[f"state before step {last}"] = differences(reference_state(plan, seed, runs, last, given), state)
    assert not any(found.values()), found
