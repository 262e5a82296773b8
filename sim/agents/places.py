"""Places, the links between them, and the ways over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.comrades import Comrades, total
from sim.randomness import stable_hash
from sim.rules import combat, fatigue, transitions
from sim.rules.arithmetic import probability
from sim.scenario.resolved import ResolvedLink, ResolvedPlace
from sim.state import FLOAT

if TYPE_CHECKING:
    from sim.agents.patrons import PatronPower
    from sim.agents.unit import UnitAgent

NEVER = FLOAT(-np.inf)
FOR_GOOD = FLOAT(np.inf)


class Link:
    """A road between two places."""

    def __init__(self, row: ResolvedLink) -> None:
        self.row = row
        self.km, self.front_km = FLOAT(row.km), FLOAT(row.front_km)
        self.closed_until = NEVER if row.open else FOR_GOOD
        self.open = row.open

    def look(self, hour: float) -> None:
        """Whether one may go."""
        self.open = bool(self.closed_until <= hour)


class Way:
    """A link as seen from one of its ends."""

    def __init__(self, far: Place, link: Link) -> None:
        self.far, self.link = far, link

    @property
    def passable(self) -> bool:
        """The link is open and its far end has not risen."""
        return self.link.open and not self.far.risen


class Place:
    """A place: who holds it, who stands and fights there, what lies around it.

    Attributes:
        row: what the scenario says of it.
        cell: its cell in Mesa's network; holds the unit agents that are there.
        ways: out of it, in the fixed order of the scenario.
        control, next_control: controller that holds it, and will from the next step on.
        units: those in the field here, by id.
        attackers: men engaged here, weighted by quality.
        pressure: P, 0 to 1.
        flank: F, the share of neighbours lost; 1 where enclosed.
        enclosed: no open link to a place in the same hands.
        supplied: joined to a supply source of the same side.
        beside_lost: a neighbour is lost or has risen.
        allies: allied units here that fight.
        patron_shares: how much each patron counts for the trust of those here.
    """

    def __init__(self, row: ResolvedPlace, cell: Any) -> None:
        self.row, self.cell = row, cell
        self.id, self.name, self.hash = row.id, row.name, stable_hash("place", row.id)
        self.terrain = FLOAT(row.terrain)
        self.control = self.next_control = row.holder
        self.risen = self.supplied = False
        self.unguarded = FLOAT(0)
        self.ways: list[Way] = []
        self.units: Sequence[UnitAgent] = ()
        self.attackers = FLOAT(0)

    def __repr__(self) -> str:
        return f"<{self.id}, held by {self.control}{', risen' if self.risen else ''}>"

    @property
    def fallen(self) -> bool:
        """No longer in the hands that held it at the start."""
        return self.control != self.row.holder

    @property
    def lost(self) -> bool:
        """Fallen or risen: no help to its neighbours."""
        return self.risen or self.fallen

    @property
    def contested(self) -> bool:
        return self.risen or bool(self.attackers > 0)

    def look(self) -> None:
        """What lies around."""
        gone = sum(way.far.lost for way in self.ways)
        share = FLOAT(gone / len(self.ways)) if self.ways else FLOAT(0)
        self.enclosed = not any(way.passable and way.far.control == self.control for way in self.ways)
        self.flank = FLOAT(1) if self.enclosed else share
        self.beside_lost = gone > 0

    def gather(self, units: Sequence[UnitAgent], patrons: Iterable[PatronPower]) -> None:
        """These units are here, in the field."""
        self.units = units
        self.comrades = Comrades(units)
        self.allies = FLOAT(sum(unit.stands for unit in units if unit.patron))
        self.patron_shares = self._shares(patrons)

    def _shares(self, patrons: Iterable[PatronPower]) -> dict[PatronPower, np.float32]:
        """How much each patron counts here: by its men, or by its weight where no patron has any."""
        men = dict.fromkeys(patrons, 0.0)
        for unit in self.units:
            if unit.patron and unit.stands:
                men[unit.patron] += float(unit.men)
        here = total(men.values())
        return {patron: FLOAT(many / max(here, 1.0)) if here > 0 else patron.weight for patron, many in men.items()}

    def fight(self, air: np.float32, dt: np.float32, p: Any) -> None:
        """Equation 2 here: pressure, who dies, whether it falls; how tired fighting makes."""
        fighting = FLOAT(total(unit.fighting for unit in self.units))
        defence = combat.defence(fighting, self.terrain, air, p)
        attackers = self.attackers
        self.pressure = combat.pressure(attackers, defence, p)
        self.open = bool(defence <= 0 and attackers <= 0) and self.beside_lost
        self._terrain_and_air = combat.defence(FLOAT(1), self.terrain, air, p)
        self.dying = probability(combat.loss_rate(defence, attackers, p) * dt)
        self.attackers_dying = probability(combat.loss_rate(attackers, defence, p) * dt)
        self.tiring_to, self.tiring = fatigue.settling(self.pressure, dt, p)
        self.exposure = FLOAT(transitions.exposure(self.pressure, self.beside_lost, p))

    def falls(self, p: Any) -> bool:
        """Whether too few defend it after this step's decisions and losses."""
        if self.attackers <= 0:
            return False
        fighting = FLOAT(total(unit.still_fighting for unit in self.units))
        return bool(combat.falls(self.attackers, fighting * self._terrain_and_air, p))


