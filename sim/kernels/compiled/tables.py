"""A plan as plain arrays, in the form that compiled code reads.

Lists of different lengths lie end to end: those of row i are `items[first[i]:first[i + 1]]`.
Flags, types and names are those of `sim.plan`.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernels.withdrawal import Shortest
from sim.operations import Touches, Verb
from sim.parameters import BY_NAME
from sim.plan import Effect, Guard, Plan
from sim.randomness import stable_hash
from sim.state import State

VERB = {verb: number for number, verb in enumerate(Verb)}
TOUCHES = {quantity: number for number, quantity in enumerate(Touches)}
PARAMETER = {name: number for number, name in enumerate(BY_NAME)}
_OF_THE_RUN = (Touches.BELIEF, Touches.COMMITMENT, Touches.PATRON_TRUST, Touches.ATTACKER_QUALITY, Touches.LINK)
"""Quantities that are no unit's: whatever units an operation names."""

Array = NDArray[Any]

RunState: Any = namedtuple("RunState", [field.name for field in fields(State)])  # type: ignore[misc]
"""The arrays of a `State` with run as the first axis: what belongs to a run lies together."""


class Lists(NamedTuple):
    """Lists of row numbers, end to end."""

    first: Array
    items: Array


class Units(NamedTuple):
    hash: Array
    own: Array
    host: Array
    allied: Array
    contingent: Array
    motorised: Array
    elite: Array
    loyalty: Array
    supply: Array
    supply_cap: Array
    safety: Array
    patron: Array
    home: Array
    """Controller with whom it holds."""
    mean_own: Array
    """Its weight in a mean over the host's own units."""
    own_rows: Array
    allied_rows: Array
    contingent_rows: Array


class Groups(NamedTuple):
    """Whom each unit compares itself with in one layer."""

    of: Array
    """Group of each unit; the last one, of nobody's, if it has none here."""
    per_comrade: Array
    """(group,) 1 over the comrades of each of its units."""
    alone: Array
    members: Array
    """Rows of the units that have one."""
    number: int
    """Of groups."""


class Ties(NamedTuple):
    """Whom each unit sees, if the command layer is an edge list."""

    used: bool
    first: Array
    seen: Array
    weight: Array


class Places(NamedTuple):
    hash: Array
    holder: Array
    terrain: Array
    source: Array
    depot: Array
    protected: Array
    rises: Array
    arrival: Array
    """Units may be brought here."""
    riser_rows: Array


class Graph(NamedTuple):
    edge_from: Array
    edge_to: Array
    edge_link: Array
    edge_km: Array
    edge_front: Array
    twin: Array
    """The same link the other way."""
    first: Array
    """(place + 1,) edges into a place."""
    bridge_from: Array
    bridge_to: Array
    bridge_link: Array


class Shortcuts(NamedTuple):
    """The shortest ways to places that are ordered as destinations, with every road open."""

    row: Array
    """(place,) row below, -1 if there is none."""
    hop: Array
    road: Array
    edges: Array


class Columns(NamedTuple):
    axis: Array
    controller: Array
    starts: Array
    path: Array
    last: Array
    leg_km: Array
    leg_link: Array
    siege: Array


class Sides(NamedTuple):
    hostile: Array
    attacking: Array
    neutral: Array


class Patrons(NamedTuple):
    weight: Array


class Triggers(NamedTuple):
    hash: Array
    patience: Array
    until: Array
    scales_with: Array
    first_guard: Array
    steady: Array
    """Whether its guards ask about places and triggers only."""
    watch_places: Lists
    """(place) the steady triggers whose guards look at it, and (trigger) at another trigger."""
    watch_triggers: Lists
    first_account: Array
    happens: Array
    """(account,) whether in that account anything happened."""
    first_effect: Array
    """(account + 1,)"""


class Guards(NamedTuple):
    lost: Lists
    held: Lists
    contested: Lists
    fired: Lists
    not_fired: Lists
    between: Array
    """(guard, 4) strength below, above; nation below, above: NaN where it does not count."""
    patrons: Lists
    limit: Array
    above: Array
    """Per item of `patrons`."""


