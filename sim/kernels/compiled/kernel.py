"""The compiled kernel: the same rules and the same draws, one run after another, in machine code.

Statuses, places and all else that is discrete equal the reference kernel's, and so do the floats.
"""

from __future__ import annotations

import threading
from collections import namedtuple
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiled.runs import simulate_runs
from sim.kernels.compiled.scratch import scratch
from sim.kernels.compiled.tables import RunState, tables
from sim.plan import Plan
from sim.randomness import key_of
from sim.recording import Counts, Notes, ticks
from sim.state import FLOAT, State

__all__ = ["CompiledKernel", "pack", "unpack"]

_Notes: Any = namedtuple("_Notes", [field.name for field in fields(Notes)])  # type: ignore[misc]
_Counts: Any = namedtuple("_Counts", [field.name for field in fields(Counts)])  # type: ignore[misc]


class CompiledKernel:
    """Steps runs of one plan. Holds nothing that depends on a run: threads may share it.

    Args:
        plan: what is simulated.
        look_every: steps after which a run is looked at that may be over.
        tick_every: steps from one tick of the counts to the next.
    """

    def __init__(self, plan: Plan, look_every: int, tick_every: int) -> None:
        self._steps = plan.steps
        self._ticks = len(ticks(plan))
        self._tables = tables(plan, look_every, tick_every)
        self._own = threading.local()

    def advance(
        self,
        p: Any,
        seed: int,
        runs: NDArray[np.uint64],
        packed: Any,
        notes: Notes,
        counts: Counts,
        first: NDArray[np.int64],
        last: int | None = None,
        part: slice | None = None,
        bins: NDArray[np.int16] | None = None,
        until_collapse: bool = False,
    ) -> NDArray[np.int64]:
        """Step runs on, in place, until they are over or at step `last` (the horizon if None).

        Args:
            p: parameter values (`Plan.values`).
            packed: a state (`pack`) in which each run stands before its own step `first`.
            notes, counts: added to.
            part: only these of the runs.
            bins: (run, tick); bins of strength (`Counts.strength`) are put there, run by run.
            until_collapse: whether a run also stops once it has collapsed.

        Returns:
            (run,) the step from which each run would go on.
        """
        values = np.empty((len(runs), len(p)), FLOAT)
        for number, value in enumerate(p):
            values[:, number] = value
        last = self._steps if last is None else last
        some = np.arange(len(runs))[part or slice(None)]
        if bins is None:
            bins = np.empty((len(runs), self._ticks), np.int16)
        reached = np.array(first, np.int64)
        if not hasattr(self._own, "scratch"):
            self._own.scratch = scratch(self._tables)
        simulate_runs(packed, self._tables, self._own.scratch, values, key_of(seed), runs, some, first, last,
                      _Notes(**vars(notes)), _Counts(**vars(counts)), bins, until_collapse, reached)  # fmt: skip
        return reached


def pack(state: State) -> Any:
    """A copy of a state as `RunState`: run first, so that what belongs to a run lies together."""
    return RunState(*(np.array(np.moveaxis(array, -1, 0), order="C") for array in vars(state).values()))


def unpack(packed: Any) -> State:
    """A packed state as a `State`, run last; the arrays are views."""
    return State(**{name: np.moveaxis(array, 0, -1) for name, array in packed._asdict().items()})
