"""`rout report`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from sim.cli import options, study
from sim.cli.bands import DICE
from sim.cli.cost import Part, tell
from sim.cli.guard import INTERRUPTED, RefusedError
from sim.cli.places import RESULTS, free, require_free
from sim.cli.run import cores, horizon, step_note
from sim.cli.text import count

if TYPE_CHECKING:
    from sim.report import Asked, Chosen
    from sim.scenario.resolved import Resolved

RUNS = 2000
"""Runs of each combination, unless a result has fewer."""
SCREENED_RUNS = 200
"""Runs of the first pass that chooses the events."""
CHANGES = ("--days", "--dt", "--set", "--without", "--account", "--posterior")
TOP_EVENTS = 6
"""Events of a class, as far as is known before: progress is told of their combinations."""


class Source(NamedTuple):
    """What a report is made of."""

    resolved: Resolved
    centre: Resolved | None
    """With the posterior's medians, where each run draws its parameters from one."""
    runs: int
    seed: int
    told: str


def report(
    source: Annotated[
        str,
        typer.Argument(
            metavar="RESULT|SCENARIO|CLASS",
            help="A folder that `rout run` wrote, a scenario, or a class: its file, or one that it was exported to.",
        ),
    ],
    triggers: Annotated[
        str | None,
        typer.Option(
            "--triggers",
            metavar="A,B,C",
            help="The events that can be switched off, ten at most: triggers, or types with all their triggers. "
            "If absent, six that matter most.",
        ),
    ] = None,
    run: Annotated[
        int | None, typer.Option("--run", min=0, metavar="N", help="The run that is told as it was lived (0).")
    ] = None,
    runs: Annotated[
        int | None,
        typer.Option("--runs", min=2, max=100_000, metavar="N", help=f"Runs of each combination of events ({RUNS})."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, max=2**64 - 1, metavar="N", help="The result's own if absent, else 1."),
    ] = None,
    days: options.DaysOption = None,
    dt: options.StepOption = None,
    set_: options.SetOption = None,
    without: options.WithoutOption = None,
    account: options.AccountOption = None,
    posterior: options.PosteriorOption = None,
    names: Annotated[bool, typer.Option("--names", help="Name the students of a class, not only their teams.")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A new .html file.")] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also print it: two pages, by a Chromium on this machine.")
    ] = False,
    workers: options.WorkersOption = None,
    kernel: options.KernelOption = "auto",
    quiet: options.QuietOption = False,
) -> None:
    """Write an after-action report: one HTML file that opens without a network, for a class to discuss."""
    file, printed = _files(source, out, pdf)
    using, began = options.kernel(kernel), time.monotonic()
    changes = {"--days": days, "--dt": dt, "--set": set_, "--without": without, "--account": account,
               "--posterior": posterior}  # fmt: skip
    given = {"--triggers": triggers, "--run": run, "--runs": runs, "--seed": seed, **changes}
    if _is_class(source):
        if told := [option for option, value in given.items() if value is not None]:
            raise RefusedError(f"{source} is a class, and has its own {told[0]}. Leave it out.")
        again = study.command("report", source, {"--names": names})
        size = _of_class(source, names, file, workers, using, quiet)
    elif names:
        raise RefusedError(f"--names is for the report of a class; {source} is none.")
    else:
        again, asked = _asked(source, given, workers, using, quiet)
        size = _write(asked, file, workers, using, quiet)
    typer.echo(f"Report       {file} ({size / 1e6:.1f} MB, made in {time.monotonic() - began:.0f} s)")
    if printed is not None:
        _print(file, printed)
        typer.echo(f"Printed      {printed}")
    typer.echo(f"Again        {again}")


def _asked(source: str, given: dict[str, Any], workers: int | None, kernel: Any, quiet: bool) -> tuple[str, Asked]:
    """What is asked for of a scenario or a result, and the command that asks for it again."""
    from sim.report import Asked

    changes = {option: given[option] for option in CHANGES}
    made_of, run = _source(source, given["--runs"], given["--seed"], changes), given["--run"] or 0
    if run >= made_of.runs:
        raise RefusedError(f"there is no run {run}: they are numbered from 0 to {made_of.runs - 1}.")
    triggers = given["--triggers"]
    names = None if triggers is None else [name for name in (each.strip() for each in triggers.split(",")) if name]
    chosen = _chosen(made_of, names, workers, kernel, quiet)
    named = ",".join(player.name for player in chosen.players)
    explicit = {"--triggers": named or None, "--run": run, "--runs": made_of.runs, "--seed": made_of.seed, **changes}
    again = study.command("report", source, explicit)
    asked = Asked(made_of.resolved, chosen, made_of.runs, made_of.seed, run, made_of.told, again, made_of.centre)
    return again, asked


