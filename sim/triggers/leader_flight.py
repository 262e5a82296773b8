"""A leader leaves, or is said to have left."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, Reach, Touches, add, put, shock, start_rumour
from sim.triggers.base import Directory, Trigger

SHOCK = 0.5  # [judgement] as a leader killed: the post is as empty
LOYALTY_LOST = 0.15  # [judgement] more than a killing by betrayal: the chain of command itself ran
RUMOUR = 0.6  # the model's rumour effect: .6 of the shock size times its credibility
RUMOUR_HOURS = 48.0  # [judgement] "hours to days": two days unless denied or confirmed
SUCCESSOR_HOURS = 24.0  # [judgement] a named successor is in control within a day, as a ready deputy


class LeaderFlight(Trigger):
    """A leader flees, from battalion to head of state.

    Documented: morale −−, loyalty −−, trust −−, command −−. Trust between ranks is loyalty here.

    If it is true, those he led are without him: the formation, else the target, else (for a
    head of state) every host unit, else those reached. What they know is another matter. Seen:
    shock and a loss of loyalty. Rumoured, denied, or seen but not true: a rumour of a strength
    of credibility. Secret: nobody knows.
    """

    type: Literal["leader_flight"] = "leader_flight"
    formation: str | None = None
    """The formation he led."""
    level: Literal["battalion", "brigade", "division", "army", "head_of_state"] = "division"
    """A head of state leads every host unit, whoever sees him go."""
    mode: Literal["seen", "rumoured", "secret", "denied"] = "seen"
    """How it is known."""
    truth: bool = True
    """Whether he really left."""
    replaced_by: str | None = None
    """Who takes over; without anybody the post stays empty."""

    example: ClassVar[str] = """
formation = "south_corps"
level = "division"
mode = "rumoured"
truth = false
credibility = 0.5
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        m = self.magnitude
        told = self.led(directory, self.formation) if self.target is None else self.reach(directory)
        lasts = SUCCESSOR_HOURS if self.replaced_by else None
        gone = put(Touches.LEADERLESS, self._followers(directory), 1, lasts) if self.truth else None
        if self.mode == "secret":
            return self.effective(gone)
        if self.mode == "seen" and self.truth:
            return self.effective(
                gone,
                shock(told, SHOCK * m, decay_hours=self.decay_hours),
                add(Touches.LOYALTY, told, -LOYALTY_LOST * m),
            )
        spreads = self.duration_hours or RUMOUR_HOURS
        return self.effective(gone, start_rumour(told, RUMOUR * self.credibility * m, spreads))

    def _followers(self, directory: Directory) -> Reach:
        whole_side = self.level == "head_of_state" and self.formation is None and self.target is None
        if whole_side:
            return Reach(directory.host_units())
        return self.led(directory, self.formation)
