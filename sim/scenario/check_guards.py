"""Guards: those that say nothing, and those that can never hold, alone or together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from sim.scenario.lines import Path
from sim.scenario.problems import Problem
from sim.scenario.read import Document
from sim.triggers.base import Guard, Trigger

_BOUNDED = ("strength", "nation", "commitment")
_OPPOSITE = {"lost": "held", "held": "lost", "fired": "not_fired", "not_fired": "fired"}
for _what in _BOUNDED:
    _OPPOSITE |= {f"{_what}_above": f"{_what}_below", f"{_what}_below": f"{_what}_above"}


class Condition(NamedTuple):
    """One condition of a guard.

    Attributes:
        path: where it stands.
        field: of the guard.
        names: any of which will do; for a commitment, its patron.
        bound: share below or above which it holds.
    """

    path: Path
    field: str
    names: frozenset[str] = frozenset()
    bound: float = 0.0


Met = dict[tuple[str, frozenset[str]], Condition]
"""The conditions that must hold too, by field and names; of several bounds the tightest."""


def check_guards(document: Document, path: Path, trigger: Trigger) -> Iterator[Problem]:
    """What is wrong with the guards of a trigger that stands at `path`; all of them must hold."""
    met: Met = {}
    for index, guard in enumerate(trigger.guard):
        here = (*path, "guard", index)
        found = list(_conditions(here, guard))
        if not found:
            yield document.problem(here, "holds no condition")
        for condition in found:
            if wrong := _alone(condition, trigger.id) or _together(document, met, condition):
                yield document.problem(condition.path, wrong)


def check_waiting(document: Document, triggers: Iterable[tuple[Path, Trigger]]) -> Iterator[Problem]:
    """Triggers that wait for each other in a ring, so that none can be the first to happen; each ring once."""
    awaits: dict[str, dict[str, Path]] = {}
    for path, trigger in triggers:
        guards = (((*path, "guard", index), guard) for index, guard in enumerate(trigger.guard))
        sole = [
            c for here, guard in guards for c in _conditions(here, guard) if c.field == "fired" and len(c.names) == 1
        ]
        awaits[trigger.id] = {name: c.path for c in sole for name in c.names if name != trigger.id}
    while True:
        try:
            TopologicalSorter(awaits).prepare()
            return
        except CycleError as error:
            _, *ring = error.args[1]
        first = ring.index(min(ring))
        ring = [*ring[first:], *ring[:first]]  # each is awaited by the next
        message = f"waits in a ring, so none of these ever happens: {', '.join(ring)}"
        yield document.problem(awaits[ring[0]][ring[-1]], message)
        awaits = {name: others for name, others in awaits.items() if name not in ring}


def _conditions(here: Path, guard: Guard) -> Iterator[Condition]:
    for field, value in guard:
        path = (*here, field)
        if isinstance(value, dict):
            yield from (Condition((*path, name), field, frozenset([name]), bound) for name, bound in value.items())
        elif isinstance(value, float):
            yield Condition(path, field, bound=value)
        elif value:
            yield Condition(path, field, names=frozenset([value] if isinstance(value, str) else value))


def _alone(condition: Condition, trigger: str) -> str:
    """Why a condition can never hold, or ""."""
    if condition.field in ("fired", "not_fired") and trigger in condition.names:
        return "a trigger cannot wait for itself"
    if condition.field.endswith("_below") and condition.bound == 0:
        return "nothing is below 0, so the guard never holds"
    if condition.field in ("nation_above", "commitment_above") and condition.bound == 1:
        return "nothing is above 1, so the guard never holds"
    return ""


def _together(document: Document, met: Met, condition: Condition) -> str:
    """Why a condition can never hold together with one met before, or ""; it is met from then on."""
    field, names = condition.field, condition.names
    other = met.get((_OPPOSITE.get(field, ""), names))
    same = met.setdefault((field, names), condition)
    if field.startswith(_BOUNDED):
        above, below = (condition, other) if field.endswith("_above") else (other, condition)
        never = above is not None and below is not None and above.bound >= below.bound
        if (condition.bound > same.bound) == field.endswith("_above"):
            met[field, names] = condition
    else:
        never = len(names) == 1  # of several, one may be lost and another held
    if other is None or not never:
        return ""
    there = "" if other.path[:4] == condition.path[:4] else f" (line {document.place_of(other.path)[1]})"
    return f"excludes {other.field}{there}: all conditions must hold, so the trigger never happens"
