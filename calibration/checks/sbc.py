"""Simulation-based calibration: over the prior, truth and posterior draws must be alike.

If θ is drawn from the prior, an observation simulated from it, and a posterior made, then the
place of θ in its posterior is uniform (Cook, Gelman & Rubin 2006; Talts et al. 2018). The
empirical distribution of the places is compared to the diagonal with bands that hold all of
it at once (Säilynoja, Bürkner & Vehtari, Statistics and Computing 32, 2022):

    N F(x_i) ~ Binomial(N, x_i) at points x_i = i/K; the pointwise level γ is chosen so that
    all points lie inside with the wanted probability

which is computed exactly, as N F is a Markov chain over the points. An ∩-shaped difference
means a posterior that lies too high; an S-shape, below then above, one too wide; the
reverse, one too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlog1py, xlogy
from scipy.stats import binom

from calibration.checks.trials import Trials
from calibration.simulator import CalibrationError, Floats

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.95
FEWEST = 300
"""Pseudo-observations with which a miss of a few points of coverage shows."""
MOST_POINTS = 100


@dataclass(frozen=True)
class Calibration:
    """Distributions of the places, and their bands.

    Attributes:
        names: (parameter,).
        trials: how many.
        points: (point,).
        shares: (parameter, point) of the places up to each point.
        low, high: (point,) band that holds all curves of all parameters at once.
        p: (parameter,) chance of a curve that leaves the diagonal so far anywhere, were posteriors right.
        level: of the band.
    """

    names: tuple[str, ...]
    trials: int
    points: Floats
    shares: Floats
    low: Floats
    high: Floats
    p: Floats
    level: float

    @property
    def passed(self) -> bool:
        """Every curve stays in the band."""
        return bool(self.within.all())

    @property
    def within(self) -> NDArray[np.bool_]:
        """(parameter,) whether its curve stays in the band."""
        return np.asarray(((self.shares > self.low - 1e-9) & (self.shares < self.high + 1e-9)).all(axis=1))

    def table(self) -> pd.DataFrame:
        """One row per parameter.

        Columns: `p`; `inside`, whether its curve stays in the band; `largest`, the difference to
        the diagonal where it is largest, and `at`, where.
        """
        import pandas as pd

        difference = self.shares - self.points
        at = np.abs(difference).argmax(axis=1)
        largest = difference[np.arange(len(at)), at]
        columns = {"p": self.p, "inside": self.within, "largest": largest, "at": self.points[at]}
        return pd.DataFrame(columns, index=pd.Index(self.names, name="parameter"))


def sbc(trials: Trials, level: float = LEVEL) -> Calibration:
    """Whether the truth is spread over its posteriors as it should be.

    Raises:
        CalibrationError: too few trials to say so.
    """
    many = len(trials.rows)
    if many < FEWEST:
        raise CalibrationError(f"simulation-based calibration needs {FEWEST} pseudo-observations, not {many}")
    points = grid(many)
    counts = (trials.places[:, :, None] <= points).sum(axis=0)  # (parameter, point)
    low, high = bands(many, 1 - (1 - level) / len(trials.names))  # Bonferroni over the parameters
    p = np.array([max(0.0, 1 - inside(many, tail)) for tail in _tails(counts, many, points).tolist()])
    return Calibration(trials.names, many, points, counts / many, low / many, high / many, p, level)


def grid(many: int) -> Floats:
    """Points at which so many places are looked at."""
    points = min(many, MOST_POINTS)
    return np.arange(1, points) / points


def bands(many: int, level: float = LEVEL) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(point,) lowest and highest counts of so many uniform places up to each of `grid`, at once at this level."""
    low, high = (1 - level) / (4 * MOST_POINTS), (1 - level) / 2
    for _ in range(20):  # the widest tail that still holds everything with the wanted probability
        middle = np.sqrt(low * high)
        low, high = (middle, high) if inside(many, float(middle)) >= level else (low, middle)
    return _within(many, float(low))


@cache
def inside(many: int, tail: float) -> float:
    """Probability that no count of so many uniform places has a one-sided tail probability of `tail` or less."""
    points = grid(many)
    low, high = _within(many, tail)
    if (low > high).any():
        return 0.0
    steps = np.diff(points, prepend=0.0) / (1 - np.concatenate([[0.0], points[:-1]]))
    states, chance = np.array([0]), np.array([1.0])
    for first, last, step in zip(low.tolist(), high.tolist(), steps.tolist(), strict=True):
        further = np.arange(first, last + 1)
        chance = chance @ _binomial(further[None, :] - states[:, None], many - states[:, None], step)
        states = further
    return float(chance.sum())


def _within(many: int, tail: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lowest and highest counts whose one-sided tail probabilities both exceed `tail`."""
    points = grid(many)
    low = binom.ppf(tail, many, points).astype(np.int64)  # smallest x with P(X ≤ x) ≥ tail
    low += binom.cdf(low, many, points) <= tail
    high = many - binom.ppf(tail, many, 1 - points).astype(np.int64)
    high -= binom.cdf(many - high, many, 1 - points) <= tail
    return low, high


def _tails(counts: NDArray[np.int64], many: int, points: Floats) -> Floats:
    """(parameter,) smallest one-sided tail probability of any count."""
    tails = np.minimum(binom.cdf(counts, many, points), binom.cdf(many - counts, many, 1 - points))
    return np.asarray(tails.min(axis=-1))


def _binomial(hits: NDArray[np.int64], of: NDArray[np.int64], p: float) -> Floats:
    """Probabilities of the binomial law; 0 for impossible numbers of hits."""
    possible = (hits >= 0) & (hits <= of)
    k = np.where(possible, hits, 0)
    logs = gammaln(of + 1) - gammaln(k + 1) - gammaln(of - k + 1) + xlogy(k, p) + xlog1py(of - k, -p)
    return np.where(possible, np.exp(logs), 0.0)
