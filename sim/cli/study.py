"""What the commands share that simulate many versions of one scenario side by side."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import typer

from sim.cli import options
from sim.cli.cost import Part, tell
from sim.cli.guard import INTERRUPTED, RefusedError
from sim.cli.places import require_free
from sim.cli.run import cores, horizon, step_note

if TYPE_CHECKING:
    from sim.scenario.resolved import Resolved

T = TypeVar("T")
Subject = Any
"""What a figure is drawn of."""


def scenario_of(
    scenario: str,
    changes: Sequence[list[str] | None],
    *,
    days: float | None,
    dt: float | None,
    day: float | None,
    out: Path | None,
    posterior: str | None = None,
) -> Resolved:
    """The scenario with `--set`, `--without` and `--account` (`changes`) made, parameters drawn from a posterior.

    Raises:
        RefusedError: the folder exists, or a horizon, step or day makes no sense.
    """
    if out is not None:
        require_free(out)
    from sim.cli.output import console
    from sim.scenario import resolve

    resolved = horizon(resolve(options.changed(scenario, *changes, step_hours=dt)), days)
    if note := step_note(resolved):
        console(error=True).print(note, style="warn")
    if day is not None and not 0 < day <= resolved.days:
        raise RefusedError(f"--day {day:g}: must be above 0 and at most the horizon of {resolved.days:g} days.")
    if posterior is None:
        return resolved
    from calibration.committed import under

    return under(resolved, posterior)[0]


class How(NamedTuple):
    """How many runs of each version, and how."""

    runs: int
    seed: int
    day: float | None
    workers: int | None
    quiet: bool


def workers_of(how: How) -> int:
    """Cores that share the work."""
    return how.workers or cores()


def simulate(work: Callable[..., T], total: int, how: How) -> T:
    """Do the work; leave with 130 where nothing came of it.

    Args:
        work: called with `runs`, `seed`, `workers` and `on_progress`.
        total: runs of all versions, as far as known.
        how: of one version.
    """
    from sim.cli.output import console
    from sim.cli.progress import RunProgress

    try:
        workers = workers_of(how)
        with RunProgress(total, quiet=how.quiet) as progress:
            return work(runs=how.runs, seed=how.seed, workers=workers, on_progress=progress)
    except KeyboardInterrupt:
        console(error=True).print("Stopped before there was anything to tell. Nothing is kept.")
        raise typer.Exit(INTERRUPTED) from None


def tell_cost(resolved: Resolved, parts: list[Part], how: How) -> None:
    """Say how many runs there are to do, and about how long they take."""
    tell(resolved, parts, workers_of(how), quiet=how.quiet)


def stopped_note(runs: int, asked: int) -> None:
    """Say so where fewer runs were done than asked for."""
    from sim.cli.output import console

    if runs < asked:
        text = f"Stopped after {runs:,} of {asked:,} runs of each version: what follows is of those."
        console(error=True).print(text, style="warn")


def draw(figures: Mapping[str, Callable[[Subject], Any]], subject: Subject, folder: Path, *, quiet: bool) -> None:
    """Draw every figure into folder/figures."""
    from sim.cli.output import console
    from sim.figures import save

    say = console(error=True)
    if not quiet:
        say.print("drawing figures", style="hint")
    try:
        (folder / "figures").mkdir()
        for name, figure in figures.items():
            save(figure(subject), folder / "figures" / f"{name}.png")
    except KeyboardInterrupt:
        say.print(f"Stopped while drawing. The numbers are kept in {folder}.", soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None


def leave(folder: Path, again: str, *, figures: bool) -> None:
    """Say where everything is."""
    from sim.cli.output import console

    out = console()
    out.print(f"Results      {folder}", soft_wrap=True)
    if figures:
        out.print(f"Figures      {folder / 'figures'}", soft_wrap=True)
    out.print(f"Again        {again}", soft_wrap=True)


def command(name: str, scenario: str, values: Mapping[str, Any]) -> str:
    """A command line. None and False are left out, True has no value, a list repeats its option, a tuple follows it."""
    parts = ["rout", name, scenario]
    for option, value in values.items():
        for each in value if isinstance(value, list) else [value]:
            if each is None or each is False:
                continue
            words = each if isinstance(each, tuple) else () if each is True else (each,)
            parts += [option, *(f"{word:g}" if isinstance(word, float) else str(word) for word in words)]
    return shlex.join(parts)
