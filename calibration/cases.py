"""The simulator: every case of a study, all with the same parameters, as summaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np

from calibration.evidence import Evidence
from calibration.observation import Observation, columns, summarise
from calibration.priors import Prior
from calibration.simulator import Floats
from sim.ensemble import outcomes
from sim.kernels.choice import Kernel
from sim.plan import Plan, make_plan
from sim.randomness import stable_hash
from sim.scenario.resolved import Resolved


@dataclass(frozen=True)
class Cases:
    """Simulates each case once for each parameter vector. A `calibration.simulator.Simulator`.

    Attributes:
        scenarios: name -> what is simulated, over its own horizon.
        evidence: rows of these cases; the unused take no part.
        prior: names the parameters of a vector and holds the others.
        seed: of the dice; each case has its own.
        kernel, workers: see `sim.ensemble.outcomes`.
    """

    scenarios: Mapping[str, Resolved]
    evidence: tuple[Evidence, ...]
    prior: Prior
    seed: int = 1
    kernel: Kernel = "compiled"
    workers: int = 1
    plans: dict[str, Plan] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plans", {name: make_plan(case) for name, case in self.scenarios.items()})

    @property
    def horizons(self) -> dict[str, float]:
        """Case -> hours simulated."""
        return {name: case.days * 24 for name, case in self.scenarios.items()}

    @property
    def observation(self) -> Observation:
        """What is held against the runs."""
        return Observation.of(self.evidence, self.horizons)

    @property
    def identity(self) -> dict[str, Any]:
        """What tells this simulator from another."""
        # Not by values that the prior gives: a new default of what is varied makes no other simulator.
        given = {*self.prior.names, *self.prior.fixed}
        cases = {
            name: sha256(
                case.model_copy(update={"parameters": {k: v for k, v in case.parameters.items() if k not in given}})
                .model_dump_json()
                .encode()
            ).hexdigest()
            for name, case in self.scenarios.items()
        }
        return {"cases": cases, "evidence": [repr(row) for row in self.evidence], "seed": self.seed}

    def __call__(self, theta: Floats, first_row: int) -> Floats:
        """(row, summary); row i is run `first_row + i` of every case."""
        given = self.prior.values(theta)
        by_case = {name: self._run(name, given, len(theta), first_row) for name in self.plans}
        rows = (row for row in self.evidence if row.use != "unused")
        parts = [part for row in rows for part in summarise(row, by_case[row.case], self.horizons[row.case])]
        return np.stack(parts, axis=1)

    def _run(self, name: str, given: dict[str, Any], runs: int, first: int) -> dict[str, Any]:
        needed = {
            column for row in self.evidence if row.case == name and row.use != "unused" for column in columns(row)
        }
        return outcomes(
            self.plans[name],
            runs=runs,
            seed=seed_of(self.seed, name),
            first=first,
            columns=sorted(needed),
            given=given,
            workers=self.workers,
            kernel=self.kernel,
        )


def seed_of(seed: int, case: str) -> int:
    """A case's own seed: two cases with a unit of the same name share no dice."""
    return int(stable_hash(f"case of {seed}", case))


def without_triggers(case: Resolved) -> Resolved:
    """The same case with no dated event."""
    return case.model_copy(update={"triggers": tuple(t.model_copy(update={"enabled": False}) for t in case.triggers)})
