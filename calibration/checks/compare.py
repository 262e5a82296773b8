"""One posterior beside another; one model's scores beside another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import gaussian_kde

from calibration.dice import Purpose, dice
from calibration.inference import Draws
from calibration.simulator import CalibrationError, Floats
from calibration.weighted import covariance, mean

if TYPE_CHECKING:
    import pandas as pd

RESAMPLES = 4000
GRID = 400


def compare_draws(unadjusted: Draws, adjusted: Draws, names: tuple[str, ...]) -> pd.DataFrame:
    """What the adjustment did to each parameter, in probit space.

    Columns: `shift`, adjusted minus unadjusted mean in unadjusted standard deviations;
    `sd_ratio`, adjusted over unadjusted; `overlap`, ∫ min(f, g) of the two densities: 1 the
    same, 0 nothing in common; `outside`, weight of the adjusted draws beyond all unadjusted
    ones, where regression extrapolates.
    """
    import pandas as pd

    centres = [mean(draws.z, draws.weights) for draws in (unadjusted, adjusted)]
    sds = [np.sqrt(np.diag(covariance(draws.z, draws.weights))) for draws in (unadjusted, adjusted)]
    low, high = unadjusted.z.min(axis=0), unadjusted.z.max(axis=0)
    outside = ((adjusted.z < low) | (adjusted.z > high)) * adjusted.weights[:, None]
    columns = {
        "shift": (centres[1] - centres[0]) / sds[0],
        "sd_ratio": sds[1] / sds[0],
        "overlap": [overlap(unadjusted, adjusted, i) for i in range(len(names))],
        "outside": outside.sum(axis=0) / adjusted.weights.sum(),
    }
    return pd.DataFrame(columns, index=pd.Index(names, name="parameter"))


def overlap(one: Draws, other: Draws, parameter: int) -> float:
    """∫ min(f, g) of a parameter's two densities (kernel estimates; Inman & Bradley 1989)."""
    sides = [(draws.z[:, parameter], draws.weights) for draws in (one, other)]
    ends = [f(values) for values, _ in sides for f in (np.min, np.max)]
    margin = 0.25 * (max(ends) - min(ends))
    points = np.linspace(min(ends) - margin, max(ends) + margin, GRID)
    densities = [gaussian_kde(values, weights=weights)(points) for values, weights in sides]
    return float(min(1.0, np.minimum(*densities).sum() * (points[1] - points[0])))


class Difference(NamedTuple):
    """A mean difference with the limits of its 95 % interval."""

    mean: float
    low: float
    high: float


def paired_difference(scores: ArrayLike, others: ArrayLike, seed: int = 0) -> Difference:
    """Mean of scores minus others over the same held-out items, with a bootstrap interval over the items.

    Below 0 the first model is better. With few items the interval is too narrow, and items
    of one episode are not independent: it tells of this record, not of other wars.

    Raises:
        CalibrationError: not the same items, or fewer than two.
    """
    first, second = (np.asarray(side, dtype=np.float64).ravel() for side in (scores, others))
    if first.shape != second.shape or first.size < 2:
        raise CalibrationError(f"scores of the same items are needed, at least two: {first.size} and {second.size}")
    differences: Floats = first - second
    chosen = dice(seed, Purpose.BOOTSTRAP).integers(first.size, size=(RESAMPLES, first.size))
    low, high = np.quantile(differences[chosen].mean(axis=1), [0.025, 0.975])
    return Difference(float(differences.mean()), float(low), float(high))
