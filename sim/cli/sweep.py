"""`rout sweep`."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options
from sim.cli.guard import INTERRUPTED, RefusedError

if TYPE_CHECKING:
    from sim.cli.cost import Part
    from sim.experiments.sweep.folder import SweepFolder
    from sim.experiments.sweep.sweep import Sweep
    from sim.scenario.resolved import Resolved


def sweep(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A TOML file that describes the sweep.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="For the results; results/NAME if absent.")
    ] = None,
    runs: Annotated[
        int | None, typer.Option("--runs", min=1, max=2**32 - 1, metavar="N", help="Of each point, not as in the file.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a sweep that was stopped; or, with more runs, add to it.")
    ] = False,
    workers: options.WorkersOption = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="ADDRESS", help="A Dask scheduler, e.g. tcp://10.0.0.1:8786.")
    ] = None,
    shard: Annotated[
        str | None, typer.Option("--shard", metavar="I/N", help="Only the I-th of N parts, for an array of jobs.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--columns", metavar="NAME", help="Columns of a row, or all. May be repeated; * fits any."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file, show the points, run nothing.")] = False,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    no_figures: options.NoFiguresOption = False,
) -> None:
    """Run a scenario at many design points on the same dice: parameters, triggers, accounts, scenarios."""
    if cluster and workers:
        raise RefusedError("--workers are processes of this machine, --cluster brings its own. Leave one out.")
    part = part_of(shard)
    from sim.experiments.sweep.prepare import prepare

    asked = prepare(file, columns, runs)
    folder = out or Path("results") / asked.name
    if dry_run:
        _tell_design(asked, json=json)
        return
    if folder.exists() and not resume and part is None:
        raise RefusedError(f"{folder} exists and is not overwritten. --resume goes on with it; --out names another.")
    again = _again(file, out, columns, runs)
    done = simulate_points(asked, folder, resume, part, workers, cluster, quiet=quiet, again=again)
    if not done.provenance["complete"]:
        _tell_rest(done, part)
        return
    finish(done, again, figures=not no_figures, quiet=quiet, json=json)


def _size(asked: Sweep) -> tuple[Resolved, list[Part]]:
    """A point's scenario, over its horizon, and how many there are; all are taken to be as large as the first."""
    from sim.cli.cost import Part

    first = asked.bases[0].resolved.model_copy(update={"days": asked.horizon(0) / 24})
    return first, [Part(len(asked.rows), "point", asked.runs)]


def part_of(text: str | None) -> tuple[int, int] | None:
    """`"7/200"` as (7, 200).

    Raises:
        typer.BadParameter: it is not of this form, or I is not from 1 to N.
    """
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text.strip())
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise typer.BadParameter(f"{text!r} is not of the form I/N with I from 1 to N", param_hint="--shard")
    return int(found[1]), int(found[2])


def _again(file: Path, out: Path | None, columns: list[str] | None, runs: int | None) -> str:
    """The command that gives the same rows again."""
    parts = ["rout", "sweep", str(file), *(["--out", str(out)] if out else [])]
    parts += [] if runs is None else ["--runs", str(runs)]
    for name in columns or []:
        parts += ["--columns", name]
    return shlex.join(parts)


def simulate_points(
    asked: Sweep,
    folder: Path,
    resume: bool,
    part: tuple[int, int] | None,
    workers: int | None,
    cluster: str | None,
    *,
    quiet: bool,
    again: str,
) -> SweepFolder:
    """Run with progress."""
    from sim.cli.cost import tell
    from sim.cli.output import console
    from sim.cli.progress import RunProgress
    from sim.cli.run import cores
    from sim.experiments.sweep.run import run_sweep

    workers = workers or min(cores(), asked.layout.shards)
    if not (resume or part or cluster):  # of those, what is left to do here is seen on the way
        tell(*_size(asked), workers, quiet=quiet, processes=True)
    began = time.monotonic()
    ran = 0
    with _explained(folder, f"{again} --resume" if part is None else f"{again} --shard {part[0]}/{part[1]}"):
        pool = None
        if cluster:
            from sim.experiments.sweep.cluster import on_cluster

            pool = on_cluster(cluster)
        with RunProgress(0, quiet=quiet) as progress:

            def report(done: int, total: int) -> None:
                nonlocal ran
                ran = done
                progress(done, total)

            done = run_sweep(
                asked, folder, resume=resume, part=part, workers=workers, pool=pool, on_progress=report, command=again
            )
    if not quiet and ran:
        console(error=True).print(f"{ran:,} runs in {time.monotonic() - began:.1f} s", style="hint")
    return done


@contextmanager
def _explained(folder: Path, go_on: str) -> Iterator[None]:
    """On Ctrl-C, a full disk or a lost worker, says what is kept and how to go on."""
    from concurrent.futures import BrokenExecutor

    from sim.cli.output import console
    from sim.experiments.sweep.workers import WorkerError

    def kept() -> str:
        whole = f"What was complete is kept in {folder}. Go on with: {go_on}"
        return whole if folder.exists() else "Nothing is kept."

    try:
        yield
    except KeyboardInterrupt:
        console(error=True).print(f"Stopped. {kept()}", soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None
    except FileExistsError:
        raise RefusedError(f"{folder} exists and is not overwritten.") from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise RefusedError(f"cannot write: {where}{error.strerror or error}. {kept()}") from None
    except WorkerError as error:
        raise RefusedError(f"{error}. {kept()}") from None
    except BrokenExecutor:
        raise RefusedError(f"a worker was killed: out of memory, most likely. Use fewer --workers. {kept()}") from None


def _draw(done: SweepFolder, *, quiet: bool) -> bool:
    """Draw the figures that suit; whether there is one. On Ctrl-C all rows are kept."""
    from sim.cli.output import console

    say = console(error=True)
    if not quiet:
        say.print("drawing figures", style="hint")
    try:
        from sim.figures.sweep import draw_sweep

        return bool(draw_sweep(done, done.path / "figures"))
    except KeyboardInterrupt:
        say.print(f"Stopped while drawing. All runs are kept; draw with: rout plot {done.path}", soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None


def _tell_design(asked: Sweep, *, json: bool) -> None:
    """What a sweep would do."""
    from sim.cli.cost import duration
    from sim.cli.output import console
    from sim.cli.run import cores
    from sim.cli.swept import print_points
    from sim.cli.text import print_json

    if json:
        print_json(asked.explicit)
        return
    workers = min(cores(), asked.layout.shards)
    print_points(console(), asked, duration(*_size(asked), workers))


def _tell_rest(done: SweepFolder, part: tuple[int, int] | None) -> None:
    """What is still to do after a part."""
    from sim.cli.output import console

    name = f"Part {part[0]} of {part[1]} is done" if part else "Done"
    console().print(
        f"{name}. Other parts of the sweep are not: its summary comes with the last, or from rout merge.\n"
        f"Results      {done.path}",
        soft_wrap=True,
    )


def finish(done: SweepFolder, again: str, *, figures: bool, quiet: bool, json: bool) -> None:
    """Draw and print a complete sweep."""
    from sim.cli.output import console
    from sim.cli.swept import as_dict, print_summary
    from sim.cli.text import print_json

    drawn = figures and _draw(done, quiet=quiet)
    if json:
        print_json(as_dict(done))
        return
    out = console()
    print_summary(out, done)
    lines: list[tuple[str, Any]] = [("Results", done.path), ("Points", done.path / "summary.csv")]
    lines += [("Figures", done.path / "figures")] if drawn else []
    for label, text in (*lines, ("Again", again)):
        out.print(f"{label:<12} {text}", soft_wrap=True)