class Bridge:
    """An air bridge from a supply source."""

    def __init__(self, start: Place, end: Place, link: Link) -> None:
        self.start, self.end, self.link = start, end, link

    @property
    def flies(self) -> bool:
        """Both ends are quiet and in the same hands, and the link is open."""
        quiet = self.start.row.supply_source and not self.start.risen and not self.end.risen
        return quiet and self.link.open and self.start.control == self.end.control


def find_supplied(places: Iterable[Place], bridges: Iterable[Bridge]) -> None:
    """Mark the places joined to a source of the same side, by air or over open roads and places that have not risen."""
    places = list(places)
    for place in places:
        place.supplied = False
    found = [place for place in places if place.row.supply_source and not place.risen]
    found += [bridge.end for bridge in bridges if bridge.flies]
    while found:
        place = found.pop()
        place.supplied = True
        found += [
            way.far for way in place.ways if way.passable and way.far.control == place.control and not way.far.supplied
        ]


class Roads:
    """The ways home of one side, as the new control has it."""

    def __init__(self, side: str, goal: Place, neutral: frozenset[str]) -> None:
        self._side, self._goal = side, goal
        self._goal_welcomes = goal.next_control == side or goal.next_control in neutral
        self._km = self._to_goal()

    def next_hop(self, place: Place, *, anywhere: bool = False) -> Way | None:
        """The first way on the shortest held, open road to the goal; `anywhere`: to the nearest held neighbour."""
        best, nearest = None, FLOAT(np.inf)
        for way in place.ways:
            if way.passable and (way.far.next_control == self._side if anywhere else self._takes(way.far)):
                km = way.link.km if anywhere else self._km.get(way.far, FLOAT(np.inf)) + way.link.km
                if km < nearest:
                    best, nearest = way, km
        return best

    def _takes(self, place: Place) -> bool:
        return place.next_control == self._side or (place is self._goal and self._goal_welcomes)

    def _to_goal(self) -> dict[Place, np.float32]:
        """Kilometres to the goal from every place that has a way."""
        km: dict[Place, np.float32] = {}
        near = [(FLOAT(0), self._goal.id, self._goal)] if self._goal_welcomes else []
        while near:
            road, _, place = heappop(near)
            if place in km:
                continue
            km[place] = road
            if self._takes(place) and not place.risen:
                for way in place.ways:
                    if way.link.open and way.far not in km:
                        heappush(near, (road + way.link.km, way.far.id, way.far))
        return km
