"""The explicit machine form of a scenario: every default written out, every name checked.

Times are hours since the start, targets are unit ids, triggers are operations, routes go
from neighbour to neighbour. It is what resolved.json holds, and enough to rerun.
All lists are sorted by id, so that the order of rows in a file changes no bit of a run.
"""

from __future__ import annotations

from math import inf
from typing import Literal

from pydantic import BaseModel, ConfigDict

from sim.operations import Operation


class Explicit(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ResolvedPlace(Explicit):
    id: str
    name: str
    kind: str
    region: str
    lat: float
    lon: float
    holder: str
    terrain: float
    supply_source: bool
    depot: bool
    protected: bool
    rises: str | None
    """Axis id."""


class ResolvedLink(Explicit):
    from_place: str
    to_place: str
    road: str
    km: float
    front_km: float
    open: bool
    kind: Literal["road", "air"] = "road"


class ResolvedUnit(Explicit):
    id: str
    name: str
    kind: Literal["regular", "militia", "contingent"]
    controller: str
    patron: str | None
    formation: str
    place: str
    men_low: float
    men_high: float
    assumed: bool
    quality: float
    elite: bool
    motorised: bool
    morale: float
    loyalty: float
    supply: float
    supply_cap: float
    present: bool
    confidence: str
    safety: float = 0.0


class ResolvedAxis(Explicit):
    """One axis. `routes` are (weight, place ids), each place linked to the next; weights sum to 1."""

    id: str
    name: str
    controller: str
    men_low: float
    men_high: float
    quality: float
    starts_hour: float | None
    routes: tuple[tuple[float, tuple[str, ...]], ...]
    posture: Literal["assault", "siege"] = "assault"


class ResolvedPatron(Explicit):
    id: str
    name: str
    commitment: float
    weight: float
    trust: float
    air: bool


class ResolvedFormation(Explicit):
    id: str
    name: str
    parent: str | None


class ResolvedGuard(Explicit):
    """As `sim.triggers.base.Guard`, with every list spelled out."""

    lost: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    contested: tuple[str, ...] = ()
    fired: tuple[str, ...] = ()
    not_fired: tuple[str, ...] = ()
    strength_below: float | None = None
    strength_above: float | None = None
    nation_below: float | None = None
    nation_above: float | None = None
    commitment_below: tuple[tuple[str, float], ...] = ()
    commitment_above: tuple[tuple[str, float], ...] = ()


class ResolvedAccount(Explicit):
    """One version of a trigger. A trigger without accounts has one, named "only", weight 1."""

    name: str
    weight: float
    type: str
    title: str
    happens: bool
    operations: tuple[Operation, ...]
    sources: tuple[str, ...]


class ResolvedTrigger(Explicit):
    """`earliest` and `latest` bound the moment [h since the start]; equal if it is certain.

    The moment may lie before hour 0 (it then counts as 0). `enabled` false: switched off.
    A trigger that is due at hour `until` or later does not take effect: what-ifs cut the
    story off there.
    """

    id: str
    type: str
    title: str
    enabled: bool
    earliest: float
    latest: float
    delay_low: float
    delay_high: float
    patience_hours: float | None
    probability: float
    scales_with: str | None
    guards: tuple[ResolvedGuard, ...]
    accounts: tuple[ResolvedAccount, ...]
    cause: str
    confidence: str
    sources: tuple[str, ...]
    places: tuple[str, ...]
    events: tuple[str, ...]
    until: float | None = None


class ResolvedOutcome(Explicit):
    """Hours since the start; None where not established or never lost."""

    place: str
    contact: float | None
    lost_from: float | None
    lost_to: float | None
    basis: str
    how: str
    confidence: str
    source: str


class ResolvedDraws(Explicit):
    """Draws of parameters, of equal weight: each run takes one, the same for every scenario.

    `values` are by parameter, one for each draw; `source` says whose posterior they are.
    """

    source: str
    values: dict[str, tuple[float, ...]]

    @property
    def many(self) -> int:
        """How many draws."""
        return len(next(iter(self.values.values())))


class Resolved(Explicit):
    format: Literal[1]
    name: str
    title: str
    summary: str
    start: str
    """ISO 8601 with a zone."""
    days: float
    step_hours: float
    capital: str
    host: str
    """The controller whose role is host."""
    collapse_share: float
    patron_trust: float
    anchor: tuple[float, float] | None
    roles: dict[str, str]
    """Controller id -> role."""
    controller_names: dict[str, str]
    parameters: dict[str, float]
    """Every parameter of the model, by name."""
    draws: ResolvedDraws | None = None
    """Instead of some of the parameters: a draw for each run."""
    factors: dict[str, str] = {}
    """What was coded of the host's force, by name."""
    regions: tuple[str, ...]
    patrons: tuple[ResolvedPatron, ...]
    formations: tuple[ResolvedFormation, ...]
    places: tuple[ResolvedPlace, ...]
    links: tuple[ResolvedLink, ...]
    units: tuple[ResolvedUnit, ...]
    axes: tuple[ResolvedAxis, ...]
    triggers: tuple[ResolvedTrigger, ...]
    outcomes: tuple[ResolvedOutcome, ...]
    sources: dict[str, dict[str, str]]


def with_horizon(resolved: Resolved, days: float | None, step_hours: float | None) -> Resolved:
    """The same scenario over another horizon or with another step.

    Raises:
        ValueError: not positive or not finite, the step longer than the horizon, or a horizon of no whole steps.
    """
    given = {"days": days, "step_hours": step_hours}
    changed = resolved.model_copy(update={name: value for name, value in given.items() if value is not None})
    hours, step = changed.days * 24, changed.step_hours
    if not (0 < step <= 24 and step <= hours < inf):
        raise ValueError("days and step must be positive, the step at most 24 h and at most the horizon")
    steps = hours / step
    if abs(steps - round(steps)) > 1e-9 * steps:
        raise ValueError(f"{hours:g} h are not a whole number of steps of {step:g} h; give other days or another step")
    return changed
