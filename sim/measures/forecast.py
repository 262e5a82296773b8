"""What somebody said beforehand, scored: chances of a time, as a hundred equally likely dots.

A forecast is given as points (hour, chance that it has come by then). Between two points the chance
grows evenly, from 0 at the hour at which it was given; what is left after the last point is "not
within the horizon". Lower scores are better. Gneiting & Raftery, JASA 102 (2007).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.measures.falls import crps
from sim.measures.times import Floats, reached

DOTS = 100


def dots(points: Sequence[tuple[float, float]], since: float = 0.0, many: int = DOTS) -> Floats:
    """(dot,) equally likely hours, sorted; inf for those after the last point.

    Args:
        points: (hour, chance by then), finite; hours rise and are above `since`, chances never fall.
        since: the hour at which it was given.

    Raises:
        ValueError: the points are none of a forecast.
    """
    hours = np.array([since, *(hour for hour, _ in points)], dtype=np.float64)
    chances = np.array([0.0, *(chance for _, chance in points)], dtype=np.float64)
    finite = np.isfinite([hours, chances]).all()
    if not points or not finite or (np.diff(hours) <= 0).any() or (np.diff(chances) < 0).any() or chances[-1] > 1:
        raise ValueError("hours must rise, and chances from 0 to 1 must never fall")
    levels = (np.arange(many) + 0.5) / many
    after = np.searchsorted(chances, levels, side="left")
    found = np.full(many, np.inf)
    within = after < len(chances)
    high, low = after[within], after[within] - 1
    way = (levels[within] - chances[low]) / (chances[high] - chances[low])
    found[within] = hours[low] + way * (hours[high] - hours[low])
    return found


def brier(chance: float, happened: bool) -> float:
    """(p − 1[happened])², of the chance given to it (Brier 1950)."""
    return (chance - happened) ** 2


def expected_brier(chance: float, share: float) -> float:
    """The mean Brier score over runs, in this share of which it happens."""
    return share * brier(chance, True) + (1 - share) * brier(chance, False)


def expected_crps(forecast: npt.ArrayLike, times: npt.ArrayLike, horizon: float) -> float:
    """The mean over runs of the CRPS [h] of a forecast (equally likely hours) for each run's time.

    Least for a forecast that has the distribution of `times` itself.
    """
    hours, counts = np.unique(np.minimum(reached(times), horizon), return_counts=True)
    scores = [crps(forecast, float(hour), horizon) for hour in hours]
    return float(np.average(scores, weights=counts))
