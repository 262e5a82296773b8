"""The reference kernel: a block of runs on NumPy, phase by phase.

Arrays are (unit, run). Sums over units go through `bincount` or a sparse product, whose
order is fixed: the same run has the same bits in any batch. A phase reads the state and
leaves what it found out on the kernel; `commit` makes it the state.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sim.kernels.attackers import Attackers
from sim.kernels.comrades import Comrades, Tied
from sim.kernels.events import Events, Situation
from sim.kernels.opening import opening
from sim.kernels.surroundings import Surroundings
from sim.kernels.withdrawal import Withdrawal
from sim.plan import Plan
from sim.randomness import Decision, Sieve, uniform
from sim.rules import belief, combat, exits, fatigue, patron, quit, supply, transitions, uprising
from sim.rules.arithmetic import exp, probability, relax
from sim.state import FLOAT, State, Status

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]

_WAYS = np.array([Status.named(w) for w in exits.WAYS], np.int8)
HOLDING, WAVERING, WITHDRAWING = (np.int8(s) for s in (Status.HOLDING, Status.WAVERING, Status.WITHDRAWING))


class NumpyKernel:
    """A block of runs of one plan. Satisfies `sim.step.Stepper`.

    Args:
        plan: what is simulated.
        p: parameter values (`Plan.values`).
        seed: of the ensemble.
        runs: run numbers of the block; any batch gives a run the same bits.
        state: where to go on from; the opening if None. A kernel holds nothing else that
            a later step depends on.
    """

    def __init__(self, plan: Plan, p: Any, seed: int, runs: NDArray[np.uint64], state: State | None = None) -> None:
        self.plan, self.p, self.seed, self.runs = plan, p, seed, np.asarray(runs, np.uint64)
        self.many = len(runs)
        self.state = opening(plan, p, seed, self.runs).copy() if state is None else state
        self.events = Events(plan, self.state, p, seed, self.runs)
        self.around = Surroundings(plan, self.state)
        self.attackers = Attackers(plan, self.state, p)
        self.withdrawal = Withdrawal(plan, self.state, self.around)
        self.dt = FLOAT(plan.step_hours)
        self._columns = np.arange(self.many)
        self._vectors = [name for name, value in p._asdict().items() if np.ndim(value)]
        self._groups()
        self._constants()
        self._muster()

    # -- set-up -------------------------------------------------------------------------

    def _groups(self) -> None:
        units, places = self.plan.units, self.plan.places
        self._own = np.flatnonzero(units.own)
        self._allied = np.flatnonzero(units.allied)
        self._contingents = np.flatnonzero(units.contingent)
        self._risers = np.flatnonzero(places.rises >= 0)
        self._arrivals = self.plan.triggers.arrivals
        self._side = Comrades(units.side)
        self._formation = Comrades(units.formation) if units.ties is None else Tied(units.ties, len(units.ids))
        self._patron = Comrades(units.patron[self._allied])
        self._sum_own = sparse.csr_array(units.own[None, :].astype(float))
        draws = (self.seed, self.runs)
        self._transition = Sieve(*draws, units.hashes, Decision.TRANSITION)
        self._leaving = Sieve(*draws, units.hashes[self._contingents], Decision.LEAVE)
        self._rising = Sieve(*draws, places.hashes[self._risers], Decision.UPRISING)

    def _constants(self) -> None:
        """What parameters alone decide: the share of its way that each relaxation goes in a step."""
        p, dt = self.p, self.dt
        self._news = probability(dt / p.information_delay)
        self._local_news = probability(dt / (p.information_delay * p.local_delay_share))
        self._loyalty_back = probability(dt / p.loyalty_delay)
        self._patron_moves = probability(dt / p.patron_delay)
        self._belief_keep = exp(-dt / p.belief_decay)
        self._shock_keep = [exp(-dt / (p.shock_decay if tau is None else FLOAT(tau))) for tau in self.plan.shock_decays]
        self._leave_rate = transitions.leave_rate(p)
        self._contingents_leave = probability(p.contingent_leave_rate * dt)

    # -- phases -------------------------------------------------------------------------

    def begin(self, number: int) -> None:
        state, columns = self.state, self.plan.columns
        self.number, self.hour = number, number * self.plan.step_hours
        starting = (columns.starts > 0) & (columns.starts <= self.hour)
        state.column_active[starting] = True
        reopened = (state.closed_until <= self.hour) & (state.closed_until > self.hour - self.plan.step_hours)
        self.events.stale |= reopened.any(axis=0)
        self.attackers.locate()

    def happen(self) -> None:
        state = self.state
        self.nation = ((self._sum_own @ state.seen_nation.astype(float))[0] / max(len(self._own), 1)).astype(FLOAT)
        lost = state.control != self.plan.places.holder[:, None]
        contested = (self.attackers.at_place > 0) | state.risen
        self._now = Situation(self.hour, self.number, lost, contested, self.strength_share, self.nation)
        if self.events.happen(self._now):
            self._muster()
        if self.events.attackers_changed:
            self.attackers.locate()

    def look(self) -> None:
        if self.events.moved:
            self._stand()
        stale = np.flatnonzero(self.events.stale)
        if len(stale):
            self.around.look(stale, self.hour)
        stale = np.flatnonzero(self.events.stale_allies)
        if len(stale):
            self.around.look_at_allies(stale)
        self.events.settled()

    def _stand(self) -> None:
        """Where units stand, as flat indices: on the road, with the place they make for. Absent ones
        count at a place of their own."""
        state, places = self.state, len(self.plan.places.ids)
        at = state.place.copy()
        road = np.flatnonzero(state.hop >= 0)
        at.ravel()[road] = state.hop.ravel()[road]
        self._here = at * self.many + self._columns
        absent = state.status == Status.ABSENT
        self._slot = np.where(absent, places * self.many + self._columns, self._here).ravel()
        crowd = np.bincount(self._slot, minlength=(places + 1) * self.many)
        self._alone = np.flatnonzero((crowd <= 1).take(self._slot))
        self._per_comrade = (1.0 / np.maximum(crowd - 1, 1)).take(self._slot).reshape(absent.shape)

    def sense(self) -> None:
        state, p = self.state, self.p
        seen = self._seen_holding()
        here = np.bincount(self._slot, seen.ravel(), (len(self.plan.places.ids) + 1) * self.many)
        local = ((here.take(self._slot).reshape(seen.shape) - seen) * self._per_comrade).astype(FLOAT)
        local.ravel()[self._alone] = state.seen_nation.ravel()[self._alone]
        nation = self._side.mean(seen, state.seen_nation)
        command = self._formation.mean(seen, state.seen_nation)
        self._belief = belief.belief(state.seen_local, state.seen_command, self._nation_seen(), p)
        self._seen_local = belief.noticed(state.seen_local, local, self._local_news)
        self._seen_command = belief.noticed(state.seen_command, command, self._news)
        self._seen_nation = belief.noticed(state.seen_nation, nation, self._news)
        self._seen_patron = state.seen_patron
        if len(self._allied):
            rows = self._allied
            patrons = self._patron.mean(seen[rows], state.seen_nation[rows])
            self._seen_patron = state.seen_patron.copy()
            self._seen_patron[rows] = belief.noticed(state.seen_patron[rows], patrons, self._news)

    def _nation_seen(self) -> Floats:
        """What stands for the nation in each unit's belief."""
        state, rows = self.state, self._allied
        if not len(rows):
            return state.seen_nation
        nation = state.seen_nation.copy()
        nation[rows] = belief.allied_nation(nation[rows], state.seen_patron[rows], self.p)
        return nation

    def fight(self) -> None:
        state, plan, p = self.state, self.plan, self.p
        attackers = self.attackers.at_place
        count = len(plan.places.ids)
        fighting = (self._fighting * state.quality).ravel()
        raw = np.bincount(self._slot, fighting, (count + 1) * self.many)[: count * self.many]
        air = state.commitment[plan.patrons.air] if plan.patrons.air >= 0 else FLOAT(0)
        air = air * (state.control == plan.host)
        defence = combat.defence(raw.reshape(attackers.shape).astype(FLOAT), plan.places.terrain[:, None], air, p)
        self._pressure = combat.pressure(attackers, defence, p)
        self._empty = (defence <= 0) & (attackers <= 0)
        self._terrain_and_air = combat.defence(FLOAT(1), plan.places.terrain[:, None], air, p)
        dying = probability(combat.loss_rate(defence, attackers, p) * self.dt)
        self._attackers_dying = probability(combat.loss_rate(attackers, defence, p) * self.dt)
        self._unit_pressure = self._of_place(self._pressure)
        self._strength = state.strength * (1 - self._of_place(dying) * self._stands)
        level, share = fatigue.settling(self._pressure, self.dt, p)
        self._fatigue = relax(state.fatigue, self._of_place(level), self._of_place(share))

    def consume(self) -> None:
        self._connected = self._of_place(self.around.supplied)
        cap = self.plan.units.supply_cap[:, None]
        days = FLOAT(self.plan.step_hours / 24)
        self._supply = supply.stock(self.state.supply, self._connected, self._unit_pressure, cap, days)

    def weigh(self) -> None:
        state, p = self.state, self.p
        self._leaderless = (state.leaderless_until > self.hour).astype(FLOAT)
        shock = state.shock[0].copy()  # the terms are noted after the shocks have faded, in place
        for more in state.shock[1:]:
            shock += more
        self.terms = quit.terms(
            self._unit_pressure,
            self._of_place(self.around.flank),
            state.strength,
            supply.want(state.supply, p),
            self._belief,
            self._leaderless,
            state.fatigue,
            self._support(),
            state.loyalty,
            state.safety,
            shock,
            p,
        )
        self._index = quit.index(self.terms, state.disposition, p)

    def _support(self) -> Any:
        state, patrons, units = self.state, self.plan.patrons, self.plan.units
        if not patrons.ids:
            return FLOAT(0.5)  # nobody to miss: the reference value
        together = np.zeros(self.many, FLOAT)
        for weight, commitment in zip(patrons.weight, state.commitment, strict=True):
            together = together + weight * commitment
        commitment = np.vstack([state.commitment, together])[units.patron]
        allies = self._of_place(self.around.allies)
        allies[self._allied] -= self._stands[self._allied]
        return quit.support(allies, self.around.trust, commitment, self.p)

    def decide(self) -> None:
        state, p = self.state, self.p
        half = exp(self._index * FLOAT(0.5))
        exposed = self._of_place(transitions.exposure(self._pressure, self.around.beside_lost, p))
        hazard = transitions.waver(half, exposed, p) * self._holds
        status = state.status
        self._status = status.copy()
        half, exposed, flat = half.ravel(), exposed.ravel(), hazard.ravel()
        wavering = np.flatnonzero(self._wavers)
        self._half, self._exposed = half, exposed
        leave = transitions.leave(half[wavering], exposed[wavering], self._at(self._leave_rate, wavering))
        rally = transitions.rally(
            half[wavering], self._leaderless.ravel()[wavering], state.rally.ravel()[wavering], self._values(wavering)
        )
        flat[wavering] = leave + rally
        self._leave_share = np.zeros(flat.shape, FLOAT)
        self._leave_share[wavering] = leave / np.maximum(leave + rally, FLOAT(1e-30))
        road = np.flatnonzero(status == WITHDRAWING)
        flat[road] = transitions.straggle(half[road], self._at(self._leave_rate, road), self._values(road))
        self._strike(flat * self.dt)

    def _strike(self, integral: Floats) -> None:
        """Draw who changes status. As 1 - e**-x <= x, only draws below x need the exact chance."""
        near = self._transition.below(self.number, integral)
        draw, cause, way, again = self._transition.at(near, Decision.CAUSE, Decision.EXIT, Decision.AGAIN)
        chance = probability(integral[near])
        hit = draw < chance
        struck, cause, way, again = near[hit], cause[hit], way[hit], again[hit]
        left = 1 - draw[hit] / chance[hit]
        status = self.state.status.ravel()[struck]
        contingent = self.plan.units.contingent[struck // self.many]
        after = np.where(contingent, np.int8(Status.EVACUATED), np.int8(Status.DISPERSED))
        after[status == HOLDING] = WAVERING
        doubting = np.flatnonzero(status == WAVERING)
        if len(doubting):
            units = struck[doubting]
            goes = cause[doubting] < self._leave_share[units]
            after[doubting[~goes]] = HOLDING
            after[doubting[goes]] = self._ways(units[goes], way[doubting[goes]])
        shaken = np.flatnonzero(status == HOLDING)
        if len(shaken):
            goes = again[shaken] < self._leave_at_once(struck[shaken], left[shaken])
            after[shaken[goes]] = self._ways(struck[shaken[goes]], way[shaken[goes]])
        self._leave(struck, after)

    def _leave_at_once(self, units: Rows, left: Floats) -> Floats:
        """Chance that units that began to waver in this step also leave in what is `left` of it (a share).

        Without it, doubt and leaving would take a step each, however long a step is.
        """
        rate = transitions.leave(self._half[units], self._exposed[units], self._at(self._leave_rate, units))
        chance: Floats = probability(rate * left * self.dt)
        return chance

    def _leave(self, units: Rows, after: NDArray[np.int8]) -> None:
        """Give these units (flat indices) a new status; leaving without orders is a break."""
        self._status.ravel()[units] = after
        self.state.broken.ravel()[units[(after > WAVERING) & (after != Status.EVACUATED)]] = True

    def _ways(self, units: Rows, draw: Floats, *, may_withdraw: bool = True) -> NDArray[np.int8]:
        """How these units (flat indices) leave, by one draw each; foreign contingents are evacuated."""
        state, rows, runs = self.state, units // self.many, units % self.many
        place = state.place.ravel()[units]
        enclosed = self.around.enclosed[place, runs]
        scores = exits.scores(
            self._leaderless.ravel()[units],
            state.seen_command.ravel()[units],
            (~self._connected.ravel()[units]).astype(FLOAT),
            self.plan.units.elite[rows],
            enclosed.astype(FLOAT),
            self._unit_pressure.ravel()[units],
            state.safety.ravel()[units],
            state.offer.ravel()[units],
            state.loyalty.ravel()[units],
            self.around.trust.ravel()[units],
            self._values(units),
        )
        free = ~enclosed & (place != self.plan.places.capital) & may_withdraw
        chosen = _WAYS[exits.way(draw, exits.shares(scores, free))]
        return np.where(self.plan.units.contingent[rows], np.int8(Status.EVACUATED), chosen)

    def spread(self) -> None:
        self._heard = self.events.spread(self._now, self.plan.step_hours)

    def commit_patrons(self) -> None:
        state, plan, p = self.state, self.plan, self.p
        self._commitment = state.commitment
        if not plan.patrons.ids:
            return
        trust = self.around.mean_trust * self._pair_ratio()
        spirit = patron.fighting_spirit(self._holding_in_contact(), self.nation)
        target = np.minimum(patron.commitment_target(spirit, trust, p), FLOAT(1))
        self._commitment = relax(state.commitment, target, self._patron_moves)
        rows = self._contingents
        gave_up = state.commitment[plan.units.patron[rows]] < p.commitment_floor
        if gave_up.any():
            chance = np.where(gave_up & (self._status[rows] <= WITHDRAWING), self._contingents_leave, FLOAT(0)).ravel()
            leaves = self._leaving.hits(self.number, chance)
            self._status[rows[leaves // self.many], leaves % self.many] = Status.EVACUATED

    def _pair_ratio(self) -> Floats:
        """Mean trust of each patron with the others, as a share of its start; 1 for a lone patron."""
        number = len(self.plan.patrons.ids)
        if number < 2 or self.plan.patrons.pair_trust <= 0:
            return np.ones((number, self.many), FLOAT)
        mean = np.zeros((number, self.many), FLOAT)
        for other in range(number):
            mean += np.where(np.arange(number)[:, None] == other, FLOAT(0), self.state.pair_trust[:, other])
        return mean / FLOAT((number - 1) * self.plan.patrons.pair_trust)

    def _holding_in_contact(self) -> Floats:
        """Share of the host's own units in contact that hold; 1 when nobody is in contact."""
        touched = (self._unit_pressure > self.p.contact_pressure)[self._own]
        in_contact = (touched & self._stands[self._own]).sum(axis=0)
        holding = (touched & self._holds[self._own]).sum(axis=0)
        return np.where(in_contact > 0, holding / np.maximum(in_contact, 1), 1).astype(FLOAT)

    def advance(self) -> None:
        state, columns = self.state, self.attackers
        self._control = state.control.copy()
        pace = columns.pace(self.dt)
        columns.suffer(self._attackers_dying)
        columns.take(self._fallen(), self._control)
        columns.walk_in(self._empty & self.around.beside_lost, self._control, pace)
        columns.march(pace, self.hour)
        fallen = self._control != state.control
        taken = fallen & self.plan.attacking[self._control]
        columns.hearten(taken.sum(axis=0), self._belief_keep, self.hour)
        if fallen.any():
            # Units still fighting at a place that has just fallen leave at once.
            overrun = np.flatnonzero(self._of_place(fallen) & (self._status <= WAVERING))
            self._leave(overrun, self._ways(overrun, self._exit_draw(overrun)))

    def _fallen(self) -> Flags:
        """Places whose defenders, after this step's decisions and losses, are too few."""
        state, attackers = self.state, self.attackers.at_place
        touched = np.flatnonzero((self._unit_pressure > 0) & (self._status <= WAVERING))
        status, count = self._status.ravel()[touched], len(self.plan.places.ids)
        effectiveness = np.where(status == HOLDING, FLOAT(1), self._at(self.p.effective_wavering, touched))
        men = combat.fighting_men(
            state.men.ravel()[touched], self._strength.ravel()[touched], effectiveness, state.quality.ravel()[touched]
        )
        raw = np.bincount(self._here.ravel()[touched], men, count * self.many).reshape(attackers.shape).astype(FLOAT)
        fallen: Flags = combat.falls(attackers, raw * self._terrain_and_air, self.p)
        return fallen

    def rise(self) -> None:
        state, rows = self.state, self._risers
        if not len(rows):
            return
        chance = probability(uprising.hazard(self.nation, self.p) * self.dt)
        quiet = (self._control[rows] == self.plan.host) & ~state.risen[rows] & (self.attackers.at_place[rows] <= 0)
        chance = np.where(quiet, chance, FLOAT(0)).ravel()
        rises = self._rising.hits(self.number, chance)
        for riser in np.unique(rises // self.many):
            runs = rises[rises // self.many == riser] % self.many
            self.events.raise_axes(self.plan.places.rises[rows[riser : riser + 1]], runs)

    def withdraw(self) -> None:
        rows, runs = np.nonzero((self.state.status == WITHDRAWING) & (self._status == WITHDRAWING))
        on_road = rows, runs
        if not len(rows):
            return
        stuck = self.withdrawal.find_way(on_road, self._control, self._status)
        self.events.moved = True
        if len(stuck[0]):
            units = stuck[0] * self.many + stuck[1]
            self._leave(units, self._ways(units, self._exit_draw(units), may_withdraw=False))
        p = self._values(rows * self.many + runs)
        pace = np.where(self.plan.units.motorised[rows], p.road_speed_cap, p.walk_speed) * self.dt / 24
        rows, runs = self.withdrawal.move(on_road, pace, self._control, self._status)
        if len(rows):
            self.events.stale_allies[runs] = True

    def commit(self) -> None:
        state, p = self.state, self.p
        self._status[(self._status <= WITHDRAWING) & (self._strength < p.destroyed_below)] = Status.DESTROYED
        changed = (self._status[self._allied] <= WAVERING) != self._stands[self._allied]
        self.events.stale_allies |= changed.any(axis=0)
        self.events.stale |= (self._control != state.control).any(axis=0)
        state.status, state.control = self._status, self._control
        state.seen_local, state.seen_command = self._seen_local, self._seen_command
        state.seen_nation, state.seen_patron = self._seen_nation, self._seen_patron
        state.strength, state.fatigue, state.supply = self._strength, self._fatigue, self._supply
        state.loyalty = relax(state.loyalty, self.plan.units.loyalty[:, None], self._loyalty_back)
        state.commitment = self._commitment
        for shock, keep in zip(state.shock, self._shock_keep, strict=True):
            shock *= keep
        for decay, units, heard in self._heard:
            state.shock[decay].ravel()[units] += heard
        self._muster()

    def finished(self) -> Flags:
        """(run,) runs in which nothing can change for the host any more: none of its units is in the
        field or still to come, no ally outside a protected place, no place left to take, no fight under way."""
        state, host = self.state, self.plan.host
        held = state.control == host
        safe = self.plan.places.protected.take(state.place) & self.plan.units.contingent[:, None]
        units = ((state.status <= WITHDRAWING) & ~safe)[self.plan.units.host].any(axis=0)
        to_come = (state.status == Status.ABSENT).any(axis=0) & held[self._arrivals].any(axis=0)
        to_lose = (held & ~self.plan.places.protected[:, None]).any(axis=0)
        over: Flags = ~(units | to_come | to_lose | self.attackers.engaged.any(axis=0))
        return over

    def of_runs(self, columns: Rows) -> NumpyKernel:
        """A kernel that goes on with some of the runs."""
        p = self.p._replace(**{name: getattr(self.p, name)[columns] for name in self._vectors})
        return NumpyKernel(self.plan, p, self.seed, self.runs[columns], self.state.of_runs(columns))

    # -- shared -------------------------------------------------------------------------

    def _muster(self) -> None:
        """Who holds, wavers and stands (both), the men each unit brings to a fight, and what is
        left of the force."""
        state, p = self.state, self.p
        self._holds, self._wavers = state.status == HOLDING, state.status == WAVERING
        self._stands = self._holds | self._wavers
        effectiveness = self._holds + self._wavers * p.effective_wavering
        self._fighting = combat.fighting_men(state.men, state.strength, effectiveness, FLOAT(1))
        effective = (self._sum_own @ self._fighting.astype(float))[0]
        self.strength_share = (effective / np.maximum(state.start_men, 1)).astype(FLOAT)

    def _seen_holding(self) -> NDArray[np.float64]:
        """H: what comrades see of each unit; one not yet in the field has not broken."""
        state, p = self.state, self.p
        steady = self._holds | (state.status == Status.ABSENT)
        road = state.status == WITHDRAWING
        seen: NDArray[np.float64] = (steady + self._wavers * p.hold_wavering + road * p.hold_withdrawing).astype(float)
        return seen

    def _of_place(self, values: NDArray[Any]) -> NDArray[Any]:
        """(place, run) -> (unit, run): the value where each unit stands."""
        return values.take(self._here)

    def _exit_draw(self, units: Rows) -> Floats:
        hashes = self.plan.units.hashes[units // self.many]
        return uniform(self.seed, self.runs[units % self.many], self.number, hashes, Decision.EXIT)

    def _at(self, value: Any, units: Rows) -> Any:
        """A number, or a vector over runs, for a list of units (flat indices)."""
        return value[units % self.many] if np.ndim(value) else value

    def _values(self, units: Rows) -> Any:
        """Parameter values for a list of units (flat indices)."""
        if not self._vectors:
            return self.p
        return self.p._replace(**{name: self._at(getattr(self.p, name), units) for name in self._vectors})
