"""The Syrian case with all combinations of six events: small enough to pass on, quick enough to play with."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import pytest

from sim.report import MOST_EVENTS, Asked, make, named, print_pdf, write
from sim.report.data import MOST_BYTES, PAGE_BYTES
from sim.report.packing import size
from sim.scenario import load, resolve
from tests.report import conftest

pytestmark = pytest.mark.slow

EVENTS = ["withdrawal_order", "ally_withdrawal", "offensive_shock", "rally", "uprising", "leader_flight"]
RUNS = 40
"""Few: the size of a page hardly depends on it."""
MEGABYTE = 1_000_000

REDRAW = """async () => {
  const box = document.getElementById("event-1");
  const name = document.getElementById("version");
  const taken = [];
  for (let turn = 0; turn < 21; turn += 1) {
    const before = name.textContent;
    const began = performance.now();
    box.click();
    while (name.textContent === before) await null;
    await null;
    document.body.getBoundingClientRect();  // layout belongs to it
    taken.push(performance.now() - began);
    await new Promise(requestAnimationFrame);
  }
  return taken;
}"""


@pytest.fixture(scope="module")
def syria(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """The data of 64 combinations, and their page."""
    resolved = resolve(load("scenarios/syria_2024"))
    asked = Asked(resolved, named(resolved, EVENTS), RUNS, 1, command="rout report scenarios/syria_2024")
    data = make(asked, kernel="compiled", workers=2)
    file = tmp_path_factory.mktemp("syria") / "syria.html"
    write(data, file)
    return data, file


def test_sixty_four_combinations_are_far_below_five_megabytes(syria: tuple[dict[str, Any], Path]) -> None:
    data, file = syria
    assert data["table"]["rows"] == 64
    assert len(data["clock"]["hours"]) == 121  # every six hours
    assert file.stat().st_size < 2 * MEGABYTE


def test_a_switch_is_redrawn_in_less_than_fifty_milliseconds(browser: Any, syria: tuple[dict[str, Any], Path]) -> None:
    opened = browser.new_page(viewport={"width": 1366, "height": 768})
    opened.goto(syria[1].as_uri())
    opened.wait_for_selector("html[data-ready=true]")
    taken = opened.evaluate(REDRAW)
    opened.close()
    assert median(taken) < 50, taken


def test_it_prints_on_two_pages_even_with_ten_events(syria: tuple[dict[str, Any], Path], tmp_path: Path) -> None:
    from pypdf import PdfReader

    conftest.chromium()
    data = syria[0]
    more = {"report": {**data["report"], "alone": [*data["report"]["alone"], *data["report"]["alone"]][:MOST_EVENTS]}}
    for name, told in (("six", data), ("ten", {**data, **more})):
        page = tmp_path / f"{name}.html"
        write(told, page)
        print_pdf(page, tmp_path / f"{name}.pdf")
        assert len(PdfReader(tmp_path / f"{name}.pdf").pages) == 2, name


def test_ten_events_still_fit(syria: tuple[dict[str, Any], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """1,024 combinations take 16 times the room of 64: so 64 must fit into a sixteenth."""
    room = (MOST_BYTES - PAGE_BYTES) // 2 ** (MOST_EVENTS - len(EVENTS))
    monkeypatch.setattr("sim.report.data.MOST_BYTES", PAGE_BYTES + room)
    resolved = resolve(load("scenarios/syria_2024"))
    data = make(Asked(resolved, named(resolved, EVENTS), RUNS, 1), kernel="compiled", workers=2)
    assert size(data["table"]) + size(data["lived"]) <= room
    assert len(data["clock"]["hours"]) >= 31  # at least one a day
