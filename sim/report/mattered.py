"""What mattered: each event left out and each alone, and pairs of them, from all combinations on the same dice."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from sim.measures import became, share_by, shift
from sim.measures.shapley import over_runs
from sim.measures.times import finite

Row = dict[str, Any]


def alone(hours: NDArray[np.float32], horizon: float, days: list[float]) -> list[Row]:
    """For each event: what leaving it out does to the baseline, and what it does where it alone happens.

    `without` and `only` are paired shifts [h], later above 0; `prevented` the share of runs that
    collapse by each of `days` in the baseline and not without the event.

    Args:
        hours: (combination, run) of collapse, NaN if none; event i happens in combination c where c >> i & 1.
        horizon: hours.
        days: for `prevented`.
    """
    full, none = hours[-1], hours[0]
    found = []
    for event in range(_events(hours)):
        left_out = hours[len(hours) - 1 - (1 << event)]
        found.append({
            "event": event,
            "without": _shift(full, left_out, horizon),
            "only": _shift(none, hours[1 << event], horizon),
            "prevented": [_prevented(full, left_out, 24 * day) for day in days],
        })  # fmt: skip
    return found


def pairs(hours: NDArray[np.float32], horizon: float) -> list[Row]:
    """For each pair of events: the mean shift [h] without both, and how far that is from the sum of the two shifts.

    `beyond` above 0: leaving out both gains more than leaving out each alone would together.
    Largest first.
    """
    everything = len(hours) - 1
    held = np.fmin(hours.astype(np.float64), horizon)
    found = []
    for i, j in combinations(range(_events(hours)), 2):
        both = held[everything - (1 << i) - (1 << j)]
        beyond = over_runs(both - held[everything - (1 << i)] - held[everything - (1 << j)] + held[everything])
        found.append({
            "events": [i, j],
            "both": _shift(hours[everything], both, horizon),
            "beyond": {name: finite(float(value)) for name, value in zip(("mean", "low", "high"), beyond, strict=True)},
        })  # fmt: skip
    return sorted(found, key=lambda row: -abs(row["beyond"]["mean"]))


def _events(hours: npt.NDArray[Any]) -> int:
    return len(hours).bit_length() - 1


def _shift(base: npt.ArrayLike, variant: npt.ArrayLike, horizon: float) -> Row:
    return {name: finite(value) for name, value in vars(shift(base, variant, horizon)).items()}


def _prevented(base: npt.ArrayLike, variant: npt.ArrayLike, hour: float) -> Row:
    flags = became(base, variant, hour)["prevented"]
    return dict(zip(("share", "low", "high"), share_by(np.where(flags, 0.0, np.nan), 0.0), strict=True))
