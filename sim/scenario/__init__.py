"""Scenarios: load one, with every problem found at once, and resolve it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.scenario.catalogue import Case, cases, find
from sim.scenario.changes import apply, contradictions
from sim.scenario.check import check
from sim.scenario.check_triggers import check_triggers, compile_problems
from sim.scenario.directory import ScenarioDirectory
from sim.scenario.editors import json_schema
from sim.scenario.new import new_text, write_new
from sim.scenario.problems import Problem, ScenarioError, first
from sim.scenario.read import Document, read
from sim.scenario.resolve import resolve
from sim.scenario.resolved import Resolved
from sim.scenario.schema import ScenarioFile
from sim.scenario.sound import sound_parts
from sim.triggers.base import Trigger

__all__ = [
    "Case",
    "Document",
    "Problem",
    "Resolved",
    "Scenario",
    "ScenarioError",
    "ScenarioFile",
    "accept",
    "cases",
    "find",
    "json_schema",
    "load",
    "new_text",
    "resolve",
    "write_new",
]


MOST_FOLLOWING = 3
"""Problems elsewhere that are told one by one where a change does not fit; of more, how many and the first."""


@dataclass(frozen=True)
class Scenario:
    """A scenario that has passed every check.

    Attributes:
        path: the folder or file it was read from.
        file: what its author wrote, changes included.
        triggers: its triggers by their own types, each with its accounts.
        document: the values as read, with the file and line of each.
    """

    path: Path
    file: ScenarioFile
    triggers: tuple[Trigger, ...]
    document: Document


def load(
    path: str | Path,
    *,
    set: Mapping[str, object] | None = None,
    without: Iterable[str] = (),
    account: Mapping[str, str] | None = None,
) -> Scenario:
    """Read, change and check a scenario.

    Args:
        path: a scenario folder, a TOML file, or the bare name of a known scenario.
        set: dotted path -> value, as `trigger.mutiny.probability`; see `sim.scenario.changes.apply`.
        without: trigger ids or types to switch off.
        account: trigger id -> the account to take as true, or the first words of several.

    Raises:
        ScenarioError: with every problem found, of all files and of the changes.
    """
    document, without = read(find(path)), [without] if isinstance(without, str) else list(without)
    changed = apply(document, set, without, account)
    if both := list(contradictions(document, set or {}, without, account or {})):
        changed = changed.adding(*both)
    try:
        return accept(changed)
    except ScenarioError as error:
        if changed is document:
            raise
        raise ScenarioError(_told_once(error.problems, document, ", ".join(set or {}))) from None


def _told_once(problems: Sequence[Problem], before: Document, names: str) -> list[Problem]:
    """The problems of a changed scenario, without those that only follow from a wrong change."""
    of_changes = [problem for problem in problems if problem.file.startswith("--")]
    if len(of_changes) == len(problems):
        return of_changes
    known: Sequence[Problem] = ()
    try:
        accept(before)
    except ScenarioError as error:
        known = error.problems
    follow = [problem for problem in problems if problem not in (*known, *of_changes)]
    if not of_changes and len(follow) > MOST_FOLLOWING and names:
        text = f"does not fit the rest of the scenario, in {len(follow)} places. The first: {follow[0]}"
        of_changes = [Problem("--set", 0, names, text)]
    elif not of_changes:
        of_changes = follow
    return [*known, *of_changes]


def accept(document: Document) -> Scenario:
    """Check what was read and changed.

    Raises:
        ScenarioError: with every problem found.
    """
    sound, file, problems = sound_parts(document)
    problems = [*document.problems, *problems, *first(check(sound), document.path)]
    told_by, trigger_problems = check_triggers(sound)
    if file is not None and not problems:
        faulty = {".".join(problem.field.split(".")[:2]) for problem in trigger_problems}
        fit = [(path, trigger) for path, trigger in told_by if document.dotted(path[:2]) not in faulty]
        trigger_problems += compile_problems(document, fit, ScenarioDirectory(file))
    if problems or trigger_problems or file is None:
        raise ScenarioError([*problems, *trigger_problems])
    triggers = tuple(trigger for path, trigger in told_by if _is_trigger(path))
    return Scenario(document.path, file, triggers, document)


def _is_trigger(path: tuple[str | int, ...]) -> bool:
    """Whether a path is that of a trigger, not of a version told by an account."""
    return len(path) == 2
