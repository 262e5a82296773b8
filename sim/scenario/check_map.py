"""The map against itself: roads and the straight line, latitude and longitude."""

from __future__ import annotations

from collections.abc import Iterator
from math import asin, cos, hypot, radians, sin, sqrt
from statistics import median

from sim.scenario.lines import Path
from sim.scenario.names import repeated
from sim.scenario.problems import Problem
from sim.scenario.schema import Link, Place
from sim.scenario.sound import Sound

EARTH_KM = 6371.0
"""Mean radius; the ellipsoid differs from the sphere by at most 0.6 %."""
KM_PER_DEGREE = radians(1) * EARTH_KM
ROUNDED_SHARE = 0.03
"""A road, or an air route, may be told as so much shorter than the straight line: lengths are rounded."""
ROUNDED_KM = 0.5


def check_map(sound: Sound) -> Iterator[Problem]:
    """Links that are shorter than can be; places whose latitude and longitude look swapped."""
    rows = [place for _, place in sound.rows("place", Place)]
    twice = set(repeated(place.id for place in rows))
    places = {place.id: place for place in rows if place.id not in twice}
    short: list[tuple[Path, Link]] = []
    for path, link in sound.rows("link", Link):
        ends = [places[end] for end in (link.from_, link.to) if end in places]
        if len(ends) == 2 and link.km < shortest_km(*ends):
            short.append((path, link))
    doubted = _swapped(list(places.values()), {end for _, link in short for end in (link.from_, link.to)})
    for path, place in sound.rows("place", Place):
        if place.id in doubted:
            message = (
                f"latitude and longitude may be swapped: {place.lat:g}, {place.lon:g} is far from the other places, "
                f"{place.lon:g}, {place.lat:g} among them"
            )
            yield sound.document.problem((*path, "lat"), message)
    for path, link in short:
        if not doubted & {link.from_, link.to}:
            line = straight_km(places[link.from_], places[link.to])
            message = f"{link.km:g} km is less than the straight line between its ends on the map, {line:.1f} km"
            yield sound.document.problem((*path, "km"), message)


def straight_km(a: Place, b: Place) -> float:
    """Great-circle distance of two places (haversine formula)."""
    north, south = radians(a.lat), radians(b.lat)
    half = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(radians(b.lon - a.lon) / 2) ** 2
    return 2 * EARTH_KM * asin(min(sqrt(half), 1.0))


def shortest_km(a: Place, b: Place) -> float:
    """The least length that a link can be told to have; coordinates are as exact as they are written."""
    return (1 - ROUNDED_SHARE) * straight_km(a, b) - _inexact_km(a) - _inexact_km(b) - ROUNDED_KM


def _inexact_km(place: Place) -> float:
    """How far a place may lie from its coordinates: half a unit of their last decimal, both ways."""
    north, east = (0.5 * 10.0 ** -len(repr(value).partition(".")[2]) for value in (place.lat, place.lon))
    return KM_PER_DEGREE * hypot(north, east * cos(radians(place.lat)))


def _swapped(places: list[Place], doubtful: set[str]) -> set[str]:
    """Doubtful places that lie with the others only if their coordinates change seats.

    Most places of a region have their latitude above their longitude, or most below it. The others may be
    swapped; the region is the box around those that are not. Several can be told apart so, not only one.
    """
    side = median(p.lat - p.lon for p in places) > 0 if places else False
    right = [p for p in places if (p.lat > p.lon) == side]
    if not right:
        return set()
    lats, lons = sorted(p.lat for p in right), sorted(p.lon for p in right)
    beyond = max(lats[-1] - lats[0], lons[-1] - lons[0], 1.0)
    """Degrees around the box in which the outermost place may lie."""

    def within(lat: float, lon: float, more: float = 0.0) -> bool:
        return lats[0] - more <= lat <= lats[-1] + more and lons[0] - more <= lon <= lons[-1] + more

    suspects = [p for p in places if p.id in doubtful and (p.lat > p.lon) != side]
    return {p.id for p in suspects if not within(p.lat, p.lon) and within(p.lon, p.lat, beyond)}
