"""Sweep file -> `Sweep`: everything is checked, and every problem told, before anything is simulated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sim.experiments.sweep.bases import Base, bases_of, labels
from sim.experiments.sweep.check import Candidate, candidates, combinations_fit, factor_fits, switch_problem
from sim.experiments.sweep.design import KINDS, DesignError, lay
from sim.experiments.sweep.factors import Factor, factor_of, factor_problems, kinds_of
from sim.experiments.sweep.file import DesignTable, FactorTable, Spot, SweepFile, read_sweep_file, rules
from sim.experiments.sweep.sweep import Sweep, available_columns, chosen_columns
from sim.experiments.sweep.table import Points, read_points
from sim.scenario import Document
from sim.scenario.problems import Problem, ScenarioError, nearest


def prepare(path: str | Path, columns: Sequence[str] | None = None, runs: int | None = None) -> Sweep:
    """Read and check a sweep file.

    Args:
        path: the TOML file.
        columns: to write, instead of those that the file asks for.
        runs: of each point, instead of the file's.

    Raises:
        ScenarioError: with every problem of the file, its table and its scenarios.
    """
    document, file, problems = read_sweep_file(Path(path))
    if not document.values:
        raise ScenarioError(problems or [Problem(str(path), 0, "", "the file is empty")])
    problems += rules(document, file) + _design_problems(document, file.design)
    if runs is not None and file.precision is not None:
        problems.append(document.problem(("precision",), "finds out how many runs are enough; leave --runs out"))
    points = _points(document, file)
    rows = file.factors()
    problems += factor_problems(document, rows, table=points is not None)
    problems += points.problems if points else []
    bases, more = bases_of(document, file)
    problems += more
    declared = [_declared(document, index, row) for index, row in rows]
    if points is not None:
        by_row = {id(known.row): known for known in declared}
        declared = [
            replace(by_row.get(id(row), _Declared(row, where[0]._replace(line=1))), spots=tuple(where))
            for row, where in zip(points.rows, points.where, strict=True)
        ]
    if bases and not (problems and points):
        factors, more = _factors(document, declared, points, bases)
        problems += more
    if problems:
        raise ScenarioError(problems)
    laid = _laid(document, file, tuple(factors), tuple(bases), columns)
    return laid if runs is None else replace(laid, runs=runs)


@dataclass(frozen=True)
class _Declared:
    """A factor's row, where it says what it changes, and where each of its values stands."""

    row: FactorTable
    named: Spot
    spots: tuple[Spot, ...] = ()


def _design_problems(document: Document, design: DesignTable | None) -> list[Problem]:
    if design is None:
        return []
    problem = document.problem
    if design.kind not in KINDS:
        message = f"there is no design {design.kind!r}; there are {', '.join(KINDS)}"
        return [problem(("design", "kind"), message, nearest(design.kind, tuple(KINDS)))]
    if design.kind == "table" and design.table is None:
        return [problem(("design",), 'needs table = "points.csv", a file with a column per factor')]
    if design.kind != "table" and design.table is not None:
        return [problem(("design", "table"), 'goes with kind = "table" only')]
    return []


def _points(document: Document, file: SweepFile) -> Points | None:
    """The user's own table, if there is one."""
    if file.design is None or file.design.kind != "table" or file.design.table is None:
        return None
    return read_points(document, file.design.table, [row for _, row in file.factors()])


def _declared(document: Document, index: int, row: FactorTable) -> _Declared:
    """A factor of the sweep file."""

    def spot(*path: str | int) -> Spot:
        where = ("factor", index, *path)
        return Spot(*document.place_of(where), document.dotted(where))

    named = spot(*kinds_of(row)[:1])
    if row.values is not None:
        return _Declared(row, named, tuple(spot("values", number) for number in range(len(row.values))))
    if row.low is not None or row.high is not None:
        return _Declared(row, named, (spot("low"), spot("high")))
    return _Declared(row, named)


def _factors(
    document: Document, declared: Sequence[_Declared], points: Points | None, bases: Sequence[Base]
) -> tuple[list[Factor], list[Problem]]:
    """The factors, and which of their values do not fit the scenarios."""
    factors: list[Factor] = []
    sound: list[_Declared] = []
    problems: list[Problem] = []
    for number, each in enumerate(declared):
        if list(factor_problems(document, [(0, each.row)], table=points is not None)):
            continue  # told already
        factor = _factor(each.row, bases, table=points is not None)
        if points is not None:
            factor = replace(factor, values=points.values[number])
        factors.append(factor)
        sound.append(each)
    for number, (factor, each) in enumerate(zip(factors, sound, strict=True)):
        # Accounts and priors stand in no line of their own.
        tried = list(candidates(factor, each.spots or (each.named,) * max(len(factor.values), 2)))
        if message := _pointless(factor, tried, bases):
            problems.append(each.named.problem(message))
        elif tried:
            problems += factor_fits(factors, number, tried, each.named, bases)
    return factors, problems


