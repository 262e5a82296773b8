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
        self._not_fired, self._kept = ~self._fired, ~now.lost
        # Which rows of each flag hold in any run: most guards can be dismissed by this alone.
        flags = (now.lost, self._kept, now.contested, self._fired, self._not_fired)
        self._anywhere = [np.flatnonzero(flag.any(axis=1)).tolist() for flag in flags]
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
        if not all(self._somewhere(guard) for guard in guards):
            return
        # A patience that ends within the step before still counts.
        holds = waiting & (now.hour - self._plan.step_hours < state.moment[row] + triggers.patience[row])
        for guard in guards:
            if not holds.any():
                return
            holds &= self._holds(guard, now)
        state.due[row] = np.where(holds, FLOAT(now.hour) + state.delay[row], state.due[row])

    def _somewhere(self, guard: Guard) -> bool:
        """Whether each condition of the guard on places and triggers is met in some run."""
        return all(
            not names or not names.isdisjoint(some) for names, some in zip(guard.names, self._anywhere, strict=True)
        )

    def _holds(self, guard: Guard, now: Situation) -> Flags:
        """(run,) whether all that the guard asks is so."""
        state = self._state
        ok = np.ones(len(self._runs), bool)
        flags = (now.lost, self._kept, now.contested, self._fired, self._not_fired)
        for rows, flag in zip(guard.rows, flags, strict=True):
            if len(rows) == 1:
                ok &= flag[rows[0]]
            elif len(rows):
                ok &= flag[rows].any(axis=0)
        for value, (below, above) in ((now.strength, guard.strength), (now.nation, guard.nation)):
            if below is not None:
                ok &= value < below
            if above is not None:
                ok &= value > above
        for patron, limit in guard.commitment_below:
            ok &= state.commitment[patron] < limit
        for patron, limit in guard.commitment_above:
            ok &= state.commitment[patron] > limit
        return ok

    def _fire(self, row: int, runs: Rows, now: Situation) -> None:
        state, triggers = self._state, self._plan.triggers
        if now.hour >= triggers.until[row]:
            state.missed[row, runs] = True
            return
        patron = triggers.scales_with[row]
        if patron >= 0:
            draw = uniform(self._seed, self._runs[runs], 0, triggers.hashes[row], Decision.SCALED)
            comes = draw < state.commitment[patron, runs]
            state.missed[row, runs[~comes]] = True
            runs = runs[comes]
        happens = np.zeros(len(runs), bool)
        for account, effects in enumerate(triggers.effects[row]):
            if not triggers.happens[row][account]:
                continue
            chosen = state.account[row, runs] == account
            happens |= chosen
            theirs = runs[chosen]
            self._reached: dict[int, tuple[Rows, Rows]] = {}
            for effect in effects if len(theirs) else ():
                self._apply(effect, theirs, now)
        state.fired[row, runs[happens]] = now.hour
        self._fired[row, runs[happens]], self._not_fired[row, runs[happens]] = True, False
        state.missed[row, runs[~happens]] = True

    # -- what ---------------------------------------------------------------------------

    def _size(self, effect: Effect, runs: Rows) -> Any:
        size: Any = FLOAT(effect.amount)
        for name in effect.scale:
            value = getattr(self._p, name)
            size = size * (value[runs] if np.ndim(value) else value)
        return size

    def _touched(self, effect: Effect, runs: Rows) -> tuple[Rows, Rows]:
        """(units, columns): flat indices of the units it reaches, and where each one's run stands in `runs`.

        Effects of one trigger that name the same units and places reach the same.
        """
        if effect.reach not in self._reached:
            reached = self._reach(effect, runs)
            if effect.reach < 0:
                return reached
            self._reached[effect.reach] = reached
        return self._reached[effect.reach]

    def _reach(self, effect: Effect, runs: Rows) -> tuple[Rows, Rows]:
        many = len(self._runs)
        if effect.chance >= 1 and not len(effect.at):
            units = (effect.units[:, None] * many + runs).ravel()
            return units, np.tile(np.arange(len(runs)), len(effect.units))
        hit = np.ones((len(effect.units), len(runs)), bool)
        if len(effect.at):
            place = self._state.place.take(runs, axis=1)[effect.units]
            hit = place == effect.at[0]
            for other in effect.at[1:]:
                hit |= place == other
        if effect.chance < 1:
            ids = self._plan.units.hashes[effect.units] ^ effect.hash
            hit &= uniform(self._seed, self._runs[runs], 0, ids[:, None], Decision.CHANCE) < FLOAT(effect.chance)
        row, column = np.nonzero(hit)
        return effect.units[row] * many + runs[column], column

    def _apply(self, effect: Effect, runs: Rows, now: Situation) -> None:
        if effect.verb is Verb.RAISE_ATTACKERS:
            self.raise_axes(effect.axes, runs)
        elif effect.verb is Verb.BRING_UNITS:
            self._bring(effect, runs)
        elif effect.verb is Verb.START_RUMOUR:
            until = np.inf if effect.duration is None else now.hour + effect.duration
            self._state.rumour_until[effect.rumour, runs] = until
            self._state.rumour[effect.rumour].ravel()[self._touched(effect, runs)[0]] = 1
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
                self.attackers_changed = True
            case Touches.COMMITMENT:
                for patron in effect.patrons:
                    state.commitment[patron, runs] = np.minimum(state.commitment[patron, runs] * exp(size), 1)
            case Touches.PATRON_TRUST:
                self._scale_pairs(effect, runs, exp(size))
            case Touches.ATTACKER_QUALITY:
                for axis in effect.axes:
                    state.axis_quality[axis, runs] *= exp(size)
                self.attackers_changed = True
            case Touches.LINK:
                for link in effect.links:
                    closed = np.maximum(state.closed_until[link, runs], until)
                    state.closed_until[link, runs] = -np.inf if effect.amount > 0.5 else closed
                self.stale[runs] = True
            case _:
                self._change_units(effect, runs, size, until)

    def _scale_pairs(self, effect: Effect, runs: Rows, factor: Any) -> None:
        trust = self._state.pair_trust
        for one in effect.patrons:
            for other in effect.patrons:
                trust[one, other, runs] = np.minimum(trust[one, other, runs] * factor, 1)

    def _change_units(self, effect: Effect, runs: Rows, size: Any, until: float) -> None:
        state, (units, column) = self._state, self._touched(effect, runs)
        each = size[column] if np.ndim(size) else size
        match effect.touches:
            case Touches.SHOCK:
                state.shock[effect.decay].ravel()[units] += each
            case Touches.LOYALTY:
                loyalty = state.loyalty.ravel()
                loyalty[units] = np.clip(loyalty[units] + each, 0, 1)
            case Touches.SUPPLY:
                supply, cap = state.supply.ravel(), self._plan.units.supply_cap[units // len(self._runs)]
                supply[units] = np.clip(supply[units] + each, 0, cap)
            case Touches.LEADERLESS:
                vacant = state.leaderless_until.ravel()
                vacant[units] = np.maximum(vacant[units], until) if effect.amount > 0.5 else 0.0
            case Touches.TRUST:
                for patron in effect.patrons:
                    _scale(state.trust[patron], units, exp(each), 1)
                self.stale_allies[runs] = True
            case Touches.RALLY | Touches.QUALITY:
                _scale(state.rally if effect.touches is Touches.RALLY else state.quality, units, exp(each))
            case Touches.SAFETY | Touches.OFFER:
                way_out = (state.safety if effect.touches is Touches.SAFETY else state.offer).ravel()
                way_out[units] = np.maximum(way_out[units], np.clip(each, 0, 1))
            case _:
                raise AssertionError(f"no unit quantity: {effect.touches}")
        if effect.undo >= 0:
            touched = state.undo_units[effect.undo]
            touched[:, runs] = False
            touched.ravel()[units] = True

    def _order(self, effect: Effect, runs: Rows) -> None:
        """Set a status: only units in the field obey; only holding ones waver by it."""
        state, (units, _) = self._state, self._touched(effect, runs)
        assert effect.status is not None
        status = state.status.ravel()
        limit = Status.HOLDING if effect.status is Status.WAVERING else Status.WITHDRAWING
        units = units[status[units] <= limit]
        status[units] = effect.status
        if effect.status is Status.WITHDRAWING:
            state.destination.ravel()[units] = effect.destination
            state.hop.ravel()[units] = -1
            self.moved = True
        if effect.status in _QUIT:
            state.broken.ravel()[units] = True
        self.stale_allies[runs] |= effect.allies

    def _bring(self, effect: Effect, runs: Rows) -> None:
        """Absent units appear at the destination, if it is still held by the host."""
        state, (units, column) = self._state, self._touched(effect, runs)
        welcome = state.control[effect.destination, runs] == self._plan.host
        units = units[(state.status.ravel()[units] == Status.ABSENT) & welcome[column]]
        state.status.ravel()[units] = Status.HOLDING
        state.place.ravel()[units] = effect.destination
        state.supply.ravel()[units] = self._plan.units.supply[units // len(self._runs)]
        state.fatigue.ravel()[units] = 0
        for shock in state.shock:
            shock.ravel()[units] = 0
        self._reached.clear()
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
        self.attackers_changed = True

    def _end_passing(self, now: Situation) -> None:
        state = self._state
        ended = state.undo_at <= now.hour
        self.attackers_changed = False
        for number in np.flatnonzero(ended.any(axis=1)):
            effect, runs = self._undo_effects[int(number)], np.flatnonzero(ended[number])
            self._undo(effect, runs, state.undo_units[number])
            state.undo_at[number, runs] = np.inf

    def _widest(self, what: Touches, runs: Rows) -> NDArray[np.float32]:
        """(unit, run) the widest of the ways out that events hold open."""
        found = np.zeros((len(self._plan.units.ids), len(runs)), FLOAT)
        for effect in self._undo_effects.values():
            if effect.touches is what:
                wide = np.clip(self._size(effect, runs), 0, 1)
                np.maximum(found, self._state.undo_units[effect.undo][:, runs] * wide, out=found)
        return found

    def _undo(self, effect: Effect, runs: Rows, whom: Flags) -> None:
        state = self._state
        rows, column = np.nonzero(whom[:, runs])
        units = rows * len(self._runs) + runs[column]
        whom[:, runs] = False
        back = exp(-self._size(effect, runs))
        each = back[column] if np.ndim(back) else back
        match effect.touches:
            case Touches.RALLY | Touches.QUALITY:
                _scale(state.rally if effect.touches is Touches.RALLY else state.quality, units, each)
            case Touches.SAFETY | Touches.OFFER:
                way_out = state.safety if effect.touches is Touches.SAFETY else state.offer
                left = self._plan.units.safety[rows] if effect.touches is Touches.SAFETY else FLOAT(0)
                way_out.ravel()[units] = np.maximum(left, self._widest(effect.touches, runs)[rows, column])
            case Touches.TRUST:
                for patron in effect.patrons:
                    _scale(state.trust[patron], units, each, 1)
                self.stale_allies[runs] = True
            case Touches.COMMITMENT:
                for patron in effect.patrons:
                    state.commitment[patron, runs] = np.minimum(state.commitment[patron, runs] * back, 1)
            case Touches.PATRON_TRUST:
                self._scale_pairs(effect, runs, back)
            case Touches.BELIEF:
                state.belief[runs] = np.minimum(state.belief[runs] * back, 1)
                self.attackers_changed = True
            case Touches.ATTACKER_QUALITY:
                state.axis_quality[np.ix_(effect.axes, runs)] *= back
                self.attackers_changed = True
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
            known = state.rumour[number][effect.units]
            heard, reach = (known == 2).sum(axis=0), (known > 0).sum(axis=0)
            share = (heard / np.maximum(reach, 1)).astype(FLOAT)
            chance = probability(rumour.hearing(share, self._p) * FLOAT(step_hours)) * active[number]
            listening = np.where(known == 1, chance, FLOAT(0)).ravel()
            hears = self._sieves[number].hits(now.number, listening)
            units = effect.units[hears // many] * many + hears % many
            state.rumour[number].ravel()[units] = 2
            size = np.broadcast_to(self._size(effect, np.arange(many)), many)
            told.append((effect.decay, units, size[hears % many]))
        return told


def _scale(array: NDArray[np.float32], units: Rows, factor: Any, most: float = np.inf) -> None:
    flat = array.ravel()
    flat[units] = np.minimum(flat[units] * factor, most)
