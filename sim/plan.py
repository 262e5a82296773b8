"""The plan of a simulation: a resolved scenario as arrays and indices.

Every kernel works from the same plan. Names become row numbers here, once; nothing in a
plan depends on the seed, the run or the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.operations import Operation, Touches, Verb
from sim.parameters import values
from sim.randomness import stable_hash
from sim.rules.quit import disposition
from sim.scenario.resolved import Resolved, ResolvedGuard
from sim.state import FLOAT, Status

Ints = NDArray[np.intp]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

ATTACKER, THIRD_PARTY, HOST, NEUTRAL = "attacker", "third_party", "host", "neutral"


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
    place: Ints
    present: Flags
    side: Ints
    """Group of the national layer: one per controller with units."""
    formation: Ints
    """Group of the command layer: units of one formation, or of the nearest one above that has others."""
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
    """Links, and their two directions as edges sorted by the place they lead to."""

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


@dataclass(frozen=True)
class Effect:
    """An `Operation` with rows for names."""

    verb: Verb
    touches: Touches | None
    amount: float
    scale: tuple[str, ...]
    units: Ints
    at: Ints
    chance: float
    patrons: Ints
    axes: Ints
    links: Ints
    status: Status | None
    destination: int
    decay: int
    """Row of `Plan.shock_decays`."""
    duration: float | None
    rumour: int
    """Number of the rumour it starts, -1 otherwise."""
    undo: int
    """Number of its undoing, -1 if it lasts."""
    reach: int
    """Effects with the same units and places, and no chance, share this number; -1 with a chance."""
    allies: bool
    """Whether it may touch units of a patron."""
    hash: np.uint64


@dataclass(frozen=True)
class Guard:
    """A `ResolvedGuard` with rows for names; empty and None fields do not count."""

    rows: tuple[Ints, Ints, Ints, Ints, Ints]
    """Places lost, held, contested; triggers fired, not fired."""
    names: tuple[frozenset[int], ...]
    """The same rows as sets."""
    strength: tuple[float | None, float | None]
    nation: tuple[float | None, float | None]
    commitment_below: tuple[tuple[int, float], ...]
    commitment_above: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Triggers:
    """Rows of the trigger axis; switched-off ones stay, so that rows never shift."""

    ids: tuple[str, ...]
    hashes: NDArray[np.uint64]
    enabled: Flags
    earliest: NDArray[np.float64]
    latest: NDArray[np.float64]
    delay_low: NDArray[np.float64]
    delay_high: NDArray[np.float64]
    patience: NDArray[np.float64]
    probability: Floats
    scales_with: Ints
    guards: tuple[tuple[Guard, ...], ...]
    account_names: tuple[tuple[str, ...], ...]
    account_bounds: tuple[NDArray[np.float64], ...]
    """Cumulated weights of each trigger's accounts."""
    effects: tuple[tuple[tuple[Effect, ...], ...], ...]
    """[trigger][account] -> effects; empty where in that account nothing happened."""
    happens: tuple[tuple[bool, ...], ...]
    """[trigger][account] -> whether in that account anything happened."""
    arrivals: Ints
    """Places where units may be brought."""


@dataclass(frozen=True)
class Plan:
    """All a kernel needs but the seed, the runs and the parameters' values."""

    units: Units
    places: Places
    graph: Graph
    columns: Columns
    patrons: Patrons
    triggers: Triggers
    controllers: tuple[str, ...]
    host: int
    hostile: Flags
    """(controller, controller): attackers and third parties against the host; attackers against third parties."""
    attacking: Flags
    """(controller,)"""
    neutral: Flags
    shock_decays: tuple[float | None, ...]
    """Distinct decay times of shocks [h]; None is the model's default and comes first."""
    rumours: tuple[Effect, ...]
    undone: int
    """How many effects are undone after a while."""
    anchor: tuple[float, float] | None
    step_hours: float
    steps: int
    collapse_share: float
    parameters: dict[str, float]

    def values(self, given: dict[str, Any] | None = None) -> Any:
        """Parameter values in the state's float type: the scenario's, overlaid by `given`."""
        return values({**self.parameters, **(given or {})}, FLOAT)


