"""What is kept of a block of runs: one row per run, and counts that add up over blocks.

Counts are whole numbers, so that their sums do not depend on how runs were batched and
memory does not grow with the number of runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.plan import Plan
from sim.randomness import Decision, uniform
from sim.rules.quit import Terms
from sim.state import FLOAT, State, Status

RECORD_HOURS = 6.0
"""How often strength and fates are counted [h]; times of collapse and fall are kept per step."""
STRENGTH_BINS = 200
CASCADE_GAP_HOURS = 12.0
"""Breaks with no gap longer than this belong to one cascade [judgement]."""
LEVELS = (0.40, 0.25, 0.15)
"""Shares of effective strength whose first crossing is recorded."""


class Watched(Protocol):
    """What a recorder reads of a kernel after each step."""

    plan: Plan
    seed: int
    runs: NDArray[np.uint64]
    state: State
    strength_share: NDArray[np.float32]
    terms: Terms


@dataclass
class Counts:
    """Sums over runs; add two of them for two blocks."""

    strength: NDArray[np.int64]
    """(tick, bin)"""
    fate_men: NDArray[np.int64]
    """(tick, status): men on the host's side, allies included, rounded per unit"""
    fate_units: NDArray[np.int64]
    final: NDArray[np.int64]
    """(unit, status)"""
    breaks: NDArray[np.int64]
    """(unit,)"""
    first_breaks: NDArray[np.int64]
    reasons: NDArray[np.int64]
    """(unit, term): how often a term of the quit index was the largest at the break"""

    def add(self, other: Counts) -> None:
        """Add the counts of another block to these."""
        for name, mine in vars(self).items():
            mine += getattr(other, name)


def ticks(plan: Plan) -> NDArray[np.float64]:
    """Hours at which strength and fates are counted, 0 first."""
    every = tick_every(plan)
    return np.arange(0, plan.steps + 1, every, dtype=float) * plan.step_hours


def tick_every(plan: Plan) -> int:
    """Steps from one tick to the next."""
    return max(1, round(RECORD_HOURS / plan.step_hours))


def no_counts(plan: Plan, *, at_ticks: bool = True) -> Counts:
    """Counts of no run at all; with no room for ticks, unless they are to be counted `at_ticks` too."""
    many, units, statuses = len(ticks(plan)) if at_ticks else 0, len(plan.units.ids), len(Status)
    return Counts(
        strength=np.zeros((many, STRENGTH_BINS + 1), np.int64),
        fate_men=np.zeros((many, statuses), np.int64),
        fate_units=np.zeros((many, statuses), np.int64),
        final=np.zeros((units, statuses), np.int64),
        breaks=np.zeros(units, np.int64),
        first_breaks=np.zeros(units, np.int64),
        reasons=np.zeros((units, len(Terms._fields)), np.int64),
    )


@dataclass
class Track:
    """Whole histories of a few runs: (run, tick, ...) arrays."""

    status: list[NDArray[np.int8]] = field(default_factory=list)
    place_of: list[NDArray[np.int16]] = field(default_factory=list)
    control: list[NDArray[np.int8]] = field(default_factory=list)
    men: list[NDArray[np.float32]] = field(default_factory=list)
    strength: list[NDArray[np.float32]] = field(default_factory=list)

    def keep(self, kernel: Watched) -> None:
        """Append the present state."""
        state = kernel.state
        self.status.append(state.status.astype(np.int8))
        self.place_of.append(state.place.astype(np.int16))
        self.control.append(state.control.copy())
        self.men.append(state.men * state.strength)
        self.strength.append(kernel.strength_share.copy())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """{name: (run, tick, unit or place)}; strength is (run, tick)."""
        return {name: np.moveaxis(np.stack(kept), -1, 0) for name, kept in vars(self).items()}


@dataclass
class Notes:
    """What is noted of each run; run is the last axis of every array."""

    position: NDArray[np.intp]
    """Where the run stands in the block as it began."""
    collapse: NDArray[np.float32]
    capital: NDArray[np.float32]
    levels: NDArray[np.float32]
    falls: NDArray[np.float32]
    first: NDArray[np.intp]
    first_hour: NDArray[np.float32]
    breaks: NDArray[np.int32]
    cascade: NDArray[np.int32]
    largest: NDArray[np.int32]
    cascade_start: NDArray[np.float32]
    """Hour of the first break of the present cascade."""
    largest_start: NDArray[np.float32]
    largest_end: NDArray[np.float32]
    last_break: NDArray[np.float32]
    broken: NDArray[np.bool_]
    over: NDArray[np.bool_]

    @classmethod
    def empty(cls, plan: Plan, many: int) -> Notes:
        """Notes of runs of which nothing has been seen."""

        def never(*shape: int) -> NDArray[np.float32]:
            return np.full((*shape, many), np.nan, FLOAT)

        def none() -> NDArray[np.int32]:
            return np.zeros(many, np.int32)

        return cls(
            position=np.arange(many),
            collapse=never(),
            capital=never(),
            levels=never(len(LEVELS)),
            falls=never(len(plan.places.ids)),
            first=np.full(many, -1),
            first_hour=never(),
            breaks=none(),
            cascade=none(),
            largest=none(),
            cascade_start=never(),
            largest_start=never(),
            largest_end=never(),
            last_break=np.full(many, -np.inf, FLOAT),
            broken=np.zeros((len(plan.units.ids), many), bool),
            over=np.zeros(many, bool),
        )

    def of_runs(self, runs: NDArray[np.intp]) -> Notes:
        """A copy with these runs only, in C order: compiled code knows no other."""
        return Notes(**{name: array[..., runs].copy(order="C") for name, array in vars(self).items()})


