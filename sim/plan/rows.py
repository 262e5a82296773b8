"""What the parts of a plan share: array types and how lists become arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.randomness import stable_hash
from sim.state import FLOAT

Ints = NDArray[np.intp]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
RowsOf = dict[str, dict[str, int]]
"""kind of thing -> id -> row"""


def floats(values: Any) -> Floats:
    """The values as an array of float32 array."""
    return np.array(list(values), dtype=FLOAT)


def ints(values: Any) -> Ints:
    """The values as an array of row numbers."""
    return np.array(list(values), dtype=np.intp)


def flags(values: Any) -> Flags:
    """The values as an array of booleans."""
    return np.array(list(values), dtype=bool)


def hashes(kind: str, ids: Any) -> NDArray[np.uint64]:
    """The values as an array of stable hashes of ids of one kind."""
    return np.array([stable_hash(kind, i) for i in ids], dtype=np.uint64)
