"""The ground of a map: what is drawn to scale, what lies at the edge, and what is no road."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.figures import FIGURES
from sim.figures.ground import Ground
from sim.scenario import load, resolve
from tests.figures.test_figures import named

SCENARIOS = Path(__file__).parents[2] / "scenarios"
BRIDGE = "air or sea bridge"


def ground(name: str) -> tuple[Ground, dict[str, int]]:
    made = Ground.of(resolve(load(SCENARIOS / name)))
    return made, {place.id: row for row, place in enumerate(made.places)}


def test_a_rear_hundreds_of_kilometres_away_does_not_squeeze_the_map() -> None:
    made, row = ground("deir_ez_zor_2014")
    assert set(made.far) == {row["DAMASCUS"]}
    assert made.far[row["DAMASCUS"]] == pytest.approx(403, abs=5)
    assert np.ptp(made.box, axis=0).max() < 60
    assert ((made.box[0] < made.at) & (made.at < made.box[1])).all(), "it stands at the edge, inside the frame"


def test_a_far_place_stands_where_its_way_leaves_the_map() -> None:
    made, row = ground("deir_ez_zor_2014")
    place = made.places[row["DAMASCUS"]]
    others = [each for each in made.places if each is not place]
    east = np.cos(np.radians(np.mean([each.lat for each in made.places]))) * 111.32
    true = np.array([place.lon * east, place.lat * 110.57])
    near = np.array([[each.lon * east, each.lat * 110.57] for each in others])
    middle = (near.min(axis=0) + near.max(axis=0)) / 2
    drawn, meant = made.at[row["DAMASCUS"]] - middle, true - middle
    assert drawn @ meant == pytest.approx(np.hypot(*drawn) * np.hypot(*meant), rel=1e-6)


@pytest.mark.parametrize("name", ["syria_2024", "mosul_2014", "kyiv_2022", "afghanistan_2021", "teaching_thresholds"])
def test_all_that_lies_near_the_fighting_is_drawn_to_scale(name: str) -> None:
    made, _ = ground(name)
    assert made.far == {}


def test_bridges_are_no_roads() -> None:
    made, row = ground("mosul_2014")
    ends = {frozenset(pair) for pair in made.bridges.tolist()}
    assert ends == {frozenset((row["BAGHDAD"], row[end])) for end in ("BAIJI_REFINERY", "TAL_AFAR_AIRFIELD")}
    assert ends.isdisjoint(frozenset(pair) for pair in made.roads.tolist())
    assert len(made.open) == len(made.roads)


def _flying(usual: Any) -> Any:
    """The same result where all links are bridges."""
    links = tuple(link.model_copy(update={"kind": "air"}) for link in usual.resolved.links)
    usual.resolved = usual.resolved.model_copy(update={"links": links})
    return usual


@pytest.mark.parametrize("figure", ["map", "losses"])
def test_bridges_are_dashed_and_named(figure: str, usual: Any) -> None:
    hours = [0.0, 120.0]

    def labels() -> set[str]:
        fig = FIGURES[figure](usual, hours=hours)  # type: ignore[call-arg]
        (lines,) = named(fig.axes[0], "bridges")
        assert len(lines.get_segments()) == sum(link.kind == "air" for link in usual.resolved.links)
        assert lines.get_linestyle()[0][1] is not None
        return {text.get_text() for legend in fig.legends for text in legend.get_texts()}

    assert BRIDGE not in labels()
    _flying(usual)
    assert BRIDGE in labels()


def test_no_front_runs_across_a_bridge(usual: Any) -> None:
    fig = FIGURES["map"](_flying(usual), run=3, hours=[120.0])  # type: ignore[call-arg]
    assert len(named(fig, "front")[0].get_segments()) == 0


def test_the_scale_bar_keeps_clear_of_places_and_names(usual: Any) -> None:
    fig = FIGURES["map"](usual)
    fig.draw_without_rendering()
    ax = fig.axes[0]
    bar = [each.get_window_extent() for each in named(ax, "scale")]
    names = [each.get_window_extent() for each in named(ax, "city")]
    at = ax.transData.transform(Ground.of(usual.resolved).at)
    assert len(bar) == 2
    assert not any(box.overlaps(name) for box in bar for name in names)
    assert not any(box.contains(x, y) for box in bar for x, y in at)
