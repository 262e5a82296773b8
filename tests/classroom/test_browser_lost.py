"""Connections drop, servers are killed: pages say so, keep what is half-written, and go on where they were."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.classroom.log import Log
from sim.classroom.room import Room
from tests.classroom.browsing import Enter, entering, join, press, submit, text
from tests.classroom.conftest import Callers
from tests.classroom.test_serve import FEW, served

AGAIN = ("--kernel", "numpy", "--class", "a.class", "--set", "step_hours=6")


@pytest.fixture
def enter(browser: Any) -> Iterator[Enter]:
    with entering(browser) as go:
        yield go


@pytest.mark.slow
def test_the_network_drops_and_comes_back(enter: Enter, callers: Callers, room: Room) -> None:
    callers.umpire.act("begin")
    page = enter(callers.base)
    join(page, room.keys.code, "Cleo", "Command")
    page.locator(".cards button[data-key=rally]").click()
    page.get_by_label("Where").select_option(label="Suburb")
    page.locator("dialog textarea").fill("half-written")
    page.context.set_offline(True)
    page.locator("#link", has_text="Connection lost").wait_for()
    press(page, "Play this card (2 points)")
    page.locator("dialog .error", has_text="The connection was lost before an answer came").wait_for()
    assert page.locator("dialog textarea").input_value() == "half-written"
    assert not room.state.played
    callers.umpire.act("advance", reason="while nobody looks")
    page.context.set_offline(False)
    page.locator("#link").wait_for(state="hidden")
    page.locator("#facts", has_text="Turn 2").wait_for()
    page.locator("dialog .error", has_text="Hour 0 has passed").wait_for()
    submit(page, "Play this card")
    assert [each.reason for each in room.state.played] == ["half-written"]
    assert room.state.played[0].hour == room.state.hour, "now is when it is played"


@pytest.mark.slow
def test_the_server_is_killed_and_started_again(enter: Enter, tmp_path: Path) -> None:
    with served(tmp_path, *FEW, "--class", "a.class") as server:
        umpire, ada = enter(server.base, server.umpire), enter(server.base)
        join(ada, server.code, "Ada", "Command")
        press(umpire, "Begin the class")
        submit(umpire, "Begin the class")
        ada.locator(".cards button[data-key=reassure]").click()
        ada.get_by_label("Where").select_option(label="City")
        submit(ada, "Play this card", "calm them")
        ada.locator("#forecast textarea").fill("half-written")
        umpire.locator("#facts", has_text="Turn 1").wait_for()
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(timeout=10)
        for page in (umpire, ada):
            page.locator("#link", has_text="Connection lost").wait_for()
        press(umpire, "Next turn …")
        umpire.locator("dialog textarea").fill("time is short")
        press(umpire, "Next turn")
        umpire.locator("dialog .error", has_text="connection was lost").wait_for()
    port = server.base.rpartition(":")[2]
    with served(tmp_path, "--port", port, *AGAIN):
        for page in (umpire, ada):
            page.locator("#link").wait_for(state="hidden")
        umpire.locator("dialog").wait_for(state="detached")
        ada.locator("#facts", has_text="Turn 2").wait_for()
        assert "Reassure: City" in text(ada, "#played")
        assert ada.locator("#forecast textarea").input_value() == "half-written"
        ada.locator("#forecast input").first.press("ArrowRight")
        said = ada.locator("#forecast output").first.inner_text()
        ada.reload()
        ada.wait_for_selector("html[data-ready=team]")
        assert "Ada" in text(ada, "#facts"), "a reload stays in"
        assert ada.locator("#forecast textarea").input_value() == "half-written"
        assert ada.locator("#forecast output").first.inner_text() == said
        press(ada, "Seal this forecast")
        ada.locator("#forecast .sealed").wait_for()
        umpire.locator(".sealings .done").wait_for()


def lose_answers(page: Any, then: Callable[[], None] = lambda: None) -> list[str]:
    """Lets the next action through to the server, but not its answer; gives the keys of all actions from then on."""
    keys: list[str] = []

    def cut(route: Any) -> None:
        keys.append(route.request.post_data_json["once"])
        if len(keys) > 1:
            return route.continue_()
        route.fetch()
        then()
        route.abort()

    page.route("**/api/act", cut)
    return keys


@pytest.mark.slow
def test_an_action_whose_answer_is_lost_is_done_once(enter: Enter, callers: Callers, room: Room) -> None:
    callers.umpire.act("begin")
    page = enter(callers.base)
    join(page, room.keys.code, "Cleo", "Command")
    keys = lose_answers(page)
    page.locator(".cards button[data-key=rally]").click()
    page.get_by_label("Where").select_option(label="Suburb")
    submit(page, "Play this card", "only once")
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert [each.reason for each in room.state.played] == ["only once"]
    assert text(page, "#spoken") == "Played: Rally."

    # Whoever gives it up while it is not known to be done, sends it no more.
    page.route("**/api/act", lambda route: route.abort())
    page.locator(".cards button[data-key=reassure]").click()
    page.get_by_label("Where").select_option(label="City")
    page.locator("dialog textarea").fill("given up")
    press(page, "Play this card (1 point)")
    page.locator("dialog .error", has_text="sent again by itself").wait_for()
    press(page, "Cancel")
    page.unroute_all()
    page.wait_for_timeout(2600)
    assert len(room.state.played) == 1


@pytest.mark.slow
def test_an_answer_lost_with_its_server_is_given_by_the_next_one(enter: Enter, tmp_path: Path) -> None:
    """Killed between the entry in the log and the answer."""
    with served(tmp_path, *FEW, "--class", "a.class") as server:
        umpire = enter(server.base, server.umpire)
        press(umpire, "Begin the class")
        keys = lose_answers(umpire, lambda: os.kill(server.process.pid, signal.SIGKILL))
        press(umpire.locator("dialog"), "Begin the class")
        umpire.locator("dialog .error", has_text="sent again by itself").wait_for()
        server.process.wait(timeout=10)
    port = server.base.rpartition(":")[2]
    with served(tmp_path, "--port", port, *AGAIN):
        umpire.locator("dialog").wait_for(state="detached")
        umpire.locator("#facts", has_text="Turn 1").wait_for()
    assert len(set(keys)) == 1
    log = Log.open(tmp_path / "a.class")
    assert [entry.data["do"] for entry in log.entries] == ["open", "begin"]
    log.close()


@pytest.mark.slow
def test_whoever_closed_the_tab_goes_on_as_the_same_person(enter: Enter, callers: Callers, room: Room) -> None:
    page = enter(callers.base)
    join(page, room.keys.code, "Cleo", "Command")
    browser = page.context
    page.close()
    page = browser.new_page()
    page.goto(callers.base)
    join(page, room.keys.code, "Dora", "Isle")
    page.close()
    page = browser.new_page()
    page.goto(callers.base)
    page.get_by_role("button", name="Go on as Dora (Isle)").wait_for()
    press(page, "Go on as Cleo (Command)")
    page.wait_for_selector("html[data-ready=team]")
    assert text(page, ".who") == "Command Cleo"
    assert [each["name"] for each in room.state.members.values()] == ["Ada", "Ben", "Cleo", "Dora"]

    # A token that opens nothing is forgotten, the others stay; those of another class are not offered.
    page.evaluate("""([id]) => {
        const all = JSON.parse(localStorage.joined);
        all[id][0].token = `m9.${"0".repeat(64)}`;
        all.another = [{ name: "Eve", team: "Command", token: all[id][1].token }];
        localStorage.joined = JSON.stringify(all);
        sessionStorage.clear();
    }""", [room.keys.place])  # fmt: skip
    page.goto(callers.base)
    press(page, "Go on as Cleo (Command)")
    page.get_by_text("not known here any more").wait_for()
    page.get_by_role("button", name="Go on as Dora (Isle)").wait_for()
    assert page.locator(".again button").count() == 1


@pytest.mark.slow
def test_a_button_pressed_twice_acts_once(enter: Enter, callers: Callers, room: Room) -> None:
    callers.umpire.act("begin")
    for caller in (callers.host, callers.patron):
        caller.act("seal", quantiles=[[0.5, 12.0]], reason="as likely as not")
    page = enter(callers.base, room.keys.umpire)
    page.get_by_role("button", name="Next turn").dblclick()
    page.locator("#facts", has_text="Turn 2").wait_for()
    page.wait_for_timeout(300)
    assert room.state.turn == 2
    assert page.locator("dialog").count() == 0


@pytest.mark.slow
def test_what_the_server_refuses_is_said_and_the_form_stays(enter: Enter, callers: Callers, room: Room) -> None:
    page = enter(callers.base)
    page.get_by_label("Join code").fill("WRONG2")
    press(page, "Next")
    page.locator(".error", has_text="This is not the join code.").wait_for()
    join(page, room.keys.code, "Cleo", "Command")
    callers.umpire.act("begin")
    page.locator(".cards button[data-key=rally]").wait_for()
    page.locator(".cards button[data-key=rally]:enabled").click()
    page.get_by_label("Where").select_option(label="Suburb")
    page.locator("dialog textarea").fill("an evil \u202e sign")
    press(page, "Play this card (2 points)")
    page.locator("dialog .error", has_text="A text has hidden signs in it.").wait_for()
    callers.host.act("seal", quantiles=[[0.5, 12.0]], reason="a colleague was faster")
    page.locator("dialog textarea").fill("a good reason")
    press(page, "Play this card (2 points)")
    page.locator("dialog .error", has_text="its turn is over").wait_for()
    assert page.locator("dialog textarea").input_value() == "a good reason"


@pytest.mark.slow
def test_a_token_of_another_class_leads_to_the_door(enter: Enter, callers: Callers) -> None:
    page = enter(callers.base, "u." + "0" * 64)
    page.get_by_text("not known here any more").wait_for()
    assert page.get_by_label("Join code").is_visible()
    assert page.url.endswith("/")


@pytest.mark.slow
def test_a_link_opened_in_a_tab_that_is_somebody_makes_it_that_role(enter: Enter, callers: Callers, room: Room) -> None:
    page = enter(callers.base, room.keys.projector)
    assert page.get_attribute("html", "data-ready") == "projector"
    page.goto(f"{callers.base}/#{room.keys.umpire}")
    page.wait_for_selector("html[data-ready=umpire]")
    assert page.url.endswith("/")
    page.reload()
    page.wait_for_selector("html[data-ready=umpire]")


@pytest.mark.slow
def test_eight_tabs_of_one_browser_share_a_stream(enter: Enter, callers: Callers, room: Room) -> None:
    """A browser has six connections to a server: with a stream each, the seventh tab would not even load."""
    first = enter(callers.base, room.keys.umpire)
    tabs = [first.context.new_page() for _ in range(7)]
    for page in tabs:
        page.goto(f"{callers.base}/#{room.keys.projector}")
        page.wait_for_selector("html[data-ready=projector]")
    callers.umpire.act("begin")
    for page in tabs:
        page.locator("#facts", has_text="Turn 1").wait_for()
    first.close()
    callers.umpire.act("advance", reason="nobody holds the stream, then another tab")
    for page in tabs:
        page.locator("#facts", has_text="Turn 2").wait_for()
    first.context.set_offline(True)
    for page in tabs:
        page.locator("#link", has_text="Connection lost").wait_for()
    first.context.set_offline(False)
    for page in tabs:
        page.locator("#link").wait_for(state="hidden")
