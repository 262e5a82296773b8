"""A leader dies: who killed him decides what it does to trust."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, Reach, Touches, add, put, rupture, shock
from sim.triggers.base import Directory, Trigger, known

SHOCK = 0.5  # [judgement] the unit in which the other shocks are expressed
DEPUTY_TAKES_OVER_HOURS = 24.0  # [judgement] a prepared deputy is in control within a day
LOYALTY_LOST = 0.1  # [judgement] a fifth of a middling loyalty: the chain of command failed


class LeaderKilled(Trigger):
    """A commander, adviser or governor is killed.

    Documented: morale −−, command −−; trust −− and loyalty − only if the cause is betrayal.

    The formation (or the target) is without its leader, for a day if a deputy is ready, else
    for good. The shock falls on the target, else the formation, else those who hear of it.
    Only if `cause` is betrayal: the shock is multiplied by the betrayal ratio, and the host
    units there lose trust in the leader's patron and loyalty.
    """

    type: Literal["leader_killed"] = "leader_killed"
    formation: str | None = None
    """The formation he led. Without one or a target he commanded nobody (an adviser)."""
    deputy_ready: bool = False
    """Whether somebody takes over within a day."""
    patron: str | None = None
    """The patron that he belonged to or stood for."""

    example: ClassVar[str] = """
formation = "north_corps"
cause = "betrayal"
patron = "ostland"
deputy_ready = true
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        led = self.led(directory, self.formation)
        nobody_led = self.formation is None and self.target is None
        shaken = led if self.target is None else self.reach(directory)
        betrayal = self.cause == "betrayal"
        lasts = DEPUTY_TAKES_OVER_HOURS if self.deputy_ready else None
        return self.effective(
            None if nobody_led else put(Touches.LEADERLESS, led, 1, lasts),
            shock(shaken, SHOCK * self.magnitude, betrayal=betrayal, decay_hours=self.decay_hours),
            *self._breach(directory, shaken, betrayal),
        )

    def _breach(self, directory: Directory, shaken: Reach, betrayal: bool) -> tuple[Operation, ...]:
        """What only a betrayal does. Checks the patron under every cause."""
        if self.patron is not None:
            known("patron", directory.units_of, self.patron)
        if not betrayal:
            return ()
        hosts = shaken.only(directory.host_units())
        if not hosts.units and self.places():
            # A foreign formation holds no host unit: then those who hear of it where it happened.
            hosts = self.witnesses(directory).only(directory.host_units())
        loyalty = add(Touches.LOYALTY, hosts, -LOYALTY_LOST * self.magnitude)
        return (loyalty,) if self.patron is None else (rupture(hosts, self.patron, self.magnitude), loyalty)
