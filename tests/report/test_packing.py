"""What is packed comes out again: exactly, or to the step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.report.packing import pack
from tests.report.reading import row_of

numbers = st.one_of(st.none(), st.floats(0, 1000, width=32))


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "one": numbers,
                "inner": st.fixed_dictionaries(
                    {
                        "exact": st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), min_size=3, max_size=3),
                        "rounded": st.lists(numbers, max_size=5),
                    }
                ),
            }
        ),
        min_size=1,
        max_size=6,
    )
)
def test_every_row_comes_out_again(dicts: list[dict[str, Any]]) -> None:
    table = pack(dicts, {"one": 0.5, "inner.rounded": 0.01})
    assert table["rows"] == len(dicts)
    for number, each in enumerate(dicts):
        row = row_of(table, number)
        expected = np.array(each["inner"]["exact"], dtype=float)
        np.testing.assert_array_equal(row["inner.exact"], expected)
        np.testing.assert_allclose(row["inner.rounded"], np.array(each["inner"]["rounded"], dtype=float), atol=0.00501)
        assert row["one"] == pytest.approx(np.nan if each["one"] is None else each["one"], abs=0.2501, nan_ok=True)


@pytest.mark.parametrize(("most", "type_"), [(254, "u1"), (255, "u2"), (65534, "u2"), (65535, "u4")])
def test_the_smallest_type_leaves_its_last_value_for_what_is_missing(most: int, type_: str) -> None:
    table = pack([{"a": [0, most]}, {"a": [None, 1]}], {"a": 1})
    assert table["columns"]["a"]["type"] == type_
    np.testing.assert_array_equal(row_of(table, 0)["a"], [0, most])
    np.testing.assert_array_equal(row_of(table, 1)["a"], [np.nan, 1])


@pytest.mark.parametrize(
    ("dicts", "steps"),
    [
        ([{"a": -1}], {"a": 1}),
        ([{"a": 2**40}], {"a": 1}),
        ([{"a": 1}, {"b": 1}], {}),
        ([{"a": 1}], {"b": 1}),
    ],
    ids=["below 0", "too large", "other names", "a step for nothing"],
)
def test_what_cannot_be_packed_is_refused(dicts: list[dict[str, Any]], steps: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"step|form"):
        pack(dicts, steps)
