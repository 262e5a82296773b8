"""Reads the table of a page, from the description of its format alone (sim/report/packing.py)."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any
from zlib import decompress

import numpy as np


def data_of(page: Path) -> dict[str, Any]:
    """What is embedded in a page."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    assert found
    return json.loads(found[1])


def row_of(table: dict[str, Any], row: int) -> dict[str, Any]:
    """Path -> number or array in one row of a table; NaN where missing."""
    return {path: value_of(column, row) for path, column in table["columns"].items()}


def value_of(column: dict[str, Any], row: int) -> Any:
    kind = np.dtype(f"<{column['type']}")
    numbers = np.frombuffer(decompress(b64decode(column["data"])), kind)
    length = column["length"]
    if length is None:
        start, end = row, row + 1
    elif isinstance(length, list):
        start, end = sum(length[:row]), sum(length[: row + 1])
    else:
        start, end = row * length, (row + 1) * length
    chosen = numbers[start:end].astype(float)
    if column["step"] is not None:
        chosen = np.where(chosen == np.iinfo(kind).max, np.nan, chosen * column["step"])
    return float(chosen[0]) if length is None else chosen
