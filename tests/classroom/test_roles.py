"""Who may call what, call by call, as its own table says it: every call by everybody, before and after the reveal."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pytest

from sim.classroom import actions
from sim.classroom.room import Room
from sim.classroom.server import HEADERS, MAY, application
from tests.classroom.conftest import FORECAST, RALLY, Callers


class Call(NamedTuple):
    """A call, and who may make it before the reveal and after (u umpire, t team, p projector, n nobody)."""

    method: str
    path: str
    before: str
    after: str
    message: Any = None


RUMOUR = {"hour": 200.0, "card": "rumour", "with": {"place": "CITY"}}
TEAM = {"id": "north", "name": "Command", "role": "host", "budget": 4}
CALLS = [
    Call("GET", "/", "utpn", "utpn"),
    Call("GET", "/page/map.js", "utpn", "utpn"),
    Call("GET", "/page/classroom/join.js", "utpn", "utpn"),
    Call("GET", "/api/case", "utp", "utp"),
    Call("GET", "/api/state", "utp", "utp"),
    Call("GET", "/api/stream", "utp", "utp"),
    Call("GET", "/api/lived", "utp", "utp"),
    Call("GET", "/api/why", "utp", "utp"),
    Call("GET", "/api/luck", "u", "utp"),
    Call("GET", "/api/scores", "u", "utp"),
    Call("POST", "/api/result", "u", "utp", {"runs": "first"}),
    Call("POST", "/api/effect", "u", "utp", {}),
    Call("GET", "/api/export", "u", "u"),
    Call("GET", "/api/report", "", "u"),
    Call("GET", "/api/keys", "u", "u"),
]
ACTS = [
    Call("setup", "", "u", "u", {"teams": [TEAM]}),
    Call("begin", "", "u", "u", {}),
    Call("seal", "", "t", "t", {k: v for k, v in FORECAST.items() if k != "do"}),
    Call("play", "", "t", "t", {"event": RALLY, "reason": "because"}),
    Call("plan", "", "u", "u", {"event": RUMOUR}),
    Call("inject", "", "u", "u", {"event": RUMOUR, "reason": "because"}),
    Call("override", "", "u", "u", {"unit": "north_1", "to": "leaves", "reason": "because"}),
    Call("stop", "", "u", "u", {"trigger": "road_cut", "reason": "because"}),
    Call("advance", "", "u", "u", {}),
    Call("undo", "", "u", "u", {"reason": "because"}),
    Call("reveal", "", "u", "u", {}),
    Call("fork", "", "ut", "ut", {"name": "a fork"}),
    Call("project", "", "u", "u", {"fork": None}),
]


def test_the_tables_here_and_there_name_the_same_calls(room: Room) -> None:
    routes = {route.path for route in application(room).routes}  # type: ignore[attr-defined]
    open_to_all = {"/api/join", "/api/door", "/api/act"}  # with a code, with a code, and by action
    assert routes == {re.sub(r"\w+\.js", "{name}", call.path) for call in CALLS} | open_to_all
    assert {call.path.removeprefix("/api/") for call in CALLS if call.path.startswith("/api/")} == MAY.keys()
    assert {call.method for call in ACTS} == actions.WHO.keys()


def status(caller: Any, call: Call) -> int:
    with caller.http.stream(
        call.method, call.path, **({"json": call.message} if call.method == "POST" else {})
    ) as answer:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        return int(answer.status_code)


@pytest.mark.parametrize("revealed", [False, True])
def test_every_call_by_everybody(callers: Callers, revealed: bool) -> None:
    callers.umpire.act("begin")
    if revealed:
        callers.umpire.act("reveal")
    everybody = {"u": callers.umpire, "t": callers.host, "p": callers.projector, "n": callers.nobody}
    for call in CALLS:
        for letter, caller in everybody.items():
            may = letter in (call.after if revealed else call.before)
            found = status(caller, call)
            # 409: allowed, but there is nothing to say yet.
            expected = {200, 409} if may else {401} if letter == "n" else {403}
            assert found in expected, (call.path, letter, found)


def test_every_action_by_everybody(callers: Callers) -> None:
    """Those who may not are refused before anything is looked at; for the others it may be the wrong time."""
    everybody = {"u": callers.umpire, "t": callers.host, "p": callers.projector, "n": callers.nobody}
    for act in ACTS:
        for letter, caller in everybody.items():
            if letter in act.before:
                continue
            answer = caller.post("act", {"do": act.method, **act.message})
            assert answer.status_code == (401 if letter == "n" else 403), (act.method, letter)
    assert callers.umpire.get("state")["seq"] == 3, "none of it was done"
    for act in ACTS:
        for letter in act.before:
            answer = everybody[letter].post("act", {"do": act.method, **act.message})
            assert answer.status_code in (200, 409), (act.method, letter, answer.text)


def test_teams_see_neither_the_plan_nor_the_future_nor_each_other(callers: Callers) -> None:
    umpire, host, patron = callers.umpire, callers.host, callers.patron
    umpire.act("begin")
    umpire.act("plan", event={**RUMOUR, "title": "a secret rumour"})
    umpire.act("inject", event={**RUMOUR, "title": "an open rumour"}, reason="to see what they do")
    host.act("play", event=RALLY, reason="a reason of our own")
    for caller in (patron, callers.projector):
        for path in ("state", "lived", "case"):
            text = caller.http.get(f"/api/{path}").text
            for hidden in ("secret rumour", "open rumour", "a reason of our own", "isle_goes_home", "Valley closes"):
                assert hidden not in text, (path, hidden)
    assert "a reason of our own" in host.http.get("/api/state").text
    assert umpire.get("case")["events"]
    umpire.act("reveal")
    assert "a reason of our own" in patron.http.get("/api/state").text
    assert "secret rumour" not in patron.http.get("/api/state").text, "the plan stays the umpire's"


def test_joining_needs_the_code_and_wrong_ones_are_counted(callers: Callers, room: Room) -> None:
    def join(code: str, name: str = "Cid", team: str = "isle") -> Any:
        return callers.nobody.post("join", {"code": code, "name": name, "team": team})

    assert join(room.keys.code.lower(), name="Dora").status_code == 200
    assert join(room.keys.code, name="Dora").status_code == 409
    assert "teams are north, isle" in join(room.keys.code, team="nobody").json()["error"]
    (place,) = callers.nobody.get("door").values()
    assert place == callers.nobody.post("door", {"code": room.keys.code}).json()["id"]
    found = [join("AAAAAA").status_code for _ in range(21)]
    assert found == [403] * 20 + [429]
    assert join(room.keys.code).status_code == 429, "whoever tries codes has to wait, with the right one too"


def test_no_way_out_of_the_page_folder(callers: Callers) -> None:
    for path in ("/page/..%2Fserver.py", "/page/%2e%2e/__init__.py", "/page/__init__.py", "/page//etc/passwd",
                 "/page/style.css/..", "/../pyproject.toml", "/page/classroom/", "/page/classroom/..%2Fmap.js",
                 "/page/classroom/map.js"):  # fmt: skip
        assert callers.nobody.http.get(path).status_code == 404, path
    assert callers.nobody.http.get("/page/style.css").headers["content-type"].startswith("text/css")


def test_other_names_of_this_machine_are_refused(callers: Callers) -> None:
    """A page of another site cannot call it by a name of its own that leads here."""
    assert callers.umpire.http.get("/api/state", headers={"host": "elsewhere.example"}).status_code == 400
