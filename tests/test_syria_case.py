"""The Syrian case as data: the record is encoded whole, and the outcome is not scripted."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from sim.engine import run
from sim.scenario import Resolved, Scenario, load, resolve
from sim.triggers import REGISTRY
from sim.triggers.base import Guard, Trigger

FOLDER = Path(__file__).parent.parent / "scenarios" / "syria_2024"

DATED_ROWS = """
    P01 P02 P03 P04 P05 P06 P07 P08 P09 P10 P11 P12 P12b P13 P14 E001 E002 E003 E004 E005 E006 E007
    E008 E009 E010 E011 E011b E011c E012 E013 E014 E015 E016 E017 E018 E019 E020 E021 E022 E023 E024
    E025 E026 E027 E028 E029 E030 E031 E032 E033 E034 E034b E035 E036 E037 E038 E039 E039b E040 E041
    E042 E043 E044 E045 E046 E047 E048 E049 E050 E051 E052 E053 E054 E055 E056 E057 E058 E059 E060
    E061 E062 E063 E064 E065 E066 E067 E068 E069 E070 E071 E072 E073 E074 E075 E076 E077 E078 E079
    E080 E081 E082 E083 E084 E085 E086 E087 E087b E088 E089 E090 E091 E092 E093 E094 E095 E096 E097
    E098 E099 E100 E101 E102a E102 E103 E104 E105 E106 E107 E108 E109 E110 E111 E112 E113 E114 E115
