"""Designs for global sensitivity analysis, by SALib: `sim.experiments.sensitivity` reads what they lay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sim.experiments.sweep.design import DesignError, Row, design, placed
from sim.experiments.sweep.factors import Factor
from sim.experiments.sweep.file import MOST_POINTS

LEVELS = 4
"""Of Morris' grid; a move goes half of them up or down: two thirds of the range."""


def unit_cube(factors: int) -> dict[str, Any]:
    """SALib's description of so many factors, each from 0 to 1."""
    return {"num_vars": factors, "names": [str(i) for i in range(factors)], "bounds": [[0.0, 1.0]] * factors}


@design("morris", wants_points=True)
def morris(factors: Sequence[Factor], points: int, seed: int) -> Iterator[Row]:
    """`points` trajectories through a grid, each a start and then one move of every factor, in random order.

    Morris, Technometrics 1991.
    """
    _not_too_many(points * (len(factors) + 1))
    from SALib.sample.morris import sample

    return placed(factors, sample(unit_cube(len(factors)), points, num_levels=LEVELS, seed=seed))


@design("saltelli", wants_points=True)
def saltelli(factors: Sequence[Factor], points: int, seed: int) -> Iterator[Row]:
    """`points` pairs of independent points A and B, and for each factor A with that factor's value from B.

    Saltelli et al., Computer Physics Communications 2010; the pairs are a scrambled Sobol' sequence.
    """
    if points & (points - 1):
        below = 1 << (points.bit_length() - 1)
        raise DesignError("points", f"must be a power of 2, such as {below} or {2 * below}, not {points}")
    _not_too_many(points * (len(factors) + 2))
    from SALib.sample.sobol import sample

    return placed(factors, sample(unit_cube(len(factors)), points, calc_second_order=False, seed=seed))


def _not_too_many(rows: int) -> None:
    # Before they are made, which takes a while.
    if rows > MOST_POINTS:
        raise DesignError("points", f"makes {rows:,} design points, more than {MOST_POINTS:,}")
