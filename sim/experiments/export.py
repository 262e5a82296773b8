"""The rows of a run or a sweep in one file that other programs open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from sim.atomic import write_whole
from sim.experiments.sweep.folder import FILE, SweepFolder, read_table
from sim.results import Result, ResultError, shards_of

FACTS = ("command", "seed", "started", "scenario_sha256", "platform")
"""Of the provenance, what a file keeps as attributes."""


@dataclass(frozen=True)
class Source:
    """Rows on disk.

    Attributes:
        shards: Parquet files, in order of design_point and run.
        points: of a sweep: design_point and the factors; None for a run.
        facts: what is known of how they were made.
    """

    shards: tuple[Path, ...]
    points: pa.Table | None
    facts: dict[str, Any]

    @classmethod
    def open(cls, path: str | Path) -> Source:
        """The rows of a result or a sweep.

        Raises:
            ResultError: it is neither, or not complete.
        """
        folder = Path(path)
        if (folder / FILE).exists():
            sweep = SweepFolder.open(folder)
            points = sweep.summary.select(["design_point", *(factor["name"] for factor in sweep.explicit["factors"])])
            numbers = range(sweep.layout.shards)
            shards = tuple(shard for n in numbers if (shard := sweep.shard(n)).exists())
            return cls(shards, points, sweep.provenance)
        result = Result.open(folder)
        return cls(tuple(shards_of(folder)), None, result.provenance)

    @property
    def schema(self) -> pa.Schema:
        """Of a row; a column that is empty in one shard has the type that it has in another."""
        try:
            schemas = [pq.read_schema(shard).remove_metadata() for shard in self.shards]
            rows = pa.unify_schemas(schemas)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise ResultError(f"{self.shards[0].parent}: a shard cannot be read ({error})") from error
        if self.points is None:
            return rows
        factors = [field for field in self.points.schema.remove_metadata() if field.name != "design_point"]
        return pa.schema([rows.field("design_point"), *factors, *(f for f in rows if f.name != "design_point")])

    def tables(self) -> Iterator[pa.Table]:
        """The rows of one shard after another, each with the values of the factors."""
        schema = self.schema
        for shard in self.shards:
            table = read_table(shard)
            if self.points is not None:
                # Points are numbered from 0 in the order of their table.
                here = self.points.drop_columns(["design_point"]).take(table["design_point"])
                for name in here.column_names:
                    table = table.append_column(name, here[name])
            yield table.select(schema.names).cast(schema)


def to_csv(source: Source, path: Path) -> int:
    """Write a CSV file, one shard in memory at a time; returns the number of rows."""
    rows = 0

    def fill(temporary: Path) -> None:
        nonlocal rows
        with pacsv.CSVWriter(temporary, source.schema) as writer:
            for table in source.tables():
                writer.write_table(table)
                rows += len(table)

    write_whole(path, fill)
    return rows


def to_netcdf(source: Source, path: Path) -> int:
    """Write a NetCDF-3 file: axis run, for a sweep also design_point with a coordinate per factor.

    All of it is in memory at once. Where points have different numbers of runs, those that
    were not simulated are missing. Returns the number of rows.
    """
    table = pa.concat_tables(source.tables())
    data = _by_run(table) if source.points is None else _by_point(table, source.points)
    data.attrs = {name: str(source.facts[name]) for name in FACTS if name in source.facts}
    write_whole(path, lambda temporary: data.to_netcdf(temporary, engine="scipy", format="NETCDF3_64BIT"))
    return len(table)


def _by_run(table: pa.Table) -> Any:
    import xarray as xr

    columns = {name: ("run", _array(table[name])) for name in table.column_names if name != "run"}
    return xr.Dataset(columns, coords={"run": _array(table["run"]).astype(np.int32)})


def _by_point(table: pa.Table, points: pa.Table) -> Any:
    import xarray as xr

    at = table["design_point"].to_numpy(), table["run"].to_numpy()
    shape = (len(points), int(at[1].max()) + 1)
    full = len(table) == shape[0] * shape[1]
    data: dict[str, Any] = {}
    for name in table.column_names:
        if name in points.column_names or name == "run":
            continue
        values = _array(table[name])
        if values.dtype.kind in "iu" and not full:
            values = values.astype(np.float32)  # whole numbers have no "missing"
        empty: Any = "" if values.dtype.kind == "O" else np.nan if values.dtype.kind == "f" else 0
        square = np.full(shape, empty, values.dtype)
        square[at] = values
        data[name] = (("design_point", "run"), square)
    factors = {name: ("design_point", _array(points[name])) for name in points.column_names}
    return xr.Dataset(data, coords={**factors, "run": np.arange(shape[1], dtype=np.int32)})


def _array(column: pa.ChunkedArray) -> Any:
    """Numbers as they are, words without a None, on and off as 1 and 0."""
    if pa.types.is_boolean(column.type):
        return column.cast(pa.int8()).to_numpy() if not column.null_count else column.cast(pa.float32()).to_numpy()
    if pa.types.is_string(column.type) or pa.types.is_null(column.type):
        return np.array(["" if word is None else word for word in column.to_pylist()], dtype=object)
    return column.to_numpy()
