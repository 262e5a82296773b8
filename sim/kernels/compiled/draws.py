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
def coarse(key: Any, run: Any, block: Any, ids: Any, decision: Any, out: Any) -> None:
    """Fill `out` (step of the block, id) with the coarse bytes of a decision."""
    for i in range(len(ids)):
        four = words(key, run, COARSE + decision, block, ids[i])
        for step in range(SIEVED):
            out[step, i] = np.uint8((four[step // 4] >> np.uint64(8 * (step % 4))) & np.uint64(0xFF))


@inlined
def fine(byte: Any, draw: Any) -> Any:
    """A sieved draw from its coarse byte and its fine rest."""
    return (np.float32(byte) + draw) * _PART


@inlined
def near(byte: Any, bound: Any) -> Any:
    """Whether a draw with this coarse byte may lie below `bound`."""
    return np.float32(byte) < bound * np.float32(256)
