"""The point of no return: from when on stopping the triggers no longer prevents the collapse.

For each day of a grid the runs are simulated again with the same dice, but triggers that
would take effect from that day on do not. What has happened before goes on: shocks fade,
rumours spread, columns advance. The share of runs that collapse all the same is the
committor of the day.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.experiments.favourable import EVENT, from_hour, with_event
from sim.experiments.folder import write_folder
from sim.experiments.players import players_of
from sim.experiments.what_if import COLLAPSE, Hours, Progress, Version, collapse_day, explicit, rows_of, until
from sim.measures import CONFIDENCE, cascade, label, median, restricted_mean, share_by
from sim.measures.times import finite, within
from sim.plan import Plan, make_plan
from sim.recording import CASCADE_GAP_HOURS
from sim.scenario import Scenario
from sim.scenario.resolved import Resolved

Floats = NDArray[np.float64]

FORMAT = 1
"""Of tipping.json."""
LEVELS = (0.5, 0.9)
"""Parts of the share that collapses with every trigger, at which a point of no return is told."""
RESAMPLES = 1000
"""Bootstrap resamples of the runs."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Of the last day on which stopping prevents a collapse, over the runs in which it does on any."""


@dataclass(frozen=True)
class Point:
    """First day of the grid from which the committor reaches a part of the full share.

    None where no run collapses at all. The interval is of bootstrap resamples of the runs; one in which
    no run collapses has no such day, and where more than 2.5 % have none the limits are None.
    """

    level: float
    day: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Tipping:
    """Reruns from each day on. Row d of `hours` is the rerun of day d."""

    resolved: Resolved
    removed: tuple[str, ...]
    """Triggers (ids) that do not happen from that day on."""
    favourable: dict[str, float]
    """What else changes then."""
    grid: Floats
    """(day,) in days"""
    hours: Hours
    """(day, run) hour of collapse, NaN if none"""
    full: Hours
    """(run,) the same with every trigger"""
    cascades: pd.DataFrame
    """The largest cascade of each run with every trigger (`sim.measures.cascade`)."""
    asked: int
    """Runs asked for: more than there are if it was stopped."""
    seed: int
    day: float
    """By which a collapse counts."""
    started: float

    @property
    def runs(self) -> int:
        return len(self.full)

    @property
    def collapsed(self) -> NDArray[np.bool_]:
        """(day, run) whether it collapses by the day all the same."""
        return within(self.hours, 24 * self.day)

    @property
    def lost(self) -> NDArray[np.bool_]:
        """(run,) whether it collapses by the day with every trigger."""
        return within(self.full, 24 * self.day)

    def committor(self) -> Floats:
        """(day, 3): share of runs that collapse, and its 95 % interval."""
        return np.array([share_by(hours, 24 * self.day) for hours in self.hours])

    def already(self) -> Floats:
        """(day,) share of runs that have collapsed by then: on them stopping has no hold any more."""
        return np.asarray(within(self.full, 24 * self.grid[:, None]).mean(axis=1))

    def full_share(self) -> tuple[float, float, float]:
        """The same with every trigger."""
        return share_by(self.full, 24 * self.day)

    def point(self, level: float) -> Point:
        """The point of no return at `level` times the share that collapses with every trigger."""
        if not self.lost.any():
            return Point(level, None, None, None)
        here = self._first(self.collapsed.sum(axis=1, keepdims=True), level * self.lost.sum(keepdims=True))
        dice = np.random.default_rng(0)
        weights = dice.multinomial(self.runs, np.full(self.runs, 1 / self.runs), size=RESAMPLES).T
        some = self.lost @ weights > 0
        tails = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
        if 1 - some.mean() > tails[0]:
            return Point(level, float(here[0]), None, None)
        first = self._first(self.collapsed @ weights[:, some], level * (self.lost @ weights[:, some]))
        low, high = np.quantile(first, tails, method="inverted_cdf")
        return Point(level, float(here[0]), float(low), float(high))

    def points(self) -> list[Point]:
        """The point of no return at each of `LEVELS`."""
        return [self.point(level) for level in LEVELS]

    def _first(self, counts: NDArray[np.integer], wanted: NDArray[np.floating]) -> Floats:
        """First day on which (day, sample) counts reach (sample,) wanted ones; the last day always does."""
        return np.asarray(self.grid[(counts >= wanted - 1e-9).argmax(axis=0)])

    def dips(self, level: float) -> bool:
        """Whether after the point of no return the committor is below the level on some day again."""
        reached = self.collapsed.mean(axis=1) >= level * self.full_share()[0] - 1e-9
        return bool((np.diff(reached.astype(int)) < 0).any())

    def last_chance(self) -> Floats:
        """(run,) last day on which stopping prevents the collapse; only runs that collapse with every trigger.

        -inf where it does not on any day of the grid.
        """
        prevented = ~self.collapsed[:, self.lost]
        return np.asarray(np.where(prevented, self.grid[:, None], -inf).max(axis=0))

    def chance_after_onset(self) -> Floats:
        """(run,) hours from the onset of the cascade to the last chance; only runs that have both."""
        onset = self.cascades["onset"].to_numpy()[self.lost]
        hours = 24 * self.last_chance() - onset
        return np.asarray(hours[np.isfinite(hours)])

    def _cascade(self) -> dict[str, Any]:
        """When the cascade begins and ends, and how that lies to the points of no return."""
        points = [
            {"level": point.level, "day": point.day, **{f"{name}_by": share_by(self.cascades[name], 24 * point.day)[0]
                                      for name in ("onset", "end")}}
            for point in self.points() if point.day is not None
        ]  # fmt: skip
        after = self.chance_after_onset()
        return {
            "gap_hours": CASCADE_GAP_HOURS,
            **cascade.timing(self.cascades),
            "at_points": points,
            "chance_after_onset_hours": {f"{p:g}": _quantile(after, p) for p in QUANTILES},
        }

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts; None where there is no value."""
        chances = self.last_chance()
        share, low, high = self.full_share()
        return {
            "format": FORMAT,
            "note": label(self.resolved),
            "scenario": self.resolved.name,
            "runs": self.runs,
            "runs_asked": self.asked,
            "seed": self.seed,
            "days": self.resolved.days,
            "step_hours": self.resolved.step_hours,
            "day": self.day,
            "removed": list(self.removed),
            "favourable": self.favourable,
            "full": {"share": share, "low": low, "high": high, **self._times(self.full)},
            "from_day": [
                {"day": float(day), "already": gone, "share": q, "low": least, "high": most, **self._times(hours)}
                for day, gone, (q, least, most), hours in zip(
                    self.grid, self.already().tolist(), self.committor().tolist(), self.hours, strict=True
                )
            ],
            "points": [{**vars(point), "dips_later": self.dips(point.level)} for point in self.points()],
            "cascade": self._cascade(),
            "last_chance": {
                "collapsed_runs": len(chances),
                "never": float(np.isneginf(chances).mean()) if len(chances) else None,
                "share_by_day": {f"{day:g}": float((chances == day).mean()) for day in self.grid if len(chances)},
                "quantiles": {f"{p:g}": _quantile(chances[np.isfinite(chances)], p) for p in QUANTILES},
            },
        }  # fmt: skip

    def _times(self, hours: Hours) -> dict[str, float | None]:
        horizon = 24 * self.resolved.days
        return {"median_hours": median(hours, horizon)[0], "mean_hours": restricted_mean(hours, horizon)}

    def write(self, folder: Path, command: str = "") -> None:
        """Keep it in a new folder: tipping.json, days.parquet (a row per day, the last with every trigger) and
        cascades.parquet (a row per run).

        Raises:
            FileExistsError: the folder exists.
        """
        told = self.as_dict()
        rows = [*told["from_day"], {"day": None, "already": None, **told["full"]}]
        table: dict[str, Any] = {name: [row[name] for row in rows] for name in rows[0]}
        table["collapse_hour"] = [*self.hours, self.full]
        tables: dict[str, dict[str, Any]] = {
            "days": table,
            "cascades": {str(name): self.cascades[name] for name in self.cascades},
        }
        write_folder(folder, self.resolved, "tipping", told, tables, started=self.started, command=command)


def tipping(
    scenario: Scenario | Resolved,
    removed: Collection[str] | None = None,
    *,
    favourable: Mapping[str, float] | None = None,
    first_day: float = 0.0,
    every: float = 1.0,
    runs: int = 500,
    seed: int = 1,
    day: float | None = None,
    days: float | None = None,
    workers: int = 1,
    on_progress: Progress | None = None,
) -> Tipping:
    """Simulate again from each day on, without later triggers.

    Args:
        scenario: what to simulate.
        removed: triggers (ids or types) that happen no more; all if None.
        favourable: what else changes on that day (`sim.experiments.favourable.CHANGES`).
        first_day, every: the grid, up to `day`: what happens later cannot matter.
        runs: of each day. Ctrl-C after some of them gives the answer over those.
        seed: of all draws.
        day: by which a collapse counts; by default that of `collapse_day`.
        days: horizon instead of the scenario's own.
        workers: threads or processes that may share the work.
        on_progress: called with (runs done, runs to do), over all days.

    Raises:
        ScenarioError: no such trigger, or nothing of the kind can be changed.
        ValueError: a number that makes no sense.
        KeyboardInterrupt: too little was done for an answer.
    """
    resolved, changes = explicit(scenario, days), dict(favourable or {})
    day = collapse_day(resolved) if day is None else day
    if runs < 1 or not 0 < day <= resolved.days or not 0 <= first_day < day or not every > 0:
        raise ValueError("0 <= first day < day <= horizon, every > 0 and runs >= 1 are needed")
    ids = [t.id for t in resolved.triggers if t.enabled]
    if removed is not None:
        ids = [t for player in players_of(resolved, list(removed), "--removed") for t in player.triggers]
    started = time.time()
    plan = make_plan(with_event(resolved, changes) if changes else resolved)
    steps = np.arange(first_day, day - 1e-9, every)
    grid = np.append(steps, day)
    rows = rows_of(
        [Version(plan), *(Version(_from_day(plan, ids, each)) for each in grid)], cascade.COLUMNS,
        runs=runs, seed=seed, workers=workers, on_progress=on_progress,
    )  # fmt: skip
    full, *others = rows[COLLAPSE]
    cascades = cascade.cascades_of(pd.DataFrame({name: versions[0] for name, versions in rows.items()}))
    return Tipping(resolved, tuple(ids), changes, grid, np.array(others), full, cascades, runs, seed, day, started)


def _from_day(plan: Plan, removed: Collection[str], day: float) -> Plan:
    """The plan in which from this day on these triggers do not happen, and the favourable event, if any, does."""
    changed = until(plan, removed, 24 * day)
    return from_hour(changed, 24 * day) if EVENT in plan.triggers.ids else changed


def _quantile(days: Floats, p: float) -> float | None:
    return finite(float(np.quantile(days, p, method="inverted_cdf"))) if len(days) else None
