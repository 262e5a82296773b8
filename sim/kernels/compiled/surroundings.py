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
        ways = lost = 0
        first, last = graph.first[place], graph.first[place + 1]
        for edge in range(first, last):
            near = graph.edge_from[edge]
            ways += passable[edge] & (control[near] == control[place])
            lost += (control[near] != places.holder[near]) | risen[near]
        share = np.float32(lost / (last - first)) if last > first else np.float32(0)
        enclosed[place] = ways == 0
        flank[place] = np.float32(1) if ways == 0 else share
        beside_lost[place] = share > 0
        supplied[place] = places.source[place] & (not risen[place])
        queue[waiting] = place
        waiting += supplied[place]
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
def look_at_allies(status: Any, men: Any, place: Any, trust_in: Any, units: Any, weight: Any, present: Any,
                   shares: Any, allies: Any, trust: Any) -> None:  # fmt: skip
    """Allied units at each place; the trust of each unit in the patrons whose units stand beside it.

    `weight` (patron); `present` and `shares` (patron, place) are scratch: the men of each there, and their share where
    there are any.
    """
    allies[:] = np.float32(0)
    present[:] = 0.0
    for u in units.allied_rows:
        if status[u] <= WAVERING:
            allies[place[u]] += np.float32(1)
            present[units.patron[u], place[u]] += np.float64(men[u])
    for at in range(len(allies)):
        if allies[at] > 0:
            total = present[0, at]
            for k in range(1, len(weight)):
                total = total + present[k, at]
            for k in range(len(weight)):
                shares[k, at] = np.float32(present[k, at] / max(total, 1.0)) if total > 0 else weight[k]
    for u in range(len(status)):
        trust[u] = np.float32(0)
    for k in range(len(weight)):
        for u in range(len(status)):
            trust[u] = trust[u] + weight[k] * trust_in[k, u]
    for u in range(len(status)):
        if allies[place[u]] > 0:
            trust[u] = np.float32(0)
            for k in range(len(weight)):
                trust[u] = trust[u] + shares[k, place[u]] * trust_in[k, u]
    for u in units.contingent_rows:
        if units.patron[u] >= 0:
            trust[u] = trust_in[units.patron[u], u]


@part
def look_at_trust(trust_in: Any, units: Any, mean_trust: Any) -> None:
    """The mean trust of the host's own units in each patron."""
    for k in range(len(mean_trust)):
        mean = 0.0
        for u in units.own_rows:
            mean += units.mean_own[u] * np.float64(trust_in[k, u])
        mean_trust[k] = np.float32(mean)
