"""`rout new`."""

from __future__ import annotations

from shlex import quote
from typing import Annotated

import typer


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name: lower-case letters, digits and _.")],
) -> None:
    """Write a small commented scenario to start from."""
    from sim.scenario import write_new

    path = write_new(name)
    word = quote(str(path))
    typer.echo(f"Wrote {path}\nNext: edit it, then\n  rout check {word}\n  rout run {word} --runs 200")
