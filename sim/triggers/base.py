"""What every trigger has: when, whether, who, why, and the accounts of it.

A trigger type is a subclass of `Trigger` in a file of its own. It adds its own fields
and says, in `operations`, what it does in terms of `sim.operations`. Magnitudes are
judgement: the cases document signs and sometimes lags, never effect sizes.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Annotated, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from sim.operations import Operation
from sim.quantities import Hours, Share

Cause = Literal["enemy", "betrayal", "own_command", "patron", "accident", "population", "unknown"]
Visibility = Literal["none", "local", "theatre", "national"]
Confidence = Literal["A", "B", "C", "X"]
HoursOrRange = Hours | Annotated[list[Hours], Field(min_length=2, max_length=2)]


class Record(BaseModel):
    """A pydantic model that refuses unknown fields."""

    model_config = ConfigDict(extra="forbid")


class Target(Record):
    """Who is hit. Fields narrow each other; a trigger with no target hits whom its type says."""

    units: list[str] = []
    formations: list[str] = []
    """A formation includes all that is below it."""
    patrons: list[str] = []
    """Units whose patron is one of these."""
    kinds: list[Literal["regular", "militia", "contingent"]] = []
    places: list[str] = []
    """Units that stand at one of these places at that moment."""
    regions: list[str] = []
    """Units that stand in one of these regions at that moment."""
    controllers: list[str] = []
    """Units of these sides; the host's by default."""


class Guard(Record):
    """A condition on the state of the run. All fields given must hold; a list means any of it."""

    lost: list[str] | str | None = None
    """A place no longer held by the side that held it at the start."""
    held: list[str] | str | None = None
    """A place still held by the side that held it at the start."""
    contested: list[str] | str | None = None
    """A place where attackers stand against defenders, or that has risen."""
    fired: list[str] | str | None = None
    """Another trigger that has happened."""
    not_fired: list[str] | str | None = None
    """Another trigger that has not happened (or is switched off)."""
    strength_below: Share | None = None
    """Effective host strength, as a share of its start, is below this."""
    strength_above: Share | None = None
    nation_below: Share | None = None
    """The lagged national share of comrades seen holding is below this."""
    nation_above: Share | None = None
    commitment_below: dict[str, Share] | None = None
    """Patron id -> its commitment is below this."""
    commitment_above: dict[str, Share] | None = None


class Account(Record):
    """One of several mutually exclusive versions of an event. Never averaged: one per run."""

    name: str
    weight: Share
    title: str = ""
    sources: list[str] = []
    note: str = ""
    changes: dict[str, object] = {}
    """Trigger fields that differ in this version; `type` may differ too; `happens = false`
    says that in this version nothing happened."""


class Directory(Protocol):
    """What a trigger may ask of the scenario when it compiles: names in, names out.

    Every result is sorted by id.
    """

    capital: str

    def select(self, target: Target | None, place: list[str] | None = None,
               visibility: Visibility = "national") -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(unit ids, place ids of the dynamic filter or ()) of a target.

        An explicit `target` decides. Without one: visibility "local" means host-side units
        standing at `place`; "theatre" those standing in the regions of `place`; "national"
        every unit of the host side (its allies too); "none" nobody.
        """
        ...

    def host_units(self) -> tuple[str, ...]:
        """Regular and militia units of the host side."""
        ...

    def units_of(self, patron: str, *, contingents_only: bool = False) -> tuple[str, ...]:
        """Units whose patron this is."""
        ...

    def patron_of(self, unit: str) -> str | None: ...

    def subtree(self, formation: str) -> tuple[str, ...]:
        """Units of a formation and of all below it."""
        ...

    def links_of(self, place: str) -> tuple[tuple[str, str], ...]:
        """The (from, to) pairs, as written in the links table, that touch a place."""
        ...

    def axes_at(self, place: str) -> tuple[str, ...]:
        """Axes that can rise at a place (those whose route starts there)."""
        ...


class Trigger(Record):
    """The fields common to all trigger types. Times are local, with a time zone."""

    type: str
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    at: datetime | None = None
    """The moment, drawn within plus or minus `uncertainty_hours`, evenly."""
    uncertainty_hours: Hours = 0.0
    window: Annotated[list[datetime], Field(min_length=2, max_length=2)] | None = None
    """Instead of `at`: drawn evenly between the two."""
    guard: list[Guard] = []
    """All must hold. The trigger waits for them from its moment on (from the start if it has none)."""
    delay_hours: HoursOrRange = 0.0
    """From the moment (and its guards) to the effect; a pair is drawn evenly."""
    patience_hours: Hours | None = None
    """How long it waits for its guards after its moment; None means to the end."""
    probability: Share = 1.0
    scales_with: str | None = None
    """A patron id: at the moment it is due, it happens only with a probability equal to that
    patron's commitment (reinforcement and airlift)."""
    magnitude: Share = 1.0
    """Size relative to the largest documented instance of the type."""
    cause: Cause = "unknown"
    credibility: Share = 1.0
    visibility: Visibility = "local"
    decay_hours: Hours | None = None
    duration_hours: Hours | None = None
    place: list[str] | str | None = None
    target: Target | None = None
    enabled: bool = True
    sources: list[str] = []
    confidence: Confidence = "C"
    events: list[str] = []
    """Rows of the scenario's events.csv that this trigger encodes."""
    note: str = ""
    account: list[Account] = []

    def places(self) -> list[str]:
        """`place` as a list."""
        if self.place is None:
            return []
        return [self.place] if isinstance(self.place, str) else list(self.place)

    @abstractmethod
    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        """What the trigger does, in operations.

        Raises:
            TriggerError: a field names something the type cannot act on.
        """


class TriggerError(ValueError):
    """A trigger that cannot compile; `field` names the culprit."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
