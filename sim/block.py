"""A block of runs from the first step to the horizon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.numpy import NumpyKernel
from sim.plan import Plan
from sim.recording import Recorder
from sim.step import step

_LOOK_HOURS = 24.0
"""How often runs are looked at that may be over [h]. Part of the result: a run's row is final then."""
_WORTH_DROPPING = 0.1
"""Share of a block's runs that must be over before the rest go on alone."""


def simulate_block(
    plan: Plan,
    seed: int,
    numbers: NDArray[np.uint64],
    *,
    given: dict[str, Any] | None = None,
    track: bool = False,
    on_step: Callable[[float], None] | None = None,
) -> Recorder:
    """Step a block of runs to the horizon, or until all are over.

    Args:
        plan: what is simulated.
        seed: of the ensemble.
        numbers: run numbers.
        given: parameter values instead of the scenario's: numbers, or one per run.
        track: keep whole histories.
        on_step: called after each step with the share of the steps done.
    """
    kernel = NumpyKernel(plan, plan.values(given), seed, numbers)
    recorder = Recorder(kernel, track=track)
    look_every = max(1, round(_LOOK_HOURS / plan.step_hours))
    for number in range(plan.steps):
        step(kernel, number)
        recorder.watch(number)
        if on_step is not None:
            on_step((number + 1) / plan.steps)
        if (number + 1) % look_every == 0:
            recorder.settle(kernel.finished(), number)
            over = recorder.over
            if not track and over.mean() >= _WORTH_DROPPING:
                kept = np.flatnonzero(~over)
                if not len(kept):
                    break
                kernel = kernel.of_runs(kept)
                recorder.follow(kernel, kept)
    return recorder
