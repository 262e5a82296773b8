"""Air support comes or goes, on either side."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, Touches, multiply, sharpen, shock
from sim.triggers.base import Directory, Trigger, TriggerError, Visibility

QUALITY_FACTOR = 1.25  # [judgement] half of what full air support adds to combat power in the model (.5)
SHOCK = 0.2  # [judgement] half of a reinforcement: heard and seen, but not on the ground
LASTS_HOURS = 48.0  # documented reversal in about 48 h


class AirSupport(Trigger):
    """Air support grows or shrinks.

    Documented: morale ±, trust + toward the provider, pressure ∓; reversed in about 48 h.

    Own side: the fighting quality of those it reaches (by default the regions of the place)
    rises or falls for a time, and they take heart or are shocked. Attackers: the quality of
    their axes moves instead, and the shock has the other sign.
    """

    type: Literal["air_support"] = "air_support"
    visibility: Visibility = "theatre"
    """Who flies under it, and sees it."""
    side: Literal["own", "attackers"] = "own"
    """Whose air support changes."""
    change: Literal["gain", "loss"]
    """Which way."""
    axes: list[str] = []
    """The attackers whose support changes."""

    example: ClassVar[str] = """
place = "MIDTOWN"
change = "loss"
duration_hours = 72
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        if self.side == "attackers" and not self.axes:
            raise TriggerError("axes", "the attackers' air support needs the axes it supports")
        if self.side == "own" and self.axes:
            raise TriggerError("axes", "axes belong to the attackers' air support only")
        power = self.magnitude if self.change == "gain" else -self.magnitude
        lasts = self.duration_hours or LASTS_HOURS
        under_it = self.reach(directory)
        if self.side == "own":
            quality = multiply(Touches.QUALITY, under_it, QUALITY_FACTOR, power, lasts)
            relief = SHOCK * power
        else:
            quality = sharpen(tuple(sorted(self.axes)), QUALITY_FACTOR, power, lasts)
            relief = -SHOCK * power
        return self.effective(quality, shock(under_it, -relief, decay_hours=self.decay_hours))
