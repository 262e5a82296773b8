"""What every trigger has: when, whether, who, why, and the accounts of it.

A trigger type is a subclass of `Trigger` in a file of its own. It adds its own fields
and says, in `operations`, what it does in terms of `sim.operations`. Magnitudes are
judgement: the cases document signs and sometimes lags, never effect sizes.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, ClassVar, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from sim.operations import Operation, Reach, Touches, Verb
from sim.quantities import Hours, Share, Span

Answer = TypeVar("Answer")

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
    """These."""
    formations: list[str] = []
    """A formation includes all that is below it."""
    patrons: list[str] = []
    """Units whose patron is one of these."""
    kinds: list[Literal["regular", "militia", "contingent"]] = []
    """Units of one of these kinds."""
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
    """It is above this."""
    nation_below: Share | None = None
    """The lagged national share of comrades seen holding is below this."""
    nation_above: Share | None = None
    """It is above this."""
    commitment_below: dict[str, Share] | None = None
    """Patron id -> its commitment is below this."""
    commitment_above: dict[str, Share] | None = None
    """Patron id -> its commitment is above this."""


class Account(Record):
    """One of several mutually exclusive versions of an event. Never averaged: one per run."""

    name: str
    """What `--account TRIGGER=NAME` calls it."""
    weight: Share
    """The probability that a run takes it; those of a trigger add up to 1."""
    title: str = ""
    """Instead of the trigger's."""
    sources: list[str] = []
    """Who tells it."""
    note: str = ""
    """As of a trigger."""
    changes: dict[str, object] = {}
    """Trigger fields that differ in this version; `type` may differ too; `happens = false`
    says that in this version nothing happened."""


