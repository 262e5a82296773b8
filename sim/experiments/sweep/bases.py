"""The scenarios that a sweep starts from, with the changes that hold at every point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.experiments.sweep.factors import parameter_of
from sim.experiments.sweep.file import SweepFile, is_there
from sim.experiments.sweep.points import Change
from sim.scenario import Document, Scenario, accept, find
from sim.scenario.changes import value_at
from sim.scenario.lines import Path as Where
from sim.scenario.problems import Problem, ScenarioError
from sim.scenario.read import read
from sim.scenario.resolved import Resolved


@dataclass(frozen=True)
class Base:
    """A scenario of the sweep.

    Attributes:
        label: what it is called in tables.
        document: as read, with the changes that the sweep makes at every point.
        scenario: the same, checked.
        resolved: its explicit form, over the sweep's horizon.
        days: the horizon that the sweep sets, if it does.
    """

    label: str
    document: Document
    scenario: Scenario
    resolved: Resolved
    days: float | None

    def value(self, key: str) -> Any:
        """The value of a dotted path, defaults included; None where it is not one value."""
        if name := parameter_of(key):
            return self.resolved.parameters.get(name)
        if key == "days":
            return self.resolved.days
        written = value_at(self.document, key)
        if written is not None:
            return written
        table, _, rest = key.partition(".")
        row, _, field = rest.partition(".")
        triggers = [trigger for trigger in self.scenario.triggers if table == "trigger" and trigger.id == row]
        rows = triggers or [r for r in _rows(getattr(self.scenario.file, table, None)) if getattr(r, "id", None) == row]
        return getattr(rows[0], field, None) if rows else None


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def bases_of(sweep: Document, file: SweepFile) -> tuple[list[Base], list[Problem]]:
    """Every scenario that could be read, and what is wrong with the others."""
    bases: list[Base] = []
    problems: list[Problem] = []
    named = list(_named(file))
    for (where, name), label in zip(named, labels([name for _, name in named]), strict=True):
        try:
            document = read(_path(sweep, where, name))
        except ScenarioError as error:
            problems += error.problems
            continue
        try:
            bases.append(_base(sweep, file, document, label))
        except ScenarioError as error:
            problems += error.problems
            # A wrong change must not hide what is wrong with the factors.
            with suppress(ScenarioError):
                bases.append(_base(sweep, SweepFile(), document, label))
    return bases, problems


def labels(names: Sequence[str]) -> list[str]:
    """What scenarios are called: the ends of their paths, or the whole where two end alike."""
    stems = [Path(name).stem for name in names]
    return stems if len(set(stems)) == len(stems) else list(names)


def _named(file: SweepFile) -> Iterator[tuple[Where, str]]:
    """(where in the file, name) of each scenario."""
    if file.scenario is not None:
        yield ("scenario",), file.scenario
    for index, row in file.factors():
        for number, name in enumerate(row.scenarios or ()):
            yield ("factor", index, "scenarios", number), name


def _base(sweep: Document, file: SweepFile, document: Document, label: str) -> Base:
    change = Change(0, flat(file.set_), tuple(file.without), file.account, file.days)
    document = change.of(document)
    try:
        scenario = accept(document)
    except ScenarioError as error:
        raise ScenarioError([_told(sweep, file, problem) for problem in error.problems]) from None
    try:
        return Base(label, document, scenario, change.resolved(scenario), file.days)
    except ValueError as error:
        raise ScenarioError([sweep.problem(("days",), str(error))]) from None


def _path(sweep: Document, where: Where, name: str) -> Path:
    """Beside the sweep file, or wherever scenarios are looked for.

    Raises:
        ScenarioError: there is none.
    """
    if name and is_there(beside := sweep.path.parent / name):
        return beside
    try:
        return find(name)
    except ScenarioError as error:
        near = error.problems[0].nearest
        message = f"there is no file, folder or scenario {name!r}, neither beside this file nor in the working folder"
        raise ScenarioError([sweep.problem(where, message, near)]) from None


def _told(sweep: Document, file: SweepFile, problem: Problem) -> Problem:
    """A problem with one of the sweep's own changes, at the line where the sweep makes it."""
    table = {"--set": "set", "--without": "without", "--account": "account"}.get(problem.file)
    if table is None:
        return problem
    where: Where = (table,)
    if table == "without" and problem.field in file.without:
        where = (table, file.without.index(problem.field))
    elif (whole := (table, *problem.field.split("."))) in sweep.where:
        where = whole
    elif (table, problem.field) in sweep.where:
        where = (table, problem.field)
    path, line = sweep.place_of(where)
    return Problem(path, line, f"{table}.{problem.field}", problem.message, problem.nearest)


def flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """`{"trigger": {"mutiny": {"probability": 0.3}}}` as `{"trigger.mutiny.probability": 0.3}`."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found |= flat(value, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = value
    return found
