"""`rout watch`."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import options
from sim.cli.guard import INTERRUPTED, RefusedError
from sim.cli.run import cores, horizon

if TYPE_CHECKING:
    from sim.cli.watched import Film

RUNS = 500


def watch(
    scenario: options.ScenarioArgument,
    run: Annotated[int | None, typer.Option("--run", min=0, max=2**32 - 1, metavar="N", help="Which run (0).")] = None,
    ensemble: Annotated[bool, typer.Option("--ensemble", help="All runs instead of one.")] = False,
    runs: Annotated[
        int | None, typer.Option("--runs", min=1, max=100_000, metavar="N", help=f"Of the ensemble ({RUNS}).")
    ] = None,
    seed: options.SeedOption = 1,
    speed: Annotated[
        float, typer.Option("--speed", min=0.1, max=1000, metavar="N", help="Frames a second; a frame is 6 h.")
    ] = 4.0,
    days: options.DaysOption = None,
    set_: options.SetOption = None,
    without: options.WithoutOption = None,
    account: options.AccountOption = None,
) -> None:
    """Watch a run, or all of them, in the terminal: places, states of units, strength, events as they come."""
    if ensemble and run is not None:
        raise RefusedError("--run shows one run, --ensemble all of them. Give one of the two.")
    if runs is not None and not ensemble:
        raise RefusedError("--runs belongs to --ensemble. For one run, give --run.")
    from sim.cli import watched
    from sim.scenario import resolve

    resolved = horizon(resolve(options.changed(scenario, set_, without, account)), days)
    try:
        if ensemble:
            film = watched.of_ensemble(resolved, seed, runs or RUNS, cores())
        else:
            film = watched.of_run(resolved, seed, run or 0)
        _play(film, speed)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


def _play(film: Film, speed: float) -> None:
    """Frame by frame on a terminal, line by line elsewhere."""
    from rich.live import Live

    from sim.cli.output import console
    from sim.cli.watched import frame, lines
    from sim.scenario.signs import visible

    out = console()
    if not out.is_terminal:
        for line in lines(film):
            sys.stdout.write(f"{visible(line)}\n")
        return
    with Live(console=out, auto_refresh=False, vertical_overflow="crop") as live:
        for at in range(len(film.hours)):
            live.update(frame(film, at, out.width, out.height), refresh=True)
            time.sleep(1 / speed)
