"""The cards that teams play: each becomes a trigger of an existing type.

A card names what its player decides; all else is fixed here, so that two teams who play the same
card do the same thing. Costs are points [judgement]: they make teams choose, and change no run.
Whether places, units and patrons exist, the scenario's own checker says (sim/classroom/case.py).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.classroom.card import Card, Name, Row, Some, of
from sim.classroom.injects import INJECTS
from sim.quantities import Days

PASSAGE_TAKEN = 0.5  # [judgement] of the units that are offered passage, how many take it at once
BELIEVED = 0.5  # [judgement] credibility of a rumour or an offer of the enemy's
LASTS_HOURS = 48.0  # [judgement] a cut road is repaired, air support is used up


class Reinforce(Card):
    """Units in the field march to a place, to fight there."""

    side, title, cost = "host", "Reinforce", 2
    units: Some
    place: Name

    def row(self) -> Row:
        return of("reinforcement", "own_command", units=self.units, arrives_at=self.place, by="march")


class Withdraw(Card):
    """Units are ordered back; whether they are told why is the player's choice."""

    side, title, cost = "host", "Withdraw", 1
    units: Some
    destination: Name | None = None
    explained: bool = True

    def row(self) -> Row:
        target = {"units": self.units}
        return of("withdrawal_order", "own_command", target=target, destination=self.destination,
                   explained=self.explained)  # fmt: skip


class ReplaceCommander(Card):
    """A respected commander takes over a formation."""

    side, title, cost = "host", "Replace a commander", 2
    formation: Name

    def row(self) -> Row:
        return of("rally", "own_command", target={"formations": [self.formation]})


class Rally(Card):
    """The leader goes to a place and stays; those who stand there see it."""

    side, title, cost = "host", "Rally", 2
    place: Name

    def row(self) -> Row:
        return of("rally", "own_command", place=self.place, duration_hours=LASTS_HOURS)


class Pay(Card):
    """Pay is raised, in per cent, for all or for one formation."""

    side, title, cost = "host", "Pay", 1
    per_cent: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
    formation: Name | None = None

    def row(self) -> Row:
        target = None if self.formation is None else {"formations": [self.formation]}
        return of("pay_provision", "own_command", pay_change=self.per_cent / 100, target=target, visibility="national")


class Reassure(Card):
    """The command tells the troops at a place that all is well."""

    side, title, cost = "host", "Reassure", 1
    place: Name

    def row(self) -> Row:
        return of("information_shock", "own_command", kind="reassurance", sender="own", place=self.place)


class GrantAirlift(Card):
    """A patron flies supplies to a place."""

    side, title, cost = "patron", "Grant an airlift", 2
    place: Name
    days: Annotated[Days, Field(gt=0, le=3)] = 1.0

    def row(self) -> Row:
        return of("pay_provision", "patron", place=self.place, supply_change=self.days)


class DenyAirlift(Card):
    """A patron turns back another patron's aircraft; those at the place had expected them."""

    side, title, cost = "patron", "Deny an airlift", 1
    denier: Name
    asker: Name
    place: Name

    def row(self) -> Row:
        return of("airlift_denied", "patron", denier=self.denier, asker=self.asker, place=self.place, supply_lost=0.5)


class SendUnits(Card):
    """Units of a patron that are not in the field yet arrive at a place, to fight there."""

    side, title, cost = "patron", "Send units", 3
    units: Some
    place: Name

    def row(self) -> Row:
        return of("reinforcement", "patron", units=self.units, arrives_at=self.place, by="arrival")


class Pledge(Card):
    """A patron promises help, for all to hear."""

    side, title, cost = "patron", "Pledge", 1
    patron: Name

    def row(self) -> Row:
        return of("patron_signal", "patron", patron=self.patron, kind="pledge", visibility="national")


class RefuseHelp(Card):
    """A patron refuses the help that was asked for."""

    side, title, cost = "patron", "Refuse help", 0
    patron: Name

    def row(self) -> Row:
        return of("ally_refusal", "patron", asked=self.patron, visibility="national")


class GoHome(Card):
    """A patron takes all its people home."""

    side, title, cost = "patron", "Go home", 0
    patron: Name

    def row(self) -> Row:
        return of("ally_withdrawal", "patron", patron=self.patron, kind="total", visibility="national")


class AirSupport(Card):
    """A patron's aircraft support the region of a place, for two days."""

    side, title, cost = "patron", "Air support", 2
    place: Name

    def row(self) -> Row:
        return of("air_support", "patron", place=self.place, change="gain", duration_hours=LASTS_HOURS)


class OfferPassage(Card):
    """The units at a place are offered free passage to another place if they give it up."""

    side, title, cost = "attacker", "Offer passage", 1
    place: Name
    to: Name

    def row(self) -> Row:
        target = {"places": [self.place], "kinds": ["regular", "militia"]}
        return of("defection_deal", "enemy", place=self.place, target=target, passage_to=self.to,
                   accepted=PASSAGE_TAKEN, credibility=BELIEVED)  # fmt: skip


class Amnesty(Card):
    """Whoever at a place lays down his arms may go home."""

    side, title, cost = "attacker", "Amnesty", 1
    place: Name

    def row(self) -> Row:
        return of("information_shock", "enemy", kind="amnesty", sender="opposition", place=self.place,
                   credibility=BELIEVED)  # fmt: skip


class Rumour(Card):
    """A rumour is spread among those at a place."""

    side, title, cost = "attacker", "Spread a rumour", 1
    place: Name

    def row(self) -> Row:
        return of("information_shock", "enemy", kind="rumour", sender="opposition", place=self.place,
                   credibility=BELIEVED)  # fmt: skip


class CutRoad(Card):
    """The road between two neighbouring places is cut, for two days."""

    side, title, cost = "attacker", "Cut a road", 2
    first: Name
    second: Name

    def row(self) -> Row:
        return of("route_cut", "enemy", links=[[self.first, self.second]], duration_hours=LASTS_HOURS)


class StrikeHeadquarters(Card):
    """The headquarters of a formation is hit; it is without command for a day."""

    side, title, cost = "attacker", "Strike a headquarters", 3
    formation: Name

    def row(self) -> Row:
        return of("headquarters_strike", "enemy", formation=self.formation)


CARDS: dict[str, type[Card]] = {
    "reinforce": Reinforce,
    "withdraw": Withdraw,
    "replace_commander": ReplaceCommander,
    "rally": Rally,
    "pay": Pay,
    "reassure": Reassure,
    "grant_airlift": GrantAirlift,
    "deny_airlift": DenyAirlift,
    "send_units": SendUnits,
    "pledge": Pledge,
    "refuse_help": RefuseHelp,
    "go_home": GoHome,
    "air_support": AirSupport,
    "offer_passage": OfferPassage,
    "amnesty": Amnesty,
    "rumour": Rumour,
    "cut_road": CutRoad,
    "strike_headquarters": StrikeHeadquarters,
    **INJECTS,
}
"""By the name they have in messages."""


def described(sides: set[str]) -> list[Row]:
    """The cards of these sides, for a page: name, title, cost, what it does, and its fields as a JSON Schema."""
    return [
        {"name": name, "side": card.side, "title": card.title, "cost": card.cost,
         "about": " ".join((card.__doc__ or "").split()), "fields": card.model_json_schema()}
        for name, card in CARDS.items() if card.side in sides
    ]  # fmt: skip
