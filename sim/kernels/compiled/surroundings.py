"""What lies around each place and unit of one run; `sim.kernels.surroundings` in compiled code."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels.compiled.source import part
from sim.state import Status

WAVERING = int(Status.WAVERING)


@part
def look(
    hour: Any,
    control: Any,
    risen: Any,
    closed_until: Any,
    places: Any,
    graph: Any,
    passable: Any,
    flank: Any,
    beside_lost: Any,
    enclosed: Any,
    supplied: Any,
    queue: Any,
) -> None:
    """Roads and neighbours: fills `passable` (edge) and the arrays of places behind it."""
    for edge in range(len(passable)):
        is_open = closed_until[graph.edge_link[edge]] <= hour
        passable[edge] = is_open and not risen[graph.edge_from[edge]]
    waiting = 0
    for place in range(len(flank)):
        shut, lost = True, 0
        first, last = graph.first[place], graph.first[place + 1]
        for edge in range(first, last):
            near = graph.edge_from[edge]
            if passable[edge] and control[near] == control[place]:
                shut = False
            if control[near] != places.holder[near] or risen[near]:
                lost += 1
        share = np.float32(lost / (last - first)) if last > first else np.float32(0)
        enclosed[place] = shut
        flank[place] = np.float32(1) if shut else share
        beside_lost[place] = share > 0
        supplied[place] = places.source[place] and not risen[place]
        if supplied[place]:
            queue[waiting] = place
            waiting += 1
    for bridge in range(len(graph.bridge_link)):
        start, end = graph.bridge_from[bridge], graph.bridge_to[bridge]
        flies = places.source[start] and not risen[start] and not risen[end] and control[start] == control[end]
        if flies and closed_until[graph.bridge_link[bridge]] <= hour and not supplied[end]:
            supplied[end] = True
            queue[waiting] = end
            waiting += 1
    # A supplied place supplies those it is joined to. Edges lead into `edge_to`; each has a twin the other way.
    done = 0
    while done < waiting:
        place = queue[done]
        done += 1
        for edge in range(graph.first[place], graph.first[place + 1]):
            near = graph.edge_from[edge]
            if supplied[near] or risen[near] or risen[place]:
                continue
            if closed_until[graph.edge_link[edge]] <= hour and control[near] == control[place]:
                supplied[near] = True
                queue[waiting] = near
                waiting += 1


@part
def look_at_allies(
    status: Any, men: Any, place: Any, trust_in: Any, units: Any, patrons: Any, present: Any, allies: Any, trust: Any,
    mean_trust: Any,
) -> None:  # fmt: skip
    """Allied units at each place, the trust of each unit, the mean trust in each patron.

    `present` (patron, place) is scratch.
    """
    number = len(patrons.weight)
    if number == 0:
        return
    allies[:] = np.float32(0)
    present[:] = 0.0
    for u in range(len(status)):
        if units.allied[u] and status[u] <= WAVERING:
            allies[place[u]] += np.float32(1)
            present[units.patron[u], place[u]] += np.float64(men[u])
    for u in range(len(status)):
        at = place[u]
        if units.contingent[u] and units.patron[u] >= 0:
            trust[u] = trust_in[units.patron[u], u]
            continue
        total = 0.0
        for k in range(number):
            total = present[k, at] if k == 0 else total + present[k, at]
        felt = np.float32(0)
        for k in range(number):
            share = np.float32(present[k, at] / max(total, 1.0)) if total > 0 else patrons.weight[k]
            felt = felt + share * trust_in[k, u]
        trust[u] = felt
    for k in range(number):
        mean = 0.0
        for u in range(len(status)):
            if units.mean_own[u] > 0:
                mean += units.mean_own[u] * np.float64(trust_in[k, u])
        mean_trust[k] = np.float32(mean)
