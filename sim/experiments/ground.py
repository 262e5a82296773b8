"""What a page needs of a scenario to draw its map: places, roads, sides and units, as plain data."""

from __future__ import annotations

from math import cos, radians
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario.resolved import Resolved
from sim.state import Status

KM_PER_DEGREE = 111.2
APART = 0.065
"""Places are drawn at least so far apart, as a share of the longer side of the map."""
_ROUNDS = 200


def ground(resolved: Resolved) -> dict[str, Any]:
    """Places (x east and y north, in km), roads, controllers, units of the host's side, names of statuses.

    Rows stand in the order of the resolved scenario; those of `units` keep their row as `row`. `roads` are
    pairs of rows of places, links by air among them; `air` are the rows of these.
    `moved_km` is the farthest that a place is drawn from where it lies, so that units around
    it can be told apart.
    """
    at = positions(resolved)
    drawn = drawn_apart(at)
    row = {place.id: number for number, place in enumerate(resolved.places)}
    major = _major(resolved)
    return {
        "places": [
            {"id": place.id, "name": place.name, "kind": place.kind, "holder": place.holder, "major": place.id in major,
             "x": round(float(x), 2), "y": round(float(y), 2)}
            for place, (x, y) in zip(resolved.places, drawn, strict=True)
        ],
        "roads": [[row[link.from_place], row[link.to_place]] for link in resolved.links],
        "air": [number for number, link in enumerate(resolved.links) if link.kind == "air"],
        "controllers": [
            {"id": name, "name": resolved.controller_names[name], "role": resolved.roles[name]}
            for name in sorted(resolved.roles)
        ],
        "units": [
            {"row": number, "id": unit.id, "name": unit.name, "place": row[unit.place]}
            for number, unit in enumerate(resolved.units)
            if unit.controller == resolved.host
        ],
        "statuses": [status.label for status in Status],
        "capital": row[resolved.capital],
        "moved_km": round(float(np.hypot(*(drawn - at).T).max(initial=0)), 1),
    }  # fmt: skip


def positions(resolved: Resolved) -> NDArray[np.float64]:
    """(place, 2) kilometres east and north of the south-west corner (equirectangular)."""
    lat, lon = (np.array([getattr(place, name) for place in resolved.places]) for name in ("lat", "lon"))
    at = np.column_stack([lon * cos(radians(lat.mean())), lat]) * KM_PER_DEGREE
    return np.asarray(at - at.min(axis=0))


def drawn_apart(at: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same places, those that lie too close pushed apart by turns; all others stay."""
    least = APART * float(np.ptp(at, axis=0).max(initial=0))
    drawn = at.copy()
    east = np.sign(np.subtract.outer(np.arange(len(at)), np.arange(len(at)))).astype(float)
    for _ in range(_ROUNDS):
        between = drawn[:, None] - drawn[None, :]
        distance = np.hypot(between[..., 0], between[..., 1])
        close = (distance < least * 0.999) & ~np.eye(len(at), dtype=bool)
        if not close.any():
            break
        # Two at the same spot part along the parallel, by row.
        same = close & (distance < 1e-9)
        between[same] = np.stack([east, 0 * east], axis=-1)[same]
        apart = np.where(same, 1.0, np.maximum(distance, 1e-9))
        push = np.where(close, (least - np.where(same, 0.0, distance)) / apart, 0.0)
        drawn = drawn + (between * push[..., None]).sum(axis=1) / 4
    return drawn


def _major(resolved: Resolved) -> set[str]:
    """Places that are named on a small map: capitals of any kind; without any but the one, all."""
    named = {place.id for place in resolved.places if "capital" in place.kind.lower()} | {resolved.capital}
    return named if len(named) > 1 else {place.id for place in resolved.places}
