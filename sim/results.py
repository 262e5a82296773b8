"""What lies on disk after a run, and how to read it.

The folder is described in docs/architecture.md. Shards are written to a temporary name,
synced and renamed, so that a shard that is there is whole.
"""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any
from weakref import finalize

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.atomic import write_text, write_whole
from sim.block import simulate_block
from sim.plan import Plan, make_plan
from sim.recording import STRENGTH_BINS, Counts, statuses_of, ticks
from sim.rules.quit import Terms
from sim.scenario.resolved import Resolved
from sim.state import Status
from sim.versions import versions

FORMAT = 1


class ResultError(ValueError):
    """A folder that cannot be read as a result."""


MOST_NAMED = 4
"""Folders that a message names."""


def missing(folder: Path, what: str, file: str) -> ResultError:
    """What to say where a path does not lead to `what`, since `file` is not in it; names what could be meant."""
    if not folder.exists():
        wrong = "no such folder"
    elif not folder.is_dir():
        wrong = f"is a file, not {what}"
    else:
        wrong = f"not {what} ({file} is missing)"
    inside = sorted(str(path.parent) for path in folder.glob(f"*/{file}"))
    more = f" and {len(inside) - MOST_NAMED} more" if len(inside) > MOST_NAMED else ""
    named = f"name one that it holds: {', '.join(inside[:MOST_NAMED])}{more}"
    return ResultError(f"{folder}: {wrong}; {named if inside else 'rout results lists what there is'}")


@dataclass(frozen=True)
class Trajectory:
    """The history of one run. Rows are ordered as the resolved scenario's units and places."""

    run: int
    hours: NDArray[np.float64]
    """(tick,)"""
    status: NDArray[np.int8]
    """(unit, tick)"""
    place_of: NDArray[np.int16]
    """(unit, tick) row of the place where the unit is, or set out from"""
    control: NDArray[np.int8]
    """(place, tick) row of `controllers`"""
    men: NDArray[np.float32]
    """(unit, tick)"""
    strength: NDArray[np.float32]
    """(tick,) effective host strength as a share of its start"""
    controllers: tuple[str, ...]

    @classmethod
    def of(cls, plan: Plan, run: int, arrays: dict[str, NDArray[Any]]) -> Trajectory:
        """From a track's arrays, (tick, ...)."""
        return cls(
            run=run,
            hours=ticks(plan),
            status=arrays["status"].T,
            place_of=arrays["place_of"].T,
            control=arrays["control"].T,
            men=arrays["men"].T,
            strength=arrays["strength"],
            controllers=plan.controllers,
        )


