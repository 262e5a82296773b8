"""Many dicts of the same form as one compact table: sim/page/table.js unpacks it.

Each number or list of numbers at one path through all dicts becomes a column: its values one
dict after another, little-endian, deflated (zlib), in base64. Numbers stay exact unless `steps` gives their
path a step; they are then whole multiples of it, in the smallest unsigned type that holds
them, whose largest value stands for None. Lists may differ in length from dict to dict.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zlib import compress

import numpy as np
from numpy.typing import NDArray

EXACT = "f8"
TYPES = ("u1", "u2", "u4")


def pack(dicts: Sequence[Mapping[str, Any]], steps: Mapping[str, float]) -> dict[str, Any]:
    """The table of these dicts.

    Args:
        steps: path, such as "strength.p5", to the step of its values.

    Raises:
        ValueError: a value that its step cannot hold, dicts of different form, or a path that none has.
    """
    leaves = [dict(_leaves(each)) for each in dicts]
    if any(each.keys() != leaves[0].keys() for each in leaves) or not steps.keys() <= leaves[0].keys():
        raise ValueError("the dicts of a table need the same form, and a step a path in it")
    columns = {path: _column([each[path] for each in leaves], steps.get(path)) for path in leaves[0]}
    return {"rows": len(dicts), "columns": columns}


def size(table: Mapping[str, Any]) -> int:
    """How many bytes a table's data take in a page."""
    return sum(len(column["data"]) for column in table["columns"].values())


def _leaves(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _leaves(inner, f"{prefix}{name}.")
        else:
            yield prefix + name, inner


def _column(values: list[Any], step: float | None) -> dict[str, Any]:
    """One column: its type and step, the lengths of its lists (null for plain numbers), and its data."""
    arrays = [np.asarray(value, dtype=np.float64).ravel() for value in values]
    sizes = [array.size for array in arrays]
    alike = sizes[0] if len(set(sizes)) == 1 else sizes
    plain = np.ndim(values[0]) == 0
    type_, data = _typed(np.concatenate(arrays), step)
    return {"type": type_, "step": step, "length": None if plain else alike, "data": _text(data)}


def _typed(numbers: NDArray[np.float64], step: float | None) -> tuple[str, NDArray[Any]]:
    if step is None:
        return EXACT, numbers.astype("<f8")
    whole = np.rint(numbers / step)
    most = np.nanmax(whole, initial=0)
    if np.nanmin(whole, initial=0) < 0:
        raise ValueError("a step is for numbers from 0 up")
    for type_ in TYPES:
        missing = np.iinfo(type_).max
        if most < missing:
            return type_, np.where(np.isnan(whole), missing, whole).astype(f"<{type_}")
    raise ValueError(f"{most:g} steps of {step:g} are too many")


def _text(data: NDArray[Any]) -> str:
    return b64encode(compress(data.tobytes(), 9)).decode("ascii")
