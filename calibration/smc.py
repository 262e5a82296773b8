"""Sequential Monte Carlo: particles that approach the observation, generation by generation.

Each generation lowers the tolerance so far that a share of the effective sample size is
left (Del Moral, Doucet & Jasra, Statistics and Computing 22, 2012), resamples, and moves
particles by Markov chain Monte Carlo under the new tolerance, as often as their acceptance
asks for (Drovandi & Pettitt, Biometrics 67, 2011). Moves are Gaussian steps in
probit space, where the prior is standard normal, with the particles' covariance × 2.38²/d:

    accept z' with probability min(1, φ(z') K(d') / (φ(z) K(d)))

d is the distance of one simulation, K the kernel. As K ≤ 1, a proposal whose uniform draw
exceeds φ(z') / (φ(z) K(d)) is refused without simulating it. The importance weights of
population Monte Carlo collapse with a dozen parameters; moves need none.

All chains step together, one call of the simulator for each step. Simulations are numbered
through and draws addressed by (seed, generation), so the state after a generation is all
that is needed to go on to the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from math import ceil, inf, log, log1p
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from calibration.dice import Purpose, dice
from calibration.kernels import Kernel, log_kernel, relative
from calibration.priors import Prior
from calibration.rejection import Distance, measure
from calibration.simulator import CalibrationError, Floats, Simulator, simulate, versions
from calibration.smc_state import Generation, Population, load, save
from calibration.weighted import covariance, ess, systematic

PILOT = 2
"""Steps of a generation after which its acceptance is known well enough to plan the others."""
FEWEST = 0.05
"""Share of the particles that must stay where equal distances leave no better choice."""


@dataclass(frozen=True)
class Target:
    """What is sampled.

    Attributes:
        prior: of the parameters.
        simulator: gives (row, summary).
        distance: between summaries and the observation.
        observed: (summary,).
        summary_names: (summary,).
    """

    prior: Prior
    simulator: Simulator
    distance: Distance
    observed: Floats
    summary_names: tuple[str, ...]

    def __call__(self, theta: Floats, first_row: int) -> tuple[Floats, Floats]:
        """(row, summary) summaries and (row,) distances of simulations numbered from `first_row`."""
        found = simulate(self.simulator, theta, first_row, self.summary_names)
        return found, measure(self.distance, found, self.observed)


@dataclass(frozen=True)
class Settings:
    """How it is sampled.

    Attributes:
        particles: how many.
        keep: share of the effective sample size that a new tolerance leaves.
        unmoved: chance with which a particle that is moved may stay where it was; sets the number of
            steps. On a normal posterior with six parameters .01 took twice the simulations of .1, for a
            quarter more effective particles.
        most_moves: bound on the steps of a generation.
        kernel: see `calibration.kernels`.
        target: tolerance at which to stop; above 0 unless the kernel is uniform.
        budget: simulations, those of the first generation included. No generation is begun with less
            than half of what the last one took.
        acceptance_floor: stop after a generation whose acceptance is below.
    """

    particles: int = 1000
    keep: float = 0.5
    unmoved: float = 0.1
    most_moves: int = 150
    kernel: Kernel = "uniform"
    target: float = 0.0
    budget: int = 200_000
    acceptance_floor: float = 0.02

    def __post_init__(self) -> None:
        if not (self.particles >= 10 and 0 < self.keep < 1 and 0 < self.unmoved < 1 and self.most_moves >= PILOT):
            raise CalibrationError(f"settings that make no sense: {self}")
        if self.target < 0 or (self.target == 0 and self.kernel != "uniform"):
            raise CalibrationError(f"the {self.kernel} kernel needs a target above 0, not {self.target:g}")


Table = tuple[Floats, Floats]
"""(simulation, parameter) z and (simulation, summary) of a reference table."""


def smc(
    target: Target,
    settings: Settings,
    seed: int,
    *,
    start: Table | None = None,
    first_row: int = 0,
    state: Path | None = None,
    identity: Mapping[str, Any] | None = None,
    resume: bool = False,
    on_generation: Callable[[Population], object] | None = None,
) -> Population:
    """Sample until the target tolerance, the budget or the floor of the acceptance is reached.

    Args:
        target: what to sample.
        settings: how.
        seed: of the sampler's draws; simulations have their own dice, by number.
        start: a reference table: its nearest rows are the first generation and cost nothing.
        first_row: number of the first simulation. After a table: its length, so that no dice fall twice.
        state: file that holds the last generation, for `resume`.
        identity: plain values that tell this simulator and observation from others.
        resume: go on from `state` if it is there.
        on_generation: called with the population after each.

    Raises:
        CalibrationError: `state` exists without `resume`, or belongs to another sampling; or the
            simulator misbehaves; or the budget does not cover the first generation.
    """
    run = _Run(target, settings, seed, first_row)
    facts = _identity(target, settings, seed, first_row, start, identity or {})
    if state is not None and state.exists():
        if not resume:
            raise CalibrationError(f"{state} exists; resume, or take another file")
        population = replace(load(state, facts), stopped="")
    else:
        population = run.first() if start is None else run.from_table(start)
    while True:
        population = replace(population, stopped=run.why_stop(population))
        if state is not None:
            save(state, population, facts)
        if on_generation is not None:
            on_generation(population)
        if population.stopped:
            return population
        further = run.generation(population)
        if further is None:
            further = replace(population, stopped="equal distances")
            if state is not None:
                save(state, further, facts)
            return further
        population = further


def next_tolerance(distances: Floats, before: float, share: float, kernel: Kernel, target: float = 0.0) -> float | None:
    """The tolerance that leaves this share of the effective sample size; None if none is lower than before.

    Args:
        distances: (particle,) of equally weighted particles.
        before: tolerance that they have; inf for draws from the prior.
        share: of their number.
        kernel: its weights are those under the new tolerance over those under the old.
        target: no lower than this.
    """
    base = log_kernel(kernel, distances, before)

    def left(tolerance: float) -> float:
        return ess(relative(log_kernel(kernel, distances, tolerance) - base))

    wanted = share * len(distances)
    if (target > 0 or kernel == "uniform") and left(target) >= wanted:
        return target
    low, high = target, before if before < inf else max(float(distances.max()), 1e-300)
    while left(high) < wanted:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        if middle > 0 and left(middle) >= wanted:
            high = middle
        else:
            low = middle
    if kernel == "uniform":
        return _untied(distances, float(distances[distances <= high].max()), before)
    return high if high < before * (1 - 1e-9) else None


def _untied(distances: Floats, tolerance: float, before: float) -> float | None:
    """The tolerance, or the next distance below if it would leave all particles; None where too few are left."""
    farthest = distances.max()
    if tolerance < farthest or before == inf:
        return tolerance
    below = distances[distances < farthest]
    return float(below.max()) if len(below) >= max(2.0, FEWEST * len(distances)) else None


@dataclass(frozen=True)
class _Run:
    """The steps of the sampler."""

    target: Target
    settings: Settings
    seed: int
    first_row: int

    def first(self) -> Population:
        """Draws from the prior."""
        many = self.settings.particles
        if many > self.settings.budget:
            raise CalibrationError(f"a budget of {self.settings.budget} simulations is less than {many} particles")
        theta = self.target.prior.draw(range(many), self.seed)
        summaries, distances = self.target(theta, self.first_row)
        told = Generation(inf, float(many), many, np.nan, 0, many, float(np.median(distances)))
        return Population(self.target.prior.to_probit(theta), summaries, distances, (told,))

    def from_table(self, start: Table) -> Population:
        """The rows of a table under the tolerance that leaves as many as there are particles."""
        z, summaries = start
        many = self.settings.particles
        if len(z) < 2 * many:
            raise CalibrationError(f"a table of {len(z)} rows is too short to start {many} particles")
        distances = measure(self.target.distance, summaries, self.target.observed)
        tolerance = next_tolerance(distances, inf, many / len(z), self.settings.kernel, self.settings.target)
        assert tolerance is not None
        weights = relative(log_kernel(self.settings.kernel, distances, tolerance))
        chosen = systematic(weights, many, dice(self.seed, Purpose.SMC).random())
        near = distances[chosen]
        told = Generation(tolerance, ess(weights), len(np.unique(chosen)), np.nan, 0, 0, float(np.median(near)))
        return Population(z[chosen], summaries[chosen], near, (told,))

    def why_stop(self, population: Population) -> str:
        last = population.trace[-1]
        if last.tolerance <= self.settings.target:
            return "target tolerance"
        if last.acceptance < self.settings.acceptance_floor:
            return "acceptance floor"
        # With less than half of what the last one took, too many particles would stay copies.
        spent = last.simulations - population.trace[-2].simulations if len(population.trace) > 1 else 0
        short = self._left(last.simulations) < max(self.settings.particles, spent / 2)
        return "budget" if short else ""

    def generation(self, population: Population) -> Population | None:
        """A lower tolerance, resampled and moved; None if there is none."""
        settings = self.settings
        generator = dice(self.seed, Purpose.SMC, len(population.trace))
        tolerance = next_tolerance(
            population.distances, population.tolerance, settings.keep, settings.kernel, settings.target
        )
        if tolerance is None:
            return None
        before, after = (
            log_kernel(settings.kernel, population.distances, t) for t in (population.tolerance, tolerance)
        )
        weights = relative(after - before)
        chosen = systematic(weights, settings.particles, generator.random())
        movers = _movers(chosen, settings.kernel)
        chains = _Chains(population.z[chosen], population.summaries[chosen], population.distances[chosen])
        told = self._move(chains, movers, tolerance, population.simulations, generator)
        unique = len(np.unique(chains.z, axis=0))
        row = Generation(tolerance, ess(weights), unique, *told, float(np.median(chains.distances)))
        return Population(chains.z, chains.summaries, chains.distances, (*population.trace, row))

    def _move(
        self, chains: _Chains, movers: NDArray[np.intp], tolerance: float, used: int, generator: Generator
    ) -> tuple[float, int, int]:
        """Step these particles, in place; returns acceptance, steps and simulations used in all."""
        size = chains.z.shape[1]
        spread = covariance(chains.z, np.ones(len(chains.z))) + 1e-10 * np.eye(size)
        root = np.linalg.cholesky(spread) * 2.38 / np.sqrt(size)
        accepted = step = 0
        steps = PILOT if len(movers) else 0
        while step < steps and self._left(used) >= len(movers):
            noise = generator.standard_normal((len(movers), size))
            proposed = chains.z[movers] + np.einsum("ij,kj->ik", noise, root)
            height = np.log(generator.random(len(movers)) + 2.0**-54)
            hits, simulated = self._step(chains, movers, proposed, height, tolerance, self.first_row + used)
            accepted, used, step = accepted + hits, used + simulated, step + 1
            if step == PILOT:
                steps = self._steps(accepted / (PILOT * len(movers)))
        return (accepted / (step * len(movers)) if step else np.nan), step, used

    def _step(
        self, chains: _Chains, movers: NDArray[np.intp], proposed: Floats, height: Floats, tolerance: float, row: int
    ) -> tuple[int, int]:
        """One Metropolis–Hastings step of each: how many were accepted, and how many simulated."""
        kernel = self.settings.kernel
        prior = (np.square(chains.z[movers]) - np.square(proposed)).sum(axis=1) / 2
        ratio = prior - log_kernel(kernel, chains.distances[movers], tolerance)
        tried = np.flatnonzero(height < ratio)
        if not len(tried):
            return 0, 0
        summaries, distances = self.target(self.target.prior.from_probit(proposed[tried]), row)
        won = height[tried] < ratio[tried] + log_kernel(kernel, distances, tolerance)
        at = movers[tried[won]]
        chains.z[at], chains.summaries[at], chains.distances[at] = proposed[tried[won]], summaries[won], distances[won]
        return int(won.sum()), len(tried)

    def _steps(self, acceptance: float) -> int:
        """Steps after which a particle has moved with chance 1 − `unmoved`: log(unmoved)/log(1 − acceptance)."""
        if acceptance >= 1:
            return PILOT
        wanted = log(self.settings.unmoved) / log1p(-acceptance) if acceptance > 0 else inf
        return PILOT if wanted <= PILOT else ceil(min(wanted, self.settings.most_moves))

    def _left(self, used: int) -> int:
        return self.settings.budget - used


def _movers(chosen: NDArray[np.intp], kernel: Kernel) -> NDArray[np.intp]:
    """Which of the resampled particles (ascending) move.

    Under the uniform kernel survivors weigh alike: each is as good a draw as its copies, and
    only these move (Drovandi & Pettitt). Under other kernels only the heavier have copies;
    to move these alone would leave the light ones as many as the heavy.
    """
    return np.flatnonzero(chosen[1:] == chosen[:-1]) + 1 if kernel == "uniform" else np.arange(len(chosen))


@dataclass
class _Chains:
    """Particles while they move; changed in place."""

    z: Floats
    summaries: Floats
    distances: Floats


def _identity(
    target: Target, settings: Settings, seed: int, first_row: int, start: Table | None, given: Mapping[str, Any]
) -> dict[str, Any]:
    """What must agree for a state to be gone on with; a budget may be raised."""
    told = {name: value for name, value in asdict(settings).items() if name != "budget"}
    return {
        "prior": target.prior.sha256,
        "observed": target.observed.tolist(),
        "summaries": list(target.summary_names),
        "settings": told,
        "seed": seed,
        "first_row": first_row,
        "start": [sha256(part.tobytes()).hexdigest() for part in start or ()],
        "simulator": dict(given),
        "versions": versions(),
    }
