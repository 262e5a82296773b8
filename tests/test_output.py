"""Tables fit the width they are given: names are broken into lines, and no letter is lost."""

from __future__ import annotations

import io
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from sim.cli.output import THEME, folded, needed, put, table

WORDS = st.lists(st.text("abcxyz", min_size=1, max_size=9), min_size=1, max_size=8)
NAMES = st.builds("_".join, WORDS) | st.builds(".".join, WORDS) | st.builds(" × ".join, WORDS)


def printed(width: int, heads: list[str], names: list[str], values: list[str]) -> list[str]:
    out = Console(file=io.StringIO(), width=width, theme=THEME, highlight=False)
    made = table("A title of its own", ids=["name"], words=[], numbers=heads)
    for name in names:
        made.add_row(name, *values)
    put(out, made)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue().splitlines()


@given(NAMES, st.integers(10, 60))
def test_a_name_is_broken_between_its_parts_and_loses_nothing(name: str, width: int) -> None:
    lines = folded(name, width).split("\n")
    assert max(map(len, lines)) <= width
    assert "".join(lines).replace(" ", "") == name.replace(" ", "")
    for line, after in pairwise(lines):
        assert line.endswith(("_", ".")) or f"{line} {after}" in name  # never within a word
        assert len(line) + len(re.split(r"(?<=[._]) ?| ", after)[0]) >= width - 1  # nor sooner than needed


def test_at_spaces_first() -> None:
    assert folded("one_long_name × another_name", 16) == "one_long_name ×\nanother_name"
    assert folded("one_long_name × another_name", 9) == "one_long_\nname ×\nanother_\nname"
    assert folded("indivisible_name", 5) == "indivisible_\nname"


@given(st.lists(NAMES, min_size=1, max_size=4), st.integers(0, 5), st.integers(0, 40))
def test_a_table_fits_its_width(names: list[str], columns: int, more: int) -> None:
    lines = printed(70 + more, ["by day 11"] * columns, names, ["12.5"] * columns)
    assert lines[0] == "A title of its own"
    assert max(map(len, lines)) <= 70 + more
    told = "".join(line.split("  ")[0].strip() for line in lines).replace(" ", "")
    assert all(name.replace(" ", "") in told for name in names)


@pytest.mark.parametrize("short", [0, 1])
def test_nothing_is_broken_where_all_fits_exactly(short: int) -> None:
    made = table("", ids=["name"], words=[], numbers=["value"])
    made.add_row("some_name_of_a_unit", "1.25")
    lines = printed(needed(made) - short, ["value"], ["some_name_of_a_unit"], ["1.25"])
    assert any("some_name_of_a_unit" in line for line in lines) == (not short)
    assert max(map(len, lines)) <= needed(made) - short


def test_numbers_are_never_broken() -> None:
    lines = printed(40, ["95 %"], ["a"], ["1,234.5678_to_1,234.5678_and_much_more_than_fits"])
    assert any("1,234.5678_to_1,234.5678_and_much_more_than_fits" in line for line in lines)
