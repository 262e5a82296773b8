"""Rejection: of many simulations from the prior, those nearest to the observation.

Pritchard et al., Molecular Biology and Evolution 16 (1999); the weights are Beaumont et
al.'s, Genetics 162 (2002). Alone it is honest only with many simulations and few summaries;
`calibration.regression` corrects for what a tolerance leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.kernels import COMPACT, Kernel, log_kernel
from calibration.simulator import CalibrationError, Floats

Distance = Callable[[Floats, Floats], Floats]
"""(simulation, summary), (summary,) observed -> (simulation,) distances, not negative."""

MAD_TO_SD = 1.4826
"""A normal sample's standard deviation over its median absolute deviation."""


@dataclass(frozen=True)
class ScaledEuclid:
    """√Σ_k ((s_k − o_k)/scale_k)²; a summary with scale inf does not count."""

    scale: Floats

    @classmethod
    def of(cls, summaries: Floats) -> ScaledEuclid:
        """Scaled by the spread over the prior of each of (simulation, summary)."""
        return cls(spread(summaries))

    def __call__(self, summaries: Floats, observed: Floats) -> Floats:
        return np.asarray(np.sqrt(np.square((summaries - observed) / self.scale).sum(axis=1)))


def measure(distance: Distance, summaries: Floats, observed: Floats) -> Floats:
    """(simulation,) distances, a fresh array.

    Raises:
        CalibrationError: another shape, or one that is negative or not finite.
    """
    found = np.array(distance(summaries, observed), dtype=np.float64)
    if found.shape != (len(summaries),):
        raise CalibrationError(f"the distance gave {found.shape}, not ({len(summaries)},)")
    if not (wrong := np.flatnonzero(~((found >= 0) & (found < np.inf)))).size:
        return found
    raise CalibrationError(f"distances are finite and not negative; that of simulation {wrong[0]} is {found[wrong[0]]}")


def spread(summaries: Floats) -> Floats:
    """(summary,) median absolute deviation as a standard deviation.

    Where more than half of the simulations share a value, as with "never fell", that is 0,
    and the standard deviation takes its place; inf where all of them do.
    """
    centre = np.median(summaries, axis=0)
    found = MAD_TO_SD * np.median(np.abs(summaries - centre), axis=0)
    found = np.where(found > 0, found, summaries.std(axis=0))
    return np.where(np.ptp(summaries, axis=0) > 0, found, np.inf)


@dataclass(frozen=True)
class Accepted:
    """What rejection keeps, the nearest first.

    Attributes:
        rows: (kept,) numbers of the simulations.
        distances, weights: (kept,); weights sum to 1.
        tolerance: of the kernel.
    """

    rows: NDArray[np.intp]
    distances: Floats
    weights: Floats
    tolerance: float


def reject(distances: Floats, keep: int, kernel: Kernel = "epanechnikov", tolerance: float | None = None) -> Accepted:
    """The `keep` nearest simulations, weighted by their distance.

    Args:
        distances: (simulation,); inf for one that is not to be used.
        keep: at most so many, those with weight; of equal distances the lower row comes first.
        kernel: uniform and epanechnikov take the distance of the first one left out as their
            tolerance; for gaussian and exponential, `tolerance` must be given.
        tolerance: of the kernel.

    Raises:
        CalibrationError: fewer simulations than that, or none within the tolerance.
    """
    usable = int(np.isfinite(distances).sum())
    if not 1 <= keep < usable:
        raise CalibrationError(f"keep must be from 1 to {usable - 1}, one below the number of simulations, not {keep}")
    if tolerance is None and kernel not in COMPACT:
        raise CalibrationError(f"the {kernel} kernel needs a tolerance")
    nearest = np.argpartition(distances, keep)[: keep + 1]
    edge = float(distances[nearest[-1]])
    rows = np.flatnonzero(distances <= edge)  # ascending, with all ties, whatever the order of the partition
    rows = rows[np.argsort(distances[rows], kind="stable")][:keep]
    width = edge if tolerance is None else tolerance
    if tolerance is None and distances[rows[0]] >= edge:  # as near as the first left out, all of them
        return Accepted(rows, distances[rows], np.full(keep, 1 / keep), width)
    logs = log_kernel(kernel, distances[rows], width)
    if logs[0] == -np.inf:
        raise CalibrationError(
            f"no simulation lies within {width:g} of the observation; the nearest is at {distances[rows[0]]:g}"
        )
    weights = np.exp(logs - logs[0])
    there = weights > 0
    return Accepted(rows[there], distances[rows][there], weights[there] / weights.sum(), width)
