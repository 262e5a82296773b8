"""The pictures of docs/gallery.md, drawn by the code that stands there.

`python -m sim.figures.gallery` draws them anew, in the folder with the sweeps that the page names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.figure import Figure
from PIL import Image

from sim.atomic import write_bytes
from sim.figures.style import style

PAGE = Path(__file__).parents[2] / "docs" / "gallery.md"
DPI = 100
MOST_BYTES = 60_000
"""A picture of the gallery is not larger."""


class Block(NamedTuple):
    """A piece of Python of the page, and the picture below it: a path from the page, "" without one."""

    code: str
    picture: str


def blocks(page: str) -> list[Block]:
    """The pieces of Python of a page, in order."""
    found = re.findall(r"^```python\n(.*?)^```\n(?:\n!\[[^\]]*\]\(([^)]+)\))?", page, flags=re.MULTILINE | re.DOTALL)
    return [Block(code, picture) for code, picture in found]


def drawn(page: str, change: Callable[[str], str] = str) -> Iterator[tuple[str, Figure]]:
    """Runs the page from its beginning: each picture's path and the figure that it shows.

    Args:
        page: its text.
        change: what to do to the code before, such as taking fewer runs.
    """
    names: dict[str, Any] = {}
    for block in blocks(page):
        exec(compile(change(block.code), f"{PAGE.name}: {block.picture}", "exec"), names)
        if block.picture.endswith(".png"):
            yield block.picture, names["figure"]


def small_png(figure: Figure) -> bytes:
    """A picture of at most `MOST_BYTES`, in fewer colours where it must be.

    Raises:
        ValueError: it does not get as small.
    """
    whole = BytesIO()
    with style():
        figure.savefig(whole, format="png", dpi=DPI)
    picture = Image.open(whole).convert("RGB")
    for colours in (None, 192, 128, 64):
        data = BytesIO()
        each = picture if colours is None else picture.quantize(colours, kmeans=1, dither=Image.Dither.NONE)
        each.save(data, "PNG", optimize=True)
        if data.tell() <= MOST_BYTES:
            return data.getvalue()
    raise ValueError(f"a picture of {data.tell():,} bytes, with no more than {colours} colours")


if __name__ == "__main__":
    for name, figure in drawn(PAGE.read_text(encoding="utf-8")):
        path = PAGE.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, small_png(figure))
        print(f"{path}: {path.stat().st_size:,} bytes")
