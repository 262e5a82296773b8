"""Trials: rows of the reference table taken for observations, and what inference says of each.

A row's parameters are known, and its posterior is made from all the other rows, so nothing
more is simulated. `checks.sbc` and `checks.recovery` read what this makes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from calibration.dice import Purpose, dice
from calibration.inference import Draws, Inference
from calibration.rejection import measure
from calibration.simulator import CalibrationError, Floats
from calibration.weighted import correlation, covariance, ess, mean

Observe = Callable[[Floats, Generator], Floats]
"""(summary,) simulated, dice -> (summary,) observed: the error of an observation, where the simulator has it not."""


@dataclass(frozen=True)
class Trials:
    """What inference said of each pseudo-observation; all in probit space.

    Attributes:
        names: (parameter,).
        rows: (trial,) of the table.
        truth, mean, sd: (trial, parameter).
        places: (trial, parameter) place of the truth in its posterior, uniform on (0, 1) if that is right.
        correlations: (trial, parameter, parameter).
        tolerance, ess: (trial,).
    """

    names: tuple[str, ...]
    rows: NDArray[np.intp]
    truth: Floats
    mean: Floats
    sd: Floats
    places: Floats
    correlations: Floats
    tolerance: Floats
    ess: Floats


def run_trials(
    infer: Inference,
    names: tuple[str, ...],
    rows: NDArray[np.intp],
    seed: int,
    *,
    observe: Observe | None = None,
    on_progress: Callable[[int, int], object] | None = None,
) -> Trials:
    """Infer from each of these rows by all the others.

    Args:
        infer: with the whole table.
        names: (parameter,).
        rows: of `random_rows` or `nearest_rows`.
        seed: of ties, and of the observation errors.
        observe: adds an observation error.
        on_progress: called with (trials done, trials to do).
    """
    found = []
    for done, row in enumerate(rows.tolist(), start=1):
        observed = infer.summaries[row]
        if observe is not None:
            observed = observe(observed, dice(seed, Purpose.OBSERVE, row))
        draws = infer(observed, without=row)
        truth, share = infer.z[row], ess(draws.weights)
        found.append((
            truth,
            mean(draws.z, draws.weights),
            np.sqrt(np.diag(covariance(draws.z, draws.weights))),
            _places(draws, truth, share, dice(seed, Purpose.TIES, row)),
            correlation(draws.z, draws.weights),
            np.float64(draws.tolerance),
            np.float64(share),
        ))  # fmt: skip
        if on_progress is not None:
            on_progress(done, len(rows))
    return Trials(names, rows, *(np.stack(each) for each in zip(*found, strict=True)))


def _places(draws: Draws, truth: Floats, share: float, generator: Generator) -> Floats:
    """(n F(truth) + U)/(n + 1) with n effective draws: exactly uniform if truth and n draws are alike."""
    below = (draws.weights[:, None] * (draws.z < truth)).sum(axis=0) / draws.weights.sum()
    return np.asarray((share * below + generator.random(len(truth))) / (share + 1))


def random_rows(infer: Inference, many: int, seed: int) -> NDArray[np.intp]:
    """Rows that stand for the whole prior.

    Raises:
        CalibrationError: the table has not so many.
    """
    _enough(infer, many)
    return np.sort(dice(seed, Purpose.PSEUDO).choice(len(infer.z), many, replace=False))


def nearest_rows(infer: Inference, observed: Floats, many: int) -> NDArray[np.intp]:
    """Rows whose summaries lie nearest to the observation: whether intervals can be trusted there.

    Conditioning on the summaries keeps places uniform (Prangle et al., Australian & New
    Zealand Journal of Statistics 56, 2014).

    Raises:
        CalibrationError: the table has not so many.
    """
    _enough(infer, many)
    return np.sort(np.argsort(measure(infer.distance, infer.summaries, observed), kind="stable")[:many])


def _enough(infer: Inference, many: int) -> None:
    if not 1 <= many <= len(infer.z):
        raise CalibrationError(f"{many} pseudo-observations from a table of {len(infer.z)} rows")
