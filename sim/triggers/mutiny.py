"""A unit turns on those it served."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, order, rupture, shock
from sim.quantities import Share
from sim.triggers.base import Directory, Trigger, TriggerError, sole_patron

SHOCK = 0.5  # [judgement] as a commander killed, from the model's table of triggers


class Mutiny(Trigger):
    """Units mutiny; those who stand beside them are shaken.

    Documented: morale − (neighbours), loyalty −−, trust −−, command −−.

    The target's host units mutiny, each with the chance `share`. The others at the place are
    shocked, and the host units among them lose trust in the mutineers' patron. The mutineers'
    own loyalty needs no change: they have left the force.
    """

    type: Literal["mutiny"] = "mutiny"
    share: Share = 1.0
    """Chance of each unit of the target to mutiny."""
    patron: str | None = None
    """Whose units turn; the one patron of the target's units if empty."""

    example: ClassVar[str] = """
target = {units = ["home_militia"]}
place = "NORTHGATE"
share = 0.8
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        if self.target is None:
            raise TriggerError("target", "a mutiny needs the units that mutiny")
        if not self.places():
            raise TriggerError("place", "a mutiny needs the place where others see it")
        mutineers = self.struck_hosts(directory)
        others = self.bystanders(directory).but(mutineers.units)
        patron = sole_patron(directory, self.patron, mutineers.units)
        hosts = others.only(directory.host_units())
        return self.effective(
            order("mutinied", mutineers, chance=self.share),
            shock(others, SHOCK * self.magnitude, decay_hours=self.decay_hours),
            None if patron is None else rupture(hosts, patron, self.magnitude),
        )
