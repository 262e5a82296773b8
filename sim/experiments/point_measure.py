"""What is asked of a design point: a number, measured over its runs, or a condition on it."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.experiments.sweep.folder import SweepFolder
from sim.measures import THRESHOLDS, Z, median, share_by
from sim.measures.times import within
from sim.results import ResultError
from sim.scenario.problems import nearest

Floats = NDArray[np.float64]
Kind = Literal["share", "median", "mean"]

NAMES: dict[str, tuple[str, Kind]] = {
    "share": ("collapse_hour", "share"),
    **{name: (f"{name}_hour", "share") for name in THRESHOLDS},
    "median": ("collapse_hour", "median"),
    "restricted_mean": ("collapse_hour", "mean"),
}
"""Name -> column of the rows, and what is made of it."""
_SIGNS = {
    "<=": (operator.le, "at most"), ">=": (operator.ge, "at least"), "<": (operator.lt, "below"),
    ">": (operator.gt, "above"),
}  # fmt: skip
_EVENTS = {"collapse_hour": "collapsed", "capital_hour": "with the capital lost"}
COLUMNS = tuple(dict.fromkeys(column for column, _ in NAMES.values()))
"""All that measures need."""


class Known(NamedTuple):
    """A measure of each point with its 95 % interval, (point,); +inf for a median that is not reached."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Measure:
    """A number for each design point.

    Attributes:
        name: one of `NAMES`.
        day: by which an event counts; None for the horizon.
    """

    name: str
    day: float | None = None

    @property
    def column(self) -> str:
        return NAMES[self.name][0]

    @property
    def kind(self) -> Kind:
        return NAMES[self.name][1]

    @property
    def is_share(self) -> bool:
        return self.kind == "share"

    @property
    def text(self) -> str:
        """As it is asked for."""
        return self.name if self.day is None else f"{self.name}:{self.day:g}"

    @property
    def words(self) -> str:
        """What it is, with its unit of measure."""
        if self.is_share:
            event = _EVENTS.get(self.column, f"with strength below {self.name[-2:]} %")
            return f"share of runs {event} by {'the horizon' if self.day is None else f'day {self.day:g}'}"
        return "median time to collapse [days]" if self.kind == "median" else "mean time to collapse [days]"

    def shown(self, value: float) -> str:
        """A value or a difference, as printed: a share in per cent, a time in days."""
        text = f"{100 * value:.1f}" if self.is_share else f"{value:.1f}"
        return "0.0" if text == "-0.0" else text

    def of_runs(self, hours: Floats, horizon: Floats | float) -> Floats:
        """Of (…, run) hours of the event: 1 or 0 for a share, otherwise days up to the horizon."""
        if self.is_share:
            return within(hours, horizon if self.day is None else 24 * self.day).astype(np.float64)
        return np.asarray(np.fmin(hours, horizon) / 24, np.float64)

    def average(self, runs: Floats) -> Floats:
        """The measure from what `of_runs` gives, over the last axis."""
        if self.kind == "median":
            return np.asarray(np.quantile(runs, 0.5, axis=-1, method="inverted_cdf"))
        return np.asarray(runs.mean(axis=-1))

    def known(self, hours: Floats, horizon: float) -> tuple[float, float, float]:
        """The measure of one point with its 95 % interval, from the hours of its runs."""
        if self.is_share:
            return share_by(hours, horizon if self.day is None else 24 * self.day)
        if self.kind == "median":
            middle, low, high = median(hours, horizon)
            if len(hours) < 6:  # too few runs for an interval
                return _days(middle), 0.0, np.inf
            return _days(middle), _days(low), _days(high)
        days = self.of_runs(hours, horizon)
        half = Z * float(days.std(ddof=1)) / np.sqrt(len(days)) if len(days) > 1 else np.inf
        mean = float(days.mean())
        return mean, mean - half, mean + half


def _days(hour: float | None) -> float:
    return np.inf if hour is None else hour / 24


