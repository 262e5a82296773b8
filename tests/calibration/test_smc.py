"""Sequential Monte Carlo: right where the answer is known, sparing, and the same bits however it is stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest, norm

from calibration.kernels import log_kernel
from calibration.rejection import ScaledEuclid
from calibration.simulator import CalibrationError
from calibration.smc import Settings, Target, next_tolerance, smc
from calibration.smc_state import Population
from calibration.weighted import covariance, ess, mean
from tests.calibration.models import LinearGaussian, uniforms

SMALL = Settings(particles=200, budget=4000)


def target_of(model: LinearGaussian, row: int = 10**7) -> Target:
    observed = model(model.prior.draw(range(row, row + 1), 42), row)[0]
    return Target(model.prior, model, ScaledEuclid(np.full(len(model.A), 1.0)), observed, model.names)


def exact_kernel(model: LinearGaussian, error: float, row: int = 10**7) -> Target:
    """A model without noise under a normal observation error: d = −log of the observation kernel."""
    plain = target_of(model, row)
    return replace(plain, distance=lambda s, o: 0.5 * np.square((s - o) / error).sum(axis=1))


@pytest.mark.parametrize("size", [2, 6])
def test_under_an_observation_kernel_it_samples_the_known_posterior(size: int) -> None:
    model = LinearGaussian.of(size, size + 1, 1e-9)
    target = exact_kernel(model, 0.3)
    centre, cov = LinearGaussian(model.prior, model.A, 0.3).posterior(target.observed)
    found = smc(target, Settings(particles=2000, kernel="exponential", target=1.0, budget=10**6), 1)
    assert found.stopped == "target tolerance"
    sd = np.sqrt(np.diag(cov))
    np.testing.assert_allclose((mean(found.z, np.ones(2000)) - centre) / sd, 0, atol=4 / np.sqrt(1000))
    scaled = covariance(found.z, np.ones(2000)) / np.outer(sd, sd)
    np.testing.assert_allclose(scaled, cov / np.outer(sd, sd), atol=0.15)


@pytest.mark.parametrize("kernel", ["uniform", "epanechnikov", "gaussian"])
def test_it_samples_what_rejection_with_the_same_kernel_samples(kernel: Any) -> None:
    model = LinearGaussian.of(2, 2, 0.5)
    target = target_of(model)
    found = smc(target, Settings(particles=1500, kernel=kernel, target=0.6, budget=10**6), 2)
    assert found.tolerance == 0.6
    z, summaries = model.table(150_000)
    distances = target.distance(summaries, target.observed) / 0.6
    near = np.exp(-0.5 * distances**2) if kernel == "gaussian" else distances <= 1
    weights = np.clip(1 - distances**2, 0, None) if kernel == "epanechnikov" else near.astype(float)
    centre, cov = mean(z, weights), covariance(z, weights)
    sd = np.sqrt(np.diag(cov))
    np.testing.assert_allclose((mean(found.z, np.ones(1500)) - centre) / sd, 0, atol=0.12)
    np.testing.assert_allclose(covariance(found.z, np.ones(1500)) / np.outer(sd, sd), cov / np.outer(sd, sd), atol=0.15)


def test_moves_keep_the_prior_where_the_observation_says_nothing() -> None:
    """Distances are mere dice: all that lowering the tolerance does is to move particles over the prior."""
    model = LinearGaussian.of(3, 1, 1.0)
    noise = lambda theta, first_row: uniforms(9, first_row, len(theta), 1)  # noqa: E731
    target = replace(target_of(model), simulator=noise, distance=lambda s, o: s[:, 0])
    found = smc(target, Settings(particles=2000, budget=10**6, acceptance_floor=0.04), 3)
    assert len(found.trace) > 2
    assert all(kstest(found.z[:, i], norm.cdf).pvalue > 0.001 for i in range(3))


def test_it_reaches_what_rejection_cannot_at_the_same_budget() -> None:
    model, budget = LinearGaussian.of(6, 8, 0.3), 20_000
    target = target_of(model)
    found = smc(target, Settings(particles=500, budget=budget), 4)
    z, summaries = model.table(budget)
    distances = target.distance(summaries, target.observed)
    nearest = np.argsort(distances)[:500]
    assert found.simulations <= budget
    assert found.tolerance < 0.7 * distances[nearest].max()
    exact = np.sqrt(np.diag(model.posterior(target.observed)[1]))
    excess = [each.std(axis=0) / exact - 1 for each in (found.z, z[nearest])]
    assert (excess[0] < 0.8 * excess[1]).all()
    assert np.mean(excess[0] / excess[1]) < 0.65
    assert found.trace[-1].unique > 400


def test_twelve_parameters_do_not_collapse() -> None:
    model = LinearGaussian.of(12, 14, 1.0)
    found = smc(target_of(model), Settings(particles=500, budget=20_000), 5)
    assert all(row.unique > 400 for row in found.trace[:-1])
    assert len(np.unique(found.z, axis=0)) == found.trace[-1].unique > 300


def test_each_generation_keeps_its_share_and_the_trace_tells() -> None:
    found = smc(target_of(LinearGaussian.of(2, 3, 0.5)), replace(SMALL, keep=0.6), 6)
    first, *others = found.trace
    assert first[:3] == (np.inf, 200, 200)
    assert [row.ess for row in others] == [pytest.approx(120, abs=1)] * len(others)
    tolerances = [row.tolerance for row in found.trace]
    assert tolerances == sorted(tolerances, reverse=True)
    assert len(set(tolerances)) == len(tolerances)
    assert (found.distances <= found.tolerance).all()
    assert found.trace[-1].distance == np.median(found.distances)
    expected = [np.log(0.1) / np.log1p(-row.acceptance) for row in others[:-1]]
    assert [row.moves for row in others[:-1]] == pytest.approx(expected, rel=0.6)  # planned from the first two


def test_particles_carry_their_own_simulations() -> None:
    model = LinearGaussian.of(2, 3, 1e-9)
    found = smc(target_of(model), SMALL, 7)
    np.testing.assert_allclose(found.summaries, model(model.prior.from_probit(found.z), 0), atol=1e-6)


def test_simulations_are_numbered_through_in_batches() -> None:
    model = LinearGaussian.of(2, 3, 0.5)
    calls: list[tuple[int, int]] = []

    def simulator(theta: np.ndarray, first_row: int) -> np.ndarray:
        calls.append((first_row, len(theta)))
        return model(theta, first_row)

    found = smc(replace(target_of(model), simulator=simulator), SMALL, 8, first_row=1000)
    firsts, sizes = zip(*calls, strict=True)
    assert list(firsts) == [1000 + done for done in np.cumsum([0, *sizes[:-1]])]
    assert sum(sizes) == found.simulations <= SMALL.budget
    assert len(calls) == 1 + sum(row.moves for row in found.trace)


def test_a_table_is_a_first_generation_that_costs_nothing() -> None:
    model = LinearGaussian.of(2, 3, 0.5)
    target, table = target_of(model), model.table(5000)
    found: list[Population] = []
    smc(target, SMALL, 9, start=table, first_row=5000, on_generation=found.append)
    assert found[0].simulations == 0
    nearest = np.sort(target.distance(table[1], target.observed))[:200]
    assert sorted(found[0].distances) == nearest.tolist()
    assert found[0].tolerance == nearest[-1]
    assert found[-1].tolerance < 0.8 * found[0].tolerance
    with pytest.raises(CalibrationError, match="too short to start 200"):
        smc(target, SMALL, 9, start=model.table(300))


def test_why_it_stops() -> None:
    target = target_of(LinearGaussian.of(2, 3, 0.5))
    assert smc(target, SMALL, 1).stopped == "budget"
    assert smc(target, replace(SMALL, budget=10**6, acceptance_floor=0.2), 1).stopped == "acceptance floor"
    reached = smc(target, replace(SMALL, target=1.5), 1)
    assert (reached.stopped, reached.tolerance) == ("target tolerance", 1.5)
    alike = replace(target, distance=lambda s, o: np.full(len(s), 3.0))
    assert smc(alike, SMALL, 1).stopped == "equal distances"
    hit = replace(target, distance=lambda s, o: np.zeros(len(s)))
    assert smc(hit, SMALL, 1).stopped == "target tolerance"
    with pytest.raises(CalibrationError, match="budget of 100"):
        smc(target, replace(SMALL, budget=100), 1)


def test_equal_distances_do_not_stop_it_where_enough_are_lower() -> None:
    """Four fifths of the particles share the largest distance: they go, though half was to be kept."""
    distances = np.concatenate([np.linspace(0, 1, 40), np.full(160, 2.0)])
    assert next_tolerance(distances, np.inf, 0.5, "uniform") == 2
    assert next_tolerance(distances, 2.0, 0.5, "uniform") == 1
    assert next_tolerance(distances[36:], 2.0, 0.5, "uniform") is None


@pytest.mark.parametrize("kernel", ["epanechnikov", "gaussian", "exponential"])
def test_a_tolerance_leaves_the_wanted_share(kernel: Any) -> None:
    distances = np.random.default_rng(1).gamma(3, size=1000) + 1000  # exp(−d/ε) alone would vanish
    first = next_tolerance(distances, np.inf, 0.7, kernel, 1e-3)
    assert first is not None
    distances = distances[log_kernel(kernel, distances, first) > -np.inf]
    second = next_tolerance(distances, first, 0.7, kernel, 1e-3)
    assert second is not None
    assert second < first
    logs = log_kernel(kernel, distances, second) - log_kernel(kernel, distances, first)
    logs = logs[np.isfinite(logs)]
    assert ess(np.exp(logs - logs.max())) == pytest.approx(0.7 * len(distances), rel=0.01)


@pytest.mark.parametrize("settings", [{"keep": 1.0}, {"kernel": "gaussian"}, {"target": -1.0}, {"particles": 3}])
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(CalibrationError):
        Settings(**settings)


def test_regression_moves_the_particles_to_the_observation() -> None:
    model = LinearGaussian.of(4, 6, 0.4)
    target = target_of(model)
    found = smc(target, Settings(particles=1000, budget=15_000), 10)
    centre, cov = model.posterior(target.observed)
    sd = np.sqrt(np.diag(cov))
    raw, moved = found.draws(target.observed), found.draws(target.observed, "linear")
    assert (np.sqrt(np.diag(covariance(raw.z, raw.weights))) > 1.3 * sd).all()
    np.testing.assert_allclose(np.sqrt(np.diag(covariance(moved.z, moved.weights))), sd, rtol=0.15)
    np.testing.assert_allclose((mean(moved.z, moved.weights) - centre) / sd, 0, atol=0.35)


class StopError(Exception):
    """Somebody stops it."""


@pytest.mark.parametrize("generations", [1, 3])
def test_stopped_and_gone_on_with_it_gives_the_same_bytes(generations: int, tmp_path: Path) -> None:
    target = target_of(LinearGaussian.of(3, 4, 0.5))
    whole = smc(target, SMALL, 11, state=tmp_path / "whole.npz", identity={"case": "x"})

    def stop(population: Population) -> None:
        if len(population.trace) == generations:
            raise StopError

    with pytest.raises(StopError):
        smc(target, SMALL, 11, state=tmp_path / "parts.npz", identity={"case": "x"}, on_generation=stop)
    again = smc(target, SMALL, 11, state=tmp_path / "parts.npz", identity={"case": "x"}, resume=True)
    assert again.z.tobytes() == whole.z.tobytes()
    assert str(again.trace) == str(whole.trace)
    assert (tmp_path / "parts.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()
    once_more = smc(target, SMALL, 11, state=tmp_path / "parts.npz", identity={"case": "x"}, resume=True)
    assert once_more.simulations == whole.simulations
    assert (tmp_path / "parts.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()
    more = smc(
        target, replace(SMALL, budget=8000), 11, state=tmp_path / "parts.npz", identity={"case": "x"}, resume=True
    )
    assert more.tolerance < whole.tolerance


def test_a_state_of_another_sampling_is_refused(tmp_path: Path) -> None:
    target, state = target_of(LinearGaussian.of(2, 3, 0.5)), tmp_path / "state.npz"
    smc(target, SMALL, 12, state=state, identity={"case": "x"})
    before = state.read_bytes()
    with pytest.raises(CalibrationError, match="exists; resume"):
        smc(target, SMALL, 12, state=state)
    for changes, says in (
        ({"seed": 13}, "seed"),
        ({"settings": replace(SMALL, keep=0.4)}, "settings"),
        ({"identity": {"case": "y"}}, "simulator"),
        ({"target": replace(target, observed=target.observed + 1)}, "observed"),
    ):
        usual: dict[str, Any] = {"target": target, "settings": SMALL, "seed": 12, "identity": {"case": "x"}}
        with pytest.raises(CalibrationError, match=f"What differs: {says}"):
            smc(**usual | changes, state=state, resume=True)
    assert state.read_bytes() == before
    state.write_bytes(before[:-50])
    with pytest.raises(CalibrationError, match="cannot be read"):
        smc(target, SMALL, 12, state=state, identity={"case": "x"}, resume=True)
