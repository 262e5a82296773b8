"""The page on agents runs as it stands, and what it says of its example is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "agents.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.slow
def test_the_worked_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    names: dict[str, Any] = {}
    for number, snippet in enumerate(SNIPPETS):
        exec(compile(snippet, f"docs/agents.md, snippet {number}", "exec"), names)
    model, as_it_was, steadfast = names["model"], names["as_it_was"], names["steadfast"]
    assert model.over or model.steps * model.resolved.step_hours > model.resolved.days * 24
    assert model.strength == as_it_was.strength
    assert steadfast.strength > as_it_was.strength
    kept = [unit for unit in as_it_was.units.values() if unit.broke and not steadfast.units[unit.id].broke]
    assert kept
    last = {row["unit_class"].__name__: row["strength"] for row in names["rows"] if row["run"] == 2}
    assert last["Steadfast"] != last["UnitAgent"]


def test_every_quantity_in_its_table_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    names: dict[str, Any] = {}
    exec(SNIPPETS[0].replace("days=5", "days=1"), names)
    model = names["model"]
    objects = {
        "unit": model.agents[0],
        "place": model.capital,
        "patron": next(iter(model.patrons.values())),
        "column": model.attackers.columns[0],
        "event": model.events[0],
        "model": model,
    }
    rows = re.findall(r"^\| (\w+) \| (`.*) \|$", PAGE, flags=re.MULTILINE)
    assert [row[0] for row in rows] == list(objects)
    for kind, listed in rows:
        for path in re.findall(r"`([\w.]+)`", listed):
            value = objects[kind]
            for name in path.split("."):
                value = getattr(value, name)
