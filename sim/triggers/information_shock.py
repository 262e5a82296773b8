"""Words as weapons: rumours, leaflets, amnesties, reassurance, stolen data."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, Touches, put, sharpen, shock, start_rumour
from sim.triggers.base import Directory, Trigger, TriggerError

RUMOUR = 0.6  # the model's rumour effect: .6 of the shock size times its credibility
RUMOUR_HOURS = 48.0  # [judgement] "hours to days": two days unless denied or confirmed
REASSURANCE = 0.3  # [judgement] less than a pledge of help (.4): only words from one's own side
REASSURANCE_FADES_HOURS = 24.0  # [judgement] as long as a pledge without delivery
CYBER_FACTOR = 1.05  # [judgement] known positions help attackers as a captured depot does


class InformationShock(Trigger):
    """News, true or not, aimed at the troops or spread among them.

    Documented: morale − (+ for own reassurance), loyalty −, trust −; an amnesty opens an exit.

    rumour, coup_report: a rumour starts among those reached. leaflet, amnesty: quitting looks
    as safe as the credibility says, and an offer is open. reassurance: it lifts, unless
    it comes from the opposition: then it makes quitting look safe. cyber: stolen positions raise the
    quality of the axes that use them. Morale and loyalty fall as units act on it.
    """

    type: Literal["information_shock"] = "information_shock"
    kind: Literal["rumour", "coup_report", "leaflet", "amnesty", "reassurance", "cyber"]
    """What is spread."""
    sender: Literal["own", "opposition", "unknown"] = "unknown"
    """Decides only what a reassurance does."""
    truth: bool = False
    """Whether it is true: for the record, as it works by being believed."""
    axes: list[str] = []
    """The attackers who gain from stolen data (cyber)."""

    example: ClassVar[str] = """
kind = "leaflet"
sender = "opposition"
place = "NORTHGATE"
credibility = 0.4
duration_hours = 72
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        size = self.credibility * self.magnitude
        if self.kind == "cyber":
            if not self.axes:
                raise TriggerError("axes", "stolen data needs the axes that use it")
            axes = tuple(sorted(self.axes))
            return self.effective(sharpen(axes, CYBER_FACTOR, size, self.duration_hours))
        reached = self.reach(directory)
        safety = put(Touches.SAFETY, reached, size, self.duration_hours)
        if self.kind in ("rumour", "coup_report"):
            return self.effective(start_rumour(reached, RUMOUR * size, self.duration_hours or RUMOUR_HOURS))
        if self.kind in ("leaflet", "amnesty"):
            return self.effective(safety, put(Touches.OFFER, reached, 1, self.duration_hours))
        if self.sender == "opposition":
            return self.effective(safety)
        decay = self.decay_hours or REASSURANCE_FADES_HOURS
        return self.effective(shock(reached, -REASSURANCE * size, decay_hours=decay))
