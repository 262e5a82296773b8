"""The particles of a generation, and the file from which sampling goes on."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from calibration.inference import Draws
from calibration.kernels import log_kernel
from calibration.regression import Adjustment, adjust
from calibration.simulator import CalibrationError, Floats
from sim.atomic import write_bytes

FORMAT = 1


class Generation(NamedTuple):
    """What a generation did.

    Attributes:
        tolerance: of the kernel.
        ess: effective sample size after reweighting, before resampling.
        unique: distinct particles after the moves.
        acceptance: share of the proposals accepted; NaN without moves.
        moves: steps of each particle that moved.
        simulations: since the beginning.
        distance: median over the particles, after the moves.
    """

    tolerance: float
    ess: float
    unique: int
    acceptance: float
    moves: int
    simulations: int
    distance: float


@dataclass(frozen=True)
class Population:
    """Equally weighted particles.

    Attributes:
        z: (particle, parameter) in probit space.
        summaries: (particle, summary) of the simulation that each was accepted with.
        distances: (particle,).
        trace: a row per generation.
        stopped: why there was no further one; "" while there is.
    """

    z: Floats
    summaries: Floats
    distances: Floats
    trace: tuple[Generation, ...]
    stopped: str = ""

    @property
    def tolerance(self) -> float:
        return self.trace[-1].tolerance

    @property
    def simulations(self) -> int:
        return self.trace[-1].simulations

    def draws(self, observed: Floats, adjustment: Adjustment = "none") -> Draws:
        """The particles as draws: of equal weight, or moved to the observation by regression.

        For the latter they weigh as the Epanechnikov kernel has it, all alike if they lie at its edge.
        """
        weights = np.full(len(self.z), 1 / len(self.z))
        if adjustment != "none" and 0 < self.tolerance < np.inf:
            kernel = np.exp(log_kernel("epanechnikov", self.distances, self.tolerance))
            weights = kernel / kernel.sum() if kernel.any() else weights
        return Draws(adjust(self.z, self.summaries, observed, weights, adjustment), weights, self.tolerance)


def save(path: Path, population: Population, identity: Mapping[str, Any]) -> None:
    """Write the state whole or not at all, in place of an older one."""
    told = {"format": FORMAT, "identity": identity, "stopped": population.stopped}
    buffer = io.BytesIO()
    np.savez(
        buffer,
        z=population.z,
        summaries=population.summaries,
        distances=population.distances,
        trace=np.array(population.trace, dtype=np.float64),
        told=np.frombuffer(json.dumps(told, sort_keys=True).encode(), np.uint8),
    )
    write_bytes(path, buffer.getvalue())


def load(path: Path, identity: Mapping[str, Any]) -> Population:
    """The state of this sampling.

    Raises:
        CalibrationError: it cannot be read, or belongs to another.
    """
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as kept:
            told = json.loads(kept["told"].tobytes())
            there = told["identity"]
            trace = tuple(
                Generation(tolerance, share, int(unique), acceptance, int(moves), int(simulations), distance)
                for tolerance, share, unique, acceptance, moves, simulations, distance in kept["trace"].tolist()
            )
            found = Population(kept["z"], kept["summaries"], kept["distances"], trace, told["stopped"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise CalibrationError(f"{path}: cannot be read ({type(error).__name__})") from error
    here = json.loads(json.dumps(identity))
    if differ := sorted(name for name in {*there, *here} if there.get(name) != here.get(name)):
        raise CalibrationError(f"{path} belongs to another sampling. What differs: {', '.join(differ)}")
    return found
