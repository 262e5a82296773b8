"""Watts's cascades on random graphs: they run only where the graph is neither too sparse nor too dense.

Source: D. Watts, A simple model of global cascades on random networks, PNAS 99 (2002). On a Poisson graph of
mean degree z, where each goes once the share φ of its neighbours has gone, one seed can start a cascade
through a very large graph iff z P(X ≤ K − 2) > 1, with X Poisson(z) and K = ⌊1/φ⌋: then those who follow a
single neighbour hang together.
Tolerance: the window holds for ever larger graphs, so that graphs of 800 are tried well inside (a cascade is more
than a fifth of the graph, and at least half of the seeds start one) and well outside it (none of the seeds does).
Graphs and seeds are fixed; the outcome of each is certain.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import poisson

from sim.plan import make_plan
from sim.rules import belief
from sim.state import Status
from tests.systems.forces import STEEP, force, kernel, repeated, settle

N = 800
SEEDS = 36
WINDOWS = {
    4: (1.1141, 3.8631),
    5: (1.0207, 5.7647),
    6: (1.0037, 7.4771),
    8: (1.0001, 10.6574),
    10: (1.0000, 13.6593),
}  # fmt: skip


def poisson_graph(degree: float, seed: int) -> NDArray[np.intp]:
    """(2, tie): who sees, whom; each pair is tied with the same chance."""
    generator = np.random.default_rng(seed)
    pairs = np.triu(generator.random((N, N)) < degree / (N - 1), 1)
    return np.stack(np.nonzero(pairs | pairs.T))


def cascades(follow: int, degree: float, graph: int = 1) -> NDArray[np.bool_]:
    """(seed,) whether that seed brings a fifth of the graph to leave, at a threshold φ with ⌊1/φ⌋ = `follow`.

    Run r starts with unit r gone; a unit without ties never goes.
    """
    ties = poisson_graph(degree, graph)
    threshold = 1 / (follow + 0.4142)  # no share of neighbours of a small degree comes near it
    plan = repeated(make_plan(force(1, step_hours=24)), np.full(N, -STEEP * threshold))
    plan = dataclasses.replace(plan, units=dataclasses.replace(plan.units, ties=ties))
    here = kernel(
        plan, runs=SEEDS, effect_belief=STEEP, waver_rate=10.0, weight_command=1.0, weight_nation=0.0
    )  # fmt: skip
    here.state.disposition[np.setdiff1d(np.arange(N), ties[0])] = -2 * STEEP
    here.state.disposition[np.arange(SEEDS), np.arange(SEEDS)] = 2 * STEEP
    gone = settle(here).state.status > Status.HOLDING
    assert gone[np.arange(SEEDS), np.arange(SEEDS)].all()
    return gone.mean(axis=0) > 0.2


def check_inside(follow: int) -> None:
    assert cascades(follow, WINDOWS[follow][1] * 0.6).mean() >= 1 / 2


@pytest.mark.parametrize("follow", WINDOWS)
def test_cascades_run_well_inside_the_window(follow: int) -> None:
    check_inside(follow)


@pytest.mark.parametrize("follow", WINDOWS)
def test_no_cascade_runs_in_a_graph_too_dense(follow: int) -> None:
    assert not cascades(follow, WINDOWS[follow][1] * 1.5).any()


@pytest.mark.parametrize("follow", WINDOWS)
def test_no_cascade_runs_in_a_graph_too_sparse(follow: int) -> None:
    assert not cascades(follow, 0.75).any()


@pytest.mark.parametrize("degree", [1.2, 1.62, 2.5, 4.0])
def test_no_cascade_runs_at_any_degree_where_nobody_follows_one_of_four(degree: float) -> None:
    """φ > 1/4, K = 3: z P(X ≤ 1) never reaches 1."""
    assert not cascades(3, degree).any()


def test_the_windows_are_where_those_who_follow_one_hang_together() -> None:
    def reach(degree: float, follow: int) -> float:
        return float(degree * poisson.cdf(follow - 2, degree))

    for follow, (low, high) in WINDOWS.items():
        top = max(np.linspace(0.5, 20, 400), key=lambda z, k=follow: reach(z, k))
        for edge, inside in ((low, top), (high, top)):
            outside = 0.5 if edge == low else 25.0
            root = brentq(lambda z, k=follow: reach(z, k) - 1, outside, inside)
            assert root == pytest.approx(edge, abs=6e-5)
    assert max(reach(z, 3) for z in np.linspace(0.5, 20, 400)) < 1


def test_the_check_fails_where_units_see_a_third_of_what_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    right = belief.belief
    monkeypatch.setattr(belief, "belief", lambda *seen: 1 - (1 - right(*seen)) / 3)
    with pytest.raises(AssertionError):
        check_inside(5)
