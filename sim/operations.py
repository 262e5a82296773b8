"""The closed set of operations: all that a trigger can do to a run.

A trigger type compiles to a tuple of these; kernels and agents apply them and never
see a trigger type. An operation says what it touches by name, so that a resolved
scenario can be read, kept and rerun without the code that wrote it.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from math import log
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field


class Verb(StrEnum):
    """What an operation does to the quantity it names."""

    ADD = "add"
    MULTIPLY = "multiply"
    SET = "set"
    RAISE_ATTACKERS = "raise_attackers"
    BRING_UNITS = "bring_units"
    START_RUMOUR = "start_rumour"


class Touches(StrEnum):
    """The state that an operation may touch."""

    SHOCK = "shock"  # J of each unit: add
    LOYALTY = "loyalty"  # l of each unit: add, kept in [0, 1]
    SUPPLY = "supply"  # d of each unit, days: add, kept in [0, cap]
    BELIEF = "belief"  # B of the attackers: add or multiply, kept in [0, 1]
    TRUST = "trust"  # T between units and a patron: multiply
    PATRON_TRUST = "patron_trust"  # trust between two patrons: multiply
    COMMITMENT = "commitment"  # c of a patron: multiply, kept in [0, 1]
    RALLY = "rally"  # factor on a unit's rally rate: multiply
    QUALITY = "quality"  # factor on a unit's fighting quality: multiply
    ATTACKER_QUALITY = "attacker_quality"  # factor on an axis's fighting quality: multiply
    LEADERLESS = "leaderless"  # K of each unit, for `duration_hours`: set to 0 or 1
    SAFETY = "safety"  # phi, perceived safety of quitting: set, the widest that is open counts
    OFFER = "offer"  # an open offer to change sides, 0 or 1: set, likewise
    STATUS = "status"  # a unit's status: set
    LINK = "link"  # a link open (1) or closed (0): set


WAYS_OUT = (Touches.SAFETY, Touches.OFFER)

Scale = Literal["shock_size", "betrayal_ratio", "trust_rupture"]


class Operation(BaseModel):
    """One change of state, addressed by name.

    The size of a change is `amount` times the run's value of each parameter in `scale`.
    ADD adds it. MULTIPLY multiplies by exp(size), so that a rupture of trust is
    amount -1 with scale ("trust_rupture",), and a plain factor f is amount ln f.
    SET assigns `amount` (or `status`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    verb: Verb
    touches: Touches | None = None
    amount: float = 0.0
    scale: tuple[Scale, ...] = ()
    units: tuple[str, ...] = ()
    """Unit ids that may be touched (for unit quantities, BRING_UNITS and START_RUMOUR)."""
    at: tuple[str, ...] = ()
    """If not empty, only those of `units` that stand at one of these places at that moment."""
    chance: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Probability, drawn per unit, that the operation touches it."""
    patrons: tuple[str, ...] = ()
    """Patron ids: the far end of TRUST, both ends of PATRON_TRUST, or whose COMMITMENT."""
    axes: tuple[str, ...] = ()
    """Axis ids for RAISE_ATTACKERS and ATTACKER_QUALITY."""
    links: tuple[tuple[str, str], ...] = ()
    status: str | None = None
    """The status to SET: a name of `sim.state.Status`, in lower case."""
    destination: str | None = None
    """Place id: where withdrawing units go, or where brought units appear."""
    decay_hours: Annotated[float, Field(gt=0)] | None = None
    """Decay time of an added SHOCK [h]; None means the model's default."""
    duration_hours: Annotated[float, Field(gt=0)] | None = None
    """After this long [h] a MULTIPLY or a SET of LINK, LEADERLESS, SAFETY, OFFER is undone;
    for START_RUMOUR, how long it spreads. None means for good."""


class Reach(NamedTuple):
    """Who may be touched: unit ids and, if not empty, the places where they must stand."""

    units: tuple[str, ...]
    at: tuple[str, ...] = ()

    def only(self, units: Collection[str]) -> Reach:
        """Those of it that are among `units`."""
        kept = frozenset(units)
        return Reach(tuple(unit for unit in self.units if unit in kept), self.at)

    def but(self, units: Collection[str]) -> Reach:
        """Those of it that are not among `units`."""
        gone = frozenset(units)
        return Reach(tuple(unit for unit in self.units if unit not in gone), self.at)


def shock(reach: Reach, size: float, *, betrayal: bool = False, decay_hours: float | None = None) -> Operation:
    """Add `size` times the shock size j (times the betrayal ratio) to the units' shock."""
    scale: tuple[Scale, ...] = ("shock_size", "betrayal_ratio") if betrayal else ("shock_size",)
    return Operation(
        verb=Verb.ADD,
        touches=Touches.SHOCK,
        amount=size,
        scale=scale,
        units=reach.units,
        at=reach.at,
        decay_hours=decay_hours,
    )


def add(touches: Touches, reach: Reach, amount: float) -> Operation:
    """Add a plain amount to a quantity of units."""
    return Operation(verb=Verb.ADD, touches=touches, amount=amount, units=reach.units, at=reach.at)


def rupture(reach: Reach, patron: str, times: float) -> Operation:
    """Multiply the units' trust towards a patron by exp(-`times` times the trust rupture)."""
    return Operation(
        verb=Verb.MULTIPLY,
        touches=Touches.TRUST,
        amount=-times,
        scale=("trust_rupture",),
        units=reach.units,
        at=reach.at,
        patrons=(patron,),
    )


def estrange(patrons: tuple[str, str], times: float) -> Operation:
    """Multiply the trust between two patrons by exp(-`times` times the trust rupture)."""
    return Operation(
        verb=Verb.MULTIPLY, touches=Touches.PATRON_TRUST, amount=-times, scale=("trust_rupture",), patrons=patrons
    )


def multiply(
    touches: Touches, reach: Reach, factor: float, power: float, duration_hours: float | None = None
) -> Operation:
    """Multiply a quantity of units by `factor` to the `power`."""
    return Operation(
        verb=Verb.MULTIPLY,
        touches=touches,
        amount=power * log(factor),
        units=reach.units,
        at=reach.at,
        duration_hours=duration_hours,
    )


def cool(patron: str, factor: float, power: float) -> Operation:
    """Multiply a patron's commitment by `factor` to the `power`."""
    return Operation(verb=Verb.MULTIPLY, touches=Touches.COMMITMENT, amount=power * log(factor), patrons=(patron,))


def shift_belief(factor: float, power: float) -> Operation:
    """Multiply the attackers' belief by `factor` to the `power`."""
    return Operation(verb=Verb.MULTIPLY, touches=Touches.BELIEF, amount=power * log(factor))


def sharpen(axes: tuple[str, ...], factor: float, power: float, duration_hours: float | None) -> Operation:
    """Multiply the fighting quality of attackers by `factor` to the `power`."""
    return Operation(
        verb=Verb.MULTIPLY,
        touches=Touches.ATTACKER_QUALITY,
        amount=power * log(factor),
        axes=axes,
        duration_hours=duration_hours,
    )


def put(touches: Touches, reach: Reach, value: float, duration_hours: float | None = None) -> Operation:
    """Set a quantity of units to a value, for a time or for good."""
    return Operation(
        verb=Verb.SET, touches=touches, amount=value, units=reach.units, at=reach.at, duration_hours=duration_hours
    )


def order(status: str, reach: Reach, *, chance: float = 1.0, destination: str | None = None) -> Operation:
    """Give units a status, each with a chance, and a destination where they withdraw."""
    return Operation(
        verb=Verb.SET,
        touches=Touches.STATUS,
        status=status,
        units=reach.units,
        at=reach.at,
        chance=chance,
        destination=destination,
    )


def raise_attackers(axes: tuple[str, ...]) -> Operation:
    """Let axes appear at the first place of their routes."""
    return Operation(verb=Verb.RAISE_ATTACKERS, axes=axes)


def start_rumour(reach: Reach, size: float, duration_hours: float) -> Operation:
    """A rumour that shakes each unit that hears it by `size` times the shock size."""
    return Operation(
        verb=Verb.START_RUMOUR,
        amount=size,
        scale=("shock_size",),
        units=reach.units,
        at=reach.at,
        duration_hours=duration_hours,
    )
