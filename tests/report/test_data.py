"""What a page holds are the measures of the runs of each version, as other ways to them give them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.experiments.players import Player
from sim.experiments.what_if import collapse_day
from sim.measures import quantiles, share_by, strength_quantiles, survival
from sim.parameters import BY_NAME
from sim.report import Asked, Chosen, TooLargeError, make, named
from sim.report import events as events_module
from sim.report.data import PAGE_BYTES
from sim.report.packing import size
from sim.results import Result
from sim.scenario.problems import ScenarioError
from sim.scenario.resolved import Resolved
from tests.report.conftest import RATES, RUNS, SEED
from tests.report.reading import data_of, row_of

OFF = (0b000, 0b011, 0b101, 0b111)


def version(small: Resolved, data: dict[str, Any], combination: int) -> Resolved:
    """The scenario in which only the events of the combination may happen."""
    off = {
        trigger["id"]
        for number, event in enumerate(data["events"])
        if not combination >> number & 1
        for trigger in event["triggers"]
    }
    triggers = tuple(t.model_copy(update={"enabled": t.enabled and t.id not in off}) for t in small.triggers)
    return small.model_copy(update={"triggers": triggers})


@pytest.fixture(scope="module")
def results(small: Resolved, data: dict[str, Any]) -> dict[int, Result]:
    """The same versions by `sim.run`."""
    return {c: sim.run(version(small, data, c), runs=RUNS, seed=SEED, kernel="numpy") for c in OFF}


@pytest.mark.parametrize("combination", OFF)
def test_a_row_holds_the_measures_of_its_version(
    small: Resolved, data: dict[str, Any], page: Path, results: dict[int, Result], combination: int
) -> None:
    table, result = data_of(page)["table"], results[combination]
    row, clock = row_of(table, combination), data["clock"]
    times = result.outcomes()["collapse_hour"].to_numpy(float)
    hours = np.array(clock["hours"])

    curve = survival(times, result.hours)
    at = [np.flatnonzero(curve.hours <= hour)[-1] for hour in hours]
    for name, values in (("share", curve.survival), ("low", curve.low), ("high", curve.high)):
        np.testing.assert_allclose(row[f"holding.{name}"], values[at], atol=0.5e-4 + 1e-9)
    strength = strength_quantiles(result, [0.05, 0.5, 0.95]).loc[hours]
    for name, p in (("p5", 0.05), ("p50", 0.5), ("p95", 0.95)):
        np.testing.assert_allclose(row[f"strength.{name}"], strength[p], atol=0.0025 + 1e-9)
    dots = [np.nan if hour is None else hour for hour in quantiles(times, (np.arange(20) + 0.5) / 20)]
    np.testing.assert_allclose(row["dots"], dots, atol=0.05)
    np.testing.assert_array_equal(row["collapsed.share"], [share_by(times, 24 * day)[0] for day in clock["days"]])
    lost = row["lost"].reshape(len(small.places), len(hours))
    for number, place in enumerate(small.places):
        falls = result.outcomes()[f"fall_{place.id}"].to_numpy(float)
        np.testing.assert_allclose(lost[number], [(falls <= hour).mean() for hour in hours], atol=0.005 + 1e-9)


@pytest.mark.parametrize("combination", OFF)
def test_pairs_are_those_of_a_comparison(small: Resolved, data: dict[str, Any], page: Path, combination: int) -> None:
    summary = sim.compare(small, version(small, data, combination), runs=RUNS, seed=SEED).summary
    row = row_of(data_of(page)["table"], combination)
    assert {name: row[f"paired.shift.{name}"] for name in summary["shift_hours"]} == summary["shift_hours"]
    for name, told in summary["became"].items():
        assert [row[f"paired.became.{name}.{limit}"] for limit in ("share", "low", "high")] == list(told.values())
    middle = [np.nan if value is None else value for value in summary["median_hours"]["variant"].values()]
    np.testing.assert_array_equal([row[f"median.{name}"] for name in ("hours", "low", "high")], middle)
    for day, told in summary["collapse_share"].items():
        at = data["clock"]["days"].index(float(day))
        assert row["collapsed.share"][at] == told["variant"]
        assert [row["collapsed.low"][at], row["collapsed.high"][at]] == told["variant_interval"]
        assert row["collapsed.difference_share"][at] == told["difference"]
        assert [row["collapsed.difference_low"][at], row["collapsed.difference_high"][at]] == told[
            "difference_interval"
        ]
    spread = [row[f"paired.spread.{side}"] for side in ("earlier", "same", "later")]
    assert sum(np.sum(side) for side in spread) == RUNS
    # A collapse in the very last hour may be prevented without a shift.
    assert spread[1] / RUNS >= summary["became"]["same"]["share"] - 1e-9


def test_some_runs_collapse_and_some_do_not(data: dict[str, Any]) -> None:
    """So that the tests here have something to tell."""
    shares = [row_of(data["table"], combination)["collapsed.share"][-1] for combination in OFF]
    assert 0.6 < shares[-1] < 1
    assert 0 < shares[0] < shares[-1]


def test_the_baseline_is_paired_with_itself(data: dict[str, Any], page: Path) -> None:
    row = row_of(data_of(page)["table"], 2 ** len(data["events"]) - 1)
    assert row["paired.shift.mean"] == row["paired.shift.high"] == 0
    assert row["paired.became.same.share"] == 1


def test_the_documented_day_and_the_middle_of_the_baseline_are_told(small: Resolved, data: dict[str, Any]) -> None:
    days = data["clock"]["days"]
    assert {5.0, collapse_day(small), small.days} <= set(days)
    middle = row_of(data["table"], 7)["median.hours"]
    assert any(0 <= day - middle / 24 < 1 for day in days)


def test_events_stand_in_order_of_time_and_say_how_often(data: dict[str, Any], results: dict[int, Result]) -> None:
    hours = [event["hour"] for event in data["events"]]
    assert hours == sorted(hours)
    rows = results[0b111].outcomes()
    for event in data["events"]:
        fired = rows[f"fired_{event['name']}"]
        assert event["happens"] == fired.notna().mean()
        assert event["hour"] == np.nanmedian(fired)


def test_a_type_counts_as_one_event_with_all_its_triggers(small: Resolved) -> None:
    kind = small.triggers[0].type
    chosen = named(small, [kind])
    assert chosen.players == (Player(kind, tuple(t.id for t in small.triggers if t.type == kind)),)
    rows = {f"fired_{t.id}": np.array([1.0, np.nan, np.nan], np.float32) for t in small.triggers}
    (event,) = events_module.told(small, chosen, rows)
    assert event["label"] == kind.replace("_", " ").capitalize()
    assert event["about"]
    assert event["hour"] is None
    assert event["happens"] == pytest.approx(1 / 3)


def test_names_that_are_none_and_too_many_are_refused(small: Resolved) -> None:
    with pytest.raises(ScenarioError, match="--triggers"):
        named(small, ["no_such_event"])
    many = tuple(t.model_copy(update={"id": f"copy_{n}"}) for n in range(11) for t in small.triggers[:1])
    with pytest.raises(ValueError, match="at most 10"):
        named(small.model_copy(update={"triggers": many}), [trigger.id for trigger in many])


def test_without_events_there_is_one_version(small: Resolved) -> None:
    quiet = small.model_copy(update={"triggers": (), "days": 4.0})
    data = make(Asked(quiet, Chosen((), "there are none"), 6, 1), kernel="numpy")
    assert data["table"]["rows"] == 1
    assert data["report"]["alone"] == data["report"]["pairs"] == []


def test_a_run_that_is_not_there_is_refused(asked: Asked) -> None:
    with pytest.raises(ValueError, match=f"numbered from 0 to {RUNS - 1}"):
        make(replace(asked, run=RUNS))


@pytest.fixture(scope="module")
def short(asked: Asked) -> Asked:
    """Three days, one event, few runs."""
    small = asked.resolved.model_copy(update={"days": 3.0})
    return replace(asked, resolved=small, chosen=Chosen(asked.chosen.players[:1], ""), runs=4)


def test_curves_are_told_more_coarsely_where_they_would_not_fit(short: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    fine = make(short, kernel="numpy")
    assert fine["clock"]["hours"] == fine["clock"]["ticks"] == list(range(0, 73, 6))
    full = PAGE_BYTES + size(fine["table"]) + size(fine["lived"])
    monkeypatch.setattr("sim.report.data.MOST_BYTES", full)
    assert make(short, kernel="numpy")["clock"]["hours"] == fine["clock"]["hours"]

    monkeypatch.setattr("sim.report.data.MOST_BYTES", full - 1)
    coarse = make(short, kernel="numpy")
    assert coarse["clock"]["hours"] == list(range(0, 73, 12))
    rows = [row_of(data["table"], 0) for data in (fine, coarse)]
    for curve in ("holding.share", "strength.p50"):
        np.testing.assert_array_equal(rows[1][curve], rows[0][curve][::2])
    places = len(fine["ground"]["places"])
    np.testing.assert_array_equal(rows[1]["lost"].reshape(places, -1), rows[0]["lost"].reshape(places, -1)[:, ::2])


@pytest.mark.parametrize("left", [0, 1000], ids=["not even the run", "not the curves"])
def test_what_does_not_fit_into_a_page_is_refused(short: Asked, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    monkeypatch.setattr("sim.report.data.MOST_BYTES", PAGE_BYTES + left)
    with pytest.raises(TooLargeError, match=r"2 combinations of events do not fit .* Name fewer"):
        make(short, kernel="numpy")


def test_two_bands_where_parameters_are_drawn(small: Resolved) -> None:
    from sim.scenario.draws import with_draws

    judged = next(p.name for p in BY_NAME.values() if p.status == "assumed" and p.name not in RATES)
    # The rate stands in its draws alone: what a scenario sets away from its default is not drawn.
    drawn = with_draws(
        small.model_copy(update={"parameters": small.parameters | {"waver_rate": BY_NAME["waver_rate"].default}}),
        "an example",
        {
            "waver_rate": [RATES["waver_rate"] / 4, RATES["waver_rate"], RATES["waver_rate"] * 4],
            judged: [BY_NAME[judged].default] * 3,
        },
    )
    asked = Asked(drawn, Chosen((), "none"), 30, 1, centre=small)
    report = make(asked, kernel="numpy")["report"]
    dice, both = report["bands"]
    alone = make(replace(asked, resolved=small, centre=None), kernel="numpy")["report"]
    assert [dice[name] for name in ("p5", "p50", "p95")] == [alone["bands"][0][name] for name in ("p5", "p50", "p95")]
    assert both["name"] == "both"
    assert both["p5"] < dice["p5"]  # a third of the runs waver four times as often
    fitted = 1 + (BY_NAME["waver_rate"].status == "assumed")
    assert report["honesty"]["counts"][0]["judged"] == alone["honesty"]["counts"][0]["judged"] - fitted
