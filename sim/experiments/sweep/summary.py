"""What came out at each design point: one row per point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from sim.atomic import write_bytes
from sim.experiments.sweep.folder import SweepFolder, parquet
from sim.measures import NAMED_DAYS, Z, median, restricted_mean, share_by
from sim.measures.times import Floats


def days_of(folder: SweepFolder) -> tuple[float, ...]:
    """The days by which the share of collapsed runs is told: within every horizon, or asked about."""
    shortest = float(folder.horizons.min()) / 24
    asked = folder.precision.day if folder.precision else None
    return tuple(sorted({*(float(day) for day in NAMED_DAYS if day < shortest), *([asked] if asked else [])}))


def summarise(folder: SweepFolder) -> int:
    """Write summary.parquet and summary.csv; returns the number of runs of all points."""
    points, horizons = folder.points, folder.horizons
    days = days_of(folder)
    measured: dict[str, Floats] = {}
    for number, rows in folder.by_point(["collapse_hour"]):
        hours = rows["collapse_hour"].to_numpy(zero_copy_only=False)
        for name, value in _measures(hours, float(horizons[number]), days):
            column = measured.setdefault(name, np.full(len(points), np.nan))
            column[number] = np.nan if value is None else value
    table = points
    for name, column in measured.items():
        whole = pa.array(column.astype(np.int64)) if name == "runs" else pa.array(column, from_pandas=True)
        table = table.append_column(name, whole)
    write_bytes(folder.path / "summary.parquet", parquet(table))
    sink = pa.BufferOutputStream()
    pacsv.write_csv(table, sink)
    write_bytes(folder.path / "summary.csv", sink.getvalue().to_pybytes())
    return int(measured["runs"].sum())


def _measures(hours: Floats, horizon: float, days: Sequence[float]) -> Iterator[tuple[str, float | None]]:
    """(column, value): shares with 95 % intervals (Wilson), median and restricted mean with theirs."""
    yield "runs", len(hours)
    by = [(f"collapsed_by_day_{day:g}", 24 * day) for day in days] + [("collapsed", horizon)]
    for name, hour in by:
        share, low, high = share_by(hours, hour)
        yield from ((name, share), (f"{name}_low", low), (f"{name}_high", high))
    yield from zip(("median_hours", "median_hours_low", "median_hours_high"), median(hours, horizon), strict=True)
    mean = restricted_mean(hours, horizon)
    spread = float(np.fmin(hours, horizon).std(ddof=1)) if len(hours) > 1 else np.nan
    half = Z * spread / np.sqrt(len(hours))
    yield from (
        ("restricted_mean_hours", mean),
        ("restricted_mean_hours_low", max(mean - half, 0)),
        ("restricted_mean_hours_high", min(mean + half, horizon)),
    )
