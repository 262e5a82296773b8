"""What holds for every force, tried on small random ones."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import sim
from sim import measures
from sim.block import simulate_block
from sim.operations import Operation, Touches, Verb
from sim.parameters import ALL, FREE
from sim.plan import make_plan
from sim.results import Result
from sim.scenario import load, resolve, write_new
from sim.scenario.resolved import Resolved, ResolvedFormation, ResolvedTrigger
from sim.state import State, Status
from sim.step import step
from tests.scenario_files import BASE, write_folder
from tests.systems.forces import axis, force, kernel, link, patron, place, trigger, unit

RUNS = 4
DEFAULTS = {p.name: float(p.default) for p in ALL}
LIVELY = DEFAULTS | {"waver_rate": 0.02, "casualty_rate": 0.3, "uprising_rate": 0.01}
"""Parameters with which much happens in three days."""

few = settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


# -- random forces --------------------------------------------------------------------------------


def towns(number: int) -> tuple[str, ...]:
    return tuple(f"P{n}" for n in range(number))


@st.composite
def forces(draw: st.DrawFn, triggers: int = 3, parameters: dict[str, float] = LIVELY) -> Resolved:
    """Up to six units in a row of up to four places, a column of attackers, perhaps a patron, perhaps a rising."""
    places, patrons = towns(draw(st.integers(1, 4))), draw(st.integers(0, 2))
    names = [f"U{n}" for n in range(draw(st.integers(1, 6)))]
    units = []
    for name in names:
        backed = patrons and draw(st.booleans())
        kinds = ["militia", "contingent"] if backed else ["regular", "militia"]
        units.append(
            unit(
                name,
                draw(st.sampled_from(places)),
                kind=draw(st.sampled_from(kinds)),
                patron=f"ally{draw(st.integers(0, patrons - 1))}" if backed else None,
                formation=draw(st.sampled_from(["army", "guards", "levy"])),
                men_high=draw(st.sampled_from([100.0, 400.0])),
                morale=draw(st.floats(0.05, 0.95)),
                loyalty=draw(st.floats(0, 1)),
                supply=draw(st.floats(0, 3)),
                motorised=draw(st.booleans()),
                present=name == "U0" or draw(st.booleans()),
            )
        )
    rises = "band" if draw(st.booleans()) else None
    events = [trigger(f"T{n}", draw(hours), *draw(operations(names, places, patrons))) for n in range(triggers)]
    return force(
        units,
        days=3.0,
        step_hours=draw(st.sampled_from([2.0, 3.0, 6.0])),
        places=tuple(place(p, supply_source=p == "P0", rises=rises if p == places[-1] else None) for p in places),
        links=tuple(link(a, b, 10.0) for a, b in pairwise(places)),
        axes=(
            *([axis(50.0, places[-1], name="band", starts_hour=None)] if rises else []),
            axis(draw(st.floats(10, 2000)), *places[::-1], starts_hour=draw(st.sampled_from([0.0, 12.0]))),
        ),
        patrons=tuple(patron(f"ally{n}", commitment=draw(st.floats(0, 1)), weight=0.5) for n in range(patrons)),
        triggers=tuple(events),
        parameters=parameters,
    )


hours = st.integers(0, 60).map(float)


@st.composite
def operations(draw: st.DrawFn, units: Sequence[str], places: Sequence[str], patrons: int) -> tuple[Operation, ...]:
    """One to three of the things that a trigger can do to these units."""
    whom = st.lists(st.sampled_from(list(units)), min_size=1, max_size=3, unique=True).map(lambda u: tuple(sorted(u)))
    sizes, shares = st.floats(-2, 2), st.floats(0, 1)
    passing = st.sampled_from([None, 6.0])

    def add(touches: Touches) -> st.SearchStrategy[Operation]:
        return st.builds(Operation, verb=st.just(Verb.ADD), touches=st.just(touches), amount=sizes, units=whom)

    def times(touches: Touches) -> st.SearchStrategy[Operation]:
        return st.builds(
            Operation, verb=st.just(Verb.MULTIPLY), touches=st.just(touches), amount=sizes, units=whom,
            duration_hours=passing,
        )  # fmt: skip

    def put(touches: Touches) -> st.SearchStrategy[Operation]:
        return st.builds(
            Operation, verb=st.just(Verb.SET), touches=st.just(touches), amount=shares, units=whom,
            duration_hours=passing,
        )  # fmt: skip

    order = st.builds(
        Operation, verb=st.just(Verb.SET), touches=st.just(Touches.STATUS), units=whom, chance=shares,
        status=st.sampled_from(["wavering", "withdrawing", "dispersed", "surrendered", "defected"]),
        destination=st.just(places[0]),
    )  # fmt: skip
    kinds = [
        *map(add, (Touches.SHOCK, Touches.LOYALTY, Touches.SUPPLY, Touches.BELIEF)),
        *map(times, (Touches.RALLY, Touches.QUALITY, Touches.BELIEF)),
        *map(put, (Touches.SAFETY, Touches.OFFER, Touches.LEADERLESS)),
        order,
        st.builds(Operation, verb=st.just(Verb.BRING_UNITS), units=whom, destination=st.just(places[0])),
        st.builds(Operation, verb=st.just(Verb.START_RUMOUR), units=whom, amount=sizes, duration_hours=st.just(24.0)),
    ]
    if patrons:
        ends = {"patrons": st.just(("ally0",)), "verb": st.just(Verb.MULTIPLY), "amount": sizes}
        kinds += [st.builds(Operation, touches=st.just(Touches.TRUST), units=whom, **ends)]
        kinds += [st.builds(Operation, touches=st.just(Touches.COMMITMENT), duration_hours=passing, **ends)]
    return tuple(draw(st.lists(st.one_of(kinds), min_size=1, max_size=3)))


def rows(resolved: Resolved, numbers: Sequence[int] = range(RUNS), seed: int = 3) -> dict[str, Any]:
    return simulate_block(make_plan(resolved), seed, np.asarray(numbers, np.uint64)).close()


def assert_same(one: State, other: State, but: Sequence[str] = (), where: Any = ()) -> None:
    """Two states agree to the bit, in each array but these; `where` selects runs."""
    for name, array in vars(one).items():
        if name not in but:
            np.testing.assert_array_equal(array[..., *where], getattr(other, name)[..., *where], err_msg=name)


# -- men and bounds -------------------------------------------------------------------------------


@few
@given(forces())
def test_men_are_conserved_over_statuses_brought_ones_included(resolved: Resolved) -> None:
    plan = make_plan(resolved)
    all_men = kernel(plan, runs=RUNS, seed=3).state.men[plan.units.host].sum(axis=0)
    end = rows(resolved)
    fielded = sum(end[f"men_{status.label}"] for status in Status if status is not Status.ABSENT)
    np.testing.assert_allclose(fielded + end["killed"], end["men_start"], rtol=1e-5)
    np.testing.assert_allclose(end["men_start"] + end["men_absent"], all_men, rtol=1e-5)


@few
@given(forces())
def test_every_state_array_keeps_its_shape_and_bounds_in_every_step(resolved: Resolved) -> None:
    here = kernel(resolved, runs=RUNS, seed=3)
    size = {
        "unit": len(resolved.units),
        "place": len(resolved.places),
        "link": len(resolved.links),
        "patron": len(resolved.patrons),
        "trigger": len(resolved.triggers),
        "run": RUNS,
    }
    shapes = {name: array.shape for name, array in vars(here.state).items()}
    for number in range(here.plan.steps):
        step(here, number)
        for field in fields(State):
            array, (low, high) = getattr(here.state, field.name), field.metadata["bounds"]
            assert array.shape == shapes[field.name]
            for axis_name, long in zip(field.metadata["axes"], array.shape, strict=True):
                assert size.get(axis_name, long) == long, field.name
            assert not np.isnan(array.astype(float)).any(), field.name
            assert (array >= low).all(), field.name
            assert (array <= high).all(), field.name
        assert (here.state.supply <= here.plan.units.supply_cap[:, None]).all()


# -- order and batches ----------------------------------------------------------------------------


@settings(max_examples=8)
@given(st.randoms(use_true_random=False))
def test_shuffled_rows_in_the_files_resolve_to_the_same_force(shuffle: random.Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plain, mixed = write_folder(Path(folder) / "plain", BASE), write_folder(Path(folder) / "mixed", BASE)
        for table in mixed.glob("*.csv"):
            head, *lines = table.read_text(encoding="utf-8").splitlines()
            shuffle.shuffle(lines)
            table.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
        assert resolve(load(mixed)) == resolve(load(plain))


@few
@given(forces(), st.randoms(use_true_random=False))
def test_shuffled_units_places_and_links_change_no_bit(resolved: Resolved, shuffle: random.Random) -> None:
    lists = {name: list(getattr(resolved, name)) for name in ("units", "places", "links")}
    for each in lists.values():
        shuffle.shuffle(each)
    one, other = rows(resolved), rows(resolved.model_copy(update={k: tuple(v) for k, v in lists.items()}))
    places = [lists["units"].index(unit) for unit in resolved.units]
    other["final_status"] = np.array(["".join(word[i] for i in places) for word in other["final_status"]], dtype=object)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


@few
@given(forces(), st.lists(st.integers(0, 11), min_size=1, max_size=5, unique=True))
def test_a_run_has_the_same_bits_in_any_batch_and_place(resolved: Resolved, some: list[int]) -> None:
    all_, few_ = rows(resolved, range(12)), rows(resolved, some)
    for name, values in few_.items():
        np.testing.assert_array_equal(values, all_[name][some], err_msg=name)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Resolved:
    return resolve(load(write_new(tmp_path_factory.mktemp("small") / "small.toml")))


@pytest.mark.slow
def test_workers_threads_and_the_number_of_runs_change_no_bit(small: Resolved, tmp_path: Path) -> None:
    """1,200 runs alone, by two processes, by three threads; and the first 600 of them alone."""
    short = small.model_copy(update={"days": 4.0})
    alone = sim.run(short, runs=1200, seed=9, out=tmp_path / "alone")
    two = sim.run(short, runs=1200, seed=9, workers=2, out=tmp_path / "two")
    with ThreadPoolExecutor(3) as pool:
        threads = sim.run(short, runs=1200, seed=9, executor=pool, out=tmp_path / "threads")
    fewer = sim.run(short, runs=600, seed=9, out=tmp_path / "fewer")

    def tables(result: Result) -> list[Any]:
        return [result.outcomes(), result.strength(), result.fates(), result.units(), result.breaks()]

    for result in (two, threads):
        for mine, theirs in zip(tables(result), tables(alone), strict=True):
            assert mine.equals(theirs)
    assert fewer.outcomes().equals(alone.outcomes().iloc[:600])


# -- triggers -------------------------------------------------------------------------------------


def without(resolved: Resolved, name: str) -> Resolved:
    return resolved.model_copy(
        update={"triggers": tuple(t.model_copy(update={"enabled": t.id != name}) for t in resolved.triggers)}
    )


@few
@given(forces(triggers=2))
def test_a_trigger_switched_off_changes_nothing_before_its_time(resolved: Resolved) -> None:
    hour = resolved.triggers[0].earliest
    one, other = kernel(resolved, runs=RUNS, seed=3), kernel(without(resolved, "T0"), runs=RUNS, seed=3)
    for number in range(one.plan.steps):
        assert_same(one.state, other.state, but=("moment",) if number else ("moment", "due"))
        if number * resolved.step_hours >= hour:
            break
        step(one, number)
        step(other, number)


@st.composite
def with_a_loner(draw: st.DrawFn) -> tuple[Resolved, ResolvedTrigger]:
    """A force, and a trigger on a unit that nobody sees: of a third party, behind a closed road."""
    resolved = draw(forces(triggers=0))
    loner = unit("Z", "Z", controller="neighbour", formation="far")
    event = trigger("T", draw(st.integers(0, 12).map(float)), *draw(operations(["Z"], ["Z"], 0)))
    belief = [op for op in event.accounts[0].operations if op.touches is not Touches.BELIEF]
    event = trigger("T", event.earliest, *(belief or [Operation(verb=Verb.ADD, touches=Touches.SHOCK, units=("Z",))]))
    changed = resolved.model_copy(
        update={
            "roles": {**resolved.roles, "neighbour": "third_party"},
            "controller_names": {**resolved.controller_names, "neighbour": "Neighbour"},
            "units": (*resolved.units, loner),
            "places": (*resolved.places, place("Z", holder="neighbour")),
            "links": (*resolved.links, link("P0", "Z").model_copy(update={"open": False})),
            "formations": (*resolved.formations, ResolvedFormation(id="far", name="far", parent=None)),
            "triggers": (event,),
        }
    )
    return changed, event


@few
@given(with_a_loner())
def test_a_trigger_on_an_isolated_unit_never_changes_anything_else(case: tuple[Resolved, ResolvedTrigger]) -> None:
    resolved, event = case
    one, other = kernel(resolved, runs=RUNS, seed=3), kernel(without(resolved, "T"), runs=RUNS, seed=3)
    ledger = ("moment", "due", "fired", "missed", "undo_at", "undo_units", "rumour_until", "rumour")
    for number in range(one.plan.steps):
        step(one, number)
        step(other, number)
    assert (one.state.fired >= event.earliest).all()
    last = len(resolved.units) - 1
    for field in fields(State):
        if field.name not in ledger:
            mine, theirs = getattr(one.state, field.name), getattr(other.state, field.name)
            if "unit" in field.metadata["axes"]:
                at = field.metadata["axes"].index("unit")
                mine, theirs = (np.delete(array, last, axis=at) for array in (mine, theirs))
            np.testing.assert_array_equal(mine, theirs, err_msg=field.name)


REACHES = {
    Touches.SHOCK: "shock", Touches.LOYALTY: "loyalty", Touches.SUPPLY: "supply", Touches.RALLY: "rally",
    Touches.SAFETY: "safety", Touches.OFFER: "offer", Touches.LEADERLESS: "leaderless_until",
}  # fmt: skip


@few
@given(forces(triggers=0), st.sampled_from(list(REACHES)), st.floats(-1, 1), st.integers(0, 24), st.data())
def test_within_one_step_a_trigger_reaches_only_its_units(
    resolved: Resolved, touches: Touches, amount: float, hour: int, data: st.DataObject
) -> None:
    """Operations on what is a unit's own: no other unit, place or patron differs at the end of the step."""
    chosen = data.draw(st.sampled_from(sorted(u.id for u in resolved.units)))
    verb = Verb.MULTIPLY if touches is Touches.RALLY else Verb.SET if touches in _SET else Verb.ADD
    operation = Operation(verb=verb, touches=touches, amount=amount, units=(chosen,), duration_hours=None)
    resolved = resolved.model_copy(update={"triggers": (trigger("T0", float(hour), operation),)})
    one, other = kernel(resolved, runs=RUNS, seed=3), kernel(without(resolved, "T0"), runs=RUNS, seed=3)
    row = [u.id for u in resolved.units].index(chosen)
    for number in range(one.plan.steps):
        step(one, number)
        step(other, number)
        if np.isfinite(one.state.fired).any():
            break
    for field in fields(State):
        if "unit" in field.metadata["axes"]:
            at = field.metadata["axes"].index("unit")
            mine, theirs = (np.delete(getattr(k.state, field.name), row, axis=at) for k in (one, other))
            np.testing.assert_array_equal(mine, theirs, err_msg=field.name)