class Effects(NamedTuple):
    verb: Array
    touches: Array
    amount: Array
    scale: Array
    """(effect, 3) rows of parameters, -1 for none."""
    units: Lists
    at: Array
    """(effect, place) whether units must, or may, stand there"""
    anywhere: Array
    """(effect,) whether they may stand at any place"""
    patrons: Lists
    axes: Lists
    links: Lists
    chance: Array
    status: Array
    destination: Array
    decay: Array
    duration: Array
    rumour: Array
    undo: Array
    allies: Array
    reach: Array
    """The same number where the same units and places are named; -1: drawn for each effect."""
    hash: Array
    of_undo: Array
    """(undo,) the effect that is undone"""
    of_rumour: Array
    rumour_hash: Array


class Numbers(NamedTuple):
    """Single numbers of a plan."""

    step_hours: float
    dt: np.float32
    days: np.float32
    host: int
    capital: int
    air: int
    own: int
    pair_trust: np.float32
    """Sum of a patron's trust in the others at the start; 0 if it does not count."""
    collapse_share: np.float32
    look_every: int
    tick_every: int


class Tables(NamedTuple):
    units: Units
    side: Groups
    formation: Groups
    allies: Groups
    ties: Ties
    places: Places
    graph: Graph
    shortcuts: Shortcuts
    columns: Columns
    sides: Sides
    patrons: Patrons
    triggers: Triggers
    guards: Guards
    effects: Effects
    shock_decays: Array
    """[h], NaN for the model's default"""
    numbers: Numbers


def tables(plan: Plan, look_every: int, tick_every: int) -> Tables:
    """All of a plan that compiled code needs."""
    units, places, graph = plan.units, plan.places, plan.graph
    number = len(plan.patrons.ids)
    pair = (number - 1) * plan.patrons.pair_trust if number > 1 and plan.patrons.pair_trust > 0 else 0.0
    return Tables(
        units=_units(plan),
        side=_groups(units.side, np.ones(len(units.ids), bool)),
        formation=_command(plan),
        allies=_groups(units.patron, units.allied),
        ties=_ties(plan),
        places=Places(
            places.hashes,
            _row(places.holder, np.int8),
            _row(places.terrain, np.float32),
            _row(places.source, np.bool_),
            _row(places.depot, np.bool_),
            _row(places.protected, np.bool_),
            _row(places.rises, np.int32),
            np.isin(np.arange(len(places.ids)), plan.triggers.arrivals),
            _row(np.flatnonzero(places.rises >= 0), np.uint32),
        ),
        graph=Graph(
            _row(graph.edge_from, np.uint32),
            _row(graph.edge_to, np.uint32),
            _row(graph.edge_link, np.uint32),
            _row(graph.edge_km, np.float32),
            _row(graph.edge_front, np.float32),
            _row(_twins(graph.edge_link), np.uint32),
            _row(np.append(graph.first, len(graph.edge_from)), np.uint32),
            _row(graph.bridge_from, np.int32),
            _row(graph.bridge_to, np.int32),
            _row(graph.bridge_link, np.int32),
        ),
        shortcuts=_shortcuts(plan),
        columns=_columns(plan),
        sides=Sides(np.ascontiguousarray(plan.hostile), _row(plan.attacking, np.bool_), _row(plan.neutral, np.bool_)),
        patrons=Patrons(_row(plan.patrons.weight, np.float32)),
        triggers=_triggers(plan),
        guards=_guards([guard for guards in plan.triggers.guards for guard in guards]),
        effects=_effects(plan),
        shock_decays=_row([np.nan if tau is None else tau for tau in plan.shock_decays], np.float32),
        numbers=Numbers(
            step_hours=float(plan.step_hours),
            dt=np.float32(plan.step_hours),
            days=np.float32(plan.step_hours / 24),
            host=int(plan.host),
            capital=int(places.capital),
            air=int(plan.patrons.air),
            own=max(int(units.own.sum()), 1),
            pair_trust=np.float32(pair),
            collapse_share=np.float32(plan.collapse_share),
            look_every=look_every,
            tick_every=tick_every,
        ),
    )


def _row(values: Any, dtype: Any) -> Array:
    return np.ascontiguousarray(np.asarray(values, dtype).reshape(-1))


def _twins(edge_link: Array) -> Array:
    """The other edge of each edge's link."""
    order = np.argsort(edge_link, kind="stable").reshape(-1, 2)
    twins = np.empty(len(edge_link), np.intp)
    twins[order[:, 0]], twins[order[:, 1]] = order[:, 1], order[:, 0]
    return twins


