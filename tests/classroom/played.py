"""A class that was played to its end, written into a class file step by step: what its report is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.classroom import actions as a
from sim.classroom import session
from sim.classroom.case import Case
from sim.classroom.log import Log, canonical
from sim.classroom.session import Who

TEAMS = [
    {"id": "north", "name": "Command", "role": "host", "budget": 10},
    {"id": "isle", "name": "Isle", "role": "patron", "budget": 10},
    {"id": "league", "name": "League", "role": "attacker", "budget": 10},
]
STUDENTS = [("Ada Lovell", "north"), ("Ben Okri-Hall", "isle"), ("Cleo Marsh", "league")]
UMPIRE = Who("umpire")


class Played:
    """A class held without a server: actions go into its log as the room puts them there."""

    def __init__(self, file: Path, case: Case, *, runs: int, run: int, seed: int = 3, turn_hours: float = 96.0) -> None:
        self.case, self.log = case, Log.create(file)
        opened = session.opening(case, seed=seed, runs=runs, run=run, turn_hours=turn_hours, teams=TEAMS)
        self.log.append(opened)
        self.who = {}
        for name, team in STUDENTS:
            number = self.log.append({"do": "join", "name": name, "team": team}).seq
            self.who[team] = Who("team", team, number)

    def do(self, who: Who | str, do: str, **message: Any) -> int:
        """An action of somebody (a team by its id); gives its number."""
        acting = self.who[who] if isinstance(who, str) else who
        action = a.ACTION.validate_json(canonical({"do": do, **message}))
        return self.log.append(session.decide(session.fold(self.log.entries), self.case, acting, action)).seq

    def seal(self, who: str, low: float, middle: float, high: float, reason: str) -> None:
        self.do(who, "seal", quantiles=[[0.05, low], [0.5, middle], [0.95, high]], reason=reason)


def play(file: Path, case: Case, **how: Any) -> Played:
    """Four turns of `teaching_supply` over 20 days: cards, an inject, an override, a stop, an undone step, forks."""
    c = Played(file, case, **how)
    planned = c.do(UMPIRE, "plan", event={"hour": 120.0, "card": "rumour", "with": {"place": "CITY"}}, expected="doubt")
    c.do(UMPIRE, "begin")
    c.do(
        "north",
        "play",
        event={"hour": 48.0, "card": "rally", "with": {"place": "SUBURB"}},
        reason="the suburb will waver first, and whoever stands there should see that the command has not left",
    )
    c.do(
        "league",
        "play",
        event={"hour": 30.0, "card": "cut_road", "with": {"first": "CITY", "second": "AIRFIELD"}},
        reason="what flies in must not reach the city",
    )
    c.seal("north", 14, 17, 19.5, "the air bridge holds for two weeks, and we have stocks for three days more")
    c.seal("isle", 9, 12, 15, "we have seen such sieges before: ten days")
    c.seal("league", 4, 6, 9, "they have no heart in it; one push")
    c.do(UMPIRE, "advance")
    # Second turn: injects, an undone step, a team that does not seal.
    c.do(UMPIRE, "inject", planned=planned, reason="the class is too sure of the air bridge")
    c.do(UMPIRE, "override", unit="north_1", to="leaves", reason="its commander was seen leaving")
    c.do(UMPIRE, "stop", trigger="airlift_denied", reason="Isle has persuaded Valley")
    c.do(UMPIRE, "undo", reason="no: it had no offer to make")
    c.do(
        "isle",
        "play",
        event={"hour": 110.0, "card": "grant_airlift", "with": {"place": "CITY", "days": 3.0}},
        reason="before the sky closes",
    )
    c.seal("north", 12, 16, 19, "the rumour will pass")
    c.seal("isle", 11, 14, 17, "supplies for three days more than we thought")
    c.do(UMPIRE, "advance", reason="League has been talking for ten minutes")
    # Third turn.
    c.do(
        "north",
        "play",
        event={
            "hour": 200.0,
            "card": "withdraw",
            "with": {"units": ["south_1", "south_2"], "destination": "PORT", "explained": False},
        },
        reason="two brigades for the port, before the sky closes",
    )
    c.do(UMPIRE, "stop", trigger="isle_goes_home", reason="the class has persuaded Isle to stay")
    c.seal("north", 11, 15, 18, "without flights it is a matter of stocks")
    c.seal("isle", 11, 13, 16, "nobody flies now")
    c.seal("league", 10, 13, 18, "hunger does our work")
    c.do(UMPIRE, "advance")
    c.seal("isle", 13, 15, 18, "they hold longer than we thought")
    c.do(UMPIRE, "advance", reason="time is short")
    c.do(UMPIRE, "reveal")
    fork = c.do("north", "fork", name="No rumour, a second airlift",
                injects=[{"hour": 300.0, "card": "grant_airlift", "with": {"place": "CITY"}}],
                stopped=[["road_cut", 0.0]])  # fmt: skip
    c.do(UMPIRE, "project", fork=fork)
    c.do(UMPIRE, "project", fork=None)
    c.do("isle", "fork", name="Valley lets them fly", stopped=[["airlift_denied", 0.0]])
    c.do(UMPIRE, "fork", name="No flights at all", stopped=[["road_cut", 0.0], ["airlift_denied", 0.0]])
    return c
