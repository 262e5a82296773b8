"""What is made ready before a run goes on: what parameters alone decide, and scratch in which nothing is known."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.kernels.compiled import rules
from sim.kernels.compiled.source import inlined

FLOAT = np.float32


class Rates(NamedTuple):
    """What parameters alone decide: chances in a step, and the share of its way that a relaxation goes."""

    news: Any
    local_news: Any
    loyalty: Any
    patron: Any
    belief_keep: Any
    leave: Any
    """Per hour, as `transitions.leave_rate`."""
    contingents: Any


@inlined
def rates(dt: Any, p: Any) -> Any:
    return Rates(
        rules.probability(dt / p.information_delay),
        rules.probability(dt / (p.information_delay * p.local_delay_share)),
        rules.probability(dt / p.loyalty_delay),
        rules.probability(dt / p.patron_delay),
        rules.exp(-dt / p.belief_decay),
        rules.leave_rate(p),
        rules.probability(p.contingent_leave_rate * dt),
    )


@inlined
def decays(dt: Any, taus: Any, kept: Any, p: Any) -> None:
    for decay in range(len(taus)):
        tau = p.shock_decay if np.isnan(taus[decay]) else taus[decay]
        kept[decay] = rules.exp(-dt / tau)


@inlined
def waiting(moment: Any, fired: Any, missed: Any, rows: Any, has_fired: Any) -> Any:
    """Fills `rows` with the triggers that may still happen; returns how many."""
    count = 0
    for row in range(len(rows)):
        has_fired[row] = np.isfinite(fired[row])
        if moment[row] < np.inf and not has_fired[row] and not missed[row]:
            rows[count] = row
            count += 1
    return count


@inlined
def forget(flags: Any, way_to: Any, trust: Any, mean_trust: Any, allies: Any, engaged: Any, pressed: Any,
           rumour_known: Any, blocks: Any, asked: Any) -> None:  # fmt: skip
    """Make scratch ready for a run: everything is to be looked at."""
    flags[:] = True
    way_to[:] = -1
    trust[:] = FLOAT(1)
    mean_trust[:] = FLOAT(1)
    allies[:] = FLOAT(0)
    engaged[:] = False
    pressed[:] = False
    rumour_known[:] = -1
    asked[:] = False
    blocks[:] = -1


@inlined
def copy(one: Any, other: Any) -> None:
    for i in range(len(one)):
        other[i] = one[i]


@inlined
def take_up(broken: Any, broke: Any, control: Any, new_control: Any, position: Any, path: Any,
            place_of: Any) -> None:  # fmt: skip
    """What scratch knows of the state."""
    copy(broken, broke)
    copy(control, new_control)
    for column in range(len(position)):
        place_of[column] = path[column, position[column]]
