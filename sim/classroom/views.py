"""What each role gets to see of a class. Teams and the projector never see what is still to come."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import compress
from typing import Any

from sim.classroom.cards import described
from sim.classroom.case import Case
from sim.classroom.session import Class, Forecast, Played, Who
from sim.scenario.resolved import Resolved

Row = dict[str, Any]
NAMED = 3
"""Names that the news of a card mentions."""
SIDES = ("host", "patron", "attacker")
"""Whose cards teams play."""


def state_for(state: Class, who: Who, seq: int) -> Row:
    """The class as somebody sees it.

    The umpire sees all. A team sees its own plays, forecasts and forks; after the reveal it sees
    everybody's plays and forecasts, as the projector does. `seq` counts the entries of the log.
    """
    everything = who.role == "umpire" or state.revealed
    mine = [who.team] if who.role == "team" else []
    seen: Row = {
        "seq": seq,
        "role": who.role,
        "turn": state.turn,
        "hour": state.hour,
        "turn_hours": state.turn_hours,
        "days": state.days,
        "revealed": state.revealed,
        "teams": [_team(state, team) for team in state.teams],
        "played": [_played(each) for each in state.played if everything or each.by in mine],
        "forecasts": [_forecast(f) for f in state.forecasts.values() if everything or f.team in mine],
        "projected": state.forks.get(state.projected or 0),
        "run": state.run if everything else None,
    }
    if who.role == "team":
        team = state.teams[who.team]
        seen |= {
            "team": team.id,
            "you": state.members[who.member]["name"],
            "left": team.budget - state.spent(team.id),
            "cards": described(set(SIDES) if state.revealed else {team.role}),
            "forks": [fork for fork in state.forks.values() if fork.get("team") == team.id],
        }
    if who.role == "umpire":
        seen |= {
            "members": [{"number": number, **member} for number, member in state.members.items()],
            "plan": list(state.plan.values()),
            "advances": state.advances,
            "undone": state.undone,
            "undoable": state.last[-1] if state.last and not state.revealed else None,
            "forks": list(state.forks.values()),
            "cards": described({*SIDES, "umpire"}),
        }
    return seen


def names(resolved: Resolved) -> Row:
    """What events name beside places and units, for lists to choose from."""
    return {
        "formations": [{"id": each.id, "name": each.name} for each in resolved.formations],
        "patrons": [{"id": each.id, "name": each.name} for each in resolved.patrons],
        "axes": [{"id": each.id, "name": each.name} for each in resolved.axes],
    }


def told_to(told: Row, state: Class, who: Who) -> Row:
    """What a page needs once; the scenario's events are for the umpire until the reveal."""
    return told if who.role == "umpire" or state.revealed else {**told, "events": []}


def lived_until(history: Row, case_triggers: dict[str, str], hour: float, tick_hours: float) -> Row:
    """The lived run as far as it is told (sim/report/lived.py: history), and the events that have happened as news.

    Args:
        case_triggers: id -> title of every trigger of the version.
    """
    last = int(hour / tick_hours + 1e-9)

    def so_far(columns: Row) -> Row:
        hours = columns["hour"] if "hour" in columns else [tick * tick_hours for tick in columns["tick"]]
        kept = [at <= hour for at in hours]
        return {name: list(compress(values, kept)) for name, values in columns.items()}

    news = [
        {"hour": fired, "trigger": name, "title": case_triggers[name]}
        for name, fired in zip(history["triggers"], history["fired"], strict=True)
        if fired is not None and fired <= hour
    ]
    collapse = history["collapse"]
    return {
        "hour": hour,
        **{name: so_far(history[name]) for name in ("moves", "turns", "roads")},
        "strength": history["strength"][: last + 1],
        "news": sorted(news, key=lambda row: (row["hour"], row["trigger"])),
        "collapse": collapse if collapse is not None and collapse <= hour else None,
    }


def titles(case: Case, state: Class) -> dict[str, str]:
    """Id -> title of every trigger of what is played; that of a card says whom or what it names."""
    version, known = state.version, _known(case.resolved)
    found = {trigger.id: trigger.title for trigger in case.with_played(version).triggers}
    for name, event in zip(version.ids, version.played, strict=True):
        if event.card is not None and not event.title and (named := _named(event.fields, known)):
            found[name] = f"{found[name]}: {named}"
    return found


def _known(resolved: Resolved) -> dict[str, str]:
    tables: Iterable[Iterable[Any]] = (
        resolved.places, resolved.units, resolved.formations, resolved.patrons, resolved.axes,
    )  # fmt: skip
    return {row.id: row.name for table in tables for row in table}


def _named(fields: Row, known: dict[str, str]) -> str:
    """The names that a card's fields mention; of many the first."""
    ids = [each for value in fields.values() for each in (value if isinstance(value, list) else [value])]
    told = [known[each] for each in ids if isinstance(each, str) and each in known]
    return ", ".join(told[:NAMED]) + (f" and {len(told) - NAMED} more" if len(told) > NAMED else "")


def _team(state: Class, name: str) -> Row:
    team = state.teams[name]
    members = sum(member["team"] == name for member in state.members.values())
    return {"id": name, "name": team.name, "role": team.role, "budget": team.budget, "members": members,
            "sealed": (state.turn, name) in state.forecasts}  # fmt: skip


def _played(played: Played) -> Row:
    event = None if played.event is None else played.event.model_dump(mode="json", by_alias=True)
    return {**vars(played), "event": event}


def _forecast(forecast: Forecast) -> Row:
    return vars(forecast)
