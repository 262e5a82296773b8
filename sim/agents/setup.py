"""What a model is made of, from a resolved scenario: map, attackers, patrons, the layers of comrades."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import pairwise
from random import Random
from typing import Any

import networkx
import numpy as np
from mesa.discrete_space import Network

from sim.agents.attackers import Axis, Column
from sim.agents.comrades import Comrades, total
from sim.agents.patrons import PatronPower
from sim.agents.places import Bridge, Link, Place, Way
from sim.agents.unit import UnitAgent
from sim.operations import Verb
from sim.parameters import BY_NAME, values
from sim.randomness import which_draw
from sim.scenario.problems import nearest
from sim.scenario.resolved import Resolved, ResolvedAxis
from sim.state import FLOAT

Links = dict[tuple[str, str], Link]

_ENEMIES = ({"attacker", "host"}, {"attacker", "third_party"}, {"third_party", "host"})


def parameter_values(resolved: Resolved, given: Mapping[str, float], seed: int, run: int) -> Any:
    """Parameter values: the scenario's, overlaid by the run's draw if there are draws, then by `given`.

    Raises:
        ValueError: a name that is not a parameter.
    """
    for name in given:
        if name not in BY_NAME:
            hint = nearest(name, list(BY_NAME))
            raise ValueError(f"there is no parameter {name!r}" + (f" (did you mean {hint!r}?)" if hint else ""))
    drawn: dict[str, float] = {}
    if resolved.draws is not None:
        row = int(which_draw(seed, run, resolved.draws.many))
        drawn = {name: column[row] for name, column in resolved.draws.values.items()}
    return values({**resolved.parameters, **drawn, **given}, FLOAT)


def network_of(resolved: Resolved, random: Random) -> Any:
    """Mesa's network space over the places."""
    graph = networkx.Graph()
    graph.add_nodes_from(row.id for row in resolved.places)
    graph.add_edges_from((row.from_place, row.to_place) for row in resolved.links if row.kind == "road")
    # Later versions of Mesa lay a network out for drawing unless told not to.
    asks = {"layout": None} if "layout" in inspect.signature(Network).parameters else {}
    return Network(graph, random=random, **asks)


def map_of(resolved: Resolved, space: Any) -> tuple[dict[str, Place], Links, list[Bridge]]:
    """Places in their cells, the links between them, and those that are air bridges."""
    cells = {cell.coordinate: cell for cell in space.all_cells}
    places = {row.id: Place(row, cells[row.id]) for row in resolved.places}
    links = {(row.from_place, row.to_place): Link(row) for row in resolved.links}
    roads = [(a, b, link) for (a, b), link in links.items() if link.row.kind == "road"]
    ways = roads + [(b, a, link) for a, b, link in roads]
    for here, far, link in sorted(ways, key=lambda way: way[:2]):
        places[here].ways.append(Way(places[far], link))
    bridges = [Bridge(places[a], places[b], link) for (a, b), link in links.items() if link.row.kind == "air"]
    return places, links, bridges


def enemies_of(roles: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """Pairs of controllers that fight each other, in both orders."""
    return frozenset((a, b) for a in roles for b in roles if {roles[a], roles[b]} in _ENEMIES)


def axis_of(row: ResolvedAxis, draw: np.float32, places: Mapping[str, Place], links: Links) -> Axis:
    """An axis with a column on each of its routes; `draw` settles its men."""
    axis = Axis(row, draw)
    for weight, path in row.routes:
        legs = [links.get((a, b)) or links[b, a] for a, b in pairwise(path)]
        axis.columns.append(Column(axis, weight, [places[name] for name in path], legs))
    axis.risers = [place for place in places.values() if place.row.rises == row.id]
    return axis


def patrons_of(resolved: Resolved) -> dict[str, PatronPower]:
    """The patrons, each with its trust in the others."""
    weights = sum(row.weight for row in resolved.patrons) or 1.0
    patrons = {row.id: PatronPower(row, weights) for row in resolved.patrons}
    for patron in patrons.values():
        patron.get_to_know(tuple(patrons.values()), resolved.patron_trust)
    return patrons


def scale_to_anchor(own: Iterable[UnitAgent], anchor: tuple[float, float] | None) -> None:
    """Scale assumed sizes so that the host's regulars in the field add up to a total inside the anchor."""
    assumed = [unit for unit in own if unit.row.assumed and unit.row.kind == "regular"]
    if anchor is None or not assumed:
        return
    regular = [unit for unit in own if unit.row.present and unit.patron is None]
    men = total(unit.men for unit in regular)
    scalable = total(unit.men for unit in regular if unit in assumed)
    wanted = min(max(men, anchor[0]), anchor[1]) - (men - scalable)
    factor = FLOAT(max(wanted, 0.0) / max(scalable, 1.0)) if scalable > 0 else FLOAT(1)
    for unit in assumed:
        unit.men = unit.men * factor


def join_layers(units: Iterable[UnitAgent], formation_of: Mapping[str, str]) -> list[Comrades]:
    """Let units watch their formation, their side and the other units of their patron."""
    units = list(units)
    formations = _grouped(units, lambda unit: formation_of[unit.id])
    nations = _grouped(units, lambda unit: unit.row.controller)
    fellows = _grouped([unit for unit in units if unit.patron], lambda unit: unit.row.patron)
    for unit in units:
        formation, nation = formations[formation_of[unit.id]], nations[unit.row.controller]
        unit.join(formation, nation, fellows.get(unit.row.patron))
    return [*formations.values(), *nations.values(), *fellows.values()]


def _grouped(units: list[UnitAgent], key: Callable[[UnitAgent], Hashable]) -> dict[Hashable, Comrades]:
    members: dict[Hashable, list[UnitAgent]] = {}
    for unit in units:
        members.setdefault(key(unit), []).append(unit)
    return {name: Comrades(group) for name, group in members.items()}


def arrivals_of(resolved: Resolved) -> frozenset[str | None]:
    """Places where units may be brought, whatever account holds."""
    operations = (o for t in resolved.triggers for a in t.accounts if a.happens for o in a.operations)
    return frozenset(o.destination for o in operations if o.verb is Verb.BRING_UNITS)
