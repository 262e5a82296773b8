"""What a prediction of collapse must beat: always, the ratio of forces alone, the factor matrix by regression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from calibration.simulator import Floats

RIDGE = 1.0
"""Penalty on standardised slopes, as a normal prior of unit variance: fifteen cases carry no more."""


def always(cases: int) -> Floats:
    """(case,) every force collapses."""
    return np.ones(cases)


def force_ratio(log_ratio: Floats) -> Floats:
    """(case, 1) log of attackers over defenders, as the only factor."""
    return np.asarray(log_ratio)[:, None]


def logistic(factors: Floats, happened: NDArray[np.bool_]) -> tuple[float, Floats]:
    """(intercept, slopes) of a ridge logistic regression on standardised (case, factor)."""

    def loss(beta: Floats) -> tuple[float, Floats]:
        at = beta[0] + factors @ beta[1:]
        wrong = expit(at) - happened
        value = np.logaddexp(0, at).sum() - at[happened].sum() + RIDGE / 2 * (beta[1:] ** 2).sum()
        return float(value), np.concatenate([[wrong.sum()], factors.T @ wrong + RIDGE * beta[1:]])

    found = minimize(loss, np.zeros(factors.shape[1] + 1), jac=True, method="L-BFGS-B")
    return float(found.x[0]), np.asarray(found.x[1:])


def leave_one_out(factors: Floats, happened: NDArray[np.bool_]) -> Floats:
    """(case,) probability for each case from a regression on all the others; 1/2 with fewer than three."""
    if len(happened) < 3:
        return np.full(len(happened), 0.5)
    return np.array([_without(factors, happened, number) for number in range(len(happened))])


def _without(factors: Floats, happened: NDArray[np.bool_], number: int) -> float:
    rest = np.arange(len(happened)) != number
    centre, spread = factors[rest].mean(axis=0), factors[rest].std(axis=0)
    scaled = (factors - centre) / np.where(spread > 0, spread, 1.0)
    intercept, slopes = logistic(scaled[rest], happened[rest])
    return float(expit(intercept + scaled[number] @ slopes))
