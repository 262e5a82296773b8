"""`rout new`."""

from __future__ import annotations

from typing import Annotated

import typer


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name: lower-case letters, digits and _.")],
) -> None:
    """Write a small commented scenario to start from."""
    from sim.scenario import write_new

    path = write_new(name)
    typer.echo(f"Wrote {path}\nNext: edit it, then\n  rout check {path}\n  rout run {path} --runs 200")
