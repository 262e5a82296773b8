"""Triggers: each by its type's model, in each of its accounts, among the others, and compiled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from sim.scenario.accounts import FIXED, told
from sim.scenario.check import aware, check_leaves, hours_between
from sim.scenario.check_guards import check_guards, check_waiting
from sim.scenario.directory import ScenarioDirectory
from sim.scenario.lines import Path
from sim.scenario.messages import NO_SUCH_FIELD, after_the_end, given, problems_of
from sim.scenario.names import repeated, unknown_names
from sim.scenario.problems import Problem, first, nearest
from sim.scenario.read import Document
from sim.scenario.schema import Place
from sim.scenario.sound import Sound, leaves, remains_of
from sim.triggers import REGISTRY
from sim.triggers.base import Target, Trigger, TriggerError

Told = tuple[Path, Trigger]
"""A trigger, or an account's version of it, and where its own fields stand."""

MOST_TRIGGERS = 2_000
"""And accounts of them."""
MOST_TOUCHED = 500_000
"""Triggers and accounts of them, times units: each may touch every unit."""


def check_triggers(sound: Sound) -> tuple[list[Told], list[Problem]]:
    """Sound triggers and the sound versions that their accounts tell, and everything wrong with the others.

    The triggers themselves have a path of two parts, versions a longer one.
    """
    told_by: list[Told] = []
    problems: list[Problem] = []
    rows = sound.document.rows("trigger")
    if many := _too_many(sound, sum(_versions(row) for _, row in rows)):
        return [], [sound.document.problem(("trigger",), many)]
    for index, row in rows:
        path: Path = ("trigger", index)
        found = [*_typed(sound.document, path, row)]
        if any(isinstance(item, Problem) for item in found):
            problems += _remains(sound, path, row)
        faulty = {item.field for item in found if isinstance(item, Problem)}
        for item in [*found, *_accounts(sound.document, path, row, faulty)]:
            if isinstance(item, Problem):
                problems.append(item)
            else:
                told_by.append(item)
    problems += first(_cross_checks(sound, told_by), sound.document.path)
    return told_by, problems


