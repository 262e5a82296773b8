"""One run of the ensemble, told as it was lived: what happened, how lucky it was, why units broke."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents import ForceModel
from sim.agents.unit import UnitAgent
from sim.block import compiled_kernel, look_every
from sim.kernels.choice import Kernel
from sim.kernels.numpy import NumpyKernel
from sim.kernels.opening import opening
from sim.measures.times import finite, within
from sim.operations import Touches
from sim.plan import Plan
from sim.recording import STRENGTH_BINS, Notes, Recorder, no_counts, rows, tick_every, ticks
from sim.report.events import moment
from sim.scenario.resolved import Resolved
from sim.state import Status
from sim.step import step

WITHIN_HOURS = 24.0
"""A unit that broke so long before another, at most, may have been what that one saw break [judgement]."""
REASONS = 5
"""Contributions to the quit index that are told of each break."""

LEFT = (Status.DISPERSED, Status.SURRENDERED, Status.DEFECTED, Status.MUTINIED)
"""Statuses of a unit that has left: news, told by the hour."""

Row = dict[str, Any]


def history(plan: Plan, seed: int, run: int, kernel: Kernel, *, hours: bool = True) -> Row:
    """One run as changes, to be packed or sent as JSON; a tick is a time of the record (sim/recording.py).

    `moves`: every unit at tick 0, then each change of status or place: columns tick, unit, status,
    place. `turns`: every place at tick 0, then each change of hands: tick, place, controller.
    `roads`: every link at tick 0, then each one that is cut or open again: tick, road, closed (0 or 1).
    `strength`: share of the start at each tick. `fired`: hour of each trigger, None if never.

    With `hours`, moves and turns also have the column hour: that of the step in which a unit left or a place changed
    hands, so that news stand in the order in which things happened; of all else the hour of the tick.
    """
    seen, strength, row = (_compiled if kernel == "compiled" else _stepwise)(plan, seed, run, hours)
    status, place_of, control = (np.stack(tables) for tables in (seen.status, seen.place, seen.control))
    moves = _changes(["unit", "status", "place"], status, place_of)
    turns = _changes(["place", "controller"], control)
    if hours:
        moves["hour"] = seen.left[moves["tick"], moves["unit"]]
        turns["hour"] = seen.turned[turns["tick"], turns["place"]]
    return {
        "moves": moves,
        "turns": turns,
        "roads": _changes(["road", "closed"], _closed(plan, row)),
        "strength": strength,
        "fired": [finite(row[f"fired_{trigger}"][0]) for trigger in plan.triggers.ids],
        "collapse": finite(row["collapse_hour"][0]),
    }


class _Seen:
    """What is seen of a run: status and place of each unit and who controls each place, as rows of one number each.

    Attributes:
        left, turned: (tick, unit) and (tick, place) hour at which it last left or changed hands since the tick
            before; the hour of the tick itself if it did not.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan, self._every = plan, tick_every(plan)
        self.status, self.place, self.control = list[NDArray[Any]](), list[NDArray[Any]](), list[NDArray[Any]]()
        self.left, self.turned = (
            np.repeat(ticks(plan)[:, None], len(ids), axis=1) for ids in (plan.units.ids, plan.places.ids)
        )

    def at_tick(self, status: NDArray[Any], place: NDArray[Any], control: NDArray[Any]) -> None:
        """Where all stand at the next tick."""
        self.status.append(status.copy())
        self.place.append(place.copy())
        self.control.append(control.copy())
        self._now = np.isin(status, LEFT), self.control[-1]

    def is_news(self, status: NDArray[Any], control: NDArray[Any]) -> bool:
        """Whether somebody has left, or a place changed hands, since it was last looked at."""
        gone, held = self._now
        return bool((np.isin(status, LEFT) != gone).any() or (control != held).any())

    def after_step(self, number: int, status: NDArray[Any], control: NDArray[Any]) -> None:
        """Take note of the hour of what has changed."""
        tick, now = number // self._every + 1, (np.isin(status, LEFT), control.copy())
        if tick < len(self.left):
            for hours, new, old in zip((self.left, self.turned), now, self._now, strict=True):
                hours[tick, new != old] = (number + 1) * self._plan.step_hours
        self._now = now


