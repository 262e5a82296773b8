"""What the engine asks of a simulator, and what it says if it gets something else."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from hashlib import sha256
from json import dumps
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.results import ResultError
from sim.versions import versions as of_model

Floats = NDArray[np.float64]


class CalibrationError(ResultError):
    """What the engine was given, or what lies on the disk, does not fit; the message says where and what."""


class Simulator(Protocol):
    """Many simulations in one call: (row, parameter) in natural units -> (row, summary), finite.

    Simulation `first_row + i` draws its dice from its own number, so that it has the same
    bits whatever else is in the batch. What was not reached is a summary of its own, never NaN.
    """

    def __call__(self, theta: Floats, first_row: int, /) -> Floats: ...


def simulate(simulator: Simulator, theta: Floats, first_row: int, names: Sequence[str]) -> Floats:
    """(row, summary) of these simulations.

    Raises:
        CalibrationError: another shape, or a value that is not finite, with the row and the summary.
    """
    found = np.ascontiguousarray(simulator(theta, first_row), dtype=np.float64)
    if found.shape != (len(theta), len(names)):
        raise CalibrationError(
            f"simulations from row {first_row}: the simulator gave {found.shape}, not {(len(theta), len(names))}"
        )
    if not np.isfinite(found).all():
        row, column = np.argwhere(~np.isfinite(found))[0].tolist()
        raise CalibrationError(
            f"simulation {first_row + row}: summary {names[column]!r} is {found[row, column]}; "
            "summaries are finite (say in one of their own what was not reached)"
        )
    return found


def versions() -> dict[str, str]:
    """What made a table or a posterior: packages, and the model's own source."""
    return {"python": platform.python_version()} | of_model()


def digest(value: Mapping[str, Any]) -> str:
    """SHA-256 of plain values, whatever the order of their names."""
    return sha256(dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False).encode()).hexdigest()
