"""Random draws with an address: (seed, purpose, number). What one part draws moves nobody else's draws."""

from __future__ import annotations

from enum import IntEnum

from numpy.random import Generator, Philox


class Purpose(IntEnum):
    """What draws are for. Numbers are part of the address: never reuse or renumber them."""

    PRIOR = 0
    SMC = 1
    RESAMPLE = 2
    PSEUDO = 3
    OBSERVE = 4
    TIES = 5
    BOOTSTRAP = 6


def dice(seed: int, purpose: Purpose, number: int = 0, *, block: int = 0) -> Generator:
    """Independent draws for each (seed, purpose, number): Philox 4x64 (Salmon et al., SC 2011).

    Args:
        seed: 0 to 2**64 - 1.
        purpose: what the draws are for.
        number: 0 to 2**64 - 1.
        block: where in the stream to begin; a block holds four doubles.
    """
    return Generator(Philox(key=[seed, int(purpose)], counter=[block, 0, number, 0]))
