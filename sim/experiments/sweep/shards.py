"""How the runs of a sweep are cut into shards: what is simulated, written and taken up again as one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """Points × runs in shards of about `shard_runs` rows.

    A point with more runs has several shards; points with few share one. Shards are
    numbered point by point, so that in order of number rows are in order of design_point, run.

    Attributes:
        points, runs: runs per point; at most, where they are taken in turn.
        shard_runs: rows of a shard, or a little fewer.
        in_turn: whether later runs of a point depend on its earlier ones: then a shard has one point.
    """

    points: int
    runs: int
    shard_runs: int
    in_turn: bool = False

    @property
    def batches(self) -> int:
        """Shards of each point."""
        return -(-self.runs // self.shard_runs)

    @property
    def together(self) -> int:
        """Points that share a shard."""
        return 1 if self.in_turn or self.batches > 1 else max(1, self.shard_runs // self.runs)

    @property
    def groups(self) -> int:
        return -(-self.points // self.together)

    @property
    def shards(self) -> int:
        return self.groups * self.batches

    def number(self, group: int, batch: int) -> int:
        return group * self.batches + batch

    def shard(self, number: int) -> Shard:
        group, batch = divmod(number, self.batches)
        first = group * self.together
        start = batch * self.shard_runs
        points = range(first, min(first + self.together, self.points))
        return Shard(number, points, start, min(self.shard_runs, self.runs - start))

    def part(self, index: int, of: int) -> list[int]:
        """Numbers of the shards that job `index` (from 1) of an array of jobs does."""
        return [n for n in range(self.shards) if (n // self.batches if self.in_turn else n) % of == index - 1]

    def of_points(self, first: int, last: int) -> Iterator[int]:
        """Numbers of the shards with runs of these points, the last one included."""
        for group in range(first // self.together, last // self.together + 1):
            yield from range(self.number(group, 0), self.number(group, self.batches))


@dataclass(frozen=True)
class Shard:
    """Runs `first` to `first + runs` of each of some consecutive design points."""

    number: int
    points: range
    first: int
    runs: int

    @property
    def rows(self) -> int:
        return len(self.points) * self.runs
