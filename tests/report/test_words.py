"""What the report asks, in words."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.report.words import _of_hundred, _of_luck


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_numbers_of_a_hundred_add_up_and_are_near_their_shares(shares: list[float]) -> None:
    assume(sum(shares) > 1e-6)
    numbers = _of_hundred(shares)
    assert sum(numbers) == 100
    assert numbers == pytest.approx([100 * share / sum(shares) for share in shares], abs=1)


def test_what_is_told_of_luck_adds_up_where_rounding_would_not() -> None:
    below, alike = 0.457, 0.036
    assert round(100 * below) + round(100 * alike) + round(100 * (1 - below - alike)) == 101
    assert _of_luck([{"own": 1.0, "below": below, "alike": alike}]).startswith("Of 100 runs 51 held longer")
    assert _of_hundred([below, alike, 1 - below - alike]) == [46, 3, 51]
