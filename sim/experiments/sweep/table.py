"""A user's own table of design points: a CSV file with a column per factor, a row per point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.experiments.sweep.factors import Kind, kinds_of, name_of
from sim.experiments.sweep.file import FactorTable, Spot, is_there
from sim.scenario import Document
from sim.scenario.changes import toml_value
from sim.scenario.problems import Problem, nearest
from sim.scenario.read import read_table

AS_IT_IS = ("", "-")
"""Cells that leave what the scenario has. A row of empty cells is none, as in any scenario's table."""
_SWITCH = {"on": True, "off": False, "true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True)
class Points:
    """What a table holds.

    Attributes:
        rows: a factor for each column, in order; those that the sweep file does not name are keys.
        values: of each factor, one per point; None where a cell is empty or a dash.
        where: each value stands.
        problems: what could not be read.
    """

    rows: list[FactorTable] = field(default_factory=list)
    values: list[tuple[Any, ...]] = field(default_factory=list)
    where: list[list[Spot]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_points(sweep: Document, name: str, named: Sequence[FactorTable]) -> Points:
    """The points of a table, which lies beside the sweep file or in the working folder.

    Args:
        sweep: the sweep file.
        name: of the CSV file.
        named: factors that the sweep file declares.
    """
    path = next((path for path in (sweep.path.parent / name, Path(name)) if is_there(path)), None)
    if path is None:
        message = f"there is no file {name!r}, neither beside this file nor in the working folder"
        return Points(problems=[sweep.problem(("design", "table"), message)])
    lines, faults = read_table(path)
    points = Points(problems=list(faults))
    if faults or not lines:
        if not faults:
            points.problems.append(Problem(str(path), 0, "", "has no rows"))
        return points
    columns = list(lines[0][1])
    known = {call: row for row in named if len(kinds_of(row)) == 1 for call in (row.key, name_of(row)) if call}
    for row in named:
        if len(kinds_of(row)) == 1 and not {row.key, name_of(row)} & set(columns):
            message = f"has no column {name_of(row)!r}, which the sweep names as a factor"
            points.problems.append(Problem(str(path), 1, "", message, nearest(name_of(row), columns)))
    for column in columns:
        row = known.get(column) or FactorTable(key=column)
        kind = kinds_of(row)[0]
        points.rows.append(row)
        points.where.append([Spot(str(path), line, column) for line, _ in lines])
        cells = [_cell(kind, cells[column]) for _, cells in lines]
        for place, cell in zip(points.where[-1], cells, strict=True):
            if isinstance(cell, _Fault):
                points.problems.append(place.problem(cell.message))
        points.values.append(tuple(cells))
    return points


class _Fault:
    def __init__(self, message: str) -> None:
        self.message = message


def _cell(kind: Kind, text: str) -> Any:
    if text in AS_IT_IS:
        return None
    if kind == "switch":
        return _SWITCH.get(text.lower(), _Fault(f"must be on or off, not {text!r}"))
    return toml_value(text) if kind == "key" else text
