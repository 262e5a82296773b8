"""A class as a pure function of its log: the same entries make the same class, on any machine.

`fold` makes it. `decide` says what an action puts into the log, or why it cannot be done now; it
changes nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sim.classroom import actions as a
from sim.classroom.cards import CARDS
from sim.classroom.case import Case, Event, RefusedError, Version
from sim.classroom.log import Entry

UNDOABLE = ("play", "inject", "override", "stop", "advance")
MOST_PLAYED = 200
MOST_MEMBERS = 200
MOST_FORKS = 200
Row = dict[str, Any]


@dataclass(frozen=True)
class Who:
    """Who acts: a role, and of a team which one and which member."""

    role: a.Role
    team: str = ""
    member: int = 0


@dataclass(frozen=True)
class Played:
    """Something that was played. `number` is that of its entry."""

    number: int
    by: str
    do: str
    turn: int
    event: Event | None
    """None where a trigger was stopped."""
    trigger: str
    """The trigger that was stopped."""
    hour: float
    reason: str
    cost: int
    said: Row


@dataclass(frozen=True)
class Forecast:
    """What a team sealed: (hour, chance by then) points."""

    team: str
    turn: int
    hour: float
    points: tuple[tuple[float, float], ...]
    reason: str


@dataclass
class Class:
    """The state of a class.

    Attributes:
        turn: 0 before it begins. hour: since the start of the scenario; a turn begins there.
        plan: the master events list, by number.
        played: what holds now, in order; what was undone is in the log only.
        undone: number of an entry -> number of the undo.
        answered: (member or 0 for the umpire, `once`) -> number of the entry.
    """

    opened: Row
    seed: int = 0
    runs: int = 0
    run: int = 0
    turn_hours: float = 0.0
    days: float = 0.0
    teams: dict[str, a.Team] = field(default_factory=dict)
    members: dict[int, Row] = field(default_factory=dict)
    turn: int = 0
    hour: float = 0.0
    revealed: bool = False
    plan: dict[int, Row] = field(default_factory=dict)
    played: list[Played] = field(default_factory=list)
    forecasts: dict[tuple[int, str], Forecast] = field(default_factory=dict)
    advances: list[Row] = field(default_factory=list)
    forks: dict[int, Row] = field(default_factory=dict)
    projected: int | None = None
    undone: dict[int, int] = field(default_factory=dict)
    answered: dict[tuple[int, str], int] = field(default_factory=dict)
    last: list[int] = field(default_factory=list)
    """Numbers of what can be undone, the next one last."""

    @property
    def version(self) -> Version:
        """What is played on top of the scenario."""
        return Version(
            tuple(each.event for each in self.played if each.event is not None),
            tuple((each.trigger, each.hour) for each in self.played if each.trigger),
        )

    def fork_version(self, number: int) -> Version:
        """The version of a fork: what is played now, with what the fork adds.

        Raises:
            RefusedError: there is no such fork.
        """
        if number not in self.forks:
            raise RefusedError(f"there is no fork {number}")
        fork = self.forks[number]
        return self.what_if([Event.model_validate(each) for each in fork["injects"]], fork["stopped"])

    def what_if(self, injects: Iterable[Event], stopped: Iterable[tuple[str, float]]) -> Version:
        """What is played, and more; a trigger stops at the earlier hour."""
        until = dict(self.version.stopped)
        for name, hour in stopped:
            until[name] = min(hour, until.get(name, hour))
        return Version((*self.version.played, *injects), tuple(sorted(until.items())))

    def spent(self, team: str) -> int:
        """Points that a team's cards have cost."""
        return sum(each.cost for each in self.played if each.by == team)

    def unsealed(self) -> list[str]:
        """Teams that have not sealed a forecast in this turn."""
        return [team for team in self.teams if (self.turn, team) not in self.forecasts]


def opening(case: Case, *, seed: int, runs: int, run: int, turn_hours: float, teams: list[Row]) -> Row:
    """The first entry of every log: the whole scenario, and how it is played."""
    return {"do": "open", "case": case.written(), "seed": seed, "runs": runs, "run": run,
            "turn_hours": turn_hours, "days": case.resolved.days, "teams": teams}  # fmt: skip


def fold(entries: Iterable[Entry]) -> Class:
    """The class that its log makes.

    Raises:
        RefusedError: the log does not begin with an opening.
    """
    rows = [(entry.seq, entry.data) for entry in entries]
    if not rows or rows[0][1].get("do") != "open":
        raise RefusedError("the log does not begin with the opening of a class")
    opened = rows[0][1]
    state = Class(
        opened, opened["seed"], opened["runs"], opened["run"], opened["turn_hours"], opened["days"],
        {row["id"]: a.Team.model_validate(row) for row in opened["teams"]},
    )  # fmt: skip
    state.answered = {(data.get("member", 0), data["once"]): number for number, data in rows if "once" in data}
    rows = [(number, {name: value for name, value in data.items() if name != "once"}) for number, data in rows]
    state.undone = {data["of"]: number for number, data in rows if data["do"] == "undo"}
    for number, data in rows[1:]:
        if number not in state.undone:
            _apply(state, number, data)
    return state


