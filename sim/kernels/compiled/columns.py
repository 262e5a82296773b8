"""Attacking columns of one run; `sim.kernels.attackers` in compiled code.

Most columns wait or stand idle: lists name those in the `field` and those `engaged`, in order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels.compiled import rules
from sim.kernels.compiled.source import inlined
from sim.state import Status

WAVERING = int(Status.WAVERING)


@inlined
def listed(flags: Any, rows: Any) -> Any:
    """Fills `rows` with those that have the flag: columns in the field, places under attack; returns how many."""
    number = 0
    for row in range(len(flags)):
        rows[number] = row
        number += flags[row]
    return number


@inlined
def locate(field: Any, control: Any, men: Any, place_of: Any, quality: Any, columns: Any, sides: Any, protected: Any,
           belief: Any, p: Any, engaged: Any, is_engaged: Any, press: Any, sums: Any,
           at_place: Any) -> Any:  # fmt: skip
    """Whom the columns in the field face: fills `engaged`; returns how many are. `sums` (place) is scratch."""
    sums[:] = 0.0
    assault, number = rules.pressing(belief, p), 0
    for column in field:
        place = place_of[column]
        faces = sides.hostile[columns.controller[column], control[place]] and not protected[place]
        is_engaged[column] = faces
        if faces:
            press[column] = p.siege_share if columns.siege[column] else assault
            sums[place] += np.float64(men[column] * quality[columns.axis[column]] * press[column])
            engaged[number] = column
            number += 1
    for place in range(len(at_place)):
        at_place[place] = np.float32(sums[place])
    return number


@inlined
def new_fronts(at_place: Any, pressed: Any) -> Any:
    """Fills `pressed` with whether columns press at a place; returns whether any has changed."""
    changed = False
    for place in range(len(pressed)):
        changed |= (at_place[place] > 0) != pressed[place]
        pressed[place] = at_place[place] > 0
    return changed


@inlined
def suffer_and_take(engaged: Any, dying: Any, fell: Any, before: Any, control: Any, men: Any, quality: Any,
                    columns: Any, depot: Any, place_of: Any, is_engaged: Any, press: Any, lost_so_far: Any,
                    p: Any) -> Any:  # fmt: skip
    """Lose men; take what fell. Returns the attackers lost so far."""
    for column in engaged:
        lost = men[column] * press[column] * dying[place_of[column]]
        lost_so_far = lost_so_far + lost
        men[column] = men[column] - lost
    for column in engaged:
        place = place_of[column]
        if not fell[place]:
            continue
        if control[place] == before[place]:
            control[place] = columns.controller[column]
            if depot[place]:
                axis = columns.axis[column]
                quality[axis] = quality[axis] * (np.float32(1) + p.captured_depot_gain)
        men[column] = men[column] * (np.float32(1) - p.garrison_share)
        is_engaged[column] = False
    return lost_so_far


@inlined
def walk_in(pressed: Any, manned: Any, beside_lost: Any, before: Any, control: Any, unguarded: Any, pace: Any,
            places: Any, graph: Any, sides: Any, host: Any) -> None:  # fmt: skip
    """Empty host places beside hostile hands are taken at the neighbour's pace [km a step]."""
    anywhere = False
    for place in range(len(pressed)):
        empty = beside_lost[place] & (not pressed[place]) & (not manned[place])
        unguarded[place] = unguarded[place] if empty else np.float32(0)
        anywhere |= empty & (before[place] == host)
    if not anywhere:
        return
    for place in range(len(pressed)):
        if before[place] != host or pressed[place] or manned[place] or not beside_lost[place]:
            continue
        if places.protected[place]:
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
def march(field: Any, pace: Any, hour: Any, is_engaged: Any, position: Any, km: Any, closed_until: Any, columns: Any,
          p: Any, place_of: Any) -> None:  # fmt: skip
    """Columns in the field that are not engaged go on along their paths, at most one place a step."""
    for column in field:
        at = position[column]
        if is_engaged[column] or at >= columns.last[column]:
            continue
        is_open = closed_until[columns.leg_link[column, at]] <= hour
        gone = km[column] + (pace if is_open else pace * p.closed_link_speed)
        leg = columns.leg_km[column, at]
        if gone >= leg:
            position[column] = at + 1
            place_of[column] = columns.path[column, at + 1]
            gone = gone - leg
        km[column] = gone


@inlined
def hearten(belief: Any, last_success: Any, taken: Any, engaged: Any, is_engaged: Any, keep: Any, hour: Any,
            p: Any) -> Any:  # fmt: skip
    """Belief after a step in which `taken` places fell."""
    if taken > 0:
        return rules.encouraged(belief, np.float32(taken), p)
    halted = False
    for column in engaged:
        halted = halted or is_engaged[column]
    return rules.fading(belief, hour - last_success, halted, keep, p)


@inlined
def fallen(attacked: Any, touched: Any, status: Any, men: Any, left: Any, quality: Any, pressure: Any, here: Any,
           terrain_and_air: Any, attackers: Any, sums: Any, fell: Any, p: Any) -> None:  # fmt: skip
    """Places whose defenders, after this step's decisions and losses, are too few."""
    fell[:] = False
    for place in attacked:
        sums[place] = 0.0
    for i in range(len(touched)):
        u = touched[i]
        if pressure[u] > 0 and status[u] <= WAVERING:
            effectiveness = p.effective_wavering if status[u] == WAVERING else np.float32(1)
            sums[here[u]] += np.float64(rules.fighting_men(men[u], left[i], effectiveness, quality[u]))
    for place in attacked:
        fell[place] = rules.falls(attackers[place], np.float32(sums[place]) * terrain_and_air[place], p)


@inlined
def taken(before: Any, control: Any, attacking: Any, fell: Any) -> Any:
    """Fills `fell`; returns whether any place changed hands, and how many attackers took."""
    changed, taken = False, 0
    for place in range(len(control)):
        fell[place] = control[place] != before[place]
        changed |= fell[place]
    if changed:
        for place in range(len(control)):
            taken += fell[place] and attacking[control[place]]
    return changed, taken
