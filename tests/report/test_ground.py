"""The map: where places are drawn."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.experiments.ground import APART, drawn_apart, ground, positions
from sim.scenario.resolved import Resolved

coordinate = st.floats(0, 500)


@given(st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=25))
def test_places_are_drawn_apart_and_in_the_middle_of_where_they_lie(places: list[tuple[float, float]]) -> None:
    at = np.array(places)
    drawn = drawn_apart(at)
    assert np.isfinite(drawn).all()
    np.testing.assert_allclose(drawn.mean(axis=0), at.mean(axis=0), atol=1e-6)
    distance = np.hypot(*(drawn[:, None] - drawn[None, :]).transpose(2, 0, 1))[np.triu_indices(len(at), 1)]
    before = np.hypot(*(at[:, None] - at[None, :]).transpose(2, 0, 1))[np.triu_indices(len(at), 1)]
    least = APART * np.ptp(at, axis=0).max()
    assert distance.min() >= min(before.min(), least) * 0.9
    if before.min() >= least:
        np.testing.assert_array_equal(drawn, at)


def test_two_places_at_one_spot_part() -> None:
    drawn = drawn_apart(np.array([[0.0, 0.0], [0.0, 0.0], [100.0, 0.0]]))
    assert drawn[0][0] < 0 < drawn[1][0]
    np.testing.assert_array_equal(drawn[2], [100, 0])


def test_distances_on_the_map_are_kilometres(small: Resolved) -> None:
    at = positions(small)
    places = {place.id: place for place in small.places}
    row = {place.id: number for number, place in enumerate(small.places)}
    north = at[row["CAPITAL"]] - at[row["FRONTIER"]]
    degrees = places["CAPITAL"].lat - places["FRONTIER"].lat
    assert abs(north[1] - degrees * 111.2) < 1e-6
    east = (places["CAPITAL"].lon - places["FRONTIER"].lon) * 111.2 * np.cos(np.radians(41.25))
    assert abs(north[0] - east) < 0.5


def test_only_the_units_of_the_host_stand_on_it(small: Resolved) -> None:
    told = ground(small)
    assert [unit["id"] for unit in told["units"]] == [u.id for u in small.units if u.controller == small.host]
    assert all(small.units[unit["row"]].id == unit["id"] for unit in told["units"])
    assert told["places"][told["capital"]]["id"] == small.capital