def _factor(row: FactorTable, bases: Sequence[Base], table: bool) -> Factor:
    """A sound row as a factor, with the value that the first scenario has."""
    base = bases[0]
    (kind,) = kinds_of(row)
    if kind == "switch":
        return factor_of(row, True)
    if kind == "scenarios":
        return replace(factor_of(row, base.label), values=tuple(labels(row.scenarios or [])))
    if kind == "account":
        triggers = [found for _, found in base.document.rows("trigger") if found.get("id") == row.account]
        told = [a.get("name") for found in triggers for a in found.get("account") or [] if isinstance(a, dict)]
        return factor_of(row, None, tuple(map(str, told)), table)
    assert row.key is not None
    return factor_of(row, base.value(row.key), table=table)


def _pointless(factor: Factor, tried: Sequence[Candidate], bases: Sequence[Base]) -> str:
    """Why a factor would change nothing, or ""."""
    if factor.kind == "switch":
        return switch_problem(factor.target, bases)
    known = any(row.get("id") == factor.target for base in bases for _, row in base.document.rows("trigger"))
    if factor.kind == "account" and known and not tried:
        return f"{factor.target} has no accounts to choose from"
    return ""


def _laid(
    document: Document, file: SweepFile, factors: tuple[Factor, ...], bases: tuple[Base, ...],
    columns: Sequence[str] | None,
) -> Sweep:  # fmt: skip
    """The sweep of a sound file.

    Raises:
        ScenarioError: the design cannot be laid, its values do not go together, or a column is not there.
    """
    assert file.design is not None
    try:
        rows = lay(file.design.kind, factors, file.design.points, file.design.seed)
    except DesignError as error:
        where = ("design", error.field) if error.field else ("design",)
        raise ScenarioError([document.problem(where, str(error))]) from None
    asked = [file.columns] if isinstance(file.columns, str) else file.columns
    wanted = asked if columns is None else columns
    available = available_columns(bases)
    kept, strange = chosen_columns(available, wanted)
    precision = file.precision
    sweep = Sweep(
        name=Path(document.path).stem,
        text=Path(document.path).read_text("utf-8"),
        bases=bases,
        factors=factors,
        design=file.design,
        rows=rows,
        runs=file.runs if precision is None else precision.at_most,  # type: ignore[arg-type]
        precision=precision,
        seed=file.seed,
        days=file.days,
        shard_runs=file.shard_runs,
        columns=kept,
    )
    problems = [document.problem(("columns",), f"there is no column {c!r}", nearest(c, available)) for c in strange]
    problems += _precision_problems(document, sweep) + _combination_problems(document, sweep)
    if problems:
        raise ScenarioError(problems)
    return sweep


def _precision_problems(document: Document, sweep: Sweep) -> list[Problem]:
    rule = sweep.precision
    if rule is None:
        return []
    problem = document.problem
    if rule.day is not None and rule.measure != "share_collapsed":
        return [problem(("precision", "day"), f"does not go with {rule.measure}")]
    shortest = min(sweep.horizon(number) for number in range(len(sweep.rows))) / 24
    if rule.day is not None and rule.day > shortest:
        return [problem(("precision", "day"), f"must be within the horizon of {shortest:g} days, not {rule.day:g}")]
    if rule.measure == "share_collapsed" and rule.half_width >= 0.5:
        return [problem(("precision", "half_width"), f"must be below 0.5 for a share, not {rule.half_width:g}")]
    return []


def _combination_problems(document: Document, sweep: Sweep) -> list[Problem]:
    """Values that fit alone and not together."""
    if sum(not factor.parameter for factor in sweep.factors) < 2:
        return []
    told = []
    for number, problem in combinations_fit(map(sweep.point, range(len(sweep.rows))), sweep.bases):
        at = ", ".join(f"{f.name} = {value}" for f, value in zip(sweep.factors, sweep.rows[number], strict=True))
        told.append(document.problem(("design",), f"design point {number} ({at}): {problem.field}: {problem.message}"))
    return told
