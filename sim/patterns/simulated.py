"""The simulated figures of the patterns, one function per pattern."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.block import simulate_block
from sim.engine import run
from sim.measures import median
from sim.patterns.words import PERCENT, percent, value
from sim.plan import Plan, make_plan
from sim.results import Result
from sim.rules.quit import Terms
from sim.state import Status

Floats = npt.NDArray[np.float64]

FOLLOWED = 100
"""Runs of which whole histories are looked at, and runs of the calm variant."""
FEW_LOST = 0.4
"""Helmbold's bound: share of its men that a loser has seldom lost more than."""
LEFT = (Status.DISPERSED, Status.SURRENDERED, Status.DEFECTED, Status.MUTINIED, Status.DESTROYED)


class NotShownError(Exception):
    """This scenario, or this ensemble, cannot show a pattern; the message says why."""


class Simulated(NamedTuple):
    """The figures of a pattern, in the order of the table, and what to know about them."""

    figures: tuple[float, ...]
    remark: str = ""


class Ensemble:
    """An ensemble, whole histories of its first runs, and the same scenario left in peace."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self.followed = min(result.runs, FOLLOWED)

    def rows(self, *columns: str) -> pd.DataFrame:
        """Columns of the outcomes, a row per run.

        Raises:
            NotShownError: the scenario has no such place or trigger.
        """
        resolved = self.result.resolved
        known = {f"fall_{place.id}" for place in resolved.places} | {f"fired_{t.id}" for t in resolved.triggers}
        for column in columns:
            kind, _, name = column.partition("_")
            if kind in ("fall", "fired") and column not in known:
                raise NotShownError(f"this version of the case has no {name}")
        return self.result.outcomes(columns)

    @cached_property
    def plan(self) -> Plan:
        return make_plan(self.result.resolved)

    @cached_property
    def history(self) -> dict[str, npt.NDArray[Any]]:
        """Of the first runs, the host's own units: `status` and `men`, (run, tick, unit); a tick is 6 h."""
        numbers = np.arange(self.followed, dtype=np.uint64)
        recorder = simulate_block(self.plan, self.result.seed, numbers, track=True)
        assert recorder.track is not None
        arrays = recorder.track.arrays()
        return {name: arrays[name][:, :, self.plan.units.own] for name in ("status", "men")}

    @cached_property
    def calm(self) -> Result:
        """The scenario without triggers, attackers or risings."""
        resolved = self.result.resolved
        off = tuple(trigger.model_copy(update={"enabled": False}) for trigger in resolved.triggers)
        # Columns of no men rather than none: some stand beside the line from the start.
        empty = tuple(axis.model_copy(update={"men_low": 0.0, "men_high": 0.0}) for axis in resolved.axes)
        quiet = resolved.parameters | {"uprising_rate": 0.0}
        calm = resolved.model_copy(update={"triggers": off, "axes": empty, "parameters": quiet})
        return run(calm, runs=self.followed, seed=self.result.seed)


def reasons(ensemble: Ensemble) -> Simulated:
    """How often manoeuvre, and losses, were the largest term of the quit index at a break."""
    counts = ensemble.result.breaks()[list(Terms._fields)].sum()
    if not counts.sum():
        raise NotShownError("no unit broke in any run")
    share = counts / counts.sum()
    order = share[share >= 0.005].sort_values(ascending=False)
    told = ", ".join(f"{name} {percent(part)}" for name, part in order.items())
    return Simulated(
        (float(share["envelopment"] + share["comrades"]), float(share["casualties"] + share["supply"])),
        f"largest term at the break: {told}",
    )


def casualties(ensemble: Ensemble) -> Simulated:
    """How many of the units that leave have lost few men by then."""
    status, men = ensemble.history["status"], ensemble.history["men"]
    gone = np.isin(status, (Status.WITHDRAWING, *LEFT))
    first = gone.argmax(axis=1)[:, None]
    left = gone.any(axis=1)
    if not left.any():
        raise NotShownError("no unit left in any run")
    at_leaving = np.take_along_axis(men, first, axis=1)[:, 0][left]
    lost = 1 - at_leaving / np.maximum(men.max(axis=1)[left], 1e-9)
    return Simulated(
        (float((lost <= FEW_LOST).mean()),),
        f"95 % of them have lost at most {value(np.quantile(lost, 0.95), PERCENT)}; "
        f"units of {ensemble.followed} runs, every 6 h",
    )


