"""Pydantic's findings in plain words, at the file and line they concern."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.scenario.lines import Path
from sim.scenario.problems import Problem, nearest
from sim.scenario.read import Document

WANTED_TIME = "a date and time with a zone, such as 2024-11-27T06:00:00+03:00"
NO_SUCH_FIELD = "there is no such field"
_PATTERNS = {
    r"^[A-Z][A-Z0-9_]*$": "capital letters, digits and _, beginning with a letter",
    r"^[a-z][a-z0-9_]*$": "small letters, digits and _, beginning with a letter",
}
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": NO_SUCH_FIELD,
    "finite_number": "must be a finite number, not {given}",
    "greater_than": "must be above {gt}, not {given}",
    "greater_than_equal": "must be at least {ge}, not {given}",
    "less_than": "must be below {lt}, not {given}",
    "less_than_equal": "must be at most {le}, not {given}",
    "string_type": "must be text, not {given}",
    "string_unicode": "is not UTF-8 text: {given}",
    "literal_error": "must be {expected}, not {given}",
    "string_pattern_mismatch": "must be written in {pattern}, not {given}",
    "list_type": "must be a list, not {given}",
    "dict_type": "must be a table, not {given}",
    "model_type": "must be a table, not {given}",
    "too_short": "must be a list of at least {min_length}, not of {actual_length}",
    "too_long": "must be a list of at most {max_length}, not of {actual_length}",
    "value_error": "{error}",
}
_FAMILIES = {
    "float": "must be a number, not {given}",
    "int": "must be a whole number, not {given}",
    "bool": "must be true or false, not {given}",
    "datetime": f"must be {WANTED_TIME}, not {{given}}",
}


def given(value: object) -> str:
    """A value as an author would recognise it, short."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "a table"
        case list():
            return "a list"
        case date() | datetime() | time():
            return value.isoformat()
        case str() if len(value) > 60:
            return f"{value[:57]!r}…"
        case int() if abs(value) >= 10**18:
            return "a huge number"
        case float():
            return f"{value:.15g}"
        case _:
            return repr(value)


def problems_of(
    error: ValidationError,
    document: Document,
    model: type[BaseModel],
    data: object,
    base: Path = (),
) -> Iterator[Problem]:
    """One problem for each value that a model refused.

    Args:
        error: what pydantic raised.
        document: where the values stand.
        model: the model that refused.
        data: the values that it was given.
        base: the path at which `data` stands in the document.
    """
    found: dict[Path, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        found.setdefault(_data_path(detail, data), []).append(detail)
    around = {path[:end] for path in found for end in range(len(path))}
    for path, details in found.items():
        if path in around:  # the other branch of a union refuses the whole; the fault lies within
            continue
        detail = _fitting(details)
        near = ""
        if detail["type"] == "extra_forbidden":
            near = nearest(str(path[-1]), field_names(model, path[:-1]))
        elif detail["type"] == "literal_error":
            options = re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", "")))
            near = nearest(detail["input"], options) if isinstance(detail["input"], str) else ""
        yield document.problem((*base, *path), message(detail), near)


def message(detail: ErrorDetails) -> str:
    """What one finding says, in plain words."""
    kind = detail["type"]
    bounds = {name: f"{v:.15g}" if isinstance(v, float) else v for name, v in detail.get("ctx", {}).items()}
    values: dict[str, Any] = {**bounds, "given": given(detail["input"])}
    values["pattern"] = _PATTERNS.get(str(values.get("pattern")), values.get("pattern"))
    words = _WORDS.get(kind) or _FAMILIES.get(kind.split("_")[0])
    return words.format_map(values) if words else detail["msg"][:1].lower() + detail["msg"][1:]


def _data_path(detail: ErrorDetails, data: Any) -> Path:
    """A finding's location without pydantic's own words, such as the branch of a union."""
    path: Path = ()
    for part in detail["loc"]:
        if isinstance(data, Mapping) and part in data:
            data = data[str(part)]
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part]
        elif detail["type"] != "missing" or part != detail["loc"][-1]:
            continue
        path = (*path, part)
    return path


def _fitting(details: list[ErrorDetails]) -> ErrorDetails:
    """Of the findings on one value, the one from the branch of a union that its author meant."""
    meant = [d for d in details if isinstance(d["input"], list) == any("list[" in str(p) for p in d["loc"])]
    return (meant or details)[0]


def field_names(model: type[BaseModel], path: Path) -> tuple[str, ...]:
    """The names a table may hold, at a path below a model; () where it is free."""
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            below = _model_in(model.model_fields[part].annotation)
            if below is None:
                return ()
            model = below
    return tuple(info.alias or name for name, info in model.model_fields.items())


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for m in map(_model_in, get_args(annotation)) if m is not None), None)
