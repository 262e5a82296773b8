"""The reference in the docs says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.triggers import REGISTRY
from sim.triggers.reference import table

DOCS = Path(__file__).parents[2] / "docs" / "triggers.md"


def test_the_docs_are_up_to_date() -> None:
    written = DOCS.read_text(encoding="utf-8")
    assert written == table(), "run: python -m sim.triggers.reference > docs/triggers.md"


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_each_type_is_described_with_its_own_fields(name: str) -> None:
    section = table().split(f"\n## {name}\n")[1].split("\n## ")[0]
    for field in set(REGISTRY[name].__annotations__) - {"type", "example"}:
        row = next(line for line in section.splitlines() if line.startswith(f"| `{field}` |"))
        assert row.split("|")[-2].strip(), f"{name}.{field} needs a docstring"


def test_numbers_carry_their_unit_of_measure() -> None:
    assert "| `recovery_hours` | number [h] |" in table()
    assert "| `supply_lost` | number [day] |" in table()
    assert "| `surprise` | number [share] |" in table()
