"""What can be done in a class: one model per action, as it comes in a message and stays in the log.

`{"do": "seal", "quantiles": [[0.5, 12]], "reason": "…"}`. Who may do what: `WHO`. Whether it can be done
now, `sim.classroom.session` decides.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from sim.classroom.case import Event

Role = Literal["umpire", "team", "projector"]
TeamRole = Literal["host", "patron", "attacker", "analysts"]

Text = Annotated[str, Field(max_length=500)]
Reason = Annotated[str, Field(min_length=3, max_length=1000)]
Label = Annotated[str, Field(min_length=1, max_length=40)]
TeamId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Day = Annotated[float, Field(gt=0, le=3650, allow_inf_nan=False)]
Hour = Annotated[float, Field(ge=0, le=24 * 3650, allow_inf_nan=False)]
Number = Annotated[int, Field(ge=1, le=2**31)]
Stopped = Annotated[list[tuple[Annotated[str, Field(max_length=80)], Hour]], Field(max_length=200)]
"""(trigger, hour): it does not happen from this hour on."""


class Action(BaseModel):
    """Numbers are numbers and texts are texts: a message is JSON."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Act(Action):
    """What can be done."""

    once: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{8,40}$")] | None = None
    """A text of the caller's own making: the same one again, by the same person, is the same action."""


class Team(Action):
    id: TeamId
    name: Label
    role: TeamRole
    budget: Annotated[int, Field(ge=0, le=1000)] = 10
    """Points that its cards may cost."""


class Setup(Act):
    """Teams, turn and lived run, before the class begins."""

    do: Literal["setup"]
    teams: Annotated[list[Team], Field(min_length=1, max_length=20)]
    turn_hours: Annotated[float, Field(ge=1, le=24 * 365, allow_inf_nan=False)] | None = None
    run: Annotated[int, Field(ge=0, lt=2**32)] | None = None
    """The number of the run that is lived; as the class was opened if absent."""


class Begin(Act):
    """The first turn begins."""

    do: Literal["begin"]


class Seal(Act):
    """A team's forecast of the day on which the force breaks: quantiles, or chances by day. It cannot be taken back."""

    do: Literal["seal"]
    quantiles: Annotated[list[tuple[Share, Day]], Field(max_length=20)] = []
    """(share, day): with this chance it has broken by this day."""
    chances: Annotated[list[tuple[Day, Share]], Field(max_length=60)] = []
    """(day, share): the chance that it breaks between the day before in the list and this one."""
    reason: Reason


class Play(Act):
    """A team plays a card."""

    do: Literal["play"]
    event: Event
    reason: Reason


class Plan(Act):
    """A row of the master events list: teams never see it."""

    do: Literal["plan"]
    event: Event
    target: Text = ""
    controller: Text = ""
    expected: Text = ""


class Inject(Act):
    """An event of the umpire's, from the master events list or free."""

    do: Literal["inject"]
    planned: Number | None = None
    event: Event | None = None
    reason: Reason


class Override(Act):
    """The umpire decides about a unit: it leaves, or takes heart (a push; the model may still have it leave)."""

    do: Literal["override"]
    unit: Annotated[str, Field(max_length=80)]
    to: Literal["leaves", "takes_heart"]
    reason: Reason


class Stop(Act):
    """A trigger of the scenario does not happen from now on."""

    do: Literal["stop"]
    trigger: Annotated[str, Field(max_length=80)]
    reason: Reason


class Advance(Act):
    """The next turn; where a team has not sealed, only with a reason."""

    do: Literal["advance"]
    reason: Annotated[str, Field(max_length=1000)] = ""


class Undo(Act):
    """The last of play, inject, override, stop and advance is undone; the log keeps both."""

    do: Literal["undo"]
    reason: Reason


class Reveal(Act):
    """The lived run is told to its end, and everybody sees the ensemble."""

    do: Literal["reveal"]


class Fork(Act):
    """A private what-if: events on top of what was played, triggers that do not happen."""

    do: Literal["fork"]
    name: Label
    injects: Annotated[list[Event], Field(max_length=20)] = []
    stopped: Stopped = []


class Project(Act):
    """A fork is shown on the projector, or none."""

    do: Literal["project"]
    fork: Number | None


WHO: dict[str, frozenset[Role]] = {
    "setup": frozenset({"umpire"}),
    "begin": frozenset({"umpire"}),
    "seal": frozenset({"team"}),
    "play": frozenset({"team"}),
    "plan": frozenset({"umpire"}),
    "inject": frozenset({"umpire"}),
    "override": frozenset({"umpire"}),
    "stop": frozenset({"umpire"}),
    "advance": frozenset({"umpire"}),
    "undo": frozenset({"umpire"}),
    "reveal": frozenset({"umpire"}),
    "fork": frozenset({"umpire", "team"}),
    "project": frozenset({"umpire"}),
}
"""Which roles may do what."""

AnyAction = Annotated[
    Setup | Begin | Seal | Play | Plan | Inject | Override | Stop | Advance | Undo | Reveal | Fork | Project,
    Field(discriminator="do"),
]
ACTION: TypeAdapter[Any] = TypeAdapter(AnyAction)
