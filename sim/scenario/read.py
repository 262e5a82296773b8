"""Files on disk -> a `Document`: plain values that know the file and line they came from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from os.path import lexists
from pathlib import Path as FilePath
from typing import Any

from sim.scenario.lines import Path, TooDeepError, deep_key, toml_lines
from sim.scenario.problems import Problem, nearest
from sim.scenario.syntax import syntax_problem
from sim.scenario.tables import Header, Row, records
from sim.scenario.text import reason, text_of

LARGEST_CSV = 20_000_000
"""Bytes."""
LARGEST_TOML = 1_000_000
"""Bytes; its parser takes seconds for each million. The Syrian case takes 60,000."""
MOST_NAMED = 4
"""Scenarios of a folder that a message names."""
MOST_ROWS = 5_000
"""Of any table."""
MOST_COMPARED = 400_000
"""Names looked at to find near ones; these take about a second."""

TABLES = {
    "places.csv": "place",
    "links.csv": "link",
    "units.csv": "unit",
    "outcomes.csv": "outcome",
    "events.csv": "event",
}
REQUIRED = ("places.csv", "units.csv")
FILES = {table: file for file, table in TABLES.items()} | {"source": "sources.toml"}
"""The file of each table that may have one of its own."""
LIST_COLUMNS = frozenset({"sources", "events"})
"""Columns whose cells hold several words, apart by spaces or semicolons."""

Rows = list[tuple[int, dict[str, Any]]]


@dataclass(frozen=True)
class Document:
    """A scenario as written: plain values, where each stands, and what could not be read.

    Attributes:
        path: the folder or file, as it was named.
        values: the tables of `sim.scenario.schema.ScenarioFile`, unchecked.
        where: (file, line) of each path that has a line of its own.
        incomplete: tables that could not be read in full, "*" for all of scenario.toml;
            what is missing in them, or refers to them, cannot be judged.
        problems: what went wrong on the way here.
        headers: table -> its header, of each that was read from a CSV file.
    """

    path: FilePath
    values: dict[str, Any]
    where: Mapping[Path, tuple[str, int]] = field(default_factory=dict)
    incomplete: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    headers: Mapping[str, Header] = field(default_factory=dict)
    _ids: dict[str, frozenset[str] | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _near: dict[tuple[str, str], str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def place_of(self, path: Path) -> tuple[str, int]:
        """File and 1-based line of a value, or of the nearest table around it."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.where:
                return self.where[path[:end]]
        return str(self.path), 0

    def dotted(self, path: Path) -> str:
        """A path as people write it, with ids for rows: `trigger.mutiny.probability`."""
        words: list[str] = []
        value: Any = self.values
        for depth, part in enumerate(path):
            value = _child(value, part)
            words.append(row_name(path[:depth], value, part) if isinstance(part, int) else part)
        return ".".join(words)

    def value(self, path: Path) -> Any:
        """The value at a path, as written; None where there is none."""
        value: Any = self.values
        for part in path:
            value = _child(value, part)
        return value

    def all_text(self, path: Path) -> bool:
        """Whether a value was written where all values are text: in a CSV file or on the command line."""
        file, _ = self.place_of(path)
        return file.endswith(".csv") or file.startswith("--")

    def problem(self, path: Path, message: str, nearest: str = "") -> Problem:
        """A problem at a value."""
        file, line = self.place_of(path)
        return Problem(file, line, self.dotted(path), message, nearest)

    def absent(self, table: str, why: str) -> Problem | None:
        """That a table has no file in the scenario's folder and stands nowhere else, and why it is wanted."""
        there = table in self.values or not self.complete(table)
        if there or table not in FILES or not self.path.is_dir():
            return None
        return Problem(str(self.path / FILES[table]), 0, "", f"there is no such file in the scenario folder, {why}")

    def adding(self, *problems: Problem) -> Document:
        """The same document with more problems."""
        return replace(self, problems=(*self.problems, *problems))

    def rows(self, table: str) -> Rows:
        """(index, row) of each row of a list of tables that is a table."""
        value = self.values.get(table)
        rows = value if isinstance(value, list) else []
        return [(i, row) for i, row in enumerate(rows) if isinstance(row, dict)]

    def table(self, name: str) -> dict[str, Any]:
        """A table of tables, or {} where it is missing or something else."""
        value = self.values.get(name)
        return value if isinstance(value, dict) else {}

    def complete(self, table: str) -> bool:
        """Whether all that was written in a table has been read."""
        return table not in self.incomplete and (table in self.values or "*" not in self.incomplete)

    def ids(self, table: str) -> frozenset[str] | None:
        """All ids of a table, or the regions of all places; None where they cannot be known.

        Where a row lacks its id or has that of another, any name may be meant for it.
        """
        home, key = ("place", "region") if table == "region" else (table, "id")
        if not self.complete(home):
            return None
        if table not in self._ids:
            names: list[Any] = list(self.table(home)) or [row.get(key) for _, row in self.rows(home)]
            valid = frozenset(name for name in names if isinstance(name, str))
            self._ids[table] = valid if key != "id" or len(valid) == len(names) else None
        return self._ids[table]

    def near(self, table: str, name: str) -> str:
        """The id of a table closest to a name, or "" if none is close; only for the first of very many names."""
        valid = self.ids(table) or frozenset()
        if (table, name) not in self._near and len(self._near) * len(valid) < MOST_COMPARED:
            self._near[table, name] = nearest(name, valid)
        return self._near.get((table, name), "")


