"""A reference table on the disk: draws from the prior, simulated, in shards that can be taken up again.

    table.json                        what it is: prior, simulator, seed, names, versions
    shards/shard-00000.parquet ...    row, the parameters in natural units, the summaries
    checksums/shard-00000.sha256 ...  as `sha256sum -c` reads them

A shard is written under a temporary name, synced and renamed, and then its checksum. One
that is missing, cut off or changed is simulated again. A row has the same bits in any
table with the same prior, simulator and seed, so a table may grow later.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from calibration.priors import Prior
from calibration.simulator import CalibrationError, Floats, Simulator, simulate, versions
from sim.atomic import PART, write_bytes, write_text

FORMAT = 1
FILE, SHARDS, CHECKSUMS = "table.json", "shards", "checksums"
SHARD_ROWS = 5000

Progress = Callable[[int, int], object]
"""Called with (rows done, rows to do)."""


@dataclass(frozen=True)
class ReferenceTable:
    """A whole table in memory.

    Attributes:
        prior: what the rows were drawn from.
        theta: (row, parameter) in natural units.
        summaries: (row, summary).
        summary_names: (summary,).
        provenance: what lies in table.json.
    """

    prior: Prior
    theta: Floats
    summaries: Floats
    summary_names: tuple[str, ...]
    provenance: dict[str, Any]

    @property
    def z(self) -> Floats:
        """(row, parameter) in probit space."""
        return self.prior.to_probit(self.theta)

    @classmethod
    def open(cls, folder: str | Path) -> ReferenceTable:
        """Read a table.

        Raises:
            CalibrationError: it is none, or not complete, or a shard cannot be read.
        """
        told = _told(Path(folder))
        shards = _Shards(Path(folder), told)
        missing = shards.missing()
        if missing:
            raise CalibrationError(
                f"{folder}: {len(missing)} of {shards.many} shards are missing; build it with resume"
            )
        rows = pa.concat_tables([pq.read_table(shards.path(number)) for number in range(shards.many)])
        prior, names = Prior.from_dict(told["prior"]), tuple(told["summaries"])
        return cls(prior, _columns(rows, prior.names), _columns(rows, names), names, told)


def build(
    folder: str | Path,
    prior: Prior,
    simulator: Simulator,
    *,
    rows: int,
    seed: int,
    summary_names: Sequence[str],
    identity: Mapping[str, Any],
    shard_rows: int = SHARD_ROWS,
    resume: bool = False,
    on_progress: Progress | None = None,
) -> ReferenceTable:
    """Draw from the prior and simulate, shard by shard; what is there already stays.

    Stopped at any moment, even by kill -9, it goes on with `resume` to the same bytes.

    Args:
        folder: where it lies; a new one unless `resume`.
        prior: what to draw from.
        simulator: called once for each shard.
        rows: simulations; more than before makes a table longer.
        seed: of the draws from the prior. Simulations have their own dice, by row.
        summary_names: of the simulator's columns.
        identity: plain values that tell this simulator from another: hashes of scenarios, its seed.
        shard_rows: simulations in one call and one file.
        resume: go on with a table that is there.
        on_progress: called after every shard.

    Raises:
        CalibrationError: the folder exists, or holds another table, or the simulator misbehaves.
    """
    folder = Path(folder)
    told = _description(prior, rows, seed, summary_names, identity, shard_rows)
    if (folder / FILE).exists() and resume:
        _require(folder, told)
    elif folder.exists():
        raise CalibrationError(
            f"{folder} exists; {'it is no reference table' if resume else 'resume, or take another folder'}"
        )
    for place in (SHARDS, CHECKSUMS):
        (folder / place).mkdir(parents=True, exist_ok=True)
    _write_description(folder, told)
    shards = _Shards(folder, told)
    missing = shards.missing()
    done = rows - sum(len(shards.rows(number)) for number in missing)
    for number in missing:
        span = shards.rows(number)
        theta = prior.draw(span, seed)
        shards.write(number, theta, simulate(simulator, theta, span.start, summary_names))
        done += len(span)
        if on_progress is not None:
            on_progress(done, rows)
    for part in (part for place in ("", SHARDS, CHECKSUMS) for part in (folder / place).glob(f".*{PART}")):
        part.unlink(missing_ok=True)  # half written by a process that was killed
    return ReferenceTable.open(folder)


def _description(
    prior: Prior, rows: int, seed: int, summary_names: Sequence[str], identity: Mapping[str, Any], shard_rows: int
) -> dict[str, Any]:
    names = ["row", *prior.names, *summary_names]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise CalibrationError(f"a table has a column for each name; twice: {', '.join(twice)}")
    if rows < 1 or shard_rows < 1:
        raise CalibrationError(f"a table needs rows, and rows in a shard: {rows} and {shard_rows}")
    return {
        "format": FORMAT,
        "rows": rows,
        "shard_rows": shard_rows,
        "seed": seed,
        "summaries": list(summary_names),
        "simulator": dict(identity),
        "prior_sha256": prior.sha256,
        "prior": prior.as_dict(),
        "versions": versions(),
    }


def _write_description(folder: Path, told: Mapping[str, Any]) -> None:
    write_text(folder / FILE, json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def _told(folder: Path) -> dict[str, Any]:
    """What table.json says."""
    try:
        told: dict[str, Any] = json.loads((folder / FILE).read_text("utf-8"))
        told["rows"], told["shard_rows"], told["summaries"], told["prior"]["ranges"]
    except FileNotFoundError:
        raise CalibrationError(f"{folder}: not a reference table ({FILE} is missing)") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CalibrationError(f"{folder / FILE}: cannot be read ({type(error).__name__})") from error
    return told


def _require(folder: Path, told: dict[str, Any]) -> None:
    """The folder holds this table, or the beginning of it."""
    there, here = _told(folder), json.loads(json.dumps(told))
    differ = [name for name in here if name != "rows" and there.get(name) != here[name]]
    if there["rows"] > here["rows"]:
        differ.append("rows (a table is never made shorter)")
    if differ:
        raise CalibrationError(f"{folder} holds another table, and is left as it is. What differs: {', '.join(differ)}")


class _Shards:
    """The files of a table."""

    def __init__(self, folder: Path, told: Mapping[str, Any]) -> None:
        self._folder, self._rows, self._each = folder, int(told["rows"]), int(told["shard_rows"])
        self._names = ["row", *(each["name"] for each in told["prior"]["ranges"]), *told["summaries"]]
        self.many = -(-self._rows // self._each)

    def rows(self, number: int) -> range:
        return range(number * self._each, min((number + 1) * self._each, self._rows))

    def path(self, number: int) -> Path:
        return self._folder / SHARDS / f"shard-{number:05d}.parquet"

    def write(self, number: int, theta: Floats, summaries: Floats) -> None:
        values = [np.array(self.rows(number)), *theta.T, *summaries.T]
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table(dict(zip(self._names, values, strict=True))), sink, compression="zstd")
        data = sink.getvalue().to_pybytes()
        write_bytes(self.path(number), data)
        write_text(self._checksum(number), f"{sha256(data).hexdigest()}  {SHARDS}/{self.path(number).name}\n")

    def missing(self) -> list[int]:
        return [number for number in range(self.many) if not self._is_whole(number)]

    def _checksum(self, number: int) -> Path:
        return self._folder / CHECKSUMS / f"shard-{number:05d}.sha256"

    def _is_whole(self, number: int) -> bool:
        """Whether a shard is there, has its checksum, and all its rows: the last one of a table that grew has not."""
        try:
            told = self._checksum(number).read_text("utf-8").split()[0]
            data = self.path(number).read_bytes()
            rows = pq.read_metadata(pa.BufferReader(data)).num_rows
        except (OSError, ValueError, IndexError, pa.ArrowException):
            return False
        return sha256(data).hexdigest() == told and rows == len(self.rows(number))


def _columns(rows: pa.Table, names: Sequence[str]) -> Floats:
    """(row, name) of some columns."""
    return np.stack([rows[name].to_numpy() for name in names], axis=1)
