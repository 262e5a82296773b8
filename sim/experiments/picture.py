"""What a page shows of one version of a scenario: its runs, and its pairs with the baseline.

A picture is a dict of numbers and lists that can be sent as JSON (None: not reached). The report
embeds one for every combination of its events, a server may make one when it is asked; the
page reads both alike (sim/page/result.js). Its numbers are those of `sim.measures`, and those
that `rout compare` prints of the same two versions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from sim.ensemble import outcomes
from sim.experiments.what_if import collapse_day
from sim.kernels.choice import Wanted
from sim.measures import (
    NAMED_DAYS,
    became,
    median,
    quantiles,
    quantiles_of_bins,
    share_by,
    shift,
    survival,
    survival_difference,
)
from sim.measures.times import finite
from sim.plan import Plan
from sim.recording import Counts, no_counts
from sim.scenario.resolved import Resolved

DOTS = 20
"""Dots of the time to collapse; each stands for 5 of 100 runs."""
STRENGTH = {"p5": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
BINS = 120
"""Bins of the shift on either side of 0, from 0 to the horizon."""

Floats = NDArray[np.float64]
Picture = dict[str, Any]


@dataclass(frozen=True)
class Simulated:
    """An ensemble of one version: a row per run, and counts that add up."""

    rows: dict[str, NDArray[Any]]
    counts: Counts


def simulate(
    plan: Plan,
    *,
    runs: int,
    seed: int,
    workers: int = 1,
    kernel: Wanted = "auto",
    on_progress: Callable[[int], None] | None = None,
) -> Simulated:
    """Simulate one version, with the dice of `sim.run`."""
    counts = no_counts(plan)
    rows = outcomes(
        plan, runs=runs, seed=seed, workers=workers, kernel=kernel, on_progress=on_progress, counts=counts
    )  # fmt: skip
    return Simulated(rows, counts)


def days_told(resolved: Resolved, base: Simulated) -> list[float]:
    """The days by which a share of collapsed runs is told.

    Those of `rout compare`, that of `collapse_day`, and the day by which half of the baseline's runs have collapsed.
    """
    named = {float(day) for day in NAMED_DAYS if day <= resolved.days}
    middle = median(base.rows["collapse_hour"], resolved.days * 24)[0]
    half = set() if middle is None else {float(ceil(middle / 24))}
    return sorted(named | half | {collapse_day(resolved), resolved.days})


def picture(
    resolved: Resolved, base: Simulated, version: Simulated, *, hours: Floats, days: Sequence[float]
) -> Picture:
    """What a page draws of `version`, paired with `base`.

    Args:
        resolved: the scenario; its horizon, places and documented day are used.
        base, version: of the same runs.
        hours: of the record (`sim.recording.ticks`), at which curves are told; their last axis.
        days: by which shares of collapsed runs are told (`days_told`).
    """
    horizon, times = resolved.days * 24, version.rows["collapse_hour"]
    strength = quantiles_of_bins(version.counts.strength, list(STRENGTH.values()))
    return {
        "holding": _holding(times, horizon, hours),
        "strength": dict(zip(STRENGTH, strength.T, strict=True)),
        "dots": quantiles(times, [(number + 0.5) / DOTS for number in range(DOTS)]),
        "collapsed": _by_day(base.rows["collapse_hour"], times, days, horizon),
        "median": dict(zip(("hours", "low", "high"), median(times, horizon), strict=True)),
        "capital": _limits(share_by(version.rows["capital_hour"], horizon)),
        "lost": np.stack([share_lost(version.rows[f"fall_{place.id}"], hours) for place in resolved.places]),
        "paired": _paired(base.rows["collapse_hour"], times, horizon),
    }


def share_lost(times: npt.ArrayLike, hours: Floats) -> Floats:
    """Share of runs in which a place had been lost at each of `hours`."""
    known = np.sort(np.asarray(times, dtype=np.float64))
    reached = np.searchsorted(known[np.isfinite(known)], hours, side="right")
    return np.asarray(reached / known.size)


def _holding(times: npt.ArrayLike, horizon: float, hours: Floats) -> dict[str, Floats]:
    """The survival curve with its band at `hours`."""
    curve = survival(times, horizon)
    at = np.searchsorted(curve.hours, hours, side="right") - 1
    return {"share": curve.survival[at], "low": curve.low[at], "high": curve.high[at]}


def _by_day(base: npt.ArrayLike, times: npt.ArrayLike, days: Sequence[float], horizon: float) -> dict[str, list[float]]:
    """Shares of runs that collapsed by each day, and by how much that differs from the baseline, in pairs."""
    gap = survival_difference(base, times, horizon)
    told: dict[str, list[float]] = {name: [] for name in (*_SHARE, *(f"difference_{name}" for name in _SHARE))}
    for day in days:
        at = int(np.searchsorted(gap.hours, 24 * day, side="right")) - 1
        rows = (share_by(times, 24 * day), (0 - gap.difference[at], 0 - gap.high[at], 0 - gap.low[at]))
        for prefix, row in zip(("", "difference_"), rows, strict=True):
            for name, value in zip(_SHARE, row, strict=True):
                told[prefix + name].append(float(value))
    return told


def _paired(base: npt.ArrayLike, times: npt.ArrayLike, horizon: float) -> dict[str, Any]:
    """The shift of each run's collapse, what becomes of it, and how the shifts spread."""
    first, second = (np.fmin(np.asarray(side, dtype=np.float64), horizon) for side in (base, times))
    differences = second - first
    edges = np.linspace(0, horizon, BINS + 1)
    # A shift on an edge belongs to the bin that ends there.
    later, earlier = (np.histogram(-side[side > 0], -edges[::-1])[0][::-1] for side in (differences, -differences))
    return {
        "shift": {name: finite(value) for name, value in vars(shift(base, times, horizon)).items()},
        "became": {name: _limits(share_by(np.where(flags, 0.0, np.nan), 0.0))
                   for name, flags in became(base, times, horizon).items()},
        "spread": {"earlier": earlier, "same": int((differences == 0).sum()), "later": later},
    }  # fmt: skip


_SHARE = ("share", "low", "high")


def _limits(share: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip(_SHARE, share, strict=True))
