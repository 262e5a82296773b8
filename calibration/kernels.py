"""Kernels: how much a simulation counts at a distance from the observation.

| kernel        | weight at distance d, tolerance ε | use                                              |
|---------------|-----------------------------------|--------------------------------------------------|
| uniform       | 1 where d ≤ ε                     | SMC: the classical choice                        |
| epanechnikov  | 1 − (d/ε)² where d < ε            | rejection with regression (Beaumont et al. 2002) |
| gaussian      | exp(−½ (d/ε)²)                    | smooth                                           |
| exponential   | exp(−d/ε)                         | d = −log of an observation kernel: exact at ε = 1 |

With an observation kernel K(observed | summaries) and d = −log K the last one has no
tolerance to choose: at ε = 1 the target is the posterior under that observation error
(Wilkinson, Statistical Applications in Genetics and Molecular Biology 12, 2013).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from calibration.simulator import Floats

Kernel = Literal["uniform", "epanechnikov", "gaussian", "exponential"]
COMPACT: tuple[Kernel, ...] = ("uniform", "epanechnikov")
"""Those that give nothing beyond the tolerance."""


def log_kernel(kernel: Kernel, distances: Floats, tolerance: float) -> Floats:
    """(simulation,) log weights, at most 0; −∞ where it does not count."""
    if tolerance == np.inf:
        return np.zeros(len(distances))
    if kernel == "uniform":
        return np.where(distances <= tolerance, 0.0, -np.inf)
    if tolerance <= 0:
        raise ValueError(f"the {kernel} kernel needs a tolerance above 0, not {tolerance:g}")
    ratio = distances / tolerance
    if kernel == "epanechnikov":
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.clip(1 - ratio**2, 0, None)))
    return np.asarray(-0.5 * ratio**2 if kernel == "gaussian" else -ratio)


def relative(logs: Floats) -> Floats:
    """exp of log weights over the largest of them, so that small ones do not all vanish; 0 if all are −∞."""
    largest = logs.max()
    return np.exp(logs - largest) if largest > -np.inf else np.zeros(len(logs))
