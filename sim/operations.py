"""The closed set of operations: all that a trigger can do to a run.

A trigger type compiles to a tuple of these; kernels and agents apply them and never
see a trigger type. An operation says what it touches by name, so that a resolved
scenario can be read, kept and rerun without the code that wrote it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

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
    SAFETY = "safety"  # phi, perceived safety of quitting: set
    OFFER = "offer"  # an open offer to change sides, 0 or 1: set
    STATUS = "status"  # a unit's status: set
    LINK = "link"  # a link open (1) or closed (0): set


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