def _is_class(source: str) -> bool:
    """Whether this is the file of a class; a scenario's is never taken for one."""
    path = Path(source)
    if path.suffix == ".toml" or not path.is_file():
        return False
    from sim.classroom.report import is_class

    return is_class(path)


def _of_class(source: str, names: bool, file: Path, workers: int | None, kernel: Any, quiet: bool) -> int:
    """Simulate and write the report of a class; on Ctrl-C leave nothing and end with 130. Returns the size in bytes."""
    from sim.classroom.case import Case
    from sim.classroom.case import RefusedError as NotNow
    from sim.classroom.log import LogError
    from sim.classroom.report import data, entries_of
    from sim.classroom.session import fold
    from sim.cli.progress import RunProgress
    from sim.report import TooLargeError, write

    try:
        entries = entries_of(Path(source))
        state = fold(entries)
        resolved = Case.read(state.opened["case"]).resolved
        _compile(Source(resolved, None, state.runs, state.seed, source), workers, kernel)
        with RunProgress(state.runs << TOP_EVENTS, quiet=quiet) as progress:
            made = data(entries, names=names, workers=workers or cores(), kernel=kernel, on_progress=progress)
        file.parent.mkdir(parents=True, exist_ok=True)
        return write(made, file)
    except (LogError, NotNow, TooLargeError) as error:
        raise RefusedError(f"{error}.") from None
    except KeyboardInterrupt:
        raise _stopped() from None


def _stopped() -> typer.Exit:
    from sim.cli.output import console

    console(error=True).print("Stopped before the report was whole. Nothing is kept.")
    return typer.Exit(INTERRUPTED)


def _files(source: str, out: Path | None, pdf: bool) -> tuple[Path, Path | None]:
    """Where the page goes, and its print.

    Raises:
        RefusedError: one of them exists or has another kind of name, or nothing can print.
    """
    if out is not None and out.suffix.lower() not in (".html", ".htm"):
        raise RefusedError(f"{out} is not a name for a page. End it in .html.")
    file = out or _default(source)
    printed = file.with_suffix(".pdf") if pdf else None
    for each in (file, printed):
        if each is not None:
            require_free(each)
    if pdf:
        from sim.report import BrowserError, find_browser

        try:
            find_browser()
        except BrowserError as error:
            raise RefusedError(f"--pdf: {error}") from None
    return file, printed


def _default(source: str) -> Path:
    """report.html in the result, or results/NAME-report.html."""
    path = Path(source)
    stem = path / "report" if _is_result(path) else RESULTS / f"{path.stem or path.name}-report"
    return free(stem, ".html", ".pdf")


def _is_result(path: Path) -> bool:
    return (path / "provenance.json").exists() or (path / "resolved.json").exists()


def _source(source: str, runs: int | None, seed: int | None, changes: dict[str, Any]) -> Source:
    """The scenario, as a result has it or as the options change it.

    Raises:
        RefusedError: changes to a result, or a folder of another kind.
        ScenarioError: with every problem of the scenario and of the changes.
    """
    path = Path(source)
    if path.is_dir() and not (path / "scenario.toml").exists() and any(path.glob("*/resolved.json")):
        from sim.results import missing

        raise missing(path, "a result folder", "resolved.json")
    if (path / "comparison.json").exists() or (path / "sweep.json").exists():
        raise RefusedError(f"{source} is no result of `rout run`. A report is made of one, or of a scenario.")
    if _is_result(path):
        from sim.results import Result

        result = Result.open(path)
        if given := [option for option, value in changes.items() if value is not None]:
            raise RefusedError(f"{given[0]} changes a scenario; {source} is a result. Name its scenario instead.")
        told = f"the result {source} of: {result.provenance.get('command') or 'a run in Python'}"
        own = min(result.runs, RUNS) if runs is None else runs
        centre = Result.open(path / DICE).resolved if (path / DICE).is_dir() else None
        return Source(result.resolved, centre, max(own, 2), result.seed if seed is None else seed, told)
    from sim.cli.output import console
    from sim.scenario import resolve

    made = (changes[option] for option in ("--set", "--without", "--account"))
    resolved = horizon(resolve(options.changed(source, *made, step_hours=changes["--dt"])), changes["--days"])
    if note := step_note(resolved):
        console(error=True).print(note, style="warn")
    centre = None
    if changes["--posterior"] is not None:
        from calibration.committed import under

        resolved, centre = under(resolved, changes["--posterior"])
    return Source(resolved, centre, runs or RUNS, 1 if seed is None else seed, source)


