"""Whom a unit compares itself with: its group, or those it is tied to.

Sparse sums: their order is fixed, and the same in any batch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sim.state import FLOAT

Floats = NDArray[np.float32]


class Comrades:
    """Mean over the other members of each unit's group."""

    def __init__(self, group: NDArray[np.intp]) -> None:
        self._group = group
        size = np.bincount(group) if len(group) else np.zeros(0, np.intp)
        shape = (len(size), len(group))
        self._sum = sparse.csr_array((np.ones(len(group)), (group, np.arange(len(group)))), shape=shape)
        self._per_comrade = (1.0 / np.maximum(size - 1, 1))[group][:, None]
        self._alone = (size == 1)[group]

    def mean(self, seen: NDArray[np.float64], instead: Floats) -> Floats:
        """(unit, run); `instead` for a unit that is alone in its group."""
        mean: Floats = (((self._sum @ seen)[self._group] - seen) * self._per_comrade).astype(FLOAT)
        mean[self._alone] = instead[self._alone]
        return mean


class Tied:
    """Mean over those whom each unit is tied to."""

    def __init__(self, ties: NDArray[np.intp], units: int) -> None:
        sees, _ = ties
        number = np.bincount(sees, minlength=units)
        self._mean = sparse.csr_array((1.0 / number[sees], tuple(ties)), shape=(units, units))
        self._alone = number == 0

    def mean(self, seen: NDArray[np.float64], instead: Floats) -> Floats:
        """(unit, run); `instead` for a unit without ties."""
        mean: Floats = (self._mean @ seen).astype(FLOAT)
        mean[self._alone] = instead[self._alone]
        return mean
