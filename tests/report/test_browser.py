"""The page in a real browser, with the network cut: what it shows, and that everybody can use it."""

from __future__ import annotations

import copy
import io
import re
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from rich.console import Console

import sim
from sim import page as package
from sim.cli.compared import BECAME, print_comparison
from sim.cli.output import THEME
from sim.report import print_pdf, write
from sim.scenario.resolved import Resolved
from tests.report import conftest
from tests.report.conftest import RUNS, SEED
from tests.report.reading import row_of
from tests.report.test_data import version

READY = "html[data-ready=true]"
WIDE, NARROW = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
Open = Callable[..., Any]


@pytest.fixture
def visit(browser: Any) -> Iterator[Open]:
    """Opens a page where nothing but the file itself can be reached; afterwards nothing else was asked for."""
    asked: list[str] = []
    faults: list[str] = []
    contexts = []

    def go(file: Path, size: dict[str, int] = WIDE, **options: Any) -> Any:
        context = browser.new_context(viewport=size, offline=True, **options)
        contexts.append(context)
        context.on("request", lambda request: asked.append(request.url))
        context.route(re.compile(r"^(?!file:)"), lambda route: route.abort())
        opened = context.new_page()
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.on("console", lambda line: faults.append(line.text) if line.type in ("error", "warning") else None)
        opened.goto(file.as_uri())
        opened.wait_for_selector(READY, timeout=10_000)
        return opened

    yield go
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith("file:")] == []
    assert len(asked) == len(contexts), "a page asks for itself and for nothing else"
    assert faults == []


def texts(opened: Any, selector: str) -> list[str]:
    return [" ".join(text.split()) for text in opened.locator(selector).all_inner_texts()]


def choose(opened: Any, data: dict[str, Any], combination: int) -> None:
    """Switch on the events of a combination, and no others."""
    for number in range(len(data["events"])):
        opened.locator(f"#event-{number}").set_checked(bool(combination >> number & 1))


def printed(small: Resolved, variant: Resolved) -> str:
    """What `rout compare` prints."""
    out = io.StringIO()
    comparison = sim.compare(small, variant, runs=RUNS, seed=SEED)
    print_comparison(Console(file=out, width=200, highlight=False, theme=THEME), comparison)
    return out.getvalue()


@pytest.mark.parametrize("combination", [0b110, 0b101, 0b010, 0b000])
def test_switches_show_the_numbers_that_rout_compare_prints(
    visit: Open, small: Resolved, data: dict[str, Any], page: Path, combination: int
) -> None:
    opened = visit(page)
    choose(opened, data, combination)
    expected = printed(small, version(small, data, combination))
    for name, words in BECAME.items():
        share, interval = texts(opened, f"tr[data-became={name}] td")
        assert re.search(rf"{re.escape(words)}\s+{share}\s+{interval}\n", expected), name
    mean, middle = (re.search(rf"{name}\s+(\S+)\s+(\S+ to \S+)", expected) for name in ("mean", "median"))
    (sentence,) = texts(opened, "#sentence")
    assert mean
    assert middle
    assert (
        f"moves by {mean[1]} days on average (95 % {mean[2]}), in the middle run by {middle[1]} ({middle[2]})"
        in sentence
    )
    for day in ("5", "11"):
        base, share, interval, *_ = texts(opened, f'tr[data-day="{day}"] td')
        assert re.search(rf"^{day}\s+{base}\s+\S+\s+{share}\s+{interval} ", expected, re.MULTILINE), day


def test_switches_move_every_picture_at_once(visit: Open, data: dict[str, Any], page: Path) -> None:
    opened = visit(page)
    opened.locator("#time").fill(str(len(data["clock"]["ticks"]) - 1))
    pictures = ("#survival", "#fan", "#dots", "#shift", "#map", "#became", "#sentence")
    before = [opened.locator(part).inner_html() for part in pictures]
    choose(opened, data, 0b000)
    after = [opened.locator(part).inner_html() for part in pictures]
    assert [part for part, a, b in zip(pictures, before, after, strict=True) if a == b] == []
    opened.get_by_role("button", name="All on").click()
    assert [opened.locator(part).inner_html() for part in pictures] == before


def test_the_map_shows_one_run_or_all(visit: Open, data: dict[str, Any], page: Path) -> None:
    opened = visit(page)
    opened.locator("#time").fill("0")
    assert texts(opened, "#map-text") == [f"0 places lost; units: {len(data['ground']['units'])} holding"]
    assert opened.locator("#map .units .holding").count() == len(data["ground"]["units"])
    opened.locator("#time").fill(str(len(data["clock"]["ticks"]) - 1))
    gone = opened.locator("#map .units .gone").count() + opened.locator("#map .units .evacuated").count()
    assert gone > 0
    opened.get_by_role("radio", name="all runs").check()
    assert opened.locator("#map .units path:not(.absent)").count() == 0
    (text,) = texts(opened, "#map-text")
    lost = data["table"]["columns"]["lost"]
    assert re.fullmatch(r"\d places? lost in more than 50 of 100 runs", text)
    assert lost["length"] == len(data["ground"]["places"]) * len(data["clock"]["hours"])


