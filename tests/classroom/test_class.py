"""A class from its start to its end, through a real server."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.agents import ForceModel
from sim.classroom import session
from sim.classroom.case import Case, Event, Version
from sim.classroom.log import Log, bring_in
from sim.classroom.room import Room
from sim.classroom.views import lived_until
from sim.ensemble import outcomes
from sim.experiments.compare import compare
from sim.experiments.ground import ground
from sim.plan import make_plan
from sim.scenario import load
from tests.classroom.conftest import DAYS, FORECAST, RALLY, RUN, RUNS, SEED, SUPPLY, TURN, Callers, supply


def test_a_class_from_start_to_end(callers: Callers, room: Room, tmp_path: Path) -> None:
    umpire, host, patron = callers.umpire, callers.host, callers.patron
    assert "has not begun" in host.refused(**FORECAST)
    umpire.act("begin")
    planned = umpire.act("plan", event={"hour": 100.0, "card": "rumour", "with": {"place": "CITY"}}, expected="doubt")
    assert "plan" not in host.get("state")

    # First turn: the host plays, both seal, the turn goes on only then.
    assert "not of Command" in host.refused("play", event={"hour": 50.0, "card": "pledge", "with": {}}, reason="try it")
    assert "no place 'SUBURP'" in host.refused(
        "play", event={**RALLY, "with": {"place": "SUBURP"}}, reason="a slip of the pen"
    )
    host.act("play", event=RALLY, reason="the suburb will waver first")
    assert host.get("state")["left"] == 2
    host.act("seal", **{k: v for k, v in FORECAST.items() if k != "do"})
    assert "its turn is over" in host.refused("play", event=RALLY, reason="once more")
    assert "isle" in umpire.refused("advance")
    assert patron.get("state")["forecasts"] == [], "a sealed forecast is its team's own"
    patron.act("seal", chances=[[16, 0.25], [18, 0.5]], reason="help will come too late")
    umpire.act("advance")
    state = host.get("state")
    assert (state["turn"], state["hour"]) == (2, TURN)
    assert all(row["hour"] <= TURN for row in host.get("lived")["news"])
    fire = {"units": ["south_1", "south_2", "south_3", "south_4"], "place": "CITY"}
    umpire.act("inject", event={"hour": TURN, "card": "friendly_fire", "with": fire}, reason="to see it in the news")
    told = patron.get("lived")["news"][-1]["title"]
    assert told == "Friendly fire: City, South brigade 1, South brigade 2 and 2 more"
    umpire.act("undo", reason="it has been seen")

    # Second turn: injects, an override, an undo, a late team.
    assert "has passed" in umpire.refused("inject", event={"hour": 3.0, "card": "rumour", "with": {"place": "CITY"}},
                                          reason="too late")  # fmt: skip
    umpire.act("inject", planned=planned, reason="it is time")
    umpire.act("override", unit="north_1", to="leaves", reason="its commander was seen leaving")
    umpire.act("stop", trigger="isle_goes_home", reason="the class has persuaded Isle")
    umpire.act("undo", reason="no, it has not")
    umpire.act("advance", reason="time is short")
    lived = callers.projector.get("lived")
    assert any(row["title"] == "Umpire: North brigade 1 leaves" for row in lived["news"])
    why = callers.host.get("why?unit=north_1")
    assert why["sentence"].startswith("North brigade 1 broke on ") or why["reasons"] == []

    # The reveal.
    assert callers.projector.post("result", {"events": None}).status_code == 403
    umpire.act("reveal")
    assert "revealed" in umpire.refused("inject", event=RALLY, reason="too late now")
    luck = callers.projector.get("luck")
    assert 0 <= luck[0]["below"] <= 1
    scores = host.get("scores")
    assert [(row["turn"], row["team"]) for row in scores] == [(1, "isle"), (1, "north")]
    assert all(row["expected"] >= row["best"] > 0 for row in scores)
    fork = host.act("fork", name="without the rumour", injects=[{**RALLY, "hour": 120.0}])
    umpire.act("project", fork=fork)
    assert callers.projector.get("state")["projected"]["name"] == "without the rumour"

    exported = callers.umpire.http.get("/api/export").content
    (tmp_path / "class.jsonl").write_bytes(exported)
    again = bring_in(tmp_path / "class.jsonl", tmp_path / "again.class")
    assert again.export() == exported
    assert session.fold(again.entries) == room.state
    copy = Room(again, workers=1, kernel="numpy")
    mine, theirs = (each.live.ask("lived", each.state.version).result() for each in (room, copy))
    assert mine == theirs, "the same class lives the same run, to the byte"
    copy.close()


def test_the_class_is_the_same_after_a_restart_and_so_are_the_tokens(begun: dict[str, Any], tmp_path: Path) -> None:
    log = Log.create(tmp_path / "a.class")
    log.append(begun)
    log.append({"do": "join", "name": "Ada", "team": "north"})
    before = Room(log, workers=1, kernel="numpy")
    token, state = before.keys.member(2), before.state
    before.close()
    after = Room.open(tmp_path / "a.class", None, workers=1, kernel="numpy")
    assert after.state == state
    who = after.keys.who(token, after.state)
    assert who is not None
    assert (who.role, who.team) == ("team", "north")
    assert after.keys.who(token[:-1] + ("0" if token[-1] != "0" else "1"), after.state) is None
    after.close()


def test_effects_are_those_of_rout_compare(callers: Callers) -> None:
    answer = callers.umpire.post("effect", {"events": ["road_cut", "airlift_denied", "air_bridge_ends"]}).json()
    days = {"runs": RUNS, "seed": SEED, "days": DAYS}
    theirs = compare(supply(), supply(without=["isle_goes_home"]), **days).summary
    assert answer["shift"] == theirs["shift_hours"]
    for name, (share, low, high) in answer["became"].items():
        assert theirs["became"][name] == {"share": share, "low": low, "high": high}
    picture = callers.umpire.post("result", {"events": ["road_cut", "airlift_denied", "air_bridge_ends"]}).json()
    assert picture["paired"]["shift"] == theirs["shift_hours"]


@pytest.mark.slow
def test_a_warm_ensemble_answers_the_same_bytes(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled and kept ready, or stepped from the start with numpy. The first picture's runs are not stepped again."""
    from sim.classroom.live import Live

    monkeypatch.setattr("sim.classroom.live.FIRST_RUNS", RUNS // 3)
    version = Version((Event.model_validate(RALLY),), (("isle_goes_home", 100.0),))
    answers = []
    for kernel in ("numpy", "compiled"):
        live = Live(case, runs=RUNS, seed=SEED, run=RUN, workers=1, kernel=kernel)
        live.prepare()
        answers.append(
            {wish: live.ask(wish, version).result() for wish in ("first", "picture", "effect", "lived", "luck")}
        )
        live.close()
    assert answers[0] == answers[1]


@pytest.mark.slow
def test_what_is_played_is_kept_ready_and_what_follows_has_the_same_bytes(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.classroom.live import Live

    monkeypatch.setattr("sim.classroom.live.FIRST_RUNS", RUNS // 3)
    rally, stop = Event.model_validate(RALLY), (("isle_goes_home", 100.0),)
    rumour = Event.model_validate({"hour": 110.0, "card": "rumour", "with": {"place": "CITY"}})
    early = Event.model_validate({"hour": 12.0, "card": "rumour", "with": {"place": "CITY"}})
    played = Version((rally,), stop)
    asked = [
        Version((rally, rumour), stop),
        Version((rally,), (*stop, ("road_cut", 60.0))),
        Version((rally, early), stop),  # before the first checkpoint
        Version((rumour,), stop),  # without what is played
    ]
    answers = []
    for kernel in ("numpy", "compiled"):
        live = Live(case, runs=RUNS, seed=SEED, run=RUN, workers=1, kernel=kernel)
        live.prepare()
        live.follow(played, 96.0)
        while kernel == "compiled" and live.followed != played:
            time.sleep(0.05)
        answers.append([live.ask(wish, each).result() for each in asked for wish in ("first", "picture", "effect")])
        live.follow(Version(), 0.0)  # all undone
        while live.followed != Version():
            time.sleep(0.05)
        answers.append([live.ask("luck", each).result() for each in asked])
        live.close()
    assert answers[:2] == answers[2:]
    assert [each.goes_on_from(played) for each in asked] == [True, True, True, False]


def test_what_is_played_changes_nothing_before_its_hour(case: Case, room: Room) -> None:
    def history(version: Version) -> dict[str, Any]:
        return json.loads(room.live.ask("lived", version).result())

    event = {"hour": 96.0, "trigger": "refusal", "title": "",
             "with": {"form": "desert", "place": "CITY", "target": {"units": ["south_1", "south_2"]}}}  # fmt: skip
    before, after = history(Version()), history(Version((Event.model_validate(event),)))
    tick = 96 / 6

    def early(told: dict[str, Any]) -> list[tuple[int, ...]]:
        moves = told["moves"]
        rows = zip(moves["tick"], moves["unit"], moves["status"], moves["place"], strict=True)
        return [row for row in rows if row[0] <= tick]

    assert early(before) == early(after)
    assert before != after


def test_what_came_of_something_is_not_told_before_it(case: Case) -> None:
    """A moment between two ticks (48 and 54): who has left by then is told with what came of it, who leaves later is
    not."""
    rows = {"tick": [0, 0, 9, 9], "hour": [0.0, 0.0, 49.0, 51.0]}
    history = {
        "moves": {**rows, "unit": [0, 1, 0, 1], "status": [0, 0, 3, 3], "place": [0] * 4},
        "turns": {**rows, "place": [0, 1, 0, 1], "controller": [0, 0, 1, 1]},
        "roads": {"tick": [0, 8, 9], "road": [0, 0, 1], "closed": [0, 1, 1]},
        "strength": [1.0] * 20, "fired": [], "triggers": [], "collapse": 49.0,
    }  # fmt: skip
    told = lived_until(history, {}, 50.0, 6.0)
    assert (told["collapse"], len(told["strength"])) == (49.0, 9)
    assert told["moves"]["unit"] == [0, 1, 0]
    assert told["turns"]["place"] == [0, 1, 0]
    assert told["roads"]["tick"] == [0, 8]


def test_a_run_with_events_is_that_of_a_scenario_that_has_them(case: Case, tmp_path: Path) -> None:
    """Through another way: the same trigger written into the scenario file."""
    version = Version((Event.model_validate(RALLY),))
    text = (SUPPLY / "scenario.toml").read_text(encoding="utf-8")
    row = f'[[trigger]]\nid = "{version.ids[0]}"\ntype = "rally"\ntitle = "Rally"\nat = 2031-02-03T18:00:00+00:00\n'
    row += 'place = "SUBURB"\nduration_hours = 48.0\ncause = "own_command"\n\n'
    (tmp_path / "teaching_supply").mkdir()
    for file in SUPPLY.iterdir():
        (tmp_path / "teaching_supply" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "teaching_supply" / "scenario.toml").write_text(text.replace("[parameters]", row + "[parameters]"))
    written = sim.resolve(load(tmp_path / "teaching_supply", set={"step_hours": 6})).model_copy(update={"days": DAYS})
    assert case.with_played(version) == written
    first, second = (
        outcomes(make_plan(each), runs=5, seed=SEED, kernel="numpy", columns=["collapse_hour"])["collapse_hour"]
        for each in (written, case.with_played(version))
    )
    np.testing.assert_array_equal(first, second)


def test_equal_questions_share_one_answer(room: Room) -> None:
    version = Version((Event.model_validate(RALLY),))
    futures = [room.live.ask("picture", version) for _ in range(10)]
    assert len({future.result() for future in futures}) == 1
    assert (room.live.made, room.live.merged) == (1, 9)


def test_streams_tell_that_something_has_changed(callers: Callers) -> None:
    with callers.host.http.stream("GET", "/api/stream") as stream:
        lines = stream.iter_lines()
        told = [next(lines) for _ in range(3)]
        assert told == ["event: state", "data: 3", ""]
        callers.umpire.act("begin")
        assert [next(lines) for _ in range(3)] == ["event: state", "data: 4", ""]


def test_after_the_last_turn_only_the_reveal_is_left(callers: Callers) -> None:
    umpire, host = callers.umpire, callers.host
    umpire.act("begin")
    for _ in range(10):
        umpire.act("advance", reason="time is short")
    assert umpire.get("state")["hour"] == 24 * DAYS
    late, rumour = {"reason": "too late"}, {"hour": 24 * DAYS, "card": "rumour", "with": {"place": "CITY"}}
    over = [
        umpire.refused("advance", **late),
        umpire.refused("inject", event=rumour, **late),
        umpire.refused("override", unit="north_1", to="leaves", **late),
        umpire.refused("stop", trigger="isle_goes_home", **late),
        host.refused("play", event={**RALLY, "hour": 24 * DAYS}, **late),
        host.refused("seal", quantiles=[[0.5, DAYS + 1]], **late),
    ]
    assert over == ["the time is over: only the reveal is left"] * len(over)
    umpire.act("undo", reason="one turn more")
    umpire.act("advance", reason="time is short")
    umpire.act("reveal")


def test_an_action_that_comes_twice_is_done_once(callers: Callers, room: Room) -> None:
    """The same key by the same person gives the first number, whatever has come between; by others it is theirs."""
    umpire, host, patron = callers.umpire, callers.host, callers.patron
    key = {"once": "a1b2c3d4e5"}
    assert umpire.act("begin", **key) == umpire.act("begin", **key)
    first = host.act("play", event=RALLY, reason="we try", **key)
    umpire.act("undo", reason="not yet")
    assert host.act("play", event=RALLY, reason="we try", **key) == first
    assert room.state.played == []
    patron.act("play", event={"hour": 60.0, "card": "pledge", "with": {"patron": "isle"}}, reason="we stay", **key)
    assert [each.by for each in room.state.played] == ["isle"]
    assert host.act("play", event=RALLY, reason="we try", once="another1") > first
    assert session.fold(room.log.entries) == room.state
    assert "a1b2c3d4e5" not in umpire.http.get("/api/state").text
    assert umpire.post("act", {"do": "undo", "reason": "because", "once": "short"}).status_code == 400
    # What was refused was not done, and may be tried again.
    plan = {"event": {"hour": 100.0, "card": "rumour", "with": {"place": "CITTY"}}, "once": "c0ffeec0ffee"}
    umpire.refused("plan", **plan)
    plan["event"] = {"hour": 100.0, "card": "rumour", "with": {"place": "CITY"}}
    assert umpire.act("plan", **plan) == umpire.act("plan", **plan)


def test_the_effect_of_a_stop_is_that_of_stopping_it(callers: Callers) -> None:
    umpire = callers.umpire
    umpire.act("begin")
    for _ in range(5):
        umpire.act("advance", reason="time is short")
    tried = {"stopped": [["isle_goes_home", 240.0]], "played": True}
    effect, picture = (umpire.post(name, tried).json() for name in ("effect", "result"))
    umpire.act("stop", trigger="isle_goes_home", reason="they stay")
    assert umpire.post("effect", {"played": True}).json() == effect
    assert umpire.post("result", {"played": True}).json() == picture
    assert effect["shift"]["mean"] > 0
    assert "'isle'" in umpire.post("effect", {"stopped": [["isle", 0.0]]}).json()["error"]


def test_roads_are_cut_when_the_agents_find_them_closed(case: Case, room: Room) -> None:
    """For good by the scenario, for two days by a card; the units' own links say it step by step."""
    cut = {"hour": 60.0, "card": "cut_road", "with": {"first": "CITY", "second": "AIRFIELD"}}
    version = Version((Event.model_validate(cut),))
    told = json.loads(room.live.ask("lived", version).result())["roads"]
    resolved = case.with_played(version)
    model, closed = ForceModel(resolved, seed=SEED, run=RUN), {}
    while model.running and model.hour < 240:
        model.step()
        closed[model.hour] = [not model.links[each.from_place, each.to_place].open for each in resolved.links]
    assert len({tuple(each) for each in closed.values()}) >= 4, "open, one, two, one again"
    ours = np.full((len(closed), len(resolved.links)), -1)
    for tick, road, now in zip(told["tick"], told["road"], told["closed"], strict=True):
        ours[tick:, road] = now
    np.testing.assert_array_equal(ours, list(closed.values()))
    assert [case.resolved.links[each].kind for each in ground(case.resolved)["air"]] == ["air"]
