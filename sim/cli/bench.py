"""`rout bench`."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options
from sim.cli.guard import INTERRUPTED, RefusedError
from sim.cli.places import require_free

if TYPE_CHECKING:
    from sim.bench import Extent
    from sim.scenario.resolved import Resolved

DEFAULT = "syria_2024"
RUNS, LARGE_RUNS, LARGE_UNITS, CLASS_RUNS = 1000, 1000, 5000, 2000


def bench(
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="Folder, .toml file or name; the Syrian case if absent.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="The scenario and two invented forces (the default).")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Growth with units, runs, steps and links too, and the time to compile.")
    ] = False,
    large: Annotated[
        bool, typer.Option("--large", help="Instead: one large invented force over 30 days, and its peak memory.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Instead: how long a class of `rout serve` waits for its numbers.")
    ] = False,
    kernel: Annotated[
        list[str] | None,
        typer.Option(
            "--kernel",
            metavar="NAME",
            help="Measure only this: mesa, numpy, compiled, compiled_2_threads or roofline. May be repeated.",
        ),
    ] = None,
    phases: Annotated[bool, typer.Option("--phases", help="Tell where the NumPy kernel's time goes.")] = False,
    runs: Annotated[
        int | None,
        typer.Option("--runs", min=1, max=2**32 - 1, metavar="N", help="Runs of each timing (1000; with --live 2000)."),
    ] = None,
    units: Annotated[
        int | None, typer.Option("--units", min=1, metavar="N", help="Units of the large force (5000).")
    ] = None,
    out: options.OutOption = None,
    json: options.JsonOption = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the tables of docs/performance.md and nothing else.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress, only the result.")] = False,
) -> None:
    """Measure how fast this machine simulates and how much memory it needs."""
    from sim.cli.study import command

    extents = {"--quick": quick, "--full": full, "--large": large, "--live": live}
    _check(extents, {"--json": json, "--markdown": markdown}, out)
    if large:
        beside = {f"scenario {scenario}": scenario is not None, "--phases": phases, "--markdown": markdown}
        _alone("--large measures an invented force", beside)
    elif units is not None:
        raise RefusedError("--units belongs to --large.")
    if live:
        _alone("--live measures a class", {"--kernel": bool(kernel), "--phases": phases, "--out": out is not None})
        _live(scenario or DEFAULT, runs or CLASS_RUNS, _silent if quiet else _say, json=json, markdown=markdown)
        return
    case, entries = scenario or DEFAULT, _entries(kernel, large=large)
    given = {"--full": full, "--kernel": kernel, "--runs": runs, "--units": units, "--phases": phases}
    again = command("bench", "--large" if large else case, given)
    started = time.time()
    say = _silent if quiet else _say
    if large:
        resolved, told = _large(entries, units or LARGE_UNITS, runs or LARGE_RUNS, say)
    else:
        resolved, told = _measured(case, entries, _extent(full, runs), say)
    if out is not None:
        _keep(out, resolved, told, started, again, quiet=quiet)
    _tell(told, out, again, phases=phases, json=json, markdown=markdown)


def _check(extents: dict[str, bool], forms: dict[str, bool], out: Path | None) -> None:
    for group in (extents, forms):
        if len(given := [name for name, wanted in group.items() if wanted]) > 1:
            raise RefusedError(f"{given[0]} and {given[1]} exclude each other. Leave one out.")
    if out is not None:
        require_free(out)


def _alone(what: str, given: dict[str, bool]) -> None:
    for name, wanted in given.items():
        if wanted:
            raise RefusedError(f"{what}: {name} does not go with it. Leave one out.")


def _live(scenario: str, runs: int, say: Any, *, json: bool, markdown: bool) -> None:
    from sim.classroom.speed import waits
    from sim.cli.benched import markdown_of_class, print_class
    from sim.cli.output import console
    from sim.cli.text import print_json
    from sim.scenario import load

    told = _or_refuse(lambda: waits(load(scenario), runs, say=say))
    if json:
        print_json(told)
    elif markdown:
        typer.echo(markdown_of_class(told), nl=False)
    else:
        print_class(console(), told)


def _entries(kernel: list[str] | None, *, large: bool) -> list[str]:
    """The names that were given, checked; all if none."""
    from sim.bench import ENTRIES
    from sim.scenario.problems import nearest

    known = [name for name in ENTRIES if not large or name in ("numpy", "compiled")]
    for name in kernel or []:
        if name not in known:
            hint = nearest(name, known)
            more = f" Did you mean {hint}?" if hint else ""
            raise RefusedError(f"--kernel {name}: one of {', '.join(known)}{' with --large' if large else ''}.{more}")
    if large and len(kernel or []) > 1:
        raise RefusedError("--large takes one --kernel.")
    return [name for name in known if name in (kernel or known)] if not large else kernel or ["compiled"]


def _extent(full: bool, runs: int | None) -> Extent:
    from dataclasses import replace

    from sim.bench import FULL, QUICK

    return replace(FULL if full else QUICK, runs=runs or RUNS)


def _measured(scenario: str, entries: list[str], extent: Extent, say: Any) -> tuple[Resolved, dict[str, Any]]:
    from sim.scenario import load, resolve

    resolved = resolve(load(scenario))
    return resolved, _or_refuse(partial(_bench, resolved, extent, entries, say))


def _bench(resolved: Resolved, extent: Extent, entries: list[str], say: Any) -> dict[str, Any]:
    from sim.bench import bench as measure

    return measure(resolved, extent, entries=entries, say=say)


def _large(entries: list[str], units: int, runs: int, say: Any) -> tuple[Resolved, dict[str, Any]]:
    from sim.bench import large, synthetic

    return synthetic(units), _or_refuse(partial(large, units, runs, entries[0], say=say))


def _or_refuse(work: Any) -> dict[str, Any]:
    """What the work gives; a `RefusedError` where a measurement failed, 130 where it was stopped."""
    from sim.bench import BenchError
    from sim.cli.output import console

    try:
        told: dict[str, Any] = work()
    except BenchError as error:
        raise RefusedError(f"{error}.") from None
    except KeyboardInterrupt:
        console(error=True).print("Stopped. Nothing is kept.")
        raise typer.Exit(INTERRUPTED) from None
    return told


def _say(text: str) -> None:
    from sim.cli.output import console

    console(error=True).print(text, style="hint")


def _silent(text: str) -> None:
    """Nobody wants to know."""


def _keep(out: Path, resolved: Resolved, told: dict[str, Any], started: float, again: str, *, quiet: bool) -> None:
    from sim.cli.study import draw
    from sim.experiments.folder import write_folder

    write_folder(out, resolved, "bench", told, {}, started=started, command=again)
    if "growth" in told:
        from sim.figures.bench import FIGURES

        draw(FIGURES, told, out, quiet=quiet)


def _tell(told: dict[str, Any], out: Path | None, again: str, *, phases: bool, json: bool, markdown: bool) -> None:
    from sim.cli.benched import markdown_of, print_bench, print_large
    from sim.cli.output import console
    from sim.cli.study import leave
    from sim.cli.text import print_json

    if json:
        print_json(told)
    elif markdown:
        typer.echo(markdown_of(told), nl=False)
    elif "large" in told:
        print_large(console(), told)
    else:
        print_bench(console(), told, phases=phases)
    if out is not None and not (json or markdown):
        leave(out, again, figures="growth" in told)
