"""The compiled kernel gives what the reference gives: every row, every count, every array of the state, to the bit.

Slow, as the kernel is compiled (a minute) where that has not been done. `test_compiled_parts.py` tries its
parts, and the whole as plain Python, without compiling it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from sim.block import look_every, simulate_block
from sim.ensemble import outcomes
from sim.kernels.compiled import tables
from sim.kernels.opening import opening
from sim.operations import Operation, Reach, Touches, Verb, order
from sim.parameters import ALL
from sim.plan import Plan, make_plan
from sim.recording import Notes, no_counts, tick_every
from sim.scenario import load, resolve
from sim.scenario.resolved import Resolved, ResolvedGuard, ResolvedTrigger
from sim.state import State, Status
from tests.agents.test_equality_of_operations import Mix
from tests.kernel.both import agree, block, compiled_state, differences, reference_state
from tests.kernel.conftest import SYRIA
from tests.kernel.grounds import LIVELY, ground, mixed
from tests.kernel.translated import arguments, columns, numbers, parameters, together
from tests.systems.forces import axis, force, link, patron, place, trigger, unit
from tests.systems.test_12_invariants import example
from tests.test_properties import few, forces
from tests.triggers.documented_rows import ROWS

pytestmark = pytest.mark.slow

SCENARIOS = sorted(path.parent for path in SYRIA.parent.glob("*/scenario.toml"))


@pytest.fixture(scope="module")
def whole() -> Resolved:
    return resolve(load(SYRIA))


# -- scenarios --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 77, 2**63 + 5])
def test_the_syrian_case(whole: Resolved, seed: int) -> None:
    agree(whole, range(60), seed)


@pytest.mark.parametrize("hours", [0.1, 0.5, 2.0, 4.0, 24.0])
def test_other_steps(whole: Resolved, hours: float) -> None:
    days = 4.0 if hours < 0.5 else 25.0
    agree(whole.model_copy(update={"step_hours": hours, "days": days}), range(500, 520), 3)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.name)
def test_every_scenario(path: Path) -> None:
    agree(resolve(load(path)), range(1000, 1010))


def test_the_scenario_that_is_written_for_a_beginner(small: Resolved) -> None:
    agree(small, range(40))


def test_runs_that_are_over_early(whole: Resolved) -> None:
    """Both kernels stop them; the reference drops them from its block."""
    plan, rates = make_plan(whole.model_copy(update={"days": 25.0})), {"waver_rate": np.geomspace(1e-5, 0.05, 30)}
    agree(plan, range(30), given=rates)
    over = compiled_state(plan, 1, range(30), [plan.steps], rates)[1].over
    assert 3 < over.sum() < 27


# -- generated forces -------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(6))
def test_a_mix_of_operations_in_the_syrian_case(whole: Resolved, number: int) -> None:
    agree(Mix(whole, number).scenario(), range(number, number + 20))


@pytest.mark.parametrize("number", range(40))
def test_a_mix_of_operations_on_random_ground(number: int) -> None:
    agree(mixed(number), range(12), number)


def test_the_mixes_leave_out_nothing() -> None:
    """Units are in every status; places are lost, taken back and rise; triggers miss; rumours are heard."""
    statuses, seen = (
        np.zeros(len(Status), int),
        dict.fromkeys(("risen", "column_km", "missed", "fired", "undo_units"), 0),
    )
    changed, heard, over = 0, 0, 0
    for number in range(40):
        plan = make_plan(mixed(number))
        for last in (plan.steps // 3, plan.steps):
            state, notes, _ = compiled_state(plan, number, range(12), [last])
            statuses += (state.status[..., None] == np.arange(len(Status))).sum(axis=(0, 1))
            for name in seen:
                array = getattr(state, name)
                seen[name] += int((np.isfinite(array) & (array != 0)).sum())
        changed += int((state.control != plan.places.holder[:, None]).sum())
        heard += int((state.rumour == 2).sum())
        over += int(notes.over.sum())
    assert (statuses > 0).all()
    assert all(seen.values())
    assert changed
    assert heard
    assert over


@few
@given(forces())
def test_random_small_forces(resolved: Resolved) -> None:
    agree(resolved, range(8), 3)


@pytest.mark.parametrize("hours", [(0.0,) * len(ROWS), tuple(np.linspace(0, 60, len(ROWS)))], ids=["at once", "spread"])
def test_every_documented_trigger(hours: tuple[float, ...]) -> None:
    lively = example(*hours).model_copy(update={"parameters": LIVELY})
    agree(lively, range(30))
    if len(set(hours)) > 1:
        assert np.isfinite(reference_state(make_plan(lively), 1, range(5), 36).fired).all()


RETREAT = trigger("T", 5, order("withdrawing", Reach(("A", "B", "C")), chance=0.7, destination="P0"))
SPENT = trigger("T", 5, *6 * [Operation(verb=Verb.MULTIPLY, touches=Touches.ATTACKER_QUALITY, amount=-20.0,
                                     axes=("column",))])  # fmt: skip
TRIO = [unit("A"), unit("B", formation="guards"), unit("C", men_high=900.0)]
ROW = {"places": (place("P0"), place("P1")), "links": (link("P0", "P1"),)}
BARE: dict[str, dict[str, Any]] = {
    "one unit alone": {"units": [unit("A")]},
    "nobody": {"units": []},
    "nobody there yet": {"units": [unit("A", present=False)]},
    "one place, attacked": {"units": TRIO, "axes": (axis(500.0),)},
    "one place, attacked by men of no quality any more": {"units": TRIO, "axes": (axis(500.0),), "triggers": (SPENT,)},
    "no link, and an order to leave": {"units": TRIO, "triggers": (RETREAT,)},
    "no patron, no trigger": {"units": TRIO, **ROW, "axes": (axis(300.0, "P1", "P0"),)},
    "a patron whose contingent goes home": {
        "units": [*TRIO, unit("D", kind="contingent", patron="ally")],
        "patrons": (patron(commitment=0.1),),
    },
    "patrons without trust in each other": {
        "units": [*TRIO, unit("D", kind="militia", patron="ally", formation="guards")],
        "patrons": (patron(), patron("other", weight=0.0, trust=0.0)),
        "patron_trust": 0.0,
    },
    "nine patrons at one place": {
        "units": [unit(f"U{n}", patron=f"ally{n}", kind="militia", men_high=100.0 * n + 0.3) for n in range(1, 10)],
        "patrons": tuple(patron(f"ally{n}", trust=0.1 * n) for n in range(1, 10)),
    },
    "a closed road": {
        "units": TRIO,
        "places": ROW["places"],
        "links": (link("P0", "P1").model_copy(update={"open": False}),),
        "axes": (axis(300.0, "P1", "P0"),),
    },
    "attackers with one place to go": {"units": TRIO, **ROW, "axes": (axis(300.0, "P1"),)},
}


@pytest.mark.parametrize("fields", BARE.values(), ids=BARE)
def test_forces_that_lack_something(fields: dict[str, Any]) -> None:
    agree(force(**fields, parameters=LIVELY), range(20))


TIES = {
    "all tied": [[0, 1, 2, 3, 4, 5, 6, 0, 0], [1, 2, 0, 3, 0, 5, 4, 3, 4]],
    "some see nobody": [[0, 0, 1, 2, 3, 3, 5], [1, 2, 0, 3, 0, 5, 4]],
    "nobody sees anybody": [[], []],
    "not in order": [[5, 0, 3, 0, 2, 3], [4, 2, 0, 1, 3, 5]],
}


@pytest.mark.parametrize("ties", TIES.values(), ids=TIES)
def test_command_as_an_edge_list(ties: list[list[int]]) -> None:
    units = [unit(f"U{n}", formation="army" if n else "alone") for n in range(7)]
    plan = make_plan(force(units, parameters=LIVELY | {"weight_command": 0.8, "weight_nation": 0.2}))
    edges = np.array(ties, np.intp).reshape(2, -1)
    agree(dataclasses.replace(plan, units=dataclasses.replace(plan.units, ties=edges)), range(30))


def _asks(name: str, hour: float = 6, **fields: Any) -> ResolvedTrigger:
    guards = tuple(ResolvedGuard(**guard) for guard in fields.pop("guards", ()))
    return trigger(name, hour, Operation(verb=Verb.ADD, touches=Touches.SHOCK, amount=0.1, units=("A",)), guards=guards,
                   **fields)  # fmt: skip


LIMITS = (
    _asks("until_then", until=6.0),
    _asks("until_later", until=6.001),
    _asks("late_by_delay", 4, delay_low=2.0, delay_high=2.0, until=6.0),
    _asks("in_time_with_delay", 4, delay_low=2.0, delay_high=2.0, until=7.0),
    *(_asks(f"strong_{kind}", guards=[{f"strength_{kind}": 1.0}]) for kind in ("above", "below")),
    *(_asks(f"nation_{kind}", guards=[{f"nation_{kind}": 1.0}]) for kind in ("above", "below")),
    *(_asks(f"backed_{kind}", 0, guards=[{f"commitment_{kind}": (("ally", 0.5),)}]) for kind in ("above", "below")),
    *(_asks(f"patient_{h}", 6, patience_hours=h, guards=[{"fired": ("waited_for",)}]) for h in (4, 5, 6, 7)),
    _asks("waited_for", 12),
    *(
        trigger(f"closes_{number}", 6, Operation(verb=Verb.SET, touches=Touches.LINK, links=(("P0", "P1"),),
                                                duration_hours=hours), probability=0.6)
        for number, hours in enumerate((0.5, 1.0, 12.0))
    ),
)  # fmt: skip


def test_limits_that_are_met_exactly() -> None:
    """Hours, shares and patience that lie just where one step ends and the next begins."""
    plan = make_plan(
        force(
            [unit("A"), unit("B", "P1"), unit("C", "P1", motorised=True)],
            places=(place("P0"), place("P1", supply_source=False), place("P2")),
            links=(link("P0", "P1"), link("P1", "P2", 25.0)),
            patrons=(patron(),),
            axes=(
                axis(900.0, "P2", "P1", "P0", starts_hour=3.0),
                axis(10.0, "P2", "P1", name="late", starts_hour=3.001),
            ),
            triggers=tuple(sorted(LIMITS, key=lambda row: row.id)),
            parameters={"casualty_rate": 0.2, "waver_rate": 0.01, "capture_ratio": 0.2, "contact_pressure": 0.0},
            days=2.0,
        )
    )
    agree(plan, range(30))
    fired = np.isfinite(reference_state(plan, 1, range(30), plan.steps).fired).any(axis=1)
    assert 5 < fired.sum() < len(LIMITS) - 4


def test_one_compilation_serves_every_plan() -> None:
    from sim.kernels.compiled.runs import simulate_runs

    for what in (force(1), force(**BARE["nine patrons at one place"]), ground(Random(1))):
        block(make_plan(what), "compiled", 1, range(2), {"waver_rate": np.array([0.1, 0.2])})
    assert len(simulate_runs.signatures) == 1  # type: ignore[attr-defined]


# -- rules ------------------------------------------------------------------------------------------


def test_every_rule_in_machine_code_has_the_bits_of_numpy() -> None:
    """Numbers of every size, parameters over their priors."""
    fill, firsts = together()
    for seed in range(5):
        x, p = numbers(4000, seed), parameters(seed)
        out = np.empty((len(x), firsts[-1][1] + 1), np.float32)
        fill(x, p, out)
        for function, at in firsts:
            with np.errstate(all="ignore"):
                want = columns(function(*arguments(function, p, iter(x.T))), len(x)).astype(np.float32)
            mine = out[:, at : at + want.shape[1]]
            same = (mine.view(np.uint32) == want.view(np.uint32)) | (np.isnan(mine) & np.isnan(want))
            assert same.all(), function


# -- parameters -------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 7, 22])
def test_each_parameter_at_each_of_its_limits(number: int) -> None:
    """Run 2k has parameter k at its lower bound, run 2k + 1 at its upper one."""
    vectors = {}
    for row, parameter in enumerate(ALL):
        values = np.full(2 * len(ALL), float(mixed(number).parameters[parameter.name]))
        values[[2 * row, 2 * row + 1]] = parameter.lower, parameter.upper
        vectors[parameter.name] = values
    with np.errstate(all="ignore"):  # a rate of 1e7 a man may well overflow
        agree(mixed(number), range(2 * len(ALL)), 5, vectors)


@pytest.mark.parametrize("number", [2, 9])
def test_a_vector_of_each_parameter_drawn_from_its_prior(number: int) -> None:
    dice = np.random.default_rng(number)
    agree(mixed(number), range(40), number, {p.name: dice.uniform(min(p.prior), max(p.prior), 40) for p in ALL})


@pytest.mark.parametrize("law", range(8))
def test_each_law_of_losses(law: int) -> None:
    names = ("loss_attackers_power", "loss_defenders_power", "loss_total_power")
    powers = {name: float(law >> bit & 1) for bit, name in enumerate(names)}
    agree(mixed(4), range(15), given=powers | {"casualty_rate": 0.01})


# -- however runs are cut -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def busy() -> Plan:
    return make_plan(mixed(3))


def test_a_run_alone_in_a_pair_and_in_any_order(busy: Plan) -> None:
    together = block(busy, "compiled", 3, range(120))[0]
    for some in ([0], [119], [7, 3], [50, 0, 119, 49, 51], list(range(119, -1, -1)), list(range(51))):
        mine = block(busy, "compiled", 3, some)[0]
        assert not differences(mine, {name: values[some] for name, values in together.items()}), some


def test_a_run_until_its_collapse_and_without_counts(busy: Plan) -> None:
    whole = outcomes(busy, runs=60, kernel="numpy")["collapse_hour"]
    alone = outcomes(busy, runs=60, kernel="compiled", columns=["collapse_hour"])["collapse_hour"]
    assert alone.tobytes() == whole.tobytes()
    assert np.isfinite(whole).any()


def test_counts_add_up_over_any_cuts(busy: Plan) -> None:
    whole = block(busy, "compiled", 3, range(120))[1]
    parts = no_counts(busy)
    for start, stop in ((0, 1), (1, 60), (60, 111), (111, 120)):
        parts.add(block(busy, "compiled", 3, range(start, stop))[1])
    assert not differences(whole, parts)


def test_threads_at_once_give_what_one_gives(whole: Resolved, busy: Plan) -> None:
    work = [(make_plan(whole), 1), (busy, 2), (make_plan(whole), 3), (busy, 4)] * 2
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda each: block(each[0], "compiled", each[1], range(60)), work))
    for (plan, seed), (rows, counts) in zip(work, together, strict=True):
        alone = block(plan, "compiled", seed, range(60))
        assert not differences(rows, alone[0])
        assert not differences(counts, alone[1])


@pytest.mark.parametrize("number", range(12))
def test_stopping_and_going_on_is_the_same_as_going_through(number: int) -> None:
    """State, notes and counts; also where runs are over before the stop."""
    plan = make_plan(mixed(number, days=12.0))
    stops = [1, 1, 7, plan.steps // 3, plan.steps // 3 + 1, plan.steps * 2 // 3, plan.steps]
    through, cut = (compiled_state(plan, number, range(10), where) for where in ([plan.steps], stops))
    for one, other in zip(through, cut, strict=True):
        assert not differences(one, other)


def test_each_run_may_go_on_from_its_own_step(busy: Plan) -> None:
    from sim.kernels.compiled.kernel import CompiledKernel, pack, unpack

    runs, firsts = np.arange(6, dtype=np.uint64), np.array([0, 5, 11, 5, busy.steps, 2])
    kernel, p = CompiledKernel(busy, look_every(busy), tick_every(busy)), busy.values(seed=1, runs=runs)
    here: State | None = None
    for run, first in zip(runs, firsts, strict=True):
        there = compiled_state(busy, 3, [run], [int(first)])[0]
        here = there if here is None else _side_by_side(here, there)
    assert here is not None
    packed = pack(here)
    kernel.advance(p, 3, runs, packed, Notes.empty(busy, 6), no_counts(busy), firsts)
    assert not differences(reference_state(busy, 3, runs, busy.steps), unpack(packed))


def _side_by_side(one: State, other: State) -> State:
    return State(**{name: np.concatenate([array, getattr(other, name)], -1) for name, array in vars(one).items()})


def test_a_state_that_is_handed_over_is_left_as_it_is(busy: Plan) -> None:
    from sim.kernels.compiled.kernel import CompiledKernel, pack

    runs = np.arange(3, dtype=np.uint64)
    p = busy.values(seed=1, runs=runs)
    state, again = opening(busy, p, 3, runs), opening(busy, p, 3, runs)
    begin = np.zeros(3, np.int64)
    CompiledKernel(busy, 4, 4).advance(p, 3, runs, pack(state), Notes.empty(busy, 3), no_counts(busy), begin)
    assert not differences(state, again)


# -- the comparison itself ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["shock_size", "frailty_spread", "casualty_rate", "air_support_gain", "hold_wavering"])
def test_the_last_bit_of_a_parameter_shows(name: str) -> None:
    plan = make_plan(mixed(3))
    value = np.float32(plan.parameters[name])
    other = float(np.nextafter(value, np.float32(np.inf)))
    mine = reference_state(plan, 3, range(12), plan.steps)
    assert differences(mine, compiled_state(plan, 3, range(12), [plan.steps], {name: other})[0])


@pytest.mark.parametrize("fault", ["edge_km", "quality of a unit", "hash of a trigger", "weight of a tick"])
def test_a_wrong_table_shows(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = tables.tables

    def wrong(plan: Plan, look: int, tick: int) -> tables.Tables:
        t = right(plan, look, tick)
        if fault == "edge_km":
            return t._replace(graph=t.graph._replace(edge_km=t.graph.edge_km * np.float32(1.01)))
        if fault == "quality of a unit":
            return t._replace(units=t.units._replace(elite=np.float32(1) - t.units.elite))
        if fault == "hash of a trigger":
            return t._replace(triggers=t.triggers._replace(hash=t.triggers.hash ^ np.uint64(1)))
        return right(plan, look, tick + 1)

    monkeypatch.setattr("sim.kernels.compiled.kernel.tables", wrong)
    with pytest.raises(AssertionError):
        _agree_on(range(12))


def _agree_on(grounds: Iterable[int]) -> None:
    for number in grounds:
        agree(mixed(number), range(12), number)


def test_a_history_is_always_the_reference_s(busy: Plan) -> None:
    some = np.arange(4, dtype=np.uint64)
    one, other = (simulate_block(busy, 3, some, track=True, kernel=kernel) for kernel in ("numpy", "compiled"))
    assert one.track is not None
    assert other.track is not None
    assert not differences(one.track.arrays(), other.track.arrays())
