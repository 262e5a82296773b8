"""`rout sensitivity`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options, study
from sim.cli.guard import INTERRUPTED, RefusedError

if TYPE_CHECKING:
    from sim.experiments.point_measure import Measure
    from sim.experiments.sensitivity import Sensitivity, Study
    from sim.experiments.sweep import SweepFolder


class Method(StrEnum):
    """How factors are told apart."""

    MORRIS = "morris"
    SOBOL = "sobol"


POINTS = {Method.MORRIS: 20, Method.SOBOL: 256}
"""Trajectories, or pairs of points."""
DEFAULT = "restricted_mean"
"""Measure: the share that collapses says nothing where all runs do, or none."""
RUNS = {Method.MORRIS: 100, Method.SOBOL: 50}


def sensitivity(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO",
            help="A scenario; or the folder of a finished sweep of design morris or saltelli, to analyse that.",
        ),
    ],
    factor: Annotated[
        list[str] | None,
        typer.Option(
            "--factor",
            metavar="KEY[=LOW:HIGH]",
            help="What varies: a parameter, anything that --set takes, switch.ID or account.ID. May be repeated. "
            "If absent: the parameters to calibrate, over their priors.",
        ),
    ] = None,
    method: Annotated[
        Method | None, typer.Option("--method", help="morris (if absent) screens, sobol shares out the variance.")
    ] = None,
    points: Annotated[
        int | None,
        typer.Option(
            "--points", min=2, metavar="N", help="Trajectories of morris (20), or pairs of points of sobol (256)."
        ),
    ] = None,
    runs: Annotated[
        int | None,
        typer.Option("--runs", min=2, max=2**32 - 1, metavar="N", help="Of each design point (100; for sobol 50)."),
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option(
            "--measure",
            metavar="NAME[:DAY]",
            help="share:11 (collapsed by day 11), capital:11, strength_25:11, median, restricted_mean; "
            "restricted_mean if absent, which varies where every run collapses too.",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, max=2**63 - 1, metavar="N", help="Of the runs and of the sample (1).")
    ] = None,
    days: options.DaysOption = None,
    set_: options.SetOption = None,
    without: options.WithoutOption = None,
    account: options.AccountOption = None,
    out: options.OutOption = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with one that was stopped.")] = False,
    workers: options.WorkersOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    no_figures: options.NoFiguresOption = False,
) -> None:
    """Tell which factors move the outcome, and how much of it is the dice: Morris or Sobol."""
    asked = _measure(measure)
    given: dict[str, Any] = {"--factor": factor, "--method": method, "--points": points, "--runs": runs, "--seed": seed,
             "--days": days, "--set": set_, "--without": without, "--account": account}  # fmt: skip
    if (Path(scenario) / "sweep.json").exists():
        changes = [flag for flag, value in (given | {"--out": out, "--resume": resume}).items() if value]
        if changes:
            raise RefusedError(f"{scenario} is a sweep that is there, to be analysed as it is. Leave out {changes[0]}.")
        from sim.experiments.sweep import SweepFolder

        done, again = SweepFolder.open(scenario), study.command("sensitivity", scenario, {"--measure": measure})
    else:
        how = method or Method.MORRIS
        given |= {"--points": points or POINTS[how], "--runs": runs or RUNS[how], "--method": how.value,
                  "--seed": 1 if seed is None else seed}  # fmt: skip
        again = study.command("sensitivity", scenario, given | {"--measure": measure, "--out": out})
        done = _simulated(_study(scenario, given), asked, out, resume, workers, quiet=quiet, again=again)
    _finish(done, asked, again, figures=not no_figures, quiet=quiet, json=json)


def _measure(text: str | None) -> Measure:
    from sim.experiments.point_measure import measure_of

    try:
        return measure_of(text or DEFAULT)
    except ValueError as error:
        raise RefusedError(f"--measure {text}: {error}.") from None


def _study(scenario: str, given: dict[str, Any]) -> Study:
    """What the options ask for."""
    from sim.experiments.sensitivity import Study

    return Study(
        scenario,
        given["--method"],
        tuple(given["--factor"] or ()),
        points=given["--points"],
        runs=given["--runs"],
        seed=given["--seed"],
        days=given["--days"],
        set=options.pairs("--set", given["--set"]),
        without=tuple(given["--without"] or ()),
        account=options.pairs("--account", given["--account"]),
    )


def _simulated(
    asked: Study, measure: Measure, out: Path | None, resume: bool, workers: int | None, *, quiet: bool, again: str
) -> SweepFolder:
    """Run the sweep of a study."""
    from sim.cli.sweep import simulate_points as simulate
    from sim.experiments.sensitivity import prepare_study

    sweep = prepare_study(asked)
    shortest = min(sweep.horizon(number) for number in range(len(sweep.rows))) / 24
    if measure.day is not None and measure.day > shortest:
        raise RefusedError(f"--measure {measure.text}: the horizon is day {shortest:g}.")
    name = f"{asked.method}-{sweep.bases[0].resolved.name}-{asked.points}x{asked.runs}-seed{asked.seed}"
    folder = out or Path("results") / name
    if folder.exists() and not resume:
        raise RefusedError(f"{folder} exists and is not overwritten. --resume goes on with it; --out names another.")
    return simulate(sweep, folder, resume, None, workers, None, quiet=quiet, again=again)


def _finish(done: SweepFolder, measure: Measure, again: str, *, figures: bool, quiet: bool, json: bool) -> None:
    """Analyse, keep, draw and print."""
    from sim.cli.output import console
    from sim.cli.sensed import print_sensitivity
    from sim.cli.text import print_json
    from sim.experiments.sensitivity import analyse

    found = analyse(done, measure)
    kept = found.write()
    if figures:
        _draw(found, quiet=quiet)
    if json:
        print_json(found.as_dict())
        return
    out = console()
    print_sensitivity(out, found)
    lines = [("Results", str(kept)), ("Sweep", str(done.path))]
    lines += [("Figures", str(done.path / "figures"))] if figures else []
    for label, text in (*lines, ("Again", again)):
        out.print(f"{label:<12} {text}", soft_wrap=True)


def _draw(found: Sensitivity, *, quiet: bool) -> None:
    """Draw into the sweep's figures, which are views of it and drawn anew."""
    from sim.cli.output import console
    from sim.figures import save
    from sim.figures.sensitivity import FIGURES

    say = console(error=True)
    if not quiet:
        say.print("drawing figures", style="hint")
    folder = found.folder.path / "figures"
    folder.mkdir(exist_ok=True)
    try:
        for name, figure in FIGURES.items():
            save(figure(found), folder / f"{found.name}-{name}.png")
    except KeyboardInterrupt:
        say.print(f"Stopped while drawing. The numbers are kept in {found.folder.path}.", soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None
