"""Fire from one's own side."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, cool, rupture, shock
from sim.triggers.base import Directory, Trigger, sole_patron

SHOCK = 0.5  # [judgement] as a commander killed by betrayal: .5 times the betrayal ratio
RUPTURES = 2.0  # [judgement] twice a killing by betrayal: the tie breaks for good
COMMITMENT_FACTOR = 0.3  # [judgement] the patron all but ends its help; documented exit at once


class Fratricide(Trigger):
    """Units are shot at by their own side.

    Documented: morale −−, loyalty −, trust −−, permanent for the pair; an ally's exit follows.

    The victims (the target, else all at the place) and those at the place are shocked, at the
    betrayal ratio, and lose trust in the victims' patron twice over; that patron's commitment
    falls to three tenths. Victims without a patron: shock only.
    """

    type: Literal["fratricide"] = "fratricide"
    patron: str | None = None
    """The victims' patron; the one patron of the target's units if empty."""

    example: ClassVar[str] = """
target = {units = ["ost_legion"]}
place = "NORTHGATE"
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        m = self.magnitude
        victims = self.struck(directory)
        patron = None
        if self.target is not None or self.patron is not None:
            patron = sole_patron(directory, self.patron, victims.units)
        groups = [victims]
        if self.target is not None and self.places():
            groups.append(self.bystanders(directory).but(victims.units))
        return self.effective(
            *(shock(group, SHOCK * m, betrayal=True, decay_hours=self.decay_hours) for group in groups),
            *(() if patron is None else (rupture(group, patron, RUPTURES * m) for group in groups)),
            None if patron is None else cool(patron, COMMITMENT_FACTOR, m),
        )
