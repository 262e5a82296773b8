"""Reports of a class while it is held: made in a thread of their own, one at a time, shared and kept."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from sim.classroom.log import Log
from sim.classroom.report import page


class Reports:
    """The reports of one log, asked for from one event loop.

    Args:
        log: it may grow meanwhile; a report is of the entries that were there when it was asked for.
        workers: threads that share the simulation. One leaves the others to the class.
    """

    def __init__(self, log: Log, workers: int = 1) -> None:
        self._log, self._workers = log, workers
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="report")
        self._kept: dict[tuple[str, bool], asyncio.Future[bytes]] = {}

    async def page(self, names: bool = False) -> bytes:
        """The report of all that is in the log now; whoever asks the same while it is made waits for the same.

        Raises:
            RefusedError: the class has not begun.
        """
        entries = tuple(self._log.entries)
        key = (entries[-1].hash, names)
        if key not in self._kept:
            self._kept = {key: future for key, future in self._kept.items() if not future.done()}
            loop = asyncio.get_running_loop()
            self._kept[key] = loop.run_in_executor(
                self._pool, lambda: page(entries, names=names, workers=self._workers)
            )
        making = self._kept[key]
        try:
            return await asyncio.shield(making)
        except Exception:
            self._kept.pop(key, None)
            raise
