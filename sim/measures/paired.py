"""Two versions of a scenario on the same dice: run r of the one and run r of the other are a pair.

Times are hours since the start, one per run; NaN means "not reached". What both versions
share cancels within a pair, so a difference is known far better than from as many
independent runs (common random numbers: Law, Simulation Modeling and Analysis, ch. 11).
A positive shift means later in the variant.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from sim.measures.times import CONFIDENCE, Bools, Floats, Z, median, within
from sim.state import Status

BECAME = ("earlier", "same", "later", "prevented", "caused")
"""What becomes of a run in the variant: see `became`."""


@dataclass(frozen=True)
class Shift:
    """Variant minus base [h], mean and median over pairs, each with its 95 % interval.

    NaN where there are too few runs for an interval: two for the mean, six for the median.
    """

    mean: float
    low: float
    high: float
    median: float
    median_low: float
    median_high: float


@dataclass(frozen=True)
class SurvivalDifference:
    """Share of runs not yet there, variant minus base: from each of `hours` (the first is 0) to the next."""

    hours: Floats
    difference: Floats
    low: Floats
    high: Floats
    standard_error: Floats


def paired(base: npt.ArrayLike, variant: npt.ArrayLike, horizon: float) -> tuple[Floats, Floats]:
    """Both arrays of times, none above the horizon; +inf where not reached within it.

    Raises:
        ValueError: no run, or not as many on both sides.
    """
    sides = [np.asarray(times, dtype=np.float64).ravel() for times in (base, variant)]
    if sides[0].shape != sides[1].shape or sides[0].size == 0:
        raise ValueError(f"pairs need the same runs on both sides: {sides[0].size} and {sides[1].size}")
    first, second = (np.where(within(hours, horizon), np.minimum(hours, horizon), inf) for hours in sides)
    return first, second


def shift(base: npt.ArrayLike, variant: npt.ArrayLike, horizon: float) -> Shift:
    """Paired shift of min(T, horizon): a run that does not get there counts as the horizon.

    The interval of the mean is Student's t on the differences; that of the median lies
    between order statistics of the differences (`times.median`).
    """
    differences = _differences(base, variant, horizon)
    n, mean = differences.size, float(differences.mean())
    half = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2)) * _spread(differences) / sqrt(n) if n > 1 else nan
    _, low, high = median(differences, inf)
    return Shift(mean, mean - half, mean + half, float(np.median(differences)),
                 nan if low is None else low, nan if high is None else high)  # fmt: skip


def became(base: npt.ArrayLike, variant: npt.ArrayLike, horizon: float) -> dict[str, Bools]:
    """What becomes of each run in the variant: (run,) flags, of which each run has exactly one.

    `prevented`: reached in the base only. `caused`: in the variant only. `same`: at the same
    hour, or in neither.
    """
    first, second = paired(base, variant, horizon)
    there, then = np.isfinite(first), np.isfinite(second)
    return {
        "earlier": there & then & (second < first),
        "same": first == second,
        "later": there & then & (second > first),
        "prevented": there & ~then,
        "caused": ~there & then,
    }


def survival_difference(base: npt.ArrayLike, variant: npt.ArrayLike, horizon: float) -> SurvivalDifference:
    """Difference of the survival curves at every hour at which one of them falls.

    With b and c the runs in which only the base, or only the variant, is there: the standard
    error is that of a mean of paired indicators, sqrt((b + c − (b − c)²/n)/(n(n − 1))), NaN
    for a single run. The pointwise 95 % band adds half a run to each of the four cells, so
    that it does not vanish where all runs agree (Agresti & Min, Statistics in Medicine 2005).
    """
    first, second = paired(base, variant, horizon)
    n = first.size
    hours = np.unique(np.concatenate([[0.0], first[np.isfinite(first)], second[np.isfinite(second)]]))
    start, end = np.minimum(first, second), np.maximum(first, second)

    def alone(which: Bools) -> Floats:
        """Runs in which only this side is there, at each of `hours`."""
        began, ended = (np.searchsorted(np.sort(at[which]), hours, side="right") for at in (start, end))
        return np.asarray(began - ended, dtype=np.float64)

    b, c = alone(first < second), alone(second < first)
    error = np.sqrt((b + c - (b - c) ** 2 / n) / (n * (n - 1))) if n > 1 else np.full(hours.size, nan)
    centre = (b - c) / (n + 2)
    half = Z * np.sqrt(b + c + 1 - (b - c) ** 2 / (n + 2)) / (n + 2)
    return SurvivalDifference(
        hours, (b - c) / n, np.maximum(centre - half, -1.0), np.minimum(centre + half, 1.0), error
    )


def independent_runs(base: npt.ArrayLike, variant: npt.ArrayLike, horizon: float) -> float:
    """Runs a side that independent dice would need to know the mean shift as precisely as these pairs.

    runs × (var(base) + var(variant)) / var(variant − base), of min(T, horizon). Infinite where
    all pairs differ by the same; NaN where nothing varies at all, and for a single run.
    """
    first, second = (np.minimum(side, horizon) for side in paired(base, variant, horizon))
    apart = _spread(first) ** 2 + _spread(second) ** 2
    together = _spread(second - first) ** 2
    if first.size < 2 or apart == together == 0:
        return nan
    return inf if together == 0 else first.size * apart / together


def flips(base: npt.NDArray[np.int8], variant: npt.NDArray[np.int8]) -> npt.NDArray[np.int64]:
    """(unit, status, status) counts of runs by final status in the base and in the variant.

    Args:
        base, variant: (unit, run) final statuses. Counts of several blocks of runs add up.

    Raises:
        ValueError: other shapes.
    """
    if base.shape != variant.shape or base.ndim != 2:
        raise ValueError(f"fates need the same units and runs on both sides: {base.shape} and {variant.shape}")
    many = len(Status)
    cell = (np.arange(len(base))[:, None] * many + base) * many + variant
    return np.bincount(cell.ravel(), minlength=len(base) * many**2).reshape(-1, many, many)


def _differences(base: npt.ArrayLike, variant: npt.ArrayLike, horizon: float) -> Floats:
    first, second = paired(base, variant, horizon)
    return np.asarray(np.minimum(second, horizon) - np.minimum(first, horizon))


def _spread(values: Floats) -> float:
    """Standard deviation of a sample; exactly 0 where all are equal, whatever the rounding of their mean."""
    return float(values.std(ddof=1)) if values.size > 1 and np.ptp(values) > 0 else 0.0
