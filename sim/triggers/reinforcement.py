"""Units arrive: to fight, to watch, or to tell the others to leave."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, Reach, Verb, order, shock
from sim.triggers.base import Directory, Target, Trigger, known

SHOCK = 0.4  # from the model's table: .4 of the shock size, minus if they fight, plus (χ) if they leave


class Reinforcement(Trigger):
    """Units reach a place, with a stance.

    Documented: fight: morale +, trust +, pressure −; leave: morale −−, trust −−; passive: nothing.

    The units appear at the place, if the host still holds it (the event counts as having happened
    all the same), or march there if they are already in the field. Those who
    stand there (or the target), the arrivals apart, take heart if the arrivals mean to fight
    and are shocked, at the betrayal ratio, if they urge them to leave.
    """

    type: Literal["reinforcement"] = "reinforcement"
    units: list[str] = []
    """Who arrives; empty where only the news of it counts."""
    arrives_at: str
    """Where."""
    by: Literal["arrival", "march"] = "arrival"
    """arrival: units not present so far appear. march: units in the field withdraw there."""
    stance: Literal["fight", "passive", "leave"] = "fight"
    """What they do and say on arrival."""

    example: ClassVar[str] = """
units = ["west_legion"]
arrives_at = "MIDTOWN"
stance = "fight"
scales_with = "westland"
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        known("arrives_at", directory.links_of, self.arrives_at)
        for unit in self.units:
            known("units", directory.patron_of, unit)
        return self.effective(self._arrival(), self._impression(directory))

    def _arrival(self) -> Operation:
        units = tuple(sorted(self.units))
        if self.by == "march":
            return order("withdrawing", Reach(units), destination=self.arrives_at)
        return Operation(verb=Verb.BRING_UNITS, units=units, destination=self.arrives_at)

    def _impression(self, directory: Directory) -> Operation | None:
        if self.stance == "passive":
            return None
        there = self._select(directory, self.target or Target(places=[self.arrives_at]), self.visibility)
        leave = self.stance == "leave"
        size = (SHOCK if leave else -SHOCK) * self.magnitude
        return shock(there.but(self.units), size, betrayal=leave, decay_hours=self.decay_hours)
