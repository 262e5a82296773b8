"""Draws at an address, one at a time: `sim.randomness` in compiled code."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels.compiled.rules import philox, to_uniform
from sim.kernels.compiled.source import inlined, part
from sim.randomness import COARSE, SIEVED

LOW, HALF, STREAM = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(26)
_PART = np.float32(1 / 256)


@inlined
def words(key: Any, run: Any, stream: Any, step: Any, identity: Any) -> Any:
    """The block of four words at an address; `key` is that of the seed."""
    second = (np.uint64(stream) << STREAM) | np.uint64(step)
    return philox(run, second, identity & LOW, identity >> HALF, key[0], key[1])


@part
def uniform(key: Any, run: Any, step: Any, identity: Any, decision: Any) -> Any:
    """The draw of one decision."""
    w0, w1, w2, w3 = words(key, run, decision // 4, step, identity)
    word = decision % 4
    return to_uniform(w0 if word == 0 else w1 if word == 1 else w2 if word == 2 else w3)


@part
def coarse(key: Any, run: Any, block: Any, ids: Any, decision: Any, four: Any, out: Any) -> None:
    """Fill `out` (step of the block, id) with the coarse bytes of a decision; `four` (word, id) is scratch.

    Two short loops: both become vector code.
    """
    half = key[0] & LOW, key[1] & LOW  # for the compiler to know that they are short
    for i in range(len(ids)):
        w0, w1, w2, w3 = words(half, run & LOW, COARSE + decision, block, ids[i])
        four[0, i], four[1, i], four[2, i], four[3, i] = np.uint32(w0), np.uint32(w1), np.uint32(w2), np.uint32(w3)
    for word in range(4):
        for place in range(4):
            for i in range(len(ids)):
                out[4 * word + place, i] = np.uint8(four[word, i] >> np.uint32(8 * place))


@part
def coarse_of(key: Any, run: Any, block: Any, ids: Any, also: Any, rows: Any, decision: Any, out: Any) -> None:
    """The same of some rows only, each id combined with `also`; the rest of `out` stays."""
    for row in rows:
        w = words(key, run, COARSE + decision, block, ids[row] ^ also)
        for step in range(SIEVED):
            out[step, row] = np.uint8((w[step // 4] >> np.uint64(8 * (step % 4))) & np.uint64(0xFF))


@inlined
def fine(byte: Any, draw: Any) -> Any:
    """A sieved draw from its coarse byte and its fine rest."""
    return (np.float32(byte) + draw) * _PART


@inlined
def near(byte: Any, bound: Any) -> Any:
    """Whether a draw with this coarse byte may lie below `bound`."""
    return np.float32(byte) < bound * np.float32(256)
