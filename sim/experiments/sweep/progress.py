"""What a sweep still has to simulate: all runs of every point, or as many as a precision needs."""

from __future__ import annotations

from collections import deque
from typing import Protocol

import numpy as np

from sim.experiments.sweep.file import PrecisionTable
from sim.experiments.sweep.folder import SweepFolder
from sim.experiments.sweep.workers import Rows
from sim.measures.times import Floats, Z, median, share_by


class Queue(Protocol):
    """Shards to do. `done` and `total` count the runs of this session; `total` may be an estimate."""

    @property
    def done(self) -> int: ...

    @property
    def total(self) -> int: ...

    def next(self) -> int | None:
        """A shard to hand out, None if there is none now."""
        ...

    def accept(self, number: int, rows: Rows) -> None:
        """Keep a shard that was handed out."""
        ...

    def is_empty(self) -> bool:
        """Whether nothing is left to do, nor to wait for."""
        ...

    def wanted(self) -> list[int]:
        """Shards that are not there; of a point that is not precise enough, the next."""
        ...


def queue_of(folder: SweepFolder, part: tuple[int, int] | None = None) -> Queue:
    """What is left to do of a sweep, or of one part (i, n) of it, by what lies in its folder."""
    layout = folder.layout
    mine = layout.part(*part) if part else list(range(layout.shards))
    rule = folder.precision
    return FixedRuns(folder, mine) if rule is None else UntilPrecise(folder, mine, rule)


class FixedRuns:
    """Every shard that is not there."""

    def __init__(self, folder: SweepFolder, mine: list[int]) -> None:
        self._folder = folder
        whole = folder.whole(mine)
        self._waiting = deque(number for number in mine if number not in whole)
        self._out = 0
        self.done = 0
        self.total = sum(folder.lacking(number).rows for number in self._waiting)

    def next(self) -> int | None:
        if not self._waiting:
            return None
        self._out += 1
        return self._waiting.popleft()

    def accept(self, number: int, rows: Rows) -> None:
        self._folder.write(number, rows)
        self._out -= 1
        self.done += self._folder.lacking(number).rows

    def is_empty(self) -> bool:
        return not self._waiting and not self._out

    def wanted(self) -> list[int]:
        return list(self._waiting)


class UntilPrecise:
    """Shards of each point in turn, until the interval of its measure is narrow enough."""

    def __init__(self, folder: SweepFolder, mine: list[int], rule: PrecisionTable) -> None:
        self._layout = folder.layout
        whole: dict[int, set[int]] = {number // self._layout.batches: set() for number in mine}
        for number in folder.whole(mine):
            whole[number // self._layout.batches].add(number)
        horizons = folder.horizons
        self._points = {
            point: _Point(folder, point, rule, float(horizons[point]), there) for point, there in whole.items()
        }
        self._open = [point for point in self._points.values() if not point.settled]
        self._before = sum(point.runs for point in self._points.values())

    @property
    def done(self) -> int:
        return sum(point.runs for point in self._points.values()) - self._before

    @property
    def total(self) -> int:
        return sum(point.expected for point in self._points.values()) - self._before

    def next(self) -> int | None:
        for eager in (False, True):  # guess ahead only where a worker would idle otherwise
            for point in self._open:
                if (number := point.next(eager)) is not None:
                    return number
        return None

    def accept(self, number: int, rows: Rows) -> None:
        self._points[number // self._layout.batches].accept(number, rows)
        self._open = [point for point in self._open if not point.settled]

    def is_empty(self) -> bool:
        return not self._open

    def wanted(self) -> list[int]:
        return [point.wanted for point in self._open]


class _Point:
    """One design point on its way to enough runs.

    Batches are simulated ahead as far as the present width suggests, but count, and are
    written, in their order, up to the one at which the rule is met: whatever the number of
    workers, the same runs are kept.
    """

    def __init__(self, folder: SweepFolder, point: int, rule: PrecisionTable, horizon: float, whole: set[int]) -> None:
        self._layout, self._folder, self._rule = folder.layout, folder, rule
        self._point, self._horizon, self._whole = point, horizon, whole
        self._hours = np.empty(0, np.float32)
        self._counted = 0
        """Batches that count."""
        self._next = 0
        self._early: dict[int, Rows] = {}
        """Batches that came before their turn."""
        self.settled = False
        self.expected = self._layout.runs
        self._take_in()

    @property
    def runs(self) -> int:
        return len(self._hours)

    @property
    def wanted(self) -> int:
        return self._layout.number(self._point, self._counted)

    def next(self, eager: bool) -> int | None:
        guessed = -(-self.expected // self._layout.shard_runs) if eager and self._counted else self._counted + 1
        while self._next < min(guessed, self._layout.batches):
            number = self._layout.number(self._point, self._next)
            self._next += 1
            if number not in self._whole:
                return number
        return None

    def accept(self, number: int, rows: Rows) -> None:
        if self.settled:
            return
        self._early[number] = rows
        self._take_in()

    def _take_in(self) -> None:
        """Count the batches that are there, in order."""
        while not self.settled:
            number = self.wanted
            if number in self._early:
                rows = self._early.pop(number)
                self._folder.write(number, rows)
                hours = rows["collapse_hour"]
            elif number in self._whole:
                hours = self._folder.read([number], ["collapse_hour"])["collapse_hour"].to_numpy()
            else:
                return
            self._hours = np.concatenate([self._hours, np.asarray(hours, np.float32)])
            self._counted += 1
            self._next = max(self._next, self._counted)
            self._judge()

    def _judge(self) -> None:
        most = self._layout.runs
        half = half_width(self._rule, self._hours, self._horizon)
        self.settled = half <= self._rule.half_width or self.runs >= most
        # The width falls with the root of the number of runs.
        needed = self.runs * min((half / self._rule.half_width) ** 2, 1e9)
        self.expected = self.runs if self.settled else int(min(max(needed, self.runs + 1), most))
        if self.settled:
            self._early.clear()


def half_width(rule: PrecisionTable, hours: Floats | np.ndarray, horizon: float) -> float:
    """Half the 95 % interval of a precision's measure over some runs; infinite where it has no end.

    Args:
        rule: names the measure.
        hours: (runs,) of collapse, NaN where not reached.
        horizon: hours.
    """
    if rule.measure == "share_collapsed":
        _, low, high = share_by(hours, horizon if rule.day is None else 24 * rule.day)
        return (high - low) / 2
    if rule.measure == "median_hours":
        _, first, last = median(hours, horizon)
        if len(hours) >= 6 and first is None:
            return 0.0  # beyond the horizon for sure: more runs would tell no more
        return np.inf if first is None or last is None else (last - first) / 2
    times = np.fmin(hours, horizon)
    return float(Z * times.std(ddof=1) / np.sqrt(len(times))) if len(times) > 1 else np.inf