def attrition(ensemble: Ensemble) -> Simulated:
    """Losses of both sides, medians over runs."""
    rows = ensemble.rows("killed", "attackers_killed", "men_start")
    host, attackers = float(rows["killed"].median()), float(rows["attackers_killed"].median())
    if not host:
        raise NotShownError("nobody was lost in half of the runs")
    share, ratio = rows["killed"] / rows["men_start"], rows["attackers_killed"] / rows["killed"]
    return Simulated(
        (float(share.median()), float(ratio.median())),
        f"killed and wounded: host's side {host:,.0f}, attackers {attackers:,.0f}",
    )


def contagion(ensemble: Ensemble) -> Simulated:
    """Slope of the ln daily hazard of a place on the share of places fallen, until the capital falls."""
    result = ensemble.result
    resolved = result.resolved
    places = [p.id for p in resolved.places if p.holder == resolved.host and not p.protected]
    rows = ensemble.rows(*(f"fall_{place}" for place in places), "capital_hour")
    until = rows["capital_hour"].fillna(result.hours).to_numpy(dtype=np.float64)
    slopes = contagion_slopes(rows[[f"fall_{place}" for place in places]].to_numpy(dtype=np.float64), until)
    fitted = slopes[np.isfinite(slopes)]
    if len(fitted) < len(slopes) / 2:
        raise NotShownError("in most runs too few places fall on too few days for a slope")
    low, high = np.quantile(fitted, [0.05, 0.95])
    return Simulated(
        (float(np.median(fitted)),),
        f"{len(places)} places of every kind; 90 % of the runs from {low:.1f} to {high:.1f}; "
        f"no slope in {percent(1 - len(fitted) / len(slopes))} of them",
    )


def contagion_slopes(times: Floats, until: Floats) -> Floats:
    """Slope of each run, over the days after the first fall and begun before `until`.

    A day's falls are binomial among the places left, with a complementary log-log link: the slope
    is that of ln hazard. Maximum likelihood by Fisher scoring; NaN where there is none.

    Args:
        times: (run, place) hours of fall, NaN if never.
        until: (run,) hours.
    """
    days = np.arange(int(np.ceil(until.max() / 24)) + 1) * 24.0
    fallen = (times[:, :, None] <= days).sum(axis=1)
    total = times.shape[1]
    before, falls = fallen[:, :-1], np.diff(fallen, axis=1)
    used = (before > 0) & (before < total) & (days[:-1] < until[:, None])
    share, left, falls = before / total, np.where(used, total - before, 0), np.where(used, falls, 0)
    level = np.log(np.maximum(falls.sum(axis=1), 0.5) / np.maximum(left.sum(axis=1), 1))
    slope, moved = np.zeros(len(times)), np.full(len(times), np.inf)
    for _ in range(100):
        hazard = np.exp(np.clip(level[:, None] + slope[:, None] * share, -20, 3))
        odds = 1 / np.expm1(hazard)
        score = hazard * (falls * odds - (left - falls))
        weight = left * hazard**2 * odds
        w, wx, wxx = weight.sum(axis=1), (weight * share).sum(axis=1), (weight * share**2).sum(axis=1)
        u, v = score.sum(axis=1), (score * share).sum(axis=1)
        determinant = w * wxx - wx**2
        possible = determinant > 1e-9
        scale = np.where(possible, determinant, 1)
        level = level + np.clip(np.where(possible, wxx * u - wx * v, 0) / scale, -1, 1)
        step = np.clip(np.where(possible, w * v - wx * u, np.inf) / scale, -2, 2)
        slope, moved = slope + step, np.abs(step)
    return np.where(moved < 1e-6, slope, np.nan)


