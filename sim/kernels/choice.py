"""Which kernel steps an ensemble. All give the same results, to the bit."""

from __future__ import annotations

from typing import Literal, get_args

from sim.kernels.compiled import cache

Kernel = Literal["numpy", "compiled"]
Wanted = Literal["auto", "numpy", "compiled"]

COMPILE_SECONDS = 100.0
"""What compiling takes, once per machine and version."""
NUMPY_NS, COMPILED_NS = 250.0, 25.0
"""Per unit-step on one core. Measured (docs/performance.md); only the choice hangs on these, never a result."""
LOAD_SECONDS = 1.0
"""What loading compiled code takes in each process."""


def choose(wanted: Wanted, unit_steps: float, workers: int = 1) -> Kernel:
    """The kernel for this much work: compiled where it saves more time than it costs.

    Args:
        wanted: "auto" decides; the others are taken as they are.
        unit_steps: runs × steps × units.
        workers: cores that share the work.

    Raises:
        ValueError: no such kernel.
    """
    if wanted not in get_args(Wanted):
        raise ValueError(f"no such kernel: {wanted!r}; one of {', '.join(get_args(Wanted))}")
    if wanted != "auto":
        return wanted
    saved = unit_steps * (NUMPY_NS - COMPILED_NS) * 1e-9 / workers
    if saved <= LOAD_SECONDS:
        return "numpy"
    return "compiled" if cache.is_ready() or saved > COMPILE_SECONDS + LOAD_SECONDS else "numpy"
