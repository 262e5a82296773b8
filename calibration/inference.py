"""From a reference table and an observation to weighted draws: rejection, then regression."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from calibration.kernels import Kernel
from calibration.regression import Adjustment, adjust
from calibration.rejection import Distance, measure, reject
from calibration.simulator import CalibrationError, Floats


class Draws(NamedTuple):
    """Weighted draws in probit space: (draw, parameter), (draw,), and the tolerance they were accepted with."""

    z: Floats
    weights: Floats
    tolerance: float


@dataclass(frozen=True)
class Inference:
    """A reference table, and how to draw conclusions from it.

    Attributes:
        z: (simulation, parameter) in probit space.
        summaries: (simulation, summary).
        distance: between summaries and an observation.
        keep: simulations accepted.
        adjustment: what regression does with them.
        kernel, tolerance: see `calibration.rejection.reject`.
    """

    z: Floats
    summaries: Floats
    distance: Distance
    keep: int = 1000
    adjustment: Adjustment = "heteroscedastic"
    kernel: Kernel = "epanechnikov"
    tolerance: float | None = None

    def __post_init__(self) -> None:
        if self.z.ndim != 2 or self.summaries.ndim != 2 or len(self.z) != len(self.summaries):
            raise CalibrationError(
                f"a table of {self.z.shape} parameters and {self.summaries.shape} summaries does not fit"
            )

    def __call__(self, observed: Floats, without: int | None = None) -> Draws:
        """Draws from the posterior given (summary,) observed.

        Args:
            observed: the observation, or a pseudo-observation.
            without: a row that takes no part: that of the pseudo-observation.
        """
        distances = measure(self.distance, self.summaries, observed)
        if without is not None:
            distances[without] = np.inf
        kept = reject(distances, self.keep, self.kernel, self.tolerance)
        z = adjust(self.z[kept.rows], self.summaries[kept.rows], observed, kept.weights, self.adjustment)
        return Draws(z, kept.weights, kept.tolerance)

    def unadjusted(self) -> Inference:
        """The same by rejection alone."""
        return replace(self, adjustment="none")
