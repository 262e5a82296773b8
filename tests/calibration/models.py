"""Small models whose posteriors are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, ndtri
from scipy.stats import binom

from calibration.inference import Inference
from calibration.priors import Prior, Range
from calibration.regression import Adjustment
from calibration.rejection import ScaledEuclid

Floats = np.ndarray


def box(size: int) -> Prior:
    """Ranges of several scales, every other one log-uniform."""
    return Prior(tuple(Range(f"p{i}", 0.01 * (i + 1), 2.0 + i, log=i % 2 == 1) for i in range(size)))


def uniforms(seed: int, first_row: int, rows: int, each: int) -> Floats:
    """(row, each) draws of simulations numbered from `first_row`: a simulation's own, whatever the batch."""
    blocks = -(-each // 4)
    generator = np.random.Generator(np.random.Philox(key=[seed, 77], counter=[first_row * blocks, 0, 0, 0]))
    return generator.random((rows, 4 * blocks))[:, :each] + 2.0**-54


@dataclass(frozen=True)
class LinearGaussian:
    """y = A z + sd e, with z the parameters in probit space, standard normal: so is the posterior normal."""

    prior: Prior
    A: Floats
    sd: float
    seed: int = 5

    @classmethod
    def of(cls, size: int, summaries: int, sd: float) -> LinearGaussian:
        return cls(box(size), np.random.default_rng(size).normal(size=(summaries, size)), sd)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"y{i}" for i in range(len(self.A)))

    def __call__(self, theta: Floats, first_row: int) -> Floats:
        noise = ndtri(uniforms(self.seed, first_row, len(theta), len(self.A)))
        # A sum in a fixed order: a matrix product has other bits in other batches.
        z = self.prior.to_probit(theta)
        return sum(z[:, i, None] * self.A[:, i] for i in range(z.shape[1])) + self.sd * noise

    def posterior(self, observed: Floats) -> tuple[Floats, Floats]:
        """Mean and covariance in probit space."""
        covariance = np.linalg.inv(np.eye(self.A.shape[1]) + self.A.T @ self.A / self.sd**2)
        return covariance @ self.A.T @ observed / self.sd**2, covariance

    def table(self, rows: int, seed: int = 1) -> tuple[Floats, Floats]:
        """z and summaries."""
        theta = self.prior.draw(range(rows), seed)
        return self.prior.to_probit(theta), self(theta, 0)

    def inference(self, rows: int, keep: int, adjustment: Adjustment = "linear") -> Inference:
        z, summaries = self.table(rows)
        return Inference(z, summaries, ScaledEuclid.of(summaries), keep, adjustment)


@dataclass(frozen=True)
class BetaBinomial:
    """Hits of n trials with a chance uniform on (0, 1): the posterior is Beta(1 + hits, 1 + n − hits)."""

    trials: int
    seed: int = 6

    prior = Prior((Range("chance", 0.0, 1.0),))
    names: Sequence[str] = ("hits",)

    def __call__(self, theta: Floats, first_row: int) -> Floats:
        u = uniforms(self.seed, first_row, len(theta), 1)
        return binom.ppf(u, self.trials, theta).astype(float)

    def cdf(self, hits: int, chance: Floats) -> Floats:
        return betainc(1 + hits, 1 + self.trials - hits, chance)
