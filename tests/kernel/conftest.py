"""Small forces for the kernel's tests, resolved and planned like any scenario."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.kernels.numpy import NumpyKernel
from sim.plan import Plan, make_plan
from sim.scenario import load, resolve
from sim.scenario.new import new_text
from sim.scenario.resolved import Resolved

SYRIA = Path(__file__).parents[2] / "scenarios" / "syria_2024"
RUNS = np.arange(12, dtype=np.uint64)


@pytest.fixture(scope="session")
def syria(syria_2024: Resolved) -> Resolved:
    """The Syrian case over its first eight days: enough for every phase, quick enough for a test."""
    return syria_2024.model_copy(update={"days": 8.0})


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Resolved:
    """The scenario that `rout new` writes."""
    path = tmp_path_factory.mktemp("small") / "small.toml"
    path.write_text(new_text("small"), encoding="utf-8")
    return resolve(load(path))


@pytest.fixture
def kernel_of() -> Callable[..., NumpyKernel]:
    """A kernel at hour 0 of a resolved scenario or a plan."""

    def make(what: Resolved | Plan, *, seed: int = 1, runs: Any = RUNS, **given: Any) -> NumpyKernel:
        plan = what if isinstance(what, Plan) else make_plan(what)
        numbers = np.asarray(runs, np.uint64)
        return NumpyKernel(plan, plan.values(given, seed=seed, runs=numbers), seed, numbers)

    return make
