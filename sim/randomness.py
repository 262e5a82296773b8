"""Random draws with an address instead of an order.

A draw is a pure function of (seed, run, step, id, decision): Philox 4x32-10 (Salmon et
al., SC 2011) in counter mode. Run r therefore has the same bits whatever the batch, the
worker or the resume point, and switching a trigger off moves nobody else's draw. One
Philox block holds the draws of four decisions.

Draws are uniform on (0, 1), 23 bits, never 0 or 1; other laws take the inverse CDF.

Where most chances are small, a draw is made of a coarse byte and a fine rest, u = (byte +
fine)/256: the byte already says of nearly all draws that nothing happens, and only the few
others need their rest. One block holds the bytes of sixteen steps.
"""

from __future__ import annotations

from enum import IntEnum
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF, _NINE = np.uint64(32), np.uint64(9)
_ROUNDS = 10
SIEVED = 16
"""Steps whose coarse bytes share one Philox block."""
COARSE = 32
"""Added to a decision in the address of its coarse bytes."""


class Decision(IntEnum):
    """What a draw decides. Numbers are part of the address: never reuse or renumber them.

    Four that follow each other from a multiple of four share a block.
    """

    TRANSITION = 0
    CAUSE = 1
    EXIT = 2
    AGAIN = 3
    RUMOUR = 4
    LEAVE = 5
    UPRISING = 6
    ACCOUNT = 8
    HAPPENS = 9
    MOMENT = 10
    DELAY = 11
    FRAILTY = 12
    MEN = 13
    SCALED = 16
    CHANCE = 17
    PARAMETERS = 18
    FIRST = 19  # which of several that break first in one step is named: of what happens it decides nothing


def stable_hash(*names: str) -> np.uint64:
    """A 64-bit hash of names that is the same on every machine and in every process."""
    text = "\x1f".join(names).encode()
    return np.uint64(int.from_bytes(blake2b(text, digest_size=8).digest(), "little"))


Words = tuple[Any, Any, Any, Any]
"""Four 32-bit words, each in a uint64 or an array of them."""


def philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Words:
    """Philox 4x32-10 of a 4x32-bit counter and a 2x32-bit key; uint64 numbers or arrays, broadcast."""
    for _ in range(_ROUNDS):
        product0, product1 = c0 * _M0, c2 * _M1
        c0, c1 = (product1 >> _HALF) ^ c1 ^ k0, product1 & _LOW
        c2, c3 = (product0 >> _HALF) ^ c3 ^ k1, product0 & _LOW
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return c0, c1, c2, c3


def key_of(seed: int) -> tuple[np.uint64, np.uint64]:
    """The two halves of a seed."""
    return np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)


def _words(seed: int, runs: ArrayLike, step: int, ids: ArrayLike, stream: int) -> Words:
    ids = np.asarray(ids, dtype=np.uint64)
    runs = np.asarray(runs, dtype=np.uint64)
    return philox(runs, np.uint64((stream << 26) | step), ids & _LOW, ids >> _HALF, *key_of(seed))


def to_uniform(words: Any) -> Any:
    """32-bit words -> float32 on (0, 1), symmetric, never 0 or 1."""
    return (np.float32(words >> _NINE) + np.float32(0.5)) * np.float32(2.0**-23)


def uniforms(
    seed: int, runs: ArrayLike, step: int, ids: ArrayLike, *decisions: Decision
) -> tuple[NDArray[np.float32], ...]:
    """The draws of several decisions that share a block, for each (run, id) pair (broadcast).

    Args:
        seed: 0 to 2**64 - 1.
        runs: run numbers, 0 to 2**32 - 1.
        step: 0 to 2**26 - 1.
        ids: `stable_hash` of a unit, trigger or place.
        decisions: what is decided.
    """
    block = decisions[0] // 4
    assert all(decision // 4 == block for decision in decisions)
    words = _words(seed, runs, step, ids, block)
    return tuple(to_uniform(words[decision % 4]) for decision in decisions)


def uniform(seed: int, runs: ArrayLike, step: int, ids: ArrayLike, decision: Decision) -> NDArray[np.float32]:
    """The draw of one decision, as in `uniforms`."""
    return uniforms(seed, runs, step, ids, decision)[0]


def sieved(seed: int, runs: ArrayLike, step: int, ids: ArrayLike, decision: Decision) -> NDArray[np.float32]:
    """The draw of a `Sieve` at an address: u = (byte + fine)/256; rounded to 1 in 3 of 10^8."""
    byte = _byte(_words(seed, runs, step // SIEVED, ids, COARSE + decision), step)
    return (byte + uniform(seed, runs, step, ids, decision)) * np.float32(1 / 256)


def _byte(words: Words, step: int) -> NDArray[np.float32]:
    word, place = divmod(step % SIEVED, 4)
    coarse: NDArray[np.float32] = ((words[word] >> np.uint64(8 * place)) & np.uint64(0xFF)).astype(np.float32)
    return coarse


class Sieve:
    """The draws of one decision for a fixed grid of (id, run), where most chances are small.

    Indices are flat, into (id, run).
    """

    def __init__(self, seed: int, runs: NDArray[np.uint64], ids: NDArray[np.uint64], decision: Decision) -> None:
        self._seed, self._runs, self._ids, self._decision = seed, runs, ids, decision
        self._block = self._step = -1
        self._coarse_words: Words = (None,) * 4

    def below(self, step: int, bound: NDArray[np.float32]) -> NDArray[np.intp]:
        """Indices of the draws that may lie below `bound` (flat): all those that do, and few others."""
        block = step // SIEVED
        if block != self._block:
            words = _words(self._seed, self._runs[None, :], block, self._ids[:, None], COARSE + self._decision)
            w0, w1, w2, w3 = (word.ravel() for word in words)
            self._coarse_words, self._block = (w0, w1, w2, w3), block
        if step != self._step:
            self._coarse, self._step = _byte(self._coarse_words, step), step
        return np.flatnonzero(self._coarse < bound * np.float32(256))

    def at(self, indices: NDArray[np.intp], *more: Decision) -> tuple[NDArray[np.float32], ...]:
        """The draws at these indices in the step last asked about, equal to `sieved` at the same
        address, and the plain draws of `more` decisions that share its block."""
        many = len(self._runs)
        if not len(indices):
            return (np.zeros(0, np.float32),) * (1 + len(more))
        ids, runs = self._ids[indices // many], self._runs[indices % many]
        fine, *others = uniforms(self._seed, runs, self._step, ids, self._decision, *more)
        return (self._coarse[indices] + fine) * np.float32(1 / 256), *others

    def hits(self, step: int, chance: NDArray[np.float32]) -> NDArray[np.intp]:
        """Indices of the draws below `chance` (flat)."""
        found = self.below(step, chance)
        return found[self.at(found)[0] < chance[found]]


def which_draw(seed: int, runs: ArrayLike, many: int) -> NDArray[np.intp]:
    """(run,) which of `many` draws of the parameters each run takes."""
    place = uniform(seed, runs, 0, stable_hash("parameters"), Decision.PARAMETERS).astype(np.float64)
    return np.asarray(place * many, np.intp)
