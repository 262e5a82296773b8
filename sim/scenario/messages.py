"""Pydantic's findings in plain words, at the file and line they concern."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from itertools import islice
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.quantities import Quantity
from sim.scenario.lines import Path
from sim.scenario.problems import Problem, nearest
from sim.scenario.read import Document
from sim.scenario.schema import ScenarioFile

WANTED_TIME = "a date and time with a zone, such as 2024-11-27T06:00:00+03:00"
MOST_PROBLEMS = 100
"""Of one row."""
NO_SUCH_FIELD = "there is no such field"
_PER_CENT = re.compile(r"([+-]?\d{1,6}(?:\.\d{1,6})?)\s*%")
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
    # The other branch of a union refuses the whole; the fault lies within.
    within = {path: _fitting(details) for path, details in found.items() if path not in around}
    near = {path: _near(document, model, base, path, detail) for path, detail in islice(within.items(), MOST_PROBLEMS)}
    meant = {(*path[:-1], name) for path, name in near.items() if within[path]["type"] == "extra_forbidden"}
    for path, name in near.items():
        if within[path]["type"] == "missing" and path in meant:
            continue  # it is there, misspelt
        said = message(within[path], _uom(model, path))
        if within[path]["type"] == "extra_forbidden" and not name:
            said += _misplaced(document, (*base, *path))
        yield document.problem((*base, *path), said, name)


def _near(document: Document, model: type[BaseModel], base: Path, path: Path, detail: ErrorDetails) -> str:
    """The valid name closest to a field or word that is none."""
    if detail["type"] == "extra_forbidden":
        fields = field_names(model, path[:-1])
        elsewhere = bool(_misplaced(document, (*base, *path)))
        # A field of the scenario itself may only look like one of the table's: the plural must be all that is missing.
        return nearest(str(path[-1]), fields) if not elsewhere or f"{path[-1]}s" in fields else ""
    if detail["type"] == "literal_error" and isinstance(detail["input"], str):
        return nearest(detail["input"], re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", ""))))
    return ""


def message(detail: ErrorDetails, uom: str = "") -> str:
    """What one finding says, in plain words; `uom` is the unit of measure of a number."""
    kind = detail["type"]
    bounds = {name: f"{v:.15g}" if isinstance(v, float) else v for name, v in detail.get("ctx", {}).items()}
    values: dict[str, Any] = {**bounds, "given": given(detail["input"])}
    values["pattern"] = _PATTERNS.get(str(values.get("pattern")), values.get("pattern"))
    words = _WORDS.get(kind) or _FAMILIES.get(kind.split("_")[0])
    if not words:
        return detail["msg"][:1].lower() + detail["msg"][1:]
    if uom not in ("", "-", "share") and kind.startswith(("float", "greater", "less", "finite")):
        words = words.replace(", not", f" [{uom}], not")
    return words.format_map(values) + _hint(kind, detail["input"], uom)


def _hint(kind: str, value: object, uom: str) -> str:
    """How a number is written, where its author wrote it otherwise."""
    if kind == "float_parsing" and isinstance(value, str) and (share := _PER_CENT.fullmatch(value)):
        return f"; {share[1]} % is {float(share[1]) / 100:g}"
    if kind == "float_parsing" and isinstance(value, str) and re.fullmatch(r"[\d.,' ]*\d", value):
        return "; a number has one point and no commas, spaces or quotation marks"
    if uom == "share" and kind == "less_than_equal" and isinstance(value, int | float) and 2 < value <= 100:
        return f"; {value:g} % is {value / 100:g}"
    if uom == "deg" and isinstance(value, int | float) and 90 < abs(value) <= 180:
        return "; latitude and longitude may be swapped"
    return ""


def _misplaced(document: Document, path: Path) -> str:
    """Where a field belongs that is the scenario's own and stands in one of its tables."""
    file, _ = document.place_of(path)
    if len(path) == 1 or path[-1] not in ScenarioFile.model_fields or not file.endswith(".toml"):
        return ""
    return "; the scenario's own fields stand above the first [table]"


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
    annotation: Any = model
    for part in path:
        annotation = _below(annotation, part)
    found = _model_in(annotation)
    return tuple(info.alias or name for name, info in found.model_fields.items()) if found else ()


def _uom(model: type[BaseModel], path: Path) -> str:
    """The unit of measure of the number at a path below a model, or ""."""
    annotation: Any = model
    for part in path:
        annotation = _below(annotation, part)
    return next((each.uom for each in _parts(annotation) if isinstance(each, Quantity)), "")


def _below(annotation: Any, part: str | int) -> Any:
    """The type of what stands under a name in what has a type."""
    model = _model_in(annotation)
    if model is None or part not in model.model_fields:
        return annotation  # an element of a list, or a row of a table of tables
    info = model.model_fields[str(part)]
    return Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in (*get_args(annotation), *getattr(annotation, "__metadata__", ())):
        yield from _parts(part)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    return next((p for p in _parts(annotation) if isinstance(p, type) and issubclass(p, BaseModel)), None)


def after_the_end(days: float) -> str:
    """Of a moment that no run reaches."""
    return f"lies after the end of the scenario, {days:g} days after its start"
