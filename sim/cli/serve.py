"""`rout serve`."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import options
from sim.cli.guard import INTERRUPTED, RefusedError
from sim.cli.places import RESULTS, free, require_free
from sim.cli.run import cores, horizon

if TYPE_CHECKING:
    from sim.classroom.room import Room
    from sim.scenario.resolved import Resolved

RUNS, TURNS = 2000, 10


def serve(
    scenario: options.ScenarioArgument,
    lan: Annotated[
        bool, typer.Option("--lan", help="Let others in this network join; without it, only this machine.")
    ] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, metavar="N", help="0 takes a free one.")] = 8765,
    class_: Annotated[
        Path | None,
        typer.Option("--class", metavar="FILE", help="The class file: a new one, or one to go on with."),
    ] = None,
    exported: Annotated[
        Path | None, typer.Option("--import", metavar="FILE", help="Begin the new class file with an exported class.")
    ] = None,
    run: Annotated[
        int | None, typer.Option("--run", min=0, metavar="N", help="The run that the class lives (0).")
    ] = None,
    turn: Annotated[
        float | None, typer.Option("--turn", min=1, metavar="HOURS", help="How long a turn is; a tenth if absent.")
    ] = None,
    runs: Annotated[
        int | None, typer.Option("--runs", min=20, max=20_000, metavar="N", help=f"Runs of every answer ({RUNS}).")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, max=2**53, metavar="N", help="Of all draws (1).")] = None,
    days: options.DaysOption = None,
    set_: options.SetOption = None,
    without: options.WithoutOption = None,
    account: options.AccountOption = None,
    workers: options.WorkersOption = None,
    kernel: options.KernelOption = "auto",
) -> None:
    """Hold a class: teams join by browser, play one run of a scenario, and see how lucky it was."""
    try:
        from sim.classroom import server
    except ModuleNotFoundError as error:
        raise RefusedError(
            f"the classroom needs {error.name}, which is not installed. Install it with: pip install 'rout[classroom]'"
        ) from None
    loaded = options.changed(scenario, set_, without, account)
    given = {"--run": run, "--turn": turn, "--runs": runs, "--seed": seed, "--days": days}
    file = class_ or free(RESULTS / loaded.file.name, ".class")
    if exported is not None:
        require_free(file, "--class")
    try:
        listening = server.listen("0.0.0.0" if lan else "127.0.0.1", port)
    except OSError as error:
        raise RefusedError(f"port {port} is not to be had ({error.strerror}). Give --port another number.") from None
    with listening:
        room = _room(loaded, file, exported, given, {"workers": workers or cores(), "kernel": options.kernel(kernel)})
        try:
            _prepare(room)
            address = _address() if lan else "127.0.0.1"
            _tell(room, f"http://{address}:{listening.getsockname()[1]}", lan, scenario, file)
            names = (address, socket.gethostname(), f"{socket.gethostname()}.local") if lan else ()
            server.hold(room, listening, (*server.LOOPBACK, *names))
        except KeyboardInterrupt:
            typer.echo(f"\nStopped. All that was done is kept in {file}.", err=True)
            raise typer.Exit(INTERRUPTED) from None
        finally:
            room.close()


def _room(loaded: Any, file: Path, exported: Path | None, given: dict[str, Any], how: dict[str, Any]) -> Room:
    """The class: one to go on with, an exported one, or a new one.

    Raises:
        RefusedError: the file cannot be used, or has another scenario, or is told what it knows.
    """
    from sim.classroom.case import Case
    from sim.classroom.case import RefusedError as NotNow
    from sim.classroom.log import LogError, bring_in, read_export
    from sim.classroom.room import Room
    from sim.classroom.session import fold

    old = exported is not None or file.exists()
    if old and (told := [option for option, value in given.items() if value is not None]):
        raise RefusedError(f"{exported or file} has its own {told[0]}. Leave it out, or begin a new class.")
    try:
        if not old:
            case = Case.of(loaded, None if given["--days"] is None else _horizon(loaded, given["--days"]).days)
            begun = _opening(case, given)
            file.parent.mkdir(parents=True, exist_ok=True)
            return Room.open(file, begun, **how)
        if exported is not None:
            entries = read_export(exported.read_bytes(), str(exported))
            _same(fold(entries).opened["case"]["values"]["name"], loaded, exported)
            bring_in(exported, file).close()
        room = Room.open(file, None, **how)
    except (LogError, NotNow) as error:
        raise RefusedError(f"{error}.") from None
    try:
        _same(room.case.resolved.name, loaded, file)
    except RefusedError:
        room.close()
        raise
    if room.case.sha256 != Case.of(loaded).sha256:
        typer.echo("The class goes on with its scenario as it was when it began.", err=True)
    return room


def _same(name: str, loaded: Any, file: Path) -> None:
    if name != loaded.file.name:
        raise RefusedError(f"{file} is a class with {name}, not with {loaded.file.name}.")


def _horizon(loaded: Any, days: float) -> Resolved:
    from sim.scenario import resolve

    return horizon(resolve(loaded), days)


def _opening(case: Any, given: dict[str, Any]) -> dict[str, Any]:
    """How a new class is played, where nothing else is said: ten turns, a team for each side that there is."""
    from sim.classroom.session import opening

    resolved, runs, run = case.resolved, given["--runs"] or RUNS, given["--run"] or 0
    if run >= runs:
        raise RefusedError(f"there is no run {run}: they are numbered from 0 to {runs - 1}.")
    turn = given["--turn"] or max(1.0, round(resolved.days * 24 / TURNS))
    if turn > resolved.days * 24:
        raise RefusedError(f"--turn {turn:g}: the scenario takes only {resolved.days * 24:g} h.")
    sides = [("host", "Command", True), ("patron", "Patrons", bool(resolved.patrons)),
             ("attacker", "Attackers", bool(resolved.axes)), ("analysts", "Analysts", True)]  # fmt: skip
    teams = [{"id": role, "name": name, "role": role, "budget": 10} for role, name, there in sides if there]
    return opening(case, seed=1 if given["--seed"] is None else given["--seed"], runs=runs, run=run,
                   turn_hours=float(turn), teams=teams)  # fmt: skip


def _prepare(room: Room) -> None:
    """Simulate what every answer builds on."""
    from sim.cli.output import console
    from sim.kernels.compiled import cache

    say = console(error=True)
    if room.live.kernel == "compiled" and not cache.is_ready():
        say.print("compiling, a minute or two, once", style="hint")
    say.print(f"simulating {room.state.runs:,} runs to be ready", style="hint")
    room.live.prepare()
    room.live.settle()
    room.live.follow(room.state.version, room.state.hour)


def _tell(room: Room, address: str, lan: bool, scenario: str, file: Path) -> None:
    rows = [
        ("Class", str(file)),
        ("Umpire", f"{address}/#{room.keys.umpire}"),
        ("Projector", f"{address}/#{room.keys.projector}"),
        ("Join", f"{address}/ with the code {room.keys.code}"),
        ("", "from any browser in this network" if lan else "from this machine only; --lan lets others in"),
        ("Stop", f"Ctrl-C; rout serve {scenario} --class {file} goes on"),
    ]
    for label, text in rows:
        typer.echo(f"{label:<12} {text}")
    sys.stdout.flush()


def _address() -> str:
    """This machine's address in its network. To connect a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation: nobody's
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
