"""The parts of a document that fit their models, with the place each was written at.

A fault must not hide another, so every row is validated on its own, a faulty one field by field, and
cross-checks see all that is sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from sim.scenario.lines import Path
from sim.scenario.messages import problems_of
from sim.scenario.problems import MOST_PROBLEMS, Problem, nearest
from sim.scenario.read import Document
from sim.scenario.schema import ScenarioFile

M = TypeVar("M", bound=BaseModel)
Rows = list[tuple[Path, BaseModel]]

ROW_MODELS: dict[str, type[BaseModel]] = {}
TABLE_MODELS: dict[str, type[BaseModel]] = {}
_SETTINGS: dict[str, TypeAdapter[Any]] = {}
for _name, _info in ScenarioFile.model_fields.items():
    _row = get_args(_info.annotation)[-1] if get_args(_info.annotation) else None
    if get_origin(_info.annotation) is list and isinstance(_row, type) and issubclass(_row, BaseModel):
        ROW_MODELS[_name] = _row
    elif get_origin(_info.annotation) is dict and isinstance(_row, type) and issubclass(_row, BaseModel):
        TABLE_MODELS[_name] = _row
    elif _name != "trigger":
        _annotation: Any = Annotated[_info.annotation, _info]
        _SETTINGS[_name] = TypeAdapter(_annotation)


class Leaf(NamedTuple):
    """A value that was given in a model, with the field it belongs to."""

    path: Path
    field: str
    value: Any


@dataclass(frozen=True)
class Sound:
    """What fits its model.

    Attributes:
        document: what was read.
        settings: single values of the top, by name; the default where none was given.
        parts: table -> (path, model) of each sound row.
        remains: table -> (path, model) of each faulty row, as far as it is sound: see `remains_of`.
    """

    document: Document
    settings: dict[str, Any]
    parts: dict[str, Rows]
    remains: dict[str, Rows]

    def rows(self, table: str, model: type[M], *fields: str) -> list[tuple[Path, M]]:
        """(path, row) of each sound row of a table; with `fields`, of faulty rows too in which these are sound."""
        found = [(path, row) for path, row in self.parts.get(table, []) if isinstance(row, model)]
        rest = self.remains.get(table, []) if fields else []
        return found + [(path, row) for path, row in rest if isinstance(row, model) and vars(row).keys() >= {*fields}]

    def whole(self, *tables: str) -> bool:
        """Whether these tables were read in full and every row in them is sound."""
        return all(
            table in self.document.values
            and self.document.complete(table)
            and len(self.parts.get(table, [])) == len(self.document.values.get(table) or [])
            for table in tables
        )

    @cached_property
    def leaves(self) -> dict[str, list[Leaf]]:
        """Every sound value given in the rows, by table."""
        return {
            table: [leaf for path, row in (*part, *self.remains.get(table, [])) for leaf in leaves(row, path)]
            for table, part in self.parts.items()
        }

    def setting_leaves(self) -> Iterator[Leaf]:
        """Every value among the settings, parameters apart."""
        for name, value in self.settings.items():
            yield from _leaves(value, (name,), name) if name != "parameters" else ()

    def instant(self, name: str) -> datetime | None:
        """A setting that is a moment with a zone."""
        value = self.settings.get(name)
        return value if isinstance(value, datetime) and value.tzinfo is not None else None


def sound_parts(document: Document) -> tuple[Sound, ScenarioFile | None, list[Problem]]:
    """The sound parts, the whole file if it is sound throughout, and what is wrong elsewhere.

    Triggers are left to their own types.
    """
    problems: list[Problem] = []
    parts: dict[str, Rows] = {}
    remains: dict[str, Rows] = {}
    values = dict(document.values)
    for table, model in (ROW_MODELS | TABLE_MODELS).items():
        value = values.get(table)
        if isinstance(value, list) and table in ROW_MODELS:
            rows = dict(enumerate(_with_columns(document, model, table, value, problems)))
            parts[table], remains[table] = _valid(document, model, table, rows, problems)
            values[table] = [row for _, row in parts[table]]
        elif isinstance(value, dict) and table in TABLE_MODELS:
            parts[table], remains[table] = _valid(document, model, table, value, problems)
            values[table] = {path[1]: row for path, row in parts[table]}
    file = None
    try:
        file = ScenarioFile.model_validate(values)
    except ValidationError as error:
        found = problems_of(error, document, ScenarioFile, values)
        problems += [p for p in found if document.complete(p.field) or p.message != "is missing"]
    return Sound(document, _settings(document), parts, remains), (None if problems else file), problems


def _with_columns(
    document: Document, model: type[BaseModel], table: str, rows: list[Any], problems: list[Problem]
) -> list[Any]:
    """The rows of a table without columns that it cannot have; none where one that it must have is missing.

    What is wrong with a column of a CSV file is told once, at its header.
    """
    if table not in document.headers:
        return rows
    file, _ = document.place_of((table,))
    line, columns = document.headers[table]
    required = {info.alias or name: info.is_required() for name, info in model.model_fields.items()}
    if not required.keys() & set(columns):
        problems.append(Problem(file, line, "", f"the first row must name the columns: {', '.join(required)}"))
        return []
    unknown = {column: nearest(column, required) for column in columns if column not in required}
    absent = [name for name, must in required.items() if must and name not in columns]
    problems += [Problem(file, line, column, "there is no such column", near) for column, near in unknown.items()]
    problems += [Problem(file, line, name, "the column is missing") for name in absent if name not in unknown.values()]
    return [] if absent else [{name: cell for name, cell in row.items() if name not in unknown} for row in rows]


def _valid(
    document: Document, model: type[BaseModel], table: str, rows: dict[Any, object], problems: list[Problem]
) -> tuple[Rows, Rows]:
    """(sound rows, what is sound of the others)."""
    before = len(problems)
    sound: Rows = []
    remains: Rows = []
    for key, row in rows.items():
        path: Path = (table, key)
        try:
            sound.append((path, model.model_validate(row)))
        except ValidationError as error:
            problems += problems_of(error, document, model, row, path)
            if len(problems) - before > MOST_PROBLEMS:
                problems.append(document.problem(path, "so many problems that the rest of the table was not judged"))
                break
            remains += [(path, remains_of(model, row))] if isinstance(row, dict) else []
    return sound, remains


def remains_of(model: type[M], row: dict[str, Any]) -> M:
    """A faulty row as a model that lacks the attributes whose fields are at fault.

    No model has a rule that joins fields (those are cross-checks), so each can be judged alone.
    """
    fields = _fields(model)
    name_of = {key: name for name, (key, _) in fields.items()}
    found: dict[str, Any] = {}
    faulty = {name_of.get(nearest(key, name_of), "") for key in row.keys() - name_of}  # given, but misspelt
    for name, (key, field) in fields.items():
        try:
            found |= {name: field.validate_python(row[key])} if key in row else {}
        except ValidationError:
            faulty.add(name)
    made = model.model_construct({*found}, **found)
    for name in faulty & vars(made).keys():  # a default would stand for what was written
        delattr(made, name)
    return made


@cache
def _fields(model: type[BaseModel]) -> dict[str, tuple[str, TypeAdapter[Any]]]:
    """Field -> its key in a file, and what judges it."""
    made: dict[str, tuple[str, TypeAdapter[Any]]] = {}
    for name, info in model.model_fields.items():
        annotation: Any = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
        made[name] = info.alias or name, TypeAdapter(annotation)
    return made


def _settings(document: Document) -> dict[str, Any]:
    sound: dict[str, Any] = {}
    for name, adapter in _SETTINGS.items():
        info = ScenarioFile.model_fields[name]
        if name not in document.values:
            sound[name] = None if info.is_required() else info.get_default(call_default_factory=True)
            continue
        try:
            sound[name] = adapter.validate_python(document.values[name])
        except ValidationError:
            sound[name] = None
    return sound


def leaves(model: BaseModel, path: Path) -> Iterator[Leaf]:
    """Every value that was given in a model and the models within it, lists taken apart."""
    fields = type(model).model_fields
    for name in sorted(model.model_fields_set & fields.keys()):
        yield from _leaves(getattr(model, name), (*path, fields[name].alias or name), name)


def _leaves(value: Any, path: Path, field: str) -> Iterator[Leaf]:
    if isinstance(value, str | float):  # nearly all are
        yield Leaf(path, field, value)
    elif isinstance(value, BaseModel):
        yield from leaves(value, path)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index), field)
    elif isinstance(value, dict) and any(isinstance(item, BaseModel) for item in value.values()):
        for key, item in value.items():
            yield from _leaves(item, (*path, key), field)
    else:
        yield Leaf(path, field, value)
