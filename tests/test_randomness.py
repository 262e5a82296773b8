"""Draws: the published generator, addressed, uniform."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.randomness import SIEVED, Decision, Sieve, philox, sieved, stable_hash, uniform

IDS = np.array([stable_hash("unit", f"u{i}") for i in range(40)])
RUNS = np.arange(300, dtype=np.uint64)


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        # Known answers published with the generator (Random123, philox4x32-10).
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_words(
    counter: tuple[int, int, int, int], key: tuple[int, int], words: tuple[int, ...]
) -> None:
    assert tuple(int(w) for w in philox(*map(np.uint64, (*counter, *key)))) == words


@pytest.mark.parametrize("chance", [0.0, 1e-4, 0.004, 0.3, 1.0])
def test_a_sieve_finds_exactly_the_draws_below_a_chance(chance: float) -> None:
    sieve = Sieve(7, RUNS, IDS, Decision.TRANSITION)
    bound = np.full(len(IDS) * len(RUNS), chance, np.float32)
    for step in (0, 1, 3, SIEVED - 1, SIEVED, 5 * SIEVED + 2):
        found = sieve.hits(step, bound)
        every = sieved(7, RUNS[None, :], step, IDS[:, None], Decision.TRANSITION).ravel()
        assert (found == np.flatnonzero(every < bound)).all()
        assert (sieve.at(found)[0] == every[found]).all()


def test_a_sieve_hands_out_the_other_draws_of_its_block() -> None:
    sieve = Sieve(7, RUNS, IDS, Decision.TRANSITION)
    found = sieve.below(9, np.full(len(IDS) * len(RUNS), 0.1, np.float32))
    _, cause, leave = sieve.at(found, Decision.CAUSE, Decision.EXIT)
    units, runs = IDS[found // len(RUNS)], RUNS[found % len(RUNS)]
    assert (cause == uniform(7, runs, 9, units, Decision.CAUSE)).all()
    assert (leave == uniform(7, runs, 9, units, Decision.EXIT)).all()


def test_sieved_draws_are_uniform_also_in_the_small() -> None:
    runs = np.arange(100_000, dtype=np.uint64)
    steps = [sieved(5, runs, step, IDS[0], Decision.TRANSITION) for step in range(20)]
    draws = np.concatenate(steps)
    assert stats.kstest(draws, "uniform").pvalue > 1e-4
    small = draws[draws < 1 / 256] * 256
    assert stats.kstest(small, "uniform").pvalue > 1e-4
    assert np.abs(np.corrcoef(steps) - np.eye(20)).max() < 0.02
    assert (draws > 0).all()


def test_draws_are_uniform_and_independent_across_every_part_of_the_address() -> None:
    base = uniform(1, RUNS[None, :], 8, IDS[:, None], Decision.EXIT).ravel()
    assert stats.kstest(base, "uniform").pvalue > 1e-4
    others = {
        "seed": uniform(2, RUNS[None, :], 8, IDS[:, None], Decision.EXIT),
        "run": uniform(1, RUNS[None, :] + np.uint64(1000), 8, IDS[:, None], Decision.EXIT),
        "step": uniform(1, RUNS[None, :], 9, IDS[:, None], Decision.EXIT),
        "block": uniform(1, RUNS[None, :], 8, IDS[:, None], Decision.RUMOUR),
        "id": uniform(1, RUNS[None, :], 8, IDS[::-1, None], Decision.EXIT),
        "decision": uniform(1, RUNS[None, :], 8, IDS[:, None], Decision.CAUSE),
    }
    for part, draws in others.items():
        # 12,000 pairs: |r| > .045 has probability below 1e-6 under independence.
        assert abs(np.corrcoef(base, draws.ravel())[0, 1]) < 0.045, part
        assert not (base == draws.ravel()).all(), part


def test_draws_never_reach_the_ends() -> None:
    draws = uniform(3, np.arange(200_000, dtype=np.uint64), 0, IDS[0], Decision.FRAILTY)
    assert draws.dtype == np.float32
    assert 0 < draws.min() < 1e-4
    assert 1 - 1e-4 < draws.max() < 1


def test_a_wide_seed_uses_all_its_bits() -> None:
    low = uniform(5, RUNS, 0, IDS[0], Decision.MEN)
    high = uniform(5 + 2**40, RUNS, 0, IDS[0], Decision.MEN)
    assert (low != high).mean() > 0.99


def test_hashes_do_not_depend_on_the_process() -> None:
    assert int(stable_hash("unit", "a")) == 0x3D8AC520DDBAB4FB
    assert stable_hash("unit", "ab") != stable_hash("unita", "b")
