"""A deal: passage, or a change of side, in place of a fight."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, Touches, add, order, put
from sim.quantities import Share
from sim.triggers.base import Directory, Trigger, known

LOYALTY_LOST = 0.1  # [judgement] as a killing by betrayal: whoever bargains has stopped obeying


class DefectionDeal(Trigger):
    """Officers or notables agree to hand over instead of fighting.

    Documented: loyalty −−, trust −− when revealed (between ranks: loyalty here), pressure − locally.

    Quitting looks safe to the host units of the target (or at the place) and an offer is open to
    them. Each unit takes the deal at once with the chance `accepted`: it withdraws to the place that the
    deal gives it passage to, else changes side. A deal that is revealed costs the loyalty of
    those who hear of it too.
    """

    type: Literal["defection_deal"] = "defection_deal"
    passage_to: str | None = None
    """Where the deal lets them withdraw to; without a place they change side."""
    accepted: Share = 1.0
    """Chance of each unit to take it at once; the rest keep the offer in mind."""
    revealed: bool = False
    """Whether others learn of it."""

    example: ClassVar[str] = """
target = {places = ["BRIDGE"], kinds = ["regular"]}
passage_to = "CAPITAL"
accepted = 0.9
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        m = self.magnitude
        offered = self.struck_hosts(directory)
        others = self.witnesses(directory).but(offered.units) if self.revealed else None
        if self.passage_to is not None:
            known("passage_to", directory.links_of, self.passage_to)
        status = "defected" if self.passage_to is None else "withdrawing"
        return self.effective(
            put(Touches.SAFETY, offered, self.credibility * m, self.duration_hours),
            put(Touches.OFFER, offered, 1, self.duration_hours),
            add(Touches.LOYALTY, offered, -LOYALTY_LOST * m),
            None if others is None else add(Touches.LOYALTY, others, -LOYALTY_LOST * m),
            order(status, offered, chance=self.accepted, destination=self.passage_to),
        )
