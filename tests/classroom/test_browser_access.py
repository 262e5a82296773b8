"""Everybody can use a class: by keyboard, by ear, on a phone, without motion, in every role and at every stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sim.classroom.room import Room
from tests.classroom.browsing import NARROW, REASON, WIDE, Enter, entering, overflow, submit, tab, text
from tests.classroom.conftest import FORECAST, RALLY, Callers

SEAL = {name: value for name, value in FORECAST.items() if name != "do"}
TABS = ("Inject", "Plan", "Scenario", "Units", "Played", "What if")


@pytest.fixture
def enter(browser: Any) -> Iterator[Enter]:
    with entering(browser) as go:
        yield go


def tokens(callers: Callers, room: Room) -> dict[str, str]:
    host = callers.host.http.headers["authorization"].removeprefix("Bearer ")
    return {"umpire": room.keys.umpire, "projector": room.keys.projector, "team": host}


def before(callers: Callers) -> None:
    callers.umpire.act(
        "plan", event={"hour": 100.0, "card": "rumour", "with": {"place": "CITY"}}, expected=REASON[:500]
    )


def in_play(callers: Callers) -> None:
    before(callers)
    callers.umpire.act("begin")
    callers.host.act("play", event=RALLY, reason=REASON)
    callers.host.act("seal", **SEAL)
    for _ in range(9):
        callers.umpire.act("advance", reason="time is short")


def revealed(callers: Callers) -> None:
    in_play(callers)
    callers.umpire.act("reveal")
    callers.host.act("fork", name="x" * 40, injects=[{**RALLY, "hour": 120.0}], stopped=[["road_cut", 0]])
    callers.umpire.act("fork", name="another", injects=[{**RALLY, "hour": 130.0}])


def ready(page: Any, stage: Callable[[Callers], None]) -> None:
    if stage is revealed:
        page.locator(".luck .strip").wait_for(state="attached")
        page.locator(".ranking").wait_for(state="attached")
        if page.locator("#event-0").count():
            if page.get_by_role("tab").count():
                tab(page, "What if")
            page.locator("#event-0").uncheck()
            page.locator("[data-became=same]").wait_for()
    elif page.locator("#why select").count() and stage is in_play:
        page.locator("#why select").select_option(index=1)
        page.locator(".answer table").wait_for()
    page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")


@pytest.mark.slow
@pytest.mark.parametrize("stage", [before, in_play, revealed])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
def test_axe_finds_nothing_and_nothing_runs_over_the_edge(
    enter: Enter, callers: Callers, room: Room, stage: Callable[[Callers], None], size: dict[str, int]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    def look(page: Any, where: str) -> None:
        found = Axe().run(page)
        assert found.response["violations"] == [], (where, found.generate_report())
        assert overflow(page) <= 0, where

    stage(callers)
    door = enter(callers.base, "", size)
    look(door, "door")
    for role, token in tokens(callers, room).items():
        page = enter(callers.base, token, size, reduced_motion="reduce")
        ready(page, stage)
        look(page, role)
        if role == "umpire":
            for name in TABS:
                if page.get_by_role("tab", name=name, exact=True).count():
                    tab(page, name)
                    look(page, name)
    if stage is revealed:
        fork = next(iter(room.state.forks))
        callers.umpire.act("project", fork=fork)
        projector = enter(callers.base, room.keys.projector, size)
        projector.locator("#fork [data-became=same]").wait_for()
        look(projector, "a fork on the projector")


@pytest.mark.slow
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
def test_axe_finds_nothing_in_dialogs(enter: Enter, callers: Callers, room: Room, size: dict[str, int]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    callers.umpire.act("begin")
    team = enter(callers.base, tokens(callers, room)["team"], size)
    umpire = enter(callers.base, room.keys.umpire, size)
    for page, name in ((team, "Reinforce"), (team, "Pay"), (umpire, "Next turn …"), (umpire, "Reveal …")):
        page.get_by_role("button", name=name).first.click()
        page.locator("dialog").wait_for()
        found = Axe().run(page)
        assert found.response["violations"] == [], (name, found.generate_report())
        assert overflow(page) <= 0
        page.keyboard.press("Escape")
        page.locator("dialog").wait_for(state="detached")
    umpire.get_by_label("What happens").select_option(label="A mutiny")
    umpire.get_by_role("checkbox", name="South brigade 1").check()
    umpire.get_by_label("Where").select_option(label="City")
    umpire.get_by_role("button", name="See its effect").click()
    umpire.locator("dialog [data-became=earlier]").wait_for()
    assert Axe().run(umpire).response["violations"] == []
    assert overflow(umpire) <= 0


@pytest.mark.slow
def test_the_projector_needs_no_scrolling(enter: Enter, callers: Callers, room: Room) -> None:
    projector = enter(callers.base, room.keys.projector, WIDE, reduced_motion="reduce")

    def fits() -> bool:
        return bool(projector.evaluate("document.documentElement.scrollHeight <= window.innerHeight"))

    assert fits()
    in_play(callers)
    projector.locator("#facts", has_text="Turn 10").wait_for()
    assert fits()
    callers.umpire.act("reveal")
    projector.locator(".luck .strip").wait_for()
    projector.locator(".ranking").wait_for()
    assert fits()
    assert projector.locator("button:visible, input:visible, select:visible").count() == 0


@pytest.mark.slow
def test_the_keyboard_alone_plays_a_card_and_seals(enter: Enter, callers: Callers, room: Room) -> None:
    callers.umpire.act("begin")
    page = enter(callers.base, tokens(callers, room)["team"])
    page.get_by_role("button", name="Seal this forecast").wait_for()
    keys = page.keyboard

    def to(selector: str) -> None:
        for _ in range(60):
            keys.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} is not reached by Tab")

    keys.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    keys.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    to(".cards button[data-key=rally]")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    keys.press("Enter")
    page.locator("dialog").wait_for()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    if not page.evaluate("document.activeElement.matches('dialog select')"):
        to("dialog select")
    keys.type("Sub")
    to("dialog textarea")
    keys.type("the suburb will waver first")
    to("dialog button.primary")
    keys.press("Space")
    page.locator("dialog").wait_for(state="detached")
    assert page.evaluate("document.activeElement.dataset.key") == "rally", "the focus is back where it was"
    assert "Rally: Suburb" in text(page, "#played")
    assert text(page, "#spoken") == "Played: Rally."

    page.locator("#forecast input").first.focus()
    drawn = page.locator("#forecast .dots").inner_html()
    keys.press("ArrowRight")
    assert page.locator("#forecast .dots").inner_html() != drawn, "the dots follow at once"
    to("#forecast textarea")
    keys.type("it will hold a while")
    to("#forecast button.primary")
    keys.press("Enter")
    page.locator("#forecast .sealed").wait_for()
    (sealed,) = room.state.forecasts.values()
    assert sealed.reason == "it will hold a while"


@pytest.mark.slow
def test_days_of_a_forecast_rise_and_may_lie_beyond_the_end(enter: Enter, callers: Callers, room: Room) -> None:
    callers.umpire.act("begin")
    page = enter(callers.base, tokens(callers, room)["team"])
    early, _, late = page.locator("#forecast input[type=range]").all()
    early.focus()
    page.keyboard.press("End")
    assert late.get_attribute("aria-valuetext") == "not within 20 days"
    assert "holds to the end in 100 of 100" in text(page, "#forecast")
    late.focus()
    page.keyboard.press("Home")
    page.locator("#forecast textarea").fill("soon")
    page.get_by_role("button", name="Seal this forecast").click()
    page.locator("#forecast .sealed").wait_for()
    (sealed,) = room.state.forecasts.values()
    assert [hour for hour, _ in sealed.points] == [12.0, 24.0, 36.0]


@pytest.mark.slow
def test_tabs_by_arrows_and_an_override_by_keyboard(enter: Enter, callers: Callers, room: Room) -> None:
    callers.umpire.act("begin")
    page = enter(callers.base, room.keys.umpire)
    page.get_by_role("tab", name="Inject").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == "Units"
    page.get_by_role("button", name="Override: North brigade 1").press("Enter")
    page.get_by_label("It leaves the force").check()
    submit(page, "Override", "its commander was seen leaving")
    page.locator("#news", has_text="North brigade 1 leaves").wait_for()
    page.get_by_role("button", name="Undo …").click()
    assert "Umpire: North brigade 1 leaves" in text(page, "dialog")
    submit(page, "Undo it", "no, he was not")
    page.locator("#news", has_text="Nothing has happened").wait_for()
