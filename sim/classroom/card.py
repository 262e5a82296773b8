"""What every card has. See sim/classroom/cards.py and injects.py for those that there are."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.triggers.base import Record

Side = Literal["host", "patron", "attacker", "umpire"]
Row = dict[str, Any]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Some = Annotated[list[Name], Field(min_length=1, max_length=40)]


class Card(Record):
    """A card as it is played: its fields are what the player decides."""

    side: ClassVar[Side]
    title: ClassVar[str]
    cost: ClassVar[int]

    def row(self) -> Row:
        """The fields of the trigger that it becomes, with its type; the moment and the id come from the class."""
        raise NotImplementedError


def of(type_: str, cause: str, **fields: Any) -> Row:
    """A row of a trigger as a scenario file would have it: fields that say nothing are left out."""
    return {"type": type_, "cause": cause, **{name: value for name, value in fields.items() if value is not None}}
