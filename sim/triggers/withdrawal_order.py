"""An order to go back, well or badly given."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, Reach, Touches, add, order, shock
from sim.triggers.base import Directory, Trigger, TriggerError, known

SHOCK = 0.5  # [judgement] as a commander lost, and worse than a position lost: the centre gave up
LOYALTY_LOST = 0.05  # [judgement] half of a betrayal: the order came from one's own side
CONTRADICTION = 1.5  # [judgement] "contradiction multiplies": half as much again


class WithdrawalOrder(Trigger):
    """Units are ordered back.

    Documented: morale −− if unexplained, 0 if explained; loyalty −; contradiction multiplies.

    The target, else the host units it reaches, withdraw to the destination (toward the capital
    without one). Unexplained, it also shocks them and costs loyalty, half as much again if it
    contradicts another order.
    """

    type: Literal["withdrawal_order"] = "withdrawal_order"
    destination: str | None = None
    """Where to; toward the capital if empty."""
    explained: bool = False
    """Whether the troops know why, and the rear line is ready."""
    contradicts: bool = False
    """Whether another order says the opposite."""
    moves: bool = True
    """False: an order that only confuses, and nobody moves."""
    surrender: bool = False
    """The order is to lay down arms, and those who are reached do."""

    example: ClassVar[str] = """
target = {places = ["NORTHGATE"]}
destination = "MIDTOWN"
explained = false
contradicts = true
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        if self.destination is not None:
            known("destination", directory.links_of, self.destination)
        ordered = self.reach(directory)
        if self.target is None:  # an army orders its own units, not its allies'
            ordered = ordered.only(directory.host_units())
        if self.surrender and (self.destination is not None or not self.moves):
            raise TriggerError("surrender", "those who lay down arms go nowhere: leave out destination and moves")
        size = 0.0 if self.explained else self.magnitude * (CONTRADICTION if self.contradicts else 1.0)
        return self.effective(
            self._obeyed(ordered),
            shock(ordered, SHOCK * size, decay_hours=self.decay_hours),
            add(Touches.LOYALTY, ordered, -LOYALTY_LOST * size),
        )

    def _obeyed(self, ordered: Reach) -> Operation | None:
        if self.surrender:
            return order("surrendered", ordered)
        return order("withdrawing", ordered, destination=self.destination) if self.moves else None
