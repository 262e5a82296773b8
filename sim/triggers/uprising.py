"""People rise behind the line."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, Touches, add, put, raise_attackers, shock
from sim.triggers.base import Directory, Trigger, TriggerError, known

SHOCK = 0.3  # [judgement] as comrades refusing in sight: the people around have turned
LOYALTY_LOST = 0.1  # [judgement] as a betrayal: loyalty to a centre that one's own town rejects


class Uprising(Trigger):
    """A place rises.

    Documented: morale −−, loyalty −, supply −, trust −, pressure + (rear); opens deals.

    Attackers appear: the given axes, else those that can rise there. Units at the place (or
    the target) are shocked and lose loyalty; quitting looks safe to them, and an offer is
    open, if the risen offer it. Supply follows from the map.
    """

    type: Literal["uprising"] = "uprising"
    axes: list[str] = []
    """Who rises; the axes whose route starts at the place if empty."""
    offers_surrender: bool = False
    """Whether the risen let the units go or join."""

    example: ClassVar[str] = """
place = "BRIDGE"
offers_surrender = true
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        if not self.places():
            raise TriggerError("place", "an uprising needs its place")
        local = {axis for place in self.places() for axis in known("place", directory.axes_at, place)}
        axes = tuple(sorted(self.axes or local))
        if not axes:
            raise TriggerError("axes", "no axis starts at the place: name the axes that rise")
        units = self.struck(directory)
        m = self.magnitude
        offer = (
            put(Touches.SAFETY, units, self.credibility * m, self.duration_hours),
            put(Touches.OFFER, units, 1, self.duration_hours),
        )
        return self.effective(
            raise_attackers(axes),
            shock(units, SHOCK * m, decay_hours=self.decay_hours),
            add(Touches.LOYALTY, units, -LOYALTY_LOST * m),
            *(offer if self.offers_surrender else ()),
        )
