"""What an author writes: the models behind scenario.toml and its tables.

A folder holds scenario.toml beside places.csv, links.csv, units.csv, outcomes.csv,
events.csv and sources.toml. A small case is one TOML file with the same tables as
arrays of tables ([[place]], [[link]], [[unit]], [[outcome]], [[event]], [source.ID]).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from sim.quantities import Days, Factor, Hours, Kilometres, Latitude, Longitude, Men, Share, Weight
from sim.triggers.base import Confidence, Record

PlaceId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
StartHour = Annotated[Hours | None, BeforeValidator(lambda value: None if value == "raised" else value)]
"""TOML has no null, so a file says "raised" for None."""
MenRange = Men | Annotated[list[Men], Field(min_length=2, max_length=2)]


class Factors(Record):
    """What is known of a force or a formation before it is tested; `sim.scenario.rubric` turns it
    into starting values. None: not coded."""

    manning: Literal["full", "thin", "hollow"] | None = None
    """hollow: far fewer present than on paper, by ghost soldiers or graft."""
    leadership: Literal["resident", "mixed", "distant"] | None = None
    """resident: commanders stay with their men and are trusted."""
    stake: Literal["high", "mixed", "low"] | None = None
    """high: defenders expect death or expulsion of their own people if they lose."""
    exit: Literal["open", "partial", "closed"] | None = None
    """open: a safe way out of the war: home, a border, a deal."""
    supply: Literal["open", "strained", "cut"] | None = None
    backing: Literal["committed", "reserved", "absent"] | None = None
    """How the patrons stand to the host at the start."""


class Controller(Record):
    """A side that can hold a place."""

    name: str
    role: Literal["host", "attacker", "third_party", "neutral"]
    """host: the force whose cohesion is studied. attacker: fights the host, friendly to other
    attackers. third_party: takes what the host leaves, may be attacked. neutral: never acts."""


class Patron(Record):
    """An outside power with forces or influence on the host's side."""

    name: str
    commitment: Share | None = None
    """c at the start; by the rubric if empty."""
    weight: Weight = 1.0
    """Share of the host's outside support, relative to the other patrons."""
    trust: Share | None = None
    """T of every host unit towards this patron at the start; by the rubric if empty."""
    air: bool = False
    """Whether its commitment scales the host's air support."""
    sources: list[str] = []
    confidence: Confidence = "C"
    note: str = ""


class Formation(Record):
    """A node of the command hierarchy."""

    name: str
    parent: Id | None = None
    factors: Factors = Factors()
    """Where it differs from the force."""


class Route(Record):
    """A way an axis may go: places in order, joined by the shortest road where not adjacent."""

    weight: Weight = 1.0
    places: Annotated[list[PlaceId], Field(min_length=1)]


class Axis(Record):
    """Attackers that move together: men, quality, and weighted routes that split them."""

    id: Id
    name: str
    controller: str
    men: MenRange
    quality: Factor = 1.0
    posture: Literal["assault", "siege"] = "assault"
    """siege: it invests the places on its way and only a share of its men (the parameter
    `siege_share`) presses at a time."""
    starts_hour: StartHour = 0.0
    """When it makes contact at the first place of its route; None (in a file: "raised"): only
    when raised by an uprising or a trigger."""
    route: Annotated[list[Route], Field(min_length=1)]
    sources: list[str] = []
    confidence: Confidence = "C"
    note: str = ""


class Place(Record):
    id: PlaceId
    name: str
    kind: str = "town"
    region: str
    lat: Latitude
    lon: Longitude
    holder: str
    """The controller that holds it at the start."""
    terrain: Factor = 1.0
    """Factor on the defenders' quality."""
    supply_source: bool = False
    depot: bool = False
    """A depot or airfield: its captor's quality grows by 5 %."""
    protected: bool = False
    """Never attacked nor taken (a patron's base)."""
    rises: str | None = None
    """The axis id that appears here if the place rises; None: not eligible."""
    source: str = ""
    confidence: Confidence = "B"
    note: str = ""


