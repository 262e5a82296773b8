"""Priors: their scales, the way to probit space and back, and draws that are addressed by row."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, loguniform, norm, uniform

from calibration.dice import Purpose, dice
from calibration.priors import Prior, Range
from calibration.simulator import CalibrationError
from sim.parameters import BY_NAME, FREE
from tests.calibration.models import box


def test_rates_times_and_speeds_are_log_uniform_and_effects_are_not() -> None:
    prior = Prior.of_parameters()
    by_ratio = {"waver_rate", "exit_rate", "uprising_rate", "casualty_rate", "advance_speed", "belief_decay"}
    assert {each.name for each in prior.ranges if each.log} == by_ratio
    times = Prior.of_parameters(["patron_delay", "information_delay", "frailty_spread"])
    assert [each.log for each in times.ranges] == [True, True, False]


def test_what_does_not_vary_is_held() -> None:
    prior = Prior.of_parameters(["waver_rate", "shock_size"], fixed={"effect_belief": 5.8, "shock_decay": 48.0})
    values = prior.values(prior.draw(range(3), 1))
    assert {name for name in values if np.ndim(values[name])} == {"waver_rate", "shock_size"}
    assert values["effect_belief"] == 5.8
    assert values["shock_decay"] == 48.0
    assert values["rally_rate"] == BY_NAME["rally_rate"].default
    assert set(values) == {p.name for p in FREE} | {"shock_decay"}


def test_ranges_can_be_narrowed() -> None:
    prior = Prior.of_parameters(["exit_rate"], ranges={"exit_rate": (0.01, 0.02)})
    assert prior.ranges == (Range("exit_rate", 0.01, 0.02, True, "1/h"),)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"names": ["waver"]}, "no parameter 'waver'"),
        ({"names": ["exit_rate"], "ranges": {"waver_rate": (0.1, 0.2)}}, "waver_rate, which does not vary"),
        ({"names": ["exit_rate"], "ranges": {"exit_rate": (0.2, 0.1)}}, "0.2 to 0.1"),
        ({"names": ["exit_rate"], "fixed": {"exit_rate": 1.0}}, "twice: exit_rate"),
        ({"names": []}, "needs a parameter"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict[str, object], says: str) -> None:
    with pytest.raises(CalibrationError, match=says):
        Prior.of_parameters(**arguments)  # type: ignore[arg-type]


def test_draws_follow_the_prior_and_are_standard_normal_in_probit_space() -> None:
    prior = Prior((Range("a", 0.001, 10.0, True), Range("b", -1.0, 3.0)))
    theta = prior.draw(range(4000), 7)
    assert kstest(theta[:, 0], loguniform(0.001, 10).cdf).pvalue > 0.01
    assert kstest(theta[:, 1], uniform(-1, 4).cdf).pvalue > 0.01
    z = prior.to_probit(theta)
    assert all(kstest(z[:, i], norm.cdf).pvalue > 0.01 for i in range(2))
    assert abs(np.corrcoef(z.T)[0, 1]) < 0.05


@given(st.integers(1, 9), st.lists(st.integers(1, 40), min_size=1, max_size=5), st.integers(0, 1000))
def test_a_row_has_the_same_bits_whatever_is_drawn_with_it(size: int, batches: list[int], start: int) -> None:
    prior = box(size)
    ends = np.cumsum([start, *batches]).tolist()
    parts = [prior.draw(range(a, b), 3) for a, b in pairwise(ends)]
    assert np.concatenate(parts).tobytes() == prior.draw(range(start, ends[-1]), 3).tobytes()


def test_other_seeds_and_purposes_draw_something_else() -> None:
    assert not np.isin(box(4).draw(range(50), 1), box(4).draw(range(50), 2)).any()
    assert dice(1, Purpose.SMC).random() != dice(1, Purpose.RESAMPLE).random() != dice(1, Purpose.SMC, 1).random()


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3))
def test_there_and_back(z: list[float]) -> None:
    prior = box(3)
    theta = prior.from_probit(np.array([z]))
    np.testing.assert_allclose(prior.to_probit(theta), [z], atol=1e-8)
    np.testing.assert_allclose(prior.from_probit(prior.to_probit(theta)), theta, rtol=1e-12)


def test_no_z_leaves_the_prior() -> None:
    prior = box(2)
    theta = prior.from_probit(np.array([[-np.inf, np.inf], [-40.0, 40.0], [8.3, -8.3]]))
    lows, highs = ([getattr(each, end) for each in prior.ranges] for end in ("low", "high"))
    assert ((theta >= lows) & (theta <= highs)).all()
    assert np.isfinite(prior.to_probit(theta)).all()


def test_a_value_outside_is_named() -> None:
    with pytest.raises(CalibrationError, match=r"p1 = 9 lies outside its prior, 0\.02 to 3"):
        box(2).to_probit(np.array([[0.5, 1.0], [0.5, 9.0]]))
    with pytest.raises(CalibrationError, match="p0 = nan"):
        box(2).to_probit(np.array([[np.nan, 1.0]]))


def test_a_prior_is_known_by_its_hash() -> None:
    prior = Prior.of_parameters(["waver_rate", "shock_size"])
    assert Prior.from_dict(prior.as_dict()) == prior
    other = [
        replace(prior, ranges=prior.ranges[::-1]),
        replace(prior, fixed={**prior.fixed, "rally_rate": 0.03}),
        Prior.of_parameters(["waver_rate", "shock_size"], ranges={"shock_size": (0.3, 2.1)}),
    ]
    assert len({each.sha256 for each in (prior, Prior.from_dict(prior.as_dict()), *other)}) == 4
