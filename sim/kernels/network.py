"""Roads and neighbours, for many runs at once.

Arrays are (place, run) and (edge, run); edges are sorted by the place they lead to, so
that a reduction over the neighbours of each place is one `reduceat`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.plan import Graph
from sim.state import FLOAT

Flags = NDArray[np.bool_]


def any_neighbour(graph: Graph, at_edge: Flags) -> Flags:
    """(place, run): whether any edge into the place is flagged."""
    if not len(at_edge):
        return np.zeros((len(graph.first), at_edge.shape[1]), bool)
    packed = np.bitwise_or.reduceat(np.packbits(at_edge, axis=1), graph.first, axis=0)
    return np.unpackbits(packed, axis=1, count=at_edge.shape[1]).view(bool)


def share_of_neighbours(graph: Graph, flagged: Flags) -> NDArray[np.float32]:
    """(place, run): share of a place's neighbours that are flagged; 0 for a place without any."""
    if not len(graph.edge_from):
        return np.zeros(flagged.shape, FLOAT)
    number = np.diff(np.append(graph.first, len(graph.edge_from)))
    count = np.add.reduceat(flagged[graph.edge_from].astype(np.int16), graph.first, axis=0)
    return (count / number[:, None]).astype(FLOAT)


def reached(graph: Graph, start: Flags, usable: Flags) -> Flags:
    """(place, run): places joined to a start by usable edges (each from a reached place)."""
    if not len(usable):
        return start
    # Eight runs to a byte: a search over many runs is a few operations on small arrays.
    seen, way = np.packbits(start, axis=1), np.packbits(usable, axis=1)
    while True:
        more = seen | np.bitwise_or.reduceat(way & seen[graph.edge_from], graph.first, axis=0)
        if (more == seen).all():
            return np.unpackbits(seen, axis=1, count=start.shape[1]).view(bool)
        seen = more


def road_to(graph: Graph, target: Flags, passable: Flags) -> NDArray[np.float32]:
    """(place, run): km to the nearest target along passable edges; inf where there is no way.

    `passable` (edge, run) says whether one may go from the edge's head to its tail: an edge
    into a place is walked backwards.
    """
    km = np.where(target, FLOAT(0), FLOAT(np.inf))
    if not len(graph.edge_from):
        return km
    cost = np.where(passable, graph.edge_km[:, None], FLOAT(np.inf))
    while True:
        nearer = np.minimum(km, np.minimum.reduceat(km[graph.edge_from] + cost, graph.first, axis=0))
        if (nearer == km).all():
            return km
        km = nearer


def next_hop(
    graph: Graph, km: NDArray[np.float32], passable: Flags, place: NDArray[np.intp], column: NDArray[np.intp]
) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """For travellers at `place` in run column `column`: the neighbour to go to (-1: none) and the road there [km]."""
    ways = graph.ways[place]
    if not ways.shape[1]:
        return np.full(len(place), -1, np.int16), np.zeros(len(place), FLOAT)
    edge = np.maximum(ways, 0)
    here = column[:, None]
    onward = km[graph.edge_from[edge], here] + graph.edge_km[edge]
    onward = np.where((ways >= 0) & passable[edge, here], onward, FLOAT(np.inf))
    best = onward.argmin(axis=1)
    row = np.arange(len(place))
    found = np.isfinite(onward[row, best])
    chosen = edge[row, best]
    return np.where(found, graph.edge_from[chosen], -1).astype(np.int16), graph.edge_km[chosen]
