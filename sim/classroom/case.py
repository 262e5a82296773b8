"""The scenario of a class, and what it becomes with all that was played: triggers added, others stopped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.classroom.cards import CARDS
from sim.classroom.kept import Kept
from sim.classroom.log import canonical
from sim.scenario import Document, Scenario, ScenarioError, accept, resolve
from sim.scenario.messages import message
from sim.scenario.problems import nearest
from sim.scenario.resolved import Resolved, with_horizon
from sim.scenario.signs import HIDDEN

KEPT = 32
"""Versions that a case keeps."""
RECORD = ("event", "outcome")
"""Tables that tell what is on record: no trigger needs them."""
PLAYED = "played_"
"""How the ids of triggers begin that a class adds."""
OWN = ("id", "at", "window", "uncertainty_hours", "enabled", "title", "type")
"""Fields of a trigger that the class decides, not whoever plays it."""
_MOMENT = "$moment"


class RefusedError(ValueError):
    """Something that cannot be done in this class now. The message is for the person who asked."""


class Event(BaseModel):
    """Something that is played: a card, or a trigger of any type with its fields."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, strict=True)

    hour: Annotated[float, Field(ge=0, le=24 * 3650, allow_inf_nan=False)]
    """When, since the start."""
    card: str | None = None
    trigger: str | None = None
    fields: Annotated[dict[str, Any], Field(alias="with")] = {}
    title: Annotated[str, Field(max_length=200)] = ""


