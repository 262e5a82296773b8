"""Expected times of Markov chains in steps, by linear algebra: what a simulation with a long step must give.

They use no code of the product, and run over states, not over time. As the step goes to 0 they tend to
the published values in continuous time; the tests show that too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats


def steps_until(goal: int, size: int, chance: Callable[[int], float], *, start: int = 0, late: bool = True) -> float:
    """Mean number of steps until `goal` of `size` members have gone.

    In each step every member left goes with `chance(felt)`, independently. What is felt is the number
    gone at the start of this step, or, where news takes a step (`late`), of the one before.
    """
    mean = np.zeros((goal, goal))  # [felt, gone]
    for gone in reversed(range(start, goal)):
        more = np.arange(goal - gone)
        odds = stats.binom.pmf(more, size - gone, chance(gone))
        after = mean[gone, gone + 1 :] if late else mean[gone + 1 :, gone + 1 :].diagonal()
        mean[gone, gone] = (1 + odds[1:] @ after) / (1 - odds[0])
        after = np.concatenate([[mean[gone, gone]], after])
        for felt in range(start, gone) if late else ():
            mean[felt, gone] = 1 + stats.binom.pmf(more, size - gone, chance(felt)) @ after
    return float(mean[start, start])


def doubt_and_leaving(w: float, r: float, x: float, step: float) -> tuple[np.ndarray, np.ndarray]:
    """One step of holding ⇄ wavering → gone at rates w, r, x [1/h]: (2, 2) chances to be (holding, wavering)
    after it, and (2,) chances to have gone.

    Who wavers at an even moment of the step leaves in what is left of it with 1 − e^(−x left).
    """
    wavers, changes = -np.expm1(-w * step), -np.expm1(-(r + x) * step)
    at_once = 1 + np.expm1(-x * step) / (x * step)
    stay = np.array([[1 - wavers, wavers * (1 - at_once)], [changes * r / (r + x), 1 - changes]])
    return stay, 1 - stay.sum(axis=1)
