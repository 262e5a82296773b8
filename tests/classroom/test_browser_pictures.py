"""What the pages of a class draw stays in its place, at the sizes of real projectors, and is named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sim.classroom.room import Room
from tests.classroom.browsing import WIDE, Enter, entering, overflow, tab, text
from tests.classroom.conftest import Callers

SMALL = {"width": 1280, "height": 720}
CLOCK = {"shown": 480, "horizon": 480}
HOLDS: list[int | None] = [None] * 20
ROWS = {
    "all hold": HOLDS,
    "half": [*range(20, 320, 30), *HOLDS[:10]],
    "none": [*range(20, 460, 22)],
    "at once": [300] * 20,
}


@pytest.fixture
def enter(browser: Any) -> Iterator[Enter]:
    with entering(browser) as go:
        yield go


def unseen(page: Any) -> float:
    """Pixels by which the page is taller than the window."""
    return float(page.evaluate("document.documentElement.scrollHeight - window.innerHeight"))


def keys(page: Any, within: str) -> list[str]:
    return list(page.locator(f"{within} .keys .key:visible").all_inner_texts())


def test_no_dot_leaves_its_row_or_hides_another_team(enter: Enter, callers: Callers) -> None:
    page = enter(callers.base)
    drawn = page.evaluate("""async ([dots, clock, all]) => {
        const { dotRows } = await import(dots);
        const draw = ([many, height, beside, width, hours]) => {
            const figure = document.createElement("figure");
            const made = dotRows(figure, { clock, width }, Array(many).fill(["", "a"]), height, beside);
            made.draw(Array(many).fill(hours));
            const rows = [...figure.querySelectorAll(".dots")];
            return rows.map((row) => [...row.children].map((dot) => ["cx", "cy"].map((at) => +dot.getAttribute(at))));
        };
        return all.map(draw);
    }""", ["/page/dots.js", CLOCK, asked := [
        (many, height, beside, width, hours) for hours in [*ROWS.values(), HOLDS * 6]
        for many, height, beside, width in [
            *((many, 50 + 30 * many, 178, 530) for many in range(2, 10)),
            *((many, 50 + 50 * many, None, 400) for many in range(2, 10)),
            (1, 92, None, 400), (2, 166, None, 460)]]])  # fmt: skip
    for (many, height, beside, width, hours), rows in zip(asked, drawn, strict=True):
        each, told = (height - 14 - 32) / many, f"{many} rows, {height} high, {beside}: {hours}"
        for i, row in enumerate(rows):
            assert len(row) == len(hours)
            top = 14 + each * i
            assert all(top + 4 <= y <= top + each - 4 and 4 <= x <= width - 4 for x, y in row), told
            aside = [at for at, hour in zip(row, hours, strict=True) if hour is None]
            if len(aside) <= len(HOLDS):
                near = [abs(x - u) + abs(y - v) for n, (x, y) in enumerate(aside) for u, v in aside[:n]]
                assert min(near, default=9) > 8, told


def test_no_dot_of_the_report_leaves_its_strip(enter: Enter, callers: Callers) -> None:
    page = enter(callers.base)
    strips = page.evaluate("""async ([module, clock, all]) => {
        const { forecastStrips } = await import(module);
        const worlds = all.map((dots, turn) => ({ turn, dots }));
        const rows = all.map((dots, turn) => ({ turn, dots, team: "a", when: "1 Feb", hour: 0 }));
        const figure = document.createElement("figure");
        forecastStrips(figure, { class: { foreseen: { worlds, rows, lived: null } }, clock });
        return [...figure.querySelectorAll("svg[role=img]")].map((svg) => [...svg.querySelectorAll(".dots")].map(
            (row) => [...row.children].map((dot) => +dot.getAttribute("cy"))));
    }""", ["/page/foresaw.js", CLOCK, asked := [*ROWS.values(), HOLDS * 6]])  # fmt: skip
    assert len(strips) == len(asked)
    for strip in strips:
        for i, heights in enumerate(strip):
            assert len(heights) >= 20
            assert all(28 * i + 3.4 <= y <= 28 * (i + 1) - 3.4 for y in heights)


def test_the_projector_shows_as_much_news_as_it_has_room_for(enter: Enter, callers: Callers, room: Room) -> None:
    callers.umpire.act("begin")
    for hour in range(4, 44, 4):
        event = {
            "hour": hour,
            "card": "rumour",
            "with": {"place": "SUBURB"},
            "title": f"Heard at {hour}: {'talk ' * 24}",
        }
        callers.umpire.act("inject", event=event, reason="to fill the page")
    callers.umpire.act("advance", reason="time is short")
    page = enter(callers.base, room.keys.projector)
    page.locator(".news .new").first.wait_for()
    shown = []
    for size in (WIDE, SMALL):
        page.set_viewport_size(size)
        page.wait_for_function("document.documentElement.scrollHeight <= window.innerHeight")
        shown.append(page.locator(".news > li:visible").count())
        told = re.search(r"and (\d+) more, on the teams’ pages", text(page, "#news"))
        assert told
        assert shown[-1] + int(told[1]) == len(callers.umpire.get("lived")["news"]) == 11
        assert overflow(page) <= 0
    assert 3 <= shown[1] <= shown[0] < 9
    page.set_viewport_size({"width": 1920, "height": 1400})
    page.locator(".news > li").nth(8).wait_for()
    assert text(page, "#news .more") == "and 2 more, on the teams’ pages"


@pytest.mark.slow
def test_a_legend_names_what_is_drawn_and_nothing_else(enter: Enter, callers: Callers, room: Room) -> None:
    callers.umpire.act("begin")
    umpire = enter(callers.base, room.keys.umpire)
    tab(umpire, "What if")
    switch = umpire.get_by_role("checkbox", name="Isle takes its battalions home")
    switch.uncheck()
    umpire.locator(".what-if [data-became]").first.wait_for()
    assert keys(umpire, ".what-if") == ["this what-if", "as it was played"], "how the lived run ends is not told"
    for team in (callers.host, callers.patron):
        team.act("seal", quantiles=[[0.0, 20.0]], reason="they hold")
    callers.umpire.act("reveal")
    umpire.locator("#facts", has_text="Revealed").wait_for()
    tab(umpire, "What if")
    switch.check()
    switch.uncheck()
    umpire.locator(".what-if .dots .mark[d]").wait_for()
    assert keys(umpire, ".what-if") == ["this what-if", "as it was played", "the lived run, changed", "its collapse"]
    projector = enter(callers.base, room.keys.projector, SMALL)
    projector.locator(".luck .strip").wait_for()
    assert keys(projector, "#reveal") == ["the lived run", "all runs"], "nothing was played"
    assert unseen(projector) <= 0


def test_a_planned_death_says_whether_there_is_a_deputy(enter: Enter, callers: Callers, room: Room) -> None:
    for more in ({}, {"deputy_ready": False}, {"deputy_ready": True}):
        event = {"hour": 60.0, "card": "commander_killed", "with": {"formation": "north_sector", **more}}
        callers.umpire.act("plan", event=event)
    page = enter(callers.base, room.keys.umpire)
    tab(page, "Plan")
    rows = page.locator(".plan .what").all_inner_texts()
    death = "A commander is killed: North sector · "
    assert rows == [f"{death}no deputy", f"{death}no deputy", f"{death}a deputy is ready"]
