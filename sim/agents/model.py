"""One run of a force, stepped agent by agent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mesa import Model
from mesa.datacollection import DataCollector

from sim.agents import setup
from sim.agents.attackers import Attackers, Axis
from sim.agents.comrades import Comrades, command_groups, total
from sim.agents.events import Event, decay_times
from sim.agents.explain import Precursor, precursors
from sim.agents.places import Place, find_supplied
from sim.agents.unit import UnitAgent
from sim.randomness import Decision, sieved, stable_hash, uniform
from sim.rules import patron, transitions, uprising
from sim.rules.arithmetic import exp, probability
from sim.scenario import Scenario, load, resolve
from sim.scenario.resolved import Resolved, with_horizon
from sim.state import FLOAT, Status
from sim.step import step

_LOOK_HOURS = 24.0
"""How often it is asked whether anything can still change [h]."""


class Rates(NamedTuple):
    """What the parameters and the step alone decide: the share of its way each relaxation goes in a step."""

    news: np.float32
    local_news: np.float32
    loyalty_back: np.float32
    patron_moves: np.float32
    belief_keep: np.float32
    shock_keep: tuple[np.float32, ...]
    leave: np.float32
    contingents_leave: np.float32


class ForceModel(Model):  # type: ignore[misc]  # Mesa has no types
    """One run of a scenario as a Mesa model. Satisfies `sim.step.Stepper`.

    Args:
        scenario: a `Resolved` or `Scenario`, or the path or name of one (`sim.load`).
        seed, run: of the draws; the run of this number in an ensemble of this seed.
        parameters: values instead of the scenario's, by name.
        unit_class: the class of its units, a `UnitAgent`.
        unit_reporters: what the data collector keeps of each unit (as Mesa's `agent_reporters`).
        days, step_hours: instead of the scenario's own.

    Attributes:
        units, places, patrons, axes: by id, in the order of ids.
        agents: Mesa's `AgentSet` of the units.
        space: Mesa's `Network`; `Place.cell` is a place's cell, `UnitAgent.cell` a unit's.
        datacollector: Mesa's `DataCollector`; at hour 0 and after every step.
        hour: at which the present step began; `end_of_step` is where it leads.
        strength: effective strength of the force as a share of its start.
        nation: lagged national holding, 0 to 1.
        over: nothing can change any more for the host; looked at once a day.
        collapse_hour: when the capital was lost or strength fell below the collapse share; NaN: not.

    Raises:
        ScenarioError: the scenario cannot be used.
        ValueError: an unknown parameter, or a seed, run number, horizon or step out of bounds.
    """

    def __init__(
        self,
        scenario: Resolved | Scenario | str | Path,
        seed: int = 1,
        run: int = 0,
        parameters: Mapping[str, float] | None = None,
        unit_class: type[UnitAgent] = UnitAgent,
        unit_reporters: Mapping[str, Any] | None = None,
        days: float | None = None,
        step_hours: float | None = None,
    ) -> None:
        if not (0 <= seed < 2**64 and 0 <= run < 2**32):
            raise ValueError("seed must be at least 0 and below 2**64, run below 2**32")
        # Mesa's own generators decide nothing here; they are for those who extend the model.
        super().__init__(rng=int(stable_hash("mesa", str(seed), str(run))))
        self.seed, self.run = seed, run
        self.resolved = resolved = with_horizon(_resolved(scenario), days, step_hours)
        self.p = setup.parameter_values(resolved, parameters or {}, seed, run)
        self.dt, self.days = FLOAT(resolved.step_hours), FLOAT(resolved.step_hours / 24)
        self.horizon = round(resolved.days * 24 / resolved.step_hours)
        self.decays = decay_times(resolved.triggers)
        self.rates = _rates(self.p, self.dt, self.decays)
        self._people_the_map(unit_class)
        self.events = [Event(self, row) for row in resolved.triggers]
        self.collapse_hour = float("nan")
        self.over = False
        self._arrivals = setup.arrivals_of(resolved)
        self._look_at_hour_0()
        self.datacollector = DataCollector(model_reporters=_REPORTERS, agent_reporters=unit_reporters)
        self.datacollector.collect(self)

    def _people_the_map(self, unit_class: type[UnitAgent]) -> None:
        """Places, attackers, patrons and units."""
        resolved = self.resolved
        self.space = setup.network_of(resolved, self.random)
        self.places, self.links, self.bridges = setup.map_of(resolved, self.space)
        self.capital = self.places[resolved.capital]
        self.enemies = setup.enemies_of(resolved.roles)
        self.neutral = frozenset(name for name, role in resolved.roles.items() if role == "neutral")
        self.axes: dict[str, Axis] = {}
        for row in resolved.axes:
            draw = self.draw(Axis.hash_of(row), Decision.MEN, step=0)
            self.axes[row.id] = setup.axis_of(row, draw, self.places, self.links)
        self.attackers = Attackers(tuple(self.axes.values()), self.p)
        self.patrons = setup.patrons_of(resolved)
        self.units = {row.id: unit_class(self, row) for row in resolved.units}
        self._own = [unit for unit in self.units.values() if unit.own]
        setup.scale_to_anchor(self._own, resolved.anchor)
        self.start_men = total(unit.men for unit in self._own if unit.row.present)
        self.formation_of = command_groups(resolved)
        self._layers = setup.join_layers(self.units.values(), self.formation_of)
        self._hashes = np.array([unit.hash for unit in self.units.values()])

    def _look_at_hour_0(self) -> None:
        """What units weigh before anything has happened, so that they can be asked at once."""
        self.strength = self._strength()
        self.begin(0)
        self._take_stock()
        self.look()
        self.sense()
        self.fight()
        self.weigh()

    # -- stepping --------------------------------------------------------------------------

    def step(self) -> None:
        """Advance by one step. At the horizon, or when nothing can change any more, stop running instead."""
        number = self.steps - 1
        if number >= self.horizon or self.over:
            self.running = False
            return
        step(self, number)
        if np.isnan(self.collapse_hour) and (self.capital.fallen or self.strength < self.resolved.collapse_share):
            self.collapse_hour = self.end_of_step
        if (number + 1) % max(1, round(_LOOK_HOURS / self.resolved.step_hours)) == 0:
            self.over = self._nothing_left()
        self.datacollector.collect(self)

    def _nothing_left(self) -> bool:
        """No host unit in the field or still to come, no place left to take, no fight under way.

        Foreign contingents in a protected place do not count.
        """
        host, units = self.resolved.host, self.units.values()
        held = [place for place in self.places.values() if place.control == host]
        to_come = any(unit.status is Status.ABSENT for unit in units) and any(p.id in self._arrivals for p in held)
        return not (
            any(unit.host and unit.fielded and not unit.sheltered for unit in units)
            or to_come
            or any(not place.row.protected for place in held)
            or any(column.engaged for column in self.attackers.columns)
        )

    def draw(self, id_hash: np.uint64, decision: Decision, step: int | None = None) -> np.float32:
        """The uniform draw of this run at an address, in the present step unless another is given."""
        return FLOAT(uniform(self.seed, self.run, self.number if step is None else step, id_hash, decision))

    def chain(self, unit: UnitAgent | str) -> list[Precursor]:
        """Who broke before a unit where it could see it (place, formation, patron, nation), latest first.

        Raises:
            KeyError: there is no such unit.
        """
        return precursors(self.units[unit] if isinstance(unit, str) else unit)

    # -- phases (see sim.step) ---------------------------------------------------------------

    def begin(self, number: int) -> None:
        self.number, self.hour = number, number * self.resolved.step_hours
        self.end_of_step = (number + 1) * self.resolved.step_hours
        self._locate()

    def _locate(self) -> None:
        self.attackers.locate(self.places.values(), self.hour, self.enemies, self.p)

    def _take_stock(self) -> None:
        self.nation = FLOAT(total(unit.seen_nation for unit in self._own) / max(len(self._own), 1))

    def happen(self) -> None:
        self._take_stock()
        for event in self.events:
            for effect in event.effects:
                effect.end_if_passed()
        for event in self.events:
            event.start_clock()
        for event in [event for event in self.events if event.ready]:
            event.fire()
        self._locate()

    def look(self) -> None:
        for link in self.links.values():
            link.look(self.hour)
        here: dict[Place, list[UnitAgent]] = {place: [] for place in self.places.values()}
        absent: list[UnitAgent] = []
        for unit in self.units.values():
            (absent if unit.status is Status.ABSENT else here[unit.at]).append(unit)
        # Those not yet in the field wait together, in a place of their own.
        self.waiting = Comrades(absent)
        for place, units in here.items():
            place.look()
            place.gather(units, self.patrons.values())
        find_supplied(self.places.values(), self.bridges)

    def sense(self) -> None:
        for group in (*self._layers, self.waiting, *(place.comrades for place in self.places.values())):
            group.muster()
        for unit in self.units.values():
            unit.sense()

    def fight(self) -> None:
        flown = next((power.commitment for power in self.patrons.values() if power.row.air), FLOAT(0))
        for place in self.places.values():
            place.fight(flown * (place.control == self.resolved.host), self.dt, self.p)
        for unit in self.units.values():
            unit.suffer()

    def consume(self) -> None:
        for unit in self.units.values():
            unit.consume()

    def weigh(self) -> None:
        self.promised = FLOAT(0)
        for power in self.patrons.values():
            self.promised = self.promised + power.weight * power.commitment
        for unit in self.units.values():
            if unit.fielded or unit.status is Status.ABSENT:
                unit.weigh()

    def decide(self) -> None:
        lucks = sieved(self.seed, self.run, self.number, self._hashes, Decision.TRANSITION)
        for unit, luck in zip(self.units.values(), lucks, strict=True):
            unit.luck, unit.next_status = luck, unit.status
            if unit.fielded and (status := unit.decide()) != unit.status:
                unit.take(status)

    def spread(self) -> None:
        for event in self.events:
            for effect in event.effects:
                if effect.rumour:
                    effect.rumour.spread()

    def commit_patrons(self) -> None:
        spirit = patron.fighting_spirit(self._holding_in_contact(), self.nation)
        for power in self.patrons.values():
            power.weigh(spirit, self._own, self.rates.patron_moves, self.p)
        leaving = [
            unit
            for unit in self.units.values()
            if unit.contingent
            and unit.next_status <= Status.WITHDRAWING
            and unit.patron
            and unit.patron.commitment < self.p.commitment_floor
        ]
        for unit in leaving:
            if sieved(self.seed, self.run, self.number, unit.hash, Decision.LEAVE) < self.rates.contingents_leave:
                unit.take(Status.EVACUATED)

    def _holding_in_contact(self) -> np.float32:
        """Share of the host's own units in contact that hold; 1 when nobody is in contact."""
        touched = [u for u in self._own if u.stands and u.at.pressure > self.p.contact_pressure]
        holding = sum(unit.status is Status.HOLDING for unit in touched)
        return FLOAT(holding / len(touched)) if touched else FLOAT(1)

    def advance(self) -> None:
        places, attackers, p = self.places.values(), self.attackers, self.p
        for place in places:
            place.next_control = place.control
        pace = attackers.pace(self.dt, p)
        attackers.suffer()
        attackers.take(p)
        host = self.resolved.host
        for place in places:
            place.unguarded = place.unguarded * place.open
        open_to_all = [pl for pl in places if pl.open and pl.control == host and not pl.row.protected]
        attackers.walk_in(open_to_all, pace, self.enemies)
        attackers.march(pace, p)
        fallen = [place for place in places if place.next_control != place.control]
        taken = [place for place in fallen if self.resolved.roles[place.next_control] == "attacker"]
        attackers.hearten(len(taken), self.rates.belief_keep, self.hour, p)
        for place in fallen:  # units still fighting there leave at once
            for unit in place.units:
                if unit.next_status <= Status.WAVERING:
                    unit.take(unit.way_out())

    def rise(self) -> None:
        chance = probability(uprising.hazard(self.nation, self.p) * self.dt)
        self._rising = [
            place
            for place in self.places.values()
            if place.row.rises
            and place.next_control == self.resolved.host
            and not place.contested
            and sieved(self.seed, self.run, self.number, place.hash, Decision.UPRISING) < chance
        ]

    def withdraw(self) -> None:
        for unit in self.units.values():
            if unit.status is unit.next_status is Status.WITHDRAWING:
                unit.withdraw()

    def commit(self) -> None:
        for place in self._rising:
            self.axes[str(place.row.rises)].appear()
        for place in self.places.values():
            place.control = place.next_control
        for power in self.patrons.values():
            power.commitment = power.next_commitment
        for unit in self.units.values():
            unit.commit()
        self.strength = self._strength()

    def _strength(self) -> np.float32:
        return FLOAT(total(unit.effective for unit in self._own) / max(self.start_men, 1))


_REPORTERS = {
    "hour": lambda model: model.steps * model.resolved.step_hours,
    "strength": lambda model: float(model.strength),
    "nation": lambda model: float(model.nation),
    "attackers_belief": lambda model: float(model.attackers.belief),
    "places_lost": lambda model: sum(place.fallen for place in model.places.values()),
    "breaks": lambda model: sum(unit.broke is not None for unit in model.units.values() if unit.own),
    "collapse_hour": lambda model: model.collapse_hour,
}


def _resolved(scenario: Resolved | Scenario | str | Path) -> Resolved:
    if isinstance(scenario, Resolved):
        return scenario
    return resolve(scenario if isinstance(scenario, Scenario) else load(scenario))


def _rates(p: Any, dt: np.float32, decays: tuple[float | None, ...]) -> Rates:
    return Rates(
        news=probability(dt / p.information_delay),
        local_news=probability(dt / (p.information_delay * p.local_delay_share)),
        loyalty_back=probability(dt / p.loyalty_delay),
        patron_moves=probability(dt / p.patron_delay),
        belief_keep=exp(-dt / p.belief_decay),
        shock_keep=tuple(exp(-dt / (p.shock_decay if tau is None else FLOAT(tau))) for tau in decays),
        leave=transitions.leave_rate(p),
        contingents_leave=probability(p.contingent_leave_rate * dt),
    )
