"""Around the files: where keys stand, the schema for editors, new scenarios, and finding them."""

from __future__ import annotations

import json
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario import ScenarioError, cases, find, json_schema, load, resolve, write_new
from sim.scenario.lines import toml_lines
from sim.triggers import REGISTRY
from tests.scenario_files import BASE, write_file, write_folder

TRICKY = '''\
plain = 1            # = [not] a "key"
"quoted.key" = 2
a.b . "c d" = 3
text = """
looks = "like a key"
[[nor]] \\""" this """"
literal = \'\'\'
[x]\'\'\'
list = [ # comment ]
  1, [2,
  3], { k = "}", l = [4] },
]
[table.below]
key = 1979-05-27T07:32:00Z
[[row]]
id = 1
[[row.part]]
id = 2
[row.part.sub]
key = 'it''s'
[[row]]
[[row.part]]
[[row.part]]
z = {a.b = 1}
'''.replace("'it''s'", "'its'")


def paths(value: Any, above: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """The path of everything in a value."""
    found = {above} - {()}
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found |= paths(item, (*above, key))
    return found


@pytest.mark.parametrize("text", [TRICKY, BASE], ids=["tricky", "base"])
def test_every_key_is_located_and_nothing_else(text: str) -> None:
    assert set(toml_lines(text)) == paths(tomllib.loads(text))


def test_keys_are_located_where_they_stand() -> None:
    lines = toml_lines(TRICKY)
    assert [lines[p] for p in [("plain",), ("quoted.key",), ("a", "b", "c d"), ("text",), ("literal",)]] == [
        1, 2, 3, 4, 7,
    ]  # fmt: skip
    assert lines[("list", 1)] == 10
    assert lines[("list", 1, 1)] == lines[("list", 2, "l", 0)] == 11
    assert lines[("table", "below", "key")] == 14
    assert lines[("row", 0, "part", 0, "sub", "key")] == 20
    assert lines[("row", 1)] == 21
    assert lines[("row", 1, "part", 1, "z", "a", "b")] == 24


@given(
    st.recursive(
        st.one_of(st.integers(-5, 5), st.text(max_size=6), st.booleans()),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=12,
    )
)
def test_any_inline_value_is_located(value: object) -> None:
    text = f"# a comment\nvalue = {_inline(value)}\nnext = 1\n"
    lines = toml_lines(text)
    assert set(lines) == paths(tomllib.loads(text))
    assert lines[("next",)] == 3


def _inline(value: object) -> str:
    """A value in TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_inline(k)} = {_inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


# the schema


def as_json(value: Any) -> Any:
    """TOML values as JSON has them: moments become text."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def test_the_schema_accepts_what_loads_and_refuses_slips() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    scenario = as_json(tomllib.loads(BASE))
    validator.validate(scenario)
    for table, field, value in [
        ("trigger", "type", "leader_kiled"),
        ("trigger", "probabilty", 0.1),
        ("unit", "kind", "regulars"),
        ("place", "lat", 100),
    ]:
        broken = json.loads(json.dumps(scenario))
        broken[table][0][field] = value
        assert not validator.is_valid(broken), f"{table}.{field} = {value!r} passed"


def test_the_schema_knows_every_type() -> None:
    schema = json_schema()
    mapping = schema["properties"]["trigger"]["items"]["discriminator"]["mapping"]
    assert set(mapping) == set(REGISTRY)
    for name, reference in mapping.items():
        definition = schema["$defs"][reference.removeprefix("#/$defs/")]
        assert definition["properties"]["type"]["const"] == name


# new scenarios, and finding them


def test_a_new_scenario_resolves_and_is_never_overwritten(tmp_path: Path) -> None:
    path = write_new(tmp_path / "deep" / "My case 2")
    assert path.name == "My case 2.toml"
    scenario = resolve(load(path))
    assert scenario.name == "my_case_2"
    assert (len(scenario.places), len(scenario.units), len(scenario.axes)) == (4, 6, 1)
    assert len(scenario.triggers) == 3
    assert any(len(t.accounts) > 1 for t in scenario.triggers)
    assert any(t.guards for t in scenario.triggers)
    before = path.read_bytes(), path.stat().st_mtime_ns
    with pytest.raises(ScenarioError, match="exists already"):
        write_new(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


@pytest.mark.parametrize(("name", "says"), [("x" * 300, "cannot be written"), ("a\0b", "cannot be written")])
def test_a_name_that_no_file_can_have(name: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=says):
        write_new(tmp_path / name)


def test_find_takes_a_path_or_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    write_folder(tmp_path / "scenarios" / "river")
    write_file(tmp_path / "scenarios" / "hill.toml")
    write_file(tmp_path / "coast.toml")
    assert find("river") == Path("scenarios/river")
    assert find("hill") == Path("scenarios/hill.toml")
    assert find("coast") == Path("coast.toml")
    assert find("scenarios/hill") == Path("scenarios/hill.toml")
    assert find(tmp_path / "coast.toml") == tmp_path / "coast.toml"
    assert find("syria_2024").is_dir()
    with pytest.raises(ScenarioError) as caught:
        find("rivr")
    assert caught.value.problems[0].nearest == "river"


def test_cases_counts_rows_of_good_and_broken_scenarios(tmp_path: Path) -> None:
    write_folder(tmp_path / "river")
    write_file(tmp_path / "hill.toml")
    write_file(tmp_path / "broken.toml", "title = 1\n[[")
    write_file(tmp_path / "notes.txt", "not a scenario")
    (tmp_path / "empty").mkdir()
    found = {case.name: (case.units, case.triggers, case.places) for case in cases(tmp_path)}
    assert found == {"broken": (0, 0, 0), "hill": (6, 3, 4), "river": (6, 3, 4)}
    assert cases(tmp_path / "nowhere") == []