def _apply(state: Class, number: int, data: Row) -> None:
    """One entry that was not undone."""
    do = data["do"]
    if do in UNDOABLE:
        state.last.append(number)
    match do:
        case "setup":
            state.teams = {row["id"]: a.Team.model_validate(row) for row in data["teams"]}
            state.turn_hours = data["turn_hours"] or state.turn_hours
            state.run = state.run if data["run"] is None else data["run"]
        case "join":
            state.members[number] = {"name": data["name"], "team": data["team"]}
        case "begin":
            state.turn = 1
        case "seal" if data["turn"] == state.turn:  # not one of a turn that was undone
            points = tuple((hour, chance) for hour, chance in data["points"])
            sealed = Forecast(data["team"], data["turn"], state.hour, points, data["reason"])
            state.forecasts[state.turn, sealed.team] = sealed
        case "plan":
            state.plan[number] = {**data, "number": number, "injected": False}
        case "play" | "inject" | "override" | "stop":
            state.played.append(_played(state, number, data))
            if data.get("planned") in state.plan:
                state.plan[data["planned"]]["injected"] = True
        case "advance":
            state.turn += 1
            state.hour = min(state.hour + state.turn_hours, state.days * 24)
            state.advances.append({"turn": state.turn, "hour": state.hour, "reason": data["reason"]})
        case "reveal":
            state.revealed = True
        case "fork":
            state.forks[number] = {**data, "number": number}
        case "project":
            state.projected = data["fork"]


def _played(state: Class, number: int, data: Row) -> Played:
    event = None if data["do"] == "stop" else Event.model_validate(data["event"])
    hour = data["hour"] if event is None else event.hour
    said: Row = {name: data[name] for name in ("unit", "to", "planned") if name in data}
    return Played(number, data.get("team", "umpire"), data["do"], state.turn, event, data.get("trigger", ""),
                  hour, data["reason"], data.get("cost", 0), said)  # fmt: skip


def decide(state: Class, case: Case, who: Who, action: a.Act) -> Row:
    """What goes into the log for an action of somebody who may do it.

    Raises:
        RefusedError: it cannot be done now, with the reason in plain words.
    """
    data: Row = action.model_dump(mode="json", by_alias=True, exclude={"once"})
    match action:
        case a.Setup():
            _setup(state, case, action)
        case a.Begin() | a.Advance() | a.Reveal():
            _may_turn(state, action)
        case a.Seal():
            return {**_sealed(state, who, action), "member": who.member}
        case a.Play():
            data |= {"team": who.team, "member": who.member, "cost": _card_cost(state, who, action)}
            _fits(state, case, action.event)
        case a.Plan():
            case.with_played(Version((action.event,)))
            _that(len(state.plan) < MOST_PLAYED, "the master events list is full")
        case a.Inject():
            data["event"] = _event_of(state, action).model_dump(mode="json", by_alias=True)
            _fits(state, case, Event.model_validate(data["event"]))
        case a.Override():
            event = _overriding(state, case, action)
            data["event"] = event.model_dump(mode="json", by_alias=True)
            _fits(state, case, event)
        case a.Stop():
            _running(state)
            stopped = {each.trigger for each in state.played}
            _that(action.trigger not in stopped, f"{action.trigger!r} is stopped already")
            case.with_played(Version((), ((action.trigger, state.hour),)))
            data["hour"] = state.hour
        case a.Undo():
            _that(bool(state.last) and not state.revealed, "there is nothing to undo")
            data["of"] = state.last[-1]
        case a.Fork():
            _that(who.role == "umpire" or state.revealed, "what-ifs open with the reveal")
            _that(len(state.forks) < MOST_FORKS, "there are too many forks")
            case.with_played(state.what_if(action.injects, action.stopped))
            data |= {"team": who.team, "member": who.member}
        case a.Project():
            _that(action.fork is None or action.fork in state.forks, f"there is no fork {action.fork}")
    return data


def _may_turn(state: Class, action: a.Begin | a.Advance | a.Reveal) -> None:
    """That the class may begin, go on, or be told the end."""
    match action:
        case a.Begin():
            _that(state.turn == 0, "the class has begun")
            _that(bool(state.teams), "there is no team yet")
        case a.Advance():
            _running(state)
            late = state.unsealed()
            _that(
                not late or len(action.reason) >= 3,
                f"not sealed yet: {', '.join(late)}. Advance with a reason, or wait",
            )
        case a.Reveal():
            _that(state.turn > 0 and not state.revealed, "there is nothing to reveal, or it has been")


