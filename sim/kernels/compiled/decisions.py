"""Equation 5 in one run: who changes status, and how those leave that leave."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels.compiled import rules, units
from sim.kernels.compiled.draws import uniform
from sim.kernels.compiled.events import BROKEN
from sim.kernels.compiled.source import inlined
from sim.randomness import SIEVED, Decision
from sim.state import Status

HOLDING, WAVERING = int(Status.HOLDING), int(Status.WAVERING)
DISPERSED, EVACUATED = int(Status.DISPERSED), int(Status.EVACUATED)
EXIT = int(Decision.EXIT)
FLOAT = np.float32


@inlined
def leave(u: Any, after: Any, broken: Any, status: Any, flags: Any) -> None:
    """A new status; leaving without orders is a break."""
    status[u] = after
    if after > WAVERING and after != EVACUATED:
        broken[u] = flags[BROKEN] = True


@inlined
def way_out(u: Any, draw: Any, may_withdraw: Any, hour: Any, s: Any, table: Any, one: Any, enclosed: Any,
            connected: Any, pressure: Any, trust: Any, p: Any) -> Any:  # fmt: skip
    """How a unit leaves, by one draw."""
    place = s.place[u]
    leaderless = FLOAT(1) if s.leaderless_until[u] > hour else FLOAT(0)
    return units.way_out(draw, may_withdraw, leaderless, s.seen_command[u], connected[u], table.elite[u],
                         enclosed[place], pressure[u], s.safety[u], s.offer[u], s.loyalty[u], trust[u],
                         place == one.capital, table.contingent[u], p)  # fmt: skip


@inlined
def strike(key: Any, run: Any, step: Any, hour: Any, s: Any, table: Any, one: Any, coarse: Any, near: Any,
           near_eights: Any, integral: Any, exposure: Any, half: Any, leave_rate: Any, around: Any, p: Any, status: Any,
           flags: Any) -> None:  # fmt: skip
    """Draw which of the units near their hazard change status, and how. `around`: as `way_out`."""
    for eight in range(len(near_eights)):
        if near_eights[eight] == 0:
            continue
        for u in range(8 * eight, min(8 * eight + 8, len(status))):
            if not near[u]:
                continue
            byte = coarse[step % SIEVED, u]
            chance, draw, cause, way, again = units.draw_change(key, run, step, table.hash[u], byte, integral[u])
            if not draw < chance:
                continue
            before = s.status[u]
            after = np.int8(EVACUATED if table.contingent[u] else DISPERSED)
            leaves = False
            if before == HOLDING:
                after = np.int8(WAVERING)
                # What is left of the step: without it, doubt and leaving would take a step each, however long one is.
                rate = rules.leave(half[u], exposure[u], leave_rate) * (FLOAT(1) - draw / chance)
                leaves = again < rules.probability(rate * one.dt)
            elif before == WAVERING:
                leaderless = FLOAT(1) if s.leaderless_until[u] > hour else FLOAT(0)
                goes = rules.leave(half[u], exposure[u], leave_rate)
                both = goes + rules.rally(half[u], leaderless, s.rally[u], p)
                leaves = cause < goes / max(both, FLOAT(1e-30))
                after = np.int8(HOLDING)
            if leaves:
                enclosed, connected, pressure, trust = around
                after = way_out(u, way, True, hour, s, table, one, enclosed, connected, pressure, trust, p)
            leave(u, after, s.broken, status, flags)


@inlined
def overrun(key: Any, run: Any, step: Any, hour: Any, s: Any, table: Any, one: Any, here: Any, fell: Any, around: Any,
            p: Any, status: Any, flags: Any) -> None:  # fmt: skip
    """Units still fighting at a place that has just fallen leave at once."""
    enclosed, connected, pressure, trust = around
    for u in range(len(status)):
        if fell[here[u]] and status[u] <= WAVERING:
            draw = uniform(key, run, step, table.hash[u], EXIT)
            after = way_out(u, draw, True, hour, s, table, one, enclosed, connected, pressure, trust, p)
            leave(u, after, s.broken, status, flags)
