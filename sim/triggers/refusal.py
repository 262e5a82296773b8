"""Soldiers refuse to fight, or go home."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, order, shock
from sim.quantities import Share
from sim.triggers.base import Directory, Trigger

SHOCK = 0.3  # [judgement] less than a mutiny: nobody shoots, but it is seen and copied


class Refusal(Trigger):
    """Units refuse orders or desert, and others see it.

    Documented: morale − (seen by others), loyalty −−, trust −, copying.

    Each host unit of the target (or at the place) wavers (refuse) or disperses (desert) with the
    chance `share`; those who see it are shocked. Copying itself is the model's belief.
    """

    type: Literal["refusal"] = "refusal"
    form: Literal["refuse", "desert"] = "refuse"
    """refuse: the unit wavers. desert: it disperses."""
    share: Share = 1.0
    """Chance of each unit to do so."""

    example: ClassVar[str] = """
target = {units = ["brigade_1", "brigade_2"]}
place = "NORTHGATE"
form = "refuse"
share = 0.5
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        status = "wavering" if self.form == "refuse" else "dispersed"
        return self.effective(
            order(status, self.struck_hosts(directory), chance=self.share),
            shock(self.witnesses(directory), SHOCK * self.magnitude, decay_hours=self.decay_hours),
        )
