"""When the cascade sets in, run by run, and how long it lasts.

A cascade is a row of breaks of host units with no pause longer than
`sim.recording.CASCADE_GAP_HOURS`: while it lasts, each break is followed by another. Its
onset is its first break. That is a measure by pauses: it does not say which break caused
which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.measures.times import quantiles

if TYPE_CHECKING:
    from sim.results import Result

COLUMNS = ("cascade_hour", "cascade_end_hour", "largest_cascade", "breaks", "collapse_hour")
QUANTILES = (0.05, 0.5, 0.95)


class Cascade(NamedTuple):
    """A row of breaks: hour of the first and of the last, and how many units."""

    start: float
    end: float
    units: int


def largest_cascade(hours: npt.ArrayLike, gap: float) -> Cascade | None:
    """The largest cascade among these break hours [h], the earliest of equal ones; None without a break.

    Args:
        hours: one per unit that broke, in any order.
        gap: breaks with no longer pause between them belong together [h].
    """
    at = np.sort(np.asarray(hours, dtype=np.float64))
    if not at.size:
        return None
    rows = np.split(at, np.flatnonzero(np.diff(at) > gap) + 1)
    largest = max(rows, key=len)  # the first of equal ones
    return Cascade(float(largest[0]), float(largest[-1]), len(largest))


def cascades(result: Result) -> pd.DataFrame:
    """The largest cascade of each run; a row per run, in order of run.

    Columns: `onset` (hour of its first break; NaN if no unit broke), `end` (hour of its last
    break), `duration` (hours between them), `units`, `part` (of the units that broke in the
    run), `lead` (hours from the onset to the collapse; negative if that came first, NaN if it
    did not come).
    """
    return cascades_of(result.outcomes(list(COLUMNS)))


def cascades_of(outcomes: pd.DataFrame) -> pd.DataFrame:
    """The same from rows of outcomes with the columns `COLUMNS`."""
    onset, end = (outcomes[name].astype(float) for name in ("cascade_hour", "cascade_end_hour"))
    units, breaks = outcomes["largest_cascade"], outcomes["breaks"]
    return pd.DataFrame({
        "onset": onset,
        "end": end,
        "duration": end - onset,
        "units": units.astype(int),
        "part": (units / breaks.where(breaks > 0)).astype(float),
        "lead": outcomes["collapse_hour"].astype(float) - onset,
    })  # fmt: skip


def timing(table: pd.DataFrame) -> dict[str, Any]:
    """When the cascade in the table of `cascades` begins and ends, over all runs: hours, None where not reached.

    `none` is the share of runs without one; a quantile counts them as later than all others.
    """
    hours = {f"{name}_hours": quantiles(table[name], QUANTILES) for name in ("onset", "end")}
    told = {name: dict(zip(map(str, QUANTILES), found, strict=True)) for name, found in hours.items()}
    return {"none": float(table["onset"].isna().mean()), **told}