class Directory(Protocol):
    """What a trigger may ask of the scenario when it compiles: names in, names out.

    Every result is sorted by id.

    Raises:
        KeyError: a name that the scenario does not have (every method; the name is its argument).
    """

    capital: str

    def select(
        self, target: Target | None, place: list[str] | None = None, visibility: Visibility = "national"
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
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

    def roads_of(self, place: str) -> tuple[tuple[str, str], ...]:
        """The same without air bridges."""
        ...

    def axes_at(self, place: str) -> tuple[str, ...]:
        """Axes that can rise at a place (those whose route starts there)."""
        ...


class Trigger(Record):
    """The fields common to all trigger types. Times are local, with a time zone."""

    model_config = ConfigDict(defer_build=True)  # few scenarios use all types; a validator is built at first use

    type: str
    """One of those below."""
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """Small letters, digits and underscores, a letter first."""
    title: str
    """What happened, in a few words: it stands in lists and reports."""
    at: datetime | None = None
    """The moment, drawn within plus or minus `uncertainty_hours`, evenly, but not before the scenario's start."""
    uncertainty_hours: Hours = 0.0
    """Half the width of that range [h]."""
    window: Annotated[list[datetime], Field(min_length=2, max_length=2)] | None = None
    """Instead of `at`: drawn evenly between the two, but not before the scenario's start."""
    guard: list[Guard] = []
    """All must hold. The trigger waits for them from its moment on (from the start if it has none)."""
    delay_hours: HoursOrRange = 0.0
    """From the moment (and its guards) to the effect; a pair is drawn evenly."""
    patience_hours: Hours | None = None
    """How long it waits for its guards after its moment; None means to the end."""
    probability: Share = 1.0
    """That it happens at all, drawn once per run."""
    scales_with: str | None = None
    """A patron id: at the moment it is due, it happens only with a probability equal to that
    patron's commitment (reinforcement and airlift)."""
    magnitude: Share = 1.0
    """Size relative to the largest documented instance of the type."""
    cause: Cause = "unknown"
    """Who or what brought it about: for the record; some types weigh it, and say so."""
    credibility: Share = 1.0
    """How far it is believed: of rumours, offers and words."""
    visibility: Visibility = "local"
    """Who is reached where there is no target: units at the place (local), in its region (theatre), all (national)."""
    decay_hours: Span | None = None
    """Decay time of its shock [h], instead of the type's or the model's own."""
    duration_hours: Span | None = None
    """How long what it sets or multiplies lasts, or a rumour spreads [h], instead of the type's own."""
    place: list[str] | str | None = None
    """Where it happens."""
    target: Target | None = None
    """Who is hit, instead of those whom `visibility` says."""
    enabled: bool = True
    """false: it never happens, as with `--without`."""
    sources: list[str] = []
    """Ids of the scenario's sources."""
    confidence: Confidence = "C"
    """Of the record: A independent or opposed sources agree, B one credible source, C one that is weak or interested,
    X contested."""
    events: list[str] = []
    """Rows of the scenario's events.csv that this trigger encodes."""
    note: str = ""
    """What else a reader should know: what is judgement, and why."""
    account: list[Account] = []
    """Contested: mutually exclusive versions, one per run."""

    example: ClassVar[str] = ""
    """The own fields of one trigger of this type in TOML, for the reference."""

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

    def reach(self, directory: Directory) -> Reach:
        """Whom it reaches: its target or, without one, those that its visibility says."""
        return self._select(directory, self.target, self.visibility)

    def struck(self, directory: Directory) -> Reach:
        """Who acts or is hit on the spot: its target or, without one, those at its place."""
        return self._select(directory, self.target, "local")

    def struck_hosts(self, directory: Directory) -> Reach:
        """The host units among those struck: foreign contingents can only be evacuated.

        Raises:
            TriggerError: there is none.
        """
        hosts = self.struck(directory).only(directory.host_units())
        if not hosts.units:
            raise TriggerError("target", "it names no regular or militia unit of the host")
        return hosts

    def witnesses(self, directory: Directory) -> Reach:
        """Who sees it: those that its visibility says, whatever its target."""
        return self._select(directory, None, self.visibility)

    def bystanders(self, directory: Directory) -> Reach:
        """Who stands at its place."""
        return self._select(directory, None, "local")

    def led(self, directory: Directory, formation: str | None) -> Reach:
        """Whom a leader leads: his formation or, without one, whom the trigger reaches."""
        if formation is None:
            return self.reach(directory)
        return Reach(known("formation", directory.subtree, formation))

    def effective(self, *operations: Operation | None) -> tuple[Operation, ...]:
        """The operations that change something: nothing at magnitude 0, none that touch nobody."""
        if self.magnitude == 0:
            return ()
        return tuple(each for each in operations if each is not None and not _idle(each))

    def _select(self, directory: Directory, target: Target | None, visibility: Visibility) -> Reach:
        if target is None and visibility in ("local", "theatre") and not self.places():
            raise TriggerError("place", f"visibility {visibility!r} needs the place where it is seen")
        try:
            return Reach(*directory.select(target, self.places(), visibility))
        except KeyError as unknown:
            field = "place" if target is None else "target"
            raise TriggerError(field, f"no such name: {unknown.args[0]!r}") from None


class TriggerError(ValueError):
    """A trigger that cannot compile; `field` names the culprit."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def known(field: str, ask: Callable[[str], Answer], name: str) -> Answer:
    """What a directory answers to `ask(name)`.

    Raises:
        TriggerError: it does not know the name, which stands in `field`.
    """
    try:
        return ask(name)
    except KeyError:
        raise TriggerError(field, f"no such name: {name!r}") from None


def sole_patron(directory: Directory, patron: str | None, units: tuple[str, ...]) -> str | None:
    """`patron` if given, else the one patron that the units have; None if they have none.

    Raises:
        TriggerError: the patron is unknown, or not given where the units have several.
    """
    if patron is not None:
        known("patron", directory.units_of, patron)
        return patron
    found = {directory.patron_of(unit) for unit in units} - {None}
    if len(found) > 1:
        names = ", ".join(sorted(map(str, found)))
        raise TriggerError("patron", f"the units have several patrons ({names}): name one")
    return found.pop() if found else None


_OF_UNITS = frozenset(Touches) - {
    Touches.BELIEF,
    Touches.PATRON_TRUST,
    Touches.COMMITMENT,
    Touches.ATTACKER_QUALITY,
    Touches.LINK,
}


def _idle(operation: Operation) -> bool:
    """Whether it changes nothing, whatever the state of the run."""
    if operation.chance == 0:
        return True
    if operation.verb in (Verb.ADD, Verb.MULTIPLY, Verb.START_RUMOUR) and operation.amount == 0:
        return True
    if operation.verb in (Verb.BRING_UNITS, Verb.START_RUMOUR) or operation.touches in _OF_UNITS:
        return not operation.units
    return operation.verb is Verb.RAISE_ATTACKERS and not operation.axes
