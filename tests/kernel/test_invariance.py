"""The same run has the same bits, whatever else is simulated and however it is cut up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sim.block import simulate_block
from sim.ensemble import outcomes
from sim.kernels.numpy import NumpyKernel
from sim.plan import make_plan
from sim.scenario.resolved import Resolved
from sim.state import State
from sim.step import step


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Two sets of outcome rows are equal to the bit."""
    assert one.keys() == other.keys()
    for name, values in one.items():
        if values.dtype == object:
            assert list(values) == list(other[name]), name
        else:
            assert values.tobytes() == np.asarray(other[name]).tobytes(), name


def rows(resolved: Resolved, numbers: Any, **more: Any) -> dict[str, Any]:
    return simulate_block(make_plan(resolved), 1, np.asarray(numbers, np.uint64), **more).close()


def shortened(resolved: Resolved, days: float) -> Resolved:
    return resolved.model_copy(update={"days": days})


def test_any_batch_gives_a_run_the_same_bits(syria: Resolved) -> None:
    short = shortened(syria, 5.0)
    together = rows(short, range(24))
    alone = [rows(short, [number]) for number in (0, 7, 23)]
    pair = rows(short, [23, 7])
    for row, number in zip(alone, (0, 7, 23), strict=True):
        same(row, {name: values[number : number + 1] for name, values in together.items()})
    same(pair, {name: values[[23, 7]] for name, values in together.items()})


def test_dropping_finished_runs_changes_no_bit(syria: Resolved) -> None:
    whole = shortened(syria, 20.0)
    same(rows(whole, range(30)), rows(whole, range(30), track=True))


def test_a_kernel_goes_on_from_a_state(syria: Resolved, kernel_of: Callable[..., NumpyKernel]) -> None:
    through = kernel_of(syria)
    for number in range(40):
        step(through, number)
    first = kernel_of(syria)
    for number in range(20):
        step(first, number)
    rest = first.of_runs(np.array([2, 5, 9]))
    for number in range(20, 40):
        step(rest, number)
    want: State = through.state.of_runs(np.array([2, 5, 9]))
    for name, array in vars(rest.state).items():
        assert array.tobytes() == getattr(want, name).tobytes(), name


def test_parameters_per_run_equal_parameters_alone(small: Resolved) -> None:
    plan, numbers = make_plan(shortened(small, 8.0)), np.arange(6, dtype=np.uint64)
    rates = np.linspace(0.001, 0.02, 6)
    together = simulate_block(plan, 1, numbers, given={"waver_rate": rates, "score_defect": rates * 100}).close()
    for number, rate in enumerate(rates):
        given = {"waver_rate": float(rate), "score_defect": float(rate * 100)}
        alone = simulate_block(plan, 1, numbers[number : number + 1], given=given).close()
        same(alone, {name: values[number : number + 1] for name, values in together.items()})


def test_every_parameter_may_vary_by_run(small: Resolved) -> None:
    plan, numbers = make_plan(shortened(small, 8.0)), np.arange(3, dtype=np.uint64)
    given = {name: np.full(3, value) for name, value in plan.parameters.items()}
    same(simulate_block(plan, 1, numbers, given=given).close(), simulate_block(plan, 1, numbers).close())


def test_the_order_of_rows_changes_no_bit(syria: Resolved) -> None:
    """Rows are sorted when a scenario is resolved; here the plan itself is given them backwards."""
    short = shortened(syria, 5.0)
    reversed_ = short.model_copy(update={"links": syria.links[::-1]})
    same(rows(short, range(6)), rows(reversed_, range(6)))


def test_a_trigger_switched_off_changes_nothing_before_its_time(syria: Resolved) -> None:
    short = shortened(syria, 5.0)
    as_it_is, fired = _histories(short), rows(short, range(12))
    for without in ("denied_airlift", "stand_at_qamhana"):
        assert np.isfinite(fired[f"fired_{without}"]).any()
        triggers = tuple(t.model_copy(update={"enabled": t.enabled and t.id != without}) for t in syria.triggers)
        off = _histories(short.model_copy(update={"triggers": triggers}))
        first = np.where(np.isnan(fired[f"fired_{without}"]), np.inf, fired[f"fired_{without}"])
        hours = np.arange(len(off)) * syria.step_hours
        for before, (mine, theirs) in zip(hours, zip(as_it_is, off, strict=True), strict=True):
            untouched = first >= before
            assert (mine[:, untouched] == theirs[:, untouched]).all(), without


def _histories(resolved: Resolved) -> list[Any]:
    plan = make_plan(resolved)
    kernel = NumpyKernel(plan, plan.values(seed=1, runs=np.arange(12)), 1, np.arange(12, dtype=np.uint64))
    kept = [kernel.state.status.copy()]
    for number in range(plan.steps):
        step(kernel, number)
        kept.append(kernel.state.status.copy())
    return kept


def test_two_seeds_and_two_runs_differ(small: Resolved) -> None:
    plan = make_plan(shortened(small, 1.0))
    one = simulate_block(plan, 1, np.arange(40, dtype=np.uint64)).close()
    other = simulate_block(plan, 2, np.arange(40, dtype=np.uint64)).close()
    assert (one["men_start"] != other["men_start"]).mean() > 0.9
    assert len(np.unique(one["men_start"])) > 30


def test_the_hour_of_the_collapse_alone_is_the_one_that_a_whole_run_has(syria: Resolved) -> None:
    """Runs that are asked for nothing else end with it."""
    plan = make_plan(shortened(syria, 16.0))
    whole = outcomes(plan, runs=40, kernel="numpy")
    alone = outcomes(plan, runs=40, kernel="numpy", columns=["collapse_hour"])
    same(alone, {"collapse_hour": whole["collapse_hour"]})
    assert 0 < np.isfinite(whole["collapse_hour"]).sum() < 40
    with_more = outcomes(plan, runs=40, kernel="numpy", columns=["collapse_hour", "breaks"])
    same(with_more, {name: whole[name] for name in with_more})


def test_counts_at_ticks_are_left_out_and_all_else_stays(syria: Resolved) -> None:
    short = make_plan(shortened(syria, 6.0))
    numbers = np.arange(8, dtype=np.uint64)
    whole, without = simulate_block(short, 1, numbers), simulate_block(short, 1, numbers, at_ticks=False)
    same(whole.close(), without.close())
    assert without.counts.strength.size == without.counts.fate_men.size == 0
    for name in ("final", "breaks", "first_breaks", "reasons"):
        assert (getattr(whole.counts, name) == getattr(without.counts, name)).all()
