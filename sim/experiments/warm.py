"""An ensemble kept ready: a change of triggers is answered on the same dice, from where it first matters.

Checkpoints of every run's state lie in memory. A run in which the changed triggers never take
effect, before and after the change, is not stepped again; any other goes on from the last
checkpoint before they could. The outcome is that of a full rerun, to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.block import compiled_kernel
from sim.kernels.compiled.kernel import pack, unpack
from sim.kernels.opening import clocks, opening
from sim.plan import Effect, Plan, make_plan
from sim.recording import STRENGTH_BINS, Notes, no_counts, rows, ticks
from sim.scenario.resolved import Resolved, ResolvedTrigger
from sim.state import FLOAT

Rows = dict[str, NDArray[Any]]
_TIMING = ("enabled", "earliest", "latest", "delay_low", "delay_high", "probability")
"""What decides, with the dice, whether and when a trigger's moment comes."""
_OF_TRIGGER = ("account", "moment", "delay", "due", "fired", "missed")
_NEVER = np.inf


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


class Warm:
    """Runs of a scenario, ready for questions. Needs the compiled kernel.

    Args:
        resolved: the scenario as it is.
        runs: how many.
        seed: of all draws.
        workers: threads; may be changed later.
        every_hours: between two checkpoints [h]; each takes about 15 kB per run of the Syrian case.
        from_hour: of the first checkpoint [h]: an earlier change is answered from the start.
    """

    def __init__(
        self,
        resolved: Resolved,
        *,
        runs: int = 1000,
        seed: int = 1,
        workers: int = 2,
        every_hours: float = 24.0,
        from_hour: float = 0.0,
    ) -> None:
        self._resolved, self._seed, self.workers = resolved, seed, workers
        self._plan = make_plan(resolved)
        self._numbers = np.arange(runs, dtype=np.uint64)
        self._every = max(1, round(every_hours / self._plan.step_hours))
        self._from = min(int(from_hour / self._plan.step_hours), self._plan.steps - 1)
        self._checkpoints: list[_Checkpoint] = []
        self._bins = np.zeros((runs, len(ticks(self._plan))), np.int16)
        self._end, self._notes = self._through(pack(opening(self._plan, *self._who(self._plan, self._numbers))))
        self.base: Rows = rows(self._plan, unpack(self._end), self._notes)

    def _who(self, plan: Plan, numbers: NDArray[np.uint64]) -> tuple[Any, int, NDArray[np.uint64]]:
        """What the opening wants to know of runs: their parameters, seed and numbers."""
        return plan.values(seed=self._seed, runs=numbers), self._seed, numbers

    @property
    def checkpoint_bytes(self) -> int:
        """Memory that the checkpoints take."""
        return sum(array.nbytes for checkpoint in self._checkpoints for array in checkpoint.state)

    def ask(self, changed: Resolved, runs: int | None = None, plan: Plan | None = None) -> Answer:
        """What becomes of the same runs in a changed scenario; of the first `runs`, if given.

        Args:
            plan: of the changed scenario, if it has been made.
        """
        return self._begin(changed, runs, plan, until_collapse=False).finish()

    def begin(self, changed: Resolved, plan: Plan | None = None) -> Begun:
        """When the same runs collapse in a changed scenario; what becomes of them then can wait."""
        return self._begin(changed, None, plan, until_collapse=True)

    def _begin(self, changed: Resolved, runs: int | None, plan: Plan | None, *, until_collapse: bool) -> Begun:
        plan, some = plan or make_plan(changed), slice(runs)
        hours, accounts = self._matters(changed, plan, some)
        again = np.flatnonzero(hours < _NEVER)
        steps = np.array([0] + [checkpoint.step for checkpoint in self._checkpoints])
        # An event that is due at an hour acts in the first step that begins then or later.
        latest = np.maximum(hours[again] / self._plan.step_hours, 0).astype(np.int64)
        which = np.searchsorted(steps, latest, side="right") - 1
        state, notes = pack(opening(plan, *self._who(plan, self._numbers[again]))), Notes.empty(plan, len(again))
        for number in np.unique(which):
            mine = np.flatnonzero(which == number)
            if number > 0:
                self._restore(self._checkpoints[number - 1], plan, changed, again[mine], state, notes, mine)
        bins = self._bins[some].copy()
        fresh = bins[again]
        reached = self._advance(plan, again, state, notes, fresh, steps[which], until_collapse=until_collapse)
        base = {name: values[some] for name, values in self.base.items()}

        def go_on() -> Answer:
            if until_collapse:
                self._advance(plan, again, state, notes, fresh, reached)
            bins[again] = fresh
            variant = self._merged(base, rows(plan, unpack(state), notes), again, accounts)
            return Answer(base, variant, hours, _histogram(bins))

        collapse_hour = base["collapse_hour"].copy()
        collapse_hour[again] = notes.collapse
        return Begun(collapse_hour, go_on)

    # -- the runs as they are -----------------------------------------------------------

    def _through(self, state: Any) -> tuple[Any, Notes]:
        """Step all runs to the end, leaving checkpoints behind."""
        plan = self._plan
        notes = Notes.empty(plan, len(self._numbers))
        everyone = np.arange(len(self._numbers))
        stops = [0, *range(self._from or self._every, plan.steps, self._every), plan.steps]
        for step, last in pairwise(stops):
            if notes.over.all():
                break
            if step > 0:
                copy = type(state)(*(array.copy() for array in state))
                self._checkpoints.append(_Checkpoint(step, copy, deepcopy(notes)))
            self._advance(plan, everyone, state, notes, self._bins, np.full(len(everyone), step), last)
        return state, notes

    def _advance(
        self,
        plan: Plan,
        which: NDArray[np.intp],
        state: Any,
        notes: Notes,
        bins: NDArray[np.int16],
        first: NDArray[np.int64],
        last: int | None = None,
        until_collapse: bool = False,
    ) -> NDArray[np.int64]:
        """Step some of the runs, shared among threads; returns the step from which each would go on."""
        reached = np.array(first)
        if not len(which):
            return reached
        kernel = compiled_kernel(plan)
        pieces = np.array_split(np.arange(len(which)), max(1, min(4 * self.workers, len(which) // 20)))

        def go(piece: NDArray[np.intp]) -> None:
            part = slice(int(piece[0]), int(piece[-1]) + 1)
            mine = type(state)(*(array[part] for array in state))
            kept = Notes(**{name: array[..., part].copy() for name, array in vars(notes).items()})
            runs = self._numbers[which[part]]
            p = plan.values(seed=self._seed, runs=runs)
            reached[part] = kernel.advance(p, self._seed, runs, mine, kept, no_counts(plan), first[part], last,
                                           bins=bins[part], until_collapse=until_collapse)  # fmt: skip
            for name, array in vars(kept).items():
                getattr(notes, name)[..., part] = array

        with ThreadPoolExecutor(self.workers) as pool:
            list(pool.map(go, pieces))
        return reached

    # -- a change -----------------------------------------------------------------------

    def _matters(self, changed: Resolved, plan: Plan, some: slice) -> tuple[NDArray[np.float64], Rows]:
        """(run,) the hour before which the change cannot matter, inf where it never does; and the accounts of
        triggers that are new or changed."""
        numbers = self._numbers[some]
        mine = {trigger.id: (row, trigger) for row, trigger in enumerate(self._resolved.triggers)}
        others = [row for row, t in enumerate(changed.triggers) if t.id not in mine or mine[t.id][1] != t]
        account, moment, delay = clocks(plan, self._seed, numbers, np.array(others, np.intp))
        names = [plan.triggers.account_names[row] for row in others]
        accounts: Rows = {
            f"account_{plan.triggers.ids[row]}": np.array(told, dtype=object)[which]
            for row, told, which in zip(others, names, account, strict=True)
            if len(told) > 1
        }
        if _without_triggers(changed) != _without_triggers(self._resolved):
            return np.zeros(len(numbers)), accounts
        hours = np.full(len(numbers), _NEVER)
        for name in mine.keys() - {trigger.id for trigger in changed.triggers}:
            hours = np.minimum(hours, self._fired(mine[name][0], some))
        for number, row in enumerate(others):
            new = changed.triggers[row]
            at, old = mine.get(new.id, (-1, None))
            if old is not None and new.until is not None and _only_stops_earlier(old, new):
                fired = self._fired(at, some)
                hours = np.minimum(hours, np.where(fired >= new.until, fired, _NEVER))
                continue
            if old is not None:
                hours = np.minimum(hours, self._fired(at, some))
                if _same_clock(old, new):
                    continue  # it fires when it fired: already counted
            comes = moment[number].astype(float) + (0.0 if new.guards else delay[number])
            hours = np.minimum(hours, comes)
        return hours, accounts

    def _fired(self, row: int, some: slice) -> NDArray[np.float64]:
        """(run,) when a trigger of the scenario as it is took effect; inf: never."""
        return np.asarray(self._end.fired[some, row], np.float64)

    def _restore(
        self,
        checkpoint: _Checkpoint,
        plan: Plan,
        changed: Resolved,
        runs: NDArray[np.intp],
        state: Any,
        notes: Notes,
        at: NDArray[np.intp],
    ) -> None:
        """Put runs of a checkpoint at rows `at` of the changed scenario's state and notes."""
        old = {t.id: (row, t) for row, t in enumerate(self._resolved.triggers)}
        kept = [
            (row, old[t.id][0])
            for row, t in enumerate(changed.triggers)
            if t.id in old and _runs_the_same(old[t.id][1], t)
        ]
        undoings = _pairs(_undoings(self._plan), _undoings(plan))
        rumours = _pairs([e.hash for e in self._plan.rumours], [e.hash for e in plan.rumours])
        decays = _pairs(list(self._plan.shock_decays), list(plan.shock_decays))
        rows_of = {
            **dict.fromkeys(_OF_TRIGGER, kept),
            **dict.fromkeys(("undo_at", "undo_units"), undoings),
            **dict.fromkeys(("rumour_until", "rumour"), rumours),
            "shock": decays,
        }
        for name, array in state._asdict().items():
            source = getattr(checkpoint.state, name)[runs]
            if name not in rows_of:
                array[at] = source
                continue
            for new_row, old_row in rows_of[name]:
                array[at, new_row] = source[:, old_row]
        for field in fields(Notes):
            if field.name != "position":
                getattr(notes, field.name)[..., at] = getattr(checkpoint.notes, field.name)[..., runs]

    @staticmethod
    def _merged(base: Rows, fresh: Rows, again: NDArray[np.intp], accounts: Rows) -> Rows:
        """The rows of the variant: fresh where stepped again, the base's elsewhere; `accounts` hold everywhere."""
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


def _without_triggers(resolved: Resolved) -> dict[str, Any]:
    return {name: value for name, value in resolved if name != "triggers"}


def _same_clock(old: ResolvedTrigger, new: ResolvedTrigger) -> bool:
    """Whether both come, or not, at the same moment in every run: only what they do differs."""
    fixed = ("patience_hours", "until", "scales_with", "guards", *_TIMING)
    accounts = [[(a.name, a.weight, a.happens) for a in t.accounts] for t in (old, new)]
    return accounts[0] == accounts[1] and all(getattr(old, name) == getattr(new, name) for name in fixed)


def _only_stops_earlier(old: ResolvedTrigger, new: ResolvedTrigger) -> bool:
    """Whether the one change is an hour from which on the trigger does not happen, or an earlier one."""
    return (
        new.until is not None
        and (old.until is None or new.until < old.until)
        and new == old.model_copy(update={"until": new.until})
    )


def _runs_the_same(old: ResolvedTrigger, new: ResolvedTrigger) -> bool:
    """Whether its clock is the same until its effect differs for the first time."""
    return old == new or _same_clock(old, new) or _only_stops_earlier(old, new)


def _undoings(plan: Plan) -> list[Any]:
    effects: list[Effect] = [e for accounts in plan.triggers.effects for account in accounts for e in account]
    return [effect.hash for effect in sorted((e for e in effects if e.undo >= 0), key=lambda e: e.undo)]


def _pairs(old: list[Any], new: list[Any]) -> list[tuple[int, int]]:
    """(row in `new`, row in `old`) of what both have."""
    row = {thing: number for number, thing in enumerate(old)}
    return [(number, row[thing]) for number, thing in enumerate(new) if thing in row]
