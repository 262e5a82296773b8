"""The sweep file as its author writes it, and where each of its values stands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.scenario.messages import problems_of
from sim.scenario.problems import Problem
from sim.scenario.read import Document, read

MOST_POINTS = 1_000_000
SHARD_RUNS = 500
"""Rows that are written at once, unless the file says otherwise."""
LEVELS = 3
"""Values into which a range is cut where a design needs a few, unless the file says otherwise."""

Runs = Annotated[int, Field(ge=1, lt=2**32)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Spot(NamedTuple):
    """Where something is written."""

    file: str
    line: int
    field: str

    def problem(self, message: str, near: str = "") -> Problem:
        return Problem(self.file, self.line, self.field, message, near)


class Table(BaseModel):
    # Strict: "5" is no number, 5.0 no count, true neither.
    model_config = ConfigDict(extra="forbid", strict=True)


class DesignTable(Table):
    """[design]: how the points are laid."""

    kind: str
    points: Annotated[int, Field(ge=1, le=MOST_POINTS)] | None = None
    seed: Seed = 1
    table: str | None = None
    """A CSV file with a column per factor."""


class PrecisionTable(Table):
    """How narrow an interval must be before a point has enough runs."""

    measure: Literal["share_collapsed", "median_hours", "restricted_mean_hours"] = "share_collapsed"
    day: Annotated[float, Field(gt=0)] | None = None
    half_width: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    at_most: Runs = 10_000


class FactorTable(Table):
    """One [[factor]]: what varies, and over which values."""

    key: str | None = None
    switch: str | None = None
    account: str | None = None
    scenarios: Annotated[list[str], Field(min_length=1)] | None = None
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    low: Annotated[float, Field(allow_inf_nan=False)] | None = None
    high: Annotated[float, Field(allow_inf_nan=False)] | None = None
    scale: Literal["linear", "log"] | None = None
    levels: Annotated[int, Field(ge=2, le=MOST_POINTS)] | None = None
    values: Annotated[list[Any], Field(min_length=1)] | None = None


class SweepFile(Table):
    """The whole file. What is required is asked for in `rules`, so that one gap hides no other fault."""

    scenario: str | None = None
    runs: Runs | None = None
    precision: PrecisionTable | None = None
    seed: Seed = 1
    days: Annotated[float, Field(gt=0, le=3650)] | None = None
    shard_runs: Annotated[int, Field(ge=1, le=100_000)] = SHARD_RUNS
    columns: list[str] | str | None = None
    set_: Annotated[dict[str, Any], Field(alias="set")] = {}
    without: list[str] = []
    account: dict[str, str] = {}
    design: DesignTable | None = None
    factor: list[FactorTable | None] = []
    """None stands for a factor that is not sound."""

    def factors(self) -> list[tuple[int, FactorTable]]:
        """(index, factor) of each sound one."""
        return [(index, row) for index, row in enumerate(self.factor) if row is not None]


def read_sweep_file(path: Path) -> tuple[Document, SweepFile, list[Problem]]:
    """What a file holds, as far as it is sound, and what is wrong with the rest."""
    if path.is_dir():
        problem = Problem(str(path), 0, "", "is a folder; a sweep is described by a TOML file")
        return Document(path, {}), SweepFile(), [problem]
    document = read(path)
    problems = list(document.problems)
    values = dict(document.values)
    while True:
        try:
            return document, SweepFile.model_validate(values), problems
        except ValidationError as error:
            problems += problems_of(error, document, SweepFile, values)
            for detail in error.errors():
                values = _leave_out(values, detail["loc"])


def _leave_out(values: dict[str, Any], where: tuple[int | str, ...]) -> dict[str, Any]:
    """The values without the table, row or setting in which a fault lies."""
    if where[0] != "factor" or len(where) == 1:
        return {name: value for name, value in values.items() if name != where[0]}
    return {**values, "factor": [None if i == where[1] else row for i, row in enumerate(values["factor"])]}


def rules(document: Document, file: SweepFile) -> list[Problem]:
    """What a sound file may still lack or say twice."""
    problems = []
    given = document.values
    if "runs" not in given and "precision" not in given:
        problems.append(document.problem((), "needs runs, or [precision] to find out how many are enough"))
    if "runs" in given and "precision" in given:
        problems.append(document.problem(("runs",), "is given beside precision; keep one of them"))
    if "design" not in given:
        problems.append(document.problem((), 'needs a [design] with a kind, such as kind = "factorial"'))
    several = any(row.scenarios for _, row in file.factors())
    if "scenario" not in given and not several:
        problems.append(document.problem((), "needs a scenario, or a factor with scenarios"))
    if "scenario" in given and several:
        problems.append(document.problem(("scenario",), "is given beside a factor with scenarios; keep one of them"))
    return problems


def is_there(path: Path) -> bool:
    """Whether there is such a file or folder."""
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long for a file, or one with a zero byte
        return False
