"""A patron speaks, sends an envoy, quarrels, or breaks its word."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, rupture, shift_belief, shock
from sim.triggers.base import Directory, Trigger, known

SHOCK = 0.4  # [judgement] a word of help lifts, and its exposure hurts, as help itself (.4)
PLEDGE_FADES_HOURS = 24.0  # documented once: about 24 h
BROKEN_RUPTURES = 1.0  # [judgement] as help refused: one rupture
QUARREL_RUPTURES = 0.5  # [judgement] words without deeds: half a rupture
PAUSE_FACTOR = 0.7  # from the model's table: the arrival of a respected commander holds attackers back


class PatronSignal(Trigger):
    """A patron's word, without force attached.

    Documented: pledge, envoy: morale + for about a day, pressure − shortly; broken: trust −−.

    Those who hear of it (target or visibility) take heart for a day from a pledge or an envoy,
    which may also make the attackers pause. A broken pledge is a trigger of its own: a shock at
    the betrayal ratio, and the host units among them lose trust in the patron. A quarrel or a
    cooling costs half as much trust and no morale.
    """

    type: Literal["patron_signal"] = "patron_signal"
    patron: str
    """Who signals."""
    kind: Literal["pledge", "envoy", "pledge_broken", "quarrel", "cooling"]
    """A pledge that is not kept is followed by a trigger of kind pledge_broken."""
    pauses_attacker: bool = False
    """Whether a pledge or an envoy makes the attackers doubt."""

    example: ClassVar[str] = """
patron = "westland"
kind = "envoy"
visibility = "national"
pauses_attacker = true
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        m = self.magnitude
        known("patron", directory.units_of, self.patron)
        heard = self.reach(directory)
        hosts = heard.only(directory.host_units())
        if self.kind in ("pledge", "envoy"):
            return self.effective(
                shock(heard, -SHOCK * m, decay_hours=self.decay_hours or PLEDGE_FADES_HOURS),
                shift_belief(PAUSE_FACTOR, m) if self.pauses_attacker else None,
            )
        if self.kind == "pledge_broken":
            return self.effective(
                shock(heard, SHOCK * m, betrayal=True, decay_hours=self.decay_hours),
                rupture(hosts, self.patron, BROKEN_RUPTURES * m),
            )
        return self.effective(rupture(hosts, self.patron, QUARREL_RUPTURES * m))
