"""A force as a Mesa model: stepping, asking, collecting, extending."""

from __future__ import annotations

import inspect
from typing import Any

import mesa
import numpy as np
import pytest
from mesa.batchrunner import batch_run
from mesa.discrete_space import Network

from sim.agents import ForceModel, UnitAgent, setup
from sim.randomness import Decision
from sim.scenario import ScenarioError
from sim.scenario.resolved import Resolved
from sim.state import Status


@pytest.fixture(scope="module")
def fought(syria: Resolved) -> ForceModel:
    """The Syrian case after six days."""
    model = ForceModel(syria, run=3)
    for _ in range(72):
        model.step()
    return model


def status_of(model: ForceModel) -> list[Status]:
    return [unit.status for unit in model.units.values()]


def test_it_is_a_mesa_model(small: Resolved) -> None:
    model = ForceModel(small)
    assert isinstance(model, mesa.Model)
    assert list(model.agents) == list(model.units.values())
    assert model.agents_by_type.keys() == {UnitAgent}
    assert model.agents.select(lambda unit: unit.own).agg("men", lambda men: sum(men)) > 0
    assert isinstance(model.space, Network)
    assert len(model.space.all_cells) == len(small.places)


def test_units_stand_in_the_cells_of_their_places(fought: ForceModel) -> None:
    for place in fought.places.values():
        there = [unit for unit in fought.units.values() if unit.place is place and unit.status is not Status.ABSENT]
        assert set(place.cell.agents) == set(there)
    moved = [unit for unit in fought.units.values() if unit.place.id != unit.row.place]
    assert moved
    links = {frozenset((link.from_place, link.to_place)) for link in fought.resolved.links}
    cell = fought.capital.cell
    assert {frozenset((cell.coordinate, near.coordinate)) for near in cell.neighborhood} <= links


