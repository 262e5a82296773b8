"""The after-action report of a class: a function of its log, to the byte.

What was played is the baseline of the page (`sim.report`); what the class did is what can be switched off.
No clock is read: the class file, its export and a copy of it elsewhere give the same page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.classroom import session
from sim.classroom.case import PLAYED, Case, RefusedError
from sim.classroom.foreseen import foreseen
from sim.classroom.log import Entry, Log, read_export
from sim.classroom.questions import questions
from sim.classroom.session import Class
from sim.classroom.told import Told
from sim.ensemble import outcomes
from sim.experiments.players import Player
from sim.experiments.what_if import COLLAPSE
from sim.kernels.choice import Kernel, Wanted
from sim.kernels.choice import choose as kernel_of
from sim.measures import share_by, shift
from sim.measures.times import finite
from sim.plan import Plan, make_plan
from sim.report import MOST_EVENTS, Added, Asked, Chosen, Progress, choose, html, left_out, make, prompts
from sim.report.events import TOP
from sim.results import provenance

OF_SCENARIO = 3
"""Events of the scenario itself that can be switched too, at least, if it has so many."""
MOST_UNIT_STEPS = 1e9
"""Beyond it no more events can be switched than `TOP`: what all their combinations take."""
FEW_RUNS = 2000
"""Fewer runs save too little for more events."""
SCREENED_RUNS = 200
MOST_FORKS = 10
"""What-ifs that are told: those that were on the projector first, then others that were kept."""
SAVED_AS = "class.jsonl"
"""What an exported log is called (`GET /api/export`)."""
_SQLITE = b"SQLite format 3\x00"

Row = dict[str, Any]
Hours = NDArray[np.float64]


def is_class(path: Path) -> bool:
    """Whether a file looks like a class: SQLite, or an exported log."""
    if not path.is_file():
        return False
    with open(path, "rb") as file:
        head = file.read(len(_SQLITE))
    return head == _SQLITE or head.startswith(b'{"') or path.suffix in (".class", ".jsonl")


def entries_of(path: Path) -> list[Entry]:
    """The entries of a class file or of an exported log.

    Raises:
        LogError: it is neither, is in use, or was altered.
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        if file.read(len(_SQLITE)) != _SQLITE:
            return read_export(path.read_bytes(), str(path))
    log = Log.open(path)
    log.close()
    return log.entries


def page(entries: Sequence[Entry], **how: Any) -> bytes:
    """The report of a class as one HTML file; the arguments are those of `data`."""
    return html(data(entries, **how)).encode()


def data(
    entries: Sequence[Entry],
    *,
    names: bool = False,
    workers: int = 1,
    kernel: Wanted = "auto",
    on_progress: Progress | None = None,
) -> Row:
    """What the page shows: the data of `sim.report.make` for what was played, with the class in it.

    Args:
        entries: of the class's log.
        names: whether students are named in it.
        workers, kernel: how it is simulated; they change nothing.
        on_progress: called with (runs done, runs to do).

    Raises:
        RefusedError: the class has not begun.
        TooLargeError: it does not fit into a page.
    """
    state = session.fold(entries)
    if state.turn == 0:
        raise RefusedError("the class has not begun: there is nothing to report")
    case, horizon = Case.read(state.opened["case"]), state.days * 24
    told, resolved = Told(case, state, entries, names), case.with_played(state.version)
    plan, added, forks = make_plan(resolved), _added(told, case), told.forks(MOST_FORKS)
    forked = [case.with_played(state.fork_version(fork["number"])) for fork in forks]
    versions = [plan, *(left_out(plan, [each]) for each in added), *map(make_plan, forked)]
    before, many = len(versions) * state.runs, _most_events(plan, state.runs)
    using = kernel_of(kernel, (len(versions) + 2**many) * _unit_steps(plan, state.runs), workers)

    def tell(done: int, total: int) -> None:
        if on_progress is not None:
            on_progress(before + done, before + total)

    base, *others = _collapse(versions, state, workers, using, lambda done: tell(done - before, state.runs << TOP))
    shifts = [_shift(base, hours, horizon) for hours in others[: len(added)]]
    forks = [fork | _effect(base, hours, horizon) for fork, hours in zip(forks, others[len(added) :], strict=True)]
    chosen = _chosen(case, told, added, shifts, many, workers)
    asked = Asked(resolved, chosen, state.runs, state.seed, state.run)
    made = make(asked, workers=workers, kernel=using, on_progress=tell)
    saw, report = foreseen(told, base, made["clock"]["days"]), made["report"]
    steps = _with_effects(told.steps(), state, shifts, report["happened"])
    own = questions(steps, saw, forks)
    report |= {
        "happened": _in_time(report["happened"], steps, state),
        "prompts": prompts(resolved, made["events"], report, own),
    }
    return made | {
        "class": {"teams": told.teams(), "revealed": state.revealed, "foreseen": saw, "forks": forks},
        "provenance": _provenance(case, entries, names),
    }


