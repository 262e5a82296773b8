"""A class with a small scenario, and a real server for it on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
import uvicorn

from sim.classroom import report
from sim.classroom.case import Case
from sim.classroom.room import Room
from sim.classroom.server import application, listen
from sim.classroom.session import opening
from sim.scenario import Scenario, load
from tests.report.conftest import browser as browser  # the same one, a module at a time

SUPPLY = Path(__file__).parents[2] / "scenarios" / "teaching_supply"
RUNS, SEED, RUN, TURN, DAYS = 20, 3, 4, 48.0, 20.0
TEAMS = [
    {"id": "north", "name": "Command", "role": "host", "budget": 4},
    {"id": "isle", "name": "Isle", "role": "patron", "budget": 10},
]
RALLY = {"hour": 60.0, "card": "rally", "with": {"place": "SUBURB"}}
FORECAST = {"do": "seal", "quantiles": [[0.05, 15.0], [0.5, 17.5], [0.95, 19.5]], "reason": "they will hold a while"}
Make = Callable[..., Room]


def supply(**changes: Any) -> Scenario:
    """The scenario, in steps of 6 h: three times as fast."""
    return load(SUPPLY, set={"step_hours": 6}, **changes)


@pytest.fixture(scope="session")
def case() -> Case:
    return Case.of(supply(), DAYS)


@pytest.fixture(scope="session")
def begun(case: Case) -> dict[str, Any]:
    """The first entry of a class."""
    return opening(case, seed=SEED, runs=RUNS, run=RUN, turn_hours=TURN, teams=TEAMS)


@pytest.fixture
def room(begun: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A class that has not begun. Its report has few switches: all combinations of more take long with numpy."""
    monkeypatch.setattr(report, "TOP", 1)
    monkeypatch.setattr(report, "MOST_EVENTS", 1)
    monkeypatch.setattr(report, "OF_SCENARIO", 1)
    made = Room.open(tmp_path / "a.class", begun, workers=1, kernel="numpy")
    yield made
    made.close()


class Caller:
    """Calls a server with somebody's token."""

    on_the_line: ClassVar[list[httpx.Client]] = []

    def __init__(self, base: str, token: str = "") -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.Client(base_url=base, headers=headers, timeout=60, trust_env=False)
        self.on_the_line.append(self.http)

    @classmethod
    def hang_up(cls) -> None:
        """Close what every caller has open."""
        while cls.on_the_line:
            cls.on_the_line.pop().close()

    def get(self, path: str) -> Any:
        return self.http.get(f"/api/{path}").raise_for_status().json()

    def post(self, path: str, message: Any) -> httpx.Response:
        return self.http.post(f"/api/{path}", json=message)

    def act(self, do: str, **more: Any) -> Any:
        answer = self.post("act", {"do": do, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()["number"]

    def refused(self, do: str, **more: Any) -> str:
        """Why an action cannot be done."""
        answer = self.post("act", {"do": do, **more})
        assert answer.status_code == 409, answer.text
        return str(answer.json()["error"])


@contextmanager
def serving(room: Room) -> Iterator[str]:
    """A real server of this class in a thread; gives its address."""
    listening = listen("127.0.0.1", 0)
    config = uvicorn.Config(application(room), access_log=False, log_level="critical", lifespan="off",
                            timeout_graceful_shutdown=1, ws="none")  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        Caller.hang_up()
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()
        assert not thread.is_alive()


class Callers:
    """Everybody in a class."""

    def __init__(self, base: str, room: Room) -> None:
        self.base = base
        self.nobody, self.umpire = Caller(base), Caller(base, room.keys.umpire)
        self.projector = Caller(base, room.keys.projector)
        self.host, self.patron = self.join(room, "Ada", "north"), self.join(room, "Ben", "isle")

    def join(self, room: Room, name: str, team: str) -> Caller:
        answer = self.nobody.post("join", {"code": room.keys.code, "name": name, "team": team})
        assert answer.status_code == 200, answer.text
        return Caller(self.base, answer.json()["token"])


@pytest.fixture
def callers(room: Room) -> Iterator[Callers]:
    with serving(room) as base:
        yield Callers(base, room)
