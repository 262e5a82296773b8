"""The umpire's own cards: what befalls a force beyond the moves of the teams. They cost nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.classroom.card import Card, Name, Row, Some, of
from sim.quantities import Days

SURPRISE = 0.9  # [judgement] an attack that nobody expected


class CommanderKilled(Card):
    """The commander of a formation is killed. Without a deputy it stays without command."""

    side, title, cost = "umpire", "A commander is killed", 0
    formation: Name
    deputy_ready: bool = False

    def row(self) -> Row:
        return of("leader_killed", "enemy", formation=self.formation, deputy_ready=self.deputy_ready)


class CommanderFlees(Card):
    """The commander of a formation is seen to flee; it stays without command."""

    side, title, cost = "umpire", "A commander flees", 0
    formation: Name

    def row(self) -> Row:
        return of("leader_flight", "betrayal", formation=self.formation, mode="seen")


class LeaderFlees(Card):
    """The head of state flees, for all to see."""

    side, title, cost = "umpire", "The leader flees", 0

    def row(self) -> Row:
        return of("leader_flight", "betrayal", level="head_of_state", mode="seen", visibility="national")


class UnitsRefuse(Card):
    """Units waver or go home; those who stand at the place see it."""

    side, title, cost = "umpire", "Units refuse", 0
    units: Some
    place: Name
    form: Literal["refuse", "desert"] = "refuse"

    def row(self) -> Row:
        return of("refusal", "unknown", target={"units": self.units}, place=self.place, form=self.form)


class UnitsMutiny(Card):
    """Units turn against their command; those who stand at the place are shaken."""

    side, title, cost = "umpire", "A mutiny", 0
    units: Some
    place: Name

    def row(self) -> Row:
        return of("mutiny", "betrayal", target={"units": self.units}, place=self.place)


class PlaceRises(Card):
    """A place rises, and those of the attackers who are named appear there."""

    side, title, cost = "umpire", "An uprising", 0
    place: Name
    axes: Some

    def row(self) -> Row:
        return of("uprising", "population", place=self.place, axes=self.axes)


class SurpriseAttack(Card):
    """An attack that nobody expected hits those at a place; for some hours they have no command."""

    side, title, cost = "umpire", "A surprise attack", 0
    place: Name

    def row(self) -> Row:
        return of("offensive_shock", "enemy", place=self.place, surprise=SURPRISE)


class FriendlyFire(Card):
    """Units are shot at by their own side; those who stand at the place see it."""

    side, title, cost = "umpire", "Friendly fire", 0
    units: Some
    place: Name

    def row(self) -> Row:
        return of("fratricide", "accident", target={"units": self.units}, place=self.place)


class NewsOfLoss(Card):
    """News spreads in the region that a place off the map is lost."""

    side, title, cost = "umpire", "News of a loss", 0
    place: Name

    def row(self) -> Row:
        return of("position_lost", "unknown", place=self.place, visibility="theatre")


class BrokenPledge(Card):
    """A patron does not keep what it has promised, and all hear of it."""

    side, title, cost = "umpire", "A pledge is broken", 0
    patron: Name

    def row(self) -> Row:
        return of("patron_signal", "patron", patron=self.patron, kind="pledge_broken", visibility="national")


class EmbassyCloses(Card):
    """A patron takes its diplomats home; its units stay."""

    side, title, cost = "umpire", "An embassy closes", 0
    patron: Name

    def row(self) -> Row:
        return of("ally_withdrawal", "patron", patron=self.patron, kind="diplomatic", visibility="national")


class ConvoyLost(Card):
    """A convoy for a place is lost, with supplies for some days."""

    side, title, cost = "umpire", "A convoy is lost", 0
    place: Name
    days: Annotated[Days, Field(gt=0, le=3)] = 1.0

    def row(self) -> Row:
        return of("pay_provision", "enemy", place=self.place, supply_change=-self.days)


INJECTS: dict[str, type[Card]] = {
    "commander_killed": CommanderKilled,
    "commander_flees": CommanderFlees,
    "leader_flees": LeaderFlees,
    "units_refuse": UnitsRefuse,
    "units_mutiny": UnitsMutiny,
    "place_rises": PlaceRises,
    "surprise_attack": SurpriseAttack,
    "friendly_fire": FriendlyFire,
    "news_of_loss": NewsOfLoss,
    "broken_pledge": BrokenPledge,
    "embassy_closes": EmbassyCloses,
    "convoy_lost": ConvoyLost,
}
"""By the name they have in messages."""
