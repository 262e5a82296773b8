"""A scenario's map against itself: roads and the straight line, latitude and longitude; and times against its start."""

from __future__ import annotations

from collections.abc import Mapping
from math import pi
from pathlib import Path

import pytest

from sim.scenario import ScenarioError, load, resolve
from sim.scenario.check_map import EARTH_KM, shortest_km, straight_km
from sim.scenario.schema import Place

HERE = Path(__file__).parent
SCENARIOS = sorted(path for path in (HERE.parent / "scenarios").iterdir() if (path / "scenario.toml").exists())
SOUND = HERE / "invalid" / "sound.toml"


def place(lat: float, lon: float) -> Place:
    return Place(id="P", name="P", region="r", lat=lat, lon=lon, holder="crown")


def faults(path: Path, changes: Mapping[str, object] | None = None) -> list[str]:
    """What is wrong with a scenario, changes included."""
    try:
        load(path, set=changes)
    except ScenarioError as error:
        return [str(problem) for problem in error.problems]
    return []


def moved(path: Path, **at: tuple[float, float]) -> list[str]:
    """What is wrong where places have another (latitude, longitude)."""
    lats = {f"place.{name}.lat": lat for name, (lat, _) in at.items()}
    return faults(path, lats | {f"place.{name}.lon": lon for name, (_, lon) in at.items()})


def with_text(tmp_path: Path, old: str, new: str) -> Path:
    text = SOUND.read_text("utf-8")
    assert old in text
    (tmp_path / "cape.toml").write_text(text.replace(old, new, 1), "utf-8")
    return tmp_path / "cape.toml"


def test_straight_lines_are_those_of_the_sphere() -> None:
    assert straight_km(place(0, 0), place(0, 90)) == pytest.approx(EARTH_KM * pi / 2)
    assert straight_km(place(90, 17), place(-90, -60)) == pytest.approx(EARTH_KM * pi)
    assert straight_km(place(60, 179.5), place(60, -179.5)) == pytest.approx(straight_km(place(60, 0), place(60, 1)))
    assert straight_km(place(33.51, 36.29), place(36.20, 37.16)) == pytest.approx(310, rel=0.01)  # Damascus, Aleppo


def test_coordinates_are_as_exact_as_they_are_written() -> None:
    coarse = shortest_km(place(33.5, 36.3), place(34.5, 36.3))
    fine = shortest_km(place(33.5001, 36.3001), place(34.5001, 36.3001))
    assert straight_km(place(33.5, 36.3), place(34.5, 36.3)) * 0.8 < coarse < fine - 10 < 98


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.name)
def test_no_scenario_of_ours_is_doubted(path: Path) -> None:
    assert faults(path) == []


@pytest.mark.parametrize("kind", ["road", "air"])
def test_a_link_shorter_than_the_straight_line_is_told_with_both_figures(kind: str, tmp_path: Path) -> None:
    one = with_text(tmp_path, "km = 30 }", f'km = 5, kind = "{kind}" }}')
    (fault,) = (fault for fault in faults(one) if ".km" in fault)
    assert fault == (
        f"{one}:18: link.HARBOUR-FORT.km: 5 km is less than the straight line between its ends on the map, 24.8 km"
    )


@pytest.mark.parametrize("name", ["kyiv_2022", "syria_2024", "south_vietnam_1975"])
def test_swapped_coordinates_are_told_wherever_the_place_lies(name: str) -> None:
    path = HERE.parent / "scenarios" / name
    places = load(path).file.place
    for each in places[:: max(1, len(places) // 6)]:
        (fault,) = moved(path, **{each.id: (each.lon, each.lat)})
        assert f"place.{each.id}.lat" in fault
        assert "swapped" in fault


def test_several_swapped_places_do_not_hide_each_other() -> None:
    path = HERE.parent / "scenarios" / "kyiv_2022"
    some = [each for each in load(path).file.place if each.id in ("BUCHA", "IRPIN", "IVANKIV")]
    found = moved(path, **{each.id: (each.lon, each.lat) for each in some})
    assert len(some) == 3
    assert sum("swapped" in fault for fault in found) >= 2
    assert not [fault for fault in found if "swapped" in fault and not any(each.id in fault for each in some)]


def test_a_place_far_from_all_others_is_not_doubted_where_its_road_is_as_long(tmp_path: Path) -> None:
    far = with_text(tmp_path, "lat = 10.4, lon = 20.2", "lat = 20.2, lon = 10.4")
    assert "swapped" in faults(far)[0]
    text = far.read_text("utf-8")
    far.write_text(text.replace("km = 25", "km = 1700"), "utf-8")
    assert faults(far) == []


def test_a_window_that_begins_before_the_start_is_cut_there(tmp_path: Path) -> None:
    window = "window = [2031-05-04T00:00:00+00:00, 2031-05-06T00:00:00+00:00]"
    over = with_text(tmp_path, window, "window = [2031-04-30T06:00:00+00:00, 2031-05-02T06:00:00+00:00]")
    (trigger,) = [each for each in resolve(load(over)).triggers if each.id == "legion_leaves"]
    assert (trigger.earliest, trigger.latest) == (0, 24)


@pytest.mark.parametrize(("uncertainty", "wrong"), [("6", False), ("1", True)])
def test_a_moment_before_the_start_is_wrong_unless_its_range_reaches_it(
    uncertainty: str, wrong: bool, tmp_path: Path
) -> None:
    moment = "at = 2031-05-02T21:00:00+00:00\nuncertainty_hours = 6"
    early = with_text(tmp_path, moment, f"at = 2031-05-01T01:00:00+00:00\nuncertainty_hours = {uncertainty}")
    assert bool(faults(early)) is wrong
    assert all("2031-05-01T06:00:00+00:00" in fault for fault in faults(early))
