"""Proper scores of predictions for what was held out; lower is better in all of them.

Gneiting & Raftery, Journal of the American Statistical Association 102 (2007). The Brier score is in
`sim.measures.forecast`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calibration.weighted import ess


def crps(sample: ArrayLike, observed: float, weights: ArrayLike | None = None) -> float:
    """Continuous ranked probability score of a weighted predictive sample, in its unit of measure.

    E|X − y| − ½ E|X − X′| = ∫ (F(x) − 1[x ≥ y])² dx. Where times are censored, censor sample and
    observation at the horizon first.
    """
    x, w = _sample(sample, weights)
    order = np.argsort(x, kind="stable")
    x, w = x[order], w[order]
    cumulated = np.cumsum(w)
    within = 2 * float((w * x * (2 * cumulated - w - 1)).sum())  # E|X − X′|
    return float((w * np.abs(x - observed)).sum()) - within / 2


def probability(holds: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Share of a predictive sample in which something holds, never 0 or 1.

    (h + ½)/(n + 1) with h of n effective draws (Jeffreys): a finite sample does not know that
    something is impossible.
    """
    x, w = _sample(holds, weights)
    many = ess(w)
    return (many * float((w * (x != 0)).sum()) + 0.5) / (many + 1)


def log_score(p: float, happened: bool = True) -> float:
    """−log of the probability given to what happened (Good 1952); inf where that is 0."""
    given = p if happened else 1 - p
    return -float(np.log(given)) if given > 0 else float("inf")


def _sample(values: ArrayLike, weights: ArrayLike | None) -> tuple[np.ndarray, np.ndarray]:
    x = np.asarray(values, dtype=np.float64).ravel()
    w = np.ones(x.size) if weights is None else np.asarray(weights, dtype=np.float64).ravel()
    if x.size == 0 or w.shape != x.shape or not np.isfinite(x).all() or (w < 0).any() or not w.sum() > 0:
        raise ValueError("a score needs a finite sample, and a weight for each of it")
    return x, w / w.sum()
