"""From evidence to numbers: summaries of runs, what was observed of them, and how far they are apart.

A date gives two summaries: the day, at most the horizon, and whether it came at all, so
that what never came is a number too. Between a simulation s and what was observed,
o ± half, lies the misfit

    e = min(max(|s − o| − half, 0)/tail, CAP)

and the distance is d² = mean over cases of the mean over a case's rows of e². A case
counts as much as any other, however many of its dates are documented. CAP keeps one
impossible row from deciding alone: a dozen hard windows are never hit together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.evidence import Evidence
from calibration.simulator import Floats

CAP = 3.0
"""Misfit beyond which a row is simply wrong (in tails)."""
CAME_TAIL = 0.5
"""Tail of whether something came: the wrong answer is two tails off."""
CAME_WEIGHT = 0.25
"""So that a wrong answer counts one, as a date one tail off does."""
NEVER_SHARE = 3.0
"""Where something never came, a run in which it comes early is at most this many tails off."""


@dataclass(frozen=True)
class Component:
    """One summary of a run.

    Attributes:
        name: the evidence's id, with `_came` for whether it came.
        row: the evidence.
        observed, half, tail: in the summary's unit (days, 0 or 1, log10 of men).
        weight: within its row.
    """

    name: str
    row: Evidence
    observed: float
    half: float
    tail: float
    weight: float


def components(row: Evidence, horizon_hours: float) -> tuple[Component, ...]:
    """The summaries that a row of evidence asks for. Days for all that is dated."""
    if row.kind == "men":
        low, high = np.log10(1 + np.array([row.low, row.high], float))
        return (Component(row.id, row, (low + high) / 2, (high - low) / 2, float(np.log10(row.tail)), 1.0),)
    days = horizon_hours / 24
    if row.low is None or row.high is None:
        never = Component(row.id, row, days, 0.0, days / NEVER_SHARE, 1.0)
        return never, Component(f"{row.id}_came", row, 0.0, 0.0, CAME_TAIL, CAME_WEIGHT)
    dated = Component(row.id, row, (row.low + row.high) / 48, (row.high - row.low) / 48, row.tail / 24, 1.0)
    if row.kind == "gap":
        return (dated,)
    return dated, Component(f"{row.id}_came", row, 1.0, 0.0, CAME_TAIL, CAME_WEIGHT)


def columns(row: Evidence) -> tuple[str, ...]:
    """Columns of `outcomes` that a row of evidence needs."""
    match row.kind:
        case "fall":
            return (f"fall_{row.of}",)
        case "gap":
            return f"fall_{row.of}", f"fall_{row.after}"
        case "collapse":
            return ("collapse_hour",)
    return (row.of,)


def summarise(row: Evidence, outcomes: Mapping[str, NDArray[np.floating]], horizon_hours: float) -> list[Floats]:
    """(run,) values of each of a row's components."""
    values = [np.asarray(outcomes[column], np.float64) for column in columns(row)]
    if row.kind == "men":
        return [np.log10(1 + values[0])]
    capped = [np.where(np.isnan(v), horizon_hours, np.minimum(v, horizon_hours)) / 24 for v in values]
    if row.kind == "gap":
        return [capped[0] - capped[1]]
    return [capped[0], (~np.isnan(values[0])).astype(np.float64)]


@dataclass(frozen=True)
class Observation:
    """What was observed, and the distance of simulations from it. A `calibration.rejection.Distance`.

    Attributes:
        parts: all summaries, of rows held out too.
        used: (summary,) those that count.
    """

    parts: tuple[Component, ...]
    used: NDArray[np.bool_]

    @classmethod
    def of(cls, evidence: Sequence[Evidence], horizons: Mapping[str, float]) -> Observation:
        """Every row but the unused, in order; rows for the fit count.

        Args:
            horizons: case -> hours simulated.
        """
        parts = [part for row in evidence if row.use != "unused" for part in components(row, horizons[row.case])]
        return cls(tuple(parts), np.array([part.row.use == "fit" for part in parts]))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.parts)

    @property
    def observed(self) -> Floats:
        """(summary,)"""
        return np.array([part.observed for part in self.parts])

    def without(self, ids: set[str]) -> Observation:
        """The same, not counting these rows."""
        return Observation(self.parts, self.used & [part.row.id not in ids for part in self.parts])

    def of_rows(self, ids: set[str]) -> Observation:
        """The same, counting these rows and no others."""
        return Observation(self.parts, np.array([part.row.id in ids for part in self.parts]))

    def misfit(self, summaries: Floats, observed: Floats) -> Floats:
        """(run, summary) e, from 0 to CAP."""
        half = np.array([part.half for part in self.parts])
        tail = np.array([part.tail for part in self.parts])
        apart = np.abs(summaries - observed)
        return np.asarray(np.minimum(np.maximum(apart - half, 0) / tail, CAP))

    @property
    def weights(self) -> Floats:
        """(summary,) summing to 1 over the weights of dates: each case alike, within it each row."""
        rows: dict[str, set[str]] = {}
        for part, used in zip(self.parts, self.used, strict=True):
            if used:
                rows.setdefault(part.row.case, set()).add(part.row.id)
        return np.array(
            [
                part.weight / len(rows[part.row.case]) / len(rows) if used else 0.0
                for part, used in zip(self.parts, self.used, strict=True)
            ]
        )

    def __call__(self, summaries: Floats, observed: Floats) -> Floats:
        """(run,) d."""
        return np.asarray(np.sqrt(np.square(self.misfit(summaries, observed)) @ self.weights))
