"""A fit: the table from the prior, then rejection and regression; sequential Monte Carlo beside them.

The posterior is that of rejection with regression, which its own simulations can check
(`calibration.checks.sbc`). Sequential Monte Carlo starts from the same table and shows what
more simulations near the evidence would say; with one run for each proposal it is often the
dice that refuse, and then it stands still, which its trace tells.

    <folder>/<variant>/table/        the reference table
    <folder>/<variant>/smc.npz       the last generation, of the model itself
    <folder>/<variant>/posterior.csv, posterior.json

A variant that is there is not made again: what was interrupted goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.cases import Cases
from calibration.inference import Inference
from calibration.observation import Observation
from calibration.posterior import Posterior
from calibration.simulator import Floats, digest, versions
from calibration.smc import Target, smc
from calibration.smc_state import Population
from calibration.study import MODEL, Budget, Study
from calibration.table import ReferenceTable, build
from sim.kernels.choice import Kernel

CALL_ROWS = 2000
"""Simulations in one call, and in one shard: how often progress is told and work is saved."""

Tell = Callable[[str, float], object]
"""Called with what is being done and the share of it that is done."""


@dataclass(frozen=True)
class Fit:
    """One variant, fitted.

    Attributes:
        variant: its name.
        simulator: of it.
        table: draws from the prior.
        posterior: by rejection and regression.
        population: the last generation of sequential Monte Carlo; of the model itself only.
    """

    variant: str
    simulator: Cases
    table: ReferenceTable
    posterior: Posterior
    population: Population | None = None

    @property
    def observation(self) -> Observation:
        return self.simulator.observation

    def inference(self, keep: int, observation: Observation | None = None) -> Inference:
        """Rejection and regression over the table, with what counts in an observation."""
        return inference(self.table, observation or self.observation, keep)


def inference(table: ReferenceTable, observation: Observation, keep: int) -> Inference:
    """Rejection and regression; regression looks at those summaries only that count."""
    return Inference(table.z, table.summaries[:, observation.used], Used(observation), keep=keep)


@dataclass(frozen=True)
class Used:
    """The distance over those summaries alone that count."""

    observation: Observation

    def __call__(self, summaries: Floats, observed: Floats) -> Floats:
        used = self.observation.used
        whole = np.tile(self.observation.observed, (len(summaries), 1))
        whole[:, used] = summaries
        against = self.observation.observed.copy()
        against[used] = observed
        return self.observation(whole, against)


def fit(
    study: Study,
    folder: Path,
    budget: Budget,
    *,
    variant: str = MODEL,
    kernel: Kernel = "compiled",
    workers: int = 1,
    resume: bool = False,
    tell: Tell | None = None,
    command: str = "",
) -> Fit:
    """Fit a variant of the study's model.

    Args:
        study: what to fit to what.
        folder: of the study's results; the variant has a folder of its own in it.
        budget: how much work.
        variant: of `Study.variants`.
        kernel, workers: see `sim.ensemble.outcomes`.
        resume: go on with what is there.
        tell: progress.
        command: kept with the provenance.

    Raises:
        CalibrationError: the folder holds another fit.
    """
    told = tell or (lambda what, share: None)
    simulator = study.simulator(variant, kernel=kernel, workers=workers)
    observation, prior = simulator.observation, study.prior(variant)
    place = folder / variant
    place.mkdir(parents=True, exist_ok=True)
    table = build(
        place / "table",
        prior,
        simulator,
        rows=budget.table,
        seed=study.file.seed,
        summary_names=observation.names,
        identity=simulator.identity,
        shard_rows=CALL_ROWS,
        resume=resume,
        on_progress=lambda done, of: told("simulating from the prior", done / of),
    )
    draws = inference(table, observation, budget.keep)(observation.observed[observation.used])
    posterior = Posterior.of(prior, draws, _provenance(study, variant, budget, simulator, command))
    posterior.save(place / "posterior", replace=True)
    population = None
    if variant == MODEL and budget.simulations:
        population = smc(
            Target(prior, simulator, observation, observation.observed, observation.names),
            study.settings(budget),
            study.file.seed,
            start=(table.z, table.summaries),
            first_row=budget.table,
            state=place / "smc.npz",
            identity=simulator.identity,
            resume=resume,
            on_generation=lambda p: told("approaching the evidence", p.simulations / budget.simulations),
        )
    return Fit(variant, simulator, table, posterior, population)


def _provenance(study: Study, variant: str, budget: Budget, simulator: Cases, command: str) -> dict[str, object]:
    identity = simulator.identity
    return {
        "study": study.file.name,
        "study_sha256": study.sha256,
        "variant": variant,
        "settings": study.variants[variant].model_dump(),
        "method": "rejection from a reference table with heteroscedastic local-linear regression",
        "seed": study.file.seed,
        "simulations": budget.table,
        "kept": budget.keep,
        "cases": sorted(study.cases),
        "cases_sha256": identity["cases"],
        "fitted_to": sorted(row.id for row in study.evidence if row.use == "fit"),
        "evidence_sha256": digest({"rows": identity["evidence"]}),
        "versions": versions(),
        "command": command,
    }
