"""CSV text -> rows that know their line, and what is wrong with the others."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

Row = tuple[int, dict[str, str]]
"""Line, and column -> cell."""
Fault = tuple[int, str]
"""Line, and what is wrong there."""

MOST_COLUMNS = 200
MOST_FAULTS = 100
"""A table with more faults than this in how it is written is not a table; the first ones say enough."""
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_WORDS = {
    "unexpected end of data": "a quotation mark is opened here and never closed",
    "',' expected after '\"'": "a cell in quotation marks holds another one; it must be doubled",
}


class Header(NamedTuple):
    """The line on which a table's columns are named, and their names."""

    line: int = 1
    columns: tuple[str, ...] = ()


class Records(NamedTuple):
    """A table as read: its header, its rows (None where they cannot be judged), and its faults."""

    header: Header
    rows: list[Row] | None
    faults: list[Fault]


def records(text: str, most: int | None = None) -> Records:
    """The rows of a table, and the faults in how it is written.

    Args:
        text: of a CSV file; cells may stand in quotation marks, empty lines mean nothing.
        most: rows that it may have; None for any number.
    """
    rows: list[Row] = []
    faults: list[Fault] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    header = Header()
    line = 1
    try:
        for record in reader:
            cells = tuple(cell.strip() for cell in record)
            if not any(cells):
                pass
            elif not header.columns:
                header = Header(line, cells)
                faults += [(line, message) for message in _header_faults(cells)]
                if faults:
                    return Records(header, None, faults)
            elif len(rows) == most:
                return Records(header, None, [(line, f"the table has more than {most:,} rows, the most that are read")])
            elif len(cells) == len(header.columns):
                rows.append((line, dict(zip(header.columns, cells, strict=True))))
            elif len(faults) < MOST_FAULTS:
                faults.append((line, _ragged(len(cells), len(header.columns))))
            line = reader.line_num + 1
    except csv.Error as error:
        faults.append((line, f"is not valid CSV: {_WORDS.get(str(error), error)}"))
    if not header.columns and not faults:
        faults.append((1, "the first row must name the columns"))
    return Records(header, rows if header.columns else None, faults)


def _ragged(cells: int, columns: int) -> str:
    hint = "; a cell that holds a comma needs quotation marks" if cells > columns else ""
    return f"the row has {cells} cells, the header has {columns}{hint}"


def _header_faults(header: tuple[str, ...]) -> Iterator[str]:
    if len(header) > MOST_COLUMNS:
        yield f"the header has {len(header):,} columns; a table may have at most {MOST_COLUMNS}"
        return
    if len(header) == 1 and (other := re.search(r"[;\t|]", header[0])):
        yield f"commas must stand between the columns, not {_SEPARATORS[other[0]]}"
    for column, count in sorted(Counter(header).items()):
        if column and count > 1:
            yield f"the column {column!r} is named twice"
    if "" in header:
        yield f"column {header.index('') + 1} has no name; the first row must name every column"