def test_the_map_as_a_table_says_the_same(visit: Open, data: dict[str, Any], page: Path) -> None:
    def rows() -> list[list[str]]:
        return [[*texts(row, "th"), *texts(row, "td")] for row in opened.locator("#places tbody tr").all()]

    opened = visit(page)
    choose(opened, data, 0b010)
    opened.locator("#time").fill(str(len(data["clock"]["ticks"]) - 1))
    opened.locator("#places summary").click()
    opened.locator("#places tbody tr").first.wait_for()
    places, hours = data["ground"]["places"], len(data["clock"]["hours"])
    lost = [row_of(data["table"], c)["lost"].reshape(len(places), hours)[:, -1] for c in (0b111, 0b010)]
    assert [name for name, *_ in rows()] == [place["name"] for place in places]
    for number, (_, _, base, ours, _) in enumerate(rows()):
        assert [int(base), int(ours)] == [round(100 * share[number]) for share in lost]
    opened.locator("#time").fill("0")
    assert {ours for _, _, _, ours, _ in rows()} == {"0"}


def test_it_plays_and_pauses(visit: Open, page: Path) -> None:
    opened = visit(page)
    opened.locator("#time").fill("0")
    opened.locator("#play").click()
    assert "Pause" in opened.locator("#play").inner_text()
    opened.wait_for_timeout(500)
    opened.locator("#play").click()
    at = opened.locator("#time").input_value()
    assert int(at) >= 2
    opened.wait_for_timeout(300)
    assert opened.locator("#time").input_value() == at


def test_less_motion_is_less_motion(visit: Open, page: Path) -> None:
    opened = visit(page, reduced_motion="reduce")
    opened.locator("#time").fill("0")
    opened.locator("#play").click()
    opened.wait_for_timeout(500)
    assert int(opened.locator("#time").input_value()) == 0
    opened.wait_for_timeout(400)
    assert int(opened.locator("#time").input_value()) == 1


WHAT = "(node => node.id || node.value || node.textContent.trim().slice(0, 40))(document.activeElement)"


def test_the_keyboard_alone_reaches_and_works_everything(visit: Open, data: dict[str, Any], page: Path) -> None:
    opened = visit(page)
    reached = []
    for _ in range(80):
        opened.keyboard.press("Tab")
        now = opened.evaluate(WHAT)
        if reached and now == reached[0]:
            break
        reached.append(now)
    events = [f"event-{number}" for number in range(len(data["events"]))]
    wanted = {*events, "All on", "All off", "play", "time", "unit", "alone", "run", "What mattered", "Provenance"}
    assert wanted - set(reached) == set()
    assert reached[0] == "Skip to the switches"

    opened.locator("#event-0").focus()
    opened.keyboard.press("Space")
    assert not opened.locator("#event-0").is_checked()
    assert "Without" in opened.locator("#version").inner_text()
    opened.locator("#time").focus()
    before = opened.locator("#moment").inner_text()
    opened.keyboard.press("ArrowRight")
    assert opened.locator("#moment").inner_text() != before
    assert opened.locator("#time").get_attribute("aria-valuetext") == opened.locator("#moment").inner_text()
    opened.get_by_role("radio", name="this run").focus()
    opened.keyboard.press("ArrowRight")
    assert opened.get_by_role("radio", name="all runs").is_checked()
    opened.locator("details summary").first.focus()
    opened.keyboard.press("Enter")
    assert opened.locator("details[open]").count() == 1
    opened.locator("#unit").focus()
    opened.keyboard.press("End")
    assert data["report"]["breaks"][-1]["name"] in opened.locator("#answer").inner_text()


