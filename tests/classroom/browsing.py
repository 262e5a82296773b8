"""Browsers in a class: a context for each person, with everything but the class's own server cut off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

WIDE, NARROW = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
HOSTILE = '<img src=x onerror="document.title=1">'
REASON = f"{HOSTILE} & </script> because {'very' * 60} long"
Enter = Callable[..., Any]


class Watch:
    """What pages asked for, and what went wrong in them."""

    def __init__(self) -> None:
        self.elsewhere: list[str] = []
        self.faults: list[str] = []

    def see(self, page: Any) -> None:
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda line: self._heard(line.type, line.text))

    def _heard(self, kind: str, text: str) -> None:
        # The browser reports every refusal and every lost connection itself; the page says them in words.
        if kind in ("error", "warning") and not text.startswith("Failed to load resource"):
            self.faults.append(text)


@contextmanager
def entering(browser: Any) -> Iterator[Enter]:
    """Gives `enter(base, token, size)`: a page in a context of its own. Afterwards nothing went elsewhere or wrong."""
    watch, contexts = Watch(), []

    def enter(base: str, token: str = "", size: dict[str, int] = WIDE, **options: Any) -> Any:
        context = browser.new_context(viewport=size, **options)
        contexts.append(context)
        context.set_default_timeout(30_000)

        def cut(route: Any) -> None:
            watch.elsewhere.append(route.request.url)
            route.abort()

        context.route(re.compile(rf"^(?!{re.escape(base)}/|blob:)"), cut)
        page = context.new_page()
        watch.see(page)
        page.goto(f"{base}/{f'#{token}' if token else ''}")
        page.wait_for_selector("html[data-ready]")
        return page

    yield enter
    for context in contexts:
        context.close()
    assert watch.elsewhere == []
    assert watch.faults == []


def join(page: Any, code: str, name: str, team: str) -> None:
    """From the join code to the team's page."""
    page.get_by_label("Join code").fill(code)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Your name").fill(name)
    page.get_by_label(re.compile(f"^{team},")).check()
    page.get_by_role("button", name="Join").click()
    page.wait_for_selector("html[data-ready=team]")


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def submit(page: Any, name: str, reason: str = "") -> None:
    """Send the dialog that is open; it closes when it is done."""
    if reason:
        page.locator("dialog textarea").fill(reason)
    page.locator("dialog").get_by_role("button", name=name).click()
    page.locator("dialog").wait_for(state="detached")


def tab(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def text(page: Any, selector: str) -> str:
    return " ".join(page.locator(selector).inner_text().split())


def overflow(page: Any) -> float:
    """Pixels by which the page is wider than the window."""
    return float(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