def _that(holds: bool, otherwise: str) -> None:
    if not holds:
        raise RefusedError(otherwise)


def _running(state: Class) -> None:
    _that(state.turn > 0, "the class has not begun")
    _that(not state.revealed, "the run has been revealed: try it in a fork")
    _that(state.hour < 24 * state.days, "the time is over: only the reveal is left")


def _setup(state: Class, case: Case, action: a.Setup) -> None:
    _that(state.turn == 0, "the class has begun: its teams stay")
    ids = [team.id for team in action.teams]
    _that(len(set(ids)) == len(ids), "two teams have the same id")
    lost = {member["team"] for member in state.members.values()} - set(ids)
    _that(not lost, f"somebody has joined {', '.join(sorted(lost))}: keep this team")
    _that((action.turn_hours or 0) <= 24 * case.resolved.days, "a turn is longer than the scenario")
    _that(action.run is None or action.run < state.runs, f"runs are numbered from 0 to {state.runs - 1}")


def _sealed(state: Class, who: Who, action: a.Seal) -> Row:
    """The forecast as points (hour, chance by then)."""
    _running(state)
    _that((state.turn, who.team) not in state.forecasts, "this team has sealed its forecast of this turn")
    _that(bool(action.quantiles) != bool(action.chances), "a forecast has quantiles or chances, one of them")
    if action.quantiles:
        points = [(24 * day, share) for share, day in action.quantiles]
    else:
        points, chance = [], 0.0
        for day, share in action.chances:
            chance += share
            points.append((24 * day, min(chance, 1.0) if chance <= 1 + 1e-9 else chance))
    hours, chances = [hour for hour, _ in points], [chance for _, chance in points]
    _that(hours[0] > state.hour, f"the first day must come after day {state.hour / 24:g}, which is now")
    _that(all(x < y for x, y in pairwise(hours)), "the days must rise")
    _that(all(x <= y for x, y in pairwise(chances)), "chances by a later day cannot be smaller")
    _that(chances[-1] <= 1, f"the chances add up to {chances[-1]:g}, more than 1")
    return {"do": "seal", "team": who.team, "turn": state.turn, "points": points, "reason": action.reason}


def _card_cost(state: Class, who: Who, action: a.Play) -> int:
    """What a card costs this team.

    Raises:
        RefusedError: it is not this team's to play, or too dear.
    """
    _running(state)
    team = state.teams[who.team]
    _that(action.event.card is not None, "a team plays cards")
    _that((state.turn, who.team) not in state.forecasts, "this team has sealed its forecast: its turn is over")
    card = CARDS.get(str(action.event.card))
    if card is None:
        return 0  # the case says which there are
    _that(card.side == team.role, f"“{card.title}” is a card of the {card.side}, not of {team.name}")
    left = team.budget - state.spent(who.team)
    _that(card.cost <= left, f"“{card.title}” costs {card.cost}, and {team.name} has {left} left")
    return card.cost


def _event_of(state: Class, action: a.Inject) -> Event:
    """What is injected: an event of its own, or that of the master events list (now, if its hour has passed)."""
    _that((action.planned is None) != (action.event is None), "name a row of the master events list, or an event")
    if action.event is not None:
        return action.event
    row = state.plan.get(action.planned or 0)
    if row is None or row["injected"]:
        raise RefusedError(f"there is no row {action.planned} left in the master events list")
    event = Event.model_validate(row["event"])
    return event.model_copy(update={"hour": max(event.hour, state.hour)})


def _overriding(state: Class, case: Case, action: a.Override) -> Event:
    unit = next((each for each in case.resolved.units if each.id == action.unit), None)
    if unit is None:
        raise RefusedError(f"there is no unit {action.unit!r}")
    target = {"units": [unit.id]}
    if action.to == "leaves":
        fields: Row = {"form": "desert", "target": target, "place": unit.place, "visibility": "none"}
        return Event(hour=state.hour, trigger="refusal", fields=fields, title=f"Umpire: {unit.name} leaves")
    return Event(hour=state.hour, trigger="rally", fields={"target": target}, title=f"Umpire: {unit.name} takes heart")


def _fits(state: Class, case: Case, event: Event) -> None:
    """That an event may be played now, and its trigger compiles."""
    _running(state)
    _that(event.hour >= state.hour, f"hour {event.hour:g} has passed: it is hour {state.hour:g}")
    _that(len(state.played) < MOST_PLAYED, "too much has been played")
    version = state.version
    case.with_played(Version((*version.played, event), version.stopped))
