"""The road graph: its pieces, and shortest ways through it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush

from sim.scenario.schema import Link, Place

Roads = Mapping[str, Sequence[tuple[str, float]]]
"""Place id -> (neighbour, cost [km]), sorted."""

DETOUR_KM = 1e6
"""Cost of what a planned route avoids wherever another way exists."""


def pieces(places: Iterable[str], links: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Connected pieces of the graph, each sorted; the largest first, ties by name."""
    near: dict[str, list[str]] = {place: [] for place in sorted(places)}
    for a, b in links:
        near[a].append(b)
        near[b].append(a)
    found: list[list[str]] = []
    seen: set[str] = set()
    for start in near:
        if start in seen:
            continue
        piece, edge = {start}, [start]
        while edge:
            fresh = set(near[edge.pop()]) - piece
            piece |= fresh
            edge += fresh
        seen |= piece
        found.append(sorted(piece))
    return sorted(found, key=lambda piece: (-len(piece), piece))


def road_graph(places: Iterable[Place], links: Iterable[Link]) -> Roads:
    """Costs of going from place to place for a planned route.

    A route goes by road and avoids links that are closed at the start, and protected places.
    """
    protected = {place.id for place in places if place.protected}
    roads: dict[str, list[tuple[str, float]]] = {}
    for link in links:
        if link.kind != "road":
            continue
        cost = link.km + (0.0 if link.open else DETOUR_KM)
        for a, b in ((link.from_, link.to), (link.to, link.from_)):
            roads.setdefault(a, []).append((b, cost + (DETOUR_KM if b in protected else 0.0)))
    return {place: sorted(ways) for place, ways in roads.items()}


def shortest(roads: Roads, start: str, end: str) -> tuple[str, ...]:
    """The places on the cheapest way from start to end, both included; () if there is none.

    Dijkstra's algorithm. Of equally short ways the first in the order of place ids is taken.
    """
    edge: list[tuple[float, tuple[str, ...]]] = [(0.0, (start,))]
    settled: set[str] = set()
    while edge:
        cost, way = heappop(edge)
        here = way[-1]
        if here == end:
            return way
        if here in settled:
            continue
        settled.add(here)
        for place, km in roads.get(here, ()):
            if place not in settled:
                heappush(edge, (cost + km, (*way, place)))
    return ()


def expand(roads: Roads, stops: Sequence[str]) -> tuple[str, ...]:
    """A route from neighbour to neighbour through all its stops.

    Raises:
        ValueError: no road joins two of them.
    """
    route = [stops[0]]
    for stop in stops[1:]:
        leg = shortest(roads, route[-1], stop)
        if not leg:
            raise ValueError(f"no road joins {route[-1]!r} and {stop!r}")
        route += leg[1:]
    return tuple(route)
