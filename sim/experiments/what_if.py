"""Versions of one plan, side by side on the same dice.

A plan's rows never shift and draws are keyed by id, so run r of one version and run r of
another differ by the change alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ensemble import outcomes
from sim.kernels.choice import Kernel, choose
from sim.plan import Plan
from sim.scenario import Scenario, resolve
from sim.scenario.resolved import Resolved, with_horizon

ROUND_RUNS = 250
"""Runs of every version that are simulated before more of any: an interruption loses at most one round."""

COLLAPSE = "collapse_hour"

Hours = NDArray[np.float32]
Rows = dict[str, NDArray[Any]]
Progress = Callable[[int, int], None]
"""Called with (runs done, runs to do), over all versions."""


@dataclass(frozen=True)
class Version:
    """A plan, and parameter values instead of its own."""

    plan: Plan
    given: dict[str, float] = field(default_factory=dict)


def explicit(scenario: Scenario | Resolved, days: float | None) -> Resolved:
    """The scenario in its explicit form, over another horizon if one is given.

    Raises:
        ValueError: the horizon makes no sense.
    """
    return with_horizon(scenario if isinstance(scenario, Resolved) else resolve(scenario), days, None)


def without(plan: Plan, triggers: Collection[str]) -> Plan:
    """The plan with these triggers (ids) switched off as well."""
    off = np.isin(plan.triggers.ids, sorted(triggers))
    return replace(plan, triggers=replace(plan.triggers, enabled=plan.triggers.enabled & ~off))


def until(plan: Plan, triggers: Collection[str], hour: float) -> Plan:
    """The plan in which these triggers (ids) do not take effect at `hour` or later."""
    ended = np.isin(plan.triggers.ids, sorted(triggers))
    limit = np.where(ended, np.minimum(plan.triggers.until, hour), plan.triggers.until)
    return replace(plan, triggers=replace(plan.triggers, until=limit))


def collapse_day(resolved: Resolved) -> float:
    """The day by which a collapse counts unless one is given.

    The day on which the capital was lost by the record, counted full; the horizon without one.
    """
    for row in resolved.outcomes:
        hour = row.lost_from if row.lost_to is None else row.lost_to
        if row.place == resolved.capital and hour is not None:
            return min(float(max(1, ceil(hour / 24))), resolved.days)
    return resolved.days


def kernel_for(plan: Plan, runs: int, workers: int) -> Kernel:
    """The kernel for so many runs of versions of a plan, in all; both give the same results."""
    return choose("auto", runs * plan.steps * len(plan.units.ids), workers)


def collapse_hours(
    versions: Sequence[Version], *, runs: int, seed: int, workers: int = 1, on_progress: Progress | None = None
) -> Hours:
    """(version, run) hour of collapse; NaN where it does not come within the horizon.

    Ctrl-C ends it after the last whole round, with fewer runs than asked for.

    Raises:
        KeyboardInterrupt: not one round was whole.
    """
    return rows_of(versions, [COLLAPSE], runs=runs, seed=seed, workers=workers, on_progress=on_progress)[COLLAPSE]


def rows_of(
    versions: Sequence[Version],
    columns: Sequence[str],
    *,
    runs: int,
    seed: int,
    workers: int = 1,
    on_progress: Progress | None = None,
) -> Rows:
    """The same of other columns of `outcomes` (docs/architecture.md), each (version, run)."""
    rounds: list[Rows] = []
    kernel = kernel_for(versions[0].plan, runs * len(versions), workers)
    try:
        for first in range(0, runs, ROUND_RUNS):

            def tell(done: int, before: int = first * len(versions)) -> None:
                if on_progress is not None:
                    on_progress(before + done, runs * len(versions))

            many = min(ROUND_RUNS, runs - first)
            rounds.append(one_round(versions, first, many, seed, workers, kernel, tell, columns))
    except KeyboardInterrupt:
        if not rounds:
            raise
    return {name: np.concatenate([each[name] for each in rounds], axis=1) for name in columns}


def one_round(
    versions: Sequence[Version],
    first: int,
    runs: int,
    seed: int,
    workers: int,
    kernel: Kernel,
    on_progress: Callable[[int], None] | None = None,
    columns: Sequence[str] = (COLLAPSE,),
) -> Rows:
    """The same for runs `first` to `first + runs`; `on_progress` is called with the runs done, over all versions."""
    found: list[Rows] = []
    for number, version in enumerate(versions):

        def tell(done: int, before: int = number * runs) -> None:
            if on_progress is not None:
                on_progress(before + done)

        found.append(outcomes(
            version.plan, runs=runs, seed=seed, first=first, columns=columns, given=version.given,
            workers=workers, kernel=kernel, on_progress=tell,
        ))  # fmt: skip
    return {name: np.stack([rows[name] for rows in found]) for name in columns}
