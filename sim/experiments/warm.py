"""An ensemble kept ready: a change of triggers is answered on the same dice, from where it first matters.

Checkpoints of every run's state lie in memory. A run in which the changed triggers never take
effect, before and after the change, is not stepped again; any other goes on from the last
checkpoint before they could. The outcome is that of a full rerun, to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.block import compiled_kernel
from sim.experiments.changes import NEVER, CarriedOver, Matters, matters
from sim.kernels.compiled.kernel import pack, unpack
from sim.kernels.opening import opening
from sim.plan import Plan, make_plan
from sim.recording import STRENGTH_BINS, Notes, no_counts, rows, ticks
from sim.scenario.resolved import Resolved
from sim.state import FLOAT

Rows = dict[str, NDArray[Any]]
_FEWEST = 20
"""Runs that are worth a thread's while."""

Made = TypeVar("Made")
Task = TypeVar("Task")


@dataclass(frozen=True)
class Answer:
    """What a change does.

    Attributes:
        base, variant: outcome rows of the same runs, in order.
        again: (run,) the hour from which a run was stepped again; inf where it was not.
        strength: (tick, bin) of the variant, as `sim.recording.Counts`.
    """

    base: Rows
    variant: Rows
    again: NDArray[np.float64]
    strength: NDArray[np.int64]


@dataclass
class Begun:
    """A change whose runs have been stepped until they collapse: half of the way, more or less.

    Attributes:
        collapse_hour: (run,) when each run of the changed scenario collapses [h]; NaN if it does not.
    """

    collapse_hour: NDArray[np.float32]
    _go_on: Callable[[], Answer]

    def finish(self) -> Answer:
        """Step the runs to their end; once."""
        return self._go_on()


@dataclass
class _Checkpoint:
    step: int
    state: Any
    notes: Notes


@dataclass
class _Part:
    """Runs that one thread steps, and all that is known of them. `at`: (run,) the next step of each."""

    numbers: NDArray[np.uint64]
    state: Any
    notes: Notes
    bins: NDArray[np.int16]
    at: NDArray[np.int64]


