"""What moves a noisy result: Sobol' indices and Morris' effects, with the dice set apart from the factors.

A result is a mean (or median) over runs at each design point, and run r has the same dice at
every point. What other dice would change is estimated by resampling the runs, the same ones
at all points: so the error of a difference between two points, often smaller than that of
either, is what it is.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.experiments.sweep.global_designs import LEVELS, unit_cube
from sim.measures import Z

Floats = NDArray[np.float64]

RESAMPLES = 500
"""Bootstrap resamples of base points or trajectories."""
RESAMPLES_OF_RUNS = 100
MOVE = LEVELS / (2 * (LEVELS - 1))
"""Of a factor between two points of a trajectory, as a share of its range."""


@dataclass(frozen=True)
class Result:
    """What was measured.

    Attributes:
        values: (point,) over all runs.
        again: (resample, point) over resampled runs.
    """

    values: Floats
    again: Floats

    @classmethod
    def of(cls, runs: Floats, average: Callable[[Floats], Floats]) -> Result:
        """Of (point, run) values, by an average over runs, such as the mean over the last axis.

        Raises:
            ValueError: fewer than two runs.
        """
        many = runs.shape[1]
        if many < 2:
            raise ValueError("at least two runs at each point are needed to tell the dice apart")
        drawn = np.random.default_rng(1).integers(many, size=(RESAMPLES_OF_RUNS, many))
        values, again = average(runs), np.array([average(runs[:, chosen]) for chosen in drawn])
        # So scaled, these very resamples tell the variance of a mean without bias: of infinitely
        # many it would be (1 - 1/M) times too small.
        counts = np.array([np.bincount(chosen, minlength=many) for chosen in drawn])
        scale = np.sqrt(many / counts.var(axis=0, ddof=1).sum())
        return cls(values, values + (again - values) * scale)

    @property
    def centred(self) -> Result:
        """With the mean over all points taken off: what the dice do alike everywhere is gone."""
        return Result(self.values - self.values.mean(), self.again - self.again.mean(axis=1, keepdims=True))


class Estimate(NamedTuple):
    """Values with half the width of their 95 % intervals, (factor,)."""

    value: Floats
    half: Floats

    @property
    def low(self) -> Floats:
        return self.value - self.half

    @property
    def high(self) -> Floats:
        return self.value + self.half


class Parts(NamedTuple):
    """Shares of the variance between single runs."""

    factors: float
    """Between points: the means over infinitely many runs."""
    dice: float
    """Between runs, alike at every point."""
    both: float
    """Between runs, differently from point to point."""


class Sobol(NamedTuple):
    """Shares of the variance between points, (factor,)."""

    first: Estimate
    """By each factor alone."""
    total: Estimate
    """By each factor alone or with others."""
    noise: float
    """Share of the variance of the measured results that was the dice's, and was taken off."""


class Morris(NamedTuple):
    """Elementary effects, scaled to a move over the whole range; (factor,)."""

    mu_star: Estimate
    """Mean of their sizes."""
    mu: Estimate
    """Mean, with their sign."""
    sigma: Floats
    """Spread: by interaction or by curvature; that by the dice is taken off."""
    floor: Floats
    """Mean size that they would have by the dice alone."""
    apart: NDArray[np.bool_]
    """Whether they are larger than the dice alone would make them, at 97.5 %."""


def variance_parts(runs: Floats) -> Parts:
    """Shares of the variance of (point, run) values, without the bias of a finite number of runs and points.

    Two-way analysis of variance, both ways random. Of the variance of means over M runs,
    Var(mean) + E[var]/M, the second term is removed; what the dice do alike at every point
    is in none of it.
    """
    points, many = runs.shape
    by_point, by_run, mean = runs.mean(axis=1), runs.mean(axis=0), runs.mean()
    rest = runs - by_point[:, None] - by_run + mean
    both = float((rest**2).sum()) / ((points - 1) * (many - 1))
    factors = max(float(by_point.var(ddof=1)) - both / many, 0.0)
    dice = max(float(by_run.var(ddof=1)) - both / points, 0.0)
    whole = factors + dice + both
    return Parts(factors / whole, dice / whole, both / whole) if whole > 0 else Parts(0.0, 0.0, 0.0)