_Told = tuple[_Seen, NDArray[np.float64], dict[str, NDArray[Any]]]
"""What is seen of a run, its (tick,) strength, its row of outcomes."""


def _stepwise(plan: Plan, seed: int, run: int, hours: bool) -> _Told:
    """By the reference kernel, looked at after each step."""
    number = np.array([run], np.uint64)
    kernel = NumpyKernel(plan, plan.values(seed=seed, runs=number), seed, number)
    recorder, seen, state = Recorder(kernel), _Seen(plan), kernel.state

    def look() -> None:
        seen.at_tick(state.status[:, 0], state.place[:, 0], state.control[:, 0])

    look()
    for n in range(plan.steps):
        step(kernel, n)
        recorder.watch(n)
        state = kernel.state
        if hours:
            seen.after_step(n, state.status[:, 0], state.control[:, 0])
        if (n + 1) % tick_every(plan) == 0:
            look()
        if (n + 1) % look_every(plan) == 0:
            recorder.settle(kernel.finished(), n)
    return seen, _strength(recorder.counts.strength), recorder.close()


def _compiled(plan: Plan, seed: int, run: int, hours: bool) -> _Told:
    """The same by compiled code, looked at after each tick; once more after each step, where there is news."""
    from sim.kernels.compiled.kernel import pack, unpack

    every, number = tick_every(plan), np.array([run], np.uint64)
    p = plan.values(seed=seed, runs=number)
    kernel = compiled_kernel(plan)
    packed, notes, counts = pack(opening(plan, p, seed, number)), Notes.empty(plan, 1), no_counts(plan)
    seen, unused = _Seen(plan), no_counts(plan)
    for first in range(0, plan.steps + 1, every):
        seen.at_tick(packed.status[0], packed.place[0], packed.control[0])
        if notes.over.all():
            continue
        last = min(first + every, plan.steps)
        again = packed._replace(**{name: array.copy() for name, array in packed._asdict().items()})
        kernel.advance(p, seed, number, packed, notes, counts, np.full(1, first), last)
        if hours and seen.is_news(packed.status[0], packed.control[0]):
            for n in range(first, last):
                kernel.advance(p, seed, number, again, Notes.empty(plan, 1), unused, np.full(1, n), n + 1)
                seen.after_step(n, again.status[0], again.control[0])
    return seen, _strength(counts.strength), rows(plan, unpack(packed), notes)


def _closed(plan: Plan, row: dict[str, NDArray[Any]]) -> NDArray[np.int8]:
    """(tick, link) 1 where a link is closed: by the scenario, or by what happened in the run of this row."""
    hours = ticks(plan)
    until = np.where(plan.graph.link_open, -np.inf, np.inf) * np.ones((len(hours), 1))
    done = [(float(row[f"fired_{trigger}"][0]), number) for number, trigger in enumerate(plan.triggers.ids)]
    for fired, number in sorted(each for each in done if np.isfinite(each[0])):
        names, later = plan.triggers.account_names[number], hours >= fired
        account = names.index(row[f"account_{plan.triggers.ids[number]}"][0]) if len(names) > 1 else 0
        for effect in plan.triggers.effects[number][account]:
            if effect.touches is Touches.LINK:
                cut = np.inf if effect.duration is None else fired + effect.duration
                now = until[np.ix_(later, effect.links)]
                until[np.ix_(later, effect.links)] = -np.inf if effect.amount > 0.5 else np.maximum(now, cut)
    return (until > hours[:, None]).astype(np.int8)