_SET = (Touches.SAFETY, Touches.OFFER, Touches.LEADERLESS)


# -- limits of rates, steps and effects -----------------------------------------------------------


@few
@given(forces(triggers=0), st.sampled_from([Status.HOLDING, Status.WAVERING]))
def test_with_all_rates_zero_nobody_changes_status(resolved: Resolved, start: Status) -> None:
    """Losses, pressure, fatigue and news go on; no place with defenders falls."""
    still = ("waver_rate", "exit_rate", "rally_rate", "contingent_leave_rate", "capture_ratio", "destroyed_below")
    here = kernel(resolved, runs=RUNS, seed=3, **dict.fromkeys(still, 0.0))
    here.state.status[here.state.status == Status.HOLDING] = start
    here = kernel(here.plan, runs=RUNS, seed=3, state=here.state, **dict.fromkeys(still, 0.0))
    before = here.state.status.copy()
    for number in range(here.plan.steps):
        step(here, number)
    np.testing.assert_array_equal(here.state.status, before)


@pytest.mark.slow
def test_halving_the_step_changes_the_median_collapse_by_less_than_a_tenth(small: Resolved) -> None:
    """Measured: 326 h at 2 h and 318 h at 1 h on a quicker variant of the new scenario.

    The median of 3,000 runs has a standard error of about 2 %, so that a true change of 2 % would be taken for
    one of a tenth less than once in 1,000; the seed is fixed.
    """
    medians = []
    for step_hours in (2.0, 1.0):
        resolved = small.model_copy(update={"days": 30.0, "step_hours": step_hours})
        given_ = {"waver_rate": 0.006, "effect_belief": 4.0}
        block = simulate_block(make_plan(resolved), 1, np.arange(3000, dtype=np.uint64), given=given_)
        medians.append(measures.median(block.close()["collapse_hour"], 720.0)[0])
    assert None not in medians
    assert abs(medians[0] - medians[1]) < 0.1 * medians[1]


