"""Events left out, alone and in pairs, on hours made up so that the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from sim.report.mattered import alone, pairs

HORIZON = 100.0
RUNS = 12


def hours(of: dict[int, float | list[float]]) -> np.ndarray:
    """(combination, run) hours; a number holds for every run."""
    return np.array([np.broadcast_to(of[c], RUNS) for c in sorted(of)], np.float32)


@pytest.fixture
def two() -> np.ndarray:
    """Both events: hour 40; without the first 50, without the second 60, without both never."""
    return hours({0b11: 40.0, 0b10: 50.0, 0b01: 60.0, 0b00: np.nan})


def test_each_event_left_out_and_alone(two: np.ndarray) -> None:
    first, second = alone(two, HORIZON, [2.0, 4.0])
    assert first["without"]["mean"] == 10
    assert second["without"]["mean"] == 20
    assert first["only"]["mean"] == 60 - HORIZON  # it alone brings the collapse forward from the horizon
    assert second["only"]["mean"] == 50 - HORIZON
    assert [each["share"] for each in first["prevented"]] == [1, 0]  # by hour 48, not by hour 96
    assert first["prevented"][0]["low"] < 1


def test_a_pair_beyond_its_sum(two: np.ndarray) -> None:
    (pair,) = pairs(two, HORIZON)
    assert pair["events"] == [0, 1]
    assert pair["both"]["mean"] == 60
    assert pair["beyond"] == {"mean": 30.0, "low": 30.0, "high": 30.0}


def test_pairs_come_with_the_largest_interaction_first_and_an_interval() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 1, RUNS)
    # The hour falls by 10 for each event, by 8 more for the last two together.
    table = {c: 90 - 10.0 * c.bit_count() - 8.0 * (c & 0b110 == 0b110) * (1 + 0.1 * noise) for c in range(8)}
    found = pairs(hours(table), HORIZON)
    assert found[0]["events"] == [1, 2]
    beyond = found[0]["beyond"]
    assert beyond["mean"] == pytest.approx(-8 * (1 + 0.1 * noise.mean()), abs=1e-5)
    assert beyond["low"] < -8 * (1 + 0.1 * noise.mean()) < beyond["high"]
    assert [each["beyond"]["mean"] for each in found[1:]] == pytest.approx([0, 0], abs=1e-5)