class Folder:
    """A result folder being written. Use `create` in a `with`: a failure leaves what is whole."""

    def __init__(self, path: Path | str, *, temporary: bool = False) -> None:
        self.path = Path(path)
        self._temporary = temporary

    @classmethod
    def create(cls, out: str | Path | None, resolved: Resolved) -> Folder:
        """A new folder with the resolved scenario in it; None makes a temporary one.

        Raises:
            FileExistsError: it exists already.
        """
        path = Path(tempfile.mkdtemp(prefix="rout-")) / resolved.name if out is None else Path(out)
        path.mkdir(parents=True, exist_ok=False)
        folder = cls(path, temporary=out is None)
        (path / "outcomes").mkdir()
        folder._write_text("resolved.json", resolved.model_dump_json(indent=1))
        return folder

    def __enter__(self) -> Folder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Nothing written at all: leave no empty shell behind.
        if kind is not None and self._temporary:
            shutil.rmtree(self.path.parent, ignore_errors=True)
        elif kind is not None and not any((self.path / "outcomes").glob("shard-*.parquet")):
            shutil.rmtree(self.path, ignore_errors=True)

    def write_provenance(self, *, started: float, **facts: Any) -> None:
        """Who made this: versions, platform, scenario hash, and the given facts."""
        resolved = (self.path / "resolved.json").read_bytes()
        self._write_json("provenance.json", provenance(resolved, started, **facts) | {"complete": False})

    def write_shard(self, shard: int, columns: dict[str, NDArray[Any]]) -> None:
        """Outcome rows of one shard, whole or not at all."""
        # Said, not guessed: a column of words that is empty in one shard has the same type in all.
        types = {name: pa.string() for name, values in columns.items() if values.dtype == object}
        table = pa.table({name: pa.array(values, types.get(name)) for name, values in columns.items()})
        path = self.path / "outcomes" / f"shard-{shard:05d}.parquet"
        write_whole(path, lambda temporary: pq.write_table(table, temporary, compression="zstd"))

    def prepare_trajectories(self, plan: Plan, runs: int) -> None:
        """Preallocate trajectories.zarr, so that workers only fill their own part."""
        import zarr

        units, places, many = len(plan.units.ids), len(plan.places.ids), len(ticks(plan))
        root = zarr.open_group(self.path / "trajectories.zarr", mode="w")
        shapes = {
            "status": ("i1", "unit"),
            "place_of": ("i2", "unit"),
            "control": ("i1", "place"),
            "men": ("f4", "unit"),
            "strength": ("f4", ""),
        }
        size = {"unit": units, "place": places}
        for name, (dtype, axis) in shapes.items():
            last = (size[axis],) if axis else ()
            root.create_array(
                name,
                shape=(runs, many, *last),
                chunks=(min(runs, 50), many, *last),
                dtype=dtype,
                dimension_names=("run", "hour", *((axis,) if axis else ())),
            )
        for name, values in {"hour": ticks(plan), "unit": plan.units.ids, "place": plan.places.ids}.items():
            data = np.asarray(values) if name == "hour" else np.asarray(values, dtype=np.dtypes.StringDType())
            root.create_array(name, data=data, dimension_names=(name,))

    def write_trajectories(self, first: int, arrays: dict[str, NDArray[Any]]) -> None:
        """Fill in the histories of consecutive runs."""
        import zarr

        root: Any = zarr.open_group(self.path / "trajectories.zarr", mode="r+")
        for name, values in arrays.items():
            root[name][first : first + len(values)] = values

    def finish(self, plan: Plan, counts: Counts, *, runs: int, seconds: float) -> None:
        """Write the tables that add up over runs, and mark the result as complete."""
        hours = ticks(plan)
        statuses = [s.label for s in Status]
        tick, bin_ = np.nonzero(counts.strength)
        self._write_table(
            "strength.parquet",
            {
                "hour": hours[tick],
                "share": bin_ / STRENGTH_BINS,
                "bin": bin_,
                "runs": counts.strength[tick, bin_],
            },
        )
        self._write_table(
            "fates.parquet",
            {
                "hour": np.repeat(hours, len(statuses)),
                "status": np.tile(statuses, len(hours)),
                "men": counts.fate_men.ravel() / runs,
                "units": counts.fate_units.ravel() / runs,
            },
        )
        unit, status = np.nonzero(counts.final)
        self._write_table(
            "units.parquet",
            {
                "unit": np.array(plan.units.ids)[unit],
                "status": np.array(statuses)[status],
                "runs": counts.final[unit, status],
            },
        )
        self._write_table(
            "breaks.parquet",
            {
                "unit": np.array(plan.units.ids),
                "first_breaks": counts.first_breaks,
                "breaks": counts.breaks,
                **{term: counts.reasons[:, i] for i, term in enumerate(Terms._fields)},
            },
        )
        provenance = json.loads((self.path / "provenance.json").read_text())
        unit_steps = runs * plan.steps * len(plan.units.ids)
        provenance |= {"complete": True, "seconds": round(seconds, 3), "unit_steps": unit_steps}
        self._write_json("provenance.json", provenance)

    def result(self) -> Result:
        """The finished result; a temporary folder goes with it."""
        result = Result(self.path)
        if self._temporary:
            finalize(result, shutil.rmtree, self.path.parent, ignore_errors=True)
        return result

    def _write_table(self, name: str, columns: dict[str, Any]) -> None:
        write_whole(self.path / name, lambda path: pq.write_table(pa.table(columns), path, compression="zstd"))

    def _write_json(self, name: str, value: Any) -> None:
        self._write_text(name, json.dumps(value, indent=1))

    def _write_text(self, name: str, text: str) -> None:
        write_text(self.path / name, text + "\n")


def shards_of(folder: Path) -> list[Path]:
    """The files of outcome rows in a result folder, in order of run."""
    return sorted((folder / "outcomes").glob("shard-*.parquet"), key=lambda path: (len(path.name), path.name))