"""
RECORD = DATED_ROWS.split()
"""Every dated row of the documented record."""

WINDOWS = {
    "W_ALEPPO_CS": (36, 42),
    "BASE46": (6, 24),
    "SARAQIB": (24, 78),
    "NUBL_ZAHRAA": (30, 84),
    "ALEPPO": (69, 84),
    "ABU_DHUHUR": (70, 75),
    "NAYRAB": (76, 89),
    "MAARAT": (75, 84),
    "KHAN_SHAYKHUN": (76, 86),
    "KUWEIRES": (84, 108),
    "KHANASIR": (96, 114),
    "SAFIRA": (96, 114),
    "TEL_RIFAAT": (105, 114),
    "QALAAT_MADIQ": (120, 198),
    "TAYBAT_SURAN": (132, 156),
    "QAMHANA_JZA": (190, 198),
    "HAMA": (195, 200),
    "SALAMIYAH": (198, 210),
    "RASTAN_TALBISEH": (210, 219),
    "DEIR_EZ_ZOR": (218, 228),
    "DARAA": (225, 234),
    "SUWAYDA": (224, 246),
    "ABU_KAMAL": (220, 270),
    "T4": (240, 258),
    "PALMYRA": (240, 258),
    "QUNEITRA": (240, 252),
    "HOMS": (253, 261),
    "QUSAYR": (254, 263),
    "DAMASCUS": (261, 264),
    "TARTUS": (270, 300),
    "LATAKIA": (270, 300),
}
"""Hours from dawn on 27 November to the documented loss: earliest and latest."""

ALEPPO_FELL = datetime(2024, 11, 30, tzinfo=timezone(timedelta(hours=3)))
EXOGENOUS = {
    "cargo_flight_turned_back": "an outside air force acts on its own standing campaign",
    "crossings_bombed": "an outside air force acts on its own standing campaign",
    "southern_attacks": "announced with the northern offensive, from 29 November on",
}
"""Triggers that may happen after 30 November in any run, and why."""

MOVES_THE_ARMY = ("withdrawal_order", "uprising", "defection_deal", "leader_flight", "position_lost")
NOT_AFTER_A_LOSS = {
    "moscow_rumour": "a rumour of the first days",
    "readiness_and_redeployment": "an order of 28 November that moves nobody",
}
REQUIRED = {
    "allied_withdrawal",
    "denied_airlift",
    "ghaffari_arrival",
    "ghaffari_exit",
    "hezbollah_homs",
    "iraqi_help",
    "mutiny",
    "pourhashemi",
    "rear_fire",
    "stand_at_qamhana",
}
CONTESTED = {"pourhashemi", "mutiny", "hezbollah_homs", "rear_fire", "iraqi_help", "ghaffari_exit"}


@pytest.fixture(scope="module")
def scenario(syria_as_written: Scenario) -> Scenario:
    return syria_as_written


@pytest.fixture(scope="module")
def resolved(scenario: Scenario) -> Resolved:
    return resolve(scenario)


def rows(table: str) -> list[dict[str, str]]:
    with (FOLDER / table).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def words(value: list[str] | str | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def waits_for_the_run(guards: list[Guard]) -> bool:
    """Whether some condition is on what happens in the run."""
    return any(g.lost or g.contested or g.fired or g.strength_below or g.nation_below for g in guards)


def latest(trigger: Trigger) -> datetime | None:
    if trigger.window is not None:
        return trigger.window[1]
    return None if trigger.at is None else trigger.at + timedelta(hours=trigger.uncertainty_hours)


def test_every_row_of_the_record_is_used_once() -> None:
    assert len(RECORD) == len(set(RECORD)) == 136
    assert Counter(row["id"] for row in rows("events.csv")) == Counter(RECORD)


def test_rows_and_triggers_point_at_each_other(scenario: Scenario) -> None:
    told = {(event, trigger.id) for trigger in scenario.triggers for event in trigger.events}
    encoded = {
        (row["id"], name) for row in rows("events.csv") if row["use"] == "trigger" for name in row["into"].split()
    }
    assert encoded == told
    assert all(trigger.events for trigger in scenario.triggers)


def test_every_row_says_what_became_of_it() -> None:
    places = {row["place"] for row in rows("outcomes.csv")} | {"MHARDEH"}
    for row in rows("events.csv"):
        assert row["into"], f"{row['id']} is {row['use']} without saying what of it"
        assert row["what"]
        assert row["source"]
        assert row["confidence"]
        if row["use"] == "outcome":
            named = re.findall(r"\b[A-Z][A-Z0-9_]+\b", row["into"])
            assert set(named) <= places | {"HMEIMIM"}, row["id"]


def test_all_types_are_used(scenario: Scenario) -> None:
    assert {trigger.type for trigger in scenario.triggers} == set(REGISTRY)


def test_the_triggers_that_the_manual_names_are_there(scenario: Scenario) -> None:
    assert {trigger.id for trigger in scenario.triggers} >= REQUIRED


def test_no_trigger_tells_a_loss_that_the_map_plays(scenario: Scenario) -> None:
    on_the_map = {place.id for place in scenario.file.place}
    for trigger in scenario.triggers:
        if trigger.type == "position_lost":
            assert not on_the_map & set(words(trigger.place)), trigger.id


def test_no_trigger_takes_a_place_or_ends_the_army_by_itself(resolved: Resolved) -> None:
    """Orders go to host units; attackers appear only as axes that must fight their way."""
    theirs = {axis.id for axis in resolved.axes}
    ours = {unit.id for unit in resolved.units if unit.controller == resolved.host}
    for trigger in resolved.triggers:
        for operation in (op for account in trigger.accounts for op in account.operations):
            assert set(operation.units) <= ours, trigger.id
            assert set(operation.axes) <= theirs, trigger.id


def test_late_triggers_wait_for_the_run(scenario: Scenario) -> None:
    for trigger in scenario.triggers:
        moment = latest(trigger)
        late = moment is None or moment.astimezone(UTC) > ALEPPO_FELL.astimezone(UTC)
        if late and trigger.id not in EXOGENOUS:
            assert waits_for_the_run(trigger.guard), f"{trigger.id} would happen to an army that stands"


def test_what_follows_a_loss_waits_for_it(scenario: Scenario) -> None:
    for trigger in scenario.triggers:
        if trigger.type in MOVES_THE_ARMY and trigger.id not in NOT_AFTER_A_LOSS:
            assert waits_for_the_run(trigger.guard), trigger.id


def test_exceptions_are_still_needed(scenario: Scenario) -> None:
    unguarded = {trigger.id for trigger in scenario.triggers if not waits_for_the_run(trigger.guard)}
    assert set(EXOGENOUS) | set(NOT_AFTER_A_LOSS) <= unguarded


def test_no_chain_of_triggers_begins_with_itself(scenario: Scenario) -> None:
    """A trigger that waits for others can happen: some trigger that it waits for needs none."""
    waiting = {t.id: [set(words(guard.fired)) for guard in t.guard if guard.fired] for t in scenario.triggers}
    possible: set[str] = set()
    while fresh := {name for name, groups in waiting.items() if all(g & possible for g in groups)} - possible:
        possible |= fresh
    assert possible == set(waiting)


def test_accounts_are_whole(scenario: Scenario) -> None:
    assert {t.id for t in scenario.triggers if t.account} >= CONTESTED
    for trigger in scenario.triggers:
        if trigger.account:
            assert sum(account.weight for account in trigger.account) == pytest.approx(1), trigger.id
            assert all(account.sources or account.note for account in trigger.account), trigger.id


def test_the_killing_differs_by_account_as_documented(resolved: Resolved) -> None:
    """Only a betrayal costs trust and loyalty; all accounts take the adviser away."""
    killing = next(trigger for trigger in resolved.triggers if trigger.id == "pourhashemi")
    touched = {a.name: {op.touches for op in a.operations} for a in killing.accounts}
    assert all("trust" in touched[name] for name in ("betrayal_impulsive", "betrayal_plotted"))
    assert all("trust" not in touched[name] for name in ("enemy_drone", "enemy_unspecified"))
    assert all({"shock", "leaderless"} <= found for found in touched.values())


def test_the_mutiny_is_told_in_three_types(resolved: Resolved) -> None:
    mutiny = next(trigger for trigger in resolved.triggers if trigger.id == "mutiny")
    assert {a.name: a.type for a in mutiny.accounts} == {
        "fired_on_sponsors": "mutiny",
        "stood_aside": "refusal",
        "prearranged_deal": "defection_deal",
    }


def test_the_refused_flights_can_come_only_without_the_refusal(resolved: Resolved) -> None:
    """Both follow from one arrival; the refusal is always through before the flights are looked at."""
    by_id = {trigger.id: trigger for trigger in resolved.triggers}
    refusal, homs, flights = (by_id[n] for n in ("denied_airlift", "homs_defence", "iranian_reinforcement"))
    assert flights.guards[0].not_fired == ("denied_airlift",)
    assert flights.guards[0].fired == ("homs_defence",)
    assert refusal.guards == homs.guards
    assert refusal.delay_high < homs.delay_low
    assert flights.scales_with == "iran"


@pytest.mark.parametrize("unit", rows("units.csv"), ids=lambda unit: unit["id"])
def test_every_unit_says_where_its_numbers_come_from(unit: dict[str, str]) -> None:
    low, high = float(unit["men_low"]), float(unit["men_high"])
    assert unit["source"] or unit["note"]
    if unit["assumed"] == "true":
        assert "judgement" in unit["note"]
        assert high >= 1.8 * low, "an assumed strength is a wide range"
    else:
        assert high <= 1.6 * low, "a documented strength is a narrow one"


def test_documented_strengths_keep_their_totals() -> None:
    units = {row["id"]: (float(row["men_low"]), float(row["men_high"])) for row in rows("units.csv")}

    def total(*names: str) -> tuple[float, float]:
        return sum(units[name][0] for name in names), sum(units[name][1] for name in names)

    assert total("baqir_city", "baqir_west") == (2000, 3000)
    assert total("fatemiyoun_east_1", "fatemiyoun_east_2") == (17 * 40, 17 * 50)
    assert total("iraqi_volunteers") == (200, 300)
    low, high = total("ridha_1", "ridha_2", "imam_mahdi")
    assert low < 2000 < high
    low, high = total("euphrates_group_1", "euphrates_group_2")
    assert low <= 1905 < 2000 < high <= 2150


def test_outcomes_are_those_of_the_record(resolved: Resolved) -> None:
    found = {o.place: o for o in resolved.outcomes}
    assert set(found) == set(WINDOWS) | {"HMEIMIM"}
    assert found["HMEIMIM"].lost_from is None
    for place, (low, high) in WINDOWS.items():
        outcome = found[place]
        assert outcome.lost_from is not None
        assert outcome.lost_to is not None
        assert (round(outcome.lost_from), round(outcome.lost_to)) == (low, high), place


def test_only_the_russian_base_is_protected(resolved: Resolved) -> None:
    assert [place.id for place in resolved.places if place.protected] == ["HMEIMIM"]


def test_every_place_of_the_host_but_shrines_and_bases_can_be_reached(resolved: Resolved) -> None:
    """An attacker's route or a neighbour in other hands leads to every documented loss."""
    reached = {place for axis in resolved.axes for _, route in axis.routes for place in route}
    others = {place.id for place in resolved.places if resolved.roles[place.holder] == "third_party"}
    beside = {
        end
        for link in resolved.links
        for end in (link.from_place, link.to_place)
        if others & {link.from_place, link.to_place}
    }
    lost = {o.place for o in resolved.outcomes if o.lost_from is not None}
    assert lost - reached - beside == {"ABU_KAMAL"}, "Abu Kamal falls to the neighbour that takes Deir ez-Zor"


