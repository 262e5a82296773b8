"""Things made once: all who ask wait for the first, the oldest goes, a failure is not kept."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sim.classroom.kept import Kept


def test_who_asks_meanwhile_waits_and_gets_the_same() -> None:
    kept: Kept[list[int]] = Kept(3)
    asked, may_end = threading.Barrier(5), threading.Event()
    made: list[int] = []

    def make() -> list[int]:
        may_end.wait(10)
        made.append(1)
        return made

    def ask() -> list[int]:
        asked.wait(10)
        return kept.get("a", make)

    with ThreadPoolExecutor(5) as pool:
        futures = [pool.submit(ask) for _ in range(4)]
        asked.wait(10)
        may_end.set()
        assert all(future.result(10) is made for future in futures)
    assert made == [1]


def test_what_was_asked_for_longest_ago_goes() -> None:
    kept: Kept[str] = Kept(2)
    for key in ("a", "b", "a", "c"):
        kept.get(key, lambda key=key: key)  # type: ignore[misc]
    assert ["a" in kept, "b" in kept, "c" in kept] == [True, False, True]
    kept.drop("a")
    kept.drop("a")
    assert kept.get("a", lambda: "anew") == "anew"


def test_a_failure_is_told_and_forgotten() -> None:
    kept: Kept[int] = Kept(2)

    def fail() -> int:
        raise ValueError("not so")

    with pytest.raises(ValueError, match="not so"):
        kept.get(1, fail)
    assert kept.get(1, lambda: 5) == 5


def test_a_look_makes_nothing_and_waits_for_what_is_being_made() -> None:
    kept: Kept[int] = Kept(2)
    may_end = threading.Event()
    assert kept.peek(1) is None
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(kept.get, 1, lambda: 5 if may_end.wait(10) else 0)
        while 1 not in kept:
            pass
        threading.Timer(0.05, may_end.set).start()
        assert kept.peek(1) == 5
        assert made.result(10) == 5
