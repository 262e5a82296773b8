"""A study: which cases, which evidence, which parameters, how much work, and what else is tried.

Read from a TOML file; `rout calibrate` runs it. Variants are the model with something
taken away or changed: null models that a fit must beat, and other mechanisms. Each gets
the same work as the model itself.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from calibration.cases import Cases, without_triggers
from calibration.evidence import Evidence, read_evidence
from calibration.priors import Prior
from calibration.simulator import CalibrationError
from calibration.smc import Settings
from sim.kernels.choice import Kernel
from sim.parameters import BY_NAME
from sim.scenario import load, resolve
from sim.scenario.resolved import Resolved, with_horizon

ACCEPTANCE_FLOOR = 0.005
"""One run decides whether a proposal is taken, so its dice alone refuse most; below this it stands still."""
STUDIES = Path(__file__).parent / "studies"
"""Those that come with the model."""
MODEL = "model"
"""The variant that is the model itself."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseTable(_Table):
    """One case: where its scenario lies, from the study's folder, and the horizon for the fit."""

    scenario: str
    days: Annotated[float, Field(gt=0, le=3650)] | None = None
    step_hours: Annotated[float, Field(gt=0, le=24)] | None = None


class Budget(_Table):
    """How much work.

    Attributes:
        table: simulations from the prior.
        keep: the nearest of them, for rejection and regression.
        particles, simulations, tolerance: of sequential Monte Carlo after the table; none with 0. At a
            tolerance of 1/sqrt(rows) each row's misfit counts as its tail says; above it all
            count less. It stops where the simulations run out.
        trials: pseudo-observations of the checks.
        predictive: simulations from a posterior.
    """

    table: Annotated[int, Field(ge=200, le=10_000_000)] = 60_000
    keep: Annotated[int, Field(ge=50)] = 1500
    particles: Annotated[int, Field(ge=20)] = 1000
    simulations: Annotated[int, Field(ge=0)] = 20_000
    tolerance: Annotated[float, Field(gt=0)] = 0.3
    trials: Annotated[int, Field(ge=300)] = 300
    predictive: Annotated[int, Field(ge=100)] = 2000


class Variant(_Table):
    """The model with something changed.

    Attributes:
        title: what it says of the world.
        role: a null model is one that the model must beat; an alternative is another mechanism.
        fixed: parameters held at these values.
        triggers: whether dated events happen.
    """

    title: str
    role: Literal["null", "alternative"] = "null"
    fixed: dict[str, float] = {}
    triggers: bool = True


class StudyFile(_Table):
    format: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    evidence: str
    case: Annotated[dict[str, CaseTable], Field(min_length=1)]
    parameters: list[str] | None = None
    """What is varied; all whose role is "calibrate" if empty."""
    prior: dict[str, tuple[float, float]] = {}
    """Other ranges than those of the model's table."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1
    budget: Budget = Budget()
    demo: Budget = Budget(table=2000, keep=200, particles=100, simulations=1000, predictive=200)
    """For `rout calibrate --demo`: a minute, to see how it goes; nothing to be relied on."""
    variant: dict[str, Variant] = {}


@dataclass(frozen=True)
class Study:
    """A study that can be run.

    Attributes:
        file: as written.
        path: of the file.
        cases: name -> scenario over the horizon of the fit.
        evidence: every row.
        sha256: of the file's bytes.
    """

    file: StudyFile
    path: Path
    cases: Mapping[str, Resolved]
    evidence: tuple[Evidence, ...]
    sha256: str

    @property
    def variants(self) -> dict[str, Variant]:
        """The model first, then what is tried against it."""
        return {MODEL: Variant(title="the model", role="alternative"), **self.file.variant}

    def prior(self, variant: str = MODEL) -> Prior:
        """Of a variant: without what it holds."""
        fixed = self.variants[variant].fixed
        names = self.file.parameters
        varied = None if names is None else [name for name in names if name not in fixed]
        ranges = {name: span for name, span in self.file.prior.items() if name not in fixed}
        return Prior.of_parameters(varied, ranges=ranges, fixed=fixed)

    def simulator(self, variant: str, *, kernel: Kernel, workers: int) -> Cases:
        """Of a variant. Its dice are the model's: what differs between them is no luck."""
        cases = self.cases
        if not self.variants[variant].triggers:
            cases = {name: without_triggers(case) for name, case in cases.items()}
        return Cases(cases, self.evidence, self.prior(variant), self.file.seed, kernel, workers)

    def settings(self, budget: Budget) -> Settings:
        """Of sequential Monte Carlo. The distance is a root mean square of tails: a smooth kernel fits it."""
        return Settings(
            particles=budget.particles,
            kernel="gaussian",
            target=budget.tolerance,
            budget=budget.simulations,
            acceptance_floor=ACCEPTANCE_FLOOR,
        )


def read_study(path: str | Path) -> Study:
    """A study from its file.

    Raises:
        CalibrationError: the file, its evidence or one of its scenarios is not right; with all that is wrong.
    """
    file = Path(path)
    try:
        data = file.read_bytes()
        told = StudyFile.model_validate(tomllib.loads(data.decode("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CalibrationError(f"{file}: cannot be read ({error})") from error
    except ValidationError as error:
        lines = [f"{file}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise CalibrationError("\n".join(lines)) from error
    named = {*(told.parameters or ()), *told.prior, *(name for v in told.variant.values() for name in v.fixed)}
    if unknown := sorted(named - set(BY_NAME)):
        raise CalibrationError(f"{file}: there is no parameter {', '.join(map(repr, unknown))}")
    if MODEL in told.variant:
        raise CalibrationError(f"{file}: variant.{MODEL}: this name stands for the model itself")
    cases = {name: _case(file, name, table) for name, table in sorted(told.case.items())}
    evidence = read_evidence(file.parent / told.evidence, cases)
    return Study(told, file, cases, evidence, sha256(data).hexdigest())


def _case(file: Path, name: str, table: CaseTable) -> Resolved:
    try:
        return with_horizon(resolve(load(file.parent / table.scenario)), table.days, table.step_hours)
    except ValueError as error:
        raise CalibrationError(f"{file}: case.{name}: {error}") from error
