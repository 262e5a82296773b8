"""What this machine could do at best: the arithmetic that every unit-step needs, and nothing of the model.

In each unit-step: a sixteenth of a Philox block for the coarse byte (and a whole one where the
byte lies near the hazard), the exponentials, each state array that a step needs read once and
each that it changes written once. No triggers, roads, columns, rumours, sums over comrades,
choices or records. Run after run, as the compiled kernel goes, so that the arrays have the same size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiled.source import part, rule
from sim.randomness import SIEVED, key_of, philox
from sim.rules.arithmetic import exp
from sim.state import FLOAT

READ = (
    "status", "men", "strength", "quality", "place", "seen_local", "seen_command", "seen_nation", "supply", "fatigue",
    "loyalty", "shock", "disposition", "leaderless_until", "rally",
)  # fmt: skip
"""State arrays (unit, run) that each step reads of each unit; all counted as float32, shocks as of one decay time."""
WRITTEN = (
    "status", "strength", "seen_local", "seen_command", "seen_nation", "supply", "fatigue", "loyalty", "shock",
)  # fmt: skip
"""Those of them that each step writes."""
EXPONENTIALS = 2
"""Of each unit in each step: want (equation 3) and e**(eta/2) (equation 4)."""

_exp, _philox = rule(exp), rule(philox)
_LOW, _HALF, _BYTE = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(0xFF)


def roofline(units: NDArray[np.uint64], runs: int, steps: int, fine_share: float) -> float:
    """Do the arithmetic; returns a number that depends on all of it.

    Args:
        units: hashes.
        runs, steps: how many.
        fine_share: of the unit-steps, how many need a fine draw; to the next 1/256.
    """
    near = max(1, round(fine_share * 256))
    one, other = np.full((2, len(READ), len(units)), 0.01, FLOAT)
    bytes_ = np.zeros((SIEVED, len(units)), np.uint8)
    return float(_runs(units, np.arange(runs, dtype=np.uint64), steps, near, key_of(1), bytes_, one, other))


@part
def _runs(units: Any, runs: Any, steps: Any, near: Any, key: Any, bytes_: Any, state: Any, after: Any) -> Any:
    drawn = 0.0
    for run in runs:
        for step in range(steps):
            if step % SIEVED == 0:
                _coarse(units, run, step, key, bytes_)
            _step(state, after)
            drawn += _fine(units, run, step, near, key, bytes_[step % SIEVED])
            state, after = after, state
    return drawn + state.sum()


@part
def _coarse(units: Any, run: Any, step: Any, key: Any, bytes_: Any) -> None:
    """A byte for each of sixteen steps."""
    for u in range(len(units)):
        words = _philox(run, np.uint64(step), units[u] & _LOW, units[u] >> _HALF, key[0], key[1])
        for later in range(SIEVED):
            bytes_[later, u] = np.uint8((words[later // 4] >> np.uint64(8 * (later % 4))) & _BYTE)


@part
def _fine(units: Any, run: Any, step: Any, near: Any, key: Any, bytes_: Any) -> Any:
    """The fine draws of a step."""
    drawn = 0.0
    for u in range(len(units)):
        if bytes_[u] < near:
            words = _philox(run, np.uint64(step + 1), units[u] & _LOW, units[u] >> _HALF, key[0], key[1])
            drawn += np.float64(words[0])
    return drawn


@part
def _step(s: Any, t: Any) -> None:
    """Fifteen arrays read once, two exponentials, nine arrays written once. Short loops: those become vector code."""
    for row in range(EXPONENTIALS):
        _exponential(s[row], s[row + 9], t[row])
    for row in range(2, 6):
        _mean(s[row], s[row + 9], t[row])
    for row in range(6, 9):
        _copy(s[row], t[row])


@part
def _exponential(one: Any, other: Any, out: Any) -> None:
    for u in range(len(out)):
        out[u] = _exp(-(one[u] + other[u]))


@part
def _mean(one: Any, other: Any, out: Any) -> None:
    for u in range(len(out)):
        out[u] = (one[u] + other[u]) * FLOAT(0.5)


@part
def _copy(one: Any, out: Any) -> None:
    for u in range(len(out)):
        out[u] = one[u]
