"""Names that point at other parts of a scenario: each must exist."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from sim.scenario.problems import Problem
from sim.scenario.read import Document
from sim.scenario.schema import Event, ScenarioFile
from sim.scenario.sound import Leaf, Sound

POINTS_AT = {
    "capital": "place",
    "place": "place",
    "places": "place",
    "from_": "place",
    "to": "place",
    "destination": "place",
    "arrives_at": "place",
    "passage_to": "place",
    "links": "place",
    "lost": "place",
    "held": "place",
    "contested": "place",
    "region": "region",
    "regions": "region",
    "unit": "unit",
    "units": "unit",
    "formation": "formation",
    "formations": "formation",
    "parent": "formation",
    "patron": "patron",
    "patrons": "patron",
    "asker": "patron",
    "asked": "patron",
    "denier": "patron",
    "scales_with": "patron",
    "controller": "controller",
    "controllers": "controller",
    "holder": "controller",
    "axis": "axis",
    "axes": "axis",
    "rises": "axis",
    "source": "source",
    "sources": "source",
    "fired": "trigger",
    "not_fired": "trigger",
    "events": "event",
}
"""What a field names, by the field's name, everywhere in a scenario and in all trigger types."""

_REQUIRED = frozenset(name for name, info in ScenarioFile.model_fields.items() if info.is_required())
"""Without one of these, that it is missing says enough."""

KEYS_POINT_AT = {"commitment_below": "patron", "commitment_above": "patron", "destination": "unit"}
"""What the keys of a field name, where the field is a table."""


def unknown_names(found: Iterable[Leaf], document: Document) -> Iterator[Problem]:
    """Problems for values of fields that name something which is not there."""
    for leaf in found:
        for table, name in _pointers(leaf):
            valid = names_of(document, table)
            if valid is not None and name not in valid:
                absent = document.absent(table, "and others refer to it")
                near = document.near(table, name)
                yield absent or document.problem(leaf.path, f"there is no {table} {name!r}", near)


def _pointers(leaf: Leaf) -> Iterator[tuple[str, str]]:
    """(table, name) of everything that a value names."""
    table, keys = POINTS_AT.get(leaf.field), KEYS_POINT_AT.get(leaf.field)
    values = list(leaf.value.values()) if isinstance(leaf.value, dict) else [leaf.value]
    if leaf.field == "source" and isinstance(leaf.value, str):  # one cell may name several
        values = re.findall(r"[^\s;]+", leaf.value)
    if leaf.path[0] == "unit" and leaf.field == "controller":  # empty: the host
        values = [name for name in values if name]
    if isinstance(leaf.value, dict) and keys:
        yield from ((keys, name) for name in leaf.value)
    if table:
        yield from ((table, name) for name in values if isinstance(name, str))


def names_of(document: Document, table: str) -> frozenset[str] | None:
    """The names a field may point at; None where they cannot be known."""
    home = "place" if table == "region" else table
    return None if home in _REQUIRED and home not in document.values else document.ids(table)


def check_names(sound: Sound) -> Iterator[Problem]:
    """Unknown names and repeated ids, in all but the fields of triggers."""
    for table, found in sound.leaves.items():
        if table == "place":  # a place's region is a definition, not a reference
            found = [leaf for leaf in found if leaf.field != "region"]
        yield from unknown_names(found, sound.document)
    yield from unknown_names(sound.setting_leaves(), sound.document)
    for path, event in sound.rows("event", Event):
        if event.use == "trigger":
            named = [Leaf((*path, "into"), "fired", name) for name in event.into.split()]
            yield from unknown_names(named, sound.document)
            if not named:
                yield sound.document.problem((*path, "into"), "is missing: which trigger encodes the event?")
    for table, key in _KEYS.items():
        yield from _repeated(sound.document, table, key)


_KEYS = {"place": "id", "unit": "id", "axis": "id", "event": "id", "trigger": "id", "outcome": "place"}


def _repeated(document: Document, table: str, key: str) -> Iterator[Problem]:
    ids = [(index, row[key]) for index, row in document.rows(table) if isinstance(row.get(key), str)]
    first: dict[str, int] = {}
    for index, name in ids:
        if name in first:
            file, line = document.place_of((table, first[name], key))
            yield document.problem((table, index, key), f"{name!r} is given twice, first at {file}:{line}")
        first.setdefault(name, index)


def repeated(names: Iterable[str]) -> list[str]:
    """Names that occur more than once, sorted."""
    return sorted(name for name, count in Counter(names).items() if count > 1)
