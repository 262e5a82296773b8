"""An ally leaves: the line, the capital, or the country."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.operations import Operation, Reach, order, rupture, shock
from sim.triggers.base import Directory, Trigger, known

SHOCK = 0.4  # [judgement] as a promised reinforcement denied: help expected is gone
SIZE = {
    "partial": 0.5,  # [judgement] off the line but still in the country: half of leaving it
    "diplomatic": 0.5,  # [judgement] nobody moves, but the capital sees an empty embassy
    "total": 1.0,  # the largest documented: every affiliated force ordered out
}


class AllyWithdrawal(Trigger):
    """A patron takes its people away.

    Documented: morale −−, loyalty −, supply −, trust −−, pressure +.

    partial: its units at the place (or in the target; all, without either) withdraw. diplomatic: nobody moves. total:
    its contingents are evacuated and its militias withdraw, disperse or stay. Every host unit
    loses trust in it, and those who see it (visibility), its own units apart, are shocked;
    half as much unless it is total. Help and supply that depended on it end with it.
    """

    type: Literal["ally_withdrawal"] = "ally_withdrawal"
    patron: str
    """Who leaves."""
    kind: Literal["partial", "diplomatic", "total"] = "partial"
    """partial: off the line. diplomatic: embassy and staff. total: all forces."""
    militias: Literal["withdraw", "disperse", "stay"] = "withdraw"
    """What its local militias do in a total withdrawal."""
    destination: str | dict[str, str] | None = None
    """Where those who withdraw go: one place, or unit = place; toward the capital if empty."""

    example: ClassVar[str] = """
patron = "ostland"
kind = "partial"
place = "NORTHGATE"
visibility = "theatre"
destination = {home_militia = "BRIDGE", ost_legion = "CAPITAL"}
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        size = SIZE[self.kind] * self.magnitude
        own = known("patron", directory.units_of, self.patron)
        moves = self._moves(directory, own)
        return self.effective(
            *moves,
            rupture(Reach(directory.host_units()), self.patron, size),
            shock(self.witnesses(directory).but(own), SHOCK * size, decay_hours=self.decay_hours),
        )

    def _moves(self, directory: Directory, own: tuple[str, ...]) -> tuple[Operation, ...]:
        if self.kind == "diplomatic":
            return ()
        if self.kind == "partial":
            on_the_spot = self.target is not None or self.places()
            leaving = self.struck(directory).only(own) if on_the_spot else Reach(own)
            return self._withdraw(directory, leaving)
        # In a total withdrawal the place is where the news breaks, not where the units stand.
        leaving = Reach(own) if self.target is None else self.reach(directory).only(own)
        contingents = directory.units_of(self.patron, contingents_only=True)
        evacuation = order("evacuated", leaving.only(contingents))
        if self.militias == "withdraw":
            return (evacuation, *self._withdraw(directory, leaving.but(contingents)))
        if self.militias == "disperse":
            return (evacuation, order("dispersed", leaving.but(contingents)))
        return (evacuation,)

    def _withdraw(self, directory: Directory, leaving: Reach) -> tuple[Operation, ...]:
        """One order for each destination."""
        by_unit = self.destination if isinstance(self.destination, dict) else {}
        elsewhere = self.destination if isinstance(self.destination, str) else None
        for unit in by_unit:
            known("destination", directory.patron_of, unit)
        for place in {*by_unit.values(), *([elsewhere] if elsewhere else [])}:
            known("destination", directory.links_of, place)
        orders = [order("withdrawing", leaving.but(by_unit), destination=elsewhere)]
        for place in sorted(set(by_unit.values())):
            units = {unit for unit, goal in by_unit.items() if goal == place}
            orders.append(order("withdrawing", leaving.only(units), destination=place))
        return tuple(orders)
