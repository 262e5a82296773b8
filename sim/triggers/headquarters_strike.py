"""A headquarters is hit."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, Touches, put, shock
from sim.quantities import Span
from sim.triggers.base import Directory, Trigger

SHOCK = 0.3  # [judgement] less than a commander killed: the staff is hit, the commander may live
RECOVERY_HOURS = 24.0  # [judgement] as long as a ready deputy needs


class HeadquartersStrike(Trigger):
    """A headquarters, a meeting of commanders, an aircraft, a depot or a convoy is struck.

    Documented: morale −, supply −, pressure +, command −−; immediate.

    The formation (else those reached) is without command until it recovers, and shocked. A
    commander who dies in it is a trigger of type leader_killed.
    """

    type: Literal["headquarters_strike"] = "headquarters_strike"
    formation: str | None = None
    """Whose headquarters."""
    recovery_hours: Span = RECOVERY_HOURS
    """How long command is out."""

    example: ClassVar[str] = """
formation = "north_corps"
recovery_hours = 18
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        led = self.led(directory, self.formation)
        return self.effective(
            put(Touches.LEADERLESS, led, 1, self.recovery_hours),
            shock(led, SHOCK * self.magnitude, decay_hours=self.decay_hours),
        )
