"""Changes asked for on the command line, made on a document before it is checked.

A changed value is located at its flag (`--set`), so a value that does not fit is reported
there, with the same words as in a file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, get_origin

from sim.parameters import BY_NAME
from sim.scenario.lines import DEEPEST, Path, deep_key
from sim.scenario.messages import given
from sim.scenario.problems import Problem, nearest
from sim.scenario.read import Document, row_name
from sim.scenario.schema import ScenarioFile

NAMED_TABLES = ("controller", "patron", "formation", "source")
_SHAPES = {name: get_origin(info.annotation) for name, info in ScenarioFile.model_fields.items()}
_LISTS = tuple(name for name, shape in _SHAPES.items() if shape is list)
_TABLES = (*_LISTS, *NAMED_TABLES, "parameter")
CAN_BE_SET = (
    "days, step_hours, capital, collapse_share, patron_trust, a parameter by its name, "
    "or a field such as trigger.ID.FIELD, unit.ID.FIELD, place.ID.FIELD, axis.ID.FIELD, patron.ID.FIELD"
)
NO_SUCH_TRIGGER = "no trigger has this id or type"
LISTED = "; rout show SCENARIO triggers lists them"
"""Added where no name is near."""
FIXED = ("format", "name", "title", "summary", "start")
"""What says which scenario it is: not for a change to alter."""
_SETTINGS = tuple(name for name, shape in _SHAPES.items() if shape not in (list, dict) and name not in FIXED)


def apply(
    document: Document,
    set: Mapping[str, object] | None = None,
    without: Iterable[str] = (),
    account: Mapping[str, str] | None = None,
) -> Document:
    """A document with changes made: first `set`, then `without`, then `account`.

    Args:
        document: what was read; it is not touched.
        set: dotted path -> value, as `trigger.mutiny.probability`, `unit.ID.FIELD`,
            `parameter.NAME`, `days`. Rows go by id (accounts by name, routes by number from 1).
            Text is read as a TOML value where it is one.
        without: ids of triggers to switch off, or types, which switch off all of that type.
        account: trigger id -> the account that is true, or the first words that several
            accounts share; their weights are scaled to sum to 1 and the others dropped.

    Names that do not exist are added to the `problems` of the result.
    """
    if not (set or without or account):
        return document
    document = replace(document, values=deepcopy(document.values), where=dict(document.where))
    for path, value in (set or {}).items():
        document = _set(document, path, value)
    for name in [without] if isinstance(without, str) else without:
        document = _without(document, name)
    for trigger, name in (account or {}).items():
        document = _account(document, trigger, name)
    return document


def contradictions(
    document: Document, set: Iterable[str] = (), without: Iterable[str] = (), account: Iterable[str] = ()
) -> Iterator[Problem]:
    """What is asked of triggers that are switched off too; arguments are those of `apply`.

    Points of a sweep may do so: there one factor switches, another chooses the account.
    """
    rows = dict(document.rows("trigger"))
    names = [without] if isinstance(without, str) else without
    off = {rows[index].get("id"): name for name in names for index in _triggers(document, name)}
    asked = [("--account", trigger, trigger) for trigger in account]
    asked += [("--set", path, path.split(".")[1]) for path in set if path.startswith("trigger.")]
    for flag, field, trigger in asked:
        if trigger in off:
            message = f"has no effect beside --without {off[trigger]}, which switches the trigger off; leave one out"
            yield Problem(flag, 0, field, message)


def _put(document: Document, path: Path, value: object, flag: str) -> Document:
    """Write a value, making the tables on the way to it, and locate it at the flag."""
    holder: Any = document.values
    for part in path[:-1]:
        if isinstance(holder, dict) and not isinstance(holder.get(part), dict | list):
            holder[part] = {}
        holder = holder[part]
    holder[path[-1]] = value
    where = {p: spot for p, spot in document.where.items() if p[: len(path)] != path}
    return replace(document, where={**where, path: (flag, 0)})


def _set(document: Document, dotted: str, value: object) -> Document:
    if isinstance(value, str) and not _is_unicode(value):
        return document.adding(_wrong(dotted, f"is not UTF-8 text: {given(value)}"))
    path = _path(document, dotted)
    if isinstance(path, Problem):
        return document.adding(path) if path.file else document
    return _put(document, path, toml_value(value) if isinstance(value, str) else value, "--set")


def value_at(document: Document, dotted: str) -> object:
    """The value at a dotted path, as written; None for a default, and where there is no such path."""
    path = _path(document, dotted)
    return None if isinstance(path, Problem) else document.value(path)


def _is_unicode(text: str) -> bool:
    """Whether a text can be written to a file: on the command line it may hold any bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def toml_value(text: str) -> object:
    """The value that a text stands for in TOML, or the text itself."""
    if deep_key(text):
        return text
    try:
        values = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return values["value"] if len(values) == 1 else text