def desertion(ensemble: Ensemble) -> Simulated:
    """Hazard of leaving [1/h] over the horizon, per unit, where nothing happens."""
    calm, plan = ensemble.calm, ensemble.plan
    own = {plan.units.ids[row] for row in np.flatnonzero(plan.units.own & plan.units.present)}
    fates = calm.units()
    fates = fates[fates["unit"].isin(own)]
    gone = fates.loc[fates["status"].isin([status.label for status in LEFT]), "runs"].sum() / fates["runs"].sum()
    if gone == 1:
        raise NotShownError("every unit leaves in every run: there is no rate")
    return Simulated(
        (float(-np.log1p(-gone) / calm.hours),),
        f"{value(gone, PERCENT)} of the units leave within {calm.hours / 24:g} days, means of {calm.runs} runs",
    )


def retreat(ensemble: Ensemble) -> Simulated:
    """What becomes of those who withdraw, and losses on the road against those in battle."""
    status, men = ensemble.history["status"], ensemble.history["men"]
    on_road, after = status[:, :-1] == Status.WITHDRAWING, status[:, 1:]
    arrived = float(men[:, :-1][on_road & np.isin(after, (Status.HOLDING, Status.WAVERING))].sum())
    lost = float(men[:, :-1][on_road & np.isin(after, LEFT)].sum())
    if not arrived + lost:
        raise NotShownError("no withdrawal ends in any run")
    fallen = float((men.max(axis=1) - men[:, -1]).sum())
    return Simulated(
        (arrived / (arrived + lost), lost / fallen if fallen else np.inf),
        f"histories of {ensemble.followed} runs, every 6 h: shorter withdrawals are not seen",
    )


def durations(ensemble: Ensemble) -> Simulated:
    """Median days until the capital is lost."""
    result = ensemble.result
    middle, low, high = median(ensemble.rows("capital_hour")["capital_hour"], result.hours)
    if middle is None:
        return Simulated((np.inf,), f"not lost within {result.hours / 24:g} days in half of the runs")
    ends = " to ".join("?" if hour is None else f"{hour / 24:.1f}" for hour in (low, high))
    return Simulated((middle / 24,), f"95 % interval of the median {ends} days")


def stand(ensemble: Ensemble) -> Simulated:
    """Hours between the falls of the towns before the hill line and of the line itself."""
    rows = ensemble.rows("fall_TAYBAT_SURAN", "fall_QAMHANA_JZA")
    rows = rows[rows["fall_TAYBAT_SURAN"].notna()]
    if not len(rows):
        raise NotShownError("TAYBAT_SURAN falls in no run")
    gap = rows["fall_QAMHANA_JZA"].fillna(np.inf) - rows["fall_TAYBAT_SURAN"]
    never, first = percent(np.isinf(gap).mean()), percent((gap < 0).mean())
    return Simulated(
        (float(gap.median()),),
        f"the line never falls in {never} of the runs, and falls first in {first}",
    )


def deals(ensemble: Ensemble) -> Simulated:
    """Whether the deal comes before the fall of Daraa, and when that is."""
    rows = ensemble.rows("fall_DARAA", "fired_daraa_deal")
    fell = rows[rows["fall_DARAA"].notna()]
    if not len(fell):
        raise NotShownError("Daraa falls in no run")
    first = float((fell["fired_daraa_deal"] <= fell["fall_DARAA"]).mean())
    hour = median(rows["fall_DARAA"], ensemble.result.hours)[0]
    days = np.inf if hour is None else hour / 24
    return Simulated((first, days), f"Daraa falls in {percent(len(fell) / len(rows))} of the runs")


MEASURES: dict[str, Callable[[Ensemble], Simulated]] = {
    "reasons": reasons,
    "casualties": casualties,
    "attrition": attrition,
    "contagion": contagion,
    "desertion": desertion,
    "retreat": retreat,
    "durations": durations,
    "stand": stand,
    "deals": deals,
}
"""Pattern id -> how its figures are measured."""
