"""A military unit as a Mesa agent."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
from mesa.discrete_space import CellAgent
from scipy.special import ndtri

from sim.agents.comrades import Comrades
from sim.agents.explain import Break, Explanation, explain
from sim.agents.places import Place, Roads
from sim.randomness import Decision, stable_hash
from sim.rules import belief, combat, exits, quit, supply, transitions
from sim.rules.arithmetic import exp, probability, relax
from sim.scenario.resolved import ResolvedUnit
from sim.state import FLOAT, Status

if TYPE_CHECKING:
    from sim.agents.model import ForceModel
    from sim.agents.patrons import PatronPower

_AT_START = "start"
_WAYS = tuple(Status.named(way) for way in exits.WAYS)


class UnitAgent(CellAgent):  # type: ignore[misc]  # Mesa has no types
    """One unit. Each step it senses, fights, weighs, decides; the new state holds after `commit`.

    To change how units behave, subclass it and override `decide` or `way_out` (or any other
    phase), and give the class to `ForceModel(..., unit_class=...)`.

    Attributes:
        row: what the scenario says of it.
        status, next_status: `Status` in the old state, and from the next step on.
        men: it started with; `strength` is the share of them still standing.
        supply: days. loyalty, fatigue, safety, offer: 0 to 1.
        shock: J, by decay time (`ForceModel.decays`).
        seen_local, seen_command, seen_nation, seen_patron: lagged holding of comrades, 0 to 1.
        disposition: offset of its starting morale, with its frailty.
        trust: in each patron, 0 to 1.
        place: where it stands, or set out from.
        destination, hop: where it withdraws to, and the next place on the way; None: to be found.
        weighed, terms, index: what it weighed last, the contributions to its quit index, the index.
        broke: when, how and why it left without orders; None if it has not.
    """

    def __init__(self, model: ForceModel, row: ResolvedUnit) -> None:
        super().__init__(model)
        self.model: ForceModel = model
        self.row, self.id, self.name = row, row.id, row.name
        self.hash = stable_hash("unit", row.id)
        self.host = row.controller == model.resolved.host
        self.contingent = row.kind == "contingent"
        self.own = self.host and not self.contingent
        self.patron: PatronPower | None = None if row.patron is None else model.patrons[row.patron]
        self.place = model.places[row.place]
        # Units of a third party hold with whoever held their first place.
        self.side = model.resolved.host if self.host else self.place.row.holder
        self._open()

    def _open(self) -> None:
        """The state at hour 0; men and frailty are drawn."""
        row, p = self.row, self.model.p
        self.status = self.next_status = Status.HOLDING if row.present else Status.ABSENT
        if row.present:
            self.cell = self.place.cell
        low, high = FLOAT(row.men_low), FLOAT(row.men_high)
        self.men = low + (high - low) * self.model.draw(self.hash, Decision.MEN, step=0)
        self.strength = self.next_strength = FLOAT(1)
        self.elite, self.quality = FLOAT(row.elite), FLOAT(row.quality)
        self.home_loyalty = self.loyalty = FLOAT(row.loyalty)
        self.supply = self.next_supply = FLOAT(row.supply)
        self.supply_cap = FLOAT(row.supply_cap)
        self.safety, self.offer = FLOAT(row.safety), FLOAT(0)
        self._ways_out: dict[str, dict[Hashable, np.float32]] = {
            "safety": {_AT_START: self.safety},
            "offer": {_AT_START: self.offer},
        }
        self.fatigue = self.leaderless_until = self.road_left = FLOAT(0)
        self.rally = FLOAT(1)
        self.shock = [FLOAT(0)] * len(self.model.decays)
        self.heard: list[tuple[int, np.float32]] = []
        self.seen_local = self.seen_command = self.seen_nation = self.seen_patron = FLOAT(1)
        frailty = FLOAT(ndtri(float(self.model.draw(self.hash, Decision.FRAILTY, step=0)))) * p.frailty_spread
        self.disposition = FLOAT(quit.disposition(row.morale)) + frailty
        self.trust = {patron: patron.trust for patron in self.model.patrons.values()}
        self.destination: Place | None = None
        self.hop: Place | None = None
        self.broke: Break | None = None

    def __repr__(self) -> str:
        return f"<{self.id}, {self.status.label} at {self.place.id}>"

    def appear_at(self, place: Place) -> None:
        """Come into the field here, fresh."""
        self.status, self.place, self.cell = Status.HOLDING, place, place.cell
        self.supply, self.fatigue = FLOAT(self.row.supply), FLOAT(0)
        self.shock = [FLOAT(0)] * len(self.shock)

    def open_way_out(self, name: str, by: Hashable, wide: np.float32) -> None:
        """Open one more way out, `safety` or an `offer`; the widest that is open counts."""
        self._ways_out[name][by] = wide
        setattr(self, name, max(self._ways_out[name].values()))

    def close_way_out(self, name: str, by: Hashable) -> None:
        """Close what was opened `by` something; the others stay open."""
        del self._ways_out[name][by]
        setattr(self, name, max(self._ways_out[name].values()))

    def join(self, formation: Comrades, nation: Comrades, fellows: Comrades | None) -> None:
        """The groups it watches; `fellows` are the other units of its patron."""
        self._formation, self._nation, self._fellows = formation, nation, fellows

    # -- what can be seen of it ------------------------------------------------------------

    @property
    def at(self) -> Place:
        """Where it counts: on the road, with the place it makes for."""
        return self.hop or self.place

    @property
    def stands(self) -> bool:
        """Holds or wavers, and so fights."""
        return self.status <= Status.WAVERING

    @property
    def fielded(self) -> bool:
        """Still part of the force, if only on the road."""
        return self.status <= Status.WITHDRAWING

    @property
    def sheltered(self) -> bool:
        """A foreign contingent in a place that nobody attacks."""
        return self.contingent and self.place.row.protected

    @property
    def morale(self) -> np.float32:
        """1/(1 + e^index), 0 to 1, as last weighed."""
        return FLOAT(quit.morale(self.index))

    @property
    def seen_as(self) -> float:
        """H: how far comrades see it hold. One not yet in the field has not broken."""
        p = self.model.p
        match self.status:
            case Status.HOLDING | Status.ABSENT:
                return 1.0
            case Status.WAVERING:
                return float(p.hold_wavering)
            case Status.WITHDRAWING:
                return float(p.hold_withdrawing)
        return 0.0

    @property
    def effective(self) -> np.float32:
        """Men that count, whatever their quality."""
        return self._fighting(self.status, self.strength, FLOAT(1))

    @property
    def fighting(self) -> np.float32:
        """Its weight in a fight [men]."""
        return self._fighting(self.status, self.strength, self.quality)

    @property
    def still_fighting(self) -> np.float32:
        """Its weight after this step's decisions and losses [men]."""
        return self._fighting(self.next_status, self.next_strength, self.quality)

    def _fighting(self, status: Status, strength: np.float32, quality: np.float32) -> np.float32:
        share = self.model.p.effective_wavering if status is Status.WAVERING else FLOAT(status is Status.HOLDING)
        return FLOAT(combat.fighting_men(self.men, strength, share, quality))

    def explain(self) -> Explanation:
        """The contributions to its quit index, the largest push to leave first.

        Of a unit that has left, those it weighed last.
        """
        return explain(self)

    # -- sense, fight, weigh ---------------------------------------------------------------

    def sense(self) -> None:
        """Equation 1: what it believes of its comrades, and the news that will reach it by the next step."""
        p, rates = self.model.p, self.model.rates
        nation = self.seen_nation
        if self.patron:
            nation = belief.allied_nation(nation, self.seen_patron, p)
        self.belief = belief.belief(self.seen_local, self.seen_command, nation, p)
        here = self.model.waiting if self.status is Status.ABSENT else self.at.comrades
        self.next_local = belief.noticed(self.seen_local, here.seen_by(self), rates.local_news)
        self.next_command = belief.noticed(self.seen_command, self._formation.seen_by(self), rates.news)
        self.next_nation = belief.noticed(self.seen_nation, self._nation.seen_by(self), rates.news)
        self.next_patron = self.seen_patron
        if self._fellows:
            self.next_patron = belief.noticed(self.seen_patron, self._fellows.seen_by(self), rates.news)

    def suffer(self) -> None:
        """Equation 2: men lost where it stands; fatigue."""
        place = self.at
        self.next_strength = self.strength * (1 - place.dying * self.stands)
        self.next_fatigue = relax(self.fatigue, place.tiring_to, place.tiring)

    def consume(self) -> None:
        """Equation 3: stocks."""
        place, days = self.at, self.model.days
        self.next_supply = supply.stock(self.supply, place.supplied, place.pressure, self.supply_cap, days)

    def weigh(self) -> None:
        """Equation 4: the quit index."""
        p, place = self.model.p, self.at
        self.leaderless = FLOAT(self.leaderless_until > self.model.hour)
        shock = self.shock[0]
        for more in self.shock[1:]:
            shock = shock + more
        self.weighed_at = self.model.hour
        self.weighed: dict[str, Any] = {
            "pressure": place.pressure,
            "flank": place.flank,
            "strength": self.strength,
            "want": supply.want(self.supply, p),
            "belief": self.belief,
            "leaderless": self.leaderless,
            "fatigue": self.fatigue,
            "support": self.find_support(),
            "loyalty": self.loyalty,
            "safety": self.safety,
            "shock": shock,
        }
        self.terms = quit.terms(**self.weighed, p=p)
        self.index = quit.index(self.terms, self.disposition, p)

    def find_support(self) -> np.float32:
        """a: trusted help at hand and promised, 0.5 where there is no patron to miss."""
        patrons = self.model.patrons
        if not patrons:
            return FLOAT(0.5)
        allies = self.at.allies
        if self.patron:
            allies = allies - self.stands
        promised = self.patron.commitment if self.patron else self.model.promised
        return FLOAT(quit.support(allies, self.trust_here, promised, self.model.p))

    @property
    def trust_here(self) -> np.float32:
        """T: its trust in the patrons beside it, by their men; a contingent's in its own. 1 without patrons."""
        if not self.trust:
            return FLOAT(1)
        if self.contingent and self.patron:
            return self.trust[self.patron]
        trust = FLOAT(0)
        for patron, share in self.place.patron_shares.items():
            trust = trust + share * self.trust[patron]
        return trust

    # -- decide ----------------------------------------------------------------------------

    def decide(self) -> Status:
        """Equation 5: its status from the next step on; its own where nothing happens."""
        model, p = self.model, self.model.p
        half, exposure = exp(self.index * FLOAT(0.5)), self.at.exposure
        leave = transitions.leave(half, exposure, model.rates.leave)
        match self.status:
            case Status.HOLDING:
                waver = transitions.waver(half, exposure, p)
                if not self.struck(waver):
                    return Status.HOLDING
                return self.way_out() if self.leaves_at_once(waver, leave) else Status.WAVERING
            case Status.WAVERING:
                rally = transitions.rally(half, self.leaderless, self.rally, p)
                if not self.struck(leave + rally):
                    return Status.WAVERING
                goes = self.draw(Decision.CAUSE) < leave / np.maximum(leave + rally, FLOAT(1e-30))
                return self.way_out() if goes else Status.HOLDING
            case Status.WITHDRAWING:
                if self.struck(transitions.straggle(half, model.rates.leave, p)):
                    return Status.EVACUATED if self.contingent else Status.DISPERSED
        return self.status

    def way_out(self, *, may_withdraw: bool = True) -> Status:
        """How it leaves, given that it leaves. Foreign contingents are evacuated."""
        if self.contingent:
            return Status.EVACUATED
        place, p = self.at, self.model.p
        scores = exits.scores(
            self.leaderless,
            self.seen_command,
            FLOAT(not place.supplied),
            self.elite,
            FLOAT(place.enclosed),
            place.pressure,
            self.safety,
            self.offer,
            self.loyalty,
            self.trust_here,
            p,
        )
        free = may_withdraw and not place.enclosed and place is not self.model.capital
        return _WAYS[int(exits.way(self.draw(Decision.EXIT), exits.shares(scores, free)))]

    def struck(self, hazard: np.float32) -> bool:
        """Whether a hazard [1/h] strikes in this step; all hazards of one step meet the same draw."""
        return bool(self.luck < probability(hazard * self.model.dt))

    def leaves_at_once(self, waver: np.float32, leave: np.float32) -> bool:
        """Whether, struck by doubt, it also leaves in what is left of the step.

        Without it, doubt and leaving would take a step each, however long a step is.
        """
        dt = self.model.dt
        left = 1 - self.luck / probability(waver * dt)
        return bool(self.draw(Decision.AGAIN) < probability(leave * left * dt))

    def draw(self, decision: Decision) -> np.float32:
        """A uniform draw of this step, on (0, 1): the same whenever asked, and in every kernel."""
        return self.model.draw(self.hash, decision)

    def take(self, status: Status) -> None:
        """Have this status from the next step on; to leave without orders is a break."""
        self.next_status = Status(status)
        if status > Status.WAVERING and status != Status.EVACUATED:
            self.note_break(status)

    def note_break(self, status: Status) -> None:
        """Remember the first break: when, how, where and why."""
        if self.broke is None:
            self.broke = Break(self.model.end_of_step, status, self.place, self.explain())

    # -- withdraw --------------------------------------------------------------------------

    def withdraw(self) -> None:
        """Find a way, move, arrive."""
        if self.hop is None and not self._find_way():
            return
        hop = self.hop
        assert hop is not None
        if hop.next_control != self.side and hop.next_control not in self.model.neutral:
            self.hop = None  # it fell: turn, and find another
            return
        self.road_left = self.road_left - self.pace
        if self.road_left <= 0:
            self.place, self.cell, self.hop = hop, hop.cell, None
            if self.destination is hop:
                self._settle()
                self.shock = [shock * FLOAT(0.5) for shock in self.shock]

    @property
    def pace(self) -> np.float32:
        """Kilometres on the road in a step."""
        p = self.model.p
        return FLOAT((p.road_speed_cap if self.row.motorised else p.walk_speed) * self.model.dt / 24)

    def _find_way(self) -> bool:
        """Whether there is a next place to go to; it is in `hop` then.

        Where there is none, it stays if the place is held, and leaves otherwise.
        """
        goal, held = self.destination or self.model.capital, self.place.next_control == self.side
        if held and self.place is goal:
            self._settle()
            return False
        ordered, way = self.destination is not None, self._roads(goal).next_hop(self.place)
        if way is None:  # then the next held place toward the capital or, cut off from it too, the nearest
            ordered, home = False, self._roads(self.model.capital)
            way = home.next_hop(self.place) or home.next_hop(self.place, anywhere=True)
        if way is None:
            if held:
                self._settle()
            else:
                self.destination = None
                self.take(self.way_out(may_withdraw=False))
            return False
        self.hop, self.road_left = way.far, way.link.km
        if not ordered:
            self.destination = way.far
        return True

    def _roads(self, goal: Place) -> Roads:
        return Roads(self.side, goal, self.model.neutral)

    def _settle(self) -> None:
        """Hold again; abroad, a unit is out of the war."""
        self.destination = None
        self.next_status = Status.HOLDING
        if self.place.control in self.model.neutral:
            self.next_status = Status.EVACUATED if self.contingent else Status.DISPERSED

    # -- commit ----------------------------------------------------------------------------

    def commit(self) -> None:
        """The new state becomes the state."""
        rates = self.model.rates
        if self.next_status <= Status.WITHDRAWING and self.next_strength < self.model.p.destroyed_below:
            self.next_status = Status.DESTROYED
        self.status, self.strength = self.next_status, self.next_strength
        self.supply, self.fatigue = self.next_supply, self.next_fatigue
        self.seen_local, self.seen_command = self.next_local, self.next_command
        self.seen_nation, self.seen_patron = self.next_nation, self.next_patron
        self.loyalty = relax(self.loyalty, self.home_loyalty, rates.loyalty_back)
        self.shock = [shock * keep for shock, keep in zip(self.shock, rates.shock_keep, strict=True)]
        for decay, size in self.heard:
            self.shock[decay] = self.shock[decay] + size
        self.heard = []
