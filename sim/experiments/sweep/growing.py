"""A finished sweep with more runs at each point: only those that it lacks are simulated.

The larger sweep grows in a folder inside the old one, which stays whole meanwhile, and takes
its place in the end. Its rows and its files are those of a sweep begun with that number.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sim.experiments.sweep.folder import CHECKSUMS, LOCK, OUTCOMES, SweepFolder, as_json, table_of
from sim.experiments.sweep.shards import Shard
from sim.experiments.sweep.sweep import Sweep
from sim.experiments.sweep.workers import Rows
from sim.results import ResultError

PROVENANCE = "provenance.json"
LAST = (CHECKSUMS, PROVENANCE)
"""Of the files of a sweep, what makes it whole and complete."""
MORE = "more"
"""The folder inside that of a finished sweep in which it grows."""


def has_more_runs(sweep: Sweep, folder: SweepFolder) -> bool:
    """Whether a sweep is that of the folder with more runs at each point, and nothing else."""
    there, here = folder.explicit, json.loads(as_json(sweep.explicit))
    apart = {name for name in {**there, **here} if there.get(name) != here.get(name)}
    return sweep.precision is None and apart <= {"runs", "shards"} and here["runs"] > there["runs"]


class GrowingFolder(SweepFolder):
    """The larger sweep, inside the folder of the one that it extends."""

    def __init__(self, before: SweepFolder, explicit: dict[str, Any]) -> None:
        super().__init__(before.path / MORE, explicit)
        self.before = before

    @classmethod
    def inside(cls, before: SweepFolder, sweep: Sweep, command: str) -> GrowingFolder:
        """Begin to extend a sweep, or go on.

        Raises:
            ResultError: it is not finished, or is being extended to another number of runs.
        """
        path = before.path / MORE
        if not path.exists():
            if not before.provenance["complete"]:
                raise ResultError(
                    f"{before.path} is not finished, and takes no more runs before it is: go on with "
                    f"{before.explicit['runs']} first"
                )
            SweepFolder.create(path, sweep, command)
        explicit = SweepFolder.open(path).explicit
        if explicit["runs"] != sweep.runs:
            raise ResultError(
                f"{before.path} is being extended to {explicit['runs']} runs, not {sweep.runs}: go on with that number "
                f"first, or remove {path}"
            )
        growing = cls(before, explicit)
        growing.require(sweep)
        return growing

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self.before.alone(), super().alone():
            yield

    def lacking(self, number: int) -> Shard:
        """The runs of a shard that the old sweep has not."""
        shard, there = self.layout.shard(number), self.before.layout.runs
        first = min(max(shard.first, there), shard.first + shard.runs)
        return replace(shard, first=first, runs=shard.first + shard.runs - first)

    def carry_over(self) -> None:
        """Write the shards of which the old sweep has every run."""
        for number in range(self.layout.shards):
            if not self.lacking(number).runs and not self.is_whole(number):
                self.write_table(number, self._earlier(number))

    def write(self, number: int, rows: Rows) -> None:
        """A shard, whole or not at all: the runs that it lacked after those of the old sweep, point by point."""
        whole = table_of(rows)
        if self.lacking(number) != self.layout.shard(number):
            whole = pa.concat_tables([self._earlier(number), whole])
        ordered = whole.sort_by([("design_point", "ascending"), ("run", "ascending")])
        self.write_table(number, ordered.combine_chunks())

    def _earlier(self, number: int) -> pa.Table:
        """The rows of a shard that the old sweep has."""
        shard, old = self.layout.shard(number), self.before.layout
        last = shard.first + shard.runs
        points = pc.field("design_point").isin(list(shard.points))
        runs = (pc.field("run") >= shard.first) & (pc.field("run") < last)
        numbers = [
            n for n in old.of_points(shard.points[0], shard.points[-1])
            if old.shard(n).first < last and old.shard(n).first + old.shard(n).runs > shard.first
        ]  # fmt: skip
        return self.before.read(numbers).filter(points & runs)

    def take_place(self) -> SweepFolder:
        """Replace the old sweep. Stopped on the way, `settled` goes on with it."""
        old = self.before.path
        with self.alone():
            self.before.note(complete=False)
            # Without checksums no shard is there: none of the one sweep is taken for one of the other.
            for name in (CHECKSUMS, OUTCOMES):
                if (self.path / name).exists():
                    shutil.rmtree(old / name, ignore_errors=True)
            for path in sorted(self.path.iterdir(), key=_turn):
                if not path.name.startswith(LOCK):
                    os.rename(path, old / path.name)
            shutil.rmtree(self.path)
        return SweepFolder.open(old)


def _turn(path: Path) -> int:
    """When a file takes its place."""
    return LAST.index(path.name) if path.name in LAST else -1


def settled(path: Path) -> SweepFolder:
    """The folder of a sweep; one that was stopped while it took the place of a smaller one has taken it."""
    folder, more = SweepFolder.open(path), path / MORE
    if more.is_dir() and (left := list(more.iterdir())) and all(each.name.startswith(LOCK) for each in left):
        shutil.rmtree(more)  # stopped at the very end: all of it has taken its place
    try:
        done = json.loads((more / PROVENANCE).read_text("utf-8"))["complete"]
    except (OSError, ValueError, KeyError, TypeError):
        return folder
    if not done:
        return folder
    return GrowingFolder(folder, folder.explicit).take_place()
