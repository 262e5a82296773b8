"""Statistics of weighted draws: (draw, ...) values with (draw,) weights that need not sum to one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.simulator import Floats


def ess(weights: Floats) -> float:
    """Effective sample size, (Σw)²/Σw² (Kish 1965); 0 without any weight."""
    total = float(weights.sum())
    return total**2 / float((weights**2).sum()) if total > 0 else 0.0


def mean(values: Floats, weights: Floats) -> Floats:
    """Weighted mean over the first axis."""
    return np.asarray(np.average(values, axis=0, weights=weights))


def covariance(values: Floats, weights: Floats) -> Floats:
    """(column, column) weighted covariance of (draw, column) values, as of a whole population."""
    return np.atleast_2d(np.cov(values, rowvar=False, aweights=weights, ddof=0))


def correlation(values: Floats, weights: Floats) -> Floats:
    """(column, column) weighted correlations; 0 with a column that does not vary."""
    found = covariance(values, weights)
    sd = np.sqrt(np.diag(found))
    scale = np.where(sd > 0, sd, np.inf)
    found = found / scale[:, None] / scale[None, :]
    np.fill_diagonal(found, 1.0)
    return found


def quantiles(values: Floats, weights: Floats, levels: ArrayLike) -> Floats:
    """(level, ...) weighted quantiles over the first axis.

    Linear between draws, each draw at the middle of its own weight: with equal weights the
    median is the usual one.
    """
    levels = np.atleast_1d(np.asarray(levels, dtype=np.float64))
    columns = values.reshape(len(values), -1)
    found = np.empty((len(levels), columns.shape[1]))
    for number, column in enumerate(columns.T):
        order = np.argsort(column, kind="stable")
        shares = np.cumsum(weights[order])
        found[:, number] = np.interp(levels, (shares - weights[order] / 2) / shares[-1], column[order])
    return found.reshape(len(levels), *values.shape[1:])


def merged(values: Floats, weights: Floats) -> Floats:
    """Weights of the distinct rows of (draw, column) values: copies of a draw are one draw."""
    _, inverse = np.unique(values, axis=0, return_inverse=True)
    return np.bincount(inverse.ravel(), weights=weights).astype(np.float64)


def systematic(weights: Floats, many: int, place: float) -> NDArray[np.intp]:
    """Ascending indices of `many` draws by systematic resampling (Kitagawa 1996).

    Args:
        weights: (draw,).
        many: how many to draw.
        place: one uniform on [0, 1).
    """
    shares = np.cumsum(weights)
    found = np.searchsorted(shares, shares[-1] * (place + np.arange(many)) / many, side="right")
    last = int(np.flatnonzero(weights)[-1])  # rounding never picks a draw without weight
    return np.asarray(np.minimum(found, last))
