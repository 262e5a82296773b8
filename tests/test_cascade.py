"""Onset and duration of cascades: by hand, by another way of counting, and against runs stepped one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.ensemble import outcomes
from sim.measures.cascade import COLUMNS, Cascade, cascades_of, largest_cascade, timing
from sim.plan import make_plan
from sim.recording import CASCADE_GAP_HOURS
from sim.step import step
from tests.systems.forces import force, kernel

NEVER = np.nan


@pytest.mark.parametrize(
    ("hours", "found"),
    [
        ([], None),
        ([5], Cascade(5, 5, 1)),
        ([40, 2, 14, 26], Cascade(2, 26, 3)),  # a pause of exactly 12 h does not end it
        ([2, 14.5, 20], Cascade(14.5, 20, 2)),
        ([2, 3, 30, 31], Cascade(2, 3, 2)),  # of equal ones the first
        ([2, 3, 30, 30, 30], Cascade(30, 30, 3)),
    ],
)
def test_rows_of_breaks(hours: list[float], found: Cascade | None) -> None:
    assert largest_cascade(hours, 12.0) == found


@given(st.lists(st.integers(0, 300), min_size=1, max_size=40), st.integers(0, 30))
def test_against_counting_hour_by_hour(hours: list[int], gap: int) -> None:
    best, now, last = Cascade(NEVER, NEVER, 0), Cascade(NEVER, NEVER, 0), -np.inf
    for hour in range(301):
        if many := hours.count(hour):
            now = Cascade(now.start, hour, now.units + many) if hour - last <= gap else Cascade(hour, hour, many)
            best, last = (now if now.units > best.units else best), hour
    assert largest_cascade(hours, gap) == best


def test_the_table_row_by_row() -> None:
    rows = pd.DataFrame({
        "cascade_hour": [10.0, NEVER, 30.0], "cascade_end_hour": [34.0, NEVER, 30.0],
        "largest_cascade": [6, 0, 1], "breaks": [8, 0, 4], "collapse_hour": [28.0, 50.0, NEVER],
    })  # fmt: skip
    table = cascades_of(rows)
    np.testing.assert_array_equal(table["end"], [34, NEVER, 30])
    np.testing.assert_array_equal(table["duration"], [24, NEVER, 0])
    np.testing.assert_array_equal(table["part"], [0.75, NEVER, 0.25])
    np.testing.assert_array_equal(table["lead"], [18, NEVER, NEVER])
    assert table["units"].tolist() == [6, 0, 1]
    # A run without a cascade counts: with one run in three without, the upper quantile is not reached.
    assert timing(table) == {
        "none": 1 / 3,
        "onset_hours": {"0.05": 10, "0.5": 30, "0.95": None},
        "end_hours": {"0.05": 30, "0.5": 34, "0.95": None},
    }


def test_recorded_cascades_are_those_of_the_break_hours() -> None:
    # Twenty units that waver and leave by themselves, with rests of about a day: several cascades in a run.
    plan = make_plan(force(20, days=16.0, step_hours=2.0, parameters={"waver_rate": 0.005, "exit_rate": 0.2}))
    runs = 60
    rows = outcomes(plan, runs=runs, seed=3, columns=COLUMNS)
    stepped = kernel(plan, runs, seed=3)
    broke = np.full(stepped.state.broken.shape, NEVER)
    for number in range(plan.steps):
        step(stepped, number)
        broke[stepped.state.broken & np.isnan(broke)] = (number + 1) * plan.step_hours
    for run in range(runs):
        hours = broke[:, run][np.isfinite(broke[:, run])]
        found = largest_cascade(hours, CASCADE_GAP_HOURS) or Cascade(NEVER, NEVER, 0)
        recorded = [rows[name][run] for name in ("cascade_hour", "cascade_end_hour", "largest_cascade")]
        np.testing.assert_array_equal(recorded, found)
    assert np.ptp(rows["largest_cascade"]) > 4