def _path(document: Document, dotted: str) -> Path | Problem:
    """Where a dotted path leads; a problem without a file where that cannot be known."""
    first, *words = dotted.split(".")
    if not words:
        return _bare(document, first)
    if first in ("parameter", "parameters"):
        return _parameter(document, ".".join(words))
    if first not in ScenarioFile.model_fields:
        return _wrong(dotted, f"there is no table {first!r}", first, _TABLES)
    if len(words) > DEEPEST:
        return _wrong(dotted, "nothing is nested so deep")
    path: Path = (first,)
    value: Any = document.values.get(first, [] if first in _LISTS else {})
    for word in words:
        names = _names(path, value, word)
        if word not in names:
            if not document.complete(first):
                return Problem("", 0, dotted, "")
            return _wrong(dotted, f"there is no {path[-1]} {word!r}", word, names)
        path = (*path, names[word])
        value = document.value(path)
    if isinstance(path[-1], int) and isinstance(value, dict):
        return _wrong(dotted, "names a whole table; add the name of a field")
    return path


def _parameter(document: Document, name: str) -> Path | Problem:
    fit = isinstance(document.values.get("parameters", {}), dict)  # if not, the schema says so
    return ("parameters", name) if fit else Problem("", 0, name, "")


def _bare(document: Document, name: str) -> Path | Problem:
    if name in _SETTINGS:
        return (name,)
    if name in FIXED:
        return _wrong(name, f"stays as the scenario has it. What can be set: {CAN_BE_SET}")
    if name in BY_NAME:
        return _parameter(document, name)
    if name in _SHAPES:
        return _wrong(name, "is a whole table; name what in it to change")
    return _wrong(name, "there is no such setting or parameter", name, (*_SETTINGS, *BY_NAME))


def _names(path: Path, value: Any, word: str) -> Mapping[str, str | int]:
    """The names that may follow a path, each with its key or index. A new field is the schema's to judge."""
    if isinstance(value, list):
        return {row_name(path, row, i): i for i, row in enumerate(value)}
    if path[0] in NAMED_TABLES and len(path) == 1:
        return {name: name for name in value} if isinstance(value, dict) else {}
    return {word: word} if isinstance(value, dict) or value is None else {}


def _wrong(dotted: str, message: str, name: str = "", valid: Iterable[str] = ()) -> Problem:
    return Problem("--set", 0, dotted, message, nearest(name, tuple(valid)))


def _without(document: Document, name: str) -> Document:
    triggers, matches = document.rows("trigger"), _triggers(document, name)
    for index in matches:
        document = _put(document, ("trigger", index, "enabled"), False, "--without")
    if matches or not document.complete("trigger"):
        return document
    valid = {str(row.get(key)) for _, row in triggers for key in ("id", "type") if key in row}
    near = nearest(name, sorted(valid))
    return document.adding(Problem("--without", 0, name, NO_SUCH_TRIGGER + ("" if near else LISTED), near))


def _triggers(document: Document, name: str) -> list[int]:
    """Indices of the trigger of this id, or else of all triggers of this type."""
    triggers = document.rows("trigger")
    return [i for i, row in triggers if row.get("id") == name] or [i for i, row in triggers if row.get("type") == name]


def _account(document: Document, trigger: str, name: str) -> Document:
    triggers = {str(row.get("id")): (i, row) for i, row in document.rows("trigger")}
    if trigger not in triggers:
        if not document.complete("trigger"):
            return document
        near = nearest(trigger, tuple(triggers))
        message = "there is no such trigger" + ("" if near else LISTED)
        return document.adding(Problem("--account", 0, trigger, message, near))
    index, row = triggers[trigger]
    path = ("trigger", index, "account")
    accounts = row.get("account") or []
    if not isinstance(accounts, list) or not all(isinstance(a, dict) for a in accounts):
        return document  # the schema says what is wrong
    names = [str(a.get("name", "")) for a in accounts]
    kept = [i for i, n in enumerate(names) if n == name] or [i for i, n in enumerate(names) if n.startswith(f"{name}_")]
    if not kept:
        message = f"has no account {name!r}; it has {', '.join(sorted(names)) or 'none'}"
        return document.adding(Problem("--account", 0, trigger, message, nearest(name, names)))
    return _keep_accounts(document, path, accounts, kept)


def _keep_accounts(document: Document, path: Path, accounts: list[dict[str, Any]], kept: list[int]) -> Document:
    """Keep some accounts, each at the line where it stands, their weights scaled to sum to 1."""
    depth = len(path)
    where = {p: spot for p, spot in document.where.items() if p[:depth] != path or len(p) == depth}
    for new, old in enumerate(kept):
        for p, spot in document.where.items():
            if p[: depth + 1] == (*path, old):
                where[(*path, new, *p[depth + 1 :])] = spot
    weights: list[Any] = [accounts[i].get("weight") for i in kept]
    chosen = [accounts[i] for i in kept]
    if all(isinstance(w, int | float) and 0 <= w <= 1 for w in weights):
        total = sum(weights)
        shares = [w / total if total else 1 / len(kept) for w in weights]
        chosen = [{**a, "weight": share} for a, share in zip(chosen, shares, strict=True)]
    holder: Any = document.values
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = chosen
    return replace(document, where=where)
