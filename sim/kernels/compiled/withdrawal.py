"""Units on the road in one run; `sim.kernels.withdrawal` in compiled code."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels.compiled.source import inlined, part
from sim.state import Status

HOLDING, DISPERSED, EVACUATED = int(Status.HOLDING), int(Status.DISPERSED), int(Status.EVACUATED)


@inlined
def may_pass(edge: Any, goal: Any, side: Any, control: Any, neutral: Any, passable: Any, graph: Any) -> Any:
    """Whether one who makes for `goal` may go to the place the edge comes from. Edges are walked backwards."""
    if not passable[edge]:
        return False
    to = graph.edge_from[edge]
    return control[to] == side or (to == goal and neutral[control[to]])


@part
def measure(goal: Any, side: Any, control: Any, passable: Any, graph: Any, km: Any, queue: Any, queued: Any) -> None:
    """Fill `km` with the distance to `goal`: whoever has come nearer tells its neighbours, until nobody does."""
    km[goal] = np.float32(0)
    queue[0], first, waiting = goal, 0, 1
    queued[:] = False
    while waiting > 0:
        at = queue[first]
        first, waiting, queued[at] = (first + 1) % len(queue), waiting - 1, False
        for edge in range(graph.first[at], graph.first[at + 1]):
            to, back = graph.edge_from[edge], graph.twin[edge]
            way = km[at] + graph.edge_km[back]
            if passable[back] and way < km[to]:
                km[to] = way
                if control[to] == side and not queued[to]:
                    queue[(first + waiting) % len(queue)] = to
                    waiting, queued[to] = waiting + 1, True


@part
def toward(goal: Any, place: Any, side: Any, control: Any, neutral: Any, passable: Any, graph: Any, shortcuts: Any,
           km: Any, way_to: Any, queue: Any, queued: Any) -> Any:  # fmt: skip
    """(next place or -1, road there [km]) on the shortest held, open way to `goal`. `km` (place) are the distances to
    the goal `way_to` names, as long as no road and no hand has changed; `queue`, `queued` (place) are scratch."""
    reachable = control[goal] == side or neutral[control[goal]]
    row = shortcuts.row[goal]
    if reachable and row >= 0 and shortcuts.hop[row, place] >= 0:
        free = True
        for k in range(shortcuts.edges.shape[2]):
            edge = shortcuts.edges[row, place, k]
            if edge >= 0 and not may_pass(edge, goal, side, control, neutral, passable, graph):
                free = False
        if free:
            return shortcuts.hop[row, place], shortcuts.road[row, place]
    if way_to[0] != goal or way_to[1] != side:
        way_to[0], way_to[1] = goal, side
        km[:] = np.float32(np.inf)
        if reachable:
            measure(goal, side, control, passable, graph, km, queue, queued)
    return next_hop(goal, place, side, control, neutral, passable, graph, km)


@inlined
def next_hop(goal: Any, place: Any, side: Any, control: Any, neutral: Any, passable: Any, graph: Any, km: Any) -> Any:
    """(neighbour to go to or -1, road there [km]) given every place's distance to the goal."""
    first = graph.first[place]
    if first == graph.first[place + 1]:
        return np.int32(-1), np.float32(0)
    best, chosen, found = np.float32(np.inf), first, False
    for edge in range(first, graph.first[place + 1]):
        if may_pass(edge, goal, side, control, neutral, passable, graph):
            onward = km[graph.edge_from[edge]] + graph.edge_km[edge]
            if onward < best:
                best, chosen, found = onward, edge, True
    return (graph.edge_from[chosen] if found else np.int32(-1)), graph.edge_km[chosen]


@inlined
def settle(u: Any, before: Any, place: Any, destination: Any, status: Any, neutral: Any, contingent: Any) -> None:
    """Hold again; abroad, a unit is out of the war. `before` is the control at the start of the step."""
    out = EVACUATED if contingent else DISPERSED
    status[u] = np.int8(out if neutral[before[place[u]]] else HOLDING)
    destination[u] = -1


@part
def find_way(u: Any, side: Any, contingent: Any, capital: Any, before: Any, control: Any, status: Any, place: Any,
             destination: Any, hop: Any, road_left: Any, neutral: Any, passable: Any, graph: Any, shortcuts: Any,
             km: Any, way_to: Any, queue: Any, queued: Any) -> Any:  # fmt: skip
    """Give a traveller its next place, or settle it; returns whether it has no way out of a lost place."""
    at, ordered = place[u], np.int64(destination[u])
    held = control[at] == side
    if held and (ordered == at or (ordered < 0 and at == capital)):
        settle(u, before, place, destination, status, neutral, contingent)
        return False
    single = bool(ordered < 0)
    goal = capital if single else ordered
    to, road = toward(goal, at, side, control, neutral, passable, graph, shortcuts, km, way_to, queue, queued)
    if to < 0 and not single:
        single = True
        to, road = toward(capital, at, side, control, neutral, passable, graph, shortcuts, km, way_to, queue, queued)
    if to < 0:
        single = True
        km[:] = np.float32(0)
        way_to[0] = -1
        to, road = next_hop(-1, at, side, control, neutral, passable, graph, km)
    hop[u], road_left[u] = to, road
    if single:
        destination[u] = to
    if to >= 0:
        return False
    if held:
        settle(u, before, place, destination, status, neutral, contingent)
    return not held


@inlined
def move(u: Any, pace: Any, side: Any, contingent: Any, before: Any, control: Any, status: Any, place: Any,
         destination: Any, hop: Any, road_left: Any, shocks: Any, neutral: Any) -> Any:  # fmt: skip
    """Go on by `pace` [km]; returns whether a place was reached."""
    to = hop[u]
    if to < 0:
        return False
    if control[to] != side and not neutral[control[to]]:
        hop[u] = -1
        return False
    left = road_left[u] - pace
    road_left[u] = left if left > 0 else np.float32(0)
    if left > 0:
        return False
    place[u] = to
    hop[u] = -1
    if destination[u] == to:
        settle(u, before, place, destination, status, neutral, contingent)
        for decay in range(len(shocks)):
            shocks[decay, u] = shocks[decay, u] * np.float32(0.5)
    return True
