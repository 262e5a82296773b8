"""What a step has done becomes the state; and whether anything can change any more."""

from __future__ import annotations

from typing import Any

from sim.kernels.compiled import rules
from sim.kernels.compiled.events import STALE_ALLIES, STATUS
from sim.kernels.compiled.resume import copy
from sim.kernels.compiled.source import inlined
from sim.state import Status

WAVERING, WITHDRAWING = int(Status.WAVERING), int(Status.WITHDRAWING)
DESTROYED, ABSENT = int(Status.DESTROYED), int(Status.ABSENT)


@inlined
def losses(touched: Any, left: Any, strength: Any, status: Any, p: Any) -> None:
    """Only units at attacked places lose men."""
    for i in range(len(touched)):
        u = touched[i]
        strength[u] = left[i]
        if status[u] <= WITHDRAWING and left[i] < p.destroyed_below:
            status[u] = DESTROYED


@inlined
def statuses(before: Any, status: Any, allied: Any, flags: Any) -> None:
    """New statuses become the statuses."""
    changed = False
    for u in range(len(status)):
        changed |= status[u] != before[u]
    if not changed:
        return
    flags[STATUS] = True
    stale = False
    for u in range(len(status)):
        stale |= allied[u] & ((status[u] <= WAVERING) != (before[u] <= WAVERING))
    flags[STALE_ALLIES] = flags[STALE_ALLIES] or stale
    copy(status, before)


@inlined
def fade(loyalty: Any, start: Any, back: Any, shocks: Any, kept: Any) -> None:
    """Loyalty returns, shocks fade."""
    for u in range(len(loyalty)):
        loyalty[u] = rules.relax(loyalty[u], start[u], back)
    for decay in range(len(kept)):
        for u in range(len(loyalty)):
            shocks[decay, u] = shocks[decay, u] * kept[decay]


@inlined
def is_over(status: Any, place: Any, control: Any, engaged: Any, table: Any, places: Any, host: Any) -> Any:
    """Whether nothing can change for the host any more."""
    to_come = False
    for at in range(len(control)):
        if control[at] == host and not places.protected[at]:
            return False
        to_come = to_come or (control[at] == host and places.arrival[at])
    for u in range(len(status)):
        safe = places.protected[place[u]] and table.contingent[u]
        if table.host[u] and status[u] <= WITHDRAWING and not safe:
            return False
        if status[u] == ABSENT and to_come:
            return False
    return not engaged.any()
