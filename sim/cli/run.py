"""`rout run`."""

from __future__ import annotations

import os
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sim.cli import options
from sim.cli.bands import DICE, bands, print_bands
from sim.cli.cost import HINT, WORTH_A_HINT
from sim.cli.guard import INTERRUPTED, RefusedError
from sim.cli.places import RESULTS, free, require_free

if TYPE_CHECKING:
    from sim.results import Result
    from sim.scenario.resolved import Resolved

COARSE_STEP_HOURS = 2.0
"""Coarser steps lengthen the time to collapse (docs/model.md, "The step")."""


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    scenario: options.ScenarioArgument,
    runs: options.RunsOption = 1000,
    seed: options.SeedOption = 1,
    days: options.DaysOption = None,
    dt: options.StepOption = None,
    set_: options.SetOption = None,
    without: options.WithoutOption = None,
    account: options.AccountOption = None,
    posterior: options.PosteriorOption = None,
    out: options.OutOption = None,
    workers: options.WorkersOption = None,
    kernel: options.KernelOption = "auto",
    trajectories: options.TrajectoriesOption = False,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    no_figures: options.NoFiguresOption = False,
) -> None:
    """Run a scenario many times. Prints a summary, keeps the results in a folder and draws them."""
    from sim.cli.output import console
    from sim.cli.report import print_summary
    from sim.cli.text import print_json
    from sim.scenario import resolve

    if out is not None:
        require_free(out)
    resolved = horizon(resolve(options.changed(scenario, set_, without, account, days=days, step_hours=dt)), days)
    say = console(error=True)
    if note := step_note(resolved):
        say.print(note, style="warn")
    folder = out or free(RESULTS / f"{resolved.name}-{runs}-seed{seed}")
    again = _again(scenario, runs, seed, {"--days": days, "--dt": dt, "--posterior": posterior}, set_, without, account)
    how: dict[str, Any] = {
        "quiet": quiet,
        "runs": runs,
        "seed": seed,
        "workers": workers,
        "kernel": options.kernel(kernel),
    }
    centre = None
    if posterior is not None:
        from calibration.committed import under

        resolved, centre = under(resolved, posterior)
    result = _simulate(resolved, folder, command=again, trajectories=trajectories, **how)
    both = None
    if centre is not None:
        dice = _simulate(centre, folder / DICE, command="", trajectories=False, **how)
        both = bands(result, dice)
    summary = _finish(result, folder, both, figures=not no_figures, quiet=quiet)
    if json:
        print_json(summary)
        return
    stdout = console()
    print_summary(stdout, result, summary)
    if both is not None:
        print_bands(stdout, both, str(posterior))
        stdout.print()
    stdout.print(f"Results      {folder}", soft_wrap=True)
    if not no_figures:
        stdout.print(f"Figures      {folder / 'figures'}", soft_wrap=True)
    stdout.print(f"Again        {again}", soft_wrap=True)
    stdout.print(f"Draw         rout plot {shlex.quote(str(folder))}", soft_wrap=True)


def horizon(resolved: Resolved, days: float | None) -> Resolved:
    """The scenario over this many days; a `RefusedError` where that makes no sense."""
    from sim.scenario.resolved import with_horizon

    try:
        return with_horizon(resolved, days, None)
    except ValueError as error:
        raise RefusedError(f"{error}." if days is None else f"--days {days:g}: {error}.") from None


def step_note(resolved: Resolved) -> str:
    """What to say about the time step, "" if nothing."""
    if resolved.step_hours > COARSE_STEP_HOURS:
        return f"Steps of {resolved.step_hours:g} h lengthen the time to collapse; use at most {COARSE_STEP_HOURS:g} h."
    return ""


def _again(
    scenario: str,
    runs: int,
    seed: int,
    values: dict[str, float | str | None],
    set_: list[str] | None,
    without: list[str] | None,
    account: list[str] | None,
) -> str:
    """The command that gives the same runs again."""
    parts = ["rout", "run", scenario, "--runs", str(runs), "--seed", str(seed)]
    for option, value in values.items():
        parts += [] if value is None else [option, f"{value:g}" if isinstance(value, float) else value]
    for option, words in (("--set", set_), ("--without", without), ("--account", account)):
        for word in words or []:
            parts += [option, word]
    return shlex.join(parts)


def _simulate(resolved: Resolved, folder: Path, *, quiet: bool, runs: int, workers: int | None, **how: Any) -> Result:
    """Run with progress; on Ctrl-C say what is kept and leave with 130."""
    from sim.cli.output import console
    from sim.cli.progress import RunProgress

    say = console(error=True)
    began = time.monotonic()
    try:
        from sim.engine import SHARD_RUNS
        from sim.engine import run as simulate
        from sim.kernels.choice import choose
        from sim.kernels.compiled import cache

        # A shard is what one worker takes: more workers than shards would only start and stop.
        workers = workers or min(cores(), -(-runs // SHARD_RUNS))
        unit_steps = runs * len(resolved.units) * resolved.days * 24 / resolved.step_hours
        if choose(how["kernel"], unit_steps, workers) == "compiled" and not cache.is_ready():
            say.print("compiling, a minute or two, once", style="hint")
        with RunProgress(runs, quiet=quiet) as progress:
            result = simulate(resolved, runs=runs, out=folder, workers=workers, on_progress=progress, **how)
    except KeyboardInterrupt:
        say.print(f"Stopped. {kept(folder, runs)}", soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None
    if not quiet:
        seconds = time.monotonic() - began
        say.print(f"{runs:,} runs in {seconds:.1f} s", style="hint")
        if seconds > WORTH_A_HINT and result.provenance["kernel"] == "numpy" and not how["trajectories"]:
            say.print(f"{HINT}.", style="hint")
    return result


def kept(folder: Path, runs: int) -> str:
    """What an interrupted run left on disk, in words."""
    from pyarrow import parquet

    shards = folder / "outcomes"
    done = sum(parquet.read_metadata(shard).num_rows for shard in sorted(shards.glob("shard-*.parquet")))
    if not done:
        return "Not one shard of runs was complete; nothing is kept."
    return f"{done:,} of {runs:,} runs are complete and kept in {shards}."


def _finish(result: Result, folder: Path, both: dict[str, Any] | None, *, figures: bool, quiet: bool) -> dict[str, Any]:
    """Measure a result, keep the summary, draw the figures; returns the summary."""
    from sim.cli.output import console
    from sim.cli.text import as_json
    from sim.measures import summary

    say = console(error=True)
    measured = summary(result)
    if both is not None:
        measured |= {"bands": both}
    (folder / "summary.json").write_text(as_json(measured), encoding="utf-8")
    if not figures:
        return measured
    if not quiet:
        say.print("drawing figures", style="hint")
    try:
        from sim.figures import draw_all

        draw_all(result, folder / "figures")
    except KeyboardInterrupt:
        say.print(f"Stopped while drawing. All runs are kept; draw with: rout plot {folder}", soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None
    return measured
