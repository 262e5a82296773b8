"""The class's own page: served as it is, with no markup from texts and nothing from elsewhere."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from sim.classroom.room import Room
from sim.page import CLASSROOM, names, read
from tests.classroom.conftest import Callers

MODULES = [name for name in names(CLASSROOM) if name.endswith(".js")]
CALLS, REMEMBERED = f"{CLASSROOM}/calls.js", f"{CLASSROOM}/remembered.js"


@pytest.mark.parametrize("name", MODULES)
def test_text_is_never_markup_and_one_module_calls(name: str) -> None:
    text = read(name)
    assert text.startswith("// "), "says first what it is for"
    assert max(map(len, text.splitlines())) <= 120
    assert len(text.splitlines()) <= 200
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(",
                 "XMLHttpRequest", "import(", "setAttribute(\"style", ".style."):  # fmt: skip
        assert word not in text
    assert ("fetch(" in text) == (name == CALLS)
    assert ("localStorage" in text) == (name == REMEMBERED)
    assert not re.findall(r"https?://", text)


def test_all_modules_that_are_named_are_there() -> None:
    for name in MODULES:
        for folder, needed in re.findall(r'from "(\./|\.\./)([a-z_]+\.js)"', read(name)):
            assert needed in (names() if folder == "../" else [each.partition("/")[2] for each in MODULES]), name


def test_the_page_and_all_its_files_are_served_with_its_policy(callers: Callers) -> None:
    page = callers.nobody.http.get("/")
    assert page.headers["content-type"].startswith("text/html")
    wanted = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert len(wanted) == 4
    assert "<script>" not in page.text
    assert " style=" not in page.text
    kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
    for path in (*wanted, *(f"/page/{name}" for name in (*names(), *names(CLASSROOM)))):
        answer: httpx.Response = callers.nobody.http.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].startswith(kinds[path.rpartition(".")[2]])
        assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_the_door_opens_with_the_code_alone(callers: Callers, room: Room) -> None:
    seen = callers.nobody.post("door", {"code": room.keys.code.lower()}).json()
    assert seen == {"id": room.keys.place, "title": "Teaching: a city on an air bridge", "teams": [
        {"id": "north", "name": "Command", "role": "host"}, {"id": "isle", "name": "Isle", "role": "patron"},
    ]}  # fmt: skip
    wrong: list[Any] = [callers.nobody.post("door", {"code": "AAAAAA"}).status_code for _ in range(21)]
    assert wrong == [403] * 20 + [429]
    assert callers.nobody.post("join", {"code": room.keys.code, "name": "Eve", "team": "isle"}).status_code == 429


def test_roles_are_told_what_their_pages_need(callers: Callers, room: Room) -> None:
    assert callers.projector.get("state")["code"] == room.keys.code
    assert "code" not in callers.host.get("state")
    assert callers.host.get("state")["you"] == "Ada"
    assert callers.umpire.get("state")["turn_seconds"] is None
    callers.umpire.act("begin")
    assert 0 <= callers.projector.get("state")["turn_seconds"] < 60
    told = callers.host.get("case")
    assert {"id": "north_sector", "name": "North sector"} in told["formations"]
    assert {"id": "isle", "name": "Isle"} in told["patrons"]
    assert {"id": "ring", "name": "The ring around the city"} in told["axes"]
    assert {row["side"] for row in callers.host.get("state")["cards"]} == {"host"}
    assert callers.host.get("state")["run"] is None, "it could be looked up"
    callers.umpire.act("stop", trigger="road_cut", reason="to undo it")
    assert callers.umpire.get("state")["undoable"] == room.seq
    callers.umpire.act("reveal")
    assert {row["side"] for row in callers.host.get("state")["cards"]} == {"host", "patron", "attacker"}
    assert callers.host.get("state")["run"] == room.state.run
