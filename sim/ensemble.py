"""Outcomes of many runs in memory: what comparisons, attributions and sweeps are made of."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.block import simulate_block
from sim.kernels.choice import Wanted, choose
from sim.plan import Plan
from sim.recording import Counts

BLOCK_RUNS = 500
_COLLAPSE = {"collapse_hour"}


def outcomes(
    plan: Plan,
    *,
    runs: int,
    seed: int = 1,
    first: int = 0,
    columns: Collection[str] | None = None,
    given: dict[str, Any] | None = None,
    workers: int = 1,
    kernel: Wanted = "auto",
    on_progress: Callable[[int], None] | None = None,
    counts: Counts | None = None,
) -> dict[str, NDArray[Any]]:
    """One value per run for each column of `outcomes` (docs/architecture.md), in order of run.

    The same dice as `sim.run`: run r of one plan and run r of a changed plan make a pair.

    Args:
        plan: what is simulated.
        runs: how many.
        seed: of the ensemble.
        first: number of the first run.
        columns: only these; all if None. Runs are stepped no further than to their collapse if no more is asked for
            than its hour, and nothing is counted.
        given: parameter values instead of the scenario's: numbers, or (runs,) vectors.
        workers: threads that may share the work.
        kernel: which one steps. "auto" looks at this call alone: whoever makes many calls should
            `sim.kernels.choice.choose` for all of them.
        on_progress: called with the number of runs done.
        counts: sums over these runs are added to them.
    """
    chosen = choose(kernel, runs * plan.steps * len(plan.units.ids), workers)
    only_collapse = counts is None and columns is not None and set(columns) <= _COLLAPSE
    # The NumPy kernel gains nothing by threads: half as many runs in a block take nearly as long.
    size = BLOCK_RUNS if chosen == "numpy" else min(BLOCK_RUNS, max(1, -(-runs // workers)))

    def block(start: int) -> tuple[dict[str, NDArray[Any]], Counts]:
        stop = min(start + size, runs)
        mine = {name: value[start:stop] if np.ndim(value) else value for name, value in (given or {}).items()}
        numbers = np.arange(first + start, first + stop, dtype=np.uint64)
        made = simulate_block(
            plan, seed, numbers, given=mine, kernel=chosen, at_ticks=counts is not None, until_collapse=only_collapse
        )
        rows = made.close()
        return {name: rows[name] for name in (rows if columns is None else columns)}, made.counts

    blocks = []
    with ThreadPoolExecutor(workers) as pool:
        for number, (rows, sums) in enumerate(pool.map(block, range(0, runs, size)), 1):
            blocks.append(rows)
            if counts is not None:
                counts.add(sums)
            if on_progress is not None:
                on_progress(min(number * size, runs))
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
