"""A sweep made explicit: its scenarios, points, runs and columns, all checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np

from sim.ensemble import outcomes
from sim.experiments.sweep.bases import Base
from sim.experiments.sweep.design import Row
from sim.experiments.sweep.factors import Factor
from sim.experiments.sweep.file import DesignTable, PrecisionTable
from sim.experiments.sweep.points import Point, point_of
from sim.experiments.sweep.shards import Layout
from sim.plan import make_plan
from sim.versions import versions

FORMAT = 1
ALWAYS = ("design_point", "run", "collapse_hour")
"""Columns that every shard has."""
ON_REQUEST = ("account_*", "fired_*", "final_status")
"""Columns that are written only when asked for: about two per trigger, and a letter per unit."""


@dataclass(frozen=True)
class Sweep:
    """Everything that decides what rows a sweep has.

    Attributes:
        name: of the file, without its ending.
        text: the file as written.
        bases: its scenarios.
        factors, design, rows: what varies, how the points are laid, their values.
        runs: per point; with `precision`, at most.
        seed: of all draws, the same at every point.
        days: horizon instead of the scenarios' own.
        shard_runs: rows that are written at once.
        columns: of each row, in order.
    """

    name: str
    text: str
    bases: tuple[Base, ...]
    factors: tuple[Factor, ...]
    design: DesignTable
    rows: tuple[Row, ...]
    runs: int
    precision: PrecisionTable | None
    seed: int
    days: float | None
    shard_runs: int
    columns: tuple[str, ...]

    def point(self, number: int) -> Point:
        """What changes at a design point."""
        return point_of(self.factors, self.rows[number], self.days, [base.label for base in self.bases])

    @property
    def layout(self) -> Layout:
        return Layout(len(self.rows), self.runs, self.shard_runs, in_turn=self.precision is not None)

    def horizon(self, number: int) -> float:
        """Hours that a design point is simulated for."""
        change = self.point(number).change
        return 24 * (self.bases[change.scenario].resolved.days if change.days is None else change.days)

    @cached_property
    def explicit(self) -> dict[str, Any]:
        """What sweep.json holds. Two sweeps with the same have the same rows."""
        return {
            "format": FORMAT,
            "name": self.name,
            "scenarios": {base.label: _hash(base.resolved.model_dump_json()) for base in self.bases},
            "design": self.design.model_dump(exclude_none=True) | {"points": len(self.rows)},
            "factors": [_told(factor) for factor in self.factors],
            "points_sha256": _hash(repr(self.rows)),
            "runs": self.runs,
            "precision": self.precision and self.precision.model_dump(),
            "seed": self.seed,
            "days": self.days,
            "shard_runs": self.shard_runs,
            "shards": self.layout.shards,
            "columns": list(self.columns),
            "versions": versions(),
        }


def available_columns(bases: Sequence[Base]) -> tuple[str, ...]:
    """The columns that rows of these scenarios can have: those of one run of one step."""
    found: dict[str, None] = {}
    for base in bases:
        plan = replace(make_plan(base.resolved), steps=1)
        found |= dict.fromkeys(outcomes(plan, runs=1))
    return tuple(found)


def chosen_columns(available: Sequence[str], wanted: Sequence[str] | None) -> tuple[tuple[str, ...], list[str]]:
    """The columns to write, and the words of `wanted` that fit none.

    Args:
        available: columns of an outcome.
        wanted: names or patterns with *, or "all"; None for all but those of single triggers and units.
    """
    if wanted is None:
        kept = [c for c in available if not any(fnmatchcase(c, pattern) for pattern in ON_REQUEST)]
        return (*ALWAYS, *(c for c in kept if c not in ALWAYS)), []
    patterns = ["*" if word == "all" else word for word in wanted]
    strange = [p for p in patterns if p not in ALWAYS and not any(fnmatchcase(c, p) for c in available)]
    kept = [c for c in available if any(fnmatchcase(c, pattern) for pattern in patterns)]
    return (*ALWAYS, *(c for c in kept if c not in ALWAYS)), strange


def _told(factor: Factor) -> dict[str, Any]:
    kept = {"name": factor.name, "kind": factor.kind, "target": factor.target, "base": plain(factor.base)}
    if factor.values:
        return kept | {"values": list(dict.fromkeys(cells(factor.values)))}
    return kept | {"low": factor.low, "high": factor.high, "scale": factor.scale}


def cells(values: Sequence[Any], every: Sequence[Any] = ()) -> list[Any]:
    """Values of a factor as its column has them: numbers, or switches, or words; None where as it is.

    Words where any of `every` value that it can take is neither number nor switch.
    """
    kinds = {type(plain(value)) for value in every or values if value is not None}
    as_they_are = kinds <= {int, float} or kinds == {bool}
    return [value if value is None or as_they_are else _word(value) for value in map(plain, values)]


def plain(value: Any) -> Any:
    """A value without structure: numbers and words as they are, lists and tables in words, moments as text."""
    match value:
        case np.generic():
            return value.item()
        case list() | tuple():
            deep = any(isinstance(item, list | tuple | dict) for item in value)
            return ("; " if deep else ", ").join(_word(plain(item)) for item in value)
        case dict():
            return ", ".join(f"{name} = {_word(plain(item))}" for name, item in value.items())
        case bool() | int() | float() | str() | None:
            return value
        case _:
            return str(value)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
