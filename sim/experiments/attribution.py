"""Which triggers mattered: every coalition of them on the same dice, and what each adds.

The players are triggers, or groups of triggers that count as one; all other triggers stay
as they are. The worth of a coalition is a measure of the collapse when only its players,
of all players, may happen.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.experiments.folder import write_folder
from sim.experiments.players import Player, candidates, players_of, remaining
from sim.experiments.what_if import (
    COLLAPSE,
    Hours,
    Progress,
    Version,
    collapse_day,
    collapse_hours,
    explicit,
    kernel_for,
    one_round,
    without,
)
from sim.measures import CONFIDENCE, label
from sim.measures.shapley import (
    MOST_PLAYERS,
    Estimate,
    add_one_in,
    chain,
    interactions,
    leave_one_out,
    over_runs,
    sampled_shapley,
    shapley,
)
from sim.measures.times import finite
from sim.plan import Plan, make_plan
from sim.scenario import Scenario
from sim.scenario.resolved import Resolved

Measure = Literal["share", "mean_hours", "median_hours"]
FORMAT = 1
"""Of attribution.json."""
MEANS: tuple[Measure, ...] = ("share", "mean_hours")
"""Share of runs collapsed by the day; mean of min(T, horizon) [h]. The third is its median [h]: no mean over runs."""
PAIRS = 20
"""Orders of joining that are drawn, each taken with its reverse, where players are too many for all coalitions."""
SCREENED_RUNS = 200
"""Runs of the first pass that chooses the players."""
SCREENED_FROM = 2**31
"""Number of the first of them: runs of their own, so that being chosen flatters no value."""
RESAMPLES = 200
"""Bootstrap resamples of the runs, for the median."""


@dataclass(frozen=True)
class Worth:
    """One measure, attributed. Estimates are (player,), interactions (player, player)."""

    full: float
    none: float
    shapley: Estimate
    leave_one_out: Estimate
    add_one_in: Estimate
    interactions: Estimate | None
    """None where coalitions were sampled."""


@dataclass(frozen=True)
class Attribution:
    """What each player adds to the collapse."""

    resolved: Resolved
    players: tuple[Player, ...]
    worths: dict[Measure, Worth]
    exact: bool
    """Every coalition was simulated; otherwise orders of joining were sampled."""
    runs: int
    """Of every coalition; where orders were sampled, shared out among them."""
    asked: int
    """Runs asked for: more than `runs` if it was stopped."""
    seed: int
    day: float
    hours: Hours | None
    """(coalition, run) hour of collapse, NaN if none; None where orders were sampled."""
    started: float

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts; None where there is no value."""
        names = [player.name for player in self.players]
        switched = {trigger for player in self.players for trigger in player.triggers}
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
            "method": "all coalitions" if self.exact else f"{PAIRS} sampled orders of joining with their reverses",
            "coalitions": 2 ** len(names) if self.exact else None,
            "players": [{"name": player.name, "triggers": list(player.triggers)} for player in self.players],
            "other_triggers": sum(t.enabled and t.id not in switched for t in self.resolved.triggers),
            "measures": {measure: _told(worth, names) for measure, worth in self.worths.items()},
        }

    def coalitions(self) -> dict[str, Any]:
        """Columns of coalitions.parquet, a row per coalition: who is in it, its worths, the hours of its runs."""
        if self.hours is None:
            return {}
        numbers = np.arange(len(self.hours))
        means = zip(MEANS, per_run(self.hours, self.day, self.resolved.days), strict=True)
        return {
            **{player.name: (numbers >> i & 1).astype(bool) for i, player in enumerate(self.players)},
            **{measure: values.mean(axis=-1, dtype=np.float64) for measure, values in means},
            "median_hours": medians(restricted(self.hours, self.resolved.days * 24)),
            "collapse_hour": list(self.hours),
        }

    def write(self, folder: Path, command: str = "") -> None:
        """Keep it in a new folder: attribution.json, coalitions.parquet, resolved.json.

        Raises:
            FileExistsError: the folder exists.
        """
        tables = {} if self.hours is None else {"coalitions": self.coalitions()}
        write_folder(
            folder, self.resolved, "attribution", self.as_dict(), tables, started=self.started, command=command
        )


