"""What triggers may ask of a scenario when they compile: see `sim.triggers.base.Directory`."""

from __future__ import annotations

from collections.abc import Iterable

from sim.scenario.schema import ScenarioFile
from sim.triggers.base import Target, Visibility

Ids = tuple[str, ...]


def host_of(file: ScenarioFile) -> str:
    """The id of the controller whose role is host."""
    return next(name for name, controller in file.controller.items() if controller.role == "host")


class ScenarioDirectory:
    """The directory of one scenario that has passed its checks.

    The host's side is every unit whose controller is the host: regular, militia and allied.
    Every method raises KeyError for a name that the scenario does not have.
    """

    def __init__(self, file: ScenarioFile) -> None:
        self.capital = file.capital
        self._host = host_of(file)
        self._units = {unit.id: unit for unit in sorted(file.unit, key=lambda unit: unit.id)}
        self._side = {unit.id: unit.controller or self._host for unit in file.unit}
        self._host_side = tuple(name for name in self._units if self._side[name] == self._host)
        self._region = {place.id: place.region for place in file.place}
        self._patrons = set(file.patron)
        self._parent = {name: formation.parent for name, formation in file.formation.items()}
        self._links: dict[str, list[tuple[str, str]]] = {place.id: [] for place in file.place}
        self._roads = {(link.from_, link.to) for link in file.link if link.kind == "road"}
        for link in file.link:
            for end in (link.from_, link.to):
                self._links[end].append((link.from_, link.to))
        self._starts: dict[str, set[str]] = {place.id: set() for place in file.place}
        for axis in file.axis:
            for route in axis.route:
                self._starts[route.places[0]].add(axis.id)

    def select(
        self, target: Target | None, place: list[str] | None = None, visibility: Visibility = "national"
    ) -> tuple[Ids, Ids]:
        """(unit ids, places where they must stand or ()) of a target; without one, of a visibility."""
        if target is not None:
            return self._targeted(target)
        places = set(place or ())
        self._know(places, self._region)
        if visibility == "theatre":
            places = self._places_in({self._region[name] for name in places})
        elif visibility == "national":
            return self._host_side, ()
        if visibility == "none" or not places:
            return (), ()
        return self._host_side, tuple(sorted(places))

    def _targeted(self, target: Target) -> tuple[Ids, Ids]:
        self._know(target.units, self._units)
        self._know(target.patrons, self._patrons)
        self._know(target.places, self._region)
        self._know(target.regions, set(self._region.values()))
        commanded = {unit for formation in target.formations for unit in self.subtree(formation)}
        # A unit that is named may be on any side; a group is the host's unless sides are named.
        sides = target.controllers or ([] if target.units else [self._host])
        units = tuple(
            name
            for name, unit in self._units.items()
            if (not target.units or name in target.units)
            and (not target.formations or name in commanded)
            and (not target.patrons or unit.patron in target.patrons)
            and (not target.kinds or unit.kind in target.kinds)
            and (not sides or self._side[name] in sides)
        )
        if not target.places and not target.regions:
            return units, ()
        places = self._places_in(target.regions) if target.regions else set(self._region)
        places &= set(target.places or self._region)
        return (units if places else ()), tuple(sorted(places))

    def host_units(self) -> Ids:
        """Regular and militia units of the host side."""
        return tuple(name for name in self._host_side if self._units[name].kind != "contingent")

    def units_of(self, patron: str, *, contingents_only: bool = False) -> Ids:
        """Units whose patron this is."""
        self._know([patron], self._patrons)
        return tuple(
            name
            for name, unit in self._units.items()
            if unit.patron == patron and (unit.kind == "contingent" or not contingents_only)
        )

    def patron_of(self, unit: str) -> str | None:
        """A unit's patron."""
        return self._units[unit].patron

    def subtree(self, formation: str) -> Ids:
        """Units of a formation and of all below it."""
        self._know([formation], self._parent)
        below = {name for name in self._parent if formation in self._above(name)}
        return tuple(name for name, unit in self._units.items() if unit.formation in below)

    def links_of(self, place: str) -> tuple[tuple[str, str], ...]:
        """The links that touch a place, as written."""
        return tuple(sorted(self._links[place]))

    def roads_of(self, place: str) -> tuple[tuple[str, str], ...]:
        """The roads that touch a place, as written."""
        return tuple(link for link in self.links_of(place) if link in self._roads)

    def axes_at(self, place: str) -> Ids:
        """Axes of which a route starts at a place."""
        return tuple(sorted(self._starts[place]))

    def _above(self, formation: str) -> Iterable[str]:
        """A formation and those above it."""
        name: str | None = formation
        while name is not None:
            yield name
            name = self._parent[name]

    def _places_in(self, regions: Iterable[str]) -> set[str]:
        wanted = set(regions)
        return {place for place, region in self._region.items() if region in wanted}

    @staticmethod
    def _know(names: Iterable[str], valid: Iterable[str]) -> None:
        valid = set(valid)
        for name in names:
            if name not in valid:
                raise KeyError(name)
