"""Something turned in the host's favour at a chosen hour: one more event, made of the closed set of operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf, log

from sim.operations import Operation, Touches, Verb
from sim.plan import Plan
from sim.scenario.problems import Problem, ScenarioError, nearest
from sim.scenario.resolved import Resolved, ResolvedAccount, ResolvedTrigger

EVENT = "(favourable)"
"""Its id; no scenario can hold such a one."""

CHANGES: dict[str, tuple[Verb, Touches, str]] = {
    "shock": (Verb.ADD, Touches.SHOCK, "added to the shock memory of the host's units, in log odds; it fades"),
    "loyalty": (Verb.ADD, Touches.LOYALTY, "added to the loyalty of the host's units"),
    "supply": (Verb.ADD, Touches.SUPPLY, "days added to the stocks of the host's units"),
    "rally": (Verb.MULTIPLY, Touches.RALLY, "factor on the rally rate of the host's units"),
    "quality": (Verb.MULTIPLY, Touches.QUALITY, "factor on the fighting quality of the host's units"),
    "trust": (Verb.MULTIPLY, Touches.TRUST, "trust.PATRON: factor on the units' trust in a patron"),
    "commitment": (Verb.MULTIPLY, Touches.COMMITMENT, "commitment.PATRON: factor on a patron's commitment"),
    "belief": (Verb.MULTIPLY, Touches.BELIEF, "factor on the attackers' belief"),
    "attackers": (Verb.MULTIPLY, Touches.ATTACKER_QUALITY, "factor on the attackers' fighting quality"),
}
"""What may be changed: how, which state, in words."""

_OF_PATRON = ("trust", "commitment")


def with_event(resolved: Resolved, changes: Mapping[str, float]) -> Resolved:
    """The scenario with the event in it, switched off; draws are keyed by id, so nothing else changes.

    Args:
        resolved: the scenario.
        changes: a key of `CHANGES`, with `.PATRON` where it is about a patron -> amount or factor.

    Raises:
        ScenarioError: with every key or number that makes no sense.
    """
    if problems := [problem for key, value in changes.items() for problem in _problems(resolved, key, value)]:
        raise ScenarioError(problems)
    operations = tuple(_operation(resolved, key, value) for key, value in changes.items())
    account = ResolvedAccount(
        name="only", weight=1, type=EVENT, title="", happens=True, operations=operations, sources=()
    )
    event = ResolvedTrigger(
        id=EVENT, type=EVENT, title="Turned in the host's favour", enabled=False, earliest=0, latest=0,
        delay_low=0, delay_high=0, patience_hours=None, probability=1, scales_with=None, guards=(),
        accounts=(account,), cause="unknown", confidence="X", sources=(), places=(), events=(),
    )  # fmt: skip
    return resolved.model_copy(update={"triggers": (event, *resolved.triggers)})


def from_hour(plan: Plan, hour: float) -> Plan:
    """The plan of such a scenario with the event at this hour."""
    row = plan.triggers.ids.index(EVENT)
    columns = {"enabled": True, "earliest": hour, "latest": hour, "until": inf}
    changed = {}
    for name, value in columns.items():
        changed[name] = getattr(plan.triggers, name).copy()
        changed[name][row] = value
    return replace(plan, triggers=replace(plan.triggers, **changed))


def _problems(resolved: Resolved, key: str, value: float) -> list[Problem]:
    name, _, patron = key.partition(".")
    patrons = [p.id for p in resolved.patrons]

    def wrong(message: str, near: str = "") -> list[Problem]:
        return [Problem("--favourable", 0, key, message, near)]

    if name not in CHANGES:
        return wrong(f"cannot be changed; {', '.join(CHANGES)} can", nearest(name, list(CHANGES)))
    if (name in _OF_PATRON) != bool(patron):
        return wrong(f"must name a patron, as {name}.PATRON" if name in _OF_PATRON else "names no patron")
    if patron and patron not in patrons:
        return wrong(f"there is no patron {patron!r}", nearest(patron, patrons))
    if not abs(value) < inf or (CHANGES[name][0] is Verb.MULTIPLY and value <= 0):
        return wrong("must be a number" if CHANGES[name][0] is Verb.ADD else "is a factor: it must be above 0")
    return []


def _operation(resolved: Resolved, key: str, value: float) -> Operation:
    name, _, patron = key.partition(".")
    verb, touches, _ = CHANGES[name]
    return Operation(
        verb=verb,
        touches=touches,
        amount=log(value) if verb is Verb.MULTIPLY else value,
        units=tuple(u.id for u in resolved.units if u.controller == resolved.host),
        patrons=(patron,) if patron else (),
        axes=tuple(a.id for a in resolved.axes) if name == "attackers" else (),
    )
