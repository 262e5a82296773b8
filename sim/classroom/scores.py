"""How well the teams foresaw it: their sealed forecasts against the lived run, and against all runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.classroom.session import Forecast
from sim.measures import share_by
from sim.measures.falls import crps
from sim.measures.forecast import brier, dots, expected_brier, expected_crps

Row = dict[str, Any]


def scores(
    forecasts: Iterable[Forecast], collapse: npt.ArrayLike, run: int, horizon: float, days: Sequence[float]
) -> list[Row]:
    """A row per forecast, by turn and team; all scores are the better the lower.

    Runs that had collapsed when a forecast was sealed do not count, as the team knew that it had not.
    `crps` [h] is that of the lived run; `expected` its mean over those runs, `best` the least that any
    forecast could reach there. `brier` are rows for each day still to come. None where no run is left.

    Args:
        collapse: (run,) hours of what was played to the end, NaN if none.
        run: the lived one.
        horizon: hours.
        days: for the Brier scores.
    """
    hours = np.asarray(collapse, dtype=np.float64)
    ordered = sorted(forecasts, key=lambda each: (each.turn, each.team))
    return [_score(forecast, hours, run, horizon, days) for forecast in ordered]


def _score(forecast: Forecast, hours: npt.NDArray[np.float64], run: int, horizon: float, days: Sequence[float]) -> Row:
    said = dots(forecast.points, forecast.hour)
    row: Row = {**vars(forecast), "runs": 0, "crps": None, "expected": None, "best": None, "brier": []}
    own = hours[run]
    left = hours[~(hours <= forecast.hour)]
    if own <= forecast.hour or not left.size:
        return row
    row |= {
        "runs": int(left.size),
        "crps": crps(said, float(np.nan_to_num(own, nan=np.inf)), horizon),
        "expected": expected_crps(said, left, horizon),
        "best": expected_crps(left, left, horizon),
    }
    for day in days:
        if 24 * day <= forecast.hour:
            continue
        chance, share = share_by(said, 24 * day)[0], share_by(left, 24 * day)[0]
        row["brier"].append({"day": day, "said": chance, "share": share, "score": brier(chance, bool(own <= 24 * day)),
                             "expected": expected_brier(chance, share)})  # fmt: skip
    return row
