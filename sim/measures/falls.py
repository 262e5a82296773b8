"""How places fell, simulated against documented, and how a simulation scores."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from sim.measures.times import quantiles, reached

if TYPE_CHECKING:
    from sim.results import Result
    from sim.scenario.resolved import ResolvedPlace

FALL_NUMBERS = ("documented_from", "documented_to", "p5", "p50", "p95", "share_fallen", "width", "crps",
                "crps_constant")  # fmt: skip
FALL_COLUMNS = ("place", "name", "held", "inside", *FALL_NUMBERS)


def crps(times: npt.ArrayLike, observed: float, horizon: float) -> float:
    """Continuous ranked probability score [h] of simulated times; lower is better.

    Times and observation are censored at the horizon h, so that the score is
    ∫₀ʰ (F(t) − 1[t ≥ y])² dt = E|X − y| − ½ E|X − X′| (Gneiting & Raftery, JASA 2007).
    """
    x = np.minimum(reached(times), horizon)
    n = x.size
    spread = 2 * float(np.sum((2 * np.arange(1, n + 1) - n - 1) * x)) / n**2  # E|X − X′|, x sorted
    return float(np.abs(x - min(observed, horizon)).mean()) - spread / 2


def crps_exponential(rate: float, observed: float, horizon: float) -> float:
    """The same score for an exponential time with this rate [1/h], in closed form.

    y − 2(1 − e^(−λy))/λ + (1 − e^(−2λh))/(2λ), with y = min(observed, h); h − y where λ is 0.
    """
    y = min(observed, horizon)
    if rate == 0:
        return horizon - y
    return y - 2 * (1 - exp(-rate * y)) / rate + (1 - exp(-2 * rate * horizon)) / (2 * rate)


def falls(result: Result) -> pd.DataFrame:
    """How each place fell, simulated against documented; one row per place, by id.

    Columns: `place`, `name`; `documented_from`, `documented_to` (hours; NaN without a
    documented loss); `held` (documented as never lost); `p5`, `p50`, `p95` (hours; NaN
    where that quantile of runs did not see it fall); `share_fallen`; `inside` (whether the
    5–95 % interval meets the documented window; None without a record); `width` (hours,
    p95 − p5); `crps` and `crps_constant` (hours; NaN without a record).

    `crps` scores the simulated times against the middle of the documented window (the
    horizon for a place that held). `crps_constant` scores the null model: every
    documented place falls at one constant rate, events / total hours over all documented
    places (the maximum-likelihood estimate, with places that held censored at the
    horizon). Both integrate from 0 to the horizon h: ∫₀ʰ (F(t) − 1[t ≥ y])² dt.
    """
    windows = documented_falls(result)
    middles = [(start + end) / 2 for start, end in windows.values()]
    hours = sum(min(middle, result.hours) for middle in middles)
    rate = sum(middle <= result.hours for middle in middles) / hours if hours else 0.0
    places = result.resolved.places
    times = result.outcomes([f"fall_{place.id}" for place in places])
    rows = [_fall(p, times[f"fall_{p.id}"], windows.get(p.id), rate, result.hours) for p in places]
    return pd.DataFrame(rows, columns=list(FALL_COLUMNS)).astype(dict.fromkeys(FALL_NUMBERS, float))


def _fall(
    place: ResolvedPlace,
    times: pd.Series[float],
    window: tuple[float, float] | None,
    rate: float,
    horizon: float,
) -> dict[str, Any]:
    """One row of `falls`; `rate` is the null model's [1/h]."""
    p5, p50, p95 = (np.nan if q is None else q for q in quantiles(times, [0.05, 0.5, 0.95]))
    row = {"place": place.id, "name": place.name, "held": False, "p5": p5, "p50": p50, "p95": p95,
           "share_fallen": float(times.notna().mean()), "inside": None, "width": p95 - p5}  # fmt: skip
    if window is None:
        return row
    start, end = window
    middle = (start + end) / 2
    if np.isfinite(start):
        row |= {"documented_from": start, "documented_to": end}
    return row | {
        "held": not np.isfinite(start),
        "inside": _meets(p5, p95, start, end, horizon),
        "crps": crps(times, middle, horizon),
        "crps_constant": crps_exponential(rate, middle, horizon),
    }


def documented_falls(result: Result) -> dict[str, tuple[float, float]]:
    """Place id -> documented window of its loss [h]; (inf, inf) where documented as never lost.

    Without protected places, which cannot fall in the model either: they would flatter every score.
    """
    protected = {place.id for place in result.resolved.places if place.protected}
    windows = {}
    for outcome in result.resolved.outcomes:
        if outcome.place in protected:
            continue
        start, end = outcome.lost_from, outcome.lost_to
        known = [hour for hour in (start, end) if hour is not None] or [np.inf]
        windows[outcome.place] = (known[0], known[-1])
    return windows


def _meets(p5: float, p95: float, start: float, end: float, horizon: float) -> bool:
    """Whether [p5, p95] meets [start, end]; a quantile not reached lies somewhere after the horizon."""
    low = p5 if np.isfinite(p5) else np.nextafter(horizon, np.inf)
    high = p95 if np.isfinite(p95) else np.inf
    return bool(low <= end and start <= high)


def order_correlation(table: pd.DataFrame) -> float | None:
    """Spearman rank correlation over places between documented time and simulated median.

    `table` is that of `falls`. A place that fell in under half of the runs ranks last.
    None with fewer than three places or without any order.
    """
    lost = table[table["documented_from"].notna()]
    if len(lost) < 3:
        return None
    documented = rankdata(lost["documented_from"] + lost["documented_to"])
    simulated = rankdata(lost["p50"].fillna(np.inf))
    if np.ptp(documented) == 0 or np.ptp(simulated) == 0:
        return None
    return float(np.corrcoef(documented, simulated)[0, 1])
