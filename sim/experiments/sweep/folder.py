"""The folder of a sweep: shards with their checksums, what they belong to, and who may write.

A shard is written under a temporary name, synced and renamed, and then its checksum
likewise. A shard without its checksum, or with another, is not there.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.atomic import PART, beside, write_bytes, write_text
from sim.experiments.sweep.file import PrecisionTable
from sim.experiments.sweep.shards import Layout, Shard
from sim.experiments.sweep.sweep import Sweep, cells
from sim.experiments.sweep.workers import Rows
from sim.results import ResultError, missing, provenance

FILE = "sweep.json"
OUTCOMES, CHECKSUMS = "outcomes", "checksums"
LOCK = ".lock"


class BusyError(ResultError):
    """Another process is at work on the folder."""


class SweepFolder:
    """A folder that belongs to one sweep."""

    def __init__(self, path: Path, explicit: dict[str, Any]) -> None:
        self.path = path
        self.explicit = explicit

    @classmethod
    def create(cls, path: Path, sweep: Sweep, command: str) -> SweepFolder:
        """A new folder with all but the shards in it; it is there whole or not at all.

        Raises:
            FileExistsError: it exists.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        part = beside(path)
        part.mkdir()
        try:
            resolved = sweep.bases[0].resolved.model_dump_json(indent=1) + "\n"
            facts = provenance(resolved.encode(), time.time(), kind="sweep", seed=sweep.seed, command=command)
            texts = {
                "sweep.toml": sweep.text,
                "resolved.json": resolved,
                FILE: as_json(sweep.explicit),
                "provenance.json": as_json(facts | {"complete": False}),
                LOCK: "",
            }
            for name, text in texts.items():
                write_text(part / name, text)
            write_bytes(part / "points.parquet", parquet(points_table(sweep)))
            for name in (OUTCOMES, CHECKSUMS):
                (part / name).mkdir()
            if path.exists():
                raise FileExistsError(f"{path} exists")
            os.rename(part, path)
        except OSError as error:
            if path.exists():  # another process of the same sweep was faster
                raise FileExistsError(f"{path} exists") from error
            raise
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return cls(path, sweep.explicit)

    @classmethod
    def open(cls, path: str | Path) -> SweepFolder:
        """The folder of a sweep, complete or not.

        Raises:
            ResultError: it is none.
        """
        path = Path(path)
        try:
            explicit = json.loads((path / FILE).read_text("utf-8"))
            explicit["shards"], explicit["columns"], explicit["versions"]
        except (FileNotFoundError, NotADirectoryError):
            raise missing(path, "the folder of a sweep", FILE) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ResultError(f"{path / FILE}: cannot be read ({type(error).__name__})") from error
        return cls(path, explicit)

    def require(self, sweep: Sweep) -> None:
        """Raises a `ResultError` that says what differs if the folder belongs to another sweep."""
        if found := list(differences(self.explicit, json.loads(as_json(sweep.explicit)))):
            raise ResultError(
                f"{self.path} holds another sweep, and is left as it is. What differs: {'; '.join(found)}. "
                "Give --out another folder."
            )

    @property
    def layout(self) -> Layout:
        told = self.explicit
        return Layout(told["design"]["points"], told["runs"], told["shard_runs"], in_turn=told["precision"] is not None)

    @property
    def precision(self) -> PrecisionTable | None:
        told = self.explicit["precision"]
        return None if told is None else PrecisionTable.model_validate(told)

    @property
    def points(self) -> pa.Table:
        """design_point, horizon_hours, and a column for each factor."""
        return read_table(self.path / "points.parquet")

    @property
    def summary(self) -> pa.Table:
        """A row per design point (docs/sweeps.md).

        Raises:
            ResultError: the sweep is not complete.
        """
        path = self.path / "summary.parquet"
        if not path.exists():
            raise ResultError(f"{self.path}: the sweep is not complete; go on with rout sweep --resume")
        return read_table(path)

    @property
    def horizons(self) -> NDArray[np.float64]:
        """(design_point,) hours."""
        return np.asarray(self.points["horizon_hours"].to_numpy())

    # ---- shards

    def lacking(self, number: int) -> Shard:
        """What must be simulated of a shard that is not there: all of it."""
        return self.layout.shard(number)

    def write(self, number: int, rows: Rows) -> None:
        """A shard, whole or not at all."""
        self.write_table(number, table_of(rows))

    def write_table(self, number: int, rows: pa.Table) -> None:
        """The same of rows as Arrow."""
        data = parquet(rows)
        write_bytes(self.shard(number), data)
        line = f"{sha256(data).hexdigest()}  {OUTCOMES}/{self.shard(number).name}\n"
        write_text(self.checksum(number), line)  # `sha256sum -c` reads it

    def shard(self, number: int) -> Path:
        return self.path / OUTCOMES / f"shard-{number:05d}.parquet"

    def checksum(self, number: int) -> Path:
        return self.path / CHECKSUMS / f"shard-{number:05d}.sha256"

    def is_whole(self, number: int) -> bool:
        """Whether a shard is there and has its checksum."""
        try:
            told = self.checksum(number).read_text("utf-8").split()[0]
            return sha256(self.shard(number).read_bytes()).hexdigest() == told
        except (OSError, ValueError, IndexError):
            return False

    def whole(self, numbers: Iterable[int]) -> set[int]:
        """Those of these shards that are there and whole."""
        return {number for number in numbers if self.is_whole(number)}

    def read(self, numbers: Iterable[int], columns: Sequence[str] | None = None) -> pa.Table:
        """Rows of some shards, in the order given.

        Raises:
            ResultError: one cannot be read.
        """
        return pa.concat_tables([read_table(self.shard(number), columns) for number in numbers])

    def by_point(self, columns: Sequence[str]) -> Iterator[tuple[int, pa.Table]]:
        """(design point, its rows in order of run), one group of points in memory at a time."""
        layout = self.layout
        for group in range(layout.groups):
            numbers = [n for n in range(layout.number(group, 0), layout.number(group + 1, 0)) if self.shard(n).exists()]
            if not numbers:
                continue
            rows = self.read(numbers, ["design_point", *columns])
            points = rows["design_point"].to_numpy()
            for point in np.unique(points):
                yield int(point), rows.filter(points == point).select(list(columns))

    # ---- what else is there

    @property
    def provenance(self) -> dict[str, Any]:
        """Seed, command, versions, platform, whether it is complete."""
        facts: dict[str, Any] = json.loads((self.path / "provenance.json").read_text("utf-8"))
        return facts

    def note(self, **facts: Any) -> None:
        """Change the provenance."""
        write_text(self.path / "provenance.json", as_json(self.provenance | facts))

    def mark_complete(self, runs: int) -> None:
        """All shards are there and whole."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.note(runs=runs, finished=now, complete=True)

    def sweep_up(self) -> None:
        """Remove what a killed process left half written; only with the folder to oneself."""
        for place in (self.path, self.path / OUTCOMES, self.path / CHECKSUMS):
            for part in place.glob(f".*{PART}"):
                part.unlink(missing_ok=True)

    # ---- who may write

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes meanwhile.

        Raises:
            BusyError: somebody does already.
        """
        with self._held(LOCK, fcntl.LOCK_EX):
            yield

    @contextmanager
    def as_part(self, index: int, of: int) -> Iterator[None]:
        """Other parts of an array of jobs may write meanwhile, and nobody else.

        Raises:
            BusyError: this part, or a process that wants the folder to itself, is at work.
        """
        with self._held(LOCK, fcntl.LOCK_SH), self._held(f"{LOCK}-{index}-of-{of}", fcntl.LOCK_EX):
            yield

    @contextmanager
    def _held(self, name: str, how: int) -> Iterator[None]:
        # The kernel gives the lock back when the process ends, however it ends.
        with open(self.path / name, "a", encoding="utf-8") as handle:
            try:
                fcntl.flock(handle, how | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BusyError(
                    f"another process is at work on {self.path}. Wait for it or stop it; "
                    "to share a sweep among processes, give each a --shard."
                ) from None
            except OSError:
                pass  # a file system without locks: two writers write the same bytes, each file at once
            yield


def differences(there: dict[str, Any], here: dict[str, Any], before: str = "") -> Iterator[str]:
    """What two explicit sweeps do not share, in words."""
    keys = [key for key in {**there, **here} if there.get(key) != here.get(key)]
    if not before and len(keys) > 1:
        keys = [key for key in keys if key not in ("points_sha256", "shards", "name")] or keys
    for key in keys:
        old, new = there.get(key), here.get(key)
        if before == "scenarios " and old and new:
            yield f"scenario {key} has changed"
        elif isinstance(old, dict) and isinstance(new, dict):
            yield from differences(old, new, f"{key} ")
        elif key == "points_sha256":
            yield "the design points"
        elif isinstance(old, list) or isinstance(new, list) or max(len(str(old)), len(str(new))) > 60:
            yield f"{before}{key}"
        else:
            yield f"{before}{key} was {_word(old)}, is {_word(new)}"


def _word(value: Any) -> str:
    return "not given" if value is None else str(value)


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """A Parquet file.

    Raises:
        ResultError: it cannot be read.
    """
    try:
        return pq.read_table(path, columns=columns)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ResultError(f"{path}: cannot be read ({error})") from error


def table_of(rows: Rows) -> pa.Table:
    """Rows as Arrow; what was not reached is null."""
    types = {name: pa.string() for name, values in rows.items() if values.dtype == object}
    return pa.table({name: pa.array(values, types.get(name), from_pandas=True) for name, values in rows.items()})


def points_table(sweep: Sweep) -> pa.Table:
    """design_point, the horizon [h], and a column for each factor; null where it is as the scenario has it."""
    columns: dict[str, Any] = {
        "design_point": pa.array(range(len(sweep.rows)), pa.int32()),
        "horizon_hours": pa.array([sweep.horizon(p) for p in range(len(sweep.rows))], pa.float64()),
    }
    for factor, values in zip(sweep.factors, zip(*sweep.rows, strict=True), strict=True):
        columns[factor.name] = _factor_column(cells(values, factor.values))
    return pa.table(columns)


def _factor_column(values: list[Any]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    return pa.array(values, pa.bool_() if kinds == {bool} else pa.string())


def parquet(table: pa.Table) -> bytes:
    """A table as the bytes of a Parquet file: the same for the same table."""
    sink = pa.BufferOutputStream()
    # Hours and names repeat, numbers of men do not; statistics help to find a design point.
    repeated = [f.name for f in table.schema if "men_" not in f.name and "killed" not in f.name]
    keys = [name for name in ("design_point", "run") if name in table.column_names]
    pq.write_table(table, sink, compression="zstd", use_dictionary=repeated, write_statistics=keys or False)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
