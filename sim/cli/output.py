"""What the commands print with: consoles and tables that hold at 80 columns and in a pipe."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from textwrap import fill

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text
from rich.theme import Theme

PIPED_WIDTH = 100
LEAST_WORDS = 10
"""Columns of text are not made narrower than this [characters]."""
GAP = 2
"""Between two columns [characters]."""
THEME = Theme({"head": "bold", "hint": "dim", "good": "green", "warn": "yellow", "bad": "bold red"})


def console(*, error: bool = False) -> Console:
    """A console on stdout, or on stderr. Colours only on a terminal, and never with NO_COLOR."""
    stream = sys.stderr if error else sys.stdout
    piped = not stream.isatty()
    width = int(os.environ["COLUMNS"]) if os.environ.get("COLUMNS", "").isdigit() else PIPED_WIDTH
    return Console(
        stderr=error,
        theme=THEME,
        highlight=False,
        emoji=False,
        markup=False,
        width=max(width, 40) if piped else None,
    )


def table(title: str, ids: Sequence[str], words: Sequence[str], numbers: Sequence[str] = ()) -> Table:
    """An open table: `ids` are never cut or wrapped, `words` wrap, `numbers` stand to the right."""
    made = Table(
        title=title or None,
        header_style="head",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for name in ids:
        made.add_column(name, no_wrap=True)
    for name in words:
        made.add_column(name, overflow="fold")
    for name in numbers:
        made.add_column(name, justify="right", no_wrap=True)
    return made


def put(out: Console, made: Table) -> None:
    """Print a table. Where its columns do not fit, ids and heads are broken into lines, never cut.

    What does not fit even so runs over the edge.
    """
    if made.title:  # a line of its own: as part of the table it would be no wider than that
        out.print(Text(str(made.title), style="head"))
        made.title = None
    for column in sorted(made.columns, key=_least, reverse=True):
        if (over := needed(made) - out.width) > 0:
            _fold(column, max(LEAST_WORDS, _least(column) - over))
    for column in made.columns:
        column.min_width = _least(column)
    width, out.width = out.width, max(out.width, needed(made))
    out.print(made)
    out.width = width


def needed(made: Table) -> int:
    """The width [characters] below which a table would be cut."""
    return sum(_least(column) + GAP for column in made.columns) - GAP


def hang(out: Console, head: str, text: str, indent: int) -> None:
    """Print a text after a head, its further lines indented; words, such as those of a command, stay whole."""
    lines = fill(text, out.width, initial_indent=head, subsequent_indent=" " * indent,
                 break_long_words=False, break_on_hyphens=False)  # fmt: skip
    out.print(lines, soft_wrap=True)


def folded(text: str, width: int) -> str:
    """A name on several lines, broken at spaces; a word too long for a line, after a dot, underscore, slash or hyphen.

    A part that has none of these within the width stays whole.
    """
    lines = [""]
    for word in text.split(" "):
        parts = [word] if cell_len(word) <= width else re.findall(r"[^._/-]*[._/-]+|[^._/-]+", word)
        for number, part in enumerate(parts):
            joined = f"{lines[-1]} {part}" if lines[-1] and not number else lines[-1] + part
            lines[-1:] = [joined] if not lines[-1] or cell_len(joined) <= width else [lines[-1], part]
    return "\n".join(lines)


def _least(column: Column) -> int:
    """The width that a column needs."""
    widest = max(cell_len(line) for text in (column.header, *column.cells) for line in str(text).split("\n"))
    return widest if column.no_wrap else min(widest, LEAST_WORDS)


def _fold(column: Column, width: int) -> None:
    """Break the head, and where the column is one of ids its cells too."""
    column.header = folded(str(column.header), width)
    if column.no_wrap and column.justify == "left":
        column._cells = [
            folded(cell, width) if isinstance(cell, str) else Text(folded(str(cell), width), style=cell.style)
            if isinstance(cell, Text) else cell
            for cell in column.cells
        ]  # fmt: skip
