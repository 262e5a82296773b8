"""An ally says no."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, estrange, rupture, shock
from sim.triggers.base import Directory, Trigger, known

SHOCK = 0.4  # from the model's table: a denied reinforcement, .4 of the shock size
RUPTURES = 1.0  # from the model's table: a denied reinforcement, one rupture


class AllyRefusal(Trigger):
    """Help that was asked for is refused.

    Documented: morale −, supply −, trust −−; on the news, for days.

    Those who expected it (the target, else those who hear) are shocked, and the host units
    among them lose trust in the patron that refused. Where another patron did the asking, the
    trust between the two falls as well.
    """

    type: Literal["ally_refusal"] = "ally_refusal"
    asked: str | None = None
    """The patron that refuses; empty where it is no patron of this force (shock only)."""
    asker: str | None = None
    """The patron that asked on the force's behalf; empty where the host asked."""

    example: ClassVar[str] = """
asked = "westland"
asker = "ostland"
visibility = "national"
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        m = self.magnitude
        for field, patron in (("asked", self.asked), ("asker", self.asker)):
            if patron is not None:
                known(field, directory.units_of, patron)
        expecting = self.reach(directory)
        hosts = expecting.only(directory.host_units())
        return self.effective(
            shock(expecting, SHOCK * m, decay_hours=self.decay_hours),
            None if self.asked is None else rupture(hosts, self.asked, RUPTURES * m),
            estrange((self.asker, self.asked), RUPTURES * m) if self.asker and self.asked else None,
        )
