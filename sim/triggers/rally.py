"""A stand: somebody or something worth holding for."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, Touches, multiply, put, shift_belief, shock
from sim.triggers.base import Directory, Trigger

SHOCK = 0.7  # from the model's table: a respected commander arrives, −.7 of the shock size
RALLY_FACTOR = 2.0  # from the model's table: the rally rate doubles
BELIEF_FACTOR = 0.7  # from the model's table: the attackers' belief


class Rally(Trigger):
    """A leader stays, a respected commander arrives, a counter-attack works.

    Documented: morale ++, loyalty +, trust +, pressure −; raises the threshold for refusal.

    Those it reaches take heart, have a commander again, and recover at twice the rate (for
    `duration_hours`, else for good). It may make the attackers doubt.
    """

    type: Literal["rally"] = "rally"
    holds_attackers: bool = False
    """Whether the attackers' belief falls too."""

    example: ClassVar[str] = """
place = "MIDTOWN"
duration_hours = 48
holds_attackers = true
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        m = self.magnitude
        rallied = self.reach(directory)
        return self.effective(
            shock(rallied, -SHOCK * m, decay_hours=self.decay_hours),
            put(Touches.LEADERLESS, rallied, 0),
            multiply(Touches.RALLY, rallied, RALLY_FACTOR, m, self.duration_hours),
            shift_belief(BELIEF_FACTOR, m) if self.holds_attackers else None,
        )