def provenance(resolved: bytes, started: float, **facts: Any) -> dict[str, Any]:
    """The given facts, and what made this: hashes of the resolved scenario and the model, versions, platform, time."""
    return {
        "format": FORMAT,
        **facts,
        "scenario_sha256": sha256(resolved).hexdigest(),
        "versions": versions("pandas", "pyarrow") | {"python": platform.python_version()},
        "platform": f"{platform.system()} {platform.machine()} {' '.join(platform.libc_ver())}".strip(),
        "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
    }


class Result:
    """A result folder. Tables are pandas; every file also opens without this package."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._resolved: Resolved | None = None

    @classmethod
    def open(cls, path: str | Path) -> Result:
        """Open a result folder.

        Raises:
            ResultError: it is none, or it is not complete.
        """
        folder = Path(path)
        for name in ("resolved.json", "provenance.json"):
            if not (folder / name).is_file():
                raise missing(folder, "a result folder", name)
        result = cls(folder)
        try:
            complete = result.provenance.get("complete")
        except (OSError, ValueError, AttributeError) as error:
            raise ResultError(f"{folder / 'provenance.json'}: cannot be read ({error})") from error
        if not complete:
            again = "remove it and run its command again, or give another --out"
            raise ResultError(f"{folder}: the run was not finished; {again}")
        return result

    @property
    def resolved(self) -> Resolved:
        """The scenario that was simulated."""
        if self._resolved is None:
            try:
                self._resolved = Resolved.model_validate_json((self.path / "resolved.json").read_text("utf-8"))
            except (OSError, ValueError) as error:
                raise ResultError(f"{self.path / 'resolved.json'}: cannot be read ({type(error).__name__})") from error
        return self._resolved

    @property
    def provenance(self) -> dict[str, Any]:
        """Seed, runs, versions, platform, command."""
        facts: dict[str, Any] = json.loads((self.path / "provenance.json").read_text("utf-8"))
        return facts

    @property
    def runs(self) -> int:
        return int(self.provenance["runs"])

    @property
    def seed(self) -> int:
        return int(self.provenance["seed"])

    @property
    def hours(self) -> float:
        """The horizon [h]."""
        return self.resolved.days * 24

    def outcomes(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """One row per run, in order of run; only these columns if given (memory!)."""
        return pd.concat(self._shards(columns), ignore_index=True)

    def final_statuses(self) -> Iterator[NDArray[np.int8]]:
        """(unit, run) `Status` at the end of the runs of one shard after another; units as in `resolved.units`."""
        for rows in self._shards(["final_status"]):
            yield statuses_of(rows["final_status"].tolist())

    def _shards(self, columns: Sequence[str] | None) -> Iterator[pd.DataFrame]:
        for shard in shards_of(self.path):
            try:
                yield pd.read_parquet(shard, columns=None if columns is None else list(columns))
            except (OSError, ValueError, pa.ArrowException) as error:
                raise ResultError(f"{self.path / 'outcomes'}: a shard cannot be read ({error})") from error

    def strength(self) -> pd.DataFrame:
        """Histogram of effective strength: hour, share, bin, runs."""
        return self._table("strength")

    def fates(self) -> pd.DataFrame:
        """Means over runs: hour, status, men, units."""
        return self._table("fates")

    def units(self) -> pd.DataFrame:
        """Final statuses: unit, status, runs."""
        return self._table("units")

    def breaks(self) -> pd.DataFrame:
        """Per unit: first_breaks, breaks, and how often each term of the quit index was the largest."""
        return self._table("breaks")

    def replay(self, run: int) -> Trajectory:
        """The history of one run, simulated again from resolved.json.

        Raises:
            ValueError: there is no such run.
        """
        if not 0 <= run < self.runs:
            raise ValueError(f"run {run} is not among the {self.runs} runs of this result")
        plan = make_plan(self.resolved)
        recorder = simulate_block(plan, self.seed, np.array([run], np.uint64), track=True)
        assert recorder.track is not None
        return Trajectory.of(plan, run, {name: a[0] for name, a in recorder.track.arrays().items()})

    def _table(self, name: str) -> pd.DataFrame:
        try:
            return pd.read_parquet(self.path / f"{name}.parquet")
        except (OSError, ValueError, pa.ArrowException) as error:
            raise ResultError(f"{self.path / name}.parquet: cannot be read ({error})") from error
