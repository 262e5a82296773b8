"""Where the NumPy kernel's time goes, and what an ensemble really does: live steps, fine draws."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.block import simulate_block
from sim.ensemble import BLOCK_RUNS
from sim.kernels.numpy import NumpyKernel
from sim.plan import Plan
from sim.randomness import Sieve
from sim.recording import Recorder
from sim.step import Stepper

PHASES = tuple(name for name in vars(Stepper) if not name.startswith("_"))
"""Of a step, in its order."""
RECORD, REST = "record", "rest"
"""Taking note after each step; the opening, dropping runs that are over, rows."""


@dataclass
class Watch:
    """What was seen of an ensemble.

    Attributes:
        seconds: by phase, `RECORD` and `REST` [s].
        live_steps: of the runs, summed: those before a run was found to be over.
        fine: draws whose coarse byte did not settle them.
    """

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys((*PHASES, RECORD, REST), 0.0))
    live_steps: int = 0
    fine: int = 0

    def told(self, units: int) -> dict[str, Any]:
        """Shares, and ns per live unit-step, in a form that JSON takes."""
        live, total = self.live_steps * units, sum(self.seconds.values())
        phases = [
            {"phase": name, "seconds": spent, "share": spent / total, "ns_per_live_unit_step": spent / live * 1e9}
            for name, spent in self.seconds.items()
        ]
        return {"phases": phases, "live_unit_steps": live, "fine_share": self.fine / live}


def watch(plan: Plan, runs: int, seed: int = 1) -> Watch:
    """Step an ensemble with the NumPy kernel and look on. Not for threads: methods are wrapped meanwhile."""
    seen = Watch()
    began = time.perf_counter()
    for start in range(0, runs, BLOCK_RUNS):
        numbers = np.arange(start, min(start + BLOCK_RUNS, runs), dtype=np.uint64)
        ended: dict[int, int] = {}
        with _watched(seen, ended):
            simulate_block(plan, seed, numbers).close()
        seen.live_steps += sum(ended.get(int(number), plan.steps) for number in numbers)
    seen.seconds[REST] = max(time.perf_counter() - began - sum(seen.seconds.values()), 0.0)
    return seen


@contextmanager
def _watched(seen: Watch, ended: dict[int, int]) -> Iterator[None]:
    """Within it the kernel's phases are timed; `ended` gets the steps of each run that is over."""
    look, at = NumpyKernel.finished, Sieve.at

    def finished(self: NumpyKernel) -> Any:
        over = look(self)
        for number in self.runs[over]:
            ended.setdefault(int(number), self.number + 1)
        return over

    def counted(self: Sieve, indices: Any, *more: Any) -> Any:
        seen.fine += len(indices)
        return at(self, indices, *more)

    with ExitStack() as undo:
        for name in PHASES:
            _replace(undo, NumpyKernel, name, _timed(getattr(NumpyKernel, name), seen.seconds, name))
        _replace(undo, Recorder, "watch", _timed(Recorder.watch, seen.seconds, RECORD))
        _replace(undo, NumpyKernel, "finished", finished)
        _replace(undo, Sieve, "at", counted)
        yield


def _replace(undo: ExitStack, owner: type, name: str, instead: Callable[..., Any]) -> None:
    undo.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, instead)


def _timed(method: Callable[..., Any], seconds: dict[str, float], name: str) -> Callable[..., Any]:
    def timed(*given: Any) -> Any:
        began = time.perf_counter()
        try:
            return method(*given)
        finally:
            seconds[name] += time.perf_counter() - began

    return timed
