"""What must not change whatever else does: men, bits, hazards, the past.

Source: exact consequences of the model's definition (docs/model.md, sections 4 to 6), on the scenario that `rout new`
writes and on the force of the trigger examples.
Tolerance: none for bits and hazards; 1e-5 of the men for sums in float32; for each comparison of distributions a false
alarm of 1 in 100,000 (Kolmogorov–Smirnov, two samples of 1,500 runs).
The same invariants over random forces, and over workers and threads, are in tests/test_properties.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.stats import ks_2samp

import sim.kernels.opening
import sim.plan.force
from sim.block import simulate_block
from sim.kernels.numpy import NumpyKernel
from sim.plan import make_plan
from sim.randomness import stable_hash
from sim.rules import quit, transitions
from sim.scenario import load, resolve, write_new
from sim.scenario.resolved import Resolved, ResolvedFormation
from sim.state import Status
from sim.step import step
from sim.triggers.example_force import AXES, LINKS, PARENTS, PATRONS, PLACES, UNITS, ExampleForce
from tests.systems.forces import ALARM, HOST, axis, force, kernel, link, patron, place, trigger, unit
from tests.triggers.conftest import build
from tests.triggers.documented_rows import ROWS


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Resolved:
    return resolve(load(write_new(tmp_path_factory.mktemp("small") / "small.toml"))).model_copy(update={"days": 7.0})


def rows(resolved: Resolved, runs: int = 60, **given: Any) -> dict[str, Any]:
    return simulate_block(make_plan(resolved), 12, np.arange(runs, dtype=np.uint64), given=given).close()


# -- men ------------------------------------------------------------------------------------------


def check_men(resolved: Resolved) -> None:
    plan = make_plan(resolved)
    host = plan.units.host
    start = kernel(plan, runs=60, seed=12).state.men[host].sum(axis=0)
    end = rows(resolved)
    fielded = sum(end[f"men_{status.label}"] for status in Status if status is not Status.ABSENT)
    np.testing.assert_allclose(fielded + end["killed"], end["men_start"], rtol=1e-5)
    np.testing.assert_allclose(end["men_start"] + end["men_absent"], start, rtol=1e-5)
    assert (end["killed"] > 0).any()


def test_men_are_conserved_over_statuses(small: Resolved) -> None:
    check_men(small)


def test_the_check_of_men_fails_where_some_go_missing(small: Resolved, monkeypatch: pytest.MonkeyPatch) -> None:
    right = NumpyKernel.commit

    def leak(self: NumpyKernel) -> None:
        self.state.men *= np.float32(0.9999)
        right(self)

    monkeypatch.setattr(NumpyKernel, "commit", leak)
    with pytest.raises(AssertionError):
        check_men(small)


# -- order and names ------------------------------------------------------------------------------


def check_order(resolved: Resolved) -> None:
    """Rows of units, places and links backwards."""
    backwards = resolved.model_copy(
        update={"units": resolved.units[::-1], "places": resolved.places[::-1], "links": resolved.links[::-1]}
    )
    one, other = rows(resolved), rows(backwards)
    assert one.keys() == other.keys()
    other["final_status"] = np.array([word[::-1] for word in other["final_status"]], dtype=object)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_the_order_of_rows_changes_no_bit(small: Resolved) -> None:
    check_order(small)


@pytest.mark.slow
def test_the_check_of_order_fails_where_draws_go_by_row(small: Resolved, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sim.plan.force, "hashes", lambda kind, ids: np.arange(len(list(ids)), dtype=np.uint64))
    with pytest.raises(AssertionError):
        check_order(small)


def renamed(resolved: Resolved) -> Resolved:
    """Each unit, place, trigger, formation and axis with another name; as rows are sorted by it, they move too."""
    text = resolved.model_dump_json()
    kinds = (resolved.units, resolved.places, resolved.triggers, resolved.formations, resolved.axes)
    ids = sorted(each.id for kind in kinds for each in kind)
    for number, name in enumerate(ids):
        text = text.replace(f'"{name}"', f'"N{len(ids) - number:03}"')
    new = Resolved.model_validate_json(text)
    return new.model_copy(
        update={
            kind: tuple(sorted(getattr(new, kind), key=lambda row: row.id))
            for kind in ("units", "places", "triggers", "formations", "axes")
        }
    )


def check_names(resolved: Resolved) -> None:
    one, other = rows(resolved, 1500, waver_rate=0.006), rows(renamed(resolved), 1500, waver_rate=0.006)
    assert (one["men_start"] != other["men_start"]).mean() > 0.9, "the same draws"
    for name in ("men_start", "men_holding", "men_dispersed", "breaks", "collapse_hour"):
        assert ks_2samp(np.nan_to_num(one[name], nan=1e9), np.nan_to_num(other[name], nan=1e9)).pvalue > ALARM, name


def test_renaming_everything_changes_nothing_in_distribution(small: Resolved) -> None:
    check_names(small)


@pytest.mark.slow
def test_the_check_of_names_fails_where_names_of_one_length_share_their_luck(
    small: Resolved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sim.plan.force, "hashes", lambda kind, ids: np.array([stable_hash(kind, str(len(i))) for i in ids], np.uint64)
    )
    with pytest.raises(AssertionError):
        check_names(small)


# -- hazards --------------------------------------------------------------------------------------


def example(*hours: float) -> Resolved:
    """The force of the trigger examples, every effect and the size of shocks 0, all documented rows fired."""
    parents = [ResolvedFormation(id=name, name=name, parent=above) for name, above in PARENTS.items()]
    stands = dict(zip(UNITS, ("NORTHGATE", "MIDTOWN", "BRIDGE", "CAPITAL") * 2, strict=True))
    units = [unit(name, stands[name], **u._asdict(), controller=HOST) for name, u in UNITS.items()]
    fired = [
        trigger(f"{number:02}", hour, *build(row).operations(ExampleForce()))
        for number, (hour, (_, row, _)) in enumerate(zip(hours, ROWS, strict=False))
    ]
    return force(
        units,
        days=3,
        step_hours=2.0,
        capital="CAPITAL",
        places=tuple(place(name) for name in PLACES),
        links=tuple(link(*ends) for ends in LINKS),
        axes=tuple(axis(1000.0, start, name=name, starts_hour=None) for name, start in AXES.items()),
        patrons=tuple(patron(name) for name in PATRONS),
        formations=tuple(parents),
        triggers=tuple(fired),
        parameters={"waver_rate": 0.01, "shock_size": 0.0},
    )


def hazards(resolved: Resolved, monkeypatch: pytest.MonkeyPatch) -> Iterator[np.ndarray]:
    """(unit, run) hazards of holding → wavering in each step, as the rule gives them."""
    right, seen = transitions.waver, []
    monkeypatch.setattr(transitions, "waver", lambda *given: seen.append(right(*given)) or seen[-1])
    here = kernel(resolved, runs=5, seed=12)
    for number in range(here.plan.steps):
        step(here, number)
        yield seen[-1]
    monkeypatch.setattr(transitions, "waver", right)
    if resolved.triggers:
        assert np.isfinite(here.state.fired).all(), "a trigger did not fire"


def check_hazards(monkeypatch: pytest.MonkeyPatch) -> None:
    hours = np.linspace(0, 60, len(ROWS))
    with_, without = (hazards(what, monkeypatch) for what in (example(*hours), example()))
    for one, other in zip(list(with_), list(without), strict=True):
        np.testing.assert_array_equal(one, other)


def test_with_every_effect_and_shock_zero_no_documented_trigger_changes_a_hazard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check_hazards(monkeypatch)


def test_the_check_of_hazards_fails_where_command_counts_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    right = quit.terms

    def terms(*given: Any) -> quit.Terms:
        return right(*given)._replace(leaderless=np.float32(0.1) * given[5])

    monkeypatch.setattr(quit, "terms", terms)
    with pytest.raises(AssertionError):
        check_hazards(monkeypatch)


# -- the past -------------------------------------------------------------------------------------


def check_past(resolved: Resolved) -> None:
    """All triggers of the force at once on its last day, against none."""
    last_day = resolved.days * 24 - 24
    late = tuple(
        t.model_copy(update={"earliest": last_day, "latest": last_day + 1, "guards": (), "probability": 1.0})
        for t in resolved.triggers
    )
    one, other = (
        kernel(resolved.model_copy(update={"triggers": triggers}), runs=20, seed=12)
        for triggers in (late, tuple(t.model_copy(update={"enabled": False}) for t in late))
    )
    before = round(last_day / resolved.step_hours)
    for number in range(one.plan.steps):
        step(one, number)
        step(other, number)
        if number < before:
            for name, array in vars(one.state).items():
                if name not in ("moment", "delay", "due"):
                    np.testing.assert_array_equal(array, getattr(other.state, name), err_msg=f"{name}, step {number}")
    assert not np.array_equal(one.state.shock, other.state.shock), "they change nothing at all"


def test_triggers_on_the_last_day_change_nothing_earlier(small: Resolved) -> None:
    check_past(small)


def test_the_check_of_the_past_fails_where_triggers_come_early(
    small: Resolved, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = sim.kernels.opening.clocks

    def early(*given: Any) -> tuple[Any, ...]:
        account, moment, delay = right(*given)
        return account, moment - np.float32(12), delay

    monkeypatch.setattr(sim.kernels.opening, "clocks", early)
    with pytest.raises(AssertionError):
        check_past(small)


# -- bits -----------------------------------------------------------------------------------------


def check_batches(resolved: Resolved) -> None:
    together = rows(resolved, 40)
    plan = make_plan(resolved)
    for number in (0, 17, 39):
        alone = simulate_block(plan, 12, np.array([number], np.uint64)).close()
        for name, values in alone.items():
            np.testing.assert_array_equal(values, together[name][number : number + 1], err_msg=name)


def test_the_same_run_has_the_same_bits_in_any_batch(small: Resolved) -> None:
    check_batches(small)


@pytest.mark.slow
def test_the_check_of_bits_fails_where_draws_go_by_position(small: Resolved, monkeypatch: pytest.MonkeyPatch) -> None:
    right = NumpyKernel.__init__

    def by_position(self: NumpyKernel, plan: Any, p: Any, seed: int, runs: Any, state: Any = None) -> None:
        right(self, plan, p, seed, np.arange(len(runs), dtype=np.uint64), state)

    monkeypatch.setattr(NumpyKernel, "__init__", by_position)
    with pytest.raises(AssertionError):
        check_batches(small)