def make_plan(resolved: Resolved) -> Plan:
    """The plan of a resolved scenario."""
    controllers = tuple(sorted(resolved.roles))
    rows = {
        "place": {p.id: i for i, p in enumerate(resolved.places)},
        "unit": {u.id: i for i, u in enumerate(resolved.units)},
        "axis": {a.id: i for i, a in enumerate(resolved.axes)},
        "patron": {p.id: i for i, p in enumerate(resolved.patrons)},
        "trigger": {t.id: i for i, t in enumerate(resolved.triggers)},
        "controller": {c: i for i, c in enumerate(controllers)},
    }
    graph = _graph(resolved, rows["place"])
    compiler = _Compiler(resolved, rows, {pair: i for i, pair in enumerate(graph.links)})
    triggers = compiler.triggers()
    role = [resolved.roles[c] for c in controllers]
    return Plan(
        units=_units(resolved, rows),
        places=_places(resolved, rows),
        graph=graph,
        columns=_columns(resolved, rows, graph),
        patrons=_patrons(resolved),
        triggers=triggers,
        controllers=controllers,
        host=rows["controller"][resolved.host],
        hostile=np.array([[_fights(a, b) for b in role] for a in role]),
        attacking=np.array([r == ATTACKER for r in role]),
        neutral=np.array([r == NEUTRAL for r in role]),
        shock_decays=tuple(compiler.decays),
        rumours=tuple(compiler.rumours),
        undone=compiler.undone,
        anchor=resolved.anchor,
        step_hours=resolved.step_hours,
        steps=round(resolved.days * 24 / resolved.step_hours),
        collapse_share=resolved.collapse_share,
        parameters=dict(resolved.parameters),
    )


def _fights(mine: str, theirs: str) -> bool:
    pair = {mine, theirs}
    return pair in ({ATTACKER, HOST}, {ATTACKER, THIRD_PARTY}, {THIRD_PARTY, HOST})


def _floats(values: Any) -> Floats:
    return np.array(list(values), dtype=FLOAT)


def _ints(values: Any) -> Ints:
    return np.array(list(values), dtype=np.intp)


def _flags(values: Any) -> Flags:
    return np.array(list(values), dtype=bool)


def _hashes(kind: str, ids: Any) -> NDArray[np.uint64]:
    return np.array([stable_hash(kind, i) for i in ids], dtype=np.uint64)


def _units(resolved: Resolved, rows: dict[str, dict[str, int]]) -> Units:
    units = resolved.units
    sides = sorted({u.controller for u in units})
    host = _flags(u.controller == resolved.host for u in units)
    contingent = _flags(u.kind == "contingent" for u in units)
    return Units(
        ids=tuple(u.id for u in units),
        hashes=_hashes("unit", (u.id for u in units)),
        host=host,
        own=host & ~contingent,
        contingent=contingent,
        allied=_flags(u.patron is not None for u in units),
        patron=_ints(-1 if u.patron is None else rows["patron"][u.patron] for u in units),
        men_low=_floats(u.men_low for u in units),
        men_high=_floats(u.men_high for u in units),
        assumed=_flags(u.assumed and u.kind == "regular" and u.controller == resolved.host for u in units),
        quality=_floats(u.quality for u in units),
        elite=_floats(u.elite for u in units),
        motorised=_flags(u.motorised for u in units),
        disposition=_floats(disposition(u.morale) for u in units),
        loyalty=_floats(u.loyalty for u in units),
        supply=_floats(u.supply for u in units),
        supply_cap=_floats(u.supply_cap for u in units),
        place=_ints(rows["place"][u.place] for u in units),
        present=_flags(u.present for u in units),
        side=_ints(sides.index(u.controller) for u in units),
        formation=_command_groups(resolved),
    )


