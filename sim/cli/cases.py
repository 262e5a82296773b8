"""`rout cases`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.guard import RefusedError
from sim.cli.options import JsonOption


def cases(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Where to look; ./scenarios if absent.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """List the scenarios of a folder."""
    from sim import scenario as scenarios
    from sim.cli.text import print_json

    if folder is not None and not folder.is_dir():
        raise RefusedError(f"{folder} is not a folder.")
    found = scenarios.cases(folder)
    if json:
        print_json({"cases": [case._asdict() | {"path": str(case.path)} for case in found]})
        return

    from sim.cli.output import console, put, table

    made = table("", ids=["scenario"], words=["title"], numbers=["places", "units", "triggers"])
    for case in found:
        if case.places:
            made.add_row(case.name, case.title, str(case.places), str(case.units), str(case.triggers))
        else:
            made.add_row(case.name, f"holds no places: rout check {case.path}", "", "", "")
    out = console()
    if made.row_count:
        put(out, made)
    else:
        out.print("No scenario here. `rout new NAME` writes one.")
