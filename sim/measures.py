"""Measures of an ensemble: collapse, survival, falls of places and how they score.

Times are hours since the start of the scenario; NaN means "not reached within the
horizon". A run that never collapsed counts in every measure: nothing here is a mean
over collapsed runs only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri
from scipy.stats import binom, rankdata

from sim.state import Status

if TYPE_CHECKING:
    from sim.results import Result
    from sim.scenario.resolved import ResolvedPlace

Floats = npt.NDArray[np.float64]

FALL_NUMBERS = ("documented_from", "documented_to", "p5", "p50", "p95", "share_fallen", "width", "crps",
                "crps_constant")  # fmt: skip
FALL_COLUMNS = ("place", "name", "held", "inside", *FALL_NUMBERS)

LABEL = "conditional on the model and these parameter values, not a forecast"
CONFIDENCE = 0.95
Z = float(ndtri(0.5 + CONFIDENCE / 2))
NAMED_DAYS = (5, 11, 30)
THRESHOLDS = ("capital", "strength_40", "strength_25", "strength_15")
"""Other declared meanings of collapse that `summary` reports: prefixes of `<name>_hour`."""


@dataclass(frozen=True)
class Survival:
    """A Kaplan–Meier curve: the value from each of `hours` (the first is 0) to the next."""

    hours: Floats
    survival: Floats
    low: Floats
    high: Floats
    standard_error: Floats
    """Greenwood's; NaN where nobody is left."""
    at_risk: npt.NDArray[np.int64]
    """Just before each hour."""
    events: npt.NDArray[np.int64]


def _reached(times: npt.ArrayLike, horizon: float = np.inf) -> Floats:
    """The times sorted, +inf where not reached within the horizon."""
    hours = np.asarray(times, dtype=np.float64).ravel()
    if hours.size == 0:
        raise ValueError("a measure needs at least one run")
    return np.sort(np.where(hours <= horizon, hours, np.inf))


def _optional(hours: float) -> float | None:
    return float(hours) if np.isfinite(hours) else None


def share_by(times: npt.ArrayLike, hour: float) -> tuple[float, float, float]:
    """Share of runs that reached it by `hour`, with its 95 % interval (Wilson, JASA 1927)."""
    hours = _reached(times, hour)
    n, share = hours.size, float(np.isfinite(hours).mean())
    centre = share + Z**2 / (2 * n)
    half = Z * sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    scale = 1 + Z**2 / n
    low = (centre - half) / scale if share > 0 else 0.0  # exactly, not up to rounding
    return share, low, (centre + half) / scale if share < 1 else 1.0


