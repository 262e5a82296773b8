"""Arguments and options of the commands, and how their values are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sim.kernels.choice import Wanted
    from sim.scenario import Problem, Scenario

ScenarioArgument = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="Folder or .toml file of a scenario, or its name.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change one value, e.g. trigger.mutiny.probability=0.3. May be repeated.",
    ),
]
WithoutOption = Annotated[
    list[str] | None,
    typer.Option("--without", metavar="ID", help="Switch off a trigger, or all of one type. May be repeated."),
]
AccountOption = Annotated[
    list[str] | None,
    typer.Option(
        "--account",
        metavar="TRIGGER=NAME",
        help="Fix which account of a contested event is true. May be repeated.",
    ),
]
RunsOption = Annotated[
    int, typer.Option("--runs", min=1, max=2**32 - 1, metavar="N", help="How many Monte Carlo runs.")
]
SeedOption = Annotated[
    int, typer.Option("--seed", min=0, max=2**64 - 1, metavar="N", help="The same seed gives the same runs.")
]
PosteriorOption = Annotated[
    str | None,
    typer.Option(
        "--posterior",
        metavar="NAME",
        help="Draw the parameters of each run from a posterior: joint, which comes with rout, or the path of another.",
    ),
]
DaysOption = Annotated[
    float | None, typer.Option("--days", metavar="DAYS", help="Horizon; the scenario's own if absent.")
]
DayOption = Annotated[
    float | None,
    typer.Option(
        "--day",
        metavar="DAY",
        help="A collapse counts if it comes by this day. If absent: the day on which the capital was lost by the "
        "record, or the horizon.",
    ),
]
StepOption = Annotated[
    float | None, typer.Option("--dt", metavar="HOURS", help="Time step; the scenario's own if absent.")
]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FOLDER", help="A new folder for the results.")]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, metavar="N", help="Processes; one per core if absent.")
]
KernelOption = Annotated[
    str,
    typer.Option(
        "--kernel", metavar="auto|numpy|compiled", help="What steps the runs; results are the same (see rout compile)."
    ),
]
TrajectoriesOption = Annotated[
    bool, typer.Option("--trajectories", help="Keep every run's history, every 6 h (large).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress, only the summary.")]
NoFiguresOption = Annotated[bool, typer.Option("--no-figures", help="Draw nothing.")]


def kernel(wanted: str) -> Wanted:
    """The kernel asked for.

    Raises:
        typer.BadParameter: there is none of this name.
    """
    from typing import get_args

    from sim.kernels.choice import Wanted

    if wanted not in get_args(Wanted):
        raise typer.BadParameter(f"must be one of {', '.join(get_args(Wanted))}, not {wanted!r}", param_hint="--kernel")
    known: Wanted = wanted  # type: ignore[assignment]
    return known


def pairs(option: str, given: list[str] | None) -> dict[str, str]:
    """`["a=1", "b=2"]` as a mapping.

    Raises:
        typer.BadParameter: one has no "=", or nothing on one side of it, or a name comes twice.
    """
    found: dict[str, str] = {}
    for item in given or []:
        name, equals, value = (part.strip() for part in item.partition("="))
        if not (name and equals and value):
            raise typer.BadParameter(f"{item!r} is not of the form NAME=VALUE", param_hint=option)
        if name in found:
            raise typer.BadParameter(f"{name!r} is given twice", param_hint=option)
        found[name] = value
    return found


def changed(
    scenario: str,
    set_: list[str] | None = None,
    without: list[str] | None = None,
    account: list[str] | None = None,
    **settings: object,
) -> Scenario:
    """The scenario with the changes of the command line; `settings` that are None change nothing.

    Raises:
        typer.BadParameter: an option has no value, or says the same thing as another.
        ScenarioError: with every problem of the file and of the changes.
    """
    values: dict[str, object] = {**pairs("--set", set_)}
    accounts = pairs("--account", account)
    given = {name: value for name, value in settings.items() if value is not None}
    if both := sorted(values.keys() & given):
        raise typer.BadParameter(f"{both[0]!r} is given by an option of its own too", param_hint="--set")

    from sim import scenario as scenarios

    # A shorter horizon cuts off what comes later; as a setting of the file it would make later triggers wrong.
    given.pop("days", None)
    try:
        return scenarios.load(scenario, set=values | given, without=without or [], account=accounts)
    except scenarios.ScenarioError as error:
        raise scenarios.ScenarioError(_at_its_option(problem, given) for problem in error.problems) from None


def _at_its_option(problem: Problem, given: dict[str, object]) -> Problem:
    """A problem of a setting that has an option of its own, told at that."""
    from dataclasses import replace

    if problem.file != "--set" or problem.field not in given:
        return problem
    return replace(problem, file="--dt", field="", message=f"{problem.message}; it is in hours, 2 in most scenarios")