def _remains(sound: Sound, path: Path, row: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with the fields of a faulty trigger that fit its type, as far as they are judged alone."""
    kind = row.get("type")
    if isinstance(kind, str) and kind in REGISTRY:
        fields = list(leaves(remains_of(REGISTRY[kind], row), path))
        yield from unknown_names(fields, sound.document)
        yield from check_leaves(fields, sound)


def _cross_checks(sound: Sound, told_by: list[Told]) -> Iterator[Problem]:
    """What is wrong with sound triggers in their scenario, and with what their accounts change."""
    for path, trigger in told_by:
        yield from _trigger(sound, path, trigger) if len(path) == 2 else _changes(sound, path, trigger)
    yield from check_waiting(sound.document, [(path, trigger) for path, trigger in told_by if len(path) == 2])


def _too_many(sound: Sound, versions: int) -> str:
    """Why so many triggers and accounts of them are not read, or ""."""
    units = max(len(sound.document.rows("unit")), 1)
    most = min(MOST_TRIGGERS, MOST_TOUCHED // units)
    if versions <= most:
        return ""
    return f"there are {versions:,} triggers and accounts of them; with {units:,} units at most {most:,} are read"


def _versions(row: dict[str, Any]) -> int:
    """A trigger and its accounts, in number."""
    accounts = row.get("account")
    return 1 + (len(accounts) if isinstance(accounts, list) else 0)


def compile_problems(document: Document, told_by: list[Told], directory: ScenarioDirectory) -> Iterator[Problem]:
    """What types refuse when they compile, once for a trigger and all its accounts."""
    said: set[tuple[Path, str]] = set()
    for path, trigger in told_by:
        try:
            trigger.operations(directory)
        except TriggerError as error:
            if (path[:2], str(error)) not in said:
                yield document.problem((*path, error.field), str(error))
            said.add((path[:2], str(error)))
        except KeyError as error:
            yield document.problem(path, f"no such name: {error.args[0]!r}")


def _typed(document: Document, path: Path, fields: dict[str, Any]) -> Iterator[Told | Problem]:
    """The trigger that `fields`, standing at `path`, make, or why they make none."""
    kind = fields.get("type")
    if kind is None:
        yield document.problem((*path, "type"), "is missing; the types are: " + ", ".join(REGISTRY))
        return
    if not isinstance(kind, str) or kind not in REGISTRY:
        near = nearest(kind, tuple(REGISTRY)) if isinstance(kind, str) else ""
        yield document.problem((*path, "type"), f"there is no trigger type {given(kind)}", near)
        return
    model = REGISTRY[kind]
    try:
        yield path, model.model_validate(fields)
    except ValidationError as error:
        for problem in problems_of(error, document, model, fields, path):
            yield _of_type(problem, document.dotted(path), kind)


def _of_type(problem: Problem, trigger: str, kind: str) -> Problem:
    """An unknown field of a trigger, told with the type that lacks it and the types that have it."""
    field = problem.field.removeprefix(f"{trigger}.")
    if problem.message != NO_SUCH_FIELD or "." in field:
        return problem
    others = [name for name, model in REGISTRY.items() if field in model.model_fields]
    message = f"a trigger of type {kind!r} has no such field"
    if others:
        message += f"; these types have it: {', '.join(others[:4])}" + (" …" if others[4:] else "")
    return replace(problem, message=message)


def _accounts(document: Document, path: Path, row: dict[str, Any], faulty: set[str]) -> Iterator[Told | Problem]:
    """The version that each account of a trigger tells, or what is wrong with it.

    `faulty` holds the fields of the trigger itself that are known to be wrong.
    """
    written = row.get("account")
    accounts = [a if isinstance(a, dict) else {} for a in written] if isinstance(written, list) else []
    weights: list[Any] = [a.get("weight") for a in accounts]
    sound = all(isinstance(w, int | float) and 0 <= w <= 1 for w in weights)
    if accounts and sound and abs(sum(weights) - 1) > 1e-6:
        yield document.problem((*path, "account"), f"the weights sum to {sum(weights):.9g}, not to 1")
    for name in repeated(a["name"] for a in accounts if isinstance(a.get("name"), str)):
        yield document.problem((*path, "account"), f"two accounts are named {name!r}")
    for index, account in enumerate(accounts):
        changes = account.get("changes", {})
        if isinstance(changes, dict):  # otherwise the trigger's model has said so
            yield from _version(document, (*path, "account", index, "changes"), row, changes, faulty)


def _version(
    document: Document, path: Path, row: dict[str, Any], changes: dict[str, Any], faulty: set[str]
) -> Iterator[Told | Problem]:
    happens = changes.get("happens", True)
    if not isinstance(happens, bool):
        yield document.problem((*path, "happens"), f"must be true or false, not {given(happens)}")
    for name in sorted(FIXED & changes.keys()):
        yield document.problem((*path, name), "is the same for all accounts; write two triggers instead")
    if happens is not True:
        return
    trigger, here = document.dotted(path[:2]), document.dotted(path)
    for item in _typed(document, path, told(row, {k: v for k, v in changes.items() if k not in FIXED})):
        if isinstance(item, Problem):
            rest = item.field.removeprefix(here)
            if f"{trigger}{rest}" in faulty and rest.strip(".").split(".")[0] not in changes:
                continue
        yield item


def _changes(sound: Sound, path: Path, version: Trigger) -> Iterator[Problem]:
    """The names in what an account changes."""
    changed = sound.document.value(path) or {}
    fields = [leaf for leaf in leaves(version, path) if leaf.path[len(path)] in changed]
    yield from unknown_names(fields, sound.document)
    yield from check_leaves(fields, sound)
    if "target" in changed:
        yield from _overlap(sound, path, version.target)


def _trigger(sound: Sound, path: Path, trigger: Trigger) -> Iterator[Problem]:
    """A trigger's names, moments and ranges."""
    problem = sound.document.problem
    fields = list(leaves(trigger, path))
    yield from unknown_names(fields, sound.document)
    yield from check_leaves(fields, sound)
    yield from _moments(sound, path, trigger)
    if isinstance(trigger.delay_hours, list) and trigger.delay_hours[0] > trigger.delay_hours[1]:
        yield problem((*path, "delay_hours"), "the low value is above the high value")
    yield from check_guards(sound.document, path, trigger)
    yield from _overlap(sound, path, trigger.target)


def _moments(sound: Sound, path: Path, trigger: Trigger) -> Iterator[Problem]:
    """Times in order, and within the scenario; a range of time may begin before its start, and is cut there."""
    problem = sound.document.problem
    if trigger.at is not None and trigger.window is not None:
        yield problem((*path, "window"), "is given beside `at`; keep one of them")
    if trigger.at is None and trigger.uncertainty_hours:
        yield problem((*path, "uncertainty_hours"), "needs `at`, the moment that is uncertain")
    window = [moment for moment in map(aware, trigger.window or []) if moment is not None]
    if len(window) == 2 and window[0] > window[1]:
        yield problem((*path, "window"), "ends before it begins")
    start, days = sound.instant("start"), sound.settings.get("days")
    if start is None or days is None:
        return
    ranges: list[tuple[str, float, float]] = []
    if (moment := aware(trigger.at)) is not None:
        hour = hours_between(start, moment)
        ranges.append(("at", hour, hour + trigger.uncertainty_hours))
    if window:
        ranges.append(("window", hours_between(start, window[0]), hours_between(start, window[-1])))
    for name, first_hour, last_hour in ranges:
        if first_hour > 24 * days:
            yield problem((*path, name), after_the_end(days))
        elif last_hour < 0:
            message = f"lies before the start of the scenario, {start.isoformat()}; what holds then has that date"
            yield problem((*path, name), message)


def _overlap(sound: Sound, path: Path, target: Target | None) -> Iterator[Problem]:
    """A target's places and regions narrow each other, so some place must be in both."""
    if target is None or not target.places or not target.regions:
        return
    region = {place.id: place.region for _, place in sound.rows("place", Place)}
    known = set(target.places) <= set(region) and set(target.regions) <= set(region.values())
    if known and not any(region[place] in target.regions for place in target.places):
        yield sound.document.problem((*path, "target"), "none of its places lies in one of its regions")
