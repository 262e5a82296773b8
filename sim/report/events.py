"""The events that a reader can switch off: triggers, or all triggers of a type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from inspect import getdoc
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.experiments.attribution import screen
from sim.experiments.players import Player, candidates, players_of
from sim.experiments.what_if import Progress, without
from sim.plan import Plan
from sim.scenario.resolved import Resolved, ResolvedTrigger
from sim.triggers import REGISTRY

TOP = 6
"""Events that are chosen where none are named: 64 combinations."""
MOST_EVENTS = 10
"""Events that may be named: 1,024 combinations."""


@dataclass(frozen=True)
class Added(Player):
    """What somebody added to the scenario: triggers, and an end that was set to others.

    Attributes:
        label: what it is called.
        about: a sentence on it.
        hour: from when on it acts.
        ends: (trigger, hour from which on it does not happen where this is off; infinite if none).
    """

    label: str
    about: str = ""
    hour: float = 0.0
    ends: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Chosen:
    """The events of a report, and how they were chosen."""

    players: tuple[Player, ...]
    how: str


def named(resolved: Resolved, names: Sequence[str]) -> Chosen:
    """The events named: ids of triggers, or types with all their triggers.

    Raises:
        ScenarioError: a name that is none, or is switched off, or named twice.
        ValueError: more than `MOST_EVENTS`.
    """
    players = players_of(resolved, names, "--triggers")
    if len(players) > MOST_EVENTS:
        raise ValueError(f"at most {MOST_EVENTS} events can be switched, not {len(players)}")
    return Chosen(players, "named by whoever made this report")


def needs_screening(resolved: Resolved) -> bool:
    """Whether there is more to choose from than `TOP` triggers, or types of them."""
    return all(len(candidates(resolved, by_type)) > TOP for by_type in (False, True))


def choose(
    resolved: Resolved,
    *,
    runs: int,
    seed: int,
    top: int = TOP,
    workers: int = 1,
    on_progress: Progress | None = None,
) -> Chosen:
    """Every trigger if they are few; else the types of trigger, of which those that matter most.

    Args:
        runs: of a first pass with each type left out and with each alone, where one is needed.
        top: events at most.
    """
    triggers, types = (candidates(resolved, by_type) for by_type in (False, True))
    if len(triggers) <= top:
        return Chosen(triggers, "all that the scenario has")
    if len(types) <= top:
        return Chosen(types, "all types of event that the scenario has")
    names = screen(resolved, top, by_type=True, runs=runs, seed=seed, workers=workers, on_progress=on_progress)
    players = {player.name: player for player in types}
    how = (
        f"the {top} types of event that moved the collapse most in a first pass over all {len(types)} types "
        f"({runs} runs of their own with each left out and with each alone)"
    )
    return Chosen(tuple(players[name] for name in names), how)


def left_out(plan: Plan, players: Iterable[Player]) -> Plan:
    """The plan in which these events do not happen."""
    off = list(players)
    made = without(plan, [name for player in off for name in player.triggers])
    until = made.triggers.until.copy()
    for player in off:
        for name, hour in player.ends if isinstance(player, Added) else ():
            until[made.triggers.ids.index(name)] = hour
    return replace(made, triggers=replace(made.triggers, until=until))


def told(resolved: Resolved, chosen: Chosen, rows: dict[str, NDArray[Any]]) -> list[dict[str, Any]]:
    """Each event as plain data.

    `hour` is when its first trigger happens in the middle of the baseline's runs, `happens` in how many of them
    it does (None of what has no trigger of its own).
    """
    triggers = {trigger.id: trigger for trigger in resolved.triggers}
    found = []
    for player in chosen.players:
        own = [triggers[name] for name in player.triggers]
        first = np.fmin.reduce([rows[f"fired_{trigger.id}"] for trigger in own]) if own else np.array([np.nan])
        happens = float(np.isfinite(first).mean())
        row = {
            "name": player.name,
            "hour": float(np.nanmedian(first)) if happens >= 0.5 else None,
            "happens": happens if own else None,
            "triggers": [{"id": trigger.id, "title": trigger.title, "when": when(resolved, trigger)}
                         for trigger in sorted(own, key=lambda each: (each.earliest, each.id))],
        }  # fmt: skip
        if isinstance(player, Added):
            row |= {"label": player.label, "about": player.about, "hour": player.hour}
        else:
            single = own[0].id == player.name
            row |= {"label": own[0].title if single else _words(player.name),
                    "about": "" if single else _about(player.name)}  # fmt: skip
        found.append(row)
    return found


def when(resolved: Resolved, trigger: ResolvedTrigger) -> str:
    """When a trigger is due, as a date or a window."""
    if trigger.guards and trigger.earliest == trigger.latest <= 0:
        return "as soon as its condition holds"
    first, last = (moment(resolved, hour) for hour in (trigger.earliest, trigger.latest))
    return first if first == last else f"{first} to {last}"


def moment(resolved: Resolved, hour: float) -> str:
    """A local date and time, such as "28 Nov 06:00", for an hour since the start."""
    at = datetime.fromisoformat(resolved.start) + timedelta(hours=float(hour))
    return f"{at.day} {at:%b %H:%M}"


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _about(type_: str) -> str:
    """The first sentence of a trigger type's documentation."""
    return (getdoc(REGISTRY[type_]) or "").split("\n")[0]