class Warm:
    """Runs of a scenario, ready for questions. Needs the compiled kernel.

    Args:
        resolved: the scenario as it is.
        runs: how many.
        seed: of all draws.
        workers: threads; may be changed later.
        checkpoints: their hours, in order [h]; every day if None. Each takes about 12 kB per run of the Syrian case.
            A change before the first is answered from the start.
    """

    def __init__(
        self,
        resolved: Resolved,
        *,
        runs: int = 1000,
        seed: int = 1,
        workers: int = 2,
        checkpoints: Sequence[float] | None = None,
    ) -> None:
        self._resolved, self._seed, self.workers = resolved, seed, workers
        self._plan = make_plan(resolved)
        self._numbers = np.arange(runs, dtype=np.uint64)
        self._checkpoints: list[_Checkpoint] = []
        whole = self._through(_steps(self._plan, checkpoints))
        self._fired, self._bins = whole.state.fired, whole.bins
        self.base: Rows = rows(self._plan, unpack(whole.state), whole.notes)

    @property
    def checkpoint_bytes(self) -> int:
        """Memory that the checkpoints take."""
        kept = {id(array): array.nbytes for checkpoint in self._checkpoints for array in checkpoint.state}
        return sum(kept.values())

    def ask(self, changed: Resolved, runs: int | None = None, plan: Plan | None = None) -> Answer:
        """What becomes of the same runs in a changed scenario; of the first `runs`, if given.

        Args:
            plan: of the changed scenario, if it has been made.
        """
        return self._begin(changed, slice(0, runs), plan, until_collapse=False).finish()

    def begin(self, changed: Resolved, plan: Plan | None = None, known: Answer | None = None) -> Begun:
        """When the same runs collapse in a changed scenario; what becomes of them then can wait.

        Args:
            known: the answer about the first of the runs (`ask`): they are not stepped again.
        """
        if known is None:
            return self._begin(changed, slice(0, None), plan, until_collapse=True)
        first, others = known, self._begin(changed, slice(len(known.again), None), plan, until_collapse=True)

        def go_on() -> Answer:
            rest = others.finish()
            variant, again = _joined([first.variant, rest.variant]), np.concatenate([first.again, rest.again])
            return Answer(self.base, variant, again, first.strength + rest.strength)

        return Begun(np.concatenate([first.variant["collapse_hour"], others.collapse_hour]), go_on)

    def _begin(self, changed: Resolved, some: slice, plan: Plan | None, *, until_collapse: bool) -> Begun:
        plan, base = plan or make_plan(changed), {name: values[some] for name, values in self.base.items()}
        matter = matters((self._resolved, changed), plan, self._seed, self._numbers[some], self._fired[some])
        carried = None if matter.everything else CarriedOver((self._resolved, self._plan), (changed, plan), self._seed)

        def stepped(piece: tuple[int, NDArray[np.intp]]) -> _Part:
            number, mine = piece
            runs = some.start + mine
            if carried is None or number < 0:
                part = self._opened(plan, self._numbers[runs])
            else:
                part = self._restored(self._checkpoints[number], runs, carried, matter.of(mine))
            self._advance(plan, part, until_collapse=until_collapse)
            return part

        pieces = self._pieces(matter.hours)
        again, parts = np.concatenate([mine for _, mine in pieces]), self._share(stepped, pieces)

        def go_on() -> Answer:
            if until_collapse:
                self._share(lambda part: self._advance(plan, part), parts)
            whole, bins = _whole(parts), self._bins[some].copy()
            bins[again] = whole.bins
            fresh = rows(plan, unpack(whole.state), whole.notes)
            return Answer(base, _merged(base, fresh, again, matter.accounts(plan)), matter.hours, _histogram(bins))

        collapse_hour = base["collapse_hour"].copy()
        collapse_hour[again] = np.concatenate([part.notes.collapse for part in parts])
        return Begun(collapse_hour, go_on)

    def _pieces(self, hours: NDArray[np.float64]) -> list[tuple[int, NDArray[np.intp]]]:
        """The runs that are stepped again, in pieces: the checkpoint from which (-1: the opening), and which runs."""
        again = np.flatnonzero(hours < NEVER)
        # An event that is due at an hour acts in the first step that begins then or later.
        latest = np.maximum(hours[again] / self._plan.step_hours, 0).astype(np.int64)
        which = np.searchsorted([checkpoint.step for checkpoint in self._checkpoints], latest, side="right") - 1
        found = [(int(number), mine) for number in np.unique(which) for mine in self._split(again[which == number])]
        return found or [(-1, again)]  # for the names of the columns

    # -- parts ----------------------------------------------------------------------------

    def _opened(self, plan: Plan, numbers: NDArray[np.uint64]) -> _Part:
        """Runs before their first step."""
        many = len(numbers)
        state = pack(opening(plan, plan.values(seed=self._seed, runs=numbers), self._seed, numbers))
        bins = np.zeros((many, len(ticks(plan))), np.int16)
        return _Part(numbers, state, Notes.empty(plan, many), bins, np.zeros(many, np.int64))

    def _restored(
        self, checkpoint: _Checkpoint, runs: NDArray[np.intp], carried: CarriedOver, matter: Matters
    ) -> _Part:
        """Runs as they stood at a checkpoint, in the changed scenario."""
        notes = checkpoint.notes.of_runs(runs)
        notes.position = np.arange(len(runs))
        state, at = carried.over(checkpoint.state, runs, matter), np.full(len(runs), checkpoint.step, np.int64)
        return _Part(self._numbers[runs], state, notes, self._bins[runs], at)

    def _advance(self, plan: Plan, part: _Part, last: int | None = None, *, until_collapse: bool = False) -> None:
        p = plan.values(seed=self._seed, runs=part.numbers)
        part.at = compiled_kernel(plan).advance(
            p, self._seed, part.numbers, part.state, part.notes, no_counts(plan, at_ticks=False), part.at, last,
            bins=part.bins, until_collapse=until_collapse,
        )  # fmt: skip

    def _through(self, stops: Sequence[int]) -> _Part:
        """All runs at their end. Leaves a checkpoint behind at each of these steps, until all are over."""
        everyone = np.arange(len(self._numbers))
        parts = [self._opened(self._plan, self._numbers[mine]) for mine in self._split(everyone)]
        for step in [*stops, self._plan.steps]:
            if all(part.notes.over.all() for part in parts):
                break
            self._share(lambda part: self._advance(self._plan, part, step), parts)  # noqa: B023  # done when it returns
            if step < self._plan.steps:
                self._checkpoints.append(self._checkpoint(step, parts))
        return _whole(parts)

    def _checkpoint(self, step: int, parts: Sequence[_Part]) -> _Checkpoint:
        """A copy. What is as it was at the checkpoint before, is shared with it."""
        whole = _whole(parts)
        if self._checkpoints:
            before = self._checkpoints[-1].state
            both = zip(before, whole.state, strict=True)
            whole.state = type(before)(*(old if np.array_equal(old, new) else new for old, new in both))
        return _Checkpoint(step, whole.state, whole.notes)

    def _split(self, runs: NDArray[np.intp]) -> list[NDArray[np.intp]]:
        """Runs in pieces, smaller and smaller ones: all threads are busy nearly to the end."""
        pieces, first = [], 0
        while first < len(runs):
            size = max(_FEWEST, (len(runs) - first) // (2 * self.workers))
            pieces.append(runs[first : first + size])
            first += size
        return pieces

    def _share(self, do: Callable[[Task], Made], tasks: Sequence[Task]) -> list[Made]:
        """Do something with each, shared among threads."""
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(do, tasks))