@dataclass(frozen=True)
class Sample:
    """The runs of a complete sweep as one event sees them.

    Attributes:
        folder: the sweep.
        hours: of the event, for each design point (run,); NaN where not reached.
    """

    folder: SweepFolder
    hours: tuple[Floats, ...]

    @classmethod
    def of(cls, folder: SweepFolder, measure: Measure) -> Sample:
        """Read what a measure needs.

        Raises:
            ResultError: the sweep is not complete, does not have the column, or ends before the day.
        """
        shortest = float(folder.horizons.min()) / 24
        _ = folder.summary  # complains where it is not complete
        if measure.day is not None and measure.day > shortest:
            raise ResultError(f"{measure.text}: the sweep ends on day {shortest:g}")
        if measure.column not in folder.explicit["columns"]:
            raise ResultError(f"{folder.path}: the sweep has no column {measure.column}; sweep with --columns for it")
        rows = folder.by_point([measure.column])
        return cls(folder, tuple(_floats(table[measure.column]) for _, table in rows))

    @cached_property
    def table(self) -> Floats:
        """(point, run) hours.

        Raises:
            ResultError: points have different numbers of runs.
        """
        if len({len(hours) for hours in self.hours}) > 1:
            raise ResultError(
                f"{self.folder.path}: its points have different numbers of runs; give runs, not precision"
            )
        return np.array(self.hours)

    def runs(self, measure: Measure) -> Floats:
        """(point, run) of what the measure averages."""
        return measure.of_runs(self.table, self.folder.horizons[:, None])

    def known(self, measure: Measure) -> Known:
        """The measure of every point."""
        every = zip(self.hours, self.folder.horizons, strict=True)
        return Known(*np.array([measure.known(hours, float(horizon)) for hours, horizon in every]).T)


def varying(folder: SweepFolder) -> tuple[Measure, ...]:
    """The measures, by the horizon, that differ between some runs of a sweep."""
    asked = (Measure(name) for name in NAMES if NAMES[name][0] in folder.explicit["columns"])
    return tuple(measure for measure in asked if np.ptp(Sample.of(folder, measure).runs(measure)) > 0)


def _floats(column: Any) -> Floats:
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)


def measure_of(text: str) -> Measure:
    """The measure that a text asks for: `share:11`, `median`, `restricted_mean`, `capital`, `strength_25:7` …

    Raises:
        ValueError: it is none; says what there is.
    """
    name, colon, day = text.strip().partition(":")
    if name not in NAMES:
        near = nearest(name, list(NAMES))
        meant = f" (did you mean {near!r}?)" if near else ""
        raise ValueError(f"there is no measure {name!r}{meant}; there are {', '.join(NAMES)}")
    if not colon:
        return Measure(name)
    if NAMES[name][1] != "share":
        raise ValueError(f"{name} takes no day")
    if not re.fullmatch(r"\d+(\.\d+)?", day) or float(day) <= 0:
        raise ValueError(f"{day!r} is not a day, such as {name}:11")
    return Measure(name, float(day))


@dataclass(frozen=True)
class Condition:
    """What may hold at a design point."""

    measure: Measure
    sign: str
    limit: float

    @property
    def text(self) -> str:
        return f"{self.measure.text}{self.sign}{self.limit:g}"

    @property
    def words(self) -> str:
        """The same for people."""
        limit = f"{100 * self.limit:g} %" if self.measure.is_share else f"{self.limit:g} days"
        return f"{self.measure.words.removesuffix(' [days]')} is {_SIGNS[self.sign][1]} {limit}"

    def holds(self, known: Known) -> NDArray[np.bool_]:
        """(point,) whether it does."""
        return np.asarray(_SIGNS[self.sign][0](known.value, self.limit))

    def unsure(self, known: Known) -> NDArray[np.bool_]:
        """(point,) whether the limit lies in the 95 % interval: other dice might have said otherwise."""
        return np.asarray((known.low <= self.limit) & (self.limit <= known.high) & (known.low < known.high))


def condition_of(text: str) -> Condition:
    """`share:11<0.2`, `median>=15`, `capital > 50%` … as a condition; times are days.

    Raises:
        ValueError: it is not of this form.
    """
    found = re.fullmatch(r"\s*([^<>=]+?)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(%?)\s*", text)
    if not found:
        raise ValueError("must be of the form MEASURE<LIMIT or MEASURE>LIMIT, such as share:11<0.2 or median>15")
    measure = measure_of(found[1])
    limit = float(found[3]) / (100 if found[4] else 1)
    if found[4] and not measure.is_share:
        raise ValueError(f"{measure.name} is a time in days, not a share in %")
    if measure.is_share and limit > 1:
        raise ValueError(f"a share lies between 0 and 1 (or 0 and 100 %), not at {limit:g}")
    return Condition(measure, found[2], limit)
