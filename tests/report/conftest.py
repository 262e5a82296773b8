"""A report of the small scenario, made once; a browser for its page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.report import Asked, BrowserError, choose, find_browser, make, write
from sim.scenario import load, resolve, write_new
from sim.scenario.resolved import Resolved

RUNS, SEED, RUN = 50, 3, 2
RATES = {"waver_rate": 0.008, "exit_rate": 0.05}
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Resolved:
    """The scenario that `rout new` writes, over eleven days, with rates at which some runs collapse and some do not."""
    resolved = resolve(load(write_new(tmp_path_factory.mktemp("small") / "small.toml")))
    return resolved.model_copy(update={"days": 11.0, "step_hours": 3.0, "parameters": resolved.parameters | RATES})


@pytest.fixture(scope="session")
def asked(small: Resolved) -> Asked:
    return Asked(small, choose(small, runs=0, seed=SEED), RUNS, SEED, RUN, "small.toml", "rout report small.toml")


@pytest.fixture(scope="session")
def data(asked: Asked) -> dict[str, Any]:
    """All eight combinations of the three events of the small scenario."""
    return make(asked, kernel="numpy")


@pytest.fixture(scope="session")
def page(data: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "a page.html"
    write(data, file)
    return file


def chromium() -> str:
    """The browser; without one, tests fail where nobody would see them skipped, and skip with the reason elsewhere."""
    try:
        return find_browser()
    except BrowserError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"the page was not tested: {error}")
        pytest.skip(f"the page is not tested: {error}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """For one module at a time: while it lives, nothing else in this process can run an event loop."""
    executable = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield opened
        opened.close()
