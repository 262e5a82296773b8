"""What a change of triggers touches: from which hour it matters in each run, and what a state keeps across it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiled.kernel import pack
from sim.kernels.opening import clocks, opening
from sim.plan import Effect, Plan
from sim.scenario.resolved import Resolved, ResolvedTrigger

NEVER = np.inf

_TIMING = ("enabled", "earliest", "latest", "delay_low", "delay_high", "probability")
"""What decides, with the dice, whether and when a trigger's moment comes."""
_CLOCK = ("account", "moment", "delay")
_OF_TRIGGER = (*_CLOCK, "due", "fired", "missed")

Clocks = tuple[NDArray[np.int16], NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True)
class Matters:
    """From when on a change matters.

    Attributes:
        hours: (run,) the hour before which it cannot matter; inf where it never does.
        rows: triggers of the changed scenario that are new or changed.
        clocks: (row, run) of those (`sim.kernels.opening.clocks`).
        everything: whether more than triggers has changed.
    """

    hours: NDArray[np.float64]
    rows: NDArray[np.intp]
    clocks: Clocks
    everything: bool

    def of(self, runs: NDArray[np.intp]) -> Matters:
        """The same of these runs."""
        account, moment, delay = self.clocks
        clocks = account[:, runs], moment[:, runs], delay[:, runs]
        return Matters(self.hours[runs], self.rows, clocks, self.everything)

    def accounts(self, plan: Plan) -> dict[str, NDArray[Any]]:
        """(run,) names of the accounts drawn for those triggers; `plan` is that of the changed scenario."""
        names = [plan.triggers.account_names[row] for row in self.rows]
        return {
            f"account_{plan.triggers.ids[row]}": np.array(told, dtype=object)[which]
            for row, told, which in zip(self.rows, names, self.clocks[0], strict=True)
            if len(told) > 1
        }


def matters(
    scenarios: tuple[Resolved, Resolved], plan: Plan, seed: int, numbers: NDArray[np.uint64], fired: NDArray[np.float32]
) -> Matters:
    """From when on a change matters in runs.

    Args:
        scenarios: before and after.
        plan: of the scenario after.
        seed, numbers: of the runs.
        fired: (run, trigger) when the triggers of the scenario before took effect in them; inf: never.
    """
    old, new = scenarios
    mine = {trigger.id: (row, trigger) for row, trigger in enumerate(old.triggers)}
    others = [row for row, t in enumerate(new.triggers) if t.id not in mine or mine[t.id][1] != t]
    rows = np.array(others, np.intp)
    drawn = clocks(plan, seed, numbers, rows)
    if _without_triggers(old) != _without_triggers(new):
        return Matters(np.zeros(len(numbers)), rows, drawn, everything=True)
    hours = np.full(len(numbers), NEVER)
    for name in mine.keys() - {trigger.id for trigger in new.triggers}:
        hours = np.minimum(hours, fired[:, mine[name][0]])
    _, moment, delay = drawn
    for number, row in enumerate(others):
        after = new.triggers[row]
        at, before = mine.get(after.id, (-1, None))
        if before is not None and after.until is not None and _only_stops_earlier(before, after):
            hours = np.minimum(hours, np.where(fired[:, at] >= after.until, fired[:, at], NEVER))
            continue
        if before is not None:
            hours = np.minimum(hours, fired[:, at])
            if _same_clock(before, after):
                continue  # it fires when it fired: already counted
        hours = np.minimum(hours, moment[number].astype(float) + (0.0 if after.guards else delay[number]))
    return Matters(np.asarray(hours, np.float64), rows, drawn, everything=False)


class CarriedOver:
    """How states of one scenario become states of a changed one, where its triggers alone have changed.

    Args:
        old, new: the scenarios, with their plans.
        seed: of the runs.
    """

    def __init__(self, old: tuple[Resolved, Plan], new: tuple[Resolved, Plan], seed: int) -> None:
        before = {t.id: (row, t) for row, t in enumerate(old[0].triggers)}
        kept = [
            (row, before[t.id][0])
            for row, t in enumerate(new[0].triggers)
            if t.id in before and _runs_the_same(before[t.id][1], t)
        ]
        undoings = _pairs(_undoings(old[1]), _undoings(new[1]))
        rumours = _pairs([e.hash for e in old[1].rumours], [e.hash for e in new[1].rumours])
        self._rows_of = {
            **dict.fromkeys(_OF_TRIGGER, _two(kept)),
            **dict.fromkeys(("undo_at", "undo_units"), _two(undoings)),
            **dict.fromkeys(("rumour_until", "rumour"), _two(rumours)),
            "shock": _two(_pairs(list(old[1].shock_decays), list(new[1].shock_decays))),
        }
        # What is not carried over stands as it does in any run before its first step; clocks are given.
        one = np.zeros(1, np.uint64)
        self._fresh = pack(opening(new[1], new[1].values(seed=seed, runs=one), seed, one))

    def over(self, packed: Any, runs: NDArray[np.intp], matter: Matters) -> Any:
        """These runs of a packed state of the old scenario, as a state of the new one.

        Args:
            matter: of these runs.
        """
        made = {}
        for name, array in packed._asdict().items():
            if name not in self._rows_of:
                made[name] = array[runs]
                continue
            fresh, (into, source) = getattr(self._fresh, name), self._rows_of[name]
            made[name] = np.repeat(fresh, len(runs), axis=0)
            if name in _CLOCK:
                made[name][:, matter.rows] = matter.clocks[_CLOCK.index(name)].T
            made[name][:, into] = array[runs][:, source]
        return type(packed)(**made)


def _two(pairs: list[tuple[int, int]]) -> tuple[Any, Any]:
    """Pairs as two lists; as slices where all rows keep their places."""
    if all(one == other == number for number, (one, other) in enumerate(pairs)):
        return slice(len(pairs)), slice(len(pairs))
    return np.array([one for one, _ in pairs], np.intp), np.array([other for _, other in pairs], np.intp)


def _pairs(old: list[Any], new: list[Any]) -> list[tuple[int, int]]:
    """(row in `new`, row in `old`) of what both have."""
    row = {thing: number for number, thing in enumerate(old)}
    return [(number, row[thing]) for number, thing in enumerate(new) if thing in row]


def _undoings(plan: Plan) -> list[Any]:
    return [effect.hash for effect in sorted(_undone(plan), key=lambda effect: effect.undo)]


def _undone(plan: Plan) -> Iterator[Effect]:
    for accounts in plan.triggers.effects:
        for account in accounts:
            yield from (effect for effect in account if effect.undo >= 0)


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
