"""A small invented force: what the examples of the trigger types are compiled against."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sim.triggers.base import Target, Visibility


class ExampleUnit(NamedTuple):
    kind: str
    patron: str | None
    formation: str


UNITS = {
    "brigade_1": ExampleUnit("regular", None, "north_corps"),
    "brigade_2": ExampleUnit("regular", None, "north_corps"),
    "brigade_3": ExampleUnit("regular", None, "south_corps"),
    "guard": ExampleUnit("regular", None, "south_corps"),
    "home_militia": ExampleUnit("militia", "ostland", "north_corps"),
    "ost_legion": ExampleUnit("contingent", "ostland", "ost_mission"),
    "river_militia": ExampleUnit("militia", "ostland", "south_corps"),
    "west_legion": ExampleUnit("contingent", "westland", "west_mission"),
}
PATRONS = ("ostland", "westland")
PARENTS = {
    "army": None,
    "north_corps": "army",
    "south_corps": "army",
    "ost_mission": None,
    "west_mission": None,
}
REGIONS = {"north": ("MIDTOWN", "NORTHGATE"), "south": ("BRIDGE", "CAPITAL")}
LINKS = (("BRIDGE", "CAPITAL"), ("MIDTOWN", "BRIDGE"), ("NORTHGATE", "MIDTOWN"))
AXES = {"bridge_rising": "BRIDGE", "north_column": "NORTHGATE"}
PLACES = ("BRIDGE", "CAPITAL", "MIDTOWN", "NORTHGATE")


class ExampleForce:
    """Eight units of one side at four places in two regions: a `Directory`."""

    capital = "CAPITAL"

    def select(
        self, target: Target | None, place: list[str] | None = None, visibility: Visibility = "national"
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if target is not None:
            return self._narrow(target)
        if visibility == "none":
            return (), ()
        if visibility == "national":
            return tuple(UNITS), ()
        for each in place or ():
            _require(each, PLACES)
        if visibility == "local":
            return tuple(UNITS), tuple(sorted(place or ()))
        seen = {p for towns in REGIONS.values() if set(towns) & set(place or ()) for p in towns}
        return tuple(UNITS), tuple(sorted(seen))

    def _narrow(self, target: Target) -> tuple[tuple[str, ...], tuple[str, ...]]:
        chosen = set(UNITS)
        if target.units:
            chosen &= {_require(unit, UNITS) for unit in target.units}
        if target.formations:
            chosen &= {unit for formation in target.formations for unit in self.subtree(formation)}
        if target.patrons:
            chosen &= {unit for patron in target.patrons for unit in self.units_of(patron)}
        if target.kinds:
            chosen &= {name for name, unit in UNITS.items() if unit.kind in target.kinds}
        if not target.places and not target.regions:
            return tuple(sorted(chosen)), ()
        at = {_require(place, PLACES) for place in target.places or PLACES}
        if target.regions:
            at &= {place for region in target.regions for place in REGIONS[_require(region, REGIONS)]}
        return tuple(sorted(chosen)), tuple(sorted(at))

    def host_units(self) -> tuple[str, ...]:
        return tuple(name for name, unit in UNITS.items() if unit.kind != "contingent")

    def units_of(self, patron: str, *, contingents_only: bool = False) -> tuple[str, ...]:
        _require(patron, PATRONS)
        return tuple(
            name
            for name, unit in UNITS.items()
            if unit.patron == patron and (unit.kind == "contingent" or not contingents_only)
        )

    def patron_of(self, unit: str) -> str | None:
        return UNITS[unit].patron

    def subtree(self, formation: str) -> tuple[str, ...]:
        _require(formation, PARENTS)
        below = {formation}
        for child, parent in PARENTS.items():  # parents stand before their children
            if parent in below:
                below.add(child)
        return tuple(name for name, unit in UNITS.items() if unit.formation in below)

    def links_of(self, place: str) -> tuple[tuple[str, str], ...]:
        _require(place, PLACES)
        return tuple(link for link in LINKS if place in link)

    def roads_of(self, place: str) -> tuple[tuple[str, str], ...]:
        _require(place, PLACES)
        return tuple(link for link in LINKS if place in link)

    def axes_at(self, place: str) -> tuple[str, ...]:
        _require(place, PLACES)
        return tuple(axis for axis, start in AXES.items() if start == place)


def _require(name: str, names: Collection[str]) -> str:
    if name not in names:
        raise KeyError(name)
    return name
