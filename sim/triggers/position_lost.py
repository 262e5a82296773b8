"""A position falls that the model does not play."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, Touches, Verb, shock
from sim.triggers.base import Directory, Trigger

SHOCK = 0.4  # [judgement] a little less than a commander lost: bad news, but no one led away
BELIEF_GAINED = 0.25  # the model's own gain of the attackers per position abandoned


class PositionLost(Trigger):
    """News of a position lost, off the map or as a what-if.

    Documented: morale − to −−, pressure +, belief falls with each city.

    Those whom the news reaches (visibility or target) are shocked, and the attackers' belief
    grows. Losses on the map happen in the model and must not be told again with this.
    """

    type: Literal["position_lost"] = "position_lost"

    example: ClassVar[str] = """
place = "NORTHGATE"
visibility = "theatre"
magnitude = 0.6
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        return self.effective(
            shock(self.reach(directory), SHOCK * self.magnitude, decay_hours=self.decay_hours),
            Operation(verb=Verb.ADD, touches=Touches.BELIEF, amount=BELIEF_GAINED * self.magnitude),
        )