def first_doubt(resolved: Resolved, runs: int = 120) -> np.ndarray:
    """(run,) step after which the only unit no longer holds; inf if it always does."""
    here = kernel(resolved, runs=runs, seed=3)
    first = np.full(runs, np.inf)
    for number in range(here.plan.steps):
        step(here, number)
        first[np.isinf(first) & (here.state.status[0] != Status.HOLDING)] = number
    return first


def alone(morale: float = 0.5, loyalty: float = 0.5, attackers: float = 300.0, **parameters: float) -> Resolved:
    """One unit under attack at a place that cannot fall: nobody's leaving to be seen."""
    return force(
        [unit("U", morale=morale, loyalty=loyalty)],
        axes=(axis(attackers),),
        days=3.0,
        step_hours=2.0,
        parameters=DEFAULTS | {"capture_ratio": 0.0, "waver_rate": 0.01} | parameters,
    )


_free = {p.name: st.floats(*p.prior) for p in FREE}
HASTENS = ("waver_rate", "effect_pressure", "effect_casualties", "casualty_rate")


@few
@given(st.sampled_from(HASTENS), st.data())
def test_a_larger_rate_or_effect_of_danger_never_delays_doubt_under_the_same_draws(name: str, data: Any) -> None:
    low, high = sorted(data.draw(st.tuples(_free[name], _free[name])))
    earlier, later = first_doubt(alone(**{name: high})), first_doubt(alone(**{name: low}))
    assert (earlier <= later).all()


