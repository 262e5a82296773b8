"""Whether the factors of a sweep fit its scenarios: every value, before anything is simulated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import Any, NamedTuple

from sim.experiments.sweep.bases import Base
from sim.experiments.sweep.factors import Factor, unknown
from sim.experiments.sweep.file import Spot
from sim.experiments.sweep.points import Point, point_of
from sim.parameters import BY_NAME
from sim.scenario import accept
from sim.scenario.messages import given
from sim.scenario.problems import Problem, ScenarioError

FLAGS = ("--set", "--without", "--account")
MOST_TRIALS = 200
"""A trial of a scenario takes a good 50 ms; what is beyond this is found when its turn comes."""


class Candidate(NamedTuple):
    """A value that a factor takes."""

    value: Any
    spot: Spot


def candidates(factor: Factor, where: Sequence[Spot]) -> Iterator[Candidate]:
    """Its values, or the ends of its range and then a point between them.

    Args:
        factor: the factor.
        where: each value stands; low and high of a range.
    """
    if factor.values or factor.kind != "key":
        seen = set()
        for value, spot in zip(factor.values, where, strict=False):
            if value is not None and repr(value) not in seen:
                seen.add(repr(value))
                yield Candidate(value, spot)
    else:
        # Not the middle: 0 to 10 has a whole one, and a field may want whole numbers.
        for share, spot in ((0.0, where[0]), (1.0, where[1]), (0.377, where[0])):
            yield Candidate(factor.at(share), spot)


def factor_fits(
    factors: Sequence[Factor], number: int, tried: Sequence[Candidate], named: Spot, bases: Sequence[Base]
) -> list[Problem]:  # fmt: skip
    """What is wrong with the values of one factor in the scenarios of a sweep.

    Args:
        factors: all of the sweep.
        number: which of them.
        tried: its values.
        named: where it is said what it changes.
        bases: the scenarios.
    """
    factor = factors[number]
    if factor.kind == "scenarios":
        return []
    if factor.kind == "key" and (message := unknown(factor.target)):
        return [named.problem(*message)]
    if factor.parameter:
        return _parameter_fits(factor, tried)
    labels = [base.label for base in bases]
    found: list[tuple[Candidate, list[Problem]]] = []
    for candidate in tried[:MOST_TRIALS]:
        if not factor.values and len(found) == 2 and any(theirs for _, theirs in found):
            break  # an end of its range is wrong: what lies between tells no more
        row = [candidate.value if column == number else None for column in range(len(factors))]
        points = [point_of(factors, row, base.days, labels) for base in bases]
        theirs = [problem for base, point in zip(bases, points, strict=True) for problem in trial(base, point)]
        found.append((candidate, theirs))
    everywhere = set.intersection(*(set(theirs) for _, theirs in found)) if len(found) > 1 else set()
    problems = [_told(factor, None, named, problem) for problem in everywhere]  # wrong whatever the value
    for candidate, theirs in found:
        problems += [_told(factor, candidate.value, candidate.spot, p) for p in theirs if p not in everywhere]
    return problems


def trial(base: Base, point: Point) -> tuple[Problem, ...]:
    """What is wrong with a scenario at a design point."""
    try:
        point.change.resolved(accept(point.change.of(base.document)))
    except ScenarioError as error:
        return error.problems
    except ValueError as error:
        return (Problem("--set", 0, "days", str(error)),)
    return ()


def _told(factor: Factor, value: Any, spot: Spot, problem: Problem) -> Problem:
    """A problem in a scenario, at the line of the sweep that caused it."""
    if problem.file not in FLAGS:
        with_ = f"with {factor.target}" + ("" if value is None else f" = {given(value)}")
        return spot.problem(f"{with_}: {problem}")
    words = problem.message if spot.field.endswith(problem.field) else f"{problem.field}: {problem.message}"
    return spot.problem(words, problem.nearest)


def _parameter_fits(factor: Factor, tried: Sequence[Candidate]) -> list[Problem]:
    """The same for a parameter of the model, which needs no scenario."""
    name = factor.parameter
    low, high, uom = BY_NAME[name].lower, BY_NAME[name].upper, BY_NAME[name].uom
    problems = []
    for value, spot in tried if factor.values else tried[:2]:
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            problems.append(spot.problem(f"{name} must be a number, not {given(value)}"))
        elif not low <= value <= high:
            problems.append(spot.problem(f"{name} must lie between {low:g} and {high:g} {uom}, not {value:g}"))
    return problems


def switch_problem(target: str, bases: Iterable[Base]) -> str:
    """Why switching off a trigger or a type of triggers changes nothing, or ""."""
    for base in bases:
        rows = [row for _, row in base.document.rows("trigger") if target in (row.get("id"), row.get("type"))]
        if rows and not any(row.get("enabled", True) for row in rows):
            return f"{target} is switched off in the scenario already: on and off would be the same"
    return ""


def combinations_fit(points: Iterable[Point], bases: Sequence[Base]) -> Iterator[tuple[int, Problem]]:
    """(design point, problem) where values that fit alone do not fit together; the first `MOST_TRIALS` are tried."""
    tried: dict[str, None] = {}
    for number, point in enumerate(points):
        key = repr(point.change)
        if key in tried:
            continue
        if len(tried) == MOST_TRIALS:
            return
        tried[key] = None
        for problem in trial(bases[point.change.scenario], point):
            yield number, problem
