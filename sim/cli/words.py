"""Triggers in words: when, on what condition, how likely, and what they do."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from sim.cli.text import count, listed
from sim.operations import Operation, Touches, Verb
from sim.scenario.resolved import Resolved, ResolvedGuard, ResolvedTrigger

NAMES = {
    Touches.SHOCK: "shock",
    Touches.LOYALTY: "loyalty",
    Touches.SUPPLY: "days of supply",
    Touches.BELIEF: "belief of the attackers",
    Touches.TRUST: "trust",
    Touches.PATRON_TRUST: "trust",
    Touches.COMMITMENT: "commitment",
    Touches.RALLY: "rally rate",
    Touches.QUALITY: "fighting quality",
    Touches.ATTACKER_QUALITY: "fighting quality",
    Touches.LEADERLESS: "leaderless",
    Touches.SAFETY: "perceived safety of quitting",
    Touches.OFFER: "offer to change sides",
    Touches.STATUS: "status",
    Touches.LINK: "road",
}
SCALES = {
    "shock_size": "the shock size",
    "betrayal_ratio": "the betrayal ratio",
    "trust_rupture": "the trust rupture",
}


def moment(resolved: Resolved, hour: float) -> str:
    """A local time such as "28 Nov 06:00" for an hour since the start."""
    at = datetime.fromisoformat(resolved.start) + timedelta(hours=hour)
    return f"{at.day} {at:%b %H:%M}"


def undated(trigger: ResolvedTrigger) -> bool:
    """Whether it waits for its condition alone."""
    return bool(trigger.guards) and trigger.earliest == trigger.latest <= 0


def when(resolved: Resolved, trigger: ResolvedTrigger) -> str:
    """When a trigger is due, with its delay and how long it waits."""
    if trigger.earliest == trigger.latest:
        text = "as soon as that holds" if undated(trigger) else moment(resolved, trigger.earliest)
    else:
        text = f"{moment(resolved, trigger.earliest)} to {moment(resolved, trigger.latest)}"
    low, high = trigger.delay_low, trigger.delay_high
    if high > 0:
        text += f", {low:g} h later" if low == high else f", {low:g}–{high:g} h later"
    if trigger.guards and trigger.patience_hours is not None:
        text += f", waits at most {trigger.patience_hours:g} h"
    return text


def guard(condition: ResolvedGuard) -> str:
    """One condition: everything named must hold, a list means any of it."""
    parts = [
        f"{' or '.join(names)} {words}"
        for names, words in (
            (condition.lost, "lost"),
            (condition.held, "held"),
            (condition.contested, "contested"),
            (condition.fired, "has happened"),
            (condition.not_fired, "has not happened"),
        )
        if names
    ]
    for label, below, above in (
        ("strength", condition.strength_below, condition.strength_above),
        ("comrades holding", condition.nation_below, condition.nation_above),
    ):
        parts += [f"{label} {sign} {share:.0%}" for sign, share in (("<", below), (">", above)) if share is not None]
    for sign, pairs in (("<", condition.commitment_below), (">", condition.commitment_above)):
        parts += [f"commitment of {patron} {sign} {share:.0%}" for patron, share in pairs]
    return " and ".join(parts)


def guards(trigger: ResolvedTrigger) -> str:
    """All conditions of a trigger, or "" without any."""
    return "; ".join(guard(condition) for condition in trigger.guards)


def chance(trigger: ResolvedTrigger) -> str:
    """How likely a trigger is once it is due."""
    if not trigger.enabled:
        return "switched off"
    text = f"{trigger.probability:.0%}"
    return f"{text} × commitment of {trigger.scales_with}" if trigger.scales_with else text


def operation(done: Operation) -> str:
    """What one operation does, in words."""
    text = _change(done)
    if done.chance < 1:
        text += f", each with {done.chance:.0%}"
    if done.decay_hours is not None:
        text += f", fading over {done.decay_hours:g} h"
    if done.duration_hours is not None:
        text += f", for {done.duration_hours:g} h"
    return text


def _change(done: Operation) -> str:
    match done.verb, done.touches:
        case Verb.RAISE_ATTACKERS, _:
            return f"raise the attackers of {listed(done.axes)}"
        case Verb.BRING_UNITS, _:
            return f"bring {listed(done.units)} to {done.destination or 'their place'}"
        case Verb.START_RUMOUR, _:
            return f"a rumour of strength {_size(done)} starts among {_whom(done)}"
        case Verb.SET, Touches.LINK:
            roads = listed(f"{a}–{b}" for a, b in done.links)
            return f"{'open' if done.amount else 'close'} {roads}"
        case Verb.SET, Touches.STATUS:
            towards = f" toward {done.destination}" if done.destination else ""
            return f"{_whom(done)}: {done.status}{towards}"
        case Verb.SET, Touches.LEADERLESS:
            return f"{_whom(done)}: {'without a commander' if done.amount else 'a commander again'}"
        case _, touches:
            name = NAMES[touches] if touches else ""
            return f"{name} {_by(done)}{_of(done)}"


def _by(done: Operation) -> str:
    if done.verb is Verb.MULTIPLY:
        return f"× exp({_size(done)})" if done.scale else f"× {math.exp(done.amount):.3g}"
    sign = "= " if done.verb is Verb.SET else "+" if done.amount >= 0 else ""
    return sign + _size(done)


def _size(done: Operation) -> str:
    return " × ".join([f"{done.amount:.3g}", *(SCALES[scale] for scale in done.scale)])


def _of(done: Operation) -> str:
    match done.touches:
        case Touches.BELIEF:
            return ""
        case Touches.ATTACKER_QUALITY:
            return f" for {listed(done.axes)}"
        case Touches.COMMITMENT:
            return f" for {listed(done.patrons)}"
        case Touches.PATRON_TRUST:
            return f" between {' and '.join(done.patrons)}"
        case Touches.TRUST:
            return f" of {_whom(done)} towards {listed(done.patrons)}"
        case _:
            return f" for {_whom(done)}"


def _whom(done: Operation) -> str:
    who = done.units[0] if len(done.units) == 1 else count(len(done.units), "unit")
    return f"{who} if at {listed(done.at)}" if done.at else who
