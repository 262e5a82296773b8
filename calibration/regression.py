"""Regression: what accepted simulations say about the observation itself; and learned summaries.

Around the observation o, the parameters z (in probit space) of the accepted simulations
follow their summaries s as z = m(s) + σ(s) ε. Each draw is moved to where it would lie had
its summaries been the observed ones:

    linear            z* = m(o) + z − m(s)                      (Beaumont et al., Genetics 162, 2002)
    heteroscedastic   z* = m(o) + (σ(o)/σ(s)) (z − m(s))        (Blum & François, Statistics and Computing 20, 2010)

m is linear, and so is log σ², fitted to the squared residuals. Both are ridge regressions
with the kernel's weights; the penalty is chosen by generalised cross-validation (Golub,
Heath & Wahba, Technometrics 21, 1979). An observation far from all simulations is
extrapolated to: never read an adjusted posterior without `checks.misspecification`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from calibration.simulator import Floats
from calibration.weighted import ess

Adjustment = Literal["none", "linear", "heteroscedastic"]
Form = Literal["linear", "quadratic"]

PENALTIES = 10.0 ** np.arange(-8, 1.5, 0.5)
"""Tried by cross-validation, as parts of the largest eigenvalue."""
MOST_RESCALING = 4.0
"""σ(o)/σ(s) and its inverse stay below: a fitted logarithm extrapolates exponentially."""


@dataclass(frozen=True)
class Ridge:
    """A linear fit: (row, feature) -> (row, output).

    Attributes:
        centre, scale: (feature,) of the weighted features; scale inf where one does not vary.
        intercept: (output,); the weighted mean.
        slopes: (feature, output) of standardised features.
    """

    centre: Floats
    scale: Floats
    intercept: Floats
    slopes: Floats

    def __call__(self, features: Floats) -> Floats:
        return self.intercept + ((features - self.centre) / self.scale) @ self.slopes


def ridge(features: Floats, outputs: Floats, weights: Floats) -> Ridge:
    """Weighted ridge regression, with a penalty for each output by generalised cross-validation.

    Args:
        features: (row, feature).
        outputs: (row, output).
        weights: (row,) any scale.
    """
    share = weights / weights.sum()
    centre, intercept = share @ features, share @ outputs
    sd = np.sqrt(share @ np.square(features - centre))
    scale = np.where(sd > 1e-12 * np.maximum(1, np.abs(centre)), sd, np.inf)
    # The squares of the features, not the features: a decomposition of their size takes no time.
    x = np.sqrt(share)[:, None] * (features - centre) / scale
    y = np.sqrt(share)[:, None] * (outputs - intercept)
    squares, axes = np.linalg.eigh(x.T @ x)
    inverse = np.divide(1.0, squares, out=np.zeros_like(squares), where=squares > 1e-12 * squares[-1])[:, None]
    along = axes.T @ (x.T @ y)
    # (penalty, axis): how much of each axis a penalty leaves
    kept = np.clip(squares, 0, None) / (np.clip(squares, 0, None) + PENALTIES[:, None] * max(squares[-1], 1e-300))
    missed = np.square(y).sum(axis=0) - (1 - np.square(1 - kept)) @ (inverse * np.square(along))
    many = ess(weights)
    free = np.maximum(1 - (1 + kept.sum(axis=1)) / many, 1 / many)
    best = np.argmin(missed / free[:, None] ** 2, axis=0)
    return Ridge(centre, scale, intercept, axes @ (kept[best].T * inverse * along))


def adjust(z: Floats, summaries: Floats, observed: Floats, weights: Floats, adjustment: Adjustment) -> Floats:
    """(draw, parameter) draws of z, moved to the observation.

    Args:
        z: (draw, parameter) in probit space.
        summaries: (draw, summary).
        observed: (summary,).
        weights: (draw,).
        adjustment: see the module's docstring; "none" gives z back.
    """
    if adjustment == "none":
        return z
    centre = ridge(summaries, z, weights)
    residuals = z - centre(summaries)
    if adjustment == "heteroscedastic":
        floor = 1e-12 * np.average(np.square(z), axis=0, weights=weights) + 1e-300
        spread = ridge(summaries, np.log(np.square(residuals) + floor), weights)
        change = (spread(observed[None]) - spread(summaries)) / 2
        residuals = residuals * np.exp(np.clip(change, -np.log(MOST_RESCALING), np.log(MOST_RESCALING)))
    return np.asarray(centre(observed[None]) + residuals)


@dataclass(frozen=True)
class LearnedSummaries:
    """A few summaries in place of many: what a regression of z on them expects of each parameter.

    Semi-automatic ABC (Fearnhead & Prangle, Journal of the Royal Statistical Society B 74,
    2012): the posterior mean loses least about the parameters of all summaries of that number.
    """

    form: Form
    fit: Ridge

    @classmethod
    def of(cls, z: Floats, summaries: Floats, form: Form = "linear") -> LearnedSummaries:
        """Learn from (simulation, parameter) z and (simulation, summary) of a reference table."""
        return cls(form, ridge(_features(summaries, form), z, np.ones(len(z))))

    def __call__(self, summaries: Floats) -> Floats:
        """(simulation, summary) -> (simulation, parameter)."""
        return self.fit(_features(summaries, self.form))


def _features(summaries: Floats, form: Form) -> Floats:
    """The summaries, with their squares if quadratic."""
    return summaries if form == "linear" else np.concatenate([summaries, np.square(summaries)], axis=1)
