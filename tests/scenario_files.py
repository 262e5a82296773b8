"""A small sound scenario as text, as one file and as a folder, for tests to break."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sim.scenario import Problem, ScenarioError, load
from sim.scenario.new import new_text
from sim.scenario.read import TABLES

TOML = "scenario.toml"
PLACES = "places.csv"
LINKS = "links.csv"
UNITS = "units.csv"
OUTCOMES = "outcomes.csv"

BASE = (
    new_text("base")
    + """
[parameters]
waver_rate = 0.004

[anchor]
men = [6000, 9000]
sources = ["gazette"]

[source.gazette]
title = "The gazette"

[source.diary]
title = "A soldier's diary"

[[outcome]]
place = "FRONTIER"
contact = 2031-05-01T12:00:00+00:00
lost_from = 2031-05-02T00:00:00+00:00
lost_to = 2031-05-02T12:00:00+00:00
source = "gazette; diary"

[[outcome]]
place = "CAPITAL"

[[event]]
id = "E1"
when = "2 May, late"
what = "the commander on the river is shot"
use = "trigger"
into = "general_shot"
source = "diary"
"""
)
"""Every table of the schema occurs in it."""


def write_file(path: Path, text: str = BASE) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def write_folder(folder: Path, text: str = BASE) -> Path:
    """The same scenario as a folder: rows in CSV files, sources in sources.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    values = tomllib.loads(text)
    blocks = re.split(r"(?m)^(?=\[)", text)
    tables = [f"[[{table}]]" for table in TABLES.values()]
    main = [b for b in blocks if not b.startswith((*tables, "[source."))]
    (folder / "scenario.toml").write_text("".join(main), encoding="utf-8")
    sources = [b.replace("[source.", "[", 1) for b in blocks if b.startswith("[source.")]
    (folder / "sources.toml").write_text("".join(sources), encoding="utf-8")
    for file, table in TABLES.items():
        if table in values:
            (folder / file).write_text(_csv(values[table]), encoding="utf-8")
    return folder


def _csv(rows: list[dict[str, object]]) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_cell(row.get(column)) for column in columns] for row in rows])
    return stream.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def put(file: Path, row: str, column: str, value: str) -> None:
    """Change one cell of a CSV file, in the first row that holds `row` in a cell; a new column is added."""
    lines = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
    if column not in lines[0]:
        for number, line in enumerate(lines):
            line.append("" if number else column)
    chosen = next(line for line in lines[1:] if row in line)
    chosen[lines[0].index(column)] = value
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(lines)
    file.write_text(stream.getvalue(), encoding="utf-8")


def problems(path: Path, **changes: Any) -> tuple[Problem, ...]:
    """What is wrong with a scenario; fails if nothing is."""
    with pytest.raises(ScenarioError) as caught:
        load(path, **changes)
    return caught.value.problems
