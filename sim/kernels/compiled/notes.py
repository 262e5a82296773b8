"""What is noted of one run after each step; `sim.recording` in compiled code."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels.compiled import rules
from sim.kernels.compiled.draws import uniform
from sim.kernels.compiled.source import inlined, part
from sim.randomness import Decision
from sim.recording import CASCADE_GAP_HOURS, LEVELS, STRENGTH_BINS
from sim.state import Status

_LEVELS = np.array(LEVELS, np.float32)
_GAP = np.float32(CASCADE_GAP_HOURS)
STATUSES = len(Status)
FIRST = int(Decision.FIRST)


@part
def reason(u: Any, hour: Any, s: Any, pressure: Any, flank: Any, belief: Any, support: Any, shock: Any,
           p: Any) -> Any:  # fmt: skip
    """The largest term of the quit index of a unit, before the step is committed."""
    leaderless = np.float32(1) if s.leaderless_until[u] > hour else np.float32(0)
    terms = rules.terms(pressure[u], flank[u], s.strength[u], rules.want(s.supply[u], p), belief[u], leaderless,
                        s.fatigue[u], support[u], s.loyalty[u], s.safety[u], shock[u], p)  # fmt: skip
    largest, number = terms[0], 0
    for k in range(1, len(terms)):
        if terms[k] > largest:
            largest, number = terms[k], k
    return number


@part
def note_break(key: Any, run: Any, ids: Any, u: Any, r: Any, term: Any, hour: Any, number: Any, notes: Any,
               counts: Any) -> None:  # fmt: skip
    """A unit has broken, the `number`-th of the run in this step (from 0); `ids` are the units' hashes."""
    counts.breaks[u] += 1
    counts.reasons[u, term] += 1
    first = notes.first[r]
    if first < 0:
        notes.first[r], notes.first_hour[r] = u, hour
        counts.first_breaks[u] += 1
    elif notes.first_hour[r] == hour and uniform(key, run, 0, ids[u], FIRST) < uniform(key, run, 0, ids[first], FIRST):
        notes.first[r] = u
        counts.first_breaks[first] -= 1
        counts.first_breaks[u] += 1
    if number == 0 and not hour - notes.last_break[r] <= _GAP:
        notes.cascade[r] = 0
        notes.cascade_start[r] = hour
    notes.cascade[r] += 1
    if notes.cascade[r] > notes.largest[r]:
        notes.largest[r] = notes.cascade[r]
        notes.largest_start[r], notes.largest_end[r] = notes.cascade_start[r], hour
    notes.breaks[r] += 1
    notes.last_break[r] = hour


@inlined
def note_falls(r: Any, hour: Any, control: Any, holder: Any, notes: Any) -> None:
    """First times that places are lost."""
    for place in range(len(control)):
        if control[place] != holder[place] and np.isnan(notes.falls[place, r]):
            notes.falls[place, r] = hour


@inlined
def note_strength(r: Any, hour: Any, share: Any, collapse_share: Any, capital_lost: Any, notes: Any) -> None:
    """First times that strength falls below what matters."""
    if capital_lost and np.isnan(notes.capital[r]):
        notes.capital[r] = hour
    if (capital_lost or share < collapse_share) and np.isnan(notes.collapse[r]):
        notes.collapse[r] = hour
    for level in range(len(_LEVELS)):
        if share < _LEVELS[level] and np.isnan(notes.levels[level, r]):
            notes.levels[level, r] = hour


@part
def count_at(tick: Any, last: Any, share: Any, status: Any, men: Any, strength: Any, host: Any, men_left: Any,
             standing: Any, counts: Any, bins: Any) -> None:  # fmt: skip
    """Add the run as it stands to the counts of `tick` and all later ones before `last`.

    `bins` (tick) keep its own strength. `men_left` and `standing` (unit) are scratch. One status after another:
    sums of whole numbers do not depend on their order, and no unit waits for the one before.
    """
    bin_ = int(min(max(share * np.float32(STRENGTH_BINS), np.float32(0)), np.float32(STRENGTH_BINS)))
    for later in range(tick, last):
        bins[later] = bin_
    if len(counts.strength) == 0:
        return
    for later in range(tick, last):
        counts.strength[later, bin_] += 1
    for u in range(len(status)):
        men_left[u] = np.int32(np.rint(men[u] * strength[u]))
        standing[u] = np.int32(status[u]) if host[u] else np.int32(-1)
    for now in range(STATUSES):
        many, number, this = np.int32(0), np.int32(0), np.int32(now)
        for u in range(len(status)):
            many += men_left[u] if standing[u] == this else np.int32(0)
            number += np.int32(1) if standing[u] == this else np.int32(0)
        for later in range(tick, last):
            counts.fate_men[later, now] += many
            counts.fate_units[later, now] += number
