"""Triggers of one run: when they are due, whether they happen, and what they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.operations import Operation, Touches, Verb
from sim.randomness import Decision, sieved, stable_hash
from sim.rules import rumour
from sim.rules.arithmetic import clip, exp, probability
from sim.scenario.resolved import ResolvedAccount, ResolvedGuard, ResolvedTrigger
from sim.state import FLOAT, Status

if TYPE_CHECKING:
    from sim.agents.model import ForceModel
    from sim.agents.unit import UnitAgent

_FOR_GOOD = FLOAT(np.inf)
_QUIT = (Status.DISPERSED, Status.SURRENDERED, Status.DEFECTED, Status.MUTINIED)
_FACTORS = {Touches.RALLY: "rally", Touches.QUALITY: "quality"}
_OPENINGS = {Touches.SAFETY: "safety", Touches.OFFER: "offer"}


class Event:
    """A trigger in this run: its moment, delay and account are drawn; it takes effect at most once.

    Attributes:
        moment: from when it may happen [h]; inf: never.
        due: when it takes effect, once its guards held.
        fired: hour at which it took effect; inf: not.
        missed: was due and did not happen.
    """

    def __init__(self, model: ForceModel, row: ResolvedTrigger) -> None:
        self.model, self.row, self.id = model, row, row.id
        self.hash = stable_hash("trigger", row.id)

        def drawn(decision: Decision) -> np.float32:
            return model.draw(self.hash, decision, step=0)

        happens = row.enabled and drawn(Decision.HAPPENS) < FLOAT(row.probability)
        at = row.earliest + (row.latest - row.earliest) * float(drawn(Decision.MOMENT))
        self.moment = FLOAT(at) if happens else _FOR_GOOD
        self.delay = FLOAT(row.delay_low + (row.delay_high - row.delay_low) * float(drawn(Decision.DELAY)))
        self.due = self.fired = _FOR_GOOD
        self.missed = False
        self.account = _account(row, float(drawn(Decision.ACCOUNT)))
        operations = self.account.operations if self.account.happens else ()
        self.effects = [Effect(self, number, operation) for number, operation in enumerate(operations)]

    def __repr__(self) -> str:
        when = "not fired" if np.isinf(self.fired) else f"fired at hour {self.fired:g}"
        return f"<{self.id} ({self.account.name}), {when}>"

    def start_clock(self) -> None:
        """Once its moment has come and its guards hold, fix when it is due."""
        hour = self.model.hour
        if self.moment > hour or self.due < _FOR_GOOD:
            return
        if not self.row.guards:
            self.due = self.moment + self.delay
            return
        patience = _FOR_GOOD if self.row.patience_hours is None else self.row.patience_hours
        # A patience that ends within the step before still counts.
        still = hour - self.model.resolved.step_hours < float(self.moment) + patience
        if still and all(self._holds(guard) for guard in self.row.guards):
            self.due = FLOAT(hour) + self.delay

    def _holds(self, guard: ResolvedGuard) -> bool:
        model, patrons = self.model, self.model.patrons
        fired = {event.id for event in model.events if event.fired < _FOR_GOOD}
        any_of = (
            (guard.lost, lambda place: model.places[place].fallen),
            (guard.held, lambda place: not model.places[place].fallen),
            (guard.contested, lambda place: model.places[place].contested),
            (guard.fired, lambda event: event in fired),
            (guard.not_fired, lambda event: event not in fired),
        )
        below = [(model.strength, guard.strength_below), (model.nation, guard.nation_below)]
        above = [(model.strength, guard.strength_above), (model.nation, guard.nation_above)]
        below += [(patrons[name].commitment, limit) for name, limit in guard.commitment_below]
        above += [(patrons[name].commitment, limit) for name, limit in guard.commitment_above]
        return (
            all(any(map(true, names)) for names, true in any_of if names)
            and all(value < limit for value, limit in below if limit is not None)
            and all(value > limit for value, limit in above if limit is not None)
        )

    @property
    def ready(self) -> bool:
        return bool(self.due <= self.model.hour) and np.isinf(self.fired) and not self.missed

    def fire(self) -> None:
        """Take effect, unless it is too late, the patron it depends on lets it down or in this account nothing
        happened."""
        patron, until = self.row.scales_with, self.row.until
        if until is not None and self.model.hour >= until:
            self.missed = True
            return
        comes = patron is None or (
            self.model.draw(self.hash, Decision.SCALED, step=0) < self.model.patrons[patron].commitment
        )
        if comes and self.account.happens:
            for effect in self.effects:
                effect.apply()
            self.fired = FLOAT(self.model.hour)
        else:
            self.missed = True


def _account(row: ResolvedTrigger, draw: float) -> ResolvedAccount:
    reached = 0.0
    for account in row.accounts:
        reached += account.weight
        if draw < reached:
            return account
    return row.accounts[-1]


class Effect:
    """One operation of an event. What it multiplies or opens for a time, it undoes itself."""

    def __init__(self, event: Event, number: int, operation: Operation) -> None:
        self.model, self.operation = event.model, operation
        self.hash = stable_hash("effect", event.id, event.account.name, str(number))
        self.decay = self.model.decays.index(operation.decay_hours)
        self.ends = _FOR_GOOD
        self._touched: list[UnitAgent] = []
        self.rumour = Rumour(self) if operation.verb is Verb.START_RUMOUR else None

    @property
    def size(self) -> np.float32:
        size = FLOAT(self.operation.amount)
        for name in self.operation.scale:
            size = size * getattr(self.model.p, name)
        return size

    def reached(self) -> list[UnitAgent]:
        """Its units, if they stand where it strikes and, one by one, by chance."""
        model, op = self.model, self.operation
        units = [model.units[name] for name in sorted(op.units)]
        if op.at:
            units = [unit for unit in units if unit.place.id in op.at]
        if op.chance < 1:
            chance, draw = FLOAT(op.chance), model.draw
            units = [unit for unit in units if draw(unit.hash ^ self.hash, Decision.CHANCE, step=0) < chance]
        return units

    def apply(self) -> None:
        op, model = self.operation, self.model
        match op.verb:
            case Verb.RAISE_ATTACKERS:
                for axis in op.axes:
                    model.axes[axis].appear()
            case Verb.BRING_UNITS:
                self._bring()
            case Verb.START_RUMOUR:
                assert self.rumour
                self.rumour.start(self.reached(), self._until)
            case _ if op.touches is Touches.STATUS:
                self._order()
            case _:
                self._change()

    @property
    def _until(self) -> np.float32:
        duration = self.operation.duration_hours
        return _FOR_GOOD if duration is None else FLOAT(self.model.hour + duration)

    def _bring(self) -> None:
        """Absent units appear at the destination, if the host still holds it."""
        place = self.model.places[str(self.operation.destination)]
        for unit in self.reached():
            if unit.status is Status.ABSENT and place.control == self.model.resolved.host:
                unit.appear_at(place)

    def _order(self) -> None:
        """Give a status: only units in the field obey; only holding ones waver by it."""
        op = self.operation
        status = Status.named(str(op.status))
        limit = Status.HOLDING if status is Status.WAVERING else Status.WITHDRAWING
        for unit in self.reached():
            if unit.status > limit:
                continue
            unit.status = status
            if status is Status.WITHDRAWING:
                unit.destination = None if op.destination is None else self.model.places[op.destination]
                unit.hop = None
            if status in _QUIT:
                unit.note_break(status)

    def _change(self) -> None:
        op, model, size = self.operation, self.model, self.size
        lasting = op.duration_hours is None or op.touches in (Touches.LEADERLESS, Touches.LINK)
        if not lasting and op.verb in (Verb.MULTIPLY, Verb.SET):
            self.ends = self._until
        attackers = model.attackers
        match op.touches:
            case Touches.BELIEF:
                belief = attackers.belief
                attackers.belief = clip(belief * exp(size) if op.verb is Verb.MULTIPLY else belief + size, 0, 1)
            case Touches.COMMITMENT:
                for patron in self._patrons():
                    patron.commitment = np.minimum(patron.commitment * exp(size), 1)
            case Touches.PATRON_TRUST:
                for patron in self._patrons():
                    for other in patron.pair_trust:
                        if other.id in op.patrons:
                            patron.pair_trust[other] = np.minimum(patron.pair_trust[other] * exp(size), 1)
            case Touches.ATTACKER_QUALITY:
                for axis in op.axes:
                    model.axes[axis].quality = model.axes[axis].quality * exp(size)
            case Touches.LINK:
                for ends in op.links:
                    link = model.links[ends]
                    link.closed_until = -_FOR_GOOD if op.amount > 0.5 else max(link.closed_until, self._until)
            case _:
                self._touched = self.reached()
                for unit in self._touched:
                    self._change_unit(unit, size)

    def _change_unit(self, unit: UnitAgent, size: np.float32) -> None:
        match self.operation.touches:
            case Touches.SHOCK:
                unit.shock[self.decay] = unit.shock[self.decay] + size
            case Touches.LOYALTY:
                unit.loyalty = clip(unit.loyalty + size, 0, 1)
            case Touches.SUPPLY:
                unit.supply = clip(unit.supply + size, 0, unit.supply_cap)
            case Touches.LEADERLESS:
                until = max(unit.leaderless_until, self._until)
                unit.leaderless_until = until if self.operation.amount > 0.5 else FLOAT(0)
            case Touches.TRUST:
                for patron in self._patrons():
                    unit.trust[patron] = np.minimum(unit.trust[patron] * exp(size), 1)
            case Touches.RALLY | Touches.QUALITY as factor:
                name = _FACTORS[factor]
                setattr(unit, name, getattr(unit, name) * exp(size))
            case Touches.SAFETY | Touches.OFFER as opening:
                unit.open_way_out(_OPENINGS[opening], self, clip(size, 0, 1))

    def _patrons(self) -> Iterator[Any]:
        return (self.model.patrons[name] for name in self.operation.patrons)

    def end_if_passed(self) -> None:
        """Undo a passing effect whose time is over."""
        if self.ends > self.model.hour:
            return
        self.ends = _FOR_GOOD
        op, model, back = self.operation, self.model, exp(-self.size)
        match op.touches:
            case Touches.COMMITMENT:
                for patron in self._patrons():
                    patron.commitment = np.minimum(patron.commitment * back, 1)
            case Touches.BELIEF:
                model.attackers.belief = np.minimum(model.attackers.belief * back, 1)
            case Touches.ATTACKER_QUALITY:
                for axis in op.axes:
                    model.axes[axis].quality = model.axes[axis].quality * back
            case _:
                for unit in self._touched:
                    self._restore(unit, back)

    def _restore(self, unit: UnitAgent, back: np.float32) -> None:
        match self.operation.touches:
            case Touches.RALLY | Touches.QUALITY as factor:
                name = _FACTORS[factor]
                setattr(unit, name, getattr(unit, name) * back)
            case Touches.SAFETY | Touches.OFFER as opening:
                unit.close_way_out(_OPENINGS[opening], self)
            case Touches.TRUST:
                for patron in self._patrons():
                    unit.trust[patron] = np.minimum(unit.trust[patron] * back, 1)


class Rumour:
    """Spreads among the units in its reach; each that hears it is shaken once (equation 6)."""

    def __init__(self, effect: Effect) -> None:
        self._effect, self._model = effect, effect.model
        self.hash = stable_hash("rumour", str(effect.hash))
        self.until = -_FOR_GOOD
        self.within: list[UnitAgent] = []
        self.heard: set[UnitAgent] = set()

    def start(self, within: list[UnitAgent], until: np.float32) -> None:
        self.within, self.until = within, until

    def spread(self) -> None:
        """Who hears it in this step; their shock is committed with the step."""
        model = self._model
        listening = [unit for unit in self.within if unit not in self.heard]
        if self.until <= model.hour or not listening:
            return
        share = FLOAT(len(self.heard) / len(self.within))
        chance = probability(rumour.hearing(share, model.p) * model.dt)
        ids = np.array([unit.hash for unit in listening]) ^ self.hash
        draws = sieved(model.seed, model.run, model.number, ids, Decision.RUMOUR)
        for unit, draw in zip(listening, draws, strict=True):
            if draw < chance:
                self.heard.add(unit)
                unit.heard.append((self._effect.decay, self._effect.size))


def decay_times(triggers: tuple[ResolvedTrigger, ...]) -> tuple[float | None, ...]:
    """Distinct decay times of shocks [h]; None is the model's default and comes first."""
    operations = (o for t in triggers for a in t.accounts if a.happens for o in a.operations)
    return tuple(dict.fromkeys([None, *(operation.decay_hours for operation in operations)]))