def _chosen(source: Source, names: list[str] | None, workers: int | None, kernel: Any, quiet: bool) -> Chosen:
    """The events named, or chosen by a first pass."""
    from functools import partial

    from sim.cli.output import console
    from sim.report import choose, named, needs_screening
    from sim.report.events import TOP

    if names is not None:
        try:
            return named(source.resolved, names)
        except ValueError as error:
            from sim.scenario.problems import ScenarioError

            if isinstance(error, ScenarioError):
                raise
            raise RefusedError(f"--triggers: {error}.") from None
    screened = needs_screening(source.resolved)
    types = len({trigger.type for trigger in source.resolved.triggers if trigger.enabled})
    how = study.How(min(source.runs, SCREENED_RUNS), source.seed, None, workers, quiet)
    screening = Part(2 * (types + 1), "version", how.runs)
    if screened:
        combinations = Part(2**TOP, "combination", source.runs)
        tell(source.resolved, [screening, combinations], workers or cores(), quiet=quiet, kernel=kernel)
    _compile(source, workers, kernel)
    if not screened:
        return choose(source.resolved, runs=0, seed=source.seed)
    if not quiet:
        console(error=True).print("First pass: which types of event matter most", style="hint")
    return study.simulate(partial(choose, source.resolved), screening.total, how)


def _compile(source: Source, workers: int | None, kernel: Any) -> None:
    """Compile first where all combinations together are worth it: the first pass gains too."""
    from sim.cli.output import console
    from sim.ensemble import outcomes
    from sim.kernels.choice import choose
    from sim.kernels.compiled import cache
    from sim.plan import make_plan
    from sim.report.events import TOP

    plan = make_plan(source.resolved)
    unit_steps = source.runs * 2.0 ** min(TOP, len(source.resolved.triggers)) * plan.steps * len(plan.units.ids)
    if choose(kernel, unit_steps, workers or cores()) == "compiled" and not cache.is_ready():
        console(error=True).print("compiling, a minute or two, once", style="hint")
        outcomes(plan, runs=1, kernel="compiled")


def _write(asked: Asked, file: Path, workers: int | None, kernel: Any, quiet: bool) -> int:
    """Simulate and write; on Ctrl-C leave nothing and end with 130. Returns the size in bytes."""
    from sim.cli.output import console
    from sim.cli.progress import RunProgress
    from sim.report import TooLargeError, make, simulations, write

    say = console(error=True)
    many = simulations(asked)
    if not quiet:
        events = len(asked.chosen.players)
        say.print(f"{count(events, 'event')}, {count(2**events, 'combination')} of them", style="hint")
    tell(asked.resolved, [Part(many, "version", asked.runs)], workers or cores(), quiet=quiet, kernel=kernel)
    try:
        with RunProgress(many * asked.runs, quiet=quiet) as progress:
            data = make(asked, workers=workers or cores(), kernel=kernel, on_progress=progress)
        file.parent.mkdir(parents=True, exist_ok=True)
        return write(data, file)
    except TooLargeError as error:
        raise RefusedError(f"--triggers: {error}") from None
    except KeyboardInterrupt:
        raise _stopped() from None


def _print(file: Path, printed: Path) -> None:
    from sim.report import BrowserError, print_pdf

    try:
        print_pdf(file, printed)
    except BrowserError as error:
        raise RefusedError(f"the page is kept in {file}, but not printed: {error}") from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
