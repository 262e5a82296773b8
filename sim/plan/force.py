"""The force and its ground as arrays: units, places, roads, columns, patrons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.plan.rows import Flags, Floats, Ints, RowsOf, flags, floats, hashes, ints
from sim.rules.quit import disposition
from sim.scenario.resolved import Resolved
from sim.state import FLOAT


@dataclass(frozen=True)
class Units:
    """Rows of the unit axis."""

    ids: tuple[str, ...]
    hashes: NDArray[np.uint64]
    host: Flags
    """On the host's side, contingents included."""
    own: Flags
    """The host's regulars and militias: the force whose collapse is measured."""
    contingent: Flags
    allied: Flags
    """Has a patron."""
    patron: Ints
    """Row of its patron, -1 if none."""
    men_low: Floats
    men_high: Floats
    assumed: Flags
    quality: Floats
    elite: Floats
    motorised: Flags
    disposition: Floats
    loyalty: Floats
    supply: Floats
    supply_cap: Floats
    safety: Floats
    place: Ints
    present: Flags
    side: Ints
    """Group of the national layer: one per controller with units."""
    formation: Ints
    """Group of the command layer: units of one formation, those moved up to it among them (`_command_groups`)."""
    ties: Ints | None = None
    """(2, tie) instead of `formation`, the command layer as an edge list: who sees, whom it sees."""


@dataclass(frozen=True)
class Places:
    ids: tuple[str, ...]
    hashes: NDArray[np.uint64]
    holder: Ints
    terrain: Floats
    source: Flags
    depot: Flags
    protected: Flags
    capital: int
    rises: Ints
    """Row of the axis that rises here, -1 if none."""


@dataclass(frozen=True)
class Graph:
    """Links; the two directions of roads as edges sorted by the place they lead to; air bridges."""

    links: tuple[tuple[str, str], ...]
    link_open: Flags
    edge_from: Ints
    edge_to: Ints
    edge_link: Ints
    edge_km: Floats
    edge_front: Floats
    first: Ints
    """First edge into each place (every place has one)."""
    ways: Ints
    """(place, k) edges into each place, padded with -1; an edge reversed leads out."""
    bridge_from: Ints
    bridge_to: Ints
    bridge_link: Ints


@dataclass(frozen=True)
class Columns:
    """One column per axis and route. `path` is padded with its last place."""

    ids: tuple[str, ...]
    axis: Ints
    controller: Ints
    weight: Floats
    quality: Floats
    starts: NDArray[np.float64]
    """Hour of contact; inf if it only appears when raised."""
    path: Ints
    last: Ints
    """Position of the last place on the path."""
    leg_km: Floats
    """(column, position) road to the next place."""
    leg_link: Ints
    siege: Flags
    """Only a share of its men presses at a time."""
    axes: tuple[str, ...]
    axis_hashes: NDArray[np.uint64]
    men_low: Floats
    men_high: Floats


@dataclass(frozen=True)
class Patrons:
    ids: tuple[str, ...]
    commitment: Floats
    weight: Floats
    trust: Floats
    air: int
    """Row of the patron whose commitment scales air support, -1 if none."""
    pair_trust: float


def units_of(resolved: Resolved, rows: RowsOf) -> Units:
    units = resolved.units
    sides = sorted({u.controller for u in units})
    host = flags(u.controller == resolved.host for u in units)
    contingent = flags(u.kind == "contingent" for u in units)
    return Units(
        ids=tuple(u.id for u in units),
        hashes=hashes("unit", (u.id for u in units)),
        host=host,
        own=host & ~contingent,
        contingent=contingent,
        allied=flags(u.patron is not None for u in units),
        patron=ints(-1 if u.patron is None else rows["patron"][u.patron] for u in units),
        men_low=floats(u.men_low for u in units),
        men_high=floats(u.men_high for u in units),
        assumed=flags(u.assumed and u.kind == "regular" and u.controller == resolved.host for u in units),
        quality=floats(u.quality for u in units),
        elite=floats(u.elite for u in units),
        motorised=flags(u.motorised for u in units),
        disposition=floats(disposition(u.morale) for u in units),
        loyalty=floats(u.loyalty for u in units),
        supply=floats(u.supply for u in units),
        supply_cap=floats(u.supply_cap for u in units),
        safety=floats(u.safety for u in units),
        place=ints(rows["place"][u.place] for u in units),
        present=flags(u.present for u in units),
        side=ints(sides.index(u.controller) for u in units),
        formation=_command_groups(resolved),
    )