def _lists(lists: Iterable[Sequence[int] | Array]) -> Lists:
    each = [np.asarray(one, np.int32).reshape(-1) for one in lists]
    first = np.zeros(len(each) + 1, np.int32)
    first[1:] = np.cumsum([len(one) for one in each])
    return Lists(first, np.concatenate([*each, np.zeros(0, np.int32)]))


def _units(plan: Plan) -> Units:
    units = plan.units
    own = units.own / max(units.own.sum(), 1)
    home = np.where(units.host, plan.host, plan.places.holder[units.place])
    return Units(
        units.hashes,
        _row(units.own, np.bool_),
        _row(units.host, np.bool_),
        _row(units.allied, np.bool_),
        _row(units.contingent, np.bool_),
        _row(units.motorised, np.bool_),
        _row(units.elite, np.float32),
        _row(units.loyalty, np.float32),
        _row(units.supply, np.float32),
        _row(units.supply_cap, np.float32),
        _row(units.safety, np.float32),
        _row(units.patron, np.int32),
        _row(home, np.int8),
        _row(own, np.float64),
        *(_row(np.flatnonzero(flag), np.uint32) for flag in (units.own, units.allied, units.contingent)),
    )


def _groups(of: Array, members: Array) -> Groups:
    size = np.append(np.bincount(of[members]), 0)
    mine = np.where(members, size[of], 1)
    return Groups(
        _row(np.where(members, of, len(size) - 1), np.uint32),
        _row(1.0 / np.maximum(size - 1, 1), np.float64),
        _row(mine == 1, bool),
        _row(np.flatnonzero(members), np.uint32),
        len(size),
    )


def _command(plan: Plan) -> Groups:
    groups = _groups(plan.units.formation, np.ones(len(plan.units.ids), bool))
    if plan.units.ties is None:
        return groups
    return groups._replace(alone=np.bincount(plan.units.ties[0], minlength=len(plan.units.ids)) == 0)


def _ties(plan: Plan) -> Ties:
    units = len(plan.units.ids)
    if plan.units.ties is None:
        return Ties(False, np.zeros(units + 1, np.int32), np.zeros(0, np.int32), np.zeros(0))
    sees, seen = plan.units.ties
    number = np.bincount(sees, minlength=units)
    order = np.lexsort((seen, sees))
    first = np.append(0, np.cumsum(number))
    return Ties(True, _row(first, np.int32), _row(seen[order], np.int32), _row(1.0 / number[sees[order]], float))


def _shortcuts(plan: Plan) -> Shortcuts:
    orders = {e.destination for accounts in plan.triggers.effects for effects in accounts for e in effects}
    goals = sorted({plan.places.capital, *orders} - {-1})
    ways = [Shortest(plan.graph, goal) for goal in goals]
    longest = max(way.edges.shape[1] for way in ways)
    edges = [np.pad(way.edges, ((0, 0), (0, longest - way.edges.shape[1])), constant_values=-1) for way in ways]
    row = np.full(len(plan.places.ids), -1, np.int32)
    row[goals] = np.arange(len(goals))
    return Shortcuts(
        row,
        np.ascontiguousarray([way.hop for way in ways], np.int32),
        np.ascontiguousarray([way.road for way in ways], np.float32),
        np.ascontiguousarray(edges, np.int32),
    )


def _columns(plan: Plan) -> Columns:
    columns = plan.columns
    return Columns(
        _row(columns.axis, np.int32),
        _row(columns.controller, np.int8),
        _row(columns.starts, np.float64),
        np.ascontiguousarray(columns.path, np.int32),
        _row(columns.last, np.int32),
        np.ascontiguousarray(columns.leg_km, np.float32),
        np.ascontiguousarray(columns.leg_link, np.int32),
        _row(columns.siege, np.bool_),
    )


