"""`rout attribute`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import options, study
from sim.cli.cost import Part
from sim.cli.guard import INTERRUPTED, RefusedError
from sim.cli.places import RESULTS, free

if TYPE_CHECKING:
    from sim.experiments.attribution import Attribution
    from sim.scenario.resolved import Resolved

TOP = 6
"""Players that are chosen where none are named."""


def attribute(
    scenario: options.ScenarioArgument,
    trigger: Annotated[
        list[str] | None,
        typer.Option(
            "--trigger",
            metavar="ID",
            help="A trigger, or a type that counts as one player with all its triggers. May be repeated. "
            "If absent, those that matter most in a first pass.",
        ),
    ] = None,
    top: Annotated[
        int | None, typer.Option("--top", min=1, metavar="N", help=f"How many a first pass chooses ({TOP}).")
    ] = None,
    by_type: Annotated[bool, typer.Option("--by-type", help="Let the first pass choose types, not triggers.")] = False,
    rest: Annotated[
        bool | None,
        typer.Option(
            "--rest/--no-rest",
            help="All other triggers together are one more player, or stay on. "
            "If absent: a player where a first pass chooses the others.",
        ),
    ] = None,
    day: options.DayOption = None,
    runs: Annotated[
        int, typer.Option("--runs", min=2, max=2**32 - 1, metavar="N", help="Monte Carlo runs of every coalition.")
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
    """Say which triggers mattered: Shapley values over all coalitions of them, on the same dice."""
    if trigger and (top is not None or by_type):
        raise RefusedError("--top and --by-type choose triggers where none are named; --trigger names them.")
    changes = (set_, without, account)
    resolved = study.scenario_of(scenario, changes, days=days, dt=dt, day=day, out=out, posterior=posterior)
    how = study.How(runs, seed, day, workers, quiet)
    with_rest = not trigger if rest is None else rest
    names = trigger or _chosen(resolved, top or TOP, by_type, with_rest, how)
    found = _simulate(resolved, names, with_rest, how)
    folder = out or free(RESULTS / f"attribution-{resolved.name}-{runs}-seed{seed}")
    given = {"--trigger": list(names), "--rest": with_rest, "--day": day, "--runs": runs, "--seed": seed,
             "--days": days, "--dt": dt, "--set": set_, "--without": without, "--account": account,
             "--posterior": posterior}  # fmt: skip
    again = study.command("attribute", scenario, given)
    found.write(folder, again)
    if not no_figures:
        from sim.figures.attribution import FIGURES

        study.draw(FIGURES, found, folder, quiet=quiet)
    if json:
        from sim.cli.text import print_json

        print_json(found.as_dict())
    else:
        from sim.cli.attributed import print_attribution
        from sim.cli.output import console

        print_attribution(console(), found)
        study.leave(folder, again, figures=not no_figures)
    if found.runs < found.asked:
        raise typer.Exit(INTERRUPTED)


def _chosen(resolved: Resolved, top: int, by_type: bool, rest: bool, how: study.How) -> list[str]:
    """The players of a first pass."""
    from sim.cli.output import console
    from sim.experiments.attribution import SCREENED_RUNS, screen
    from sim.experiments.players import candidates

    names = [player.name for player in candidates(resolved, by_type)]
    if not names:
        raise RefusedError("no trigger is switched on: there is nothing to attribute to.")
    if len(names) <= top:
        return names
    first = how._replace(runs=min(how.runs, SCREENED_RUNS))
    screening = Part(2 * (len(names) + 1), "version", first.runs)
    study.tell_cost(resolved, [screening, _coalitions(top + rest, how.runs)], how)
    if not how.quiet:
        what = f"{top} of {len(names)} {'types' if by_type else 'triggers'}"
        text = f"First pass: {what} are chosen, by runs with each left out and with each alone"
        console(error=True).print(text, style="hint")
    return study.simulate(partial(screen, resolved, top, by_type=by_type), screening.total, first)


def _coalitions(players: int, runs: int) -> Part:
    """What there is to simulate of so many players; of sampled orders, about."""
    from sim.measures.shapley import MOST_PLAYERS

    return (
        Part(2**players, "coalition", runs) if players <= MOST_PLAYERS else Part(4 * players, "sampled coalition", runs)
    )


def _simulate(resolved: Resolved, names: Sequence[str], rest: bool, how: study.How) -> Attribution:
    from sim.cli.output import console
    from sim.experiments.attribution import PAIRS
    from sim.experiments.attribution import attribute as simulate
    from sim.experiments.players import players_of, remaining
    from sim.measures.shapley import MOST_PLAYERS

    players = players_of(resolved, names)
    many = len(players) + len(remaining(resolved, players) if rest else ())
    part = _coalitions(many, how.runs)
    if not how.quiet:
        exact = many <= MOST_PLAYERS
        kind = f"all {2**many:,} coalitions" if exact else f"more than {MOST_PLAYERS}, so {PAIRS} sampled orders"
        console(error=True).print(f"{many} players, {kind}", style="hint")
    study.tell_cost(resolved, [part], how)
    found = study.simulate(partial(simulate, resolved, names, rest=rest, day=how.day), part.total, how)
    study.stopped_note(found.runs, found.asked)
    return found