class Recorder:
    """Watches a kernel and keeps its outcomes. Call `watch` after every step; `close` at the horizon.

    A run is over when nothing can change for the host any more; its row is final then.

    Args:
        kernel: whose state is looked at.
        track: keep whole histories.
        at_ticks: whether strength and fates are counted.
    """

    def __init__(self, kernel: Watched, *, track: bool = False, at_ticks: bool = True) -> None:
        self._kernel, self._plan, self._at_ticks = kernel, kernel.plan, at_ticks
        self.counts = no_counts(self._plan, at_ticks=at_ticks)
        self.track = Track() if track else None
        self._host = np.flatnonzero(self._plan.units.host)
        many = kernel.strength_share.shape[0]
        self._notes = Notes.empty(self._plan, many)
        self._settled: list[tuple[NDArray[np.intp], dict[str, NDArray[Any]]]] = []
        self._tick(0)

    def watch(self, number: int) -> None:
        """Take note of the state after step `number`."""
        plan, notes, share = self._plan, self._notes, self._kernel.strength_share
        hour = FLOAT((number + 1) * plan.step_hours)
        lost = self._kernel.state.control != plan.places.holder[:, None]
        capital = lost[plan.places.capital]
        _first_time(notes.falls, lost, hour)
        _first_time(notes.capital, capital, hour)
        _first_time(notes.collapse, capital | (share < plan.collapse_share), hour)
        for times, level in zip(notes.levels, LEVELS, strict=True):
            _first_time(times, share < level, hour)
        self._note_breaks(hour)
        if (number + 1) % tick_every(plan) == 0:
            self._tick((number + 1) // tick_every(plan))

    def settle(self, finished: NDArray[np.bool_], number: int) -> None:
        """These runs are over after step `number`: make their rows final, and count them at all later ticks."""
        fresh = np.flatnonzero(finished & ~self._notes.over)
        if not len(fresh):
            return
        self._settled.append((self._notes.position[fresh], self._rows(fresh)))
        self._notes.over[fresh] = True
        if self._at_ticks:
            later = slice((number + 1) // tick_every(self._plan) + 1, None)
            for counts, now in zip(self._tables(), self._count(fresh), strict=True):
                counts[later] += now

    def follow(self, kernel: Watched, kept: NDArray[np.intp]) -> None:
        """Go on with a kernel of only these of the present runs; the others are settled."""
        self._kernel, self._notes = kernel, self._notes.of_runs(kept)

    @property
    def collapsed(self) -> NDArray[np.bool_]:
        """(run,) which of the present runs have collapsed."""
        return ~np.isnan(self._notes.collapse)

    @property
    def over(self) -> NDArray[np.bool_]:
        """(run,) which of the present runs are settled."""
        return self._notes.over

    def close(self) -> dict[str, NDArray[Any]]:
        """One value per run for each column of `outcomes` (docs/architecture.md)."""
        left = np.flatnonzero(~self._notes.over)
        if len(left):
            self._settled.append((self._notes.position[left], self._rows(left)))
        order = np.argsort(np.concatenate([at for at, _ in self._settled]))
        first = self._settled[0][1]
        return {name: np.concatenate([rows[name] for _, rows in self._settled])[order] for name in first}

    def _tables(self) -> tuple[NDArray[np.int64], ...]:
        return self.counts.strength, self.counts.fate_men, self.counts.fate_units

    def _count(self, runs: NDArray[np.intp]) -> tuple[NDArray[np.int64], ...]:
        """Histogram of strength, men and units by status, over these runs."""
        state, every = self._kernel.state, np.ix_(self._host, runs)
        bins = np.clip(self._kernel.strength_share[runs] * STRENGTH_BINS, 0, STRENGTH_BINS).astype(np.intp)
        status = state.status[every].ravel()
        men = np.rint(state.men[every] * state.strength[every]).ravel()
        return (
            np.bincount(bins, minlength=STRENGTH_BINS + 1),
            np.bincount(status, men, len(Status)).astype(np.int64),
            np.bincount(status, minlength=len(Status)),
        )

    def _tick(self, tick: int) -> None:
        if self.track is not None:
            self.track.keep(self._kernel)
        if self._at_ticks:
            for counts, now in zip(self._tables(), self._count(np.flatnonzero(~self._notes.over)), strict=True):
                counts[tick] += now

    def _note_breaks(self, hour: np.float32) -> None:
        notes, counts = self._notes, self.counts
        new = self._kernel.state.broken & ~notes.broken
        rows, cols = np.nonzero(new & self._plan.units.own[:, None])
        notes.broken |= new
        if not len(rows):
            return
        np.add.at(counts.breaks, rows, 1)
        terms = np.stack([np.broadcast_to(t, new.shape)[rows, cols] for t in self._kernel.terms])
        np.add.at(counts.reasons, (rows, terms.argmax(axis=0)), 1)
        fresh = notes.first[cols] < 0
        self._note_first(rows[fresh], cols[fresh], hour)
        runs, number = np.unique(cols, return_counts=True)
        goes_on = hour - notes.last_break[runs] <= CASCADE_GAP_HOURS
        notes.cascade[runs] = np.where(goes_on, notes.cascade[runs], 0) + number
        notes.cascade_start[runs] = np.where(goes_on, notes.cascade_start[runs], hour)
        grown = runs[notes.cascade[runs] > notes.largest[runs]]
        notes.largest[grown], notes.largest_end[grown] = notes.cascade[grown], hour
        notes.largest_start[grown] = notes.cascade_start[grown]
        notes.breaks[runs] += number.astype(np.int32)
        notes.last_break[runs] = hour

    def _note_first(self, rows: NDArray[np.intp], cols: NDArray[np.intp], hour: np.float32) -> None:
        """Of several units that break first in one step a draw names one: the order of rows must not."""
        kernel, ids = self._kernel, self._plan.units.hashes
        draws = uniform(kernel.seed, kernel.runs[cols], 0, ids[rows], Decision.FIRST)
        order = np.lexsort((draws, cols))
        runs, lowest = np.unique(cols[order], return_index=True)
        named = rows[order[lowest]]
        self._notes.first[runs], self._notes.first_hour[runs] = named, hour
        np.add.at(self.counts.first_breaks, named, 1)

    def _rows(self, runs: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
        state = self._kernel.state.of_runs(runs)
        count_final(self.counts, state)
        return rows(self._plan, state, self._notes.of_runs(runs))


def count_final(counts: Counts, state: State) -> None:
    """Add the final statuses of runs to the counts."""
    units, statuses = counts.final.shape
    cell = np.arange(units)[:, None] * statuses + state.status
    counts.final += np.bincount(cell.ravel(), minlength=counts.final.size).reshape(units, statuses)


def rows(plan: Plan, state: State, notes: Notes) -> dict[str, NDArray[Any]]:
    """One value per run for each column of `outcomes`, from the state and the notes at the end."""
    host = np.flatnonzero(plan.units.host)
    status_of, men, strength = state.status[host], state.men[host], state.strength[host]
    row: dict[str, NDArray[Any]] = {"collapse_hour": notes.collapse, "capital_hour": notes.capital}
    row |= {f"strength_{level * 100:.0f}_hour": times for level, times in zip(LEVELS, notes.levels, strict=True)}
    row["first_break"] = np.array([*plan.units.ids, None], dtype=object)[notes.first]
    row |= {"first_break_hour": notes.first_hour, "breaks": notes.breaks, "largest_cascade": notes.largest}
    row |= {"cascade_hour": notes.largest_start, "cascade_end_hour": notes.largest_end}
    row["men_start"] = _sum_rows(men * (status_of != Status.ABSENT))
    for status in Status:
        row[f"men_{status.label}"] = _sum_rows(men * strength * (status_of == status))
    row["killed"] = _sum_rows(men * (1 - strength))
    row["attackers_killed"] = state.attackers_lost
    row["final_status"] = status_words(state.status)
    for number, trigger in enumerate(plan.triggers.ids):
        names = plan.triggers.account_names[number]
        if len(names) > 1:
            row[f"account_{trigger}"] = np.array(names, dtype=object)[state.account[number]]
        row[f"fired_{trigger}"] = np.where(np.isinf(state.fired[number]), FLOAT(np.nan), state.fired[number])
    return row | {f"fall_{place}": notes.falls[i] for i, place in enumerate(plan.places.ids)}


def status_words(status: NDArray[np.int8]) -> NDArray[Any]:
    """(run,) words with a letter per unit, "a" for the first `Status`, from the (unit, run) statuses.

    Letters, not digits: a program that reads a table as text would take those for a number.
    """
    letters = (status.T + ord("a")).astype(np.uint8)
    return np.array([run.tobytes().decode() for run in letters], dtype=object)


def statuses_of(words: Sequence[str]) -> NDArray[np.int8]:
    """The (unit, run) statuses of such words."""
    letters = np.frombuffer("".join(words).encode(), np.int8)
    return letters.reshape(len(words), -1).T - np.int8(ord("a"))


def _first_time(times: NDArray[np.float32], happened: NDArray[np.bool_], hour: np.float32) -> None:
    times[happened & np.isnan(times)] = hour


def _sum_rows(values: NDArray[np.float32]) -> NDArray[np.float32]:
    # One row after another: a sum over an axis may change its last bit with the batch.
    total = np.zeros(values.shape[1])
    for row in values:
        total += row
    return total.astype(FLOAT)