def _collapse(
    versions: Sequence[Plan], state: Class, workers: int, kernel: Kernel, tell: Callable[[int], None]
) -> list[Hours]:
    """(run,) hours of collapse of each version; `tell` is called with the runs done."""
    found = []
    for version in versions:
        rows = outcomes(version, runs=state.runs, seed=state.seed, columns=[COLLAPSE], workers=workers, kernel=kernel)
        found.append(np.asarray(rows[COLLAPSE], dtype=np.float64))
        tell(len(found) * state.runs)
    return found


def _unit_steps(plan: Plan, runs: int) -> float:
    return float(runs * plan.steps * len(plan.units.ids))


def _most_events(plan: Plan, runs: int) -> int:
    """How many events can be switched: `TOP` at least, more where their combinations do not take too long."""
    fit = [n for n in range(TOP, MOST_EVENTS + 1) if _unit_steps(plan, max(runs, FEW_RUNS)) * 2**n <= MOST_UNIT_STEPS]
    return max(fit, default=TOP)


def _added(told: Told, case: Case) -> list[Added]:
    """What the class added, in the order in which it was played; off, a stop leaves the scenario as it was."""
    ids, until = iter(told.state.version.ids), {trigger.id: trigger.until for trigger in case.resolved.triggers}
    found = []
    for played in told.state.played:
        who = told.team(played.by) if played.by in told.state.teams else "Umpire"
        label, about = f"{told.played(played)} ({who})", f"Turn {played.turn}: “{played.reason}”."
        if played.event is None:
            before = until[played.trigger]
            ends = ((played.trigger, inf if before is None else before),)
            found.append(Added(f"{PLAYED}stop_{played.trigger}", (), label, about, played.hour, ends))
        else:
            name = next(ids)
            found.append(Added(name, (name,), label, about, played.hour))
    return found


def _chosen(case: Case, told: Told, added: list[Added], shifts: list[Row], many: int, workers: int) -> Chosen:
    """What can be switched: what the class added, as far as there is room, and events of the scenario.

    Of what the class added, that which moved the collapse least shares one switch where it does not fit.
    """
    room, own, how = many - OF_SCENARIO, added, "what the class added"
    if len(added) > room:
        order = sorted(range(len(added)), key=lambda i: -abs(shifts[i]["mean"]))
        single, rest = (sorted(part) for part in (order[: room - 1], order[room - 1 :]))
        own = [*(added[i] for i in single), _together([added[i] for i in rest])]
        how += ", that which moved the collapse least together"
    others = _of_scenario(case, told, max(many - len(own), OF_SCENARIO), workers)
    if not others.players:
        return Chosen(tuple(own), how)
    return Chosen((*own, *others.players), f"{how}; of the scenario’s own events, {others.how}")


