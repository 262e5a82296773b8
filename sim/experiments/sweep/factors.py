"""Factors: what varies from one design point to another, and over which values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any, Literal

from sim.experiments.sweep.file import LEVELS, FactorTable
from sim.parameters import BY_NAME
from sim.scenario.problems import Problem, nearest
from sim.scenario.read import Document
from sim.scenario.schema import ScenarioFile

Kind = Literal["key", "switch", "account", "scenarios"]
KINDS: tuple[Kind, ...] = ("key", "switch", "account", "scenarios")
RANGE = ("low", "high", "scale", "levels")
RESERVED = ("design_point", "run", "runs", "horizon_hours")
MEASURES = ("collapsed", "median_hours", "restricted_mean_hours")
"""Names, and beginnings of names, that columns of the summary have."""
_FITS: dict[Kind, tuple[str, ...]] = {
    "key": (*RANGE, "values"),
    "switch": (),
    "account": ("values",),
    "scenarios": (),
}
"""Fields that go with each kind of factor."""


@dataclass(frozen=True)
class Factor:
    """One factor. It has `values`, or a range from `low` to `high`.

    Attributes:
        name: of its column in tables.
        kind: what it changes.
        target: dotted path, trigger id or type; "" for scenarios.
        levels: values into which a factorial design cuts the range.
        base: the value that the scenario has; None where that is not one value.
    """

    name: str
    kind: Kind
    target: str
    values: tuple[Any, ...] = ()
    low: float = nan
    high: float = nan
    scale: Literal["linear", "log"] = "linear"
    levels: int = LEVELS
    base: Any = None

    @property
    def parameter(self) -> str:
        """Name of the model's parameter that it varies, or ""."""
        return parameter_of(self.target) if self.kind == "key" else ""

    def at(self, share: float) -> Any:
        """The value this share (0 to 1) of the way through its range, or through its list of values."""
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        if self.scale == "log":
            value = self.low * (self.high / self.low) ** share
        else:
            value = self.low + share * (self.high - self.low)
        # Twelve digits are enough, and 0.3 stays 0.3.
        return float(f"{min(max(value, self.low), self.high):.12g}")

    def grid(self) -> tuple[Any, ...]:
        """Its values, or the ends of its range with evenly spaced values between them."""
        return self.values or tuple(self.at(i / (self.levels - 1)) for i in range(self.levels))


def parameter_of(key: str) -> str:
    """The model parameter that a dotted path means, or ""."""
    first, _, rest = key.partition(".")
    if first in ("parameter", "parameters"):
        return rest
    return key if key in BY_NAME else ""


def unknown(key: str) -> tuple[()] | tuple[str, str]:
    """What is wrong with a key that can only mean a parameter, and what may have been meant; () if nothing is."""
    name = parameter_of(key) or ("" if "." in key or key in ScenarioFile.model_fields else key)
    if not name or name in BY_NAME:
        return ()
    return f"there is no parameter {name!r}", nearest(name, tuple(BY_NAME))


def kinds_of(row: FactorTable) -> list[Kind]:
    """The kinds that a row names; one if it is sound."""
    return [kind for kind in KINDS if kind in row.model_fields_set]


def factor_problems(document: Document, rows: list[tuple[int, FactorTable]], table: bool) -> Iterator[Problem]:
    """What is wrong with rows that fit the schema.

    Args:
        document: the sweep file.
        rows: (index, row).
        table: whether a table gives their values.
    """
    for index, row in rows:
        for field, message, *near in _faults(row, table):
            yield document.problem(("factor", index, *([field] if field else [])), message, *near)
    named = Counter(name_of(row) for _, row in rows if len(kinds_of(row)) == 1)
    for index, row in rows:
        if len(kinds_of(row)) == 1 and named[name_of(row)] > 1:
            yield document.problem(("factor", index), f"several factors are called {name_of(row)!r}; give each a name")


def _faults(row: FactorTable, table: bool) -> Iterator[tuple[str, ...]]:
    """(field, message), and what may have been meant."""
    kinds = kinds_of(row)
    if len(kinds) != 1:
        yield "", f"names {' and '.join(kinds)}; keep one" if kinds else f"needs one of {', '.join(KINDS)}"
        return
    given = [field for field in (*RANGE, "values") if getattr(row, field) is not None]
    for field in given:
        if table:
            yield field, "does not go with a table, which holds the values"
        elif field not in _FITS[kinds[0]]:
            yield field, f"does not go with {kinds[0]}"
        elif field in RANGE and "values" in given:
            yield field, "is given beside values; keep one of them"
    if row.name in RESERVED or (row.name or "").startswith(MEASURES):
        yield "name", f"{row.name!r} is a column of the results; give another name"
    if row.values is not None and len({repr(value) for value in row.values}) < len(row.values):
        yield "values", "holds a value twice"
    if row.scenarios is not None and len(set(row.scenarios)) < len(row.scenarios):
        yield "scenarios", "holds a scenario twice"
    if row.key is not None and row.values is None and not table:
        yield from _range_faults(row)


def _range_faults(row: FactorTable) -> Iterator[tuple[str, ...]]:
    if message := unknown(row.key or ""):
        yield "key", *message
        return
    low, high, scale = _range(row)
    if low is None or high is None:
        missing = [name for name, value in (("low", low), ("high", high)) if value is None]
        yield "", f"needs {' and '.join(missing)}, or values: only a parameter of the model has a prior to take"
    elif low >= high:
        yield "high", f"must be above low, {low:g}, not {high:g}"
    elif scale == "log" and low <= 0:
        yield "low", f"must be above 0 on a log scale, not {low:g}"


def _range(row: FactorTable) -> tuple[float | None, float | None, Literal["linear", "log"]]:
    """(low, high, scale); what a parameter's row does not say is its prior's."""
    prior = BY_NAME.get(parameter_of(row.key or ""))
    low, high = row.low, row.high
    if prior is None:
        return low, high, row.scale or "linear"
    by_prior: Literal["linear", "log"] = "log" if low is None and high is None and prior.by_ratio else "linear"
    low, high = (prior.prior[i] if end is None else end for i, end in enumerate((low, high)))
    return low, high, row.scale or by_prior


def name_of(row: FactorTable) -> str:
    """The name given, or the target."""
    if row.name:
        return row.name
    if row.key is not None:
        return parameter_of(row.key) or row.key
    return row.switch or row.account or "scenario"


def factor_of(row: FactorTable, base: Any, accounts: tuple[str, ...] = (), table: bool = False) -> Factor:
    """The factor that a sound row stands for.

    Args:
        row: without any fault.
        base: the value that the scenario has.
        accounts: names of the accounts of its trigger.
        table: whether a table gives its values.
    """
    (kind,) = kinds_of(row)
    target = row.key or row.switch or row.account or ""
    plain = Factor(name_of(row), kind, target, base=base)
    values: tuple[Any, ...] = tuple(row.values or ())
    if kind == "switch":
        values = (False, True)
    elif kind == "scenarios":
        values = tuple(Path(name).stem for name in row.scenarios or ())
    elif kind == "account":
        values = values or accounts
    elif not values and not table:
        low, high, scale = _range(row)
        assert low is not None
        assert high is not None
        return Factor(plain.name, kind, target, (), low, high, scale, row.levels or LEVELS, base)
    return Factor(plain.name, kind, target, values, base=base)