class Link(Record):
    from_: Annotated[PlaceId, Field(alias="from")]
    to: PlaceId
    road: str = ""
    kind: Literal["road", "air"] = "road"
    """air: an air or sea bridge from a supply source; it carries supply and nothing else."""
    km: Kilometres
    front_km: Kilometres | None = None
    """Distance between the two sides' lines where the ends are in different hands; km if empty."""
    open: bool = True
    source: str = ""
    confidence: Confidence = "B"
    note: str = ""


class Unit(Record):
    id: Id
    name: str
    kind: Literal["regular", "militia", "contingent"] = "regular"
    """regular: the host's own. militia: local, on a patron's payroll, with the host's exits.
    contingent: foreign, can only be evacuated."""
    controller: str = ""
    """The side it belongs to; the host if empty."""
    patron: str | None = None
    formation: Id
    place: PlaceId
    men_low: Men
    men_high: Men
    assumed: bool = True
    """Whether the men are a range we assumed; only such units are scaled to the anchor."""
    quality: Factor = 1.0
    elite: bool = False
    motorised: bool = False
    morale: Share | None = None
    loyalty: Share | None = None
    """Both at the start; by the rubric if empty, 0.5 if nothing is coded."""
    safety: Share | None = None
    """Perceived safety of quitting at the start; by the rubric if empty, 0 if nothing is coded."""
    supply: Days | None = None
    """Days of supply at the start; by the rubric if empty, the cap if nothing is coded."""
    supply_cap: Annotated[float, Field(gt=0, le=7, allow_inf_nan=False)] = 3.0
    present: bool = True
    """False: appears only when a trigger brings it."""
    source: str = ""
    confidence: Confidence = "C"
    note: str = ""


class Outcome(Record):
    """A documented loss of a place, for comparison only; never an input of a run."""

    place: PlaceId
    contact: datetime | None = None
    lost_from: datetime | None = None
    lost_to: datetime | None = None
    """Both empty: documented as never lost."""
    basis: str = ""
    how: str = ""
    source: str = ""
    confidence: str = ""
    note: str = ""


class Event(Record):
    """A row of the documented record and what became of it here."""

    id: str
    when: str
    where: str = ""
    what: str
    use: Literal["trigger", "state", "outcome", "left_out"]
    into: str = ""
    """trigger ids (space separated), or the piece of state, or the reason it is left out."""
    source: str = ""
    confidence: str = ""


class Source(Record):
    title: str
    kind: str = "press"
    address: str = ""
    date: str = ""
    note: str = ""


class Anchor(Record):
    """Documented total of the host's own units in the field, those with a patron left out; assumed strengths are scaled
    into it per run."""

    men: Annotated[list[Men], Field(min_length=2, max_length=2)]
    sources: list[str] = []
    confidence: Confidence = "C"
    note: str = ""


class ScenarioFile(Record):
    """A whole scenario as written. `trigger` rows are validated by their own type's model."""

    format: Literal[1] = 1
    name: Id
    title: str
    summary: str = ""
    start: datetime
    """Hour 0, local time with a zone."""
    days: Annotated[float, Field(gt=0, le=3650, allow_inf_nan=False)] = 30.0
    step_hours: Annotated[float, Field(gt=0, le=24, allow_inf_nan=False)] = 2.0
    capital: PlaceId
    collapse_share: Share = 0.25
    """The force has collapsed when its effective strength falls below this share of its start,
    or when the capital is lost."""
    factors: Factors = Factors()
    """What is known of the host's force before it is tested."""
    controller: dict[str, Controller]
    patron: dict[str, Patron] = {}
    patron_trust: Share = 0.6
    """Trust between each two patrons at the start."""
    formation: dict[Id, Formation]
    axis: list[Axis] = []
    anchor: Anchor | None = None
    parameters: dict[str, float] = {}
    place: list[Place]
    link: list[Link] = []
    unit: list[Unit]
    outcome: list[Outcome] = []
    event: list[Event] = []
    source: dict[str, Source] = {}
    trigger: list[dict[str, object]] = []
