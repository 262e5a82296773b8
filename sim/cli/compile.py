"""`rout compile`."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import typer


def compile() -> None:
    """Compile the model for this machine: about a minute, once; afterwards runs are several times faster."""
    from sim.cli.output import console
    from sim.kernels.compiled import cache

    if cache.is_ready():
        typer.echo(f"Compiled already: {cache.folder()}")
        return
    console(error=True).print("compiling, about a minute", style="hint")
    from sim.ensemble import outcomes
    from sim.plan import make_plan
    from sim.scenario import load, resolve, write_new

    began = time.monotonic()
    with TemporaryDirectory() as folder:
        smallest = make_plan(resolve(load(write_new(Path(folder) / "smallest"))))
        outcomes(smallest, runs=1, kernel="compiled")
    typer.echo(f"Compiled in {time.monotonic() - began:.0f} s, kept in {cache.folder()}")
