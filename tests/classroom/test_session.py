"""The class as a function of its log: what can be undone, what a turn needs, how forecasts are scored."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import pytest

from sim.classroom import actions as a
from sim.classroom import session
from sim.classroom.case import Case, RefusedError, Version
from sim.classroom.live import Live
from sim.classroom.log import Entry, canonical
from sim.classroom.room import Room
from sim.classroom.scores import scores
from sim.classroom.session import Class, Forecast, Who
from sim.classroom.why import why
from sim.report import Asked, make, named
from tests.classroom.conftest import FORECAST, RALLY, RUN, RUNS, SEED, TURN
from tests.report.reading import row_of

UMPIRE, HOST, PATRON = Who("umpire"), Who("team", "north", 2), Who("team", "isle", 3)


class Held:
    """A class without a server or a file."""

    def __init__(self, case: Case, begun: dict[str, Any]) -> None:
        self.case, self.entries, self.numbers = case, list[Entry](), count(1)
        self.put(begun)
        self.do(UMPIRE, do="begin")

    def put(self, data: dict[str, Any]) -> None:
        number = next(self.numbers)
        self.entries.append(Entry(number, canonical({"at": "", "data": data, "seq": number}), ""))

    @property
    def state(self) -> Class:
        return session.fold(self.entries)

    def do(self, who: Who, **message: Any) -> None:
        action = a.ACTION.validate_json(canonical(message))
        self.put(session.decide(self.state, self.case, who, action))

    def seal_all(self) -> None:
        for who in (HOST, PATRON):
            self.do(who, **FORECAST)


@pytest.fixture
def held(case: Case, begun: dict[str, Any]) -> Held:
    return Held(case, begun)


def test_an_undone_turn_takes_its_forecasts_along(held: Held) -> None:
    held.seal_all()
    before = held.state
    held.do(UMPIRE, do="advance")
    held.seal_all()
    assert (held.state.turn, held.state.hour, len(held.state.forecasts)) == (2, TURN, 4)
    held.do(UMPIRE, do="undo", reason="too fast")
    after = held.state
    assert (after.turn, after.hour, after.forecasts) == (1, 0.0, before.forecasts)
    held.do(UMPIRE, do="advance")
    with pytest.raises(RefusedError, match="not sealed yet"):
        held.do(UMPIRE, do="advance")


def test_undoing_all_leads_back_to_the_beginning(held: Held) -> None:
    held.do(HOST, do="play", event=RALLY, reason="we try")
    held.do(UMPIRE, do="override", unit="north_1", to="leaves", reason="we saw it")
    held.do(UMPIRE, do="stop", trigger="road_cut", reason="it rains")
    assert len(held.state.played) == 3
    for left in (2, 1, 0):
        held.do(UMPIRE, do="undo", reason="not so")
        assert len(held.state.played) == left
    assert held.state.version == Version()
    assert held.state.spent("north") == 0, "points come back"
    with pytest.raises(RefusedError, match="nothing to undo"):
        held.do(UMPIRE, do="undo", reason="not so")
    assert len(held.entries) == 8, "the log keeps it all"


def test_cards_cost_points(held: Held) -> None:
    for hour in (60.0, 70.0):
        held.do(HOST, do="play", event={**RALLY, "hour": hour}, reason="we try")
    with pytest.raises(RefusedError, match="costs 2, and Command has 0 left"):
        held.do(HOST, do="play", event={**RALLY, "hour": 80.0}, reason="we try")


@pytest.mark.parametrize(
    ("forecast", "said"),
    [
        ({}, "quantiles or chances, one of them"),
        ({"quantiles": [[0.5, 3]], "chances": [[3, 0.5]]}, "one of them"),
        ({"quantiles": [[0.5, 9], [0.9, 8]]}, "days must rise"),
        ({"quantiles": [[0.5, 8], [0.4, 9]]}, "cannot be smaller"),
        ({"chances": [[3, 0.5], [4, 0.6]]}, "add up to 1.1"),
        ({"quantiles": [[0.5, 2.0]]}, "must come after day 2, which is now"),
    ],
)
def test_what_is_no_forecast(held: Held, forecast: dict[str, Any], said: str) -> None:
    held.do(UMPIRE, do="advance", reason="quickly")
    with pytest.raises(RefusedError, match=said):
        held.do(HOST, do="seal", reason="because", **forecast)


def test_tenths_that_do_not_quite_add_up_to_one_are_taken(held: Held) -> None:
    held.do(HOST, do="seal", reason="evenly", chances=[[day, 0.1] for day in range(1, 11)])
    assert held.state.forecasts[1, "north"].points[-1] == (240.0, pytest.approx(1.0))


def test_the_team_that_knew_scores_best() -> None:
    """Runs collapse between days 4 and 6; the one that had collapsed before the forecast does not count."""
    collapse = np.concatenate([[20.0], np.linspace(96, 144, 201), [np.nan]])
    knew = Forecast("knew", 2, 48.0, ((95.0, 0.0), (145.0, 0.99)), "")
    late = Forecast("late", 2, 48.0, ((200.0, 0.1), (230.0, 0.9)), "")
    rows = scores([late, knew], collapse, run=101, horizon=240.0, days=[1.0, 5.0, 10.0])
    assert [row["team"] for row in rows] == ["knew", "late"]
    first, second = rows
    assert first["runs"] == second["runs"] == 202
    assert first["best"] <= first["expected"] < first["best"] + 1 < second["expected"]
    assert first["crps"] < second["crps"]
    assert [row["day"] for row in first["brier"]] == [5.0, 10.0], "day 1 had passed"
    assert first["brier"][1]["score"] < 0.001
    gone = scores([knew], collapse, run=0, horizon=240.0, days=[5.0])
    assert gone[0]["crps"] is None


def test_why_names_the_pushes_and_the_chain() -> None:
    def row(unit: str, hour: float, after: str | None) -> dict[str, Any]:
        return {"unit": unit, "name": unit.upper(), "hour": hour, "when": "2 Feb 06:00", "place": "Suburb",
                "status": "dispersed", "after": after, "through": ["place"] if after else [], "before": 4.0,
                "reasons": [{"term": "supply", "value": 0.5, "words": "want of supply: 40%"}]}  # fmt: skip

    breaks = [row("a", 8.0, None), row("b", 12.0, "a"), row("c", 16.0, "b")]
    answer = why(breaks, "c")
    assert answer is not None
    assert answer["sentence"] == (
        "C broke on 2 Feb 06:00 at Suburb (dispersed). What pushed it most: want of supply: 40%."
    )
    assert [each["unit"] for each in answer["chain"]] == ["b", "a"]
    assert answer["chain"][0]["words"] == "4 h before, B had broken, at the same place"
    assert why(breaks, "d") is None


def test_the_classroom_and_the_report_show_the_same_numbers(case: Case, room: Room) -> None:
    asked = Asked(case.resolved, named(case.resolved, ["isle_goes_home"]), RUNS, SEED, RUN)
    table = row_of(make(asked, kernel="numpy")["table"], 0)
    live: Live = room.live
    picture = live._picture(Version((), (("isle_goes_home", 0.0),)), RUNS)
    for path in ("paired.shift.mean", "collapsed.share", "median.hours", "capital.share", "paired.became.later.share"):
        value: Any = picture
        for part in path.split("."):
            value = value[part]
        np.testing.assert_array_equal(table[path], np.array(value, dtype=float), path)
    np.testing.assert_allclose(table["strength.p50"], picture["strength"]["p50"], atol=0.0026)
    np.testing.assert_allclose(table["dots"], np.array(picture["dots"], dtype=float), atol=0.051)
