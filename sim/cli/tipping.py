"""`rout tipping`."""

from __future__ import annotations

from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import options, study
from sim.cli.cost import Part
from sim.cli.guard import INTERRUPTED, RefusedError
from sim.cli.places import RESULTS, free

if TYPE_CHECKING:
    from sim.experiments.phase_map import PhaseMap
    from sim.experiments.tipping import Tipping
    from sim.scenario.resolved import Resolved

POINTS = 7
"""Values of each parameter of a map."""


def tipping(
    scenario: options.ScenarioArgument,
    removed: Annotated[
        list[str] | None,
        typer.Option(
            "--removed",
            metavar="ID",
            help="What stops on each day: a trigger, a type, all (if absent) or none. May be repeated.",
        ),
    ] = None,
    favourable: Annotated[
        list[str] | None,
        typer.Option(
            "--favourable",
            metavar="KEY=VALUE",
            help="What turns in the host's favour on that day, e.g. loyalty=0.2 or commitment.PATRON=2. "
            "May be repeated.",
        ),
    ] = None,
    days_from: Annotated[float, typer.Option("--days-from", min=0, metavar="DAY", help="First day of the grid.")] = 0.0,
    every: Annotated[float, typer.Option("--every", metavar="DAYS", help="Step of the grid.")] = 1.0,
    map_: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--map",
            metavar="X Y",
            help="Draw the collapse over two parameters instead: each NAME, over its prior, or NAME=LOW:HIGH.",
        ),
    ] = None,
    points: Annotated[int, typer.Option("--points", min=2, metavar="N", help="Values of each parameter.")] = POINTS,
    day: options.DayOption = None,
    runs: Annotated[
        int, typer.Option("--runs", min=1, max=2**32 - 1, metavar="N", help="Monte Carlo runs of each day or cell.")
    ] = 500,
    seed: options.SeedOption = 1,
    days: options.DaysOption = None,
    dt: options.StepOption = None,
    set_: options.SetOption = None,
    without: options.WithoutOption = None,
    account: options.AccountOption = None,
    posterior: options.PosteriorOption = None,
    out: options.OutOption = None,
    workers: options.WorkersOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    no_figures: options.NoFiguresOption = False,
) -> None:
    """Find the point of no return: from when on stopping the triggers no longer prevents the collapse."""
    if map_ and (removed or favourable):
        raise RefusedError("--map changes parameters, --removed and --favourable what happens. Leave one out.")
    changes = (set_, without, account)
    resolved = study.scenario_of(scenario, changes, days=days, dt=dt, day=day, out=out, posterior=posterior)
    how = study.How(runs, seed, day, workers, quiet)
    grid = (days_from, every)
    found = _map(resolved, map_, points, how) if map_ else _reruns(resolved, removed, favourable, grid, how)
    given = {"--removed": removed, "--favourable": favourable, "--days-from": days_from or None,
             "--every": None if every == 1 else every, "--map": map_, "--points": points if map_ else None,
             "--day": day, "--runs": runs, "--seed": seed, "--days": days, "--dt": dt,
             "--set": set_, "--without": without, "--account": account, "--posterior": posterior}  # fmt: skip
    again = study.command("tipping", scenario, given)
    folder = out or free(RESULTS / f"{'map' if map_ else 'tipping'}-{resolved.name}-{runs}-seed{seed}")
    found.write(folder, again)
    figures = not no_figures
    if figures:
        from sim.figures.tipping import FIGURES, MAP_FIGURES

        study.draw(MAP_FIGURES if map_ else FIGURES, found, folder, quiet=quiet)
    _tell(found, json=json)
    if not json:
        study.leave(folder, again, figures=figures)
    if found.runs < found.asked:
        raise typer.Exit(INTERRUPTED)


def _reruns(
    resolved: Resolved,
    removed: list[str] | None,
    favourable: list[str] | None,
    grid: tuple[float, float],
    how: study.How,
) -> Tipping:
    from sim.experiments.tipping import tipping as reruns
    from sim.experiments.what_if import collapse_day

    days_from, every = grid
    last = collapse_day(resolved) if how.day is None else how.day
    if not 0 <= days_from < last:
        raise RefusedError(f"--days-from {days_from:g}: must lie before day {last:g}, by which a collapse counts.")
    if not every * 24 >= resolved.step_hours:
        raise RefusedError(f"--every {every:g}: must be at least the time step of {resolved.step_hours:g} h.")
    stop, changes = _stopped(removed), _changes(favourable)
    work = partial(
        reruns, resolved, stop, favourable=changes, first_day=days_from, every=every, day=how.day
    )  # fmt: skip
    part = Part(2 + ceil((last - days_from) / every), "day", how.runs)
    study.tell_cost(resolved, [part], how)
    found = study.simulate(work, part.total, how)
    study.stopped_note(found.runs, found.asked)
    return found


def _stopped(removed: list[str] | None) -> list[str] | None:
    """The triggers that stop; None for all."""
    if removed in (None, ["all"]):
        return None
    if removed == ["none"]:
        return []
    if both := {"all", "none"} & set(removed or []):
        raise RefusedError(f"--removed {min(both)} stands alone, without other names.")
    return removed


def _changes(favourable: list[str] | None) -> dict[str, float]:
    """`["loyalty=0.2"]` as numbers."""
    numbers = {}
    for key, text in options.pairs("--favourable", favourable).items():
        try:
            numbers[key] = float(text)
        except ValueError:
            raise RefusedError(f"--favourable {key}={text}: {text!r} is not a number.") from None
    return numbers


def _map(resolved: Resolved, names: tuple[str, str], points: int, how: study.How) -> PhaseMap:
    from sim.experiments.phase_map import axis, phase_map

    x, y = (axis(name, points) for name in names)
    if x.parameter == y.parameter:
        raise RefusedError(f"--map: two different parameters are needed, {x.parameter} is there twice.")
    part = Part(points**2, "cell", how.runs)
    study.tell_cost(resolved, [part], how)
    found = study.simulate(partial(phase_map, resolved, x, y, day=how.day), part.total, how)
    study.stopped_note(found.runs, found.asked)
    return found


def _tell(found: Tipping | PhaseMap, *, json: bool) -> None:
    from sim.cli.output import console
    from sim.cli.text import print_json
    from sim.cli.tipped import print_map, print_tipping
    from sim.experiments.tipping import Tipping

    if json:
        print_json(found.as_dict())
    elif isinstance(found, Tipping):
        print_tipping(console(), found)
    else:
        print_map(console(), found)