def attribute(
    scenario: Scenario | Resolved,
    triggers: Sequence[str],
    *,
    rest: bool = False,
    runs: int = 500,
    seed: int = 1,
    day: float | None = None,
    days: float | None = None,
    workers: int = 1,
    on_progress: Progress | None = None,
) -> Attribution:
    """Attribute the collapse to triggers.

    Up to `MOST_PLAYERS` players: exact, from all 2**n coalitions. More: sampled orders of
    joining, each with its reverse and with runs of its own, so that their spread holds the
    error of both.

    Args:
        scenario: what to simulate.
        triggers: ids, or types: a type is one player with all its triggers.
        rest: all other triggers together are one more player.
        runs: of every coalition. Ctrl-C after some of them gives the attribution over those.
        seed: of all draws.
        day: by which a collapse counts; by default that of `collapse_day`.
        days: horizon instead of the scenario's own.
        workers: threads or processes that may share the work.
        on_progress: called with (runs done, runs to do), over all coalitions.

    Raises:
        ScenarioError: no such trigger, or one that is switched off, or one in two players.
        ValueError: a number that makes no sense.
        KeyboardInterrupt: too little was done for a value.
    """
    resolved = explicit(scenario, days)
    players = players_of(resolved, triggers)
    if rest:
        players = (*players, *remaining(resolved, players))
    day = collapse_day(resolved) if day is None else day
    if not players or runs < 2 or not 0 < day <= resolved.days:
        raise ValueError("a trigger, at least 2 runs, and a day after the start and within the horizon are needed")
    started, plan = time.time(), make_plan(resolved)
    exact = len(players) <= MOST_PLAYERS
    if exact:
        hours = collapse_hours(
            [Version(_only(plan, players, c)) for c in range(1 << len(players))],
            runs=runs, seed=seed, workers=workers, on_progress=on_progress,
        )  # fmt: skip
        worths, done = _exact(hours, day, resolved.days), hours.shape[1]
    else:
        worths, done = _sampled(
            plan, players, (day, resolved.days), runs=runs, seed=seed, workers=workers, on_progress=on_progress
        )
    return Attribution(resolved, players, worths, exact, done, runs, seed, day, hours if exact else None, started)


def screen(
    resolved: Resolved,
    top: int,
    *,
    by_type: bool = False,
    runs: int = SCREENED_RUNS,
    seed: int = 1,
    workers: int = 1,
    on_progress: Progress | None = None,
) -> list[str]:
    """The `top` triggers (or types) that move the restricted mean time to collapse most, largest first.

    Ranked by the size of the mean of what a candidate does when it alone is left out and
    when it alone happens. That mean is the Shapley value among all candidates if they
    interact in pairs at most; either one alone misses triggers that stand in for each
    other, or that need each other.
    """
    found, plan = candidates(resolved, by_type), make_plan(resolved)
    everybody = (1 << len(found)) - 1
    coalitions = [everybody, 0, *(c for i in range(len(found)) for c in (everybody & ~(1 << i), 1 << i))]
    versions = [Version(_only(plan, found, c)) for c in coalitions]

    def tell(done: int) -> None:
        if on_progress is not None:
            on_progress(done, runs * len(versions))

    kernel = kernel_for(plan, runs * len(versions), workers)
    hours = one_round(versions, SCREENED_FROM, runs, seed, workers, kernel, tell)[COLLAPSE]
    full, none, *others = restricted(hours, resolved.days * 24).mean(axis=1, dtype=np.float64)
    effects = (full - np.array(others[::2]) + np.array(others[1::2]) - none) / 2
    order = sorted(range(len(found)), key=lambda i: (-abs(effects[i]), found[i].name))
    return [found[i].name for i in order[:top]]


