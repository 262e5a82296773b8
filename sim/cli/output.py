"""What the commands print with: consoles and tables that hold at 80 columns and in a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
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
        title_justify="left",
        title_style="head",
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
    """Print a table; where its columns do not fit it runs over the edge rather than cut an id."""
    needed = 0
    for column in made.columns:
        widest = max(cell_len(line) for text in (column.header, *column.cells) for line in str(text).split("\n"))
        column.min_width = widest if column.no_wrap else min(widest, LEAST_WORDS)
        needed += column.min_width + GAP
    width, out.width = out.width, max(out.width, needed)
    out.print(made)
    out.width = width