def survival(times: npt.ArrayLike, horizon: float, observed: npt.ArrayLike | None = None) -> Survival:
    """Kaplan–Meier estimate with 95 % log-log bands (Kalbfleisch & Prentice 1980).

    Args:
        times: (runs,) hours; NaN or beyond the horizon is censored at the horizon.
        horizon: hours.
        observed: (runs,) False where a time is one of censoring; by default all are events.

    Once nobody is left the variance is undefined: the band then runs from 0 to its last upper limit.
    """
    hours = np.asarray(times, dtype=np.float64).ravel()
    event = np.ones(hours.shape, bool) if observed is None else np.asarray(observed, bool).ravel()
    event = event & (hours <= horizon)
    hours = np.where(hours <= horizon, hours, horizon)
    if hours.size == 0:
        raise ValueError("a measure needs at least one run")

    at, events = np.unique(hours[event], return_counts=True)
    at_risk = hours.size - np.searchsorted(np.sort(hours), at, side="left")
    share = np.cumprod(1 - events / at_risk)
    share[at_risk == events] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(events / (at_risk * (at_risk - events)))
        spread = np.exp(Z * np.sqrt(variance) / np.log(share))  # below 1, since log(share) < 0
        low, high = share ** (1 / spread), share**spread
        error = share * np.sqrt(variance)
    if share.size and share[-1] == 0:
        low[-1], high[-1] = 0.0, high[-2] if share.size > 1 else 1.0
        error[-1] = np.nan

    def start(first: float, rest: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.concatenate([np.array([first], dtype=rest.dtype), rest])

    return Survival(start(0, at), start(1, share), start(1, low), start(1, high), start(0, error),
                    start(hours.size, at_risk), start(0, events))  # fmt: skip


def quantiles(times: npt.ArrayLike, probabilities: Sequence[float]) -> list[float | None]:
    """For each probability, the hour by which at least that share of runs had reached it.

    Inverse of the empirical distribution; a run that did not reach it counts as +inf, and
    None stands for a quantile there.
    """
    hours = _reached(times)
    # Without the slack, .07 * 100 would round up to rank 8.
    ranks = [max(1, ceil(p * hours.size - 1e-9)) for p in probabilities]
    return [_optional(hours[rank - 1]) for rank in ranks]


def median(times: npt.ArrayLike, horizon: float) -> tuple[float | None, float | None, float | None]:
    """Median and its 95 % interval between order statistics, which assumes no distribution.

    The ranks l and n + 1 − l, with l the largest for which P(Binomial(n, ½) < l) ≤ 2.5 %.
    None where not reached within the horizon; both limits are None below six runs, where
    no such ranks exist.
    """
    hours = _reached(times, horizon)
    n = hours.size
    below = np.flatnonzero(binom.cdf(np.arange(n), n, 0.5) <= (1 - CONFIDENCE) / 2)
    middle = quantiles(hours, [0.5])[0]
    if below.size == 0:
        return middle, None, None
    rank = int(below[-1]) + 1
    return middle, _optional(hours[rank - 1]), _optional(hours[n - rank])


def restricted_mean(times: npt.ArrayLike, horizon: float) -> float:
    """Mean hours up to the horizon: the area under the survival curve, mean(min(T, horizon))."""
    return float(np.minimum(_reached(times), horizon).mean())


def crps(times: npt.ArrayLike, observed: float, horizon: float) -> float:
    """Continuous ranked probability score [h] of simulated times; lower is better.

    Times and observation are censored at the horizon h, so that the score is
    ∫₀ʰ (F(t) − 1[t ≥ y])² dt = E|X − y| − ½ E|X − X′| (Gneiting & Raftery, JASA 2007).
    """
    x = np.minimum(_reached(times), horizon)
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
    times = result.outcomes()
    rows = [
        _fall(place, times[f"fall_{place.id}"], windows.get(place.id), rate, result.hours)
        for place in result.resolved.places
        if f"fall_{place.id}" in times
    ]
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


def exits_over_time(result: Result) -> pd.DataFrame:
    """Men of the host side by status: a row per hour, a column per status, means over runs.

    Divided by the men at the start, an exit's column is its cumulative incidence: with
    every run followed to the horizon the Aalen–Johansen estimate is that plain share.
    """
    men = result.fates().pivot_table(index="hour", columns="status", values="men", aggfunc="sum")
    return men.reindex(columns=[status.label for status in Status], fill_value=0.0).fillna(0.0)


def strength_quantiles(result: Result, probabilities: Sequence[float]) -> pd.DataFrame:
    """Quantiles over runs of effective strength (share of its start): a row per hour.

    Read from a histogram of bins of half a per cent, evenly within a bin; bin 200 is the full strength.
    """
    runs = result.strength().pivot_table(index="hour", columns="bin", values="runs", aggfunc="sum")
    counts = runs.reindex(columns=range(201)).fillna(0).to_numpy(dtype=np.float64)
    total = np.concatenate([np.zeros((len(counts), 1)), np.cumsum(counts, axis=1)], axis=1)
    columns = {}
    for p in probabilities:
        wanted = p * total[:, -1]
        # The first bin whose upper edge reaches the count; an empty bin never does so first.
        index = np.clip((total[:, 1:] < wanted[:, None] - 1e-9).sum(axis=1), 0, 200)
        row = np.arange(len(counts))
        inside = (wanted - total[row, index]) / np.maximum(counts[row, index], 1e-12)
        columns[p] = np.minimum((index + np.clip(inside, 0, 1)) / 200, 1.0)
    return pd.DataFrame(columns, index=runs.index)


def cascade_sizes(result: Result) -> pd.Series[int]:
    """Number of runs by the size [units] of their largest cascade, by size."""
    return result.outcomes(["largest_cascade"])["largest_cascade"].astype(int).value_counts().sort_index()


def first_breaks(result: Result, n: int = 5) -> list[dict[str, Any]]:
    """The `n` units that broke first in most runs: `unit`, `name`, `share` of all runs."""
    first = result.outcomes(["first_break"])["first_break"]
    counts = first[first.notna() & (first != "")].value_counts()
    # Ties in id order, so that the same runs give the same list.
    order = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[:n]
    names = {unit.id: unit.name for unit in result.resolved.units}
    return [{"unit": str(unit), "name": names.get(str(unit), str(unit)), "share": count / len(first)}
            for unit, count in order]  # fmt: skip


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
        "note": LABEL,
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
        "crps_hours": {name: _optional(known[column].mean())
                       for name, column in (("model", "crps"), ("constant_hazard", "crps_constant"))},
    }  # fmt: skip


def _place(row: dict[Any, Any]) -> dict[str, Any]:
    window = [row["documented_from"], row["documented_to"]]
    return {
        "documented": None if np.isnan(window[0]) else window,
        "documented_held": row["held"],
        "simulated": [_optional(row[p]) for p in ("p5", "p50", "p95")],
        "share_fallen": row["share_fallen"],
        "width_hours": _optional(row["width"]),
        "crps_hours": {"model": _optional(row["crps"]), "constant_hazard": _optional(row["crps_constant"])},
    }
