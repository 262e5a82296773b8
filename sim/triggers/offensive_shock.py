"""An attack opens: surprise shakes the attacked."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, Touches, put, raise_attackers, shock
from sim.quantities import Share
from sim.triggers.base import Directory, Trigger

SHOCK = 0.5  # [judgement] full surprise weighs as much as a commander lost
FADES_HOURS = 48.0  # [judgement] the middle of the documented 24 to 72 h
SURPRISED_ABOVE = 0.5  # [judgement] headquarters is caught out too when surprise is more likely than not
COMMAND_REGAINS_HOURS = 6.0  # [judgement] a headquarters that still exists regains touch within hours


class OffensiveShock(Trigger):
    """An offensive opens against places, with more or less surprise.

    Documented: morale −, pressure ++, command − if surprised.

    The shock falls on those at the attacked places (or the target) and grows with surprise;
    surprise above one half also leaves them without command for some hours. Pressure comes
    from the attackers themselves: axes that begin with this trigger appear.
    """

    type: Literal["offensive_shock"] = "offensive_shock"
    axes: list[str] = []
    """Axes that begin with this trigger, not by themselves."""
    surprise: Share = 0.5
    """How far the attack was unexpected."""

    example: ClassVar[str] = """
place = ["NORTHGATE"]
axes = ["north_column"]
surprise = 0.9
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        attacked = self.reach(directory)
        surprised = self.surprise > SURPRISED_ABOVE
        decay = self.decay_hours or FADES_HOURS
        return self.effective(
            raise_attackers(tuple(sorted(self.axes))),
            shock(attacked, SHOCK * self.surprise * self.magnitude, decay_hours=decay),
            put(Touches.LEADERLESS, attacked, 1, COMMAND_REGAINS_HOURS) if surprised else None,
        )