def per_run(hours: Hours, day: float, days: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The value of each run in each of `MEANS`, in the shape of `hours`."""
    return (hours <= 24 * day).astype(np.float32), restricted(hours, 24 * days)


def medians(hours: NDArray[np.float32]) -> NDArray[np.float64]:
    """Median over the last axis, as `sim.measures.quantiles` counts it."""
    middle = ceil(hours.shape[-1] / 2) - 1
    return np.partition(hours, middle, axis=-1)[..., middle].astype(np.float64)


def restricted(hours: Hours, horizon: float) -> NDArray[np.float32]:
    """min(T, horizon), the horizon where it was not reached."""
    return np.where(hours <= horizon, hours, np.float32(horizon))


def _only(plan: Plan, players: Sequence[Player], coalition: int) -> Plan:
    """Of all players, only those of the coalition may happen."""
    return without(plan, [t for i, player in enumerate(players) if not coalition >> i & 1 for t in player.triggers])


def _exact(hours: Hours, day: float, days: float) -> dict[Measure, Worth]:
    found: dict[Measure, Worth] = {}
    for measure, values in zip(MEANS, per_run(hours, day, days), strict=True):
        estimates = (over_runs(of(values)) for of in (shapley, leave_one_out, add_one_in, interactions))
        none, *_, full = values.mean(axis=1, dtype=np.float64).tolist()
        found[measure] = Worth(full, none, *estimates)
    return found | {"median_hours": _of_medians(restricted(hours, 24 * days))}


def _of_medians(hours: NDArray[np.float32]) -> Worth:
    """The median is no mean over runs: its intervals are of bootstrap resamples of the runs, the same for all."""
    runs, dice = hours.shape[1], np.random.default_rng(0)
    plain = medians(hours)
    again = np.stack([medians(hours[:, dice.integers(runs, size=runs)]) for _ in range(RESAMPLES)], axis=1)
    tails = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    estimates = (
        Estimate(of(plain), *np.quantile(of(again), tails, axis=-1))
        for of in (shapley, leave_one_out, add_one_in, interactions)
    )
    return Worth(float(plain[-1]), float(plain[0]), *estimates)


def _sampled(
    plan: Plan,
    players: Sequence[Player],
    days: tuple[float, float],
    *,
    runs: int,
    seed: int,
    workers: int,
    on_progress: Progress | None,
) -> tuple[dict[Measure, Worth], int]:
    """Worths from sampled orders, and the runs done. Each order, with its reverse, has its own share of the runs."""
    many, dice = ceil(runs / PAIRS), np.random.Generator(np.random.Philox(key=seed))
    orders = [dice.permutation(len(players)) for _ in range(PAIRS)]
    total = many * sum(len(_wanted(order)) for order in orders)
    kernel, before = kernel_for(plan, total, workers), 0
    samples: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    try:
        for number, order in enumerate(orders):

            def tell(done: int, before: int = before) -> None:
                if on_progress is not None:
                    on_progress(before + done, total)

            versions = [Version(_only(plan, players, c)) for c in _wanted(order)]
            hours = one_round(versions, number * many, many, seed, workers, kernel, tell)[COLLAPSE]
            samples.append(_sample(hours, order, days))
            before += many * len(versions)
    except KeyboardInterrupt:
        if len(samples) < 2:
            raise
    gains, ends = zip(*samples, strict=True)
    return _from_samples(np.stack(gains, axis=-1), np.concatenate(ends, axis=-1)), len(samples) * many


def _ends(n: int) -> list[int]:
    """Nobody, everybody, each of n players alone, each left out."""
    everybody = (1 << n) - 1
    return [0, everybody, *(1 << i for i in range(n)), *(everybody - (1 << i) for i in range(n))]


def _wanted(order: NDArray[np.integer]) -> list[int]:
    """The coalitions to simulate for one order and its reverse."""
    return sorted({*chain(order), *_ends(len(order))})


def _sample(
    hours: Hours, order: NDArray[np.integer], days: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """((player, measure) gains, (end, measure, run) worths of the `_ends`) from the hours of one order."""
    values = np.stack(per_run(hours, *days), axis=1).astype(np.float64)
    worth = dict(zip(_wanted(order), values, strict=True))
    gains = sampled_shapley(lambda coalition: worth[coalition].mean(axis=-1), order)
    return gains, np.stack([worth[coalition] for coalition in _ends(len(order))])


def _from_samples(gains: NDArray[np.float64], ends: NDArray[np.float64]) -> dict[Measure, Worth]:
    """From (player, measure, pair) gains, and (end, measure, run) worths of the `_ends`."""
    found: dict[Measure, Worth] = {}
    n = len(gains)
    for row, measure in enumerate(MEANS):
        none, full, *others = ends[:, row]
        alone, left_out = np.split(np.stack(others), [n])
        found[measure] = Worth(
            float(full.mean()),
            float(none.mean()),
            over_runs(gains[:, row]),
            over_runs(full - left_out),
            over_runs(alone - none),
            None,
        )
    return found


def _told(worth: Worth, names: Sequence[str]) -> dict[str, Any]:
    """One measure in plain numbers, largest value first."""
    order = sorted(range(len(names)), key=lambda i: (-abs(worth.shapley.value[i]), names[i]))
    told: dict[str, Any] = {
        "full": worth.full,
        "none": worth.none,
        "sum": float(worth.shapley.value.sum()),
        "players": {
            names[i]: {what: _interval(getattr(worth, what), i) for what in ("shapley", "leave_one_out", "add_one_in")}
            for i in order
        },
        "interactions": None,
    }
    if (pairs := worth.interactions) is not None:
        every = sorted(combinations(range(len(names)), 2), key=lambda pair: -abs(pairs.value[pair]))
        told["interactions"] = [
            {"players": [names[i], names[j]], "index": _interval(pairs, (i, j))} for i, j in every
        ]  # fmt: skip
    return told


def _interval(estimate: Estimate, at: Any) -> dict[str, float | None]:
    return {name: finite(float(values[at])) for name, values in estimate._asdict().items()}
