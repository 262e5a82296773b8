"""Who takes part in an attribution: triggers, or groups of triggers that count as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.scenario.changes import LISTED, NO_SUCH_TRIGGER
from sim.scenario.problems import Problem, ScenarioError, nearest
from sim.scenario.resolved import Resolved

REST = "all other triggers"


@dataclass(frozen=True)
class Player:
    """One or more triggers that happen, or do not, together."""

    name: str
    triggers: tuple[str, ...]


def players_of(resolved: Resolved, names: Sequence[str], option: str = "--trigger") -> tuple[Player, ...]:
    """A player for each name: the id of a trigger, or a type with all its triggers that are switched on.

    Raises:
        ScenarioError: with every name that is wrong, located at the option that gave it.
    """
    players = tuple(Player(name, _meant(resolved, name)) for name in names)
    if problems := list(_problems(resolved, players, option)):
        raise ScenarioError(problems)
    return players


def candidates(resolved: Resolved, by_type: bool) -> tuple[Player, ...]:
    """All triggers that are switched on, or all types of them, as players."""
    on = [t for t in resolved.triggers if t.enabled]
    if not by_type:
        return tuple(Player(t.id, (t.id,)) for t in on)
    return tuple(Player(type_, tuple(t.id for t in on if t.type == type_)) for type_ in sorted({t.type for t in on}))


def remaining(resolved: Resolved, players: Sequence[Player]) -> tuple[Player, ...]:
    """One player of all triggers that are switched on and in no other player; none if there are none."""
    taken = {trigger for player in players for trigger in player.triggers}
    left = tuple(t.id for t in resolved.triggers if t.enabled and t.id not in taken)
    return (Player(REST, left),) if left else ()


def _meant(resolved: Resolved, name: str) -> tuple[str, ...]:
    by_id = [t for t in resolved.triggers if t.id == name]
    return tuple(t.id for t in by_id or resolved.triggers if t.enabled and name in (t.id, t.type))


def _problems(resolved: Resolved, players: Sequence[Player], option: str) -> Iterator[Problem]:
    known = {name for t in resolved.triggers for name in (t.id, t.type)}
    taken: dict[str, str] = {}
    for player in players:
        if player.name not in known:
            near = nearest(player.name, sorted(known))
            yield Problem(option, 0, player.name, NO_SUCH_TRIGGER + ("" if near else LISTED), near)
        elif not player.triggers:
            yield Problem(option, 0, player.name, "is switched off")
        for trigger in player.triggers:
            if trigger in taken:
                what = (
                    f"{trigger} is named twice"
                    if taken[trigger] == player.name
                    else f"{trigger} is named by two of them"
                )
                yield Problem(option, 0, player.name, what)
            taken[trigger] = player.name