def test_an_army_that_stands_sees_none_of_what_followed_its_losses(scenario: Scenario, tmp_path: Path) -> None:
    """Two dozen attackers: Aleppo, Hama and Homs stand, and so nothing follows from their loss."""
    weak = {"axis.western_aleppo.men": [10, 10], "axis.eastern_idlib.men": [10, 10], "uprising_rate": 0}
    runs = run(load(FOLDER, set=weak), runs=30, seed=3, days=14, out=tmp_path / "weak").outcomes()
    cities = ["fall_ALEPPO", "fall_HAMA", "fall_HOMS"]
    standing = runs[runs[cities].isna().all(axis=1)]
    assert len(standing) >= 25
    followed = [
        trigger.id
        for trigger in scenario.triggers
        if any(set(words(guard.lost)) & {"ALEPPO", "HAMA", "HOMS"} for guard in trigger.guard)
    ]
    assert {"daraa_rises", "iran_leaves", "presidential_flight"} <= set(followed)
    for name in [
        *followed,
        "aleppo_withdrawal",
        "army_goes_home",
        "command_notice",
        "rear_fire",
        "sna_offensive",
    ]:
        assert standing[f"fired_{name}"].isna().all(), name
    assert standing["fired_pourhashemi"].notna().all(), "what had a date of its own happens all the same"
