"""Every rule that the compiled kernel uses: the rule, its translation, and what to try both with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.kernels.compiled import rules as translated
from sim.kernels.compiled.source import OPTIONS, _known
from sim.parameters import ALL, Values
from sim.rules.quit import Terms

FLAGS = ("halted", "flanked", "may_withdraw")
"""Arguments that are flags in the reference."""
TUPLES = {"terms": len(Terms._fields), "scores": 5, "shares": 5}
"""Arguments that are several numbers."""
MOST = len(Terms._fields) + 1


def rules() -> dict[Any, Any]:
    """Rules and their translations, those that only other rules use included."""
    found = {function: twin for function, twin in _known.items() if function.__module__.startswith("sim.rules")}
    assert {twin for name, twin in vars(translated).items() if name in {f.__name__ for f in found}} <= {*found.values()}
    return found


def numbers(many: int, seed: int = 3) -> NDArray[np.float32]:
    """(row, argument) of every size and both signs; among them zeros."""
    dice, shape = np.random.default_rng(seed), (many, MOST)
    x = (dice.normal(size=shape) * 10.0 ** dice.integers(-4, 5, shape)).astype(np.float32)
    x[dice.random(shape) < 0.1] = 0
    return x


def parameters(seed: int) -> Any:
    """Values from the priors."""
    dice = np.random.default_rng(seed)
    return Values(*(np.float32(dice.uniform(*sorted(parameter.prior))) for parameter in ALL))


def arguments(function: Any, p: Any, values: Iterator[Any]) -> list[Any]:
    """What to call a rule with, taken from numbers or columns of them."""
    made = []
    for name in inspect.signature(function).parameters:
        if name == "p":
            made.append(p)
        elif name in TUPLES:
            several = [next(values) for _ in range(TUPLES[name])]
            made.append(Terms(*several) if name == "terms" else tuple(several))
        else:
            value = next(values)
            made.append(value > 0 if name in FLAGS else value)
    return made


def columns(result: Any, many: int) -> NDArray[Any]:
    """(row, part) of what a rule gives."""
    parts = result if isinstance(result, tuple) else (result,)
    return np.stack([np.broadcast_to(part, many) for part in parts], axis=1)


def together() -> tuple[Callable[..., None], list[tuple[Any, int]]]:
    """(one compiled function that fills (row, part) by all rules from (row, argument) and parameters, the first
    part and the rule of each): one compilation instead of many."""
    names: dict[str, Any] = {"Terms": Terms}
    lines, first, at = [], [], 0
    for number, (function, twin) in enumerate(rules().items()):
        names[f"rule_{number}"] = twin
        given = ", ".join(_text(function))
        parts = columns(function(*arguments(function, parameters(1), iter(np.ones(MOST, np.float32)))), 1).shape[1]
        left = ", ".join(f"out[i, {at + part}]" for part in range(parts))
        lines.append(f"        {left} = rule_{number}({given})")
        first.append((function, at))
        at += parts
    exec("\n".join(["def drive(x, p, out):", "    for i in range(len(x)):", *lines]), names)
    return njit(**OPTIONS)(names["drive"]), first


def _text(function: Any) -> Iterator[str]:
    at = 0
    for name in inspect.signature(function).parameters:
        several = [f"x[i, {at + part}]" for part in range(TUPLES.get(name, 1))]
        at += 0 if name == "p" else len(several)
        if name == "p":
            yield name
        elif name in TUPLES:
            yield f"{'Terms' if name == 'terms' else ''}({', '.join(several)})"
        else:
            yield several[0] + (" > 0" if name in FLAGS else "")
