"""`rout results`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options
from sim.cli.guard import RefusedError

if TYPE_CHECKING:
    from rich.console import Console

DEFAULT = Path("results")


def results(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Where to look.")] = DEFAULT,
    json: options.JsonOption = False,
) -> None:
    """List the runs, comparisons, sweeps and reports on disk, and the command that makes each again."""
    from sim.cli.output import console
    from sim.cli.shelf import found
    from sim.cli.text import print_json

    if folder.exists() and not folder.is_dir():
        raise RefusedError(f"{folder}: is a file; name the folder in which results lie, or none for {DEFAULT}.")
    if not folder.is_dir() and folder != DEFAULT:
        raise RefusedError(f"{folder}: no such folder. Without a name, {DEFAULT} is looked into.")
    rows = found(folder)
    if json:
        print_json(rows)
        return
    out = console()
    for row in rows:
        _print(out, row)
    if not rows:
        out.print(f"There are no results in {folder}. rout run SCENARIO makes one.")


def _print(out: Console, row: dict[str, Any]) -> None:
    from rich.text import Text

    from sim.cli.output import hang
    from sim.cli.text import count

    out.print(Text(row["folder"], style="head"), soft_wrap=True)
    size = [count(row["points"], "design point")] if row.get("points") else []
    size += [count(row["runs"], "run")] if row["runs"] else []
    when = "" if not row["started"] else f"{datetime.fromisoformat(row['started']).astimezone():%Y-%m-%d %H:%M}"
    facts = [f"{row['kind']} of {row['scenario'] or '?'}", row["changes"], *size, f"seed {row['seed']}", when]
    text = ", ".join(fact for fact in facts if fact)
    hang(out, "  ", text, 4)
    if not row["complete"]:
        out.print(Text(f"  NOT FINISHED: {row['done'] or 'stopped on the way'}", style="warn"))
    go_on = " --resume" if row["kind"] == "sweep" and not row["complete"] else ""
    made = f"{row['command']}{go_on}" if row["command"] else "made in Python, without a command"
    out.print(f"  {made}", soft_wrap=True)
