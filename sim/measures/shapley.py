"""Who gains what for a coalition: Shapley values, interactions, first and last contributions.

A game gives a worth to every subset of its players. Coalitions are numbered by bits: player
i takes part in coalition c where c >> i & 1, so that 0 is nobody and 2**n - 1 is everybody.
`worths` is (coalition, ...): whatever other axes there are (runs, measures) are carried
along. Every quantity here is linear in the worths. With the same dice in every coalition
each run is therefore a game of its own, the value of the mean is the mean of the runs'
values, and its Monte Carlo error is that of a plain mean (`over_runs`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from math import factorial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from sim.measures.times import CONFIDENCE

Floats = npt.NDArray[np.float64]

MOST_PLAYERS = 12
"""Players whose 2**n coalitions are all simulated; more are sampled (`sampled_shapley`)."""


class Estimate(NamedTuple):
    """Values with the limits of their 95 % interval."""

    value: Floats
    low: Floats
    high: Floats


def players_in(worths: npt.NDArray[np.floating]) -> int:
    """The number of players.

    Raises:
        ValueError: the first axis is not 2, 4, ... 2**`MOST_PLAYERS` coalitions long.
    """
    players = len(worths).bit_length() - 1
    if not (1 <= players <= MOST_PLAYERS and len(worths) == 1 << players):
        raise ValueError(f"{len(worths)} coalitions are not all those of 1 to {MOST_PLAYERS} players")
    return players


def shapley(worths: npt.NDArray[np.floating]) -> Floats:
    """(player, ...) Shapley values: the gain from each player, averaged over all orders of joining.

    phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! [v(S + i) - v(S)] (Shapley 1953).
    They add up to v(all) - v(none).
    """
    n = players_in(worths)
    return np.stack([_average(worths[s | 1 << i] - worths[s], s, n) for i in range(n) for s in [_without(n, i)]])


def interactions(worths: npt.NDArray[np.floating]) -> Floats:
    """(player, player, ...) Shapley interaction index of each pair; 0 on the diagonal.

    I_ij = sum over S without i, j of |S|! (n - |S| - 2)! / (n - 1)! [v(S+i+j) - v(S+i) - v(S+j) + v(S)]
    (Grabisch & Roubens, Int. J. Game Theory 1999): what two do together beyond what each
    does alone, averaged over who else is there. Positive: each needs or strengthens the
    other; negative: one stands in for the other.
    """
    n = players_in(worths)
    found = np.zeros((n, n, *worths.shape[1:]))
    for i, j in combinations(range(n), 2):
        s = _without(n, i, j)
        a, b = 1 << i, 1 << j
        # In this order a null player's indices are exactly 0.
        joint = (worths[s | a | b] - worths[s | a]) - (worths[s | b] - worths[s])
        found[i, j] = found[j, i] = _average(joint, s, n - 1)
    return found


def leave_one_out(worths: npt.NDArray[np.floating]) -> Floats:
    """(player, ...) v(all) - v(all but i)."""
    n = players_in(worths)
    return np.stack([worths[-1] - worths[-1 - (1 << i)] for i in range(n)]).astype(np.float64)


def add_one_in(worths: npt.NDArray[np.floating]) -> Floats:
    """(player, ...) v(i alone) - v(none)."""
    n = players_in(worths)
    return np.stack([worths[1 << i] - worths[0] for i in range(n)]).astype(np.float64)


def over_runs(per_run: Floats) -> Estimate:
    """Mean over the last axis, independent runs, with its interval by Student's t; NaN limits for one run."""
    runs = per_run.shape[-1]
    mean = per_run.mean(axis=-1)
    if runs < 2:
        return Estimate(mean, np.full(mean.shape, np.nan), np.full(mean.shape, np.nan))
    half = t.ppf((1 + CONFIDENCE) / 2, runs - 1) * per_run.std(axis=-1, ddof=1) / np.sqrt(runs)
    return Estimate(mean, mean - half, mean + half)


def sampled_shapley(worth: Callable[[int], npt.ArrayLike], order: npt.NDArray[np.integer]) -> Floats:
    """(player, ...) one unbiased estimate from one order of joining and its reverse.

    An order taken with its reverse (antithetic; Mitchell et al., JMLR 2022) is exact where
    players interact in pairs at most. Estimates from independent orders and runs are
    independent: their spread gives the error of their mean (`over_runs`).

    Args:
        worth: worth of a coalition, by its number; asked once for each of `chain(order)`.
        order: a permutation of the players.
    """
    known = {c: np.asarray(worth(c), dtype=np.float64) for c in chain(order)}
    gains = np.zeros((len(order), *known[0].shape))
    for joining in (order, order[::-1]):
        coalition = 0
        for player in joining.tolist():
            gains[player] += (known[coalition | 1 << player] - known[coalition]) / 2
            coalition |= 1 << player
    return gains


def chain(order: npt.NDArray[np.integer]) -> list[int]:
    """The coalitions that form as players join in this order, and in its reverse; each once, ascending."""
    return sorted({*_growing(order), *_growing(order[::-1])})


def _growing(order: npt.NDArray[np.integer]) -> Iterator[int]:
    coalition = 0
    yield coalition
    for player in order.tolist():
        coalition |= 1 << player
        yield coalition


def _without(n: int, *players: int) -> npt.NDArray[np.intp]:
    """The coalitions that none of these is in."""
    every = np.arange(1 << n)
    return np.flatnonzero((every & sum(1 << player for player in players)) == 0)


def _average(gains: npt.NDArray[np.floating], coalitions: npt.NDArray[np.intp], n: int) -> Floats:
    """Mean over coalitions (axis 0) of n - 1 others, each size and then each coalition of a size alike."""
    others = np.bitwise_count(coalitions)
    weights = np.array([factorial(s) * factorial(n - 1 - s) / factorial(n) for s in range(n)])[others]
    # Where every gain is 0 so is the sum: a null player gets exactly nothing.
    return np.tensordot(weights, np.asarray(gains, dtype=np.float64), axes=1)
