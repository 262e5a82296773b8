"""The map of all runs shows the shares of the outcomes; the front lies between the two sides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.patches import Wedge

from sim.figures import FIGURES
from sim.figures.ground import Ground
from sim.figures.losses import Losses
from sim.measures import share_by
from tests.figures.conftest import PLACES
from tests.figures.test_figures import named

HELD = {place: name.title() for place, _, _, _, holder in PLACES if holder == "gov" for name in [place]}


def discs(ax: Any) -> dict[tuple[float, float], float]:
    """Where each disc stands -> the share of it that is filled."""
    shares: dict[tuple[float, float], float] = {}
    for wedge in (patch for patch in ax.patches if isinstance(patch, Wedge)):
        at = tuple(np.round(ax.transData.inverted().transform(wedge.get_transform().transform((0, 0))), 6))
        shares.setdefault(at, 0.0)
        if wedge.get_gid() == "fallen":
            shares[at] += (wedge.theta2 - wedge.theta1) / 360
    return shares


def test_discs_fill_with_the_share_of_runs_in_which_a_place_fell(usual: Any) -> None:
    hours = [60.0, 200.0, 460.0]
    fig = FIGURES["losses"](usual, hours=hours)  # type: ignore[call-arg]
    ground = Ground.of(usual.resolved)
    at = {place.id: tuple(np.round(where, 6)) for place, where in zip(ground.places, ground.at, strict=True)}
    for ax, hour in zip(fig.axes, hours, strict=True):
        drawn = discs(ax)
        assert len(drawn) == len(HELD) == 8
        for place in HELD:
            wanted = share_by(usual.outcomes()[f"fall_{place}"], hour)[0]
            assert drawn[at[place]] == pytest.approx(wanted), (place, hour)


def test_moments_are_steps_up_to_where_most_falls_have_come(usual: Any) -> None:
    fig = FIGURES["losses"](usual)
    hours = [float(ax.get_title(loc="left").split("(")[1].split(" h")[0]) for ax in fig.axes]
    assert len(hours) == 6
    assert all(hour % usual.resolved.step_hours == 0 for hour in hours)
    falls = usual.outcomes()[[f"fall_{place}" for place in HELD]].to_numpy()
    assert (falls <= hours[-1]).mean() == pytest.approx(0.9, abs=0.02)


def test_where_nothing_falls_all_discs_are_empty(calm: Any) -> None:
    assert Losses.of(calm).by(0.9) == calm.hours
    assert all(set(discs(ax).values()) == {0.0} for ax in FIGURES["losses"](calm).axes)


def test_the_front_crosses_the_roads_between_both_sides_and_no_others(usual: Any) -> None:
    hours = [0.0, 120.0, 480.0]
    fig = FIGURES["map"](usual, run=3, hours=hours)  # type: ignore[call-arg]
    path, ground = usual.replay(3), Ground.of(usual.resolved)
    names = sorted(usual.resolved.roles)
    for ax, hour in zip(fig.axes, hours, strict=True):
        control = [names[c] for c in path.control[:, int(hour // 2)]]
        wanted = {
            tuple(np.round(ground.at[[a, b]].mean(axis=0), 6))
            for a, b in ground.roads
            if {control[a], control[b]} == {"gov", "opp"}  # a third party has no front
        }
        (bars,) = [lines for lines in ax.collections if lines.get_gid() == "front"]
        segments = np.array(bars.get_segments())
        assert {tuple(np.round(bar.mean(axis=0), 6)) for bar in segments} == wanted
        assert bool(wanted) == (hour == 120.0 or hour == 0.0)
    roads = {tuple(road) for road in np.round(ground.at[ground.roads][:, 1] - ground.at[ground.roads][:, 0], 6)}
    bars = named(fig.axes[1], "front")[0].get_segments()
    assert all(min(abs(np.dot(bar[1] - bar[0], road)) for road in roads) < 1e-3 for bar in bars)


def test_a_scenario_without_roads_has_a_map_too(usual: Any) -> None:
    usual.resolved = usual.resolved.model_copy(update={"links": ()})
    fig = FIGURES["map"](usual, run=0, hours=[0])  # type: ignore[call-arg]
    fig.draw_without_rendering()
    assert len(named(fig, "front")[0].get_segments()) == 0
