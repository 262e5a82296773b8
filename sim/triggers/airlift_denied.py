"""Aircraft, ships or convoys are turned back."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, Touches, add, estrange, shock
from sim.quantities import Days
from sim.triggers.base import Directory, Trigger, TriggerError, known

SHOCK = 0.4  # from the model's table: a denied airlift, .4 of the shock size
RUPTURES = 1.0  # from the model's table: one rupture, between the patrons


class AirliftDenied(Trigger):
    """A lift that was on its way is refused or turned back.

    Documented: morale −, supply −−, trust − toward the denier if it is a patron.

    Those who expected it (the target, else those reached) are shocked and may lose days of
    supply. If another patron denied it, the trust between the two patrons falls; an enemy or
    a neighbour breaks no trust. What it would have brought is a reinforcement with a guard.
    """

    type: Literal["airlift_denied"] = "airlift_denied"
    asker: str | None = None
    """The patron whose lift it was."""
    denier: str | None = None
    """The patron that denied it; empty where an enemy or a neighbour did."""
    supply_lost: Days = 0.0
    """Supply that those who expected it counted on and lose."""

    example: ClassVar[str] = """
asker = "ostland"
denier = "westland"
target = {patrons = ["ostland"]}
supply_lost = 0.5
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        m = self.magnitude
        for field, patron in (("asker", self.asker), ("denier", self.denier)):
            if patron is not None:
                known(field, directory.units_of, patron)
        if self.denier is not None and self.asker is None:
            raise TriggerError("asker", "a lift denied by a patron needs the patron that asked for it")
        if self.denier is not None and self.denier == self.asker:
            raise TriggerError("denier", "a patron cannot deny its own lift")
        expecting = self.reach(directory)
        return self.effective(
            shock(expecting, SHOCK * m, decay_hours=self.decay_hours),
            add(Touches.SUPPLY, expecting, -self.supply_lost * m),
            estrange((self.asker, self.denier), RUPTURES * m) if self.asker and self.denier else None,
        )
