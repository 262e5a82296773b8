"""Shapley values and interactions against games whose answers are known, and against their axioms."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from math import comb, factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.measures.shapley import (
    MOST_PLAYERS,
    add_one_in,
    chain,
    interactions,
    leave_one_out,
    over_runs,
    players_in,
    sampled_shapley,
    shapley,
)

worth = st.floats(-100, 100).map(lambda x: round(x, 3))
games = st.integers(1, 5).flatmap(lambda n: arrays(float, 2**n, elements=worth))
pairs_of_games = st.integers(1, 4).flatmap(lambda n: st.tuples(*[arrays(float, 2**n, elements=worth)] * 2))


def game(n: int, worth_of: Callable[[set[int]], float]) -> np.ndarray:
    """(coalition,) worths of a game given in sets of players."""
    return np.array([worth_of({i for i in range(n) if c >> i & 1}) for c in range(2**n)], dtype=float)


def in_every_order(worths: np.ndarray) -> np.ndarray:
    """Shapley values by their definition: the mean gain over all orders of joining."""
    n = players_in(worths)
    gains = np.zeros(n)
    for order in permutations(range(n)):
        here = 0
        for player in order:
            gains[player] += worths[here | 1 << player] - worths[here]
            here |= 1 << player
    return gains / factorial(n)


# games with a known answer


def test_in_an_additive_game_everybody_gets_their_own() -> None:
    own = np.array([3.0, -1.0, 0.5, 7.0, 0.0])
    worths = game(5, lambda s: 10 + sum(own[i] for i in s))
    for value in (shapley, leave_one_out, add_one_in):
        np.testing.assert_allclose(value(worths), own, atol=1e-12)
    np.testing.assert_allclose(interactions(worths), 0, atol=1e-12)


def test_the_glove_game() -> None:
    # One left glove, two right ones; only a pair is worth something.
    worths = game(3, lambda s: float(0 in s and bool(s & {1, 2})))
    np.testing.assert_allclose(shapley(worths), [2 / 3, 1 / 6, 1 / 6])
    # By hand: a left and a right one need each other in half of the cases; two right ones replace each other.
    found = interactions(worths)
    assert found[0, 1] == found[1, 0] == pytest.approx(1 / 2)
    assert found[1, 2] == pytest.approx(-1 / 2)
    assert leave_one_out(worths).tolist() == [1, 0, 0]
    assert add_one_in(worths).tolist() == [0, 0, 0]


@pytest.mark.parametrize("carrier", [{0}, {1, 3}, {0, 2, 4}, {0, 1, 2, 3, 4}])
def test_a_unanimity_game_is_shared_by_those_it_needs(carrier: set[int]) -> None:
    worths = game(5, lambda s: float(carrier <= s))
    share = [1 / len(carrier) if i in carrier else 0 for i in range(5)]
    np.testing.assert_allclose(shapley(worths), share)
    # I_ij = 1 / (|T| - 1) for a pair of T, else 0 (Grabisch & Roubens 1999).
    for i in range(5):
        for j in range(5):
            index = 1 / (len(carrier) - 1) if i != j and {i, j} <= carrier else 0
            assert interactions(worths)[i, j] == pytest.approx(index)


def test_a_council_with_vetoes() -> None:
    # The UN Security Council of 1965 in small: a veto holder, and four others of whom two are needed.
    worths = game(5, lambda s: float(0 in s and len(s) >= 3))
    others = sum(factorial(k) * factorial(4 - k) * comb(4, k) for k in (2, 3, 4)) / factorial(5)
    np.testing.assert_allclose(shapley(worths), [others, *[(1 - others) / 4] * 4])


@pytest.mark.parametrize("n", [6, MOST_PLAYERS])
def test_an_airport_is_paid_for_step_by_step(n: int) -> None:
    # v(S) = the longest runway that S needs: player i pays sum over k <= i of (c_k - c_(k-1)) / (n - k)
    # (Littlechild & Owen, Management Science 1973).
    cost = np.arange(1, n + 1) ** 2.0
    members = np.arange(2**n)[:, None] >> np.arange(n) & 1
    steps = np.diff(cost, prepend=0) / (n - np.arange(n))
    np.testing.assert_allclose(shapley((members * cost).max(axis=1)), np.cumsum(steps))


# axioms, on any game


@given(games)
def test_the_definition_over_all_orders(worths: np.ndarray) -> None:
    np.testing.assert_allclose(shapley(worths), in_every_order(worths), atol=1e-9)


@given(games)
def test_efficiency(worths: np.ndarray) -> None:
    assert shapley(worths).sum() == pytest.approx(worths[-1] - worths[0], abs=1e-9)


@given(games, st.data())
def test_a_null_player_gets_exactly_nothing(worths: np.ndarray, data: st.DataObject) -> None:
    n = players_in(worths)
    null = data.draw(st.integers(0, n - 1))
    coalitions = np.arange(2**n)
    worths = worths[coalitions & ~(1 << null)]
    assert shapley(worths)[null] == leave_one_out(worths)[null] == add_one_in(worths)[null] == 0
    assert not interactions(worths)[null].any()


@given(games, st.data())
def test_names_do_not_matter(worths: np.ndarray, data: st.DataObject) -> None:
    """Symmetry: players put in another order take their values with them."""
    n = players_in(worths)
    order = data.draw(st.permutations(range(n)))
    moved = np.array([sum((c >> order[i] & 1) << i for i in range(n)) for c in range(2**n)])
    shuffled = np.empty_like(worths)
    shuffled[moved] = worths
    np.testing.assert_allclose(shapley(shuffled), shapley(worths)[list(order)], atol=1e-9)
    np.testing.assert_allclose(interactions(shuffled), interactions(worths)[np.ix_(order, order)], atol=1e-9)


@given(pairs_of_games, worth)
def test_linearity(two: tuple[np.ndarray, np.ndarray], factor: float) -> None:
    for value in (shapley, interactions, leave_one_out, add_one_in):
        expected = value(two[0]) + factor * value(two[1])
        np.testing.assert_allclose(value(two[0] + factor * two[1]), expected, atol=1e-7)


@given(games)
def test_an_interaction_is_what_a_player_gains_by_the_presence_of_another(worths: np.ndarray) -> None:
    """I_ij is the Shapley value of i in the game where j is there, less that where j is not."""
    n = players_in(worths)
    found = interactions(worths)
    coalitions = np.arange(2**n)
    for j in range(n if n > 1 else 0):
        there, gone = worths[coalitions >> j & 1 == 1], worths[coalitions >> j & 1 == 0]
        expected = np.insert(shapley(there) - shapley(gone), j, 0)
        np.testing.assert_allclose(found[j], expected, atol=1e-9)


# runs


@given(st.integers(1, 4).flatmap(lambda n: arrays(float, (2**n, 7), elements=worth)))
def test_each_run_is_a_game_of_its_own(worths: np.ndarray) -> None:
    each = np.stack([shapley(worths[:, run]) for run in range(7)], axis=-1)
    np.testing.assert_allclose(shapley(worths), each, atol=1e-9)
    estimate = over_runs(shapley(worths))
    np.testing.assert_allclose(estimate.value, shapley(worths.mean(axis=1)), atol=1e-9)


def test_the_interval_covers_as_often_as_it_says() -> None:
    # Two players, each run's gains normal: the interval of 20 runs holds the truth in 95 % of 2,000 experiments.
    dice = np.random.default_rng(4)
    gains = dice.normal([1.0, -0.5], 2.0, size=(2000, 20, 2))
    worths = np.stack([np.zeros((2000, 20)), gains[..., 0], gains[..., 1], gains.sum(axis=-1)])
    estimate = over_runs(shapley(worths))
    inside = (estimate.low <= np.array([[1.0], [-0.5]])) & (np.array([[1.0], [-0.5]]) <= estimate.high)
    # Binomial, sd .0049: within 4 sd.
    assert np.abs(inside.mean(axis=1) - 0.95).max() < 0.02


def test_one_run_has_no_interval() -> None:
    estimate = over_runs(np.array([[3.0]]))
    assert estimate.value == [3]
    assert np.isnan([estimate.low, estimate.high]).all()


# sampled orders


def test_an_order_asks_only_for_coalitions_on_its_way() -> None:
    assert chain(np.array([2, 0, 1])) == [0b000, 0b010, 0b011, 0b100, 0b101, 0b111]
    assert len(chain(np.arange(40))) == 80


@given(st.integers(2, 6), st.integers(0, 10**6))
def test_an_order_with_its_reverse_is_exact_where_players_meet_in_pairs(n: int, number: int) -> None:
    dice = np.random.default_rng(number)
    own, together = dice.normal(size=n), np.triu(dice.normal(size=(n, n)), 1)
    worths = game(n, lambda s: sum(own[i] for i in s) + sum(together[i, j] for i in s for j in s))
    found = sampled_shapley(lambda c: worths[c], dice.permutation(n))
    np.testing.assert_allclose(found, shapley(worths), atol=1e-9)


@given(games, st.integers(0, 10**6))
def test_every_sample_adds_up(worths: np.ndarray, number: int) -> None:
    order = np.random.default_rng(number).permutation(players_in(worths))
    assert sampled_shapley(lambda c: worths[c], order).sum() == pytest.approx(worths[-1] - worths[0], abs=1e-9)


def test_samples_are_unbiased_and_their_error_is_what_they_say() -> None:
    dice = np.random.default_rng(11)
    worths = dice.normal(size=2**6)
    exact = shapley(worths)
    every = np.mean([sampled_shapley(lambda c: worths[c], np.array(o)) for o in permutations(range(6))], axis=0)
    np.testing.assert_allclose(every, exact, atol=1e-12)
    inside = []
    for _ in range(150):
        samples = [sampled_shapley(lambda c: worths[c], dice.permutation(6)) for _ in range(20)]
        estimate = over_runs(np.stack(samples, axis=-1))
        inside.append((estimate.low <= exact) & (exact <= estimate.high))
    # 900 intervals; those of one experiment hang together, so allow as if there were 150.
    assert abs(np.mean(inside) - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 150)


@pytest.mark.parametrize("many", [0, 1, 3, 6, 2 ** (MOST_PLAYERS + 1)])
def test_what_is_no_game_is_refused(many: int) -> None:
    with pytest.raises(ValueError, match="coalitions are not all those"):
        shapley(np.zeros(many))
