"""`rout compare`."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options
from sim.cli.guard import INTERRUPTED, RefusedError
from sim.cli.places import RESULTS, free, require_free
from sim.cli.run import cores, horizon, kept, step_note

if TYPE_CHECKING:
    from sim.experiments.compare import Comparison
    from sim.scenario.resolved import Resolved


def compare(
    scenario: options.ScenarioArgument,
    other: Annotated[
        str | None,
        typer.Argument(metavar="[VARIANT]", help="Another scenario to compare with; SCENARIO itself if absent."),
    ] = None,
    runs: options.RunsOption = 2000,
    seed: options.SeedOption = 1,
    days: options.DaysOption = None,
    dt: options.StepOption = None,
    set_: options.SetOption = None,
    without: options.WithoutOption = None,
    account: options.AccountOption = None,
    posterior: options.PosteriorOption = None,
    out: options.OutOption = None,
    workers: options.WorkersOption = None,
    trajectories: options.TrajectoriesOption = False,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    no_figures: options.NoFiguresOption = False,
) -> None:
    """Compare two versions of a scenario on the same dice. --set, --without and --account change the variant."""
    changes = _changes(set_, without, account)
    if other is None and not changes:
        raise RefusedError(
            "nothing to compare. Change the variant with --without, --set or --account, or name a second scenario."
        )
    if out is not None:
        require_free(out)
    from sim.cli.output import console
    from sim.cli.text import print_json
    from sim.scenario import resolve

    def version(name: str, *changed: list[str] | None) -> Resolved:
        return horizon(resolve(options.changed(name, *changed, days=days, step_hours=dt)), days)

    base, variant = version(scenario), version(other or scenario, set_, without, account)
    _require_kin(base, variant)
    if posterior is not None:
        from calibration.committed import under

        base, variant = (under(side, posterior)[0] for side in (base, variant))
    for note in dict.fromkeys(step_note(side) for side in (base, variant)):
        if note:
            console(error=True).print(note, style="warn")
    folder = out or free(RESULTS / f"{base.name}-compared-{runs}-seed{seed}")
    given = {"--days": days, "--dt": dt, "--posterior": posterior}
    again = _again([scenario, *([other] if other else [])], runs, seed, given, changes)
    comparison = _simulate(
        base, variant, folder, quiet=quiet, runs=runs, seed=seed, workers=workers,
        trajectories=trajectories, command=again, names=_names(scenario, other, changes),
    )  # fmt: skip
    if not no_figures:
        _draw(comparison, folder, quiet=quiet)
    if json:
        print_json(comparison.summary)
        return
    from sim.cli.compared import print_comparison

    stdout = console()
    print_comparison(stdout, comparison)
    for label, text in (("Results", folder), ("Figures", None if no_figures else folder / "figures"), ("Again", again)):
        if text is not None:
            stdout.print(f"{label:<12} {text}", soft_wrap=True)


def _require_kin(base: Resolved, variant: Resolved) -> None:
    """Raises a `RefusedError` where two scenarios share neither a place nor a unit."""
    from sim.experiments.compare import shared

    if not (shared(base, variant, "places") or shared(base, variant, "units")):
        raise RefusedError(
            f"{base.name} and {variant.name} have no place and no unit in common, so run N of one is no pair of run N "
            "of the other. Compare two versions of one case; rout sweep with a factor `scenarios` lays two cases side "
            "by side."
        )


def _changes(set_: list[str] | None, without: list[str] | None, account: list[str] | None) -> list[str]:
    """The options that change the variant, as words of a command."""
    given = (("--set", set_), ("--without", without), ("--account", account))
    return [word for option, values in given for value in values or [] for word in (option, value)]


def _names(scenario: str, other: str | None, changes: list[str]) -> tuple[str, str]:
    """What to call the two versions: the second by what is changed."""
    changed = shlex.join(changes).replace("--", "")
    return scenario, " ".join([*([other] if other else []), *([changed] if changed else [])])


def _again(
    scenarios: list[str], runs: int, seed: int, given: Mapping[str, float | str | None], changes: list[str]
) -> str:
    """The command that gives the same comparison again."""
    parts = ["rout", "compare", *scenarios, "--runs", str(runs), "--seed", str(seed)]
    for option, value in given.items():
        parts += [] if value is None else [option, f"{value:g}" if isinstance(value, float) else value]
    return shlex.join([*parts, *changes])


def _simulate(
    base: Resolved, variant: Resolved, folder: Path, *, quiet: bool, runs: int, workers: int | None, **how: Any
) -> Comparison:
    """Run both sides with progress; on Ctrl-C say what is kept and leave with 130."""
    from sim.cli.output import console
    from sim.cli.progress import RunProgress

    say = console(error=True)
    began = time.monotonic()
    try:
        from sim.engine import SHARD_RUNS
        from sim.experiments.compare import compare as simulate

        workers = workers or min(cores(), -(-runs // SHARD_RUNS))
        with RunProgress(2 * runs, quiet=quiet) as progress:
            comparison = simulate(
                base, variant, runs=runs, workers=workers, out=folder, on_progress=progress, **how
            )  # fmt: skip
    except KeyboardInterrupt:
        say.print("Stopped before there was anything to compare.")
        for side in ("base", "variant"):
            say.print(f"{side}: {kept(folder / side, runs)}", soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None
    if not quiet:
        say.print(f"2 × {runs:,} runs in {time.monotonic() - began:.1f} s", style="hint")
    return comparison


def _draw(comparison: Comparison, folder: Path, *, quiet: bool) -> None:
    from sim.cli.output import console

    say = console(error=True)
    if not quiet:
        say.print("drawing figures", style="hint")
    try:
        from sim.figures import draw_comparison

        draw_comparison(comparison, folder / "figures")
    except KeyboardInterrupt:
        say.print(f"Stopped while drawing. All runs and the comparison are kept in {folder}.", soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None