def _child(value: Any, part: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


_NAMED_BY: dict[Path, tuple[str, ...]] = {("link",): ("from", "to"), ("outcome",): ("place",)}


def row_name(table: Path, row: Any, index: int) -> str:
    """How a row is called: its id or name, the ends of a link, the place of an outcome; else its number."""
    if not isinstance(row, dict):
        return str(index + 1)
    keys = _NAMED_BY.get(table) or (("id",) if "id" in row else ("name",))
    words = [row.get(key) for key in keys]
    if all(isinstance(word, str) and 0 < len(word) < 80 for word in words):
        return "-".join(map(str, words))
    return str(index + 1)


def read(path: FilePath) -> Document:
    """Read a scenario folder, or one TOML file that holds a whole scenario.

    Never raises for anything a file can hold: what is wrong is in `Document.problems`.
    """
    if path.name == "scenario.toml":
        path = path.parent
    try:
        if path.is_dir():
            return _read_folder(path)
        return _no_scenario(path) if _is_other(path) else _read_toml(path, path, ())
    except OSError as error:  # a name too long, a folder that may not be entered
        problem = Problem(str(path), 0, "", reason(error))
        return Document(path, {}, incomplete=_ALL_TABLES, problems=(problem,))


def _is_other(path: FilePath) -> bool:
    """Whether a file is none that may hold a whole scenario."""
    return path.is_file() and (path.suffix != ".toml" or path.name == "sources.toml")


def _no_scenario(path: FilePath) -> Document:
    if path.with_name("scenario.toml").is_file():
        message = f"is one file of a scenario; name its folder, {path.parent}"
    else:
        message = "is no scenario; name a folder that holds a scenario.toml, or a file that ends in .toml"
    return Document(path, {}, incomplete=_ALL_TABLES, problems=(Problem(str(path), 0, "", message),))


def _read_folder(folder: FilePath) -> Document:
    if not lexists(folder / "scenario.toml"):
        inside = sorted(str(path.parent) for path in folder.glob("*/scenario.toml"))
        named = f"name one that it holds: {', '.join(inside[:MOST_NAMED])}" + (" …" if inside[MOST_NAMED:] else "")
        hint = named if inside else "rout cases lists scenarios, rout new NAME writes one"
        problem = Problem(str(folder), 0, "", f"holds no scenario.toml; {hint}")
        return Document(folder, {}, incomplete=_ALL_TABLES, problems=(problem,))
    whole = _read_toml(folder, folder / "scenario.toml", ())
    tables = frozenset(TABLES.values()) | {"source"}
    if whole.incomplete:  # the tables in files of their own can still be judged
        whole = replace(whole, incomplete=whole.incomplete - tables)
    parts = [_read_csv(folder, folder / file, table) for file, table in TABLES.items() if lexists(folder / file)]
    if lexists(folder / "sources.toml"):
        parts.append(_read_toml(folder, folder / "sources.toml", ("source",)))
    for part in parts:
        whole = _join(whole, part)
    missing = dict(_missing(folder, whole))
    return replace(whole, incomplete=whole.incomplete | missing.keys()).adding(*missing.values())


def _missing(folder: FilePath, document: Document) -> Iterator[tuple[str, Problem]]:
    """Required tables that are not there, and those whose file has a slip in its name, each with the problem."""
    missing = [file for file, table in TABLES.items() if table not in document.values]
    strangers = sorted(p.name for p in folder.glob("*.csv") if p.name not in TABLES)
    for file in missing:
        near = nearest(file, strangers)
        if file in REQUIRED and document.complete(TABLES[file]):
            yield TABLES[file], Problem(str(folder / file), 0, "", "there is no such file in the scenario folder", near)
        elif near:
            yield TABLES[file], Problem(str(folder / near), 0, "", "is not a table of a scenario", file)


def _join(whole: Document, part: Document) -> Document:
    """Two parts of a scenario; of a table that stands in both, the rows of the second."""
    twice = whole.values.keys() & part.values.keys()
    problems = whole.problems + part.problems
    for table in sorted(twice):
        (here, line), (there, _) = whole.place_of((table,)), part.place_of((table,))
        problems += (Problem(here, line, table, f"is given here and in {there}; keep one of them"),)
    where = {path: spot for path, spot in whole.where.items() if not path or path[0] not in twice}
    return Document(
        whole.path,
        whole.values | part.values,
        {**where, **part.where},
        whole.incomplete | part.incomplete | twice,
        problems,
        {**whole.headers, **part.headers},
    )


def _read_toml(scenario: FilePath, file: FilePath, prefix: Path) -> Document:
    """A TOML file whose top stands at `prefix` of the scenario."""
    unread = frozenset(map(str, prefix)) or _ALL_TABLES
    name = str(file)
    text = text_of(file, LARGEST_TOML, "long tables belong in CSV files")
    if isinstance(text, Problem):
        return Document(scenario, {}, incomplete=unread, problems=(text,))
    try:
        if line := deep_key(text):
            raise TooDeepError(line)
        values = tomllib.loads(text)
        lines = toml_lines(text)
    except (TooDeepError, RecursionError) as error:
        line = error.line if isinstance(error, TooDeepError) else 0
        problem = Problem(name, line, "", "tables or lists are nested too deep")
    except ValueError as error:
        problem = syntax_problem(name, text, str(error))
    else:
        for part in reversed(prefix):
            values = {str(part): values}
        where = {(*prefix, *path): (name, line) for path, line in lines.items()}
        return _bounded(Document(scenario, values, {prefix: (name, 0), **where}))
    return Document(scenario, {}, incomplete=unread, problems=(problem,))


def _bounded(document: Document) -> Document:
    """A document without its tables that have too many rows."""
    large = {t: len(v) for t, v in document.values.items() if isinstance(v, list | dict) and len(v) > MOST_ROWS}
    problems = [
        document.problem((t,), f"has {rows:,} rows; at most {MOST_ROWS:,} are read") for t, rows in large.items()
    ]
    left = {table: value for table, value in document.values.items() if table not in large}
    return replace(document, values=left, incomplete=document.incomplete | large.keys()).adding(*problems)


_ALL_TABLES = frozenset({"*", "source", *TABLES.values()})
"""What a scenario.toml that cannot be read leaves open; "*" stands for everything else."""


def _read_csv(scenario: FilePath, file: FilePath, table: str) -> Document:
    name = str(file)
    text = text_of(file, LARGEST_CSV)
    if isinstance(text, Problem):
        return Document(scenario, {}, incomplete=frozenset({table}), problems=(text,))
    found = records(text, MOST_ROWS)
    problems = tuple(Problem(name, line, "", message) for line, message in found.faults)
    incomplete = frozenset({table}) if problems else frozenset[str]()
    if found.rows is None:
        return Document(scenario, {}, incomplete=incomplete, problems=problems)
    where: dict[Path, tuple[str, int]] = {(table,): (name, 0)}
    where |= {(table, i): (name, line) for i, (line, _) in enumerate(found.rows)}
    values = {table: [_cells(row) for _, row in found.rows]}
    return Document(scenario, values, where, incomplete, problems, {table: found.header})


def read_table(file: FilePath) -> tuple[list[Row] | None, tuple[Problem, ...]]:
    """Rows of a CSV file as (line, column -> cell), None without a sound header; and what is wrong with it."""
    text = text_of(file, LARGEST_CSV)
    if isinstance(text, Problem):
        return None, (text,)
    found = records(text)
    return found.rows, tuple(Problem(str(file), line, "", message) for line, message in found.faults)


def _cells(row: dict[str, str]) -> dict[str, Any]:
    """The cells that are given, lists split."""
    return {
        column: re.split(r"[\s;]+", cell.strip("; ")) if column in LIST_COLUMNS else cell
        for column, cell in row.items()
        if cell
    }