def _of_scenario(case: Case, told: Told, most: int, workers: int) -> Chosen:
    """Events of the scenario that can be switched: those that the class touched, then those that tell most.

    What it stopped is not among them: the stop itself can be switched.
    """
    stopped = {name for name, _ in told.state.version.stopped}
    free = {trigger.id for trigger in case.resolved.triggers if trigger.enabled} - stopped
    touched = [name for name in told.touched() if name in free][:most]
    players = [Player(name, (name,)) for name in touched]
    how = ["those that the class stopped or left out of a what-if"] if touched else []
    left = tuple(trigger for trigger in case.resolved.triggers if trigger.id in free.difference(touched))
    if left and len(touched) < most:
        picked = choose(
            case.resolved.model_copy(update={"triggers": left}), runs=min(told.state.runs, SCREENED_RUNS),
            seed=told.state.seed, top=most - len(touched), workers=workers,
        )  # fmt: skip
        # A type with one trigger goes by that trigger's title, which the class knows.
        single = [Player(each.triggers[0], each.triggers) if len(each.triggers) == 1 else each
                  for each in picked.players]  # fmt: skip
        players += [each for each in single if each.name not in touched]
        how.append(f"of the others {picked.how}" if touched else picked.how)
    return Chosen(tuple(players), "; ".join(how))


def _together(added: list[Added]) -> Added:
    """Several that are switched together."""
    return Added(
        f"{PLAYED}others",
        tuple(name for each in added for name in each.triggers),
        f"All else that was played ({len(added)})",
        "; ".join(each.label for each in added) + ".",
        min(each.hour for each in added),
        tuple(end for each in added for end in each.ends),
    )


def _shift(base: Hours, variant: Hours, horizon: float) -> Row:
    return {name: finite(value) for name, value in vars(shift(base, variant, horizon)).items()}


def _effect(base: Hours, variant: Hours, horizon: float) -> Row:
    """What a fork does to the collapse, in pairs with what was played."""
    collapsed = [share_by(hours, horizon)[0] for hours in (base, variant)]
    return {"shift": _shift(base, variant, horizon), "collapsed": collapsed}


def _with_effects(steps: list[Row], state: Class, shifts: list[Row], happened: list[Row]) -> list[Row]:
    """The steps, with what they changed.

    `effect` is what leaving out one that holds does to the collapse [h, later above 0]; `fired` when its trigger
    happened in the lived run, None if never, absent where there is none.
    """
    effects = {played.number: row for played, row in zip(state.played, shifts, strict=True)}
    fired = {row["trigger"]: row["hour"] for row in happened if "trigger" in row}
    triggers = _triggers(state)
    return [
        {**step, "effect": effects.get(step["number"])}
        | ({"fired": fired.get(triggers[step["number"]])} if step["number"] in triggers else {})
        for step in steps
    ]


def _in_time(happened: list[Row], steps: list[Row], state: Class) -> list[Row]:
    """What happened in the run and what the class did, in order of time; nothing is told twice."""
    told = set(_triggers(state).values())
    rows = [*(row for row in happened if row.get("trigger") not in told), *steps]
    return sorted(rows, key=lambda row: (row["hour"], row.get("number", 0)))


def _triggers(state: Class) -> dict[int, str]:
    """Number of an entry -> the trigger that it became, of all that hold."""
    numbers = [played.number for played in state.played if played.event is not None]
    return dict(zip(numbers, state.version.ids, strict=True))


def _provenance(case: Case, entries: Sequence[Entry], names: bool) -> Row:
    """What makes the page again. Of versions only that of the model: all else gives the same page."""
    facts = provenance(b"", 0.0)
    return {
        "command": f"rout report {SAVED_AS}" + (" --names" if names else ""),
        "source": f"the log of the class, {len(entries)} entries, the last with the hash {entries[-1].hash}",
        "log_sha256": entries[-1].hash,
        "scenario_sha256": case.sha256,
        "versions": {"rout": facts["versions"]["rout"]},
    }
