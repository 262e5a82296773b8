"""What `rout run` prints and keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measures.falls import falls, order_correlation
from sim.measures.force import first_breaks
from sim.measures.times import finite, median, restricted_mean, share_by

if TYPE_CHECKING:
    from sim.results import Result
    from sim.scenario.resolved import Resolved

LABEL = "conditional on the model and these parameter values, not a forecast"
UNDER = "conditional on the model and the posterior {}, not a forecast"
NAMED_DAYS = (5, 11, 30)
THRESHOLDS = ("capital", "strength_40", "strength_25", "strength_15")
"""Other declared meanings of collapse that `summary` reports: prefixes of `<name>_hour`."""


def label(*versions: Resolved) -> str:
    """What ranges over runs of these versions are conditional on: the parameter values, or the posterior of draws."""
    sources = {version.draws.source for version in versions if version.draws is not None}
    return UNDER.format(" and ".join(sorted(sources))) if sources else LABEL


def summary(result: Result) -> dict[str, Any]:
    """What `rout run --json` prints: plain numbers, strings, lists and dicts; times in hours.

    None stands for "not reached", for a day beyond the horizon, and for what is not documented.
    """
    horizon, resolved = float(result.hours), result.resolved
    times = result.outcomes([*(f"{name}_hour" for name in THRESHOLDS), "collapse_hour"])
    collapse = times["collapse_hour"].to_numpy()
    days = sorted({*range(1, int(horizon / 24) + 1), *NAMED_DAYS})
    shares = {day: share_by(collapse, 24 * day) if 24 * day <= horizon else None for day in days}
    middle, low, high = median(collapse, horizon)
    table = falls(result)
    known = table[table["inside"].notna()]
    return {
        "scenario": resolved.name,
        "note": label(resolved),
        "runs": int(result.runs),
        "seed": result.provenance.get("seed"),
        "days": horizon / 24,
        "step_hours": resolved.step_hours,
        "collapse_share": {str(day): share and share[0] for day, share in shares.items()},
        "collapse_share_interval": {str(day): share and list(share[1:]) for day, share in shares.items()},
        "median_hours": {"median": middle, "low": low, "high": high},
        "restricted_mean_hours": restricted_mean(collapse, horizon),
        "thresholds": {
            name: {"share": share_by(times[f"{name}_hour"], horizon)[0],
                   "median_hours": median(times[f"{name}_hour"], horizon)[0]}
            for name in THRESHOLDS
        },
        "first_breaks": first_breaks(result),
        "places": {row["place"]: _place(row) for row in table.to_dict("records")},
        "order": order_correlation(table),
        "coverage": {"inside": int(known["inside"].sum()), "documented": len(known)},
        "crps_hours": {name: finite(known[column].mean())
                       for name, column in (("model", "crps"), ("constant_hazard", "crps_constant"))},
    }  # fmt: skip


def _place(row: dict[Any, Any]) -> dict[str, Any]:
    window = [row["documented_from"], row["documented_to"]]
    return {
        "documented": None if np.isnan(window[0]) else window,
        "documented_held": row["held"],
        "simulated": [finite(row[p]) for p in ("p5", "p50", "p95")],
        "share_fallen": row["share_fallen"],
        "width_hours": finite(row["width"]),
        "crps_hours": {"model": finite(row["crps"]), "constant_hazard": finite(row["crps_constant"])},
    }
