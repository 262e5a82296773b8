"""Every card becomes a trigger that the scenario's checker accepts, and does what its words say."""

from __future__ import annotations

from typing import Any

import pytest

from sim.agents import ForceModel
from sim.classroom.cards import CARDS, described
from sim.classroom.case import Case, Event, RefusedError, Version
from sim.operations import Verb
from sim.state import Status
from sim.triggers import REGISTRY

FIELDS: dict[str, dict[str, Any]] = {
    "reinforce": {"units": ["south_1"], "place": "SUBURB"},
    "withdraw": {"units": ["north_1"], "destination": "AIRFIELD", "explained": False},
    "replace_commander": {"formation": "north_sector"},
    "rally": {"place": "CITY"},
    "pay": {"per_cent": 50.0},
    "reassure": {"place": "CITY"},
    "grant_airlift": {"place": "AIRFIELD", "days": 2.0},
    "deny_airlift": {"denier": "valley", "asker": "isle", "place": "AIRFIELD"},
    "send_units": {"units": ["isle_1"], "place": "SUBURB"},
    "pledge": {"patron": "isle"},
    "refuse_help": {"patron": "isle"},
    "go_home": {"patron": "isle"},
    "air_support": {"place": "CITY"},
    "offer_passage": {"place": "SUBURB", "to": "PORT"},
    "amnesty": {"place": "SUBURB"},
    "rumour": {"place": "SUBURB"},
    "cut_road": {"first": "CITY", "second": "PORT"},
    "strike_headquarters": {"formation": "staff"},
    "commander_killed": {"formation": "staff", "deputy_ready": True},
    "commander_flees": {"formation": "north_sector"},
    "leader_flees": {},
    "units_refuse": {"units": ["north_1"], "place": "SUBURB"},
    "units_mutiny": {"units": ["south_1", "south_2"], "place": "CITY"},
    "place_rises": {"place": "SUBURB", "axes": ["ring"]},
    "surprise_attack": {"place": "SUBURB"},
    "friendly_fire": {"units": ["isle_3"], "place": "SUBURB"},
    "news_of_loss": {"place": "PORT"},
    "broken_pledge": {"patron": "isle"},
    "embassy_closes": {"patron": "valley"},
    "convoy_lost": {"place": "CITY", "days": 2.0},
}
DOES = {
    "reinforce": ("set", "status"),
    "withdraw": ("set", "status"),
    "replace_commander": ("set", "leaderless"),
    "rally": ("multiply", "rally"),
    "pay": ("add", "loyalty"),
    "reassure": ("add", "shock"),
    "grant_airlift": ("add", "supply"),
    "deny_airlift": ("add", "supply"),
    "send_units": (Verb.BRING_UNITS, None),
    "pledge": ("add", "shock"),
    "refuse_help": ("multiply", "trust"),
    "go_home": ("set", "status"),
    "air_support": ("multiply", "quality"),
    "offer_passage": ("set", "safety"),
    "amnesty": ("set", "offer"),
    "rumour": (Verb.START_RUMOUR, None),
    "cut_road": ("set", "link"),
    "strike_headquarters": ("set", "leaderless"),
    "commander_killed": ("set", "leaderless"),
    "commander_flees": ("set", "leaderless"),
    "leader_flees": ("set", "leaderless"),
    "units_refuse": ("set", "status"),
    "units_mutiny": ("set", "status"),
    "place_rises": (Verb.RAISE_ATTACKERS, None),
    "surprise_attack": ("set", "leaderless"),
    "friendly_fire": ("add", "shock"),
    "news_of_loss": ("add", "belief"),
    "broken_pledge": ("add", "shock"),
    "embassy_closes": ("multiply", "trust"),
    "convoy_lost": ("add", "supply"),
}
"""Card -> an operation that it must have, by the scenario language's own names."""


def event(card: str, hour: float = 60.0, **fields: Any) -> Event:
    return Event(hour=hour, card=card, fields=fields or FIELDS[card])


def test_all_cards_are_tried_here() -> None:
    assert FIELDS.keys() == DOES.keys() == CARDS.keys()
    assert {row["name"] for row in described({"host", "patron", "attacker", "umpire"})} == CARDS.keys()
    assert {row["side"] for row in described({"host"})} == {"host"}


@pytest.mark.parametrize("card", CARDS)
def test_a_card_is_a_trigger_of_a_known_type_at_its_hour(case: Case, card: str) -> None:
    version = Version((event(card),))
    (added,) = (each for each in case.with_played(version).triggers if each.id == version.ids[0])
    assert added.type in REGISTRY
    assert (added.earliest, added.latest, added.probability) == (60.0, 60.0, 1.0)
    operations = {(each.verb, each.touches) for account in added.accounts for each in account.operations}
    assert DOES[card] in operations


def test_units_go_where_a_card_sends_them(case: Case) -> None:
    def place_of(unit: str, *played: Event) -> str:
        model = ForceModel(case.with_played(Version(played)), seed=1, run=0)
        while model.hour < 100:
            model.step()
        assert model.units[unit].status == Status.HOLDING
        return model.units[unit].place.id

    assert (place_of("north_1"), place_of("north_1", event("withdraw"))) == ("SUBURB", "AIRFIELD")
    assert (place_of("south_1"), place_of("south_1", event("reinforce"))) == ("CITY", "SUBURB")


@pytest.mark.parametrize(
    ("card", "fields", "said"),
    [
        ("cut_road", {"first": "SUBURB", "second": "PORT"}, "no link joins 'SUBURB' and 'PORT'"),
        ("rally", {"place": "SUBRUB"}, "did you mean 'SUBURB'?"),
        ("pay", {"per_cent": 500.0}, "per_cent: must be at most 100"),
        ("pay", {}, "per_cent: is missing"),
        ("rally", {"place": "CITY", "magnitude": 3}, "magnitude: there is no such field"),
        ("rallye", {}, "did you mean 'rally'?"),
        ("deny_airlift", {"denier": "isle", "asker": "isle", "place": "CITY"}, "a patron cannot deny its own lift"),
    ],
)
def test_what_does_not_fit_is_said_in_plain_words(case: Case, card: str, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        case.with_played(Version((Event(hour=60.0, card=card, fields=fields),)))
    assert said in str(refusal.value)
    assert "played_" not in str(refusal.value)


def test_what_an_event_says_makes_its_dice(case: Case) -> None:
    rally, rumour = event("rally"), event("rumour")
    assert Version((rally, rumour)).ids == tuple(reversed(Version((rumour, rally)).ids))
    assert len(set(Version((rally, rally)).ids)) == 2
    assert Version((rally,)).ids[0] == Version((rally, rally)).ids[0]
    assert Version((event("rally", 61.0),)).ids != Version((rally,)).ids
    assert case.with_played(Version((rally, rumour))) == case.with_played(Version((rumour, rally)))


def test_a_stopped_trigger_keeps_its_past(case: Case) -> None:
    for hour, fires in ((100.0, False), (400.0, True)):
        model = ForceModel(case.with_played(Version((), (("isle_goes_home", hour),))), seed=1, run=0)
        while model.hour < 330:
            model.step()
        gone = model.units["isle_1"].status == Status.EVACUATED
        assert gone == fires, hour
