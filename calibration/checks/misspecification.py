"""Whether the model can produce such an observation at all.

Where it cannot, a posterior is still computed, and regression adjustment, which extrapolates,
may mislead (Frazier, Robert & Rousseau, Journal of the Royal Statistical Society B 82, 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from calibration.inference import Inference
from calibration.rejection import measure, spread
from calibration.simulator import CalibrationError, Floats

if TYPE_CHECKING:
    import pandas as pd

NEIGHBOURS = 10


@dataclass(frozen=True)
class Misspecification:
    """How far the observation lies from the prior predictive distribution.

    Attributes:
        distance: mean distance of the observation to its nearest simulations.
        typical: (pseudo-observation,) the same for rows of the table.
        farther: share of them that lie farther out, (1 + number)/(1 + all): small is bad.
        summaries: a row per summary: `observed`; `low`, `median`, `high` (2.5, 50, 97.5 %) of the
            prior predictive; `z`, the difference to the median in its spread (inf where no
            simulation has another value than one that was not observed); `below`, share of
            simulations below plus half of those that tie; `possible`, whether the observed value
            lies within all that was simulated.
    """

    distance: float
    typical: Floats
    farther: float
    summaries: pd.DataFrame


def misspecification(
    infer: Inference,
    observed: Floats,
    names: tuple[str, ...],
    rows: NDArray[np.intp],
    neighbours: int = NEIGHBOURS,
) -> Misspecification:
    """Compare the observation's distance to the table with that of some of its rows (`checks.trials.random_rows`).

    Raises:
        CalibrationError: fewer rows than neighbours.
    """
    if not 1 <= neighbours < len(infer.z):
        raise CalibrationError(f"{neighbours} neighbours in a table of {len(infer.z)} rows")
    distance = _nearest(infer, observed, None, neighbours)
    typical = np.array([_nearest(infer, infer.summaries[row], row, neighbours) for row in rows.tolist()])
    farther = (1 + int((typical >= distance).sum())) / (1 + len(typical))
    return Misspecification(distance, typical, farther, _by_summary(infer.summaries, observed, names))


def _nearest(infer: Inference, observed: Floats, without: int | None, neighbours: int) -> float:
    distances = measure(infer.distance, infer.summaries, observed)
    if without is not None:
        distances[without] = np.inf
    return float(np.partition(distances, neighbours - 1)[:neighbours].mean())


def _by_summary(summaries: Floats, observed: Floats, names: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    low, median, high = np.quantile(summaries, [0.025, 0.5, 0.975], axis=0)
    scale = spread(summaries)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(np.isfinite(scale), (observed - median) / scale, np.where(observed == median, 0.0, np.inf))
    columns = {
        "observed": observed,
        "low": low,
        "median": median,
        "high": high,
        "z": z,
        "below": (summaries < observed).mean(axis=0) + (summaries == observed).mean(axis=0) / 2,
        "possible": (summaries.min(axis=0) <= observed) & (observed <= summaries.max(axis=0)),
    }
    return pd.DataFrame(columns, index=pd.Index(names, name="summary"))
