"""Times to an event over runs: survival, shares, quantiles, means.

Times are hours since the start of the scenario; NaN means "not reached within the
horizon". A run that never reached it counts in every measure: nothing here is a mean
over runs that did only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from scipy.stats import binom

from sim.state import FLOAT

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

CONFIDENCE = 0.95
Z = float(ndtri(0.5 + CONFIDENCE / 2))


@dataclass(frozen=True)
class Survival:
    """A Kaplan–Meier curve: the value from each of `hours` (the first is 0) to the next."""

    hours: Floats
    survival: Floats
    low: Floats
    high: Floats
    standard_error: Floats
    """Greenwood's; NaN where nobody is left."""
    at_risk: npt.NDArray[np.int64]
    """Just before each hour."""
    events: npt.NDArray[np.int64]


def within(times: npt.ArrayLike, horizon: npt.ArrayLike) -> Bools:
    """Whether each time is reached by the horizon; NaN is not.

    In the precision of a run's hours: its last step ends at the horizon rounded to that, which may
    lie a little after the horizon itself.
    """
    return np.asarray(np.asarray(times, FLOAT) <= np.asarray(horizon, FLOAT))


def reached(times: npt.ArrayLike, horizon: float = np.inf) -> Floats:
    """The times sorted, none above the horizon; +inf where not reached within it."""
    hours = np.asarray(times, dtype=np.float64).ravel()
    if hours.size == 0:
        raise ValueError("a measure needs at least one run")
    return np.sort(np.where(within(hours, horizon), np.minimum(hours, horizon), np.inf))


def finite(hours: float) -> float | None:
    return float(hours) if np.isfinite(hours) else None


def share_by(times: npt.ArrayLike, hour: float) -> tuple[float, float, float]:
    """Share of runs that reached it by `hour`, with its 95 % interval (`share_of`)."""
    hours = reached(times, hour)
    return share_of(int(np.isfinite(hours).sum()), hours.size)


def share_of(hits: int, runs: int) -> tuple[float, float, float]:
    """Share of runs, with its 95 % interval (Wilson, JASA 1927)."""
    share = hits / runs
    centre = share + Z**2 / (2 * runs)
    half = Z * sqrt(share * (1 - share) / runs + Z**2 / (4 * runs**2))
    scale = 1 + Z**2 / runs
    low = (centre - half) / scale if share > 0 else 0.0  # exactly, not up to rounding
    return share, low, (centre + half) / scale if share < 1 else 1.0


def survival(times: npt.ArrayLike, horizon: float, observed: npt.ArrayLike | None = None) -> Survival:
    """Kaplan–Meier estimate with 95 % log-log bands (Kalbfleisch & Prentice 1980).

    Args:
        times: (runs,) hours; NaN or beyond the horizon is censored at the horizon.
        horizon: hours.
        observed: (runs,) False where a time is one of censoring; by default all are events.

    Once nobody is left the variance is undefined: the band then runs from 0 to its last upper limit.
    """
    hours = np.asarray(times, dtype=np.float64).ravel()
    event = np.ones(hours.shape, bool) if observed is None else np.asarray(observed, bool).ravel()
    inside = within(hours, horizon)
    event = event & inside
    hours = np.where(inside, np.minimum(hours, horizon), horizon)
    if hours.size == 0:
        raise ValueError("a measure needs at least one run")

    at, events = np.unique(hours[event], return_counts=True)
    at_risk = hours.size - np.searchsorted(np.sort(hours), at, side="left")
    share = np.cumprod(1 - events / at_risk)
    share[at_risk == events] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(events / (at_risk * (at_risk - events)))
        spread = np.exp(Z * np.sqrt(variance) / np.log(share))  # below 1, since log(share) < 0
        low, high = share ** (1 / spread), share**spread
        error = share * np.sqrt(variance)
    if share.size and share[-1] == 0:
        low[-1], high[-1] = 0.0, high[-2] if share.size > 1 else 1.0
        error[-1] = np.nan

    def start(first: float, rest: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.concatenate([np.array([first], dtype=rest.dtype), rest])

    return Survival(start(0, at), start(1, share), start(1, low), start(1, high), start(0, error),
                    start(hours.size, at_risk), start(0, events))  # fmt: skip


def quantiles(times: npt.ArrayLike, probabilities: Sequence[float]) -> list[float | None]:
    """For each probability, the hour by which at least that share of runs had reached it.

    Inverse of the empirical distribution; a run that did not reach it counts as +inf, and
    None stands for a quantile there.
    """
    hours = reached(times)
    # Without the slack, .07 * 100 would round up to rank 8.
    ranks = [max(1, ceil(p * hours.size - 1e-9)) for p in probabilities]
    return [finite(hours[rank - 1]) for rank in ranks]


def median(times: npt.ArrayLike, horizon: float) -> tuple[float | None, float | None, float | None]:
    """Median and its 95 % interval between order statistics, which assumes no distribution.

    The ranks l and n + 1 − l, with l the largest for which P(Binomial(n, ½) < l) ≤ 2.5 %.
    None where not reached within the horizon; both limits are None below six runs, where
    no such ranks exist.
    """
    hours = reached(times, horizon)
    n = hours.size
    below = np.flatnonzero(binom.cdf(np.arange(n), n, 0.5) <= (1 - CONFIDENCE) / 2)
    middle = quantiles(hours, [0.5])[0]
    if below.size == 0:
        return middle, None, None
    rank = int(below[-1]) + 1
    return middle, finite(hours[rank - 1]), finite(hours[n - rank])


def restricted_mean(times: npt.ArrayLike, horizon: float) -> float:
    """Mean hours up to the horizon: the area under the survival curve, mean(min(T, horizon))."""
    return float(np.minimum(reached(times), horizon).mean())