@few
@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.sampled_from(["morale", "loyalty"]))
def test_more_morale_or_loyalty_never_hastens_doubt_under_the_same_draws(one: float, other: float, which: str) -> None:
    less, more = sorted((one, other))
    assert (first_doubt(alone(**{which: less})) <= first_doubt(alone(**{which: more}))).all()


@few
@given(st.floats(0, 5000), st.floats(0, 5000))
def test_more_attackers_never_delay_doubt_under_the_same_draws(one: float, other: float) -> None:
    fewer, more = sorted((one, other))
    assert (first_doubt(alone(attackers=more)) <= first_doubt(alone(attackers=fewer))).all()


@few
@given(st.floats(0, 3), hours)
def test_a_shock_never_delays_doubt_under_the_same_draws(size: float, hour: float) -> None:
    plain = alone()
    shock = Operation(verb=Verb.ADD, touches=Touches.SHOCK, amount=size, units=("U",))
    shaken = plain.model_copy(update={"triggers": (trigger("T", hour, shock),)})
    assert (first_doubt(shaken) <= first_doubt(plain)).all()


def test_those_comparisons_are_not_empty() -> None:
    """Strong against weak: most runs doubt earlier, and not all doubt at once."""
    weak, strong = first_doubt(alone(effect_pressure=1.0)), first_doubt(alone(effect_pressure=4.0))
    assert (strong < weak).mean() > 0.5
    assert np.isinf(first_doubt(alone(waver_rate=0.0))).all()