@dataclass(frozen=True)
class Version:
    """What is played on top of the scenario. Two equal versions have the same runs.

    Attributes:
        played: events. What an event is makes the id of its trigger, and so its dice: tried beforehand or
            played, it is the same.
        stopped: (trigger id, hour from which on it does not happen).
    """

    played: tuple[Event, ...] = ()
    stopped: tuple[tuple[str, float], ...] = ()

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The id of the trigger that each event becomes."""
        digests = [sha256(canonical(each.model_dump(exclude={"title"})).encode()).hexdigest() for each in self.played]
        return tuple(f"{PLAYED}{digest[:12]}_{digests[:n].count(digest) + 1}" for n, digest in enumerate(digests))

    @cached_property
    def key(self) -> str:
        """Tells versions apart."""
        titles = [each.title for each in self.played]
        return sha256(canonical([self.ids, titles, sorted(self.stopped)]).encode()).hexdigest()

    def goes_on_from(self, other: Version) -> bool:
        """Whether it is what the other is, and perhaps more after it."""
        return self.played[: len(other.played)] == other.played and set(other.stopped) <= set(self.stopped)


class Case:
    """A scenario that a class plays.

    Attributes:
        resolved: as it is, before anything is played.
        sha256: of the resolved scenario, as in a result's provenance.
    """

    def __init__(self, values: dict[str, Any], days: float | None) -> None:
        self._values, self._days = values, days
        scenario = accept(Document(Path("the class"), values))
        self.resolved = with_horizon(resolve(scenario), days, None)
        if taken := [each.id for each in self.resolved.triggers if each.id.startswith(PLAYED)]:
            raise RefusedError(f"the trigger {taken[0]!r} needs another id: those of the class begin with {PLAYED!r}")
        self._start: datetime = scenario.file.start
        self._made: Kept[Resolved] = Kept(KEPT)
        self.sha256 = sha256((self.resolved.model_dump_json(indent=1) + "\n").encode()).hexdigest()

    @classmethod
    def of(cls, scenario: Scenario, days: float | None = None) -> Case:
        """The case of a loaded scenario, over another horizon if one is given.

        Raises:
            RefusedError: its triggers have ids that a class needs.
            ValueError: the horizon makes no sense.
        """
        values = scenario.file.model_dump(by_alias=True, exclude_unset=True)
        return cls({**values, "trigger": [each.model_dump(exclude_unset=True) for each in scenario.triggers]}, days)

    def written(self) -> dict[str, Any]:
        """All of it, to be kept in a log: `read` makes the same case of it."""
        return {"values": _as_json(self._values), "days": self._days, "sha256": self.sha256}

    @classmethod
    def read(cls, written: dict[str, Any]) -> Case:
        """The case that `written` kept.

        Raises:
            ScenarioError, RefusedError: this version of rout cannot read it.
        """
        return cls(_from_json(written["values"]), written["days"])

    def with_played(self, version: Version) -> Resolved:
        """The scenario with all that was played. The latest are kept: several answers ask for the same.

        Raises:
            RefusedError: an event names what there is not, or does nothing; in plain words.
        """
        return self._made.get(version.key, lambda: self._with_played(version))

    def _with_played(self, version: Version) -> Resolved:
        until = dict(version.stopped)
        known = {trigger.id for trigger in self.resolved.triggers}
        for name in until.keys() - known:
            raise RefusedError(f"there is no trigger {name!r}" + _meant(nearest(name, sorted(known))))
        kept = [t.model_copy(update={"until": until[t.id]}) if t.id in until else t for t in self.resolved.triggers]
        added = self._compiled([self.row(*pair) for pair in zip(version.ids, version.played, strict=True)])
        return self.resolved.model_copy(
            update={"triggers": tuple(sorted([*kept, *added], key=lambda each: each.id))},
        )

    def row(self, name: str, event: Event) -> dict[str, Any]:
        """The trigger of this id that an event becomes, as a scenario file would have it.

        Raises:
            RefusedError: it is neither a card nor a trigger, or its fields do not fit.
        """
        if event.hour >= 24 * self.resolved.days:
            raise RefusedError(f"hour {event.hour:g} lies after the end of the scenario")
        fields, title = _fields(event)
        at = self._start + timedelta(hours=event.hour)
        return {**fields, "id": name, "title": event.title or title, "at": at}

    def _compiled(self, rows: Sequence[dict[str, Any]]) -> Sequence[Any]:
        """These triggers alone, checked by the scenario's own checker and made explicit."""
        if not rows:
            return ()
        ids = {row["id"] for row in rows}
        ground = {name: table for name, table in self._values.items() if name not in RECORD}
        try:
            # With the triggers that they name alone: a class waits for it.
            made = _accepted(ground, [*self._named_by(rows), *rows])
        except ScenarioError:
            try:
                # With everything: only so do problems tell of all names that there are.
                made = _accepted(self._values, [*self._values["trigger"], *rows])
            except ScenarioError as error:
                raise RefusedError(_plain(error)) from None
        found = [trigger for trigger in made.triggers if trigger.id in ids]
        for trigger in found:
            if not any(account.operations for account in trigger.accounts):
                raise RefusedError(f"“{trigger.title}” would do nothing: it reaches nobody")
        return found

    def _named_by(self, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The triggers of the scenario that these name, as their guards do, and those that those name."""
        known = {row["id"]: row for row in self._values["trigger"]}
        found: dict[str, dict[str, Any]] = {}
        left = list(rows)
        while left:
            for text in _texts(left.pop()):
                if text in known and text not in found:
                    found[text] = {name: value for name, value in known[text].items() if name != "events"}
                    left.append(found[text])
        return list(found.values())


def _accepted(values: dict[str, Any], triggers: list[dict[str, Any]]) -> Resolved:
    """These tables with these triggers, through the scenario's own checker."""
    return resolve(accept(Document(Path("what is played"), {**values, "trigger": triggers})))


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def tidy(value: Any, depth: int = 0) -> Any:
    """What a browser sent, if it may be kept: texts without hidden signs, nothing nested deep.

    Raises:
        RefusedError: it may not.
    """
    if depth > 12:
        raise RefusedError("this is nested too deep")
    if isinstance(value, str) and HIDDEN.search(value):
        raise RefusedError("a text has hidden signs in it")
    if isinstance(value, float) and not abs(value) < 1e300:
        raise RefusedError("a number is not finite")
    if isinstance(value, int) and abs(value) > 2**53:
        raise RefusedError("a number is too large")
    if isinstance(value, dict):
        return {tidy(name, depth): tidy(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [tidy(inner, depth + 1) for inner in value]
    return value


def wrong(error: ValidationError) -> str:
    """What does not fit in a message, in plain words."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {message(first)}" if where else message(first)


def _fields(event: Event) -> tuple[dict[str, Any], str]:
    """The fields of an event's trigger, and what it is called unless it is told otherwise."""
    if (event.card is None) == (event.trigger is None):
        raise RefusedError("an event is a card or a trigger: name one of them")
    if event.trigger is not None:
        if own := sorted(set(OWN) & event.fields.keys()):
            raise RefusedError(f"{own[0]}: the class decides this, leave it out")
        fields = {name: value for name, value in event.fields.items() if value is not None}
        return {**fields, "type": event.trigger}, event.trigger.replace("_", " ").capitalize()
    if event.card not in CARDS:
        raise RefusedError(f"there is no card {event.card!r}" + _meant(nearest(str(event.card), list(CARDS))))
    card = CARDS[event.card]
    try:
        return card.model_validate(event.fields).row(), card.title
    except ValidationError as error:
        raise RefusedError(wrong(error)) from None


def _plain(error: ScenarioError) -> str:
    """The checker's problems without files, lines and the ids of the class."""
    told = []
    for problem in error.problems[:3]:
        field = problem.field.split(".", 2)[-1] if problem.field.startswith("trigger.") else problem.field
        told.append(f"{field}: {problem.message}{_meant(problem.nearest)}")
    return "; ".join(told)


def _meant(name: str) -> str:
    return f" (did you mean {name!r}?)" if name else ""


def _as_json(value: Any) -> Any:
    """What TOML can hold, as what JSON can hold."""
    if isinstance(value, datetime):
        return {_MOMENT: value.isoformat()}
    if isinstance(value, dict):
        return {name: _as_json(inner) for name, inner in value.items()}
    return [_as_json(inner) for inner in value] if isinstance(value, list | tuple) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {_MOMENT}:
            return datetime.fromisoformat(value[_MOMENT])
        return {name: _from_json(inner) for name, inner in value.items()}
    return [_from_json(inner) for inner in value] if isinstance(value, list) else value
