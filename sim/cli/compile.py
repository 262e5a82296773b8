"""`rout compile`."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import typer


def compile() -> None:
    """Compile the model for this machine: a minute or two, once; then large ensembles are ten times faster."""
    from sim.cli.output import console
    from sim.kernels.compiled import cache

    if cache.is_ready():
        typer.echo(f"Compiled already: {cache.folder()}")
        _prune()
        return
    console(error=True).print("compiling, a minute or two", style="hint")
    from sim.ensemble import outcomes
    from sim.plan import make_plan
    from sim.scenario import load, resolve, write_new

    began = time.monotonic()
    with TemporaryDirectory() as folder:
        smallest = make_plan(resolve(load(write_new(Path(folder) / "smallest"))))
        outcomes(smallest, runs=1, kernel="compiled")
    typer.echo(f"Compiled in {time.monotonic() - began:.0f} s, kept in {cache.folder()}")
    _prune()


def _prune() -> None:
    """Remove what earlier versions left behind, and say so."""
    from sim.kernels.compiled import cache

    removed = cache.prune()
    if removed:
        many = f"{len(removed)} earlier versions" if len(removed) > 1 else "an earlier version"
        typer.echo(f"Removed the code of {many}: {', '.join(path.name for path in removed)}")
