"""The reference of the trigger types, written from their code: docs/triggers.md.

`python -m sim.triggers.reference > docs/triggers.md` brings it up to date.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import tomllib
from datetime import datetime
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from sim.operations import Operation, Verb
from sim.quantities import Quantity
from sim.triggers import REGISTRY
from sim.triggers.base import Account, Guard, Record, Target, Trigger
from sim.triggers.example_force import ExampleForce

HEAD = """# Trigger types

This file is written from the code: `python -m sim.triggers.reference > docs/triggers.md`.

A trigger has the [fields that all types share](#fields-that-all-types-share) (when, whether, who, where,
how large, the accounts of it) and those of its type. Its type turns it into operations, the only
things that can happen to a run; a new type is a new file in `sim/triggers/`.

The documented cases give the direction of an effect, sometimes its lag, never its size. Every
size is therefore a judgement, named and explained at the top of the type's file. The largest
documented instance has `magnitude = 1`; additions are proportional to it, factors are raised to
it, and what is all or nothing (a status, a missing commander, an offer) happens unless it is 0.
What happened but moves nothing here (ranks, cargo, casualties) belongs in `title` and `note`.

Sizes are in units of parameters that a run draws or is given: `shock_size` (j), `betrayal_ratio`
(χ) and `trust_rupture` (δ). A trigger reaches its `target`; without one, those that its
`visibility` says: units at the `place` (local), in its region (theatre), all (national).
"""


_COLUMNS = ("| Field | Value | Default | Meaning |", "|---|---|---|---|")


def make_example(name: str) -> Trigger:
    """The example of a type, as a trigger."""
    own = tomllib.loads(REGISTRY[name].example)
    return REGISTRY[name].model_validate({"id": "example", "title": "An example", "type": name, **own})


def table() -> str:
    """docs/triggers.md: an overview of the types, then each with fields, effects and an example."""
    rows = ["| Type | What it is | Documented direction |", "|---|---|---|"]
    for name, kind in REGISTRY.items():
        what, documented, _ = _docstring(kind)
        rows.append(f"| [{name}](#{name}) | {what} | {documented} |")
    sections = [_section(name, kind) for name, kind in REGISTRY.items()]
    return "\n".join([HEAD, *rows, "", *_shared(), *sections]).rstrip("\n") + "\n"


def say(operation: Operation) -> str:
    """An operation in one line."""
    size = " × ".join([f"{operation.amount:+.4g}", *operation.scale])
    match operation.verb:
        case Verb.ADD:
            what = f"add {size} to {operation.touches}"
        case Verb.MULTIPLY:
            what = f"multiply {operation.touches} by exp({size})"
        case Verb.SET if operation.status:
            what = f"set status {operation.status}"
        case Verb.SET:
            what = f"set {operation.touches} to {operation.amount:g}"
        case Verb.START_RUMOUR:
            what = f"start a rumour of {size}"
        case verb:
            what = verb.replace("_", " ")
    details = {
        "chance": f"{operation.chance:g} each" if operation.chance < 1 else "",
        "of": f"{len(operation.units)} units" if len(operation.units) > 4 else ", ".join(operation.units),
        "axes": ", ".join(operation.axes),
        "links": ", ".join("–".join(pair) for pair in operation.links),
        "at": ", ".join(operation.at),
        "patron": ", ".join(operation.patrons),
        "to": operation.destination or "",
        "fading over": f"{operation.decay_hours:g} h" if operation.decay_hours else "",
        "for": f"{operation.duration_hours:g} h" if operation.duration_hours else "",
    }
    return "; ".join([what, *(f"{word} {value}" for word, value in details.items() if value)])


def _shared() -> list[str]:
    """The fields of every trigger, and of the tables in it."""
    parts: list[tuple[type[Record], str, str]] = [
        (Trigger, "## Fields that all types share", "Times are local, with a time zone; hours may have a fraction."),
        (Target, "### target", "Fields narrow each other."),
        (
            Guard,
            "### guard",
            "A condition on the run: all given fields must hold; a list means any of it.",
        ),
        (Account, "### account", "One of several mutually exclusive versions, never averaged."),
    ]
    return [line for kind, head, about in parts for line in (head, "", about, "", *_COLUMNS, *_own_fields(kind), "")]


def _section(name: str, kind: type[Trigger]) -> str:
    what, _, does = _docstring(kind)
    lines = [f"## {name}", "", what, "", does, ""]
    fields = _own_fields(kind)
    if fields:
        lines += [*_COLUMNS, *fields, ""]
    example = make_example(name)
    lines += ["```toml", "[[trigger]]", f'type = "{name}"', kind.example.strip(), "```", ""]
    lines += [f"- {say(operation)}" for operation in example.operations(ExampleForce())]
    return "\n".join([*lines, ""])


def _docstring(kind: type[Trigger]) -> tuple[str, str, str]:
    """(what it is, documented direction, what it does) of a type, each on one line."""
    paragraphs = [" ".join(each.split()) for each in inspect.cleandoc(kind.__doc__ or "").split("\n\n")]
    what, documented, *does = paragraphs
    return what, documented.removeprefix("Documented: ").rstrip("."), " ".join(does)


def _own_fields(kind: type[Record]) -> list[str]:
    """A row for each field that a type adds or whose default it changes, or of a table."""
    hints = get_type_hints(kind, include_extras=True)
    meanings = _meanings(kind)
    rows = []
    for name in inspect.get_annotations(kind):
        if name == "example" or (name == "type" and kind is not Trigger):
            continue
        field = kind.model_fields[name]
        default = "required" if field.is_required() else _toml(field.default)
        value = "text" if name in ("title", "note") else _values(hints[name])
        rows.append(f"| `{name}` | {value} | {default} | {meanings.get(name, '')} |")
    return rows


def _toml(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value in ([], {}) else str(value)


def _values(hint: Any) -> str:
    """What a field takes: a unit of measure, the words to choose from, or the kind of value."""
    if get_origin(hint) is Annotated:
        for each in hint.__metadata__:
            if isinstance(each, Quantity):
                return f"number [{each.uom}]"
        return _values(get_args(hint)[0])
    if get_origin(hint) is Literal:
        return ", ".join(map(str, get_args(hint)))
    if get_origin(hint) is list:
        each = _values(get_args(hint)[0])
        return "list of pairs of names" if get_origin(get_args(hint)[0]) is list else f"list of {each}{_plural(each)}"
    if get_origin(hint) is dict:
        held = get_args(hint)[1]
        return "unit = place" if held is str else "field = value" if held is object else "patron = share"
    if get_args(hint):
        return " or ".join(_values(each) for each in get_args(hint) if each is not NoneType)
    words: dict[Any, str] = {str: "name", bool: "true, false", datetime: "time"}
    return words.get(hint) or f"table, see {hint.__name__.lower()}"


def _plural(what: str) -> str:
    return "s" if what in ("name", "time") else ""


def _meanings(kind: type[Record]) -> dict[str, str]:
    """Field -> the docstring below it."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(text.split())
    return found


if __name__ == "__main__":
    print(table(), end="")