def _command_groups(resolved: Resolved) -> Ints:
    """Group numbers: a unit alone in its formation counts with the formation above."""
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
    return _ints(names.index(g) for g in group)


def _places(resolved: Resolved, rows: dict[str, dict[str, int]]) -> Places:
    places = resolved.places
    return Places(
        ids=tuple(p.id for p in places),
        hashes=_hashes("place", (p.id for p in places)),
        holder=_ints(rows["controller"][p.holder] for p in places),
        terrain=_floats(p.terrain for p in places),
        source=_flags(p.supply_source for p in places),
        depot=_flags(p.depot for p in places),
        protected=_flags(p.protected for p in places),
        capital=rows["place"][resolved.capital],
        rises=_ints(-1 if p.rises is None else rows["axis"][p.rises] for p in places),
    )


def _graph(resolved: Resolved, row: dict[str, int]) -> Graph:
    links = resolved.links
    edges = sorted(
        [(row[k.to_place], row[k.from_place], i) for i, k in enumerate(links)]
        + [(row[k.from_place], row[k.to_place], i) for i, k in enumerate(links)]
    )
    to = _ints(e[0] for e in edges)
    link = _ints(e[2] for e in edges)
    into = [[i for i, e in enumerate(edges) if e[0] == place] for place in range(len(row))]
    most = max((len(w) for w in into), default=0)
    return Graph(
        links=tuple((k.from_place, k.to_place) for k in links),
        link_open=_flags(k.open for k in links),
        edge_from=_ints(e[1] for e in edges),
        edge_to=to,
        edge_link=link,
        edge_km=_floats(links[i].km for i in link),
        edge_front=_floats(links[i].front_km for i in link),
        first=np.searchsorted(to, np.arange(len(row))),
        ways=np.array([w + [-1] * (most - len(w)) for w in into], dtype=np.intp).reshape(len(row), most),
    )


def _columns(resolved: Resolved, rows: dict[str, dict[str, int]], graph: Graph) -> Columns:
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
        axis=_ints(rows["axis"][axis.id] for axis, _, _ in each),
        controller=_ints(rows["controller"][axis.controller] for axis, _, _ in each),
        weight=_floats(weight for _, weight, _ in each),
        quality=_floats(axis.quality for axis, _, _ in each),
        starts=np.array([np.inf if a.starts_hour is None else a.starts_hour for a, _, _ in each], dtype=float),
        path=path_rows,
        last=_ints(len(path) - 1 for _, _, path in each),
        leg_km=leg_km,
        leg_link=leg_link,
        axes=tuple(a.id for a in resolved.axes),
        axis_hashes=_hashes("axis", (a.id for a in resolved.axes)),
        men_low=_floats(a.men_low for a in resolved.axes),
        men_high=_floats(a.men_high for a in resolved.axes),
    )


def _patrons(resolved: Resolved) -> Patrons:
    patrons = resolved.patrons
    total = sum(p.weight for p in patrons) or 1.0
    air = [i for i, p in enumerate(patrons) if p.air]
    return Patrons(
        ids=tuple(p.id for p in patrons),
        commitment=_floats(p.commitment for p in patrons),
        weight=_floats(p.weight / total for p in patrons),
        trust=_floats(p.trust for p in patrons),
        air=air[0] if air else -1,
        pair_trust=resolved.patron_trust,
    )


