"""Files on disk -> a `Document`: plain values that know the file and line they came from."""

from __future__ import annotations

import csv
import io
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

from sim.scenario.lines import Path, TooDeepError, toml_lines
from sim.scenario.problems import Problem, nearest

LARGEST_FILE = 20_000_000
"""Bytes; a scenario of thousands of units takes one."""

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
    """

    path: FilePath
    values: dict[str, Any]
    where: Mapping[Path, tuple[str, int]] = field(default_factory=dict)
    incomplete: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    _ids: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

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

    def ids(self, table: str) -> tuple[str, ...] | None:
        """All ids of a table, sorted; None where they cannot be known."""
        if not self.complete(table):
            return None
        if table not in self._ids:
            names = self.table(table) or [row.get("id") for _, row in self.rows(table)]
            self._ids[table] = tuple(sorted({name for name in names if isinstance(name, str)}))
        return self._ids[table]


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
        return _read_folder(path) if path.is_dir() else _read_toml(path, path, ())
    except OSError as error:  # a name too long, a folder that may not be entered
        problem = Problem(str(path), 0, "", _reason(error))
        return Document(path, {}, incomplete=_ALL_TABLES, problems=(problem,))


def _read_folder(folder: FilePath) -> Document:
    if not (folder / "scenario.toml").exists():
        problem = Problem(str(folder), 0, "", "holds no scenario.toml")
        return Document(folder, {}, incomplete=_ALL_TABLES, problems=(problem,))
    whole = _read_toml(folder, folder / "scenario.toml", ())
    tables = frozenset(TABLES.values()) | {"source"}
    if whole.incomplete:  # the tables in files of their own can still be judged
        whole = replace(whole, incomplete=whole.incomplete - tables)
    parts = [_read_csv(folder, folder / file, table) for file, table in TABLES.items() if (folder / file).exists()]
    if (folder / "sources.toml").exists():
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
    problems = whole.problems + part.problems
    for table in whole.values.keys() & part.values.keys():
        (here, line), (there, _) = whole.place_of((table,)), part.place_of((table,))
        problems += (Problem(here, line, table, f"is given here and in {there}; keep one of them"),)
    return Document(
        whole.path,
        whole.values | part.values,
        {**whole.where, **part.where},
        whole.incomplete | part.incomplete,
        problems,
    )


def _read_toml(scenario: FilePath, file: FilePath, prefix: Path) -> Document:
    """A TOML file whose top stands at `prefix` of the scenario."""
    unread = frozenset(map(str, prefix)) or _ALL_TABLES
    name = str(file)
    text = _text(file)
    if isinstance(text, Problem):
        return Document(scenario, {}, incomplete=unread, problems=(text,))
    text = text.replace("\r\n", "\n")
    try:
        values = tomllib.loads(text)
        lines = toml_lines(text)
    except (TooDeepError, RecursionError):
        problem = Problem(name, 0, "", "tables or lists are nested too deep")
    except ValueError as error:
        problem = _syntax_problem(name, text, str(error))
    else:
        for part in reversed(prefix):
            values = {str(part): values}
        where = {(*prefix, *path): (name, line) for path, line in lines.items()}
        return Document(scenario, values, {prefix: (name, 0), **where})
    return Document(scenario, {}, incomplete=unread, problems=(problem,))


_ALL_TABLES = frozenset({"*", "source", *TABLES.values()})
"""What a scenario.toml that cannot be read leaves open; "*" stands for everything else."""


def _syntax_problem(file: str, text: str, error: str) -> Problem:
    """A parser's message, in plain words and with its line as a number."""
    found = re.search(r"\(at line (\d+), column \d+\)", error)
    line = int(found[1]) if found else text.count("\n") + 1 if "at end of document" in error else 0
    reason = error.split(" (at ")[0]
    twice = ("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate inline table key")
    if reason.startswith(twice):
        return Problem(file, line, "", "a key or table is given twice")
    return Problem(file, line, "", f"is not valid TOML: {reason[:1].lower()}{reason[1:]}")


def _read_csv(scenario: FilePath, file: FilePath, table: str) -> Document:
    name = str(file)
    rows, problems = read_table(file)
    incomplete = frozenset({table}) if problems else frozenset[str]()
    if rows is None:
        return Document(scenario, {}, {}, incomplete, problems)
    where: dict[Path, tuple[str, int]] = {(table,): (name, 0)}
    where |= {(table, i): (name, line) for i, (line, _) in enumerate(rows)}
    return Document(scenario, {table: [_cells(row) for _, row in rows]}, where, incomplete, problems)


def read_table(file: FilePath) -> tuple[list[tuple[int, dict[str, str]]] | None, tuple[Problem, ...]]:
    """Rows of a CSV file as (line, column -> cell), None without a sound header; and what is wrong with it."""
    text = _text(file)
    if isinstance(text, Problem):
        return None, (text,)
    rows, faults = _records(text)
    return rows, tuple(Problem(str(file), line, "", message) for line, message in faults)


def _records(text: str) -> tuple[list[tuple[int, dict[str, str]]] | None, list[tuple[int, str]]]:
    """Rows as (line, column -> cell), None without a sound header; and faults as (line, message)."""
    rows: list[tuple[int, dict[str, str]]] = []
    faults: list[tuple[int, str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    header: list[str] = []
    line = 1
    try:
        for record in reader:
            cells = [cell.strip() for cell in record]
            if not any(cells):
                pass
            elif not header:
                header = cells
                faults += [(line, message) for message in _header_faults(cells)]
                if faults:
                    return None, faults
            elif len(cells) == len(header):
                rows.append((line, dict(zip(header, cells, strict=True))))
            else:
                faults.append((line, f"the row has {len(cells)} cells, the header has {len(header)}"))
            line = reader.line_num + 1
    except csv.Error as error:
        faults.append((line, f"is not valid CSV: {error}"))
    if not header and not faults:
        faults.append((1, "the first row must name the columns"))
    return (rows if header else None), faults


def _header_faults(header: list[str]) -> Iterator[str]:
    for column in sorted({c for c in header if c and header.count(c) > 1}):
        yield f"the column {column!r} is named twice"
    if "" in header:
        yield f"column {header.index('') + 1} has no name"


def _cells(row: dict[str, str]) -> dict[str, Any]:
    """The cells that are given, lists split."""
    return {
        column: re.split(r"[\s;]+", cell.strip("; ")) if column in LIST_COLUMNS else cell
        for column, cell in row.items()
        if cell
    }


def _text(file: FilePath) -> str | Problem:
    """The text of a UTF-8 file, or why there is none."""
    name = str(file)
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return Problem(name, 0, "", "is not a regular file")
        with file.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        return Problem(name, 0, "", _reason(error))
    if len(data) > LARGEST_FILE:
        return Problem(name, 0, "", f"is larger than {LARGEST_FILE // 1_000_000} MB")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Problem(name, data.count(b"\n", 0, error.start) + 1, "", "is not UTF-8 text")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return Problem(name, line, "", "is not text: it holds a zero byte")
    if not text.strip():
        return Problem(name, 0, "", "the file is empty")
    return text


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder"
    if isinstance(error, PermissionError):
        return "cannot be read: permission denied"
    return f"cannot be read: {getattr(error, 'strerror', None) or error}"