def _steps(plan: Plan, hours: Sequence[float] | None) -> list[int]:
    """Steps before which checkpoints at these hours are taken."""
    wanted = np.arange(0.0, plan.steps * plan.step_hours, 24.0) if hours is None else np.asarray(hours, float)
    return [int(step) for step in np.unique((wanted / plan.step_hours).astype(int)) if step < plan.steps]


def _whole(parts: Sequence[_Part]) -> _Part:
    """Parts as one: a copy."""
    notes = {name: np.concatenate([getattr(part.notes, name) for part in parts], -1) for name in vars(parts[0].notes)}
    notes["position"] = np.arange(sum(len(part.numbers) for part in parts))
    states = [part.state for part in parts]
    return _Part(
        np.concatenate([part.numbers for part in parts]),
        type(states[0])(*(np.concatenate(arrays) for arrays in zip(*states, strict=True))),
        Notes(**notes),
        np.concatenate([part.bins for part in parts]),
        np.concatenate([part.at for part in parts]),
    )


def _joined(pieces: Sequence[Rows]) -> Rows:
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def _merged(base: Rows, fresh: Rows, again: NDArray[np.intp], accounts: Rows) -> Rows:
    """The rows of the variant: fresh where stepped `again`, the base's elsewhere; `accounts` hold everywhere."""
    many = len(next(iter(base.values())))
    merged: Rows = {}
    for name, values in fresh.items():
        if name in accounts:
            merged[name] = accounts[name]
            continue
        # A trigger that the base has not has not fired where it made no difference.
        merged[name] = base[name].copy() if name in base else np.full(many, FLOAT(np.nan))
        merged[name][again] = values
    return merged


def _histogram(bins: NDArray[np.int16]) -> NDArray[np.int64]:
    """(tick, bin) how many of the (run, tick) bins are there."""
    ticks_, size = bins.shape[1], STRENGTH_BINS + 1
    cell = np.arange(ticks_) * size + bins
    return np.bincount(cell.ravel(), minlength=ticks_ * size).reshape(ticks_, size)
