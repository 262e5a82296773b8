"""One unit that wavers, rallies and leaves at constant rates: its time in the force, and how it goes.

Source: holding ⇄ wavering → gone with rates w, r, x is a phase-type law: E[T] = (w + r + x)/(w x) = 400 h,
S(100 h) = .79898, median 281.44 h; ways to go with rates λ_k take the shares λ_k/Σλ (competing exponentials).
Tolerance: sampling error of 3,000 runs, false alarm 1 in 100,000 for each comparison, against the same law in steps
of 4 h (exact, tests/systems/chains.py), which tends to the figures above. In the slow test, with steps of a quarter
hour, against the figures themselves, plus half a step for each of the 12 stays that a life has on average.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from sim import measures
from sim.block import simulate_block
from sim.plan import make_plan
from sim.recording import Recorder
from sim.rules import exits, transitions
from sim.state import Status
from sim.step import step
from tests.systems.chains import doubt_and_leaving
from tests.systems.forces import NEVER, assert_mean, assert_share, force, kernel, place

W, R, X = 0.02, 0.05, 0.01
MEAN, ALIVE_AT_100, MEDIAN = 400.0, 0.79898, 281.44
HORIZON = 4800.0
SHARES = {Status.DISPERSED: 0.5, Status.SURRENDERED: 0.3, Status.DEFECTED: 0.15, Status.MUTINIED: 0.05}


def lives(runs: int, every: float, hours: float = HORIZON, **parameters: float) -> Recorder:
    """A unit alone in its force, again and again; collapse is its leaving. With a commander it rallies at 2 λ_r."""
    rates = {"waver_rate": W, "rally_rate": R / 2, "exit_rate": X, "effective_wavering": 1.0}
    resolved = force(
        1, step_hours=every, days=hours / 24, places=(place("P0", protected=True),), parameters=rates | parameters
    )
    return simulate_block(make_plan(resolved), 5, np.arange(runs, dtype=np.uint64))


def check(step: float = 4.0, runs: int = 3000) -> None:
    times = lives(runs, step).close()["collapse_hour"]
    stay, _ = doubt_and_leaving(W, R, X, step)
    assert_mean(times, step * np.linalg.inv(np.eye(2) - stay).sum(axis=1)[0])
    curve = measures.survival(times, HORIZON)
    for hours in (20, 100, 280, 800):
        alive = np.linalg.matrix_power(stay, round(hours / step))[0].sum()
        observed = curve.survival[np.searchsorted(curve.hours, hours, side="right") - 1]
        assert_share(round(observed * runs), runs, alive)


def test_time_in_the_force_follows_the_law_in_steps() -> None:
    check()


def test_the_law_in_steps_tends_to_the_published_figures() -> None:
    step = 1e-3
    stay, leave = doubt_and_leaving(W, R, X, step)
    assert step * np.linalg.inv(np.eye(2) - stay).sum(axis=1)[0] == pytest.approx(MEAN, rel=1e-4)
    for hours, alive in ((100, ALIVE_AT_100), (MEDIAN, 0.5)):
        assert np.linalg.matrix_power(stay, round(hours / step))[0].sum() == pytest.approx(alive, abs=3e-5)
        generator = np.array([[-W, W], [R, -R - X]])
        assert expm(generator * hours)[0].sum() == pytest.approx(alive, abs=1e-5)
    assert leave[1] == pytest.approx(X * step, rel=1e-3)


@pytest.mark.slow
def test_with_short_steps_mean_survival_and_median_are_the_published_ones() -> None:
    step, runs = 0.25, 4000
    times = lives(runs, step).close()["collapse_hour"]
    late = 12 * step / 2
    assert_mean(times, MEAN, slack=late)
    assert measures.restricted_mean(times, HORIZON) == pytest.approx(times.mean())
    assert_share(int((times > 100).sum()), runs, ALIVE_AT_100, slack=0.002)
    assert_share(int((times > MEDIAN).sum()), runs, 0.5, slack=0.002)


def check_shares() -> None:
    """Half the units leave within the first day; all in the end."""
    scores = dict(zip(("disperse", "surrender", "defect", "mutiny"), np.log(list(SHARES.values())), strict=True))
    given = {f"score_{way}": float(score) for way, score in scores.items()}
    recorder = lives(4000, 4.0, 480.0, waver_rate=1.0, exit_rate=0.2, score_withdraw=NEVER, **given)
    recorder.close()
    final = recorder.counts.final[0]
    gone = int(final[Status.DISPERSED :].sum())
    assert gone == 4000
    for status, share in SHARES.items():
        assert_share(int(final[status]), gone, share)


def test_ways_to_go_take_the_shares_of_their_rates() -> None:
    check_shares()


def test_who_doubts_rallies_or_leaves_by_the_shares_of_the_rates() -> None:
    """A commander doubles rallying: without one it is λ_r against λ_x, of which x/(r + x) leave first."""
    plan = make_plan(force(20_000, step_hours=1e-2, parameters={"rally_rate": 5.0, "exit_rate": 2.0}))
    for leaderless, rally in ((0.0, 10.0), (np.inf, 5.0)):
        here = kernel(plan)
        here.state.status[:] = Status.WAVERING
        here.state.leaderless_until[:] = leaderless
        here = kernel(plan, state=here.state)
        step(here, 0)
        changed = here.state.status != Status.WAVERING
        left = here.state.status == Status.DISPERSED
        assert_share(int(changed.sum()), 20_000, -np.expm1(-(rally + 2.0) * 1e-2))
        assert_share(int(left.sum()), int(changed.sum()), 2.0 / (rally + 2.0))


@pytest.mark.slow
def test_the_check_fails_where_a_commander_does_not_rally(monkeypatch: pytest.MonkeyPatch) -> None:
    right = transitions.rally
    monkeypatch.setattr(transitions, "rally", lambda *all_: right(*all_) * np.float32(0.5))
    with pytest.raises(AssertionError):
        check()


def test_the_check_fails_where_exits_are_even(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exits, "shares", lambda scores, _: tuple(0.2 + 0 * score for score in scores))
    with pytest.raises(AssertionError):
        check_shares()
