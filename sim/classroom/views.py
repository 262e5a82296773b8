"""What each role gets to see of a class. Teams and the projector never see what is still to come."""

from __future__ import annotations

from typing import Any

from sim.classroom.cards import described
from sim.classroom.case import Case
from sim.classroom.session import Class, Forecast, Played, Who

Row = dict[str, Any]


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
    }
    if who.role == "team":
        team = state.teams[who.team]
        seen |= {
            "team": team.id,
            "left": team.budget - state.spent(team.id),
            "cards": described({team.role}),
            "forks": [fork for fork in state.forks.values() if fork.get("team") == team.id],
        }
    if who.role == "umpire":
        seen |= {
            "run": state.run,
            "members": [{"number": number, **member} for number, member in state.members.items()],
            "plan": list(state.plan.values()),
            "advances": state.advances,
            "undone": state.undone,
            "forks": list(state.forks.values()),
            "cards": described({"host", "patron", "attacker"}),
        }
    return seen


def told_to(told: Row, state: Class, who: Who) -> Row:
    """What a page needs once; the scenario's events are for the umpire until the reveal."""
    return told if who.role == "umpire" or state.revealed else {**told, "events": []}


def lived_until(history: Row, case_triggers: dict[str, str], hour: float, tick_hours: float) -> Row:
    """The lived run as far as it is told (sim/report/lived.py: history), and the events that have happened as news.

    Args:
        case_triggers: id -> title of every trigger of the version.
    """
    last = int(hour / tick_hours + 1e-9)
    news = [
        {"hour": fired, "trigger": name, "title": case_triggers[name]}
        for name, fired in zip(history["triggers"], history["fired"], strict=True)
        if fired is not None and fired <= hour
    ]
    collapse = history["collapse"]
    return {
        "hour": hour,
        "moves": _until(history["moves"], last),
        "turns": _until(history["turns"], last),
        "strength": history["strength"][: last + 1],
        "news": sorted(news, key=lambda row: (row["hour"], row["trigger"])),
        "collapse": collapse if collapse is not None and collapse <= hour else None,
    }


def titles(case: Case, state: Class) -> dict[str, str]:
    """Id -> title of every trigger of what is played."""
    return {trigger.id: trigger.title for trigger in case.with_played(state.version).triggers}


def _until(columns: Row, last: int) -> Row:
    """Changes up to a tick; they stand in order of time."""
    many = sum(tick <= last for tick in columns["tick"])
    return {name: values[:many] for name, values in columns.items()}


def _team(state: Class, name: str) -> Row:
    team = state.teams[name]
    members = sum(member["team"] == name for member in state.members.values())
    return {"id": name, "name": team.name, "role": team.role, "members": members,
            "sealed": (state.turn, name) in state.forecasts}  # fmt: skip


def _played(played: Played) -> Row:
    event = None if played.event is None else played.event.model_dump(mode="json", by_alias=True)
    return {**vars(played), "event": event}


def _forecast(forecast: Forecast) -> Row:
    return vars(forecast)
