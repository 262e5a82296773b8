"""The folder in which an experiment is kept."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim.atomic import beside
from sim.results import provenance
from sim.scenario.resolved import Resolved


def write_folder(
    folder: Path,
    resolved: Resolved,
    name: str,
    told: Mapping[str, Any],
    tables: Mapping[str, Mapping[str, Any]],
    *,
    started: float,
    command: str,
) -> None:
    """Write an experiment into a new folder, whole or not at all.

    resolved.json is the scenario as simulated, `name`.json what was `told` with its
    provenance, and each table a Parquet file.

    Raises:
        FileExistsError: the folder exists.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} exists")
    part = beside(folder)
    part.mkdir(parents=True)
    try:
        scenario = resolved.model_dump_json(indent=1) + "\n"
        made = provenance(scenario.encode(), started, command=command)
        (part / "resolved.json").write_text(scenario, encoding="utf-8")
        text = json.dumps({**told, "provenance": made}, ensure_ascii=False, indent=1, allow_nan=False)
        (part / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        for table, columns in tables.items():
            pq.write_table(pa.table(dict(columns)), part / f"{table}.parquet", compression="zstd")
        os.rename(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
