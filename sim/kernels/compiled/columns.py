"""Attacking columns of one run; `sim.kernels.attackers` in compiled code."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels.compiled import rules
from sim.kernels.compiled.source import inlined


@inlined
def locate(control: Any, men: Any, active: Any, position: Any, quality: Any, columns: Any, sides: Any, protected: Any,
           belief: Any, p: Any, place_of: Any, engaged: Any, press: Any, sums: Any, at_place: Any) -> None:  # fmt: skip
    """Where columns stand and whom they face. `sums` (place) is scratch."""
    sums[:] = 0.0
    assault = rules.pressing(belief, p)
    for column in range(len(men)):
        press[column] = p.siege_share if columns.siege[column] else assault
        place = columns.path[column, position[column]]
        place_of[column] = place
        faces = sides.hostile[columns.controller[column], control[place]]
        engaged[column] = active[column] and faces and not protected[place]
        if engaged[column]:
            sums[place] += np.float64(men[column] * quality[columns.axis[column]] * press[column])
    for place in range(len(at_place)):
        at_place[place] = np.float32(sums[place])


@inlined
def suffer_and_take(dying: Any, fell: Any, before: Any, control: Any, men: Any, quality: Any, columns: Any, depot: Any,
                    place_of: Any, engaged: Any, press: Any, lost_so_far: Any, p: Any) -> Any:  # fmt: skip
    """Lose men; take what fell. Returns the attackers lost so far."""
    for column in range(len(men)):
        if engaged[column]:
            lost = men[column] * press[column] * dying[place_of[column]]
            lost_so_far = lost_so_far + lost
            men[column] = men[column] - lost
    for column in range(len(men)):
        place = place_of[column]
        if not (engaged[column] and fell[place]):
            continue
        if control[place] == before[place]:
            control[place] = columns.controller[column]
            if depot[place]:
                axis = columns.axis[column]
                quality[axis] = quality[axis] * (np.float32(1) + p.captured_depot_gain)
        men[column] = men[column] * (np.float32(1) - p.garrison_share)
        engaged[column] = False
    return lost_so_far


@inlined
def walk_in(empty: Any, beside_lost: Any, before: Any, control: Any, unguarded: Any, pace: Any, places: Any, graph: Any,
            sides: Any, host: Any) -> None:  # fmt: skip
    """Empty host places beside hostile hands are taken at the neighbour's pace [km a step]."""
    for place in range(len(empty)):
        if not (empty[place] and beside_lost[place]):
            unguarded[place] = np.float32(0)
            continue
        if before[place] != host or places.protected[place]:
            continue
        nearest, who = np.float32(np.inf), np.int8(-1)
        for edge in range(graph.first[place], graph.first[place + 1]):
            neighbour = before[graph.edge_from[edge]]
            if sides.hostile[neighbour, host] and graph.edge_front[edge] < nearest:
                nearest, who = graph.edge_front[edge], neighbour
        come = unguarded[place] + pace / nearest
        unguarded[place] = come if come < np.float32(1) else np.float32(1)
        if who >= 0 and unguarded[place] >= np.float32(1):
            control[place] = who


@inlined
def march(pace: Any, hour: Any, active: Any, engaged: Any, position: Any, km: Any, closed_until: Any, columns: Any,
          p: Any) -> None:  # fmt: skip
    """Columns not engaged go on along their paths, at most one place a step."""
    for column in range(len(km)):
        at = position[column]
        if not active[column] or engaged[column] or at >= columns.last[column]:
            continue
        is_open = closed_until[columns.leg_link[column, at]] <= hour
        gone = km[column] + (pace if is_open else pace * p.closed_link_speed)
        leg = columns.leg_km[column, at]
        if gone >= leg:
            position[column] = at + 1
            gone = gone - leg
        km[column] = gone


@inlined
def hearten(belief: Any, last_success: Any, taken: Any, engaged: Any, keep: Any, hour: Any, p: Any) -> Any:
    """Belief after a step in which `taken` places fell."""
    if taken > 0:
        return rules.encouraged(belief, np.float32(taken), p)
    halted = False
    for column in range(len(engaged)):
        halted = halted or engaged[column]
    return rules.fading(belief, hour - last_success, halted, keep, p)
