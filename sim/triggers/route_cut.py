"""A road, a bridge or a crossing is cut."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.operations import Operation, Touches, Verb
from sim.triggers.base import Directory, Trigger, TriggerError, known


class RouteCut(Trigger):
    """Links are closed, for good or until repaired (`duration_hours`).

    Documented: morale −, supply −−, pressure + (encirclement), blocks reinforcement.

    It only closes the links: supply, envelopment and movement follow from the map. So a closed
    exit may also harden those inside, as some cases show.
    """

    type: Literal["route_cut"] = "route_cut"
    links: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = []
    """Pairs of neighbouring places; every road of the trigger's place if empty. An air bridge is cut by name."""

    example: ClassVar[str] = """
links = [["MIDTOWN", "BRIDGE"]]
duration_hours = 36
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        cut = {self._written(directory, a, b) for a, b in self.links}
        if not self.links:
            cut = {link for place in self.places() for link in known("place", directory.roads_of, place)}
        if not cut:
            raise TriggerError("links", "name the links to cut, or a place that has links")
        return self.effective(
            Operation(
                verb=Verb.SET,
                touches=Touches.LINK,
                amount=0,
                links=tuple(sorted(cut)),
                duration_hours=self.duration_hours,
            )
        )

    def _written(self, directory: Directory, a: str, b: str) -> tuple[str, str]:
        """The link between two places in the direction in which the table has it."""
        for link in known("links", directory.links_of, a):
            if link in ((a, b), (b, a)):
                return link
        known("links", directory.links_of, b)
        raise TriggerError("links", f"no link joins {a!r} and {b!r}")
