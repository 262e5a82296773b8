"""What a fit predicts of each row of evidence, beside what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.checks.scores import crps
from calibration.evidence import Evidence
from calibration.observation import CAP, Observation
from calibration.simulator import Floats
from calibration.weighted import quantiles

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def by_event(observation: Observation, summaries: Floats, weights: Floats | None = None) -> pd.DataFrame:
    """One row per evidence, fitted or held out, of (run, summary) predicted.

    Columns: `case`, `kind`, `use`; `documented_low`, `documented_high` (NaN: never came);
    `came`, the share of runs in which it came (NaN where that is no question); `low`,
    `lower`, `median`, `upper`, `high`, the 5, 25, 50, 75 and 95 % points; `met`, whether the
    5-95 % range and the documented window share a point, or for what never came whether at
    least half of the runs agree; `crps` against the middle of the window; `score`,
    −log mean exp(−½ e²) with the row's misfit e (docs/calibration.md), 0 at best. Days,
    log10 men for counts.
    """
    import pandas as pd

    weights = np.full(len(summaries), 1 / len(summaries)) if weights is None else weights
    misfit = observation.misfit(summaries, observation.observed)
    rows: dict[str, dict[str, Any]] = {}
    for number, part in enumerate(observation.parts):
        if part.name == part.row.id:
            rows[part.row.id] = _dated(part.row, summaries[:, number], weights, part.observed, part.half)
        else:
            rows[part.row.id]["came"] = float(np.average(summaries[:, number], weights=weights))
    for name, row in rows.items():
        mine = [i for i, part in enumerate(observation.parts) if part.row.id == name]
        squares = sum(observation.parts[i].weight * misfit[:, i] ** 2 for i in mine)
        row["score"] = float(-np.log(np.average(np.exp(-0.5 * np.minimum(squares, CAP**2)), weights=weights)))
        if np.isnan(row["documented_low"]):
            row["met"] = row["came"] <= 0.5
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("event")


def _dated(row: Evidence, values: Floats, weights: Floats, observed: float, half: float) -> dict[str, Any]:
    low, lower, median, upper, high = quantiles(values, weights, LEVELS)
    documented = (np.nan, np.nan) if row.never else (observed - half, observed + half)
    return {
        "case": row.case,
        "kind": row.kind,
        "use": row.use,
        "documented_low": documented[0],
        "documented_high": documented[1],
        "came": np.nan,
        "low": low,
        "lower": lower,
        "median": median,
        "upper": upper,
        "high": high,
        "met": bool(low <= observed + half and high >= observed - half),
        "crps": crps(values, observed, weights),
        "score": np.nan,
    }


def totals(events: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Per use (fit, held_out) and per case within it: rows, share met, mean score."""
    found: dict[str, dict[str, float]] = {}
    for keys in (["use"], ["use", "case"]):
        for key, part in events.groupby(keys):
            name = " ".join(map(str, key)) if isinstance(key, tuple) else str(key)
            found[name] = {"rows": len(part), "met": float(part["met"].mean()), "score": float(part["score"].mean())}
    return found
