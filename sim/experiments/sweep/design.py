"""Designs: where the points of a sweep lie. One function per kind; a new kind is a new function here.

A design gets the factors, how many points are asked for and a seed, and yields one row
per design point with a value for each factor, None for "as the scenario has it".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, product
from typing import Any, NamedTuple

from sim.experiments.sweep.factors import Factor
from sim.experiments.sweep.file import MOST_POINTS

Row = tuple[Any, ...]
Make = Callable[[Sequence[Factor], int, int], Iterable[Row]]


class DesignError(ValueError):
    """A design that cannot be laid; says why, about a field of [design], "" for the whole."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Kind(NamedTuple):
    """A design, and whether it must be told how many points."""

    make: Make
    wants_points: bool


KINDS: dict[str, Kind] = {}
"""Name in the file -> design."""


def design(name: str, *, wants_points: bool = False) -> Callable[[Make], Make]:
    """Enter a function as the design of this name."""

    def enter(make: Make) -> Make:
        KINDS[name] = Kind(make, wants_points)
        return make

    return enter


def lay(kind: str, factors: Sequence[Factor], points: int | None, seed: int) -> tuple[Row, ...]:
    """The rows of a design, the first point first.

    Raises:
        DesignError: it cannot be laid, or has too many points.
    """
    made, wants = KINDS[kind]
    if wants and points is None:
        raise DesignError("", "needs points = N, how many are drawn")
    if not wants and points is not None:
        raise DesignError("points", f"does not go with {kind}, whose factors say how many there are")
    if not factors:
        raise DesignError("", "needs at least one [[factor]]")
    # Counted while it is laid: ten values of each of twelve factors would fill the memory.
    rows = tuple(islice(made(factors, points or 0, seed), MOST_POINTS + 1))
    if len(rows) > MOST_POINTS:
        raise DesignError("", f"has more than {MOST_POINTS:,} points; a latin_hypercube takes as many as you say")
    return rows


def placed(factors: Sequence[Factor], shares: Iterable[Sequence[float]]) -> Iterator[Row]:
    """Points of the unit cube (one row per point, one column per factor) as values of the factors."""
    for row in shares:
        yield tuple(factor.at(float(share)) for factor, share in zip(factors, row, strict=True))


@design("factorial")
def factorial(factors: Sequence[Factor], points: int, seed: int) -> Iterable[Row]:
    """Every combination of values; the last factor varies fastest."""
    return product(*(factor.grid() for factor in factors))


@design("one_at_a_time")
def one_at_a_time(factors: Sequence[Factor], points: int, seed: int) -> Iterator[Row]:
    """The scenario as it is, then each other value of each factor alone."""
    base = tuple(factor.base for factor in factors)
    yield base
    for column, factor in enumerate(factors):
        for value in factor.grid():
            if value != base[column]:
                yield (*base[:column], value, *base[column + 1 :])


@design("latin_hypercube", wants_points=True)
def latin_hypercube(factors: Sequence[Factor], points: int, seed: int) -> Iterator[Row]:
    """Each factor's range is cut into as many strips as there are points; each strip holds one point.

    McKay, Beckman & Conover, Technometrics 1979.
    """
    from scipy.stats import qmc

    return placed(factors, qmc.LatinHypercube(len(factors), rng=seed).random(points))


@design("sobol", wants_points=True)
def sobol(factors: Sequence[Factor], points: int, seed: int) -> Iterator[Row]:
    """A scrambled Sobol' sequence (Owen's scrambling): even in every direction at powers of 2."""
    from scipy.stats import qmc

    if points & (points - 1):
        below = 1 << (points.bit_length() - 1)
        raise DesignError("points", f"must be a power of 2, such as {below} or {2 * below}, not {points}")
    return placed(factors, qmc.Sobol(len(factors), rng=seed).random(points))


@design("scenarios")
def scenarios(factors: Sequence[Factor], points: int, seed: int) -> Iterator[Row]:
    """One point for each scenario, as it is."""
    if [factor.kind for factor in factors] != ["scenarios"]:
        raise DesignError("kind", "scenarios takes one factor, with scenarios; factorial crosses them with others")
    return ((value,) for value in factors[0].values)


@design("table")
def table(factors: Sequence[Factor], points: int, seed: int) -> Iterator[Row]:
    """The points that a table lists, row by row."""
    return zip(*(factor.values for factor in factors), strict=True)
