"""Triggers in a block of runs: when they are due, and the closed set of operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.operations import Touches, Verb
from sim.plan import Effect, Guard, Plan
from sim.randomness import Decision, Sieve, stable_hash, uniform
from sim.rules import rumour
from sim.rules.arithmetic import exp, probability
from sim.state import FLOAT, State, Status

Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]
_QUIT = (Status.DISPERSED, Status.SURRENDERED, Status.DEFECTED, Status.MUTINIED)


@dataclass
class Situation:
    """What guards may ask of the moment, per run."""

    hour: float
    number: int
    """Of the step."""
    lost: Flags
    """(place, run) no longer in the hands that held it at the start"""
    contested: Flags
    """(place, run)"""
    strength: NDArray[np.float32]
    """Effective host strength as a share of its start."""
    nation: NDArray[np.float32]
    """Lagged national holding."""


class Events:
    """Fires triggers and applies their effects to a `State`.

    `stale` and `stale_allies` flag the runs whose surroundings must be looked at anew;
    `moved` says whether any unit changed place.
    """

    def __init__(self, plan: Plan, state: State, p: Any, seed: int, runs: NDArray[np.uint64]) -> None:
        self._plan, self._state, self._p, self._seed, self._runs = plan, state, p, seed, runs
        self.stale = np.ones(len(runs), bool)
        self.stale_allies = np.ones(len(runs), bool)
        self.moved = True
        self._sieves: dict[int, Sieve] = {}
        self._undo_effects = {
            e.undo: e for accounts in plan.triggers.effects for effects in accounts for e in effects if e.undo >= 0
        }

    # -- when ---------------------------------------------------------------------------

    def settled(self) -> None:
        """Surroundings have been looked at."""
        self.stale[:] = False
        self.stale_allies[:] = False
        self.moved = False

    def happen(self, now: Situation) -> bool:
        """Undo what has passed, then fire what is due, trigger by trigger in order of id.

        Returns:
            Whether anything fired.
        """
        self._end_passing(now)
        state = self._state
        self._fired = np.isfinite(state.fired)
        self.raised = False
        waiting = (state.moment <= now.hour) & np.isinf(state.due)
        for row in np.flatnonzero(waiting.any(axis=1)):
            self._start_clock(int(row), waiting[row], now)
        ready = (state.due <= now.hour) & ~self._fired & ~state.missed
        firing = np.flatnonzero(ready.any(axis=1))
        for row in firing:
            self._fire(int(row), np.flatnonzero(ready[row]), now)
        return len(firing) > 0

    def _start_clock(self, row: int, waiting: Flags, now: Situation) -> None:
        state, triggers = self._state, self._plan.triggers
        guards = triggers.guards[row]
        if not guards:
            state.due[row] = np.where(waiting, state.moment[row] + state.delay[row], state.due[row])
            return
        holds = waiting & (now.hour <= state.moment[row] + triggers.patience[row])
        for guard in guards:
            if not holds.any():
                return
            holds &= self._holds(guard, now)
        state.due[row] = np.where(holds, FLOAT(now.hour) + state.delay[row], state.due[row])

    def _holds(self, guard: Guard, now: Situation) -> Flags:
        """(run,) whether all that the guard asks is so."""
        commitment = self._state.commitment
        ok = np.ones(len(self._runs), bool)
        for rows, flags in (
            (guard.lost, now.lost), (guard.held, ~now.lost), (guard.contested, now.contested),
            (guard.fired, self._fired), (guard.not_fired, ~self._fired),
        ):
            if len(rows):
                ok &= flags[rows[0]] if len(rows) == 1 else flags[rows].any(axis=0)
        for value, (below, above) in ((now.strength, guard.strength), (now.nation, guard.nation)):
            if below is not None:
                ok &= value < below
            if above is not None:
                ok &= value > above
        for patron, limit in guard.commitment_below:
            ok &= commitment[patron] < limit
        for patron, limit in guard.commitment_above:
            ok &= commitment[patron] > limit
        return ok

    def _fire(self, row: int, runs: Rows, now: Situation) -> None:
        state, triggers = self._state, self._plan.triggers
        patron = triggers.scales_with[row]
        if patron >= 0:
            draw = uniform(self._seed, self._runs[runs], 0, triggers.hashes[row], Decision.SCALED)
            comes = draw < state.commitment[patron, runs]
            state.missed[row, runs[~comes]] = True
            runs = runs[comes]
        happens = np.zeros(len(runs), bool)
        for account, effects in enumerate(triggers.effects[row]):
            chosen = state.account[row, runs] == account
            happens |= chosen & bool(effects)
            if chosen.any():
                for effect in effects:
                    self._apply(effect, runs[chosen], now)
        state.fired[row, runs[happens]] = now.hour
        self._fired[row, runs[happens]] = True
        state.missed[row, runs[~happens]] = True

    # -- what ---------------------------------------------------------------------------

    def _size(self, effect: Effect, runs: Rows) -> Any:
        size: Any = FLOAT(effect.amount)
        for name in effect.scale:
            value = getattr(self._p, name)
            size = size * (value[runs] if np.ndim(value) else value)
        return size

    def _touched(self, effect: Effect, runs: Rows) -> Flags:
        """(unit of the effect, run): whom it reaches."""
        where = effect.units[:, None], runs
        hit = np.ones((len(effect.units), len(runs)), bool)
        if len(effect.at):
            reached = np.zeros(len(self._plan.places.ids), bool)
            reached[effect.at] = True
            hit = reached[self._state.place[where]]
        if effect.chance < 1:
            ids = self._plan.units.hashes[effect.units] ^ effect.hash
            hit &= uniform(self._seed, self._runs[runs], 0, ids[:, None], Decision.CHANCE) < FLOAT(effect.chance)
        return hit

    def _apply(self, effect: Effect, runs: Rows, now: Situation) -> None:
        if effect.verb is Verb.RAISE_ATTACKERS:
            self.raise_axes(effect.axes, runs)
        elif effect.verb is Verb.BRING_UNITS:
            self._bring(effect, runs)
        elif effect.verb is Verb.START_RUMOUR:
            until = np.inf if effect.duration is None else now.hour + effect.duration
            self._state.rumour_until[effect.rumour, runs] = until
        elif effect.verb is Verb.SET and effect.touches is Touches.STATUS:
            self._order(effect, runs)
        else:
            self._change(effect, runs, now)

    def _change(self, effect: Effect, runs: Rows, now: Situation) -> None:
        state, size = self._state, self._size(effect, runs)
        until = np.inf if effect.duration is None else now.hour + effect.duration
        if effect.undo >= 0:
            state.undo_at[effect.undo, runs] = until
        match effect.touches:
            case Touches.BELIEF:
                changed = state.belief[runs] * exp(size) if effect.verb is Verb.MULTIPLY else state.belief[runs] + size
                state.belief[runs] = np.clip(changed, 0, 1)
            case Touches.COMMITMENT:
                for patron in effect.patrons:
                    state.commitment[patron, runs] = np.minimum(state.commitment[patron, runs] * exp(size), 1)
            case Touches.PATRON_TRUST:
                for one in effect.patrons:
                    for other in effect.patrons:
                        state.pair_trust[one, other, runs] = np.minimum(state.pair_trust[one, other, runs] * exp(size), 1)
            case Touches.ATTACKER_QUALITY:
                for axis in effect.axes:
                    state.axis_quality[axis, runs] *= exp(size)
            case Touches.LINK:
                for link in effect.links:
                    state.closed_until[link, runs] = -np.inf if effect.amount > 0.5 else until
                self.stale[runs] = True
            case _:
                self._change_units(effect, runs, size, until)

    def _change_units(self, effect: Effect, runs: Rows, size: Any, until: float) -> None:
        state, hit = self._state, self._touched(effect, runs)
        where = effect.units[:, None], runs
        match effect.touches:
            case Touches.SHOCK:
                state.shock[effect.decay][where] += np.where(hit, size, FLOAT(0))
            case Touches.LOYALTY:
                state.loyalty[where] = np.clip(state.loyalty[where] + np.where(hit, size, FLOAT(0)), 0, 1)
            case Touches.SUPPLY:
                cap = self._plan.units.supply_cap[effect.units, None]
                state.supply[where] = np.clip(state.supply[where] + np.where(hit, size, FLOAT(0)), 0, cap)
            case Touches.LEADERLESS:
                state.leaderless_until[where] = np.where(hit, until if effect.amount > 0.5 else 0.0, state.leaderless_until[where])
            case Touches.TRUST:
                for patron in effect.patrons:
                    old = state.trust[patron][where]
                    state.trust[patron][where] = np.where(hit, np.minimum(old * exp(size), 1), old)
                self.stale_allies[runs] = True
            case Touches.RALLY | Touches.QUALITY:
                array = state.rally if effect.touches is Touches.RALLY else state.quality
                array[where] = np.where(hit, array[where] * exp(size), array[where])
            case Touches.SAFETY | Touches.OFFER:
                array = state.safety if effect.touches is Touches.SAFETY else state.offer
                array[where] = np.where(hit, np.clip(size, 0, 1), array[where])
            case _:
                raise AssertionError(f"no unit quantity: {effect.touches}")
        if effect.undo >= 0:
            state.undo_units[effect.undo][where] = hit

    def _order(self, effect: Effect, runs: Rows) -> None:
        """Set a status: only units in the field obey; only holding ones waver by it."""
        state, hit = self._state, self._touched(effect, runs)
        assert effect.status is not None
        where = effect.units[:, None], runs
        status = state.status[where]
        hit &= status <= (Status.HOLDING if effect.status is Status.WAVERING else Status.WITHDRAWING)
        state.status[where] = np.where(hit, np.int8(effect.status), status)
        if effect.status is Status.WITHDRAWING:
            state.destination[where] = np.where(hit, np.int16(effect.destination), state.destination[where])
            state.hop[where] = np.where(hit, np.int16(-1), state.hop[where])
        if effect.status in _QUIT:
            state.broken[where] |= hit
        self.stale_allies[runs] = True

    def _bring(self, effect: Effect, runs: Rows) -> None:
        """Absent units appear at the destination, if it is still held by the host."""
        state, hit = self._state, self._touched(effect, runs)
        where = effect.units[:, None], runs
        hit &= (state.status[where] == Status.ABSENT) & (state.control[effect.destination, runs] == self._plan.host)
        state.status[where] = np.where(hit, np.int8(Status.HOLDING), state.status[where])
        state.place[where] = np.where(hit, effect.destination, state.place[where])
        self.stale_allies[runs] = True
        self.moved = True

    def raise_axes(self, axes: Rows, runs: Rows) -> None:
        """Columns of these axes take the field; an axis local to a place makes the place rise."""
        state, plan = self._state, self._plan
        for axis in axes:
            for column in np.flatnonzero(plan.columns.axis == axis):
                state.column_active[column, runs] = True
            for place in np.flatnonzero(plan.places.rises == axis):
                state.risen[place, runs] |= state.control[place, runs] == plan.places.holder[place]
        self.stale[runs] = True
        self.raised = True

    def _end_passing(self, now: Situation) -> None:
        state = self._state
        ended = state.undo_at <= now.hour
        self.raised = False
        for number in np.flatnonzero(ended.any(axis=1)):
            effect, runs = self._undo_effects[int(number)], np.flatnonzero(ended[number])
            self._undo(effect, runs, state.undo_units[number])
            state.undo_at[number, runs] = np.inf

    def _undo(self, effect: Effect, runs: Rows, whom: Flags) -> None:
        state = self._state
        where = effect.units[:, None], runs
        hit = whom[where]
        back = exp(-self._size(effect, runs))
        match effect.touches:
            case Touches.RALLY | Touches.QUALITY:
                array = state.rally if effect.touches is Touches.RALLY else state.quality
                array[where] = np.where(hit, array[where] * back, array[where])
            case Touches.SAFETY | Touches.OFFER:
                array = state.safety if effect.touches is Touches.SAFETY else state.offer
                array[where] = np.where(hit, FLOAT(0), array[where])
            case Touches.TRUST:
                for patron in effect.patrons:
                    old = state.trust[patron][where]
                    state.trust[patron][where] = np.where(hit, np.minimum(old * back, 1), old)
                self.stale_allies[runs] = True
            case Touches.COMMITMENT:
                state.commitment[np.ix_(effect.patrons, runs)] *= back
            case Touches.BELIEF:
                state.belief[runs] = np.minimum(state.belief[runs] * back, 1)
            case Touches.ATTACKER_QUALITY:
                state.axis_quality[np.ix_(effect.axes, runs)] *= back
            case _:
                raise AssertionError(f"not undone: {effect.touches}")

    # -- rumours ------------------------------------------------------------------------

    def spread(self, now: Situation, step_hours: float) -> list[tuple[int, Rows, NDArray[np.float32]]]:
        """Who hears a rumour in this step: (decay row, flat unit indices, shock to add) for each active one."""
        state, many = self._state, len(self._runs)
        told: list[tuple[int, Rows, NDArray[np.float32]]] = []
        active = state.rumour_until > now.hour
        for number in map(int, np.flatnonzero(active.any(axis=1))):
            effect = self._plan.rumours[number]
            if number not in self._sieves:
                ids = self._plan.units.hashes[effect.units] ^ stable_hash("rumour", str(effect.hash))
                self._sieves[number] = Sieve(self._seed, self._runs, ids, Decision.RUMOUR)
            heard = state.heard[number][effect.units]
            share = (heard.sum(axis=0) / max(len(effect.units), 1)).astype(FLOAT)
            chance = probability(rumour.hearing(share, self._p) * FLOAT(step_hours)) * active[number]
            listening = np.where(heard, FLOAT(0), chance).ravel()
            hears = self._sieves[number].below(now.number, listening)
            hears = hears[self._sieves[number].at(hears) < listening[hears]]
            units = effect.units[hears // many] * many + hears % many
            state.heard[number].ravel()[units] = True
            size = np.broadcast_to(self._size(effect, np.arange(many)), many)
            told.append((effect.decay, units, size[hears % many]))
        return told