@pytest.mark.slow
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
def test_axe_finds_nothing(visit: Open, data: dict[str, Any], page: Path, size: dict[str, int]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    opened = visit(page, size)
    choose(opened, data, 0b010)
    opened.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    for mode in ("this run", "all runs"):
        opened.get_by_role("radio", name=mode).check()
        found = Axe().run(opened)
        assert found.response["violations"] == [], found.generate_report()
        assert found.response["passes"]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
def test_nothing_runs_over_the_edge(visit: Open, page: Path, size: dict[str, int]) -> None:
    opened = visit(page, size)
    assert opened.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_the_switches_and_what_they_move_are_in_the_first_view(visit: Open, page: Path) -> None:
    opened = visit(page)
    for part in ("#event-0", "#version", "#map > svg", "#survival > svg", "#fan > svg"):
        box = opened.locator(part).bounding_box()
        assert box["y"] + box["height"] <= WIDE["height"], part


def test_no_script_from_elsewhere_runs(browser: Any, page: Path) -> None:
    opened = browser.new_page()
    refused: list[str] = []
    opened.on("console", lambda line: refused.append(line.text))
    opened.goto(page.as_uri())
    opened.wait_for_selector(READY)
    title = opened.title()
    opened.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'inline'";
        document.body.append(script);
        const image = document.createElement("img");
        image.src = "http://127.0.0.1/x.png";
        document.body.append(image);
        document.body.setAttribute("style", "color: red");
    }""")
    opened.wait_for_timeout(100)
    assert opened.title() == title
    assert sorted(word for word in ("script", "img", "style") for line in refused if f"{word}-src" in line) == [
        "img",
        "script",
        "style",
    ]
    opened.close()


def test_what_a_scenario_says_is_text(visit: Open, data: dict[str, Any], tmp_path: Path) -> None:
    hostile = "<img src=x onerror=\"document.title='taken'\"></script><script>document.title='taken'</script>"
    changed = copy.deepcopy({**data, "table": None, "lived": None}) | {"table": data["table"], "lived": data["lived"]}
    changed["case"] |= {"title": hostile, "summary": hostile}
    changed["events"][0] |= {"label": hostile, "about": hostile}
    changed["ground"]["places"][0]["name"] = hostile
    changed["report"]["breaks"][0]["name"] = hostile
    changed["report"]["prompts"][0] = hostile
    write(changed, tmp_path / "hostile.html")
    opened = visit(tmp_path / "hostile.html")
    assert opened.locator("#title").inner_text() == hostile
    assert hostile in opened.locator("#prompts").inner_text()
    assert opened.locator("img").count() == 0
    assert opened.title() == f"{hostile}: after-action report"


@pytest.mark.slow
def test_it_prints_on_two_pages(data: dict[str, Any], page: Path, tmp_path: Path) -> None:
    from pypdf import PdfReader

    conftest.chromium()
    print_pdf(page, tmp_path / "page.pdf")
    first, second = (text.extract_text() for text in PdfReader(tmp_path / "page.pdf").pages)
    for words in ("What happened", "How lucky", "Not collapsed", "day 0.0"):
        assert words in first
    for words in ("What mattered", "Pairs", "Why units broke", "Honesty box", "For the discussion", "Provenance"):
        assert words in second
    assert data["provenance"]["command"] in second
    assert "Play" not in first + second


def test_it_prints_the_version_that_is_shown(visit: Open, data: dict[str, Any], page: Path) -> None:
    from pypdf import PdfReader

    opened = visit(page)
    choose(opened, data, 0b110)
    pages = PdfReader(io.BytesIO(opened.pdf(prefer_css_page_size=True))).pages
    assert len(pages) == 2
    assert f"Without: {data['events'][0]['label']}" in " ".join(pages[0].extract_text().split())


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder without a word."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """(folder, address) of a server on this machine, with the page's own files in it."""
    for name in package.names():
        (tmp_path / name).write_text(package.read(name), encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as serving:
        thread = Thread(target=serving.serve_forever)
        thread.start()
        yield tmp_path, f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()
        thread.join()


def test_served_as_modules_the_same_files_make_the_same_page(
    browser: Any, visit: Open, page: Path, server: tuple[Path, str]
) -> None:
    folder, address = server
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text(encoding="utf-8"))
    text = re.sub(
        r'<script type="module">.*</script>', '<script type="module" src="report.js"></script>', text, flags=re.S
    )
    (folder / "index.html").write_text(text, encoding="utf-8")
    opened = browser.new_page(viewport=WIDE)
    opened.goto(f"{address}/index.html")
    opened.wait_for_selector(READY, timeout=10_000)
    alone = visit(page)
    assert opened.locator("main").inner_html() == alone.locator("main").inner_html()

    values = [0.25, 0.35, 0.125, 2.5, 1e-9, 0.05, 82.25, 12.5, 99.95, 1234.5]
    asked = [(value, digits) for value in (*values, *(-value for value in values)) for digits in (0, 1, 2)]
    rounded = opened.evaluate(
        "async asked => { const { fixed } = await import('/numbers.js'); return asked.map(each => fixed(...each)) }",
        asked,
    )
    assert [text.replace("-0.0", "0.0") for text in rounded] == [f"{v:.{d}f}".replace("-0.0", "0.0") for v, d in asked]
    refused = opened.evaluate(
        """async data => {
      const { connect, embedded, getResult } = await import("/result.js");
      connect(embedded(data));
      return getResult(new Set(), [{ hour: 5 }]).then(() => "answered", error => error.message);
    }""",
        {"events": [], "table": {"columns": {}}, "lived": {"columns": {}}},
    )
    assert "an inject needs a server" in refused
    opened.close()


def test_without_a_browser_tests_fail_where_they_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt install chromium"):
        conftest.chromium()
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="apt install chromium"):
        conftest.chromium()
