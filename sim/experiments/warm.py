"""An ensemble kept ready: a change of triggers is answered on the same dice, from where it first matters.

Checkpoints of every run's state lie in memory. A run in which the changed triggers never take
effect, before and after the change, is not stepped again; any other goes on from the last
checkpoint before they could. The outcome is that of a full rerun, to the bit.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.block import look_every
from sim.kernels.compiled.kernel import CompiledKernel, pack, unpack
from sim.kernels.opening import opening
from sim.plan import Effect, Plan, make_plan
from sim.recording import Notes, no_counts, rows, tick_every
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
    """

    base: Rows
    variant: Rows
    again: NDArray[np.float64]


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
        workers: threads.
        every_hours: between two checkpoints [h]; each takes about 20 kB per run of the Syrian case.
    """

    def __init__(
        self, resolved: Resolved, *, runs: int = 1000, seed: int = 1, workers: int = 2, every_hours: float = 24.0
    ) -> None:
        self._resolved, self._seed, self._workers = resolved, seed, workers
        self._plan = make_plan(resolved)
        self._numbers = np.arange(runs, dtype=np.uint64)
        self._every = max(1, round(every_hours / self._plan.step_hours))
        self._checkpoints: list[_Checkpoint] = []
        start = pack(opening(self._plan, self._values(self._plan), seed, self._numbers))
        self._end, self._notes = self._through(start)
        self.base: Rows = rows(self._plan, unpack(self._end), self._notes)

    def _values(self, plan: Plan) -> Any:
        return plan.values(seed=self._seed, runs=self._numbers)

    @property
    def checkpoint_bytes(self) -> int:
        """Memory that the checkpoints take."""
        return sum(array.nbytes for checkpoint in self._checkpoints for array in checkpoint.state)

    def ask(self, changed: Resolved) -> Answer:
        """What becomes of the same runs in a changed scenario."""
        plan = make_plan(changed)
        start = pack(opening(plan, self._values(plan), self._seed, self._numbers))
        hours = self._matters(changed, plan, start)
        again = np.flatnonzero(hours < _NEVER)
        steps = np.array([checkpoint.step for checkpoint in self._checkpoints])
        # An event that is due at an hour acts in the first step that begins then or later.
        latest = np.maximum(hours[again] / self._plan.step_hours, 0).astype(np.int64)
        which = np.searchsorted(steps, latest, side="right") - 1
        state = type(start)(*(array[again].copy() for array in start))
        notes = Notes.empty(plan, len(again))
        for number in np.unique(which):
            mine = np.flatnonzero(which == number)
            if steps[number] > 0:
                self._restore(self._checkpoints[number], plan, changed, again[mine], state, notes, mine)
        self._advance(plan, again, state, notes, steps[which])
        fresh = rows(plan, unpack(state), notes)
        return Answer(self.base, self._merged(fresh, again, plan, start.account), hours)

    # -- the runs as they are -----------------------------------------------------------

    def _through(self, state: Any) -> tuple[Any, Notes]:
        """Step all runs to the end, leaving checkpoints behind."""
        plan = self._plan
        notes = Notes.empty(plan, len(self._numbers))
        everyone = np.arange(len(self._numbers))
        for step in range(0, plan.steps, self._every):
            if notes.over.all():
                break
            copy = type(state)(*(array.copy() for array in state))
            self._checkpoints.append(_Checkpoint(step, copy, deepcopy(notes)))
            last = min(step + self._every, plan.steps)
            self._advance(plan, everyone, state, notes, np.full(len(everyone), step), last)
        return state, notes

    def _advance(
        self,
        plan: Plan,
        which: NDArray[np.intp],
        state: Any,
        notes: Notes,
        first: NDArray[np.int64],
        last: int | None = None,
    ) -> None:
        """Step some of the runs, shared among threads."""
        if not len(which):
            return
        kernel = CompiledKernel(plan, look_every(plan), tick_every(plan))
        pieces = np.array_split(np.arange(len(which)), max(1, min(4 * self._workers, len(which) // 20)))

        def go(piece: NDArray[np.intp]) -> None:
            part = slice(int(piece[0]), int(piece[-1]) + 1)
            mine = type(state)(*(array[part] for array in state))
            kept = Notes(**{name: array[..., part].copy() for name, array in vars(notes).items()})
            runs = self._numbers[which[part]]
            p = plan.values(seed=self._seed, runs=runs)
            kernel.advance(p, self._seed, runs, mine, kept, no_counts(plan), first[part], last)
            for name, array in vars(kept).items():
                getattr(notes, name)[..., part] = array

        with ThreadPoolExecutor(self._workers) as pool:
            list(pool.map(go, pieces))

    # -- a change -----------------------------------------------------------------------

    def _matters(self, changed: Resolved, plan: Plan, start: Any) -> NDArray[np.float64]:
        """(run,) the hour before which the change cannot matter; inf where it never does."""
        many = len(self._numbers)
        if _without_triggers(changed) != _without_triggers(self._resolved):
            return np.zeros(many)
        mine = {trigger.id: (row, trigger) for row, trigger in enumerate(self._resolved.triggers)}
        theirs = {trigger.id: (row, trigger) for row, trigger in enumerate(changed.triggers)}
        hours = np.full(many, _NEVER)
        for name in mine.keys() | theirs.keys():
            old, new = mine.get(name), theirs.get(name)
            if old is not None and new is not None and old[1] == new[1]:
                continue
            if old is not None:
                hours = np.minimum(hours, self._end.fired[:, old[0]])
            if new is not None:
                comes = start.moment[:, new[0]].astype(float)
                if old is not None and _same_clock(old[1], new[1]):
                    continue  # it fires when it fired: already counted
                if not new[1].guards:
                    comes = comes + start.delay[:, new[0]]
                hours = np.minimum(hours, comes)
        return hours

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
            if t.id in old and (t == old[t.id][1] or _same_clock(old[t.id][1], t))
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

    def _merged(self, fresh: Rows, again: NDArray[np.intp], plan: Plan, account: NDArray[np.int16]) -> Rows:
        """The rows of the variant: fresh where stepped again, the base's elsewhere."""
        accounts = {
            f"account_{name}": np.array(names, dtype=object)[account[:, row]]
            for row, (name, names) in enumerate(zip(plan.triggers.ids, plan.triggers.account_names, strict=True))
            if len(names) > 1
        }
        merged: Rows = {}
        for name, values in fresh.items():
            if name in accounts:
                merged[name] = accounts[name]
                continue
            # A trigger that the base has not has not fired where it made no difference.
            merged[name] = self.base[name].copy() if name in self.base else np.full(len(account), FLOAT(np.nan))
            merged[name][again] = values
        return merged


def _without_triggers(resolved: Resolved) -> dict[str, Any]:
    return {name: value for name, value in resolved if name != "triggers"}


def _same_clock(old: ResolvedTrigger, new: ResolvedTrigger) -> bool:
    """Whether both come, or not, at the same moment in every run: only what they do differs."""
    fixed = ("patience_hours", "until", "scales_with", "guards", *_TIMING)
    accounts = [[(a.name, a.weight, a.happens) for a in t.accounts] for t in (old, new)]
    return accounts[0] == accounts[1] and all(getattr(old, name) == getattr(new, name) for name in fixed)


def _undoings(plan: Plan) -> list[Any]:
    effects: list[Effect] = [e for accounts in plan.triggers.effects for account in accounts for e in account]
    return [effect.hash for effect in sorted((e for e in effects if e.undo >= 0), key=lambda e: e.undo)]


def _pairs(old: list[Any], new: list[Any]) -> list[tuple[int, int]]:
    """(row in `new`, row in `old`) of what both have."""
    row = {thing: number for number, thing in enumerate(old)}
    return [(number, row[thing]) for number, thing in enumerate(new) if thing in row]
