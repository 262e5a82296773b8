"""A class in real browsers: the umpire, two teams and the projector, each in a context of its own."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator

from sim.classroom.room import Room
from sim.experiments.compare import compare
from sim.report.lived import luck
from tests.classroom.browsing import HOSTILE, REASON, Enter, entering, join, overflow, press, submit, tab, text
from tests.classroom.conftest import DAYS, RUNS, SEED, TURN, Callers, supply
from tests.classroom.test_serve import FEW, Served, served


@pytest.fixture
def enter(browser: Any) -> Iterator[Enter]:
    with entering(browser) as go:
        yield go


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, *FEW) as made:
        yield made


def set_up(umpire: Any) -> None:
    """Two teams, four turns."""
    for name in ("Patrons", "Analysts"):
        umpire.get_by_role("button", name=f"Remove {name}").click()
    umpire.get_by_label("Name: Attackers").fill(HOSTILE)
    umpire.get_by_label("A turn takes, in hours").fill("120")
    press(umpire, "Save the set-up")
    umpire.get_by_text("saved", exact=True).wait_for()


def seal(page: Any, reason: str) -> None:
    page.locator(".forecast textarea").fill(reason)
    press(page, "Seal this forecast")
    page.locator(".forecast .sealed").wait_for()


@pytest.mark.slow
def test_a_class_from_the_join_code_to_the_report(enter: Enter, server: Served) -> None:
    umpire = enter(server.base, server.umpire)
    assert server.umpire not in umpire.url, "the token is taken out of the address"
    set_up(umpire)
    link = umpire.get_by_role("link", name="Open the projector").get_attribute("href")
    projector = enter(server.base, link.removeprefix("/#"))
    assert server.code in text(projector, "#join")

    ada, ben = enter(server.base), enter(server.base)
    join(ada, server.code.lower(), HOSTILE, "Command")
    join(ben, server.code, "Ben", re.escape(HOSTILE))
    projector.get_by_text("1 joined").nth(1).wait_for()
    press(umpire, "Begin the class")

    # First turn: a card, two forecasts; all see who has sealed, nobody what.
    ada.locator(".cards button", has_text="Rally").click()
    ada.get_by_label("Where").select_option(label="Suburb")
    submit(ada, "Play this card", REASON)
    assert "Rally: Suburb" in text(ada, "#played")
    assert "8 points" in text(ada, "#cards")
    seal(ada, REASON)
    projector.locator(".sealings .done").wait_for()
    assert text(projector, ".sealings .done") == "Command sealed"
    assert "Rally: Suburb" in text(ben, "#news"), "all hear of it"
    assert "because" not in text(ben, "main"), "the reason is its team's own until the reveal"
    seal(ben, "doubt is cheap")
    umpire.get_by_role("button", name="Next turn", exact=True).click()
    for page in (umpire, ada, ben, projector):
        page.locator("#facts", has_text="Turn 2 of 4").wait_for()
    assert "The coast road is cut" in text(projector, "#news")

    # Second turn: an inject whose effect is seen first; a reason for those who did not seal.
    umpire.get_by_label("What happens").select_option(label="A commander is killed")
    umpire.get_by_label("Which formation").select_option(label="City command")
    umpire.get_by_label("Headline").fill(HOSTILE)
    umpire.get_by_label("On day").fill("5")
    press(umpire, "See its effect …")
    umpire.locator("dialog [data-became=earlier]").wait_for()
    assert umpire.locator("dialog .dots .mark[d]").count() == 0, "how the lived run ends is not told"
    submit(umpire, "Inject it", "to see what they do")
    assert umpire.get_by_label("On day").input_value() == ""
    assert "6 Feb 06:00" in text(umpire, "#panel-inject"), "empty is now, and now is told"
    ben.locator("#news", has_text=HOSTILE).wait_for()
    press(umpire, "Next turn …")
    submit(umpire, "Next turn", "time is short")

    # The reveal: the fan, luck, scores, a what-if on the projector, the log.
    press(umpire, "Reveal …")
    submit(umpire, "Reveal")
    for page in (ada, ben, projector):
        page.locator(".luck .strip").wait_for()
        page.locator(".ranking tbody tr").nth(1).wait_for()
    assert "to see what they do" in text(ben, "#played")
    assert HOSTILE in text(projector, ".ranking")
    tab(umpire, "What if")
    umpire.get_by_role("checkbox", name="Isle takes its battalions home").uncheck()
    umpire.get_by_label("Name of this what-if").fill("Isle stays")
    press(umpire, "Keep it")
    press(umpire, "Put on the projector")
    projector.locator("#fork [data-became=later]").wait_for()
    assert text(projector, "#fork h2") == "What if: Isle stays"
    assert "Without: Isle takes its battalions home" in text(projector, "#fork")
    with umpire.expect_download() as saving:
        press(umpire, "Save the log")
    exported = Path(saving.value.path()).read_text("utf-8")
    assert saving.value.suggested_filename == "teaching_supply-class.jsonl"
    assert '"do\\":\\"project' in exported
    for page in (umpire, ada, ben, projector):
        assert overflow(page) <= 0
        assert page.locator("img").count() == 0
        assert page.title() != "1"


def test_the_numbers_shown_are_those_of_rout_compare(enter: Enter, callers: Callers, room: Room) -> None:
    """An event switched off before anything is played: the same words as the report has for them."""
    umpire = enter(callers.base, room.keys.umpire)
    tab(umpire, "What if")
    umpire.get_by_role("checkbox", name="Isle takes its battalions home").uncheck()
    umpire.locator("[data-became=later]").wait_for()
    days = {"runs": RUNS, "seed": SEED, "days": DAYS}
    theirs = compare(supply(), supply(without=["isle_goes_home"]), **days).summary
    mean = f"{theirs['shift_hours']['mean'] / 24:+.2f}".replace("-", "−")
    assert f"moves by {mean} days on average" in text(umpire, ".effect")
    for name, became in theirs["became"].items():
        told = f"{100 * became['share']:.1f} {100 * became['low']:.1f}–{100 * became['high']:.1f}"
        assert text(umpire, f"[data-became={name}]").endswith(told), name


def test_the_dots_of_a_forecast_are_those_that_are_scored(enter: Enter, callers: Callers, room: Room) -> None:
    from sim.measures.forecast import dots

    page = enter(callers.base)
    asked = [[[0.1, 5.0], [0.5, 8.5], [0.9, 19.0]], [[0.1, 5.0], [0.5, 6.0]], [[0.1, 3.0], [0.9, 12.0], [1.0, 20.0]],
             [[0.0, 20.0]]]  # fmt: skip
    module = "/page/classroom/said.js"
    drawn = page.evaluate("""async ([module, asked]) => {
        const { dotsOf } = await import(module);
        return asked.map((points) => dotsOf(points, 48).map((hour) => hour ?? Infinity));
    }""", [module, asked])  # fmt: skip
    for points, hours in zip(asked, drawn, strict=True):
        assert hours == pytest.approx(dots([(24 * day, share) for share, day in points], 48.0, 20).tolist())


def test_news_stand_in_the_order_in_which_things_happened(enter: Enter, callers: Callers) -> None:
    """Units that left are noted at the next tick (12): what came of it, in the hours before, does not stand first."""
    page = enter(callers.base)
    units = [{"row": row, "id": f"u{row}", "name": f"Brigade {row}", "place": 0} for row in range(3)]
    ground = {
        "units": units, "statuses": ["holding", "dispersed"], "places": [{"id": "CITY", "name": "City"}],
        "controllers": [{"name": "Us", "role": "host"}, {"name": "Them", "role": "attacker"}],
    }  # fmt: skip
    lived = {
        "news": [{"hour": 7.0, "title": "A rumour"}], "collapse": 10.0,
        "moves": {"tick": [0, 0, 0, 2, 2, 2], "unit": [0, 1, 2, 0, 1, 2], "status": [0, 0, 0, 1, 1, 1],
                  "place": [0] * 6, "hour": [0.0, 0.0, 0.0, 10.0, 8.0, 8.0]},
        "turns": {"tick": [0, 2], "place": [0, 0], "controller": [0, 1], "hour": [0.0, 10.0]},
    }  # fmt: skip
    told = page.evaluate("""async ([told, lived]) => {
        const { broken, newsOf } = await import("/page/classroom/lived.js");
        return [broken(told, lived).map(({ id }) => id), newsOf(told, lived).map(({ hour, text }) => [hour, text])];
    }""", [{"ground": ground}, lived])  # fmt: skip
    assert told == [["u0", "u1", "u2"], [
        [10, "The force has collapsed"],
        [10, "City is lost to Them"],
        [10, "Brigade 0 has left the force"],
        [8, "2 units have left the force: Brigade 2, Brigade 1"],
        [7, "A rumour"],
    ]]  # fmt: skip


@pytest.mark.parametrize(("days", "words"), [(1, "1 day"), (1.5, "1.5 days"), (3, "3 days")])
def test_a_day_is_one_day(enter: Enter, callers: Callers, days: float, words: str) -> None:
    event = {"card": "grant_airlift", "with": {"place": "CITY", "days": days}}
    told = enter(callers.base).evaluate("""async (event) => {
        const { naming } = await import("/page/classroom/naming.js");
        const ground = { places: [{ id: "CITY", name: "City" }], units: [] };
        return naming({ ground, formations: [], patrons: [], axes: [] }).event(event, []);
    }""", event)  # fmt: skip
    assert told == f"Grant airlift: City · {words}"


@pytest.mark.slow
def test_after_the_last_turn_the_pages_offer_the_reveal_alone(enter: Enter, callers: Callers, room: Room) -> None:
    callers.umpire.act("begin")
    for _ in range(9):
        callers.umpire.act("advance", reason="time is short")
    host = callers.host.http.headers["authorization"].removeprefix("Bearer ")
    umpire, team, projector = (enter(callers.base, each) for each in (room.keys.umpire, host, room.keys.projector))
    tab(umpire, "Inject")
    press(umpire, "Next turn …")
    submit(umpire, "Next turn", "time is short")
    for page in (umpire, team, projector):
        page.locator("#facts", has_text="The time is over").wait_for()
        assert "Turn 1" not in text(page, "#facts")
        assert overflow(page) <= 0
    assert text(umpire, ".hand .now").startswith("The time is over")
    assert umpire.locator(".hand button").all_inner_texts() == ["Reveal …", "Undo …"]
    assert umpire.get_by_role("tab", name="Inject", exact=True).count() == 0
    tab(umpire, "Units")
    assert umpire.locator("#panel-units button:enabled").count() == 0
    assert team.locator(".cards button").count() == 0
    assert "over" in text(team, "#next")
    press(umpire, "Undo …")
    submit(umpire, "Undo it", "one turn more")
    umpire.get_by_role("tab", name="Inject", exact=True).wait_for()
    team.locator(".cards button").first.wait_for()


@pytest.mark.slow
def test_the_umpire_sees_what_a_stop_does_and_roads_that_are_cut(enter: Enter, callers: Callers, room: Room) -> None:
    callers.umpire.act("begin")
    callers.umpire.act("advance", reason="time is short")
    page = enter(callers.base, room.keys.umpire)
    drawn = page.locator(".map .roads g").evaluate_all("all => all.map((each) => each.getAttribute('class'))")
    assert sorted(drawn) == ["air", "held", "held", "held cut"], "the coast road was cut on day 1"
    assert text(page, ".legend").endswith("League Republic cut by air"), "what there is, and no front"
    tab(page, "Scenario")
    press(page, "Stop: Isle takes its battalions home")
    page.locator("dialog [data-became=prevented]").wait_for()
    assert page.locator("dialog .dots .mark[d]").count() == 0
    stopped = [["isle_goes_home", room.state.hour]]
    mean = callers.umpire.post("effect", {"stopped": stopped, "played": True}).json()["shift"]["mean"]
    assert f"moves by +{mean / 24:.2f} days" in text(page, "dialog")
    submit(page, "Stop it", "they stay")
    assert room.state.version.stopped == (("isle_goes_home", TURN),)


@pytest.mark.slow
def test_an_effect_is_worked_out_before_it_is_asked_for(enter: Enter, callers: Callers, room: Room) -> None:
    callers.umpire.act("begin")
    page = enter(callers.base, room.keys.umpire)

    def effects() -> int:
        return [wish for wish, _ in room.live.seconds].count("effect")

    def shown_at_once(button: Locator, so_far: int) -> None:
        waited = time.monotonic() + 30
        while effects() <= so_far and time.monotonic() < waited:
            page.wait_for_timeout(50)
        assert effects() == so_far + 1
        button.click()
        page.locator("dialog .effect [data-became]").first.wait_for()
        assert effects() == so_far + 1, "worked out again"

    page.get_by_label("What happens").select_option(label="Spread a rumour")
    page.wait_for_timeout(600)
    assert effects() == 0, "the form is not whole yet"
    page.get_by_label("Where").select_option(label="City")
    shown_at_once(page.get_by_role("button", name="See its effect …"), 0)  # while the form was filled

    page.keyboard.press("Escape")
    tab(page, "Scenario")
    stop = page.get_by_role("button", name="Stop: Isle takes its battalions home")
    stop.hover()
    shown_at_once(stop, 1)


@pytest.mark.slow
def test_the_report_is_saved(enter: Enter, callers: Callers, room: Room) -> None:
    callers.umpire.act("begin")
    callers.umpire.act("reveal")
    umpire = enter(callers.base, room.keys.umpire)
    with umpire.expect_download(timeout=180_000) as saving:
        press(umpire, "Save the report")
        umpire.get_by_text("It is being made").wait_for()
        tab(umpire, "Scores")
        umpire.get_by_text("Nobody sealed a forecast").wait_for()
    assert saving.value.suggested_filename == "teaching_supply-report.html"
    assert Path(saving.value.path()).read_text("utf-8").startswith("<!doctype html>")
    umpire.get_by_text("It is being made").wait_for(state="hidden")


def test_luck_on_the_page_is_that_of_the_run(enter: Enter, callers: Callers, room: Room) -> None:
    callers.umpire.act("begin")
    callers.umpire.act("reveal")
    page = enter(callers.base, room.keys.projector)
    page.locator(".luck .strip").wait_for()
    state = room.state
    (collapse, *_) = luck(room.live._rows(state.version), state.run, DAYS * 24)
    assert f"Run {state.run} collapsed on day {collapse['own'] / 24:.1f}." in text(page, ".luck")
