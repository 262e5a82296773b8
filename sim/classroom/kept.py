"""What is made once and kept for all who ask."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """The latest things that were asked for, by key. From any thread.

    Args:
        most: how many.
    """

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._futures: OrderedDict[Hashable, Future[Made]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is kept under a key. Whoever asks first makes it and the others wait; a failure is theirs too, and
        not kept."""
        with self._lock:
            future, first = self._futures.get(key), key not in self._futures
            if future is None:
                future = self._futures[key] = Future()
                while len(self._futures) > self._most:
                    self._futures.popitem(last=False)
            self._futures.move_to_end(key)
        if first:
            try:
                future.set_result(make())
            except BaseException as error:
                self.drop(key)
                future.set_exception(error)
        return future.result()

    def peek(self, key: Hashable) -> Made | None:
        """What is kept under a key or being made, None if nothing is."""
        with self._lock:
            future = self._futures.get(key)
        return None if future is None else future.result()

    def __contains__(self, key: Hashable) -> bool:
        """Whether it is there, or being made."""
        with self._lock:
            return key in self._futures

    def drop(self, key: Hashable) -> None:
        """Keep it no longer."""
        with self._lock:
            self._futures.pop(key, None)
