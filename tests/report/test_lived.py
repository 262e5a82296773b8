"""The run that is told: the same as the kernel's, the recorder's and the agents' own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sim
from sim.ensemble import outcomes
from sim.plan import make_plan
from sim.recording import ticks
from sim.report.lived import LEFT, WITHIN_HOURS, happened, history, luck, why_units_broke
from sim.results import Result
from sim.scenario import load, resolve
from sim.scenario.resolved import Resolved
from tests.report.conftest import RUN, SEED


@pytest.fixture(scope="module")
def result(small: Resolved) -> Result:
    return sim.run(small, runs=RUN + 1, seed=SEED, kernel="numpy")


@pytest.fixture(scope="module")
def row(result: Result) -> dict[str, Any]:
    """The run's row of outcomes."""
    return result.outcomes().iloc[RUN].to_dict()


def rebuilt(changes: dict[str, Any], thing: str, value: str, shape: tuple[int, int]) -> np.ndarray:
    """(thing, tick) values from their changes."""
    table = np.full(shape, -1)
    for tick, which, what in zip(changes["tick"], changes[thing], changes[value], strict=True):
        table[which, tick:] = what
    return table


def test_a_history_told_as_changes_is_that_of_the_replay(small: Resolved, result: Result, row: dict[str, Any]) -> None:
    told, replay = history(make_plan(small), SEED, RUN, "numpy"), result.replay(RUN)
    assert (rebuilt(told["moves"], "unit", "status", replay.status.shape) == replay.status).all()
    assert (rebuilt(told["moves"], "unit", "place", replay.status.shape) == replay.place_of).all()
    assert (rebuilt(told["turns"], "place", "controller", replay.control.shape) == replay.control).all()
    np.testing.assert_allclose(told["strength"], replay.strength, atol=0.005)
    fired = [np.nan if hour is None else hour for hour in told["fired"]]
    np.testing.assert_array_equal(fired, [row[f"fired_{trigger.id}"] for trigger in small.triggers])
    assert told["collapse"] == (None if np.isnan(row["collapse_hour"]) else row["collapse_hour"])


def test_changes_are_few_and_in_order_of_time(small: Resolved) -> None:
    moves = history(make_plan(small), SEED, RUN, "numpy")["moves"]
    assert (np.diff(moves["tick"]) >= 0).all()
    assert len(moves["tick"]) < len(small.units) * 10


def test_news_are_told_by_the_hour_so_that_causes_stand_before_effects() -> None:
    """The run of the instructor's guide: two brigades leave in the step in which the force collapses, and are seen to
    have left at the next tick, four hours later."""
    lesson = resolve(load("scenarios/teaching_supply"))
    plan = make_plan(lesson)
    told, hours = history(plan, 1, 18, "numpy"), ticks(plan)
    moves, turns = told["moves"], told["turns"]
    left = np.flatnonzero(np.isin(moves["status"], LEFT))
    gone = {lesson.units[moves["unit"][i]].id: moves["hour"][i] for i in left}
    labels = {status.label for status in LEFT}
    broke = {each["unit"]: each["hour"] for each in why_units_broke(lesson, 1, 18) if each["status"] in labels}
    assert len(broke) == 10
    assert {unit: gone[unit] for unit in broke} == broke, "as the agents tell it, stepped another way"
    for rows in (moves, turns):
        late = hours[rows["tick"]] - rows["hour"]
        assert ((late >= 0) & (late < 6)).all(), "a tick later at most"
    collapse = told["collapse"]
    assert any(moves["hour"][i] == collapse < hours[moves["tick"][i]] for i in left)
    row = outcomes(plan, runs=19, seed=1, kernel="numpy")
    falls = {place.id: float(row[f"fall_{place.id}"][18]) for place in lesson.places}
    taken = {lesson.places[at].id: hour for at, hour in zip(turns["place"], turns["hour"], strict=True) if hour > 0}
    assert taken == {place: hour for place, hour in falls.items() if np.isfinite(hour)}


@pytest.mark.slow
def test_compiled_code_tells_the_same_history(small: Resolved) -> None:
    syria = resolve(load("scenarios/syria_2024")).model_copy(update={"days": 9.0})
    for resolved in (small.model_copy(update={"days": 11.25, "step_hours": 1.5}), syria):
        plan = make_plan(resolved)
        stepped, compiled = (history(plan, 1, 0, kernel) for kernel in ("numpy", "compiled"))
        assert stepped.keys() == compiled.keys()
        for name in ("moves", "turns", "roads"):
            for column in stepped[name]:
                np.testing.assert_array_equal(stepped[name][column], compiled[name][column], err_msg=f"{name} {column}")
        np.testing.assert_array_equal(stepped["strength"], compiled["strength"])
        assert stepped["fired"] == compiled["fired"]
        assert stepped["collapse"] == compiled["collapse"]


def test_breaks_of_the_agents_are_those_of_the_kernel(small: Resolved, row: dict[str, Any]) -> None:
    breaks = why_units_broke(small, SEED, RUN)
    assert len(breaks) == row["breaks"] > 0
    assert (breaks[0]["unit"], breaks[0]["hour"]) == (row["first_break"], row["first_break_hour"])
    hours = {each["unit"]: each["hour"] for each in breaks}
    for each in breaks:
        pushes = [reason["value"] for reason in each["reasons"]]
        assert pushes == sorted(pushes, reverse=True)
        assert all(push > 0 for push in pushes)
        if each["after"] is not None:
            assert 0 < each["hour"] - hours[each["after"]] == each["before"] <= WITHIN_HOURS
            assert set(each["through"]) <= {"place", "formation", "patron"}


def test_what_happened_is_what_the_row_says(small: Resolved, row: dict[str, Any]) -> None:
    told = happened(small, row, why_units_broke(small, SEED, RUN))
    assert [each["hour"] for each in told] == sorted(each["hour"] for each in told)
    fired = {each["trigger"] for each in told if each["kind"] == "event"}
    assert fired == {t.id for t in small.triggers if np.isfinite(row[f"fired_{t.id}"])}
    lost = {each["place"]: each["hour"] for each in told if each["kind"] == "place"}
    assert lost == {p.id: row[f"fall_{p.id}"] for p in small.places if np.isfinite(row[f"fall_{p.id}"])}
    ends = [each["hour"] for each in told if each["kind"] == "collapse"]
    assert ends == ([row["collapse_hour"]] if np.isfinite(row["collapse_hour"]) else [])
    (shot,) = (each for each in told if each.get("trigger") == "general_shot")
    assert row["account_general_shot"].replace("_", " ") in shot["text"]


def ensemble(**columns: list[float]) -> dict[str, np.ndarray]:
    zeros = dict.fromkeys(("collapse_hour", "capital_hour", "breaks", "largest_cascade", "killed"), [0.0] * 4)
    return {name: np.array(values, np.float32) for name, values in (zeros | columns).items()}


def test_luck_is_the_place_among_all_runs() -> None:
    runs = ensemble(collapse_hour=[48, np.nan, 24, 48], breaks=[3, 1, 2, 4])
    collapse, _, breaks, *_ = luck(runs, 0, 100)
    assert (collapse["own"], collapse["middle"], collapse["below"], collapse["alike"]) == (48, 48, 0.25, 0.5)
    assert (breaks["own"], breaks["middle"], breaks["below"]) == (3, 2, 0.5)
    held = luck(runs, 1, 100)[0]
    assert (held["own"], held["below"], held["alike"]) == (None, 0.75, 0.25)
    assert luck(runs, 0, 40)[0]["own"] is None  # beyond the horizon
