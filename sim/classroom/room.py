"""A class while it is held: its log, its state, its numbers. One action at a time."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Literal

from pydantic import TypeAdapter

from sim.classroom import actions as a
from sim.classroom import session, views
from sim.classroom.case import Case, Event, RefusedError, Version
from sim.classroom.keys import Keys
from sim.classroom.live import Live, as_bytes
from sim.classroom.log import Log
from sim.classroom.scores import scores
from sim.classroom.session import Class, Who
from sim.classroom.why import why
from sim.kernels.choice import Wanted
from sim.recording import ticks

WRONG_CODES = 20
"""Wrong join codes that are taken in a minute, of all together."""

Row = dict[str, Any]


class TooManyError(Exception):
    """Somebody tries join codes."""


class Door(a.Action):
    code: a.Label


class Join(a.Action):
    code: a.Label
    name: a.Label
    team: a.TeamId


class Question(a.Action):
    """A version to ask about.

    Attributes:
        events: triggers of the scenario that may happen, by id; all if None.
        injects: events on top of it.
        stopped: triggers that no longer happen from an hour on, as `stop` has it.
        played: whether what the class has played belongs to it.
        runs: `first` for a picture of few runs.
        since: what an effect is against.
    """

    events: list[str] | None = None
    injects: list[Event] = []
    stopped: a.Stopped = []
    played: bool = False
    runs: Literal["first", "all"] = "all"
    since: Literal["scenario", "played"] = "scenario"


DOOR: TypeAdapter[Door] = TypeAdapter(Door)
JOIN: TypeAdapter[Join] = TypeAdapter(Join)
QUESTION: TypeAdapter[Question] = TypeAdapter(Question)
MOST_INJECTS = 20


class Room:
    """A class being held. Its methods are called from one event loop.

    Attributes:
        state: made of the log.
        changed: set, and replaced, whenever the state changes.
    """

    def __init__(self, log: Log, *, workers: int = 2, kernel: Wanted = "auto") -> None:
        self.log, self.keys = log, Keys(log.secret)
        self.state = session.fold(log.entries)
        self.case = Case.read(self.state.opened["case"])
        self.live = Live(
            self.case, runs=self.state.runs, seed=self.state.seed, run=self.state.run, workers=workers, kernel=kernel
        )
        self.changed, self._turn = asyncio.Event(), asyncio.Lock()
        self._wrong: deque[float] = deque()
        self._told: Row = {}

    @classmethod
    def open(cls, path: Path, opening: Row | None, **how: Any) -> Room:
        """The class in a file; a new one if `opening` is given (`session.opening`).

        Raises:
            LogError, FileExistsError, OSError: the file cannot be used.
            RefusedError, ScenarioError: its scenario cannot.
        """
        if opening is None:
            return cls(Log.open(path), **how)
        log = Log.create(path)
        log.append(opening)
        return cls(log, **how)

    @property
    def seq(self) -> int:
        return len(self.log.entries)

    def turn_seconds(self) -> float | None:
        """How long this turn has been going on, by this machine's clock; None before the first."""
        turns = [
            entry for entry in self.log.entries
            if entry.data["do"] in ("begin", "advance") and entry.seq not in self.state.undone
        ]  # fmt: skip
        if not turns:
            return None
        return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(turns[-1].at)).total_seconds())

    def close(self) -> None:
        """Let go of the file and the threads."""
        self.live.close()
        self.log.close()

    # -- what is done ---------------------------------------------------------------------

    def door(self, door: Door) -> Row:
        """What somebody with the code sees before joining: the class and its teams.

        Raises:
            TooManyError, PermissionError: as for `join`.
        """
        self._check(door.code)
        teams = [{"id": team.id, "name": team.name, "role": team.role} for team in self.state.teams.values()]
        return {"id": self.keys.place, "title": self.case.resolved.title, "teams": teams}

    def _check(self, code: str) -> None:
        now = monotonic()
        while self._wrong and now - self._wrong[0] > 60:
            self._wrong.popleft()
        if len(self._wrong) >= WRONG_CODES:
            raise TooManyError
        if not self.keys.is_code(code):
            self._wrong.append(now)
            raise PermissionError("this is not the join code")

    async def join(self, join: Join) -> Row:
        """A student joins a team.

        Raises:
            TooManyError: too many wrong codes.
            PermissionError: the code is wrong.
            RefusedError: there is no such team, the name is taken, or the class is full.
        """
        self._check(join.code)
        async with self._turn:
            if join.team not in self.state.teams:
                known = ", ".join(self.state.teams) or "not set yet"
                raise RefusedError(f"there is no team {join.team!r}; teams are {known}")
            name = join.name.strip()
            if not name or name in {member["name"] for member in self.state.members.values()}:
                raise RefusedError("somebody has this name: take another")
            if len(self.state.members) >= session.MOST_MEMBERS:
                raise RefusedError("the class is full")
            number = await self._write({"do": "join", "name": name, "team": join.team})
        return {"token": self.keys.member(number), "team": join.team, "name": name}

    async def act(self, who: Who, action: a.Act) -> Row:
        """Do something: it is in the log, on the disk, when this returns. What was done already is not done again.

        Raises:
            RefusedError: it cannot be done now.
            OSError: it could not be written; nothing was done.
        """
        async with self._turn:
            before = self.state.answered.get((who.member, action.once or ""))
            if before is not None:
                return {"number": before}
            data = await asyncio.to_thread(session.decide, self.state, self.case, who, action)
            number = await self._write(data if action.once is None else {**data, "once": action.once})
        return {"number": number}

    async def _write(self, data: Row) -> int:
        entry = await asyncio.to_thread(self.log.append, data)
        self.state = session.fold(self.log.entries)
        self.live.follow(self.state.version, self.state.hour)
        before, self.changed = self.changed, asyncio.Event()
        before.set()
        return entry.seq

    # -- what is asked --------------------------------------------------------------------

    async def told(self, who: Who) -> Row:
        """What a page needs once."""
        self._told = self._told or await asyncio.to_thread(self.live.told) | views.names(self.case.resolved)
        return views.told_to(self._told, self.state, who)

    async def lived(self) -> Row:
        """The lived run as far as it is told: to its end once it is revealed."""
        state = self.state
        history = json.loads(await self._ask("lived", state.version))
        hours = ticks(self.live.plan)
        end = state.days * 24 if state.revealed else state.hour
        named = views.titles(self.case, state)
        return views.lived_until(history, named, end, float(hours[1] - hours[0]) if len(hours) > 1 else 1.0)

    async def why(self, unit: str) -> Row:
        """Why a unit broke, of those that have by now.

        Raises:
            RefusedError: it has not.
        """
        state = self.state
        breaks = json.loads(await self._ask("breaks", state.version))
        answer = why([row for row in breaks if state.revealed or row["hour"] <= state.hour], unit)
        if answer is None:
            raise RefusedError("this unit has not broken in the lived run so far")
        return answer

    async def luck(self) -> bytes:
        """How lucky the lived run was, among all runs of what was played."""
        return await self._ask("luck", self.state.version)

    async def scores(self) -> list[Row]:
        """The sealed forecasts, scored."""
        state = self.state

        def score() -> list[Row]:
            collapse = self.live.collapse(state.version)
            return scores(state.forecasts.values(), collapse, state.run, state.days * 24, self.live.days)

        return await asyncio.to_thread(score)

    async def result(self, question: Question) -> bytes:
        """The picture of a version (sim/page/result.js: getResult).

        Raises:
            RefusedError: it names what there is not.
        """
        return await self._ask("first" if question.runs == "first" else "picture", self._version(question))

    async def effect(self, question: Question) -> bytes:
        """The paired effect of a version on the collapse, against the scenario or what is played.

        Raises:
            RefusedError: it names what there is not.
        """
        since = self.state.version if question.since == "played" else None
        return await self._ask("effect", self._version(question), since)

    def _version(self, question: Question) -> Version:
        if len(question.injects) > MOST_INJECTS:
            raise RefusedError(f"at most {MOST_INJECTS} injects can be tried at once")
        stopped = list(question.stopped)
        if question.events is not None:
            known = [trigger.id for trigger in self.case.resolved.triggers]
            if unknown := sorted(set(question.events) - set(known)):
                raise RefusedError(f"there is no event {unknown[0]!r}")
            stopped += [(name, 0.0) for name in known if name not in set(question.events)]
        base = self.state if question.played else Class(self.state.opened)
        return base.what_if(question.injects, stopped)

    async def _ask(self, wish: Any, version: Version, since: Version | None = None) -> bytes:
        """An answer of `live`, after the events have been checked: what is refused is not simulated."""
        await asyncio.to_thread(self.case.with_played, version)
        return await asyncio.wrap_future(self.live.ask(wish, version, since, self.state.run))


def json_of(value: object) -> bytes:
    """JSON as it is sent."""
    return value if isinstance(value, bytes) else as_bytes(value)