class _Compiler:
    """Gives numbers to what effects share: decay times, rumours, undoings."""

    def __init__(self, resolved: Resolved, rows: dict[str, dict[str, int]], links: dict[tuple[str, str], int]) -> None:
        self._resolved, self._rows, self._links = resolved, rows, links
        self.decays: list[float | None] = [None]
        self.rumours: list[Effect] = []
        self.undone = 0
        self._reaches: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
        self._patron = {u.id: u.patron for u in resolved.units}

    def triggers(self) -> Triggers:
        all_ = self._resolved.triggers
        effects = tuple(
            tuple(
                tuple(self._effect(t.id, a.name, i, op) for i, op in enumerate(a.operations)) if a.happens else ()
                for a in t.accounts
            )
            for t in all_
        )
        return Triggers(
            ids=tuple(t.id for t in all_),
            hashes=_hashes("trigger", (t.id for t in all_)),
            enabled=_flags(t.enabled for t in all_),
            earliest=np.array([t.earliest for t in all_], dtype=float),
            latest=np.array([t.latest for t in all_], dtype=float),
            delay_low=np.array([t.delay_low for t in all_], dtype=float),
            delay_high=np.array([t.delay_high for t in all_], dtype=float),
            patience=np.array([np.inf if t.patience_hours is None else t.patience_hours for t in all_], dtype=float),
            probability=_floats(t.probability for t in all_),
            scales_with=_ints(-1 if t.scales_with is None else self._rows["patron"][t.scales_with] for t in all_),
            guards=tuple(tuple(self._guard(g) for g in t.guards) for t in all_),
            account_names=tuple(tuple(a.name for a in t.accounts) for t in all_),
            account_bounds=tuple(np.cumsum([a.weight for a in t.accounts]) for t in all_),
            effects=effects,
            happens=tuple(tuple(a.happens for a in t.accounts) for t in all_),
            arrivals=np.unique(
                _ints(
                    e.destination
                    for accounts in effects
                    for account in accounts
                    for e in account
                    if e.verb is Verb.BRING_UNITS
                )
            ),
        )

    def _of(self, kind: str, names: Any) -> Ints:
        return _ints(self._rows[kind][n] for n in names)

    def _guard(self, g: ResolvedGuard) -> Guard:
        rows = (
            self._of("place", g.lost),
            self._of("place", g.held),
            self._of("place", g.contested),
            self._of("trigger", g.fired),
            self._of("trigger", g.not_fired),
        )
        return Guard(
            rows=rows,
            names=tuple(frozenset(r.tolist()) for r in rows),
            strength=(g.strength_below, g.strength_above),
            nation=(g.nation_below, g.nation_above),
            commitment_below=tuple((self._rows["patron"][k], v) for k, v in g.commitment_below),
            commitment_above=tuple((self._rows["patron"][k], v) for k, v in g.commitment_above),
        )

    def _effect(self, trigger: str, account: str, number: int, op: Operation) -> Effect:
        if op.decay_hours not in self.decays:
            self.decays.append(op.decay_hours)
        lasting = op.duration_hours is None or op.touches in (Touches.LEADERLESS, Touches.LINK)
        undo = -1
        if not lasting and op.verb in (Verb.MULTIPLY, Verb.SET):
            undo, self.undone = self.undone, self.undone + 1
        effect = Effect(
            verb=op.verb,
            touches=op.touches,
            amount=op.amount,
            scale=op.scale,
            units=np.sort(self._of("unit", op.units)),
            at=self._of("place", op.at),
            chance=op.chance,
            patrons=self._of("patron", op.patrons),
            axes=self._of("axis", op.axes),
            links=_ints(self._links[pair] for pair in op.links),
            status=None if op.status is None else Status.named(op.status),
            destination=-1 if op.destination is None else self._rows["place"][op.destination],
            decay=self.decays.index(op.decay_hours),
            duration=op.duration_hours,
            rumour=len(self.rumours) if op.verb is Verb.START_RUMOUR else -1,
            undo=undo,
            reach=self._reaches.setdefault((op.units, op.at), len(self._reaches)) if op.chance == 1 else -1,
            allies=any(self._patron[unit] is not None for unit in op.units),
            hash=stable_hash("effect", trigger, account, str(number)),
        )
        if op.verb is Verb.START_RUMOUR:
            self.rumours.append(effect)
        return effect