def _strength(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Strength of a single run from its histogram."""
    return np.asarray(counts.argmax(axis=1) / STRENGTH_BINS)


def _changes(names: list[str], *tables: NDArray[Any]) -> Row:
    """Changes of (tick, thing) tables: the tick, the thing, and each table's new value."""
    changed = np.ones(tables[0].shape, bool)
    changed[1:] = np.any([table[1:] != table[:-1] for table in tables], axis=0)
    tick, thing = np.nonzero(changed)
    return dict(zip(["tick", *names], [tick, thing, *(table[tick, thing] for table in tables)], strict=True))


def happened(resolved: Resolved, lived: dict[str, Any], breaks: list[Row]) -> list[Row]:
    """What happened in a run, in order of time: its triggers, falls of places, first break, collapse.

    Args:
        lived: the run's row of outcomes.
        breaks: of the same run (`why_units_broke`).
    """
    found: list[Row] = []

    def add(hour: float, kind: str, text: str, **more: Any) -> None:
        found.append({"hour": float(hour), "when": moment(resolved, hour), "kind": kind, "text": text, **more})

    for trigger in resolved.triggers:
        hour = lived[f"fired_{trigger.id}"]
        if np.isfinite(hour):
            account = lived.get(f"account_{trigger.id}")
            told = "" if account is None else f" (in this run: {str(account).replace('_', ' ')})"
            add(hour, "event", f"{trigger.title}{told}", trigger=trigger.id)
    for place in resolved.places:
        if np.isfinite(hour := lived[f"fall_{place.id}"]):
            add(hour, "place", f"{place.name} is lost", place=place.id)
    if breaks:
        first = breaks[0]
        add(first["hour"], "break", f"First unit to break: {first['name']}, at {first['place']}")
    if np.isfinite(hour := lived["collapse_hour"]):
        below = f"its effective strength is below {resolved.collapse_share:.0%} of its start"
        why = "the capital is lost" if hour == lived["capital_hour"] else below
        add(hour, "collapse", f"The force has collapsed: {why}")
    order = {"event": 0, "break": 1, "place": 2, "collapse": 3}
    return sorted(found, key=lambda row: (row["hour"], order[row["kind"]], row["text"]))


def luck(ensemble: dict[str, NDArray[Any]], run: int, horizon: float) -> list[Row]:
    """Where the run stands among all of them: its value, the middle one, and the shares below and alike.

    Times that were not reached stand after all others.
    """
    asked = (
        ("collapse", "Collapse", "day", ensemble["collapse_hour"]),
        ("capital", "Loss of the capital", "day", ensemble["capital_hour"]),
        ("breaks", "Units that broke", "count", ensemble["breaks"]),
        ("cascade", "Largest cascade of breaks", "count", ensemble["largest_cascade"]),
        ("killed", "Men killed or wounded", "count", ensemble["killed"]),
    )
    found = []
    for name, label, unit, column in asked:
        values = np.asarray(column, dtype=np.float64)
        if unit == "day":
            values = np.where(within(values, horizon), values, np.inf)
        own, middle = values[run], np.sort(values)[(values.size - 1) // 2]
        found.append({
            "name": name, "label": label, "unit": unit, "own": finite(own), "middle": finite(middle),
            "below": float((values < own).mean()), "alike": float((values == own).mean()),
        })  # fmt: skip
    return found


def why_units_broke(resolved: Resolved, seed: int, run: int) -> list[Row]:
    """Each break of the run in order of time, stepped by the agents, who can be asked why.

    `reasons` are the largest pushes in the quit index; `after` is the unit that last broke within
    `WITHIN_HOURS` where this one could see it: at its place, in its formation, of its patron.
    """
    model = ForceModel(resolved, seed=seed, run=run)
    while model.running:
        model.step()
    broken = [unit for unit in model.units.values() if unit.own and unit.broke]
    return sorted((_break(resolved, model, unit) for unit in broken), key=lambda row: (row["hour"], row["unit"]))


def _break(resolved: Resolved, model: ForceModel, unit: UnitAgent) -> Row:
    assert unit.broke is not None
    pushes = [each for each in unit.broke.why.contributions if each.value > 0][:REASONS]
    seen = [
        each for each in model.chain(unit)
        if each.before <= WITHIN_HOURS and set(each.layers) - {"nation"}
    ]  # fmt: skip
    return {
        "unit": unit.id,
        "name": unit.name,
        "hour": float(unit.broke.hour),
        "when": moment(resolved, unit.broke.hour),
        "place": unit.broke.place.row.name,
        "status": unit.broke.status.label,
        "reasons": [{"term": each.term, "value": each.value, "words": each.words} for each in pushes],
        "after": seen[0].unit if seen else None,
        "through": [layer for layer in seen[0].layers if layer != "nation"] if seen else [],
        "before": seen[0].before if seen else None,
    }
