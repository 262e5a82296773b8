"""Whatever is sent, the answer is a plain refusal or the thing itself: never a fault, never a traceback."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from sim.classroom import actions
from sim.classroom.cards import CARDS
from sim.classroom.case import OWN, Case, Event, RefusedError, Version
from sim.classroom.room import Room
from sim.classroom.server import MOST_BYTES, application
from sim.classroom.session import fold
from sim.plan import make_plan
from sim.triggers import REGISTRY
from tests.classroom.conftest import RALLY, Callers

IDS = ["CITY", "SUBURB", "north_1", "isle", "staff", "ring", "road_cut", "nobody"]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(IDS),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=6,
)
GOOD = {
    "place": "CITY", "units": ["north_1"], "formation": "staff", "patron": "isle", "denier": "valley", "asker": "isle",
    "asked": "isle", "to": "PORT", "first": "PORT", "second": "CITY", "days": 1.0, "per_cent": 20.0,
    "arrives_at": "CITY", "target": {"units": ["north_1"]}, "kind": "rumour", "change": "gain", "axes": ["ring"],
    "links": [["PORT", "CITY"]], "explained": True, "destination": "CITY", "passage_to": "PORT",
    "visibility": "national", "delay_hours": [1, 5], "guard": [{"lost": "CITY"}],
}  # fmt: skip
"""A value that fits, by the name of a field."""


def fields_of(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of a model's fields, mostly with values that fit."""

    def value(name: str) -> st.SearchStrategy[Any]:
        good = st.just(GOOD[name]) if name in GOOD else anything
        return st.one_of(good, good, good, anything)

    own = {name: value(name) for name in model.model_fields if name not in OWN}
    needed = {name: each for name, each in own.items() if name in GOOD and (model.model_fields[name].is_required())}
    return st.fixed_dictionaries(
        needed, optional={name: own[name] for name in own.keys() - needed.keys() if name in GOOD}
    )


known_events = st.one_of([
    st.fixed_dictionaries({"hour": st.sampled_from([0, 50.0, 100]), kind: st.just(name), "with": fields_of(model)})
    for kind, table in (("card", CARDS), ("trigger", REGISTRY)) for name, model in table.items()
])  # fmt: skip
odd_events = st.fixed_dictionaries(
    {"hour": st.sampled_from([0, 50.0, 1e9, -1, "5"])},
    optional={"card": scalars, "trigger": scalars, "with": anything, "title": scalars},
)
events = st.one_of(known_events, known_events, odd_events)
names = sorted({name for each in vars(actions).values() if isinstance(each, type) and issubclass(each, actions.Action)
                for name in each.model_fields} - {"do"})  # fmt: skip
messages = st.one_of(
    anything,
    st.builds(
        lambda do, fields, event: {"do": do, "reason": "because", **fields, **event},
        st.sampled_from(sorted(actions.WHO)),
        st.dictionaries(st.sampled_from(names), anything, max_size=4),
        st.one_of(st.just({}), st.builds(lambda event: {"event": event}, events)),
    ),
)


class Direct:
    """Calls the application without a network, one event loop for all."""

    def __init__(self, room: Room) -> None:
        self.room, self.loop = room, asyncio.new_event_loop()
        # A fault in the application is raised here, not answered with 500.
        self.transport = httpx.ASGITransport(application(room), raise_app_exceptions=True)

    def post(self, path: str, token: str, **how: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=self.transport, base_url="http://localhost") as client:
                return await client.post(path, headers={"authorization": f"Bearer {token}"}, **how)

        return self.loop.run_until_complete(send())


@pytest.fixture
def direct(room: Room) -> Iterator[Direct]:
    made = Direct(room)
    umpire = room.keys.umpire
    made.post("/api/join", "", json={"code": room.keys.code, "name": "Ada", "team": "north"})
    made.post("/api/act", umpire, json={"do": "begin"})
    yield made
    made.loop.run_until_complete(made.loop.shutdown_default_executor())
    made.loop.close()


def refused_or_done(answer: httpx.Response) -> None:
    assert answer.status_code in (200, 400, 403, 409, 429), answer.text
    if answer.status_code != 200:
        said = answer.json()["error"]
        assert 3 < len(said) < 4000
        assert "Traceback" not in said
        assert "pydantic" not in said


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=messages, umpire=st.booleans())
def test_any_action(direct: Direct, message: Any, umpire: bool) -> None:
    token = direct.room.keys.umpire if umpire else direct.room.keys.member(2)
    before = direct.room.seq
    answer = direct.post("/api/act", token, json=message)
    refused_or_done(answer)
    assert (direct.room.seq == before + 1) == (answer.status_code == 200), "what was refused is not in the log"
    assert fold(direct.room.log.entries) == direct.room.state


@settings(max_examples=300)
@given(event=events)
def test_any_event(case: Case, event: Any) -> None:
    """It becomes a trigger, or it is refused in words."""
    try:
        played = Event.model_validate(event)
        resolved = case.with_played(Version((played,)))
    except (ValidationError, RefusedError):
        return
    make_plan(resolved)
    (added,) = {trigger.id for trigger in resolved.triggers} - {trigger.id for trigger in case.resolved.triggers}
    assert added.startswith("played_")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["/api/effect", "/api/join"]),
    message=st.one_of(
        anything,
        st.fixed_dictionaries(
            {}, optional={"events": anything, "injects": st.lists(events, max_size=2), "played": scalars}
        ),
        st.fixed_dictionaries({"code": scalars, "name": scalars, "team": scalars}),
    ),
)  # fmt: skip
def test_any_question(direct: Direct, path: str, message: Any) -> None:
    refused_or_done(direct.post(path, direct.room.keys.umpire, json=message))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_any_bytes(direct: Direct, body: bytes) -> None:
    answer = direct.post("/api/act", direct.room.keys.umpire, content=body)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"[" * 50_000, 400, "not JSON"),
        (b'{"a":' * 9_000 + b"1" + b"}" * 9_000, 400, ""),
        (b'{"do":"undo","reason":' + b"9" * 6_000 + b"}", 400, "not JSON"),
        (b'{"do":"undo","reason":NaN}', 400, "finite"),
        (b'{"do":"undo","reason":"\\u202e evil"}', 400, "hidden signs"),
        (b'{"do":"undo","reason":"\\ud800 half"}', 400, "hidden signs"),
        (b'{"do":"undo","reason":"' + b"x" * MOST_BYTES + b'"}', 413, "at most 65,536 bytes"),
        (b"", 400, "not JSON"),
    ],
)
def test_hostile_messages(direct: Direct, body: bytes, status: int, said: str) -> None:
    answer = direct.post("/api/act", direct.room.keys.umpire, content=body)
    assert answer.status_code == status
    assert said in answer.json()["error"]


def test_tokens_of_nobody(callers: Callers) -> None:
    for value in (
        "Bearer",
        "Bearer x",
        "Basic dTp4",
        "Bearer u.0",
        "Bearer m1.",
        "Bearer \xe9",
        "Bearer m99999999999999999999.1",
    ):
        answer = callers.nobody.http.get("/api/state", headers=[(b"authorization", value.encode("latin-1"))])
        assert answer.status_code == 401, value


def test_texts_come_back_as_texts(callers: Callers) -> None:
    """Markup stays what it is, a text in JSON: nothing that a browser would take for a page."""
    callers.umpire.act("begin")
    callers.host.act("play", event=RALLY, reason="<script>alert(1)</script>")
    answer = callers.host.http.get("/api/state")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["played"][0]["reason"] == "<script>alert(1)</script>"