def sobol(result: Result, factors: int) -> Sobol:
    """First-order and total indices of the points that `saltelli` laid; NaN where nothing is left to share.

    SALib's estimates (Saltelli et al. 2010) and bootstrap intervals. The dice of the two
    points of a product or a difference do not average out: their part is taken off
    numerators and variance, and their share in the error is added to the interval.
    """
    from SALib.analyze.sobol import analyze, first_order, total_order

    result = result.centred
    a, _, b = _blocks(result.values, factors)
    a_, ab_, b_ = _blocks(result.again, factors)
    whole = float(np.var([a, b]))
    noise = float(_covariance(a_, a_).mean() + _covariance(b_, b_).mean()) / 2
    if whole <= 0 or whole <= noise:
        nothing = Estimate(np.full(factors, np.nan), np.full(factors, np.nan))
        return Sobol(nothing, nothing, 1.0)
    moved_ = ab_ - a_[..., None]
    by_dice = {
        "S1": _covariance(b_[..., None], moved_).mean(axis=0),
        "ST": _covariance(moved_, moved_).mean(axis=0) / 2,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a resample without variance
        told = analyze(unit_cube(factors), result.values, calc_second_order=False, num_resamples=RESAMPLES, seed=1)
        again = {
            "S1": np.array([first_order(a_.T, ab_[..., i].T, b_.T) for i in range(factors)]),
            "ST": np.array([total_order(a_.T, ab_[..., i].T, b_.T) for i in range(factors)]),
        }

    def corrected(name: str) -> Estimate:
        value = (told[name] * whole - by_dice[name]) / (whole - noise)
        dice = Z * np.sqrt(_covariance(again[name].T, again[name].T))
        return Estimate(value, np.hypot(told[f"{name}_conf"], dice) * whole / (whole - noise))

    return Sobol(corrected("S1"), corrected("ST"), noise / whole)


def _blocks(values: Floats, factors: int) -> tuple[Floats, Floats, Floats]:
    """A (…, base), AB (…, base, factor) and B (…, base) of (…, point)."""
    rows = values.reshape(*values.shape[:-1], -1, factors + 2)
    return rows[..., 0], rows[..., 1:-1], rows[..., -1]


def _covariance(one: Floats, other: Floats) -> Floats:
    """Of the errors that the dice make in two estimates; resamples are the first axis."""
    return np.asarray(((one - one.mean(axis=0)) * (other - other.mean(axis=0))).sum(axis=0) / (len(one) - 1))


def morris(result: Result, positions: Floats) -> Morris:
    """Elementary effects of the points that `morris` laid: SALib's, with what the dice do to them.

    Args:
        result: of the points.
        positions: (point, factor) where each point lies along each factor, by any scale that rises with it.
    """
    from SALib.analyze.morris import analyze

    problem = unit_cube(positions.shape[1])
    told: Any = analyze(problem, positions, result.values, num_levels=LEVELS, num_resamples=RESAMPLES, seed=1)
    effects, effects_ = (elementary_effects(each, positions) for each in (result.values, result.again))
    error = _covariance(effects_, effects_).mean(axis=0)
    by_dice = np.quantile(((effects_ - effects_.mean(axis=0)) ** 2).mean(axis=1), 0.975, axis=0)
    sizes_, means_ = np.abs(effects_).mean(axis=1), effects_.mean(axis=1)
    mu = effects.mean(axis=0)
    spread = Z * effects.std(axis=0, ddof=1) / np.sqrt(len(effects)) if len(effects) > 1 else np.full_like(mu, np.nan)
    return Morris(
        Estimate(told["mu_star"].data, np.hypot(told["mu_star_conf"].data, Z * np.sqrt(_covariance(sizes_, sizes_)))),
        Estimate(mu, np.hypot(spread, Z * np.sqrt(_covariance(means_, means_)))),
        np.sqrt(np.maximum(told["sigma"] ** 2 - error, 0)),
        np.sqrt(2 / np.pi * error),
        np.asarray((effects**2).mean(axis=0) > by_dice + 1e-12),
    )


def elementary_effects(values: Floats, positions: Floats) -> Floats:
    """(…, trajectory, factor) change of (…, point) values with each move up, over its part of the range."""
    factors = positions.shape[1]
    moves = np.diff(positions.reshape(-1, factors + 1, factors), axis=1)
    changes = np.diff(values.reshape(*values.shape[:-1], -1, factors + 1), axis=-1)
    order = np.abs(moves).argmax(axis=1)  # (trajectory, factor) at which move it was
    up = np.sign(np.take_along_axis(moves, order[:, None], axis=1))[:, 0]
    order = np.broadcast_to(order, changes.shape)
    return np.asarray(np.take_along_axis(changes, order, axis=-1) * up / MOVE)
