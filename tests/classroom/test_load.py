"""Thirty browsers at once: everybody is answered, nothing is lost, and equal questions are simulated once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sim.classroom.room import Room
from tests.classroom.conftest import RALLY, Caller, serving

CLIENTS, ROUNDS = 30, 5
PATIENCE_SECONDS = 60.0
"""Far above what it takes, on a busy machine too: this test is about what is answered, not how fast."""


@pytest.mark.slow
def test_thirty_clients(room: Room) -> None:
    umpire_token = room.keys.umpire
    with serving(room) as base:
        umpire, nobody = Caller(base, umpire_token), Caller(base)
        umpire.act("begin")

        def student(number: int) -> list[float]:
            joined = nobody.post("join", {"code": room.keys.code, "name": f"Student {number}", "team": "isle"}).json()
            caller, waits = Caller(base, joined["token"]), []
            for _ in range(ROUNDS):
                for path in ("state", "lived", "case"):
                    began = time.monotonic()
                    caller.get(path)
                    waits.append(time.monotonic() - began)
            return waits

        def question(_: int) -> bytes:
            asker = Caller(base, umpire_token)
            answer = asker.post("result", {"injects": [RALLY], "runs": "first"})
            assert answer.status_code == 200
            return answer.content

        began = time.monotonic()
        with ThreadPoolExecutor(CLIENTS + 10) as pool:
            asked = [pool.submit(question, number) for number in range(10)]
            waits = [wait for each in pool.map(student, range(CLIENTS)) for wait in each]
            answers = {future.result() for future in asked}
        assert time.monotonic() - began < PATIENCE_SECONDS
        assert len(waits) == CLIENTS * ROUNDS * 3
        assert len(answers) == 1
        assert [wish for wish, _ in room.live.seconds].count("first") == 1
        assert len(umpire.get("state")["members"]) == CLIENTS
        assert room.seq == 2 + CLIENTS
        print(f"median wait {sorted(waits)[len(waits) // 2] * 1e3:.0f} ms, longest {max(waits) * 1e3:.0f} ms")
