"""Random draws with an address instead of an order.

A draw is a pure function of (seed, run, step, id, decision): Philox 4x32-10 (Salmon et
al., SC 2011) in counter mode. Run r therefore has the same bits whatever the batch, the
worker or the resume point, and switching a trigger off moves nobody else's draw. One
Philox block serves four steps of one decision of one unit.

Draws are uniform on (0, 1), 23 bits, never 0 or 1; other laws take the inverse CDF.
"""

from __future__ import annotations

from enum import IntEnum
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike, NDArray

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ROUNDS = 10
LANES = 4
"""Steps served by one Philox block."""


class Decision(IntEnum):
    """What a draw decides. Numbers are part of the address: never reuse or renumber them."""

    FRAILTY = 0
    MEN = 1
    TRANSITION = 2
    CAUSE = 3
    EXIT = 4
    LEAVE = 5
    UPRISING = 6
    RUMOUR = 7
    ACCOUNT = 8
    HAPPENS = 9
    MOMENT = 10
    DELAY = 11
    SCALED = 12
    CHANCE = 13


def stable_hash(*names: str) -> np.uint64:
    """A 64-bit hash of names that is the same on every machine and in every process."""
    text = "\x1f".join(names).encode()
    return np.uint64(int.from_bytes(blake2b(text, digest_size=8).digest(), "little"))


def philox(counter: tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike], key: tuple[int, int]) -> list[NDArray[np.uint64]]:
    """Philox 4x32-10: four 32-bit words for each 4x32-bit counter (broadcast), in uint64 arrays."""
    c0, c1, c2, c3 = (np.asarray(c, dtype=np.uint64) for c in counter)
    k0, k1 = key
    for _ in range(_ROUNDS):
        product0, product1 = c0 * _M0, c2 * _M1
        c0 = (product1 >> _HALF) ^ c1 ^ np.uint64(k0)
        c2 = (product0 >> _HALF) ^ c3 ^ np.uint64(k1)
        c1, c3 = product1 & _LOW, product0 & _LOW
        k0, k1 = (k0 + _W0) & 0xFFFFFFFF, (k1 + _W1) & 0xFFFFFFFF
    return [c0, c1, c2, c3]


def _counter(runs: ArrayLike, block: int, ids: ArrayLike, decision: int) -> tuple[ArrayLike, ...]:
    ids = np.asarray(ids, dtype=np.uint64)
    return np.asarray(runs, dtype=np.uint64), np.uint64((decision << 24) | block), ids & _LOW, ids >> _HALF


def to_uniform(words: NDArray[np.uint64]) -> NDArray[np.float32]:
    """32-bit words -> float32 on (0, 1), symmetric, never 0 or 1."""
    return ((words >> np.uint64(9)).astype(np.float32) + np.float32(0.5)) * np.float32(2.0**-23)


def uniform(seed: int, runs: ArrayLike, step: int, ids: ArrayLike, decision: Decision) -> NDArray[np.float32]:
    """One draw for each (run, id) pair, which broadcast against each other.

    Args:
        seed: 0 to 2**64 - 1.
        runs: run numbers, 0 to 2**32 - 1.
        step: 0 to 2**26 - 1.
        ids: `stable_hash` of a unit, trigger or place.
        decision: what is decided.
    """
    words = philox(_counter(runs, step // LANES, ids, decision), (seed & 0xFFFFFFFF, seed >> 32))  # type: ignore[arg-type]
    return to_uniform(words[step % LANES])


class Stream:
    """The draws of one decision for a fixed grid of (id, run), step after step.

    Keeps the current Philox block, so that a step costs a quarter of a block.
    """

    def __init__(self, seed: int, runs: NDArray[np.uint64], ids: NDArray[np.uint64], decision: Decision) -> None:
        self._seed, self._decision = seed, decision
        self._runs, self._ids = runs[None, :], ids[:, None]
        self._block = -1
        self._lanes: list[NDArray[np.float32]] = []

    def at(self, step: int) -> NDArray[np.float32]:
        """Draws of shape (id, run) for this step; equal to `uniform` at the same address."""
        block = step // LANES
        if block != self._block:
            words = philox(_counter(self._runs, block, self._ids, self._decision),  # type: ignore[arg-type]
                           (self._seed & 0xFFFFFFFF, self._seed >> 32))
            self._lanes = [to_uniform(w) for w in words]
            self._block = block
        return self._lanes[step % LANES]
