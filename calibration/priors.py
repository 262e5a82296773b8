"""Priors: independent ranges, drawn by row, and the space in which inference works.

The table of parameters gives each a range (low, high). Its unit of measure decides the scale:

| unit of measure                            | prior       | since                                     |
|--------------------------------------------|-------------|-------------------------------------------|
| 1/h, 1/day                                 | log-uniform | a rate: known by its order of magnitude   |
| h, day                                     | log-uniform | a time, likewise                          |
| km/day, men, units                         | log-uniform | a positive size: twice is as far as half  |
| log hazard ratio, log odds, share, -       | uniform     | a logarithm already, or bounded, or around 1 |

Inference works in probit space: z = Φ⁻¹(u), where u in (0, 1) is the place in the range (of
the logarithm, where the prior is log-uniform). There the prior is standard normal and has
no walls. In a box of twelve ranges a Gaussian move leaves the prior almost always.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from calibration.dice import Purpose, dice
from calibration.simulator import CalibrationError, Floats, digest
from sim.parameters import BY_NAME, FREE, Parameter

SLACK = 1e-9
"""A value outside its range by less than this share of it is taken for its end: a matter of rounding."""


@dataclass(frozen=True)
class Range:
    """The prior of one parameter: uniform from `low` to `high`, or of its logarithm (`log`)."""

    name: str
    low: float
    high: float
    log: bool = False
    uom: str = "-"

    def __post_init__(self) -> None:
        if not (np.isfinite([self.low, self.high]).all() and self.low < self.high and (self.low > 0 or not self.log)):
            above = "0 < " if self.log else ""
            raise CalibrationError(
                f"prior of {self.name}: {above}low < high, finite, not {self.low:g} to {self.high:g}"
            )

    def place(self, values: Floats) -> Floats:
        """Values as their place in the range, 0 to 1."""
        if self.log:
            return np.asarray(np.log(values / self.low) / np.log(self.high / self.low))
        return np.asarray((values - self.low) / (self.high - self.low))

    def at(self, place: Floats) -> Floats:
        """Values at a place in the range, 0 to 1."""
        if self.log:
            values = self.low * np.exp(np.log(self.high / self.low) * place)
        else:
            values = self.low + (self.high - self.low) * place
        return np.asarray(np.clip(values, self.low, self.high))


@dataclass(frozen=True)
class Prior:
    """What is varied, in order, and what is held.

    Attributes:
        ranges: a prior for each parameter that inference may move.
        fixed: the values of the others that a simulator is to know.
    """

    ranges: tuple[Range, ...]
    fixed: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [*self.names, *self.fixed]
        if not self.ranges or len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise CalibrationError(f"a prior needs a parameter, and each once; twice: {', '.join(twice) or 'none'}")

    @classmethod
    def of_parameters(
        cls,
        names: Sequence[str] | None = None,
        *,
        ranges: Mapping[str, tuple[float, float]] | None = None,
        fixed: Mapping[str, float] | None = None,
    ) -> Prior:
        """The prior that sim/parameters.py gives.

        Args:
            names: what to vary; by default the parameters whose role is "calibrate".
            ranges: other ranges for some of them.
            fixed: values to hold; the model's other free parameters are held at their defaults.

        Raises:
            CalibrationError: there is no such parameter, or a range makes no sense.
        """
        ranges, fixed = dict(ranges or {}), dict(fixed or {})
        wanted = [p.name for p in FREE if p.role == "calibrate" and p.name not in fixed] if names is None else names
        if unknown := sorted({*wanted, *ranges, *fixed} - set(BY_NAME)):
            raise CalibrationError(f"there is no parameter {', '.join(map(repr, unknown))}")
        if idle := sorted(set(ranges) - set(wanted)):
            raise CalibrationError(f"a range is given for {', '.join(idle)}, which does not vary")
        held = {p.name: float(p.default) for p in FREE if p.name not in wanted} | fixed
        return cls(tuple(_range(BY_NAME[name], ranges.get(name)) for name in wanted), held)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.ranges)

    def to_probit(self, theta: Floats) -> Floats:
        """(..., parameter) values in natural units -> z; the ends of a range, which are infinite, at ± 8.2.

        Raises:
            CalibrationError: a value outside its range.
        """
        theta = np.asarray(theta, dtype=np.float64)
        places = np.stack([each.place(theta[..., i]) for i, each in enumerate(self.ranges)], axis=-1)
        outside = ~((places >= -SLACK) & (places <= 1 + SLACK))
        if outside.any():
            *_, column = np.argwhere(outside)[0]
            each, value = self.ranges[column], theta[..., column][outside[..., column]].flat[0]
            raise CalibrationError(f"{each.name} = {value:g} lies outside its prior, {each.low:g} to {each.high:g}")
        return np.asarray(ndtri(np.clip(places, 2.0**-53, 1 - 2.0**-53)))

    def from_probit(self, z: Floats) -> Floats:
        """(..., parameter) z -> values in natural units."""
        places = ndtr(np.asarray(z, dtype=np.float64))
        return np.stack([each.at(np.ascontiguousarray(places[..., i])) for i, each in enumerate(self.ranges)], axis=-1)

    def draw(self, rows: range, seed: int) -> Floats:
        """(row, parameter) draws in natural units; a row has the same bits whatever others are drawn with it."""
        blocks = -(-len(self.ranges) // 4)  # of four doubles, for one row
        generator = dice(seed, Purpose.PRIOR, block=rows.start * blocks)
        places = generator.random((len(rows), 4 * blocks))[:, : len(self.ranges)] + 2.0**-54  # never 0
        return np.stack([each.at(np.ascontiguousarray(places[:, i])) for i, each in enumerate(self.ranges)], axis=1)

    def values(self, theta: Floats) -> dict[str, Any]:
        """Name -> (row,) values of what varies, and a number for each that is held."""
        return {**self.fixed, **{name: np.ascontiguousarray(theta[:, i]) for i, name in enumerate(self.names)}}

    def as_dict(self) -> dict[str, Any]:
        """Plain values; `from_dict` takes them back."""
        ranges = [{"name": r.name, "low": r.low, "high": r.high, "log": r.log, "uom": r.uom} for r in self.ranges]
        return {"ranges": ranges, "fixed": dict(self.fixed)}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Prior:
        return cls(tuple(Range(**each) for each in told["ranges"]), dict(told["fixed"]))

    @property
    def sha256(self) -> str:
        """The same for the same ranges in the same order, and the same held values."""
        return digest(self.as_dict())


def _range(parameter: Parameter, given: tuple[float, float] | None) -> Range:
    low, high = (float(end) for end in given or parameter.prior)
    return Range(parameter.name, low, high, parameter.by_ratio and low > 0, parameter.uom)