def _triggers(plan: Plan) -> Triggers:
    triggers = plan.triggers
    effects = [account for accounts in triggers.effects for account in accounts]
    return Triggers(
        triggers.hashes,
        _row(triggers.patience, np.float64),
        _row(triggers.until, np.float64),
        _row(triggers.scales_with, np.int32),
        _row(np.append(0, np.cumsum([len(g) for g in triggers.guards])), np.int32),
        _row([all(map(_is_steady, guards)) for guards in triggers.guards], np.bool_),
        _watching(triggers.guards, range(3), len(plan.places.ids)),
        _watching(triggers.guards, range(3, 5), len(triggers.ids)),
        _row(np.append(0, np.cumsum([len(a) for a in triggers.effects])), np.int32),
        _row([happens for accounts in triggers.happens for happens in accounts], np.bool_),
        _row(np.append(0, np.cumsum([len(account) for account in effects])), np.int32),
    )


def _watching(guards: Sequence[Sequence[Guard]], kinds: Iterable[int], many: int) -> Lists:
    """(thing) the rows of those who look at it: at a place (kinds 0 to 2 of `Guard.rows`), at a trigger (3 and 4)."""
    looks_at = [
        {int(thing) for guard in each if all(map(_is_steady, each)) for kind in kinds for thing in guard.rows[kind]}
        for each in guards
    ]
    return _lists([[row for row, things in enumerate(looks_at) if thing in things] for thing in range(many)])


def _is_steady(guard: Guard) -> bool:
    limits = (*guard.strength, *guard.nation)
    return not guard.commitment_below and not guard.commitment_above and all(value is None for value in limits)


def _guards(guards: list[Guard]) -> Guards:
    limits = [(*((p, v, False) for p, v in g.commitment_below), *((p, v, True) for p, v in g.commitment_above))
              for g in guards]  # fmt: skip
    between = [[np.nan if v is None else v for v in (*g.strength, *g.nation)] for g in guards]
    lost, held, contested, fired, not_fired = (_lists(guard.rows[kind] for guard in guards) for kind in range(5))
    return Guards(
        lost=lost,
        held=held,
        contested=contested,
        fired=fired,
        not_fired=not_fired,
        between=np.asarray(between, np.float32).reshape(-1, 4),
        patrons=_lists([patron for patron, _, _ in items] for items in limits),
        limit=_row([value for items in limits for _, value, _ in items], np.float32),
        above=_row([above for items in limits for _, _, above in items], np.bool_),
    )


def _effects(plan: Plan) -> Effects:
    effects = [e for accounts in plan.triggers.effects for account in accounts for e in account]
    row = {(e.hash, e.rumour): i for i, e in enumerate(effects)}
    places = np.arange(len(plan.places.ids))

    def scale(effect: Effect) -> list[int]:
        return ([PARAMETER[name] for name in effect.scale] + [-1] * 3)[:3]

    undone = {e.undo: i for i, e in enumerate(effects) if e.undo >= 0}
    return Effects(
        verb=_row([VERB[e.verb] for e in effects], np.int8),
        touches=_row([-1 if e.touches is None else TOUCHES[e.touches] for e in effects], np.int8),
        amount=_row([e.amount for e in effects], np.float32),
        scale=np.asarray([scale(e) for e in effects], np.int32).reshape(-1, 3),
        units=_lists(() if e.touches in _OF_THE_RUN else e.units for e in effects),
        at=np.array([np.isin(places, e.at) | (len(e.at) == 0) for e in effects], bool).reshape(-1, len(places)),
        anywhere=_row([len(e.at) == 0 for e in effects], np.bool_),
        patrons=_lists(e.patrons for e in effects),
        axes=_lists(e.axes for e in effects),
        links=_lists(e.links for e in effects),
        chance=_row([e.chance for e in effects], np.float32),
        status=_row([-1 if e.status is None else e.status for e in effects], np.int8),
        destination=_row([e.destination for e in effects], np.int32),
        decay=_row([e.decay for e in effects], np.int32),
        duration=_row([np.inf if e.duration is None else e.duration for e in effects], np.float64),
        rumour=_row([e.rumour for e in effects], np.int32),
        undo=_row([e.undo for e in effects], np.int32),
        allies=_row([e.allies for e in effects], np.bool_),
        reach=_row([-1 if e.touches in _OF_THE_RUN else e.reach for e in effects], np.int32),
        hash=_row([e.hash for e in effects], np.uint64),
        of_undo=_row([undone[number] for number in range(plan.undone)], np.int32),
        of_rumour=_row([row[e.hash, e.rumour] for e in plan.rumours], np.int32),
        rumour_hash=_row([stable_hash("rumour", str(e.hash)) for e in plan.rumours], np.uint64),
    )