def _command_groups(resolved: Resolved) -> Ints:
    """Group numbers: a unit alone in its formation moves up to the nearest one with other units below it. It is alone
    there too unless some belong to it directly or were moved up as well."""
    parent = {f.id: f.parent for f in resolved.formations}
    size: dict[str, int] = {}
    for unit in resolved.units:
        at: str | None = unit.formation
        while at is not None:
            size[at] = size.get(at, 0) + 1
            at = parent[at]
    direct: dict[str, int] = {}
    for unit in resolved.units:
        direct[unit.formation] = direct.get(unit.formation, 0) + 1
    group = []
    for unit in resolved.units:
        at = unit.formation
        while direct.get(at, 0) < 2 and size[at] < 2:
            above = parent[at]
            if above is None:
                break
            at = above
        group.append(at)
    names = sorted(set(group))
    return ints(names.index(g) for g in group)


def places_of(resolved: Resolved, rows: RowsOf) -> Places:
    places = resolved.places
    return Places(
        ids=tuple(p.id for p in places),
        hashes=hashes("place", (p.id for p in places)),
        holder=ints(rows["controller"][p.holder] for p in places),
        terrain=floats(p.terrain for p in places),
        source=flags(p.supply_source for p in places),
        depot=flags(p.depot for p in places),
        protected=flags(p.protected for p in places),
        capital=rows["place"][resolved.capital],
        rises=ints(-1 if p.rises is None else rows["axis"][p.rises] for p in places),
    )


def graph_of(resolved: Resolved, row: dict[str, int]) -> Graph:
    links = resolved.links
    roads = [(i, k) for i, k in enumerate(links) if k.kind == "road"]
    bridges = [(i, k) for i, k in enumerate(links) if k.kind == "air"]
    edges = sorted(
        [(row[k.to_place], row[k.from_place], i) for i, k in roads]
        + [(row[k.from_place], row[k.to_place], i) for i, k in roads]
    )
    to = ints(e[0] for e in edges)
    link = ints(e[2] for e in edges)
    into = [[i for i, e in enumerate(edges) if e[0] == place] for place in range(len(row))]
    most = max((len(w) for w in into), default=0)
    return Graph(
        links=tuple((k.from_place, k.to_place) for k in links),
        link_open=flags(k.open for k in links),
        edge_from=ints(e[1] for e in edges),
        edge_to=to,
        edge_link=link,
        edge_km=floats(links[i].km for i in link),
        edge_front=floats(links[i].front_km for i in link),
        first=np.searchsorted(to, np.arange(len(row))),
        ways=np.array([w + [-1] * (most - len(w)) for w in into], dtype=np.intp).reshape(len(row), most),
        bridge_from=ints(row[k.from_place] for _, k in bridges),
        bridge_to=ints(row[k.to_place] for _, k in bridges),
        bridge_link=ints(i for i, _ in bridges),
    )


def columns_of(resolved: Resolved, rows: RowsOf, graph: Graph) -> Columns:
    km = {}
    for (a, b), link in zip(graph.links, resolved.links, strict=True):
        number = graph.links.index((a, b))
        km[a, b] = km[b, a] = (link.km, number)
    each = [(axis, weight, path) for axis in resolved.axes for weight, path in axis.routes]
    longest = max((len(path) for _, _, path in each), default=1)
    shape = (len(each), longest)
    path_rows, leg_km, leg_link = np.zeros(shape, np.intp), np.ones(shape, FLOAT), np.zeros(shape, np.intp)
    for i, (_, _, path) in enumerate(each):
        path_rows[i] = [rows["place"][path[min(k, len(path) - 1)]] for k in range(longest)]
        for k in range(len(path) - 1):
            leg_km[i, k], leg_link[i, k] = km[path[k], path[k + 1]]
    return Columns(
        ids=tuple(f"{axis.id}:{k}" for axis in resolved.axes for k in range(len(axis.routes))),
        axis=ints(rows["axis"][axis.id] for axis, _, _ in each),
        controller=ints(rows["controller"][axis.controller] for axis, _, _ in each),
        weight=floats(weight for _, weight, _ in each),
        quality=floats(axis.quality for axis, _, _ in each),
        starts=np.array([np.inf if a.starts_hour is None else a.starts_hour for a, _, _ in each], dtype=float),
        path=path_rows,
        last=ints(len(path) - 1 for _, _, path in each),
        leg_km=leg_km,
        leg_link=leg_link,
        siege=flags(axis.posture == "siege" for axis, _, _ in each),
        axes=tuple(a.id for a in resolved.axes),
        axis_hashes=hashes("axis", (a.id for a in resolved.axes)),
        men_low=floats(a.men_low for a in resolved.axes),
        men_high=floats(a.men_high for a in resolved.axes),
    )


def patrons_of(resolved: Resolved) -> Patrons:
    patrons = resolved.patrons
    total = sum(p.weight for p in patrons) or 1.0
    air = [i for i, p in enumerate(patrons) if p.air]
    return Patrons(
        ids=tuple(p.id for p in patrons),
        commitment=floats(p.commitment for p in patrons),
        weight=floats(p.weight / total for p in patrons),
        trust=floats(p.trust for p in patrons),
        air=air[0] if air else -1,
        pair_trust=resolved.patron_trust,
    )
