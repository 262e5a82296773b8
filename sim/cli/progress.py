"""How far a long run is, on stderr: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sim.cli.output import console

EVERY_SECONDS = 10.0
"""Between two lines where there is no terminal to draw a bar on."""


class RunProgress:
    """Call it with the number of runs done and of all runs; or of frames drawn."""

    def __init__(self, runs: int, *, quiet: bool, doing: str = "running", what: str = "runs") -> None:
        self._out = console(error=True)
        self._quiet, self._what = quiet, what
        self._bar = Progress(
            TextColumn(doing),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(f"{what}, left"),
            TimeRemainingColumn(),
            console=self._out,
            transient=True,
            disable=quiet or not self._out.is_terminal,
        )
        self._task = self._bar.add_task(doing, total=runs)
        self._began = self._said = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total)
        now = time.monotonic()
        if self._quiet or self._out.is_terminal or now - self._said < EVERY_SECONDS or not 0 < done < total:
            return
        self._said = now
        left = (now - self._began) * (total - done) / done
        self._out.print(f"{done:,} of {total:,} {self._what}, about {left:.0f} s left")
