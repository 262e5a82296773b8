"""`rout export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.guard import RefusedError
from sim.cli.places import require_free


def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What `rout run` or `rout sweep` wrote.")],
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="A row per run, as text.")] = None,
    netcdf: Annotated[Path | None, typer.Option("--netcdf", metavar="FILE", help="Arrays with named axes.")] = None,
) -> None:
    """Write the runs of a result or a sweep to one CSV or NetCDF file."""
    wanted = {"--csv": csv, "--netcdf": netcdf}
    files = {option: file for option, file in wanted.items() if file is not None}
    if not files:
        raise RefusedError("say where to: --csv FILE, --netcdf FILE, or both.")
    for option, file in files.items():
        require_free(file, option)
    from sim.experiments.export import Source, to_csv, to_netcdf

    source = Source.open(folder)
    for option, file in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        rows = (to_csv if option == "--csv" else to_netcdf)(source, file)
        typer.echo(f"{file}: {rows:,} rows, {file.stat().st_size / 1e6:.1f} MB")
