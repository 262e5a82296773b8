"""A posterior: weighted draws in natural units, and where they come from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from calibration.dice import Purpose, dice
from calibration.inference import Draws
from calibration.priors import Prior
from calibration.simulator import CalibrationError, Floats
from calibration.weighted import correlation, covariance, ess, merged, quantiles, systematic
from sim.atomic import write_bytes, write_text

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
LEVELS = (0.5, 0.8, 0.9)
"""Of the central intervals that a summary tells."""


@dataclass(frozen=True)
class Posterior:
    """Weighted draws.

    Attributes:
        prior: what they are a posterior of.
        theta: (draw, parameter) in natural units, within the prior's ranges.
        weights: (draw,), summing to 1 but for rounding.
        provenance: plain values: method, tolerance, seeds, hashes, versions, command; files of earlier
            versions have fewer of them.
    """

    prior: Prior
    theta: Floats
    weights: Floats
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.theta.shape != (len(self.weights), len(self.prior.names)):
            raise CalibrationError(f"draws of {self.theta.shape} do not fit {len(self.weights)} weights")
        if not ((self.weights >= 0).all() and abs(self.weights.sum() - 1) < 1e-6):
            raise CalibrationError("weights of a posterior are not negative and sum to 1")

    @classmethod
    def of(cls, prior: Prior, draws: Draws, provenance: Mapping[str, Any] | None = None) -> Posterior:
        """Draws of an inference in natural units; the tolerance joins the provenance."""
        facts = {"tolerance": draws.tolerance} | dict(provenance or {})
        return cls(prior, prior.from_probit(draws.z), draws.weights, facts)

    @property
    def names(self) -> tuple[str, ...]:
        return self.prior.names

    @property
    def z(self) -> Floats:
        """(draw, parameter) in probit space."""
        return self.prior.to_probit(self.theta)

    @property
    def ess(self) -> float:
        """Effective number of draws; copies of one draw count as one."""
        return ess(merged(self.theta, self.weights))

    @property
    def contraction(self) -> Floats:
        """(parameter,) 1 − posterior variance / prior variance in probit space: 0 nothing learned, 1 known exactly."""
        return 1 - np.diag(covariance(self.z, self.weights))

    @property
    def correlations(self) -> Floats:
        """(parameter, parameter) in probit space."""
        return correlation(self.z, self.weights)

    def summary(self) -> pd.DataFrame:
        """One row per parameter.

        Columns: `median`; `median_error`, its Monte Carlo standard error (half the distance of
        the quantiles ½ ± ½/√ESS); `low_<level>` and `high_<level>` of central intervals;
        `contraction`. Natural units, but for the contraction.
        """
        import pandas as pd

        near = 0.5 / max(self.ess, 1.0) ** 0.5
        below, median, above = quantiles(self.theta, self.weights, [0.5 - near, 0.5, 0.5 + near])
        columns = {"median": median, "median_error": (above - below) / 2}
        for level in LEVELS:
            tails = quantiles(self.theta, self.weights, [(1 - level) / 2, (1 + level) / 2])
            columns |= {f"low_{100 * level:.0f}": tails[0], f"high_{100 * level:.0f}": tails[1]}
        columns["contraction"] = self.contraction
        return pd.DataFrame(columns, index=pd.Index(self.names, name="parameter"))

    def pairs(self, least: float = 0.3) -> list[tuple[str, str, float]]:
        """Pairs of parameters with at least this correlation either way, the strongest first."""
        found = self.correlations
        pairs = [
            (a, b, float(found[i, j])) for i, a in enumerate(self.names) for j, b in enumerate(self.names) if i < j
        ]
        return sorted((pair for pair in pairs if abs(pair[2]) >= least), key=lambda pair: -abs(pair[2]))

    def resampled_rows(self, many: int, seed: int) -> NDArray[np.intp]:
        """(many,) numbers of draws, each as often as its weight has it, in random order."""
        generator = dice(seed, Purpose.RESAMPLE)
        return generator.permutation(systematic(self.weights, many, generator.random()))

    def resample(self, many: int, seed: int) -> Floats:
        """(many, parameter) draws of equal weight."""
        return self.theta[self.resampled_rows(many, seed)]

    def save(self, path: str | Path, *, replace: bool = False) -> None:
        """Write PATH.csv (weight and parameters, to the last bit) and PATH.json (prior, provenance).

        Raises:
            FileExistsError: one of them exists, unless `replace`.
        """
        table, facts = _files(path)
        for file in (table, facts):
            if file.exists() and not replace:
                raise FileExistsError(f"{file} exists")
        rows = np.column_stack([self.weights, self.theta]).tolist()
        lines = [",".join(("weight", *self.names)), *(",".join(map(repr, row)) for row in rows)]
        data = ("\n".join(lines) + "\n").encode()
        told = {
            "format": FORMAT,
            "sha256": sha256(data).hexdigest(),
            "draws": len(rows),
            "provenance": dict(self.provenance),
            "prior_sha256": self.prior.sha256,
            "prior": self.prior.as_dict(),
        }
        text = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        write_bytes(table, data)
        write_text(facts, text)

    @classmethod
    def load(cls, path: str | Path) -> Posterior:
        """Read what `save` wrote.

        Raises:
            CalibrationError: a file is missing or cannot be read, or they do not belong together.
        """
        table, facts = _files(path)
        try:
            data, told = table.read_bytes(), json.loads(facts.read_text("utf-8"))
            prior = Prior.from_dict(told["prior"])
            rows = np.loadtxt(data.decode().splitlines()[1:], delimiter=",", ndmin=2)
            same = told["sha256"] == sha256(data).hexdigest()
            provenance = told["provenance"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CalibrationError(
                f"{error.filename if isinstance(error, OSError) else facts}: cannot be read ({type(error).__name__})"
            ) from error
        if not same:
            raise CalibrationError(f"{table} is not the file that {facts.name} belongs to: its checksum differs")
        return cls(prior, rows[:, 1:].copy(), rows[:, 0].copy(), provenance)

    def to_datatree(
        self,
        *,
        observed: Mapping[str, float] | None = None,
        chains: int = 4,
        draws: int = 1000,
        seed: int = 0,
    ) -> Any:
        """An xarray.DataTree with the groups that ArviZ expects (see `calibration.datatree`)."""
        from calibration.datatree import datatree

        return datatree(self, observed=observed, chains=chains, draws=draws, seed=seed)


def _files(path: str | Path) -> Sequence[Path]:
    path = Path(path)
    return path.with_name(path.name + ".csv"), path.with_name(path.name + ".json")