def test_a_network_that_asks_for_a_layout_is_given_none(small: Resolved, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(Network):  # type: ignore[misc]
        def __init__(self, G: Any, random: Any = None, layout: Any = "spring") -> None:
            assert layout is None
            super().__init__(G, random=random)

    assert "layout" in inspect.signature(Later).parameters
    monkeypatch.setattr(setup, "Network", Later)
    assert isinstance(ForceModel(small).space, Later)


def test_it_runs_to_the_horizon_and_stops(small: Resolved) -> None:
    model = ForceModel(small, days=2)
    model.run_model()
    assert model.end_of_step == 48
    before = status_of(model)
    model.step()
    assert status_of(model) == before
    assert len(model.datacollector.model_vars["hour"]) == 25


def test_the_same_seed_and_run_give_the_same_run_and_others_differ(small: Resolved) -> None:
    men = {key: ForceModel(small, *key).units[small.units[0].id].men for key in [(1, 0), (1, 1), (2, 0)]}
    assert len(set(men.values())) == 3
    assert ForceModel(small, 1, 1).units[small.units[0].id].men == men[1, 1]


def test_draws_do_not_depend_on_who_asks(small: Resolved) -> None:
    class Nosy(UnitAgent):
        def decide(self) -> Status:
            self.draw(Decision.EXIT), self.random.random(), self.rng.random()
            return super().decide()

    plain, nosy = ForceModel(small), ForceModel(small, unit_class=Nosy)
    for _ in range(120):
        plain.step()
        nosy.step()
    assert status_of(plain) == status_of(nosy)


def test_the_collector_counts_steps_from_zero(small: Resolved) -> None:
    model = ForceModel(small, unit_reporters={"status": "status", "morale": "morale"})
    for _ in range(3):
        model.step()
    table = model.datacollector.get_model_vars_dataframe()
    assert list(table["hour"]) == [0, 2, 4, 6]
    assert table["strength"].iloc[0] == pytest.approx(1)
    units = model.datacollector.get_agent_vars_dataframe()
    assert sorted(set(units.index.get_level_values("Step"))) == [0, 1, 2, 3]
    assert units["morale"].between(0, 1).all()


def test_batch_run_gives_the_last_state(small: Resolved) -> None:
    rows = batch_run(
        ForceModel,
        {"scenario": [small], "days": 1, "run": range(2), "parameters": [{"shock_size": 0.5}, {"shock_size": 1.5}]},
        display_progress=False,
    )
    assert [(row["run"], row["parameters"]["shock_size"]) for row in rows] == [(0, 0.5), (0, 1.5), (1, 0.5), (1, 1.5)]
    assert {row["hour"] for row in rows} == {24}
    alone = ForceModel(small, days=1, run=1, parameters={"shock_size": 1.5})
    alone.run_model()
    assert rows[-1]["strength"] == float(alone.strength)


def test_the_starting_morale_is_where_the_scenario_set_it(small: Resolved) -> None:
    model = ForceModel(small, parameters={"frailty_spread": 0.0})
    for unit in model.units.values():
        assert sum(each.value for each in unit.explain().contributions) == pytest.approx(float(unit.index), abs=1e-5)
        at_reference = next(each for each in unit.explain().contributions if each.term == "disposition").value
        assert 1 / (1 + np.exp(at_reference)) == pytest.approx(unit.row.morale, abs=1e-5)


def test_an_explanation_adds_up_and_begins_with_the_largest(fought: ForceModel) -> None:
    for unit in fought.units.values():
        why = unit.explain()
        values = [each.value for each in why.contributions]
        assert values == sorted(values, reverse=True)
        limit = float(fought.p.index_limit)
        assert min(max(sum(values), -limit), limit) == pytest.approx(why.index, abs=1e-4)
    assert len({each.term for each in why.contributions}) == 12


def test_an_explanation_reads_well(fought: ForceModel) -> None:
    unit = max((u for u in fought.units.values() if u.fielded), key=lambda u: u.terms.pressure)
    first, *rest = str(unit.explain()).splitlines()
    assert first.startswith(f"{unit.id}, {unit.status.label}, hour {fought.hour:g}: quit index ")
    assert any(
        f"{unit.terms.pressure:+.2f}  attackers here: pressure {unit.weighed['pressure']:.2f}" in r for r in rest
    )


def test_a_chain_names_those_who_broke_before_and_how_they_were_seen(fought: ForceModel) -> None:
    broken = [unit for unit in fought.units.values() if unit.broke and unit.own]
    last = max(broken, key=lambda unit: (unit.broke.hour, unit.id))
    chain = fought.chain(last.id)
    assert chain == fought.chain(last)
    assert [each.hour for each in chain] == sorted((each.hour for each in chain), reverse=True)
    assert {each.unit for each in chain} >= {u.id for u in broken if u.broke.hour < last.broke.hour}
    for each in chain:
        other = fought.units[each.unit]
        assert each.hour == other.broke.hour < last.broke.hour
        assert each.before == last.broke.hour - each.hour
        assert ("formation" in each.layers) == (fought.formation_of[other.id] == fought.formation_of[last.id])
        assert ("place" in each.layers) == (other.broke.place is last.broke.place)
        assert ("patron" in each.layers) == (last.patron is not None and other.patron is last.patron)
    assert "h before (same " in str(chain[0])


def test_a_unit_that_has_not_broken_sees_all_breaks_up_to_now(fought: ForceModel) -> None:
    standing = next(unit for unit in fought.units.values() if unit.own and unit.stands and not unit.broke)
    assert all(each.before == fought.end_of_step - each.hour for each in fought.chain(standing))


def test_overriding_the_way_out_changes_how_units_leave(syria: Resolved) -> None:
    class Dispersing(UnitAgent):
        def way_out(self, *, may_withdraw: bool = True) -> Status:
            return Status.EVACUATED if self.contingent else Status.DISPERSED

    quiet = syria.model_copy(update={"triggers": ()})
    ways = {}
    for unit_class in (UnitAgent, Dispersing):
        model = ForceModel(quiet, run=3, days=4, unit_class=unit_class, parameters={"waver_rate": 0.01})
        model.run_model()
        ways[unit_class] = [unit.broke.status for unit in model.units.values() if unit.broke]
    assert len(ways[UnitAgent]) > 5
    assert len(set(ways[UnitAgent])) > 2
    assert set(ways[Dispersing]) == {Status.DISPERSED}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"parameters": {"waver_rat": 1}}, "did you mean 'waver_rate'"),
        ({"seed": -1}, "seed must be"),
        ({"run": 2**32}, "run below"),
        ({"days": -1}, "days and step must be positive"),
    ],
)
def test_wrong_arguments_are_named(small: Resolved, more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ForceModel(small, **more)


def test_a_scenario_that_is_not_there_is_named() -> None:
    with pytest.raises(ScenarioError):
        ForceModel("no_such_case")
