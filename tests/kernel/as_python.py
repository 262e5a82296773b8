"""The compiled kernel as plain Python: run in a process of its own, with NUMBA_DISABLE_JIT=1."""

from __future__ import annotations

import numba
import numpy as np

from sim.plan import make_plan
from tests.kernel.both import block, differences
from tests.kernel.grounds import mixed
from tests.kernel.translated import arguments, columns, numbers, parameters, rules


def check_rules() -> None:
    """Each rule, number by number, is what NumPy makes of whole columns, to the bit."""
    x, p = numbers(40), parameters(1)
    for function, twin in rules().items():
        with np.errstate(all="ignore"):
            want = columns(function(*arguments(function, p, iter(x.T))), len(x))
            mine = np.concatenate([columns(twin(*arguments(function, p, iter(row))), 1) for row in x])
        np.testing.assert_array_equal(mine.astype(np.float32), want.astype(np.float32), err_msg=function.__name__)


def check_kernel() -> None:
    """A few runs on random ground."""
    for number in (1, 7):
        plan = make_plan(mixed(number, days=3.0))
        with np.errstate(all="ignore"):
            rows, counts = block(plan, "numpy", number, range(3))
            theirs, their_counts = block(plan, "compiled", number, range(3))
        found = differences(rows, theirs) + differences(counts, their_counts)
        assert not found, found


def check() -> None:
    """Both."""
    assert numba.config.DISABLE_JIT
    check_rules()
    check_kernel()
