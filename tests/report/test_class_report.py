"""The report of a class: what it did, what that changed, who saw it coming; the same from every copy of its log."""

from __future__ import annotations

import copy
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.classroom import report, session
from sim.classroom.case import Case, Event, Version
from sim.classroom.log import Entry, Log, bring_in
from sim.classroom.questions import questions
from sim.classroom.report import entries_of, is_class
from sim.classroom.scores import scores
from sim.classroom.session import Class, Who
from sim.classroom.told import Told
from sim.classroom.views import state_for
from sim.ensemble import outcomes
from sim.plan import make_plan
from sim.report import print_pdf, write
from sim.scenario.resolved import Resolved
from tests.classroom.conftest import DAYS, RUN, RUNS, SEED, supply
from tests.classroom.played import STUDENTS, UMPIRE, Played, play
from tests.report import conftest
from tests.report.reading import row_of
from tests.report.test_browser import NARROW, WIDE, Open, texts, visit
from tests.test_cli import refused, rout, tree

__all__ = ["visit"]  # a fixture
OF_SCENARIO = report.OF_SCENARIO
FEW = 4
"""Events that can be switched: all combinations of more take long, stepped with numpy."""
HOSTILE = "<img src=x onerror=\"document.title='taken'\"></script><script>document.title='taken'</script>"


@pytest.fixture(scope="session")
def few() -> Any:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(report, "TOP", FEW)
        patched.setattr(report, "MOST_EVENTS", FEW)
        patched.setattr(report, "OF_SCENARIO", 2)
        yield


@pytest.fixture(scope="session")
def case() -> Case:
    return Case.of(supply(), DAYS)


@pytest.fixture(scope="session")
def held(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a class that was played to its end."""
    file = tmp_path_factory.mktemp("class") / "monday.class"
    play(file, case, runs=RUNS, run=RUN, seed=SEED).log.close()
    return file


@pytest.fixture(scope="session")
def entries(held: Path) -> list[Entry]:
    return entries_of(held)


@pytest.fixture(scope="session")
def state(entries: list[Entry]) -> Class:
    return session.fold(entries)


@pytest.fixture(scope="session")
def class_data(few: None, entries: list[Entry]) -> dict[str, Any]:
    return report.data(entries, kernel="numpy")


@pytest.fixture(scope="session")
def class_page(class_data: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("class_page") / "class report.html"
    write(class_data, file)
    return file


def steps(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the class did, by what it is called."""
    return {row["text"]: row for row in data["report"]["happened"] if "number" in row}


def test_what_a_class_did_stands_in_order_of_time_with_its_reasons(class_data: dict[str, Any], state: Class) -> None:
    happened, did = class_data["report"]["happened"], steps(class_data)
    assert all(a["hour"] <= b["hour"] for a, b in pairwise(happened))
    rally = did["Rally: Suburb"]
    assert (rally["who"], rally["turn"], rally["hour"], rally["acts"], rally["fired"]) == (
        "Command",
        1,
        0.0,
        48.0,
        48.0,
    )
    assert rally["reason"].startswith("the suburb will waver first")
    assert did["Override: North brigade 1 leaves"]["who"] == "Umpire"
    undone = did["Stop: Valley closes its sky to Isle's aircraft"]
    assert (undone["turn"], undone["undone"], undone["effect"]) == (2, "no: it had no offer to make", None)
    assert did["Turn 3 begins without a forecast of League"]["reason"] == "League has been talking for ten minutes"
    withdrawn = "Withdraw: South brigade 1 and South brigade 2, Port, without being told why"
    assert {name for name, row in did.items() if row["effect"] is not None} == {
        "Rally: Suburb", "Cut a road: City, Airfield", "Spread a rumour: City", "Override: North brigade 1 leaves",
        "Grant an airlift: City, 3 days", withdrawn, "Stop: Isle takes its battalions home",
    }  # fmt: skip
    assert not {row.get("trigger") for row in happened} & set(state.version.ids), "nothing is told twice"
    assert next(row["text"] for row in happened if row["kind"] == "event") == "The coast road is cut"


def test_a_turn_that_was_undone_is_told_and_took_its_forecasts_along(case: Case, tmp_path: Path) -> None:
    c = Played(tmp_path / "a.class", case, runs=RUNS, run=RUN)
    c.do(UMPIRE, "begin")
    for who in c.who:
        c.seal(who, 14, 16, 18, "as before")
    c.do(UMPIRE, "advance")
    for who in c.who:
        c.seal(who, 14, 16, 18, "as before")
    c.do(UMPIRE, "undo", reason="too fast")
    c.do(UMPIRE, "advance")
    c.seal("north", 14, 16, 18, "again")
    c.do(UMPIRE, "advance", reason="time is short")
    c.log.close()
    told = Told(case, session.fold(c.log.entries), c.log.entries)
    assert [(step["text"], step["turn"], step["hour"], step["undone"]) for step in told.steps()] == [
        ("Turn 2 begins", 2, 96.0, "too fast"),
        ("Turn 3 begins without a forecast of Isle, League", 3, 192.0, None),
    ]


def compared(case: Case, state: Class, variant: Resolved) -> dict[str, float]:
    """The paired shift from what was played to a variant, as `rout compare` tells it."""
    played = case.with_played(state.version)
    return sim.compare(played, variant, runs=RUNS, seed=SEED).summary["shift_hours"]


def test_what_a_step_changed_is_what_rout_compare_says(class_data: dict[str, Any], case: Case, state: Class) -> None:
    did, version = steps(class_data), state.version
    for text, left in {
        "Rally: Suburb": Version(tuple(e for e in version.played if e.card != "rally"), version.stopped),
        "Override: North brigade 1 leaves": Version(
            tuple(e for e in version.played if e.trigger != "refusal"), version.stopped
        ),
        "Stop: Isle takes its battalions home": Version(version.played, ()),
    }.items():
        assert did[text]["effect"] == compared(case, state, case.with_played(left)), text
    fork = class_data["class"]["forks"][0]
    assert fork["changes"] == ["Grant an airlift: City", "Stop: The coast road is cut"]
    assert fork["shift"] == compared(case, state, case.with_played(state.fork_version(fork["number"])))


def test_what_was_played_is_the_baseline_and_can_be_switched_off(
    class_data: dict[str, Any], case: Case, state: Class
) -> None:
    events = class_data["events"]
    assert len(events) == FEW
    added = [event for event in events if event["name"].startswith("played_")]
    assert sorted(event["label"].partition(" (")[0] for event in added) == [
        "All else that was played", "Stop: Isle takes its battalions home",
    ]  # fmt: skip
    everything = 2**FEW - 1
    base = row_of(class_data["table"], everything)
    times = outcomes(make_plan(case.with_played(state.version)), runs=RUNS, seed=SEED, kernel="numpy")["collapse_hour"]
    assert base["collapsed.share"][-1] == np.isfinite(times).mean()
    off = everything & ~sum(1 << events.index(event) for event in added)
    expected = compared(case, state, case.resolved)
    row = row_of(class_data["table"], off)
    assert {name: row[f"paired.shift.{name}"] for name in expected} == expected, "without all of it: the scenario"


def test_what_ifs_that_were_kept_are_told_those_on_the_projector_first(
    class_data: dict[str, Any], case: Case, state: Class, entries: list[Entry]
) -> None:
    forks = class_data["class"]["forks"]
    assert [(fork["name"], fork["who"], fork["projected"]) for fork in forks] == [
        ("No rumour, a second airlift", "Command", True),
        ("Valley lets them fly", "Isle", False),
        ("No flights at all", "Umpire", False),
    ]
    played = Told(case, state, entries, names=True)
    assert [fork["who"] for fork in played.forks(10)] == ["Command (Ada Lovell)", "Isle (Ben Okri-Hall)", "Umpire"]
    for most in (1, 2, 3):
        told = [fork["name"] for fork in played.forks(most)]
        assert told[0] == "No rumour, a second airlift"
        assert told[1:] == ["Valley lets them fly", "No flights at all"][3 - most :], "of the others the last"
    assert "The what-if “No flights at all” (Umpire)" in questions([], {"rows": []}, forks[2:])[0]


def test_a_what_if_is_its_team_s_own_until_the_report(state: Class) -> None:
    member = {row["team"]: number for number, row in state.members.items()}
    seen = {team: state_for(state, Who("team", team, number), 1) for team, number in member.items()}
    assert {team: [fork["name"] for fork in each["forks"]] for team, each in seen.items()} == {
        "north": ["No rumour, a second airlift"], "isle": ["Valley lets them fly"], "league": [],
    }  # fmt: skip
    assert "forks" not in state_for(state, Who("projector"), 1)


def test_events_that_the_class_touched_can_be_switched_before_those_that_tell_most(
    class_data: dict[str, Any], case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {event["name"] for event in class_data["events"]}
    assert {"airlift_denied", "road_cut"} < names, "one was to be stopped, both were left out of what-ifs"
    assert "those that the class stopped or left out of a what-if" in class_data["case"]["how_chosen"]
    c = Played(tmp_path / "a.class", case, runs=RUNS, run=RUN)
    c.do(UMPIRE, "begin")
    rally = {"hour": 48.0, "card": "rally", "with": {"place": "SUBURB"}}
    for _ in range(9):
        c.do(UMPIRE, "inject", event=rally, reason="once more")

    def chosen(many: int, least: int) -> list[str]:
        monkeypatch.setattr(report, "OF_SCENARIO", least)
        told = Told(case, session.fold(c.log.entries), c.log.entries)
        added = report._added(told, case)
        shifts = [{"mean": 0.0}] * len(added)
        players = report._chosen(case, told, added, shifts, many, 1).players
        assert len(players) <= many
        return [player.name for player in players if not player.name.startswith("played_")]

    # The guide's class has played more than there is room for: of the four events of its case, which are of three
    # types, none is left out because another type tells more.
    assert chosen(7, OF_SCENARIO) == ["airlift_denied", "isle_goes_home", "route_cut"]
    c.do(UMPIRE, "stop", trigger="isle_goes_home", reason="Isle has promised to stay")
    c.do(UMPIRE, "undo", reason="it has not")
    assert chosen(6, 1) == ["isle_goes_home"], "the class has talked of it"
    c.do(UMPIRE, "stop", trigger="isle_goes_home", reason="now it has")
    assert "isle_goes_home" not in chosen(7, OF_SCENARIO), "its stop can be switched"
    c.log.close()


def test_days_are_told_in_words(case: Case, state: Class, entries: list[Entry]) -> None:
    told = Told(case, state, entries)
    for days, words in ((1.0, "1 day"), (1.5, "1.5 days"), (3, "3 days")):
        event = Event(hour=0.0, card="grant_airlift", fields={"place": "CITY", "days": days})
        assert told.label(event) == f"Grant an airlift: City, {words}"


def test_forecasts_stand_beside_the_runs_and_are_scored(class_data: dict[str, Any], case: Case, state: Class) -> None:
    saw = class_data["class"]["foreseen"]
    times = outcomes(make_plan(case.with_played(state.version)), runs=RUNS, seed=SEED, kernel="numpy")["collapse_hour"]
    expected = scores(state.forecasts.values(), times, RUN, DAYS * 24, [saw["day"]])
    assert [(row["turn"], row["id"], row["crps"], row["expected"], row["best"]) for row in saw["rows"]] == [
        (row["turn"], row["team"], row["crps"], row["expected"], row["best"]) for row in expected
    ]
    assert len(saw["rows"]) == 9
    assert all(row["brier"]["best"] <= row["brier"]["expected"] for row in saw["rows"] if row["brier"])
    league = next(row for row in saw["rows"] if (row["turn"], row["team"]) == (1, "League"))
    assert league["dots"][10] == pytest.approx(24 * 6.18, abs=4), "the middle that it said is day 6"
    assert [world["turn"] for world in saw["worlds"]] == [1, 2, 3, 4]
    assert all(len(world["dots"]) == 20 for world in saw["worlds"])
    mean = next(team for team in saw["teams"] if team["team"] == "Isle")
    isle = [row["crps"] for row in saw["rows"] if row["team"] == "Isle"]
    assert (mean["scored"], mean["crps"]) == (4, pytest.approx(np.mean(isle)))
    assert saw["sentence"].startswith("Judgement: on average over all runs Command came closest to the best possible")
    assert "League stayed furthest from it" in saw["sentence"]
    assert "; luck: this run " in saw["sentence"]


def test_questions_name_what_this_class_did(class_data: dict[str, Any]) -> None:
    asked = class_data["report"]["prompts"]
    did = steps(class_data)
    largest = max((row for row in did.values() if row["effect"]), key=lambda row: abs(row["effect"]["mean"]))
    assert f"“{largest['text']}” ({largest['who']}) moved the collapse most" in asked[0]
    assert "The forecast of League in turn 1 lay furthest from this run" in asked[1]
    assert "“Override: North brigade 1 leaves”, because “its commander was seen leaving”" in asked[2]
    assert "was undone: “no: it had no offer to make”" in asked[3]
    assert "On the projector, “No rumour, a second airlift” moved the collapse by" in asked[4]


def test_of_a_class_that_did_nothing_nothing_is_asked() -> None:
    assert questions([], {"rows": []}, []) == []


def test_students_are_named_only_if_asked_for(class_page: Path, case: Case, state: Class, entries: list[Entry]) -> None:
    text = class_page.read_text(encoding="utf-8")
    for name, _ in STUDENTS:
        assert not any(part in text for part in name.split())
    told = Told(case, state, entries, names=True)
    assert {step["who"] for step in told.steps()} == {
        "Umpire", "Command (Ada Lovell)", "Isle (Ben Okri-Hall)", "League (Cleo Marsh)",
    }  # fmt: skip
    assert [team["members"] for team in told.teams()] == [["Ada Lovell"], ["Ben Okri-Hall"], ["Cleo Marsh"]]


def test_every_copy_of_a_log_has_the_same_entries_and_no_clock_is_read(
    held: Path, entries: list[Entry], class_data: dict[str, Any], tmp_path: Path
) -> None:
    log = Log.open(held)
    (tmp_path / "class.jsonl").write_bytes(log.export())
    log.close()
    bring_in(tmp_path / "class.jsonl", tmp_path / "b.class").close()
    assert entries_of(tmp_path / "class.jsonl") == entries_of(tmp_path / "b.class") == entries
    facts = class_data["provenance"]
    assert facts.keys() == {"command", "source", "log_sha256", "scenario_sha256", "versions"}
    assert facts["log_sha256"] == entries[-1].hash
    assert facts["command"] == "rout report class.jsonl"


@pytest.mark.slow
def test_every_copy_of_a_log_gives_the_same_bytes(few: None, held: Path, class_page: Path, tmp_path: Path) -> None:
    log = Log.open(held)
    (tmp_path / "class.jsonl").write_bytes(log.export())
    log.close()
    bring_in(tmp_path / "class.jsonl", tmp_path / "b.class").close()
    (tmp_path / "a.class").write_bytes(held.read_bytes())
    for number, name in enumerate(("a.class", "class.jsonl", "b.class")):
        out = f"{number}.html"
        done = rout("report", name, "--out", out, "--kernel", "numpy", "--workers", "2", "--quiet", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert f"rout report {name}" in done.stdout
        assert (tmp_path / out).read_bytes() == class_page.read_bytes(), name


def test_a_class_that_has_not_begun_has_no_report(case: Case, tmp_path: Path) -> None:
    Played(tmp_path / "new.class", case, runs=RUNS, run=RUN).log.close()
    before = tree(tmp_path)
    assert "the class has not begun" in refused(rout("report", "new.class", cwd=tmp_path))
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a.class", "--seed", "2"], "a.class is a class, and has its own --seed"),
        (["a.class", "--run", "0"], "has its own --run"),
        (["a.class", "--set", "days=3"], "has its own --set"),
        (["no.class"], "no.class is no exported class"),
        (["cut.jsonl"], "cut.jsonl is no exported class, or not all of one"),
        (["altered.jsonl"], "the log was altered"),
        (["other.db"], "other.db is no class file"),
        (["teaching_supply", "--names"], "--names is for the report of a class"),
        (["a.class", "--out", "there.html"], "exists and is not overwritten"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    held: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    import sqlite3

    (tmp_path / "a.class").write_bytes(held.read_bytes())
    log = Log.open(held)
    exported = log.export()
    log.close()
    (tmp_path / "no.class").write_text("hello")
    (tmp_path / "cut.jsonl").write_bytes(exported[:-20])
    (tmp_path / "altered.jsonl").write_bytes(exported.replace(b"rumour will pass", b"rumour will stay"))
    (tmp_path / "there.html").write_text("")
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    before = set(tree(tmp_path))
    assert message in refused(rout("report", *words, cwd=tmp_path))
    assert set(tree(tmp_path)) == before


def test_what_looks_like_a_class(held: Path, tmp_path: Path) -> None:
    (tmp_path / "scenario.toml").write_text("format = 1\n")
    assert is_class(held)
    assert not is_class(tmp_path)
    assert not is_class(tmp_path / "scenario.toml")
    assert not is_class(tmp_path / "nothing.class")


# -- the page ---------------------------------------------------------------------------------


def test_the_page_tells_the_class(visit: Open, class_data: dict[str, Any], class_page: Path) -> None:
    opened = visit(class_page)
    assert opened.locator("#kind").inner_text() == "After-action report of a class"
    (told,) = texts(opened, "#happened .override")
    assert "Umpire Override: North brigade 1 leaves. its commander was seen leaving Without it" in told
    assert "Undone: no: it had no offer to make" in texts(opened, "#happened .undone")[0]
    saw = class_data["class"]["foreseen"]
    assert texts(opened, "#foresaw-sentence") == [saw["sentence"]]
    assert opened.locator("#forecasts .turn").count() == 4
    assert opened.locator("#forecasts .dots.ours").count() == len(saw["rows"])
    assert opened.locator("#forecasts .dots.ours circle").count() == 20 * len(saw["rows"])
    rows = texts(opened, "#scores tbody tr")
    assert len(rows) == 3 + 9
    league = next(row for row in saw["rows"] if (row["turn"], row["team"]) == (1, "League"))
    (shown,) = [row for row in rows if row.startswith("League, turn 1")]
    numbers = [f"{league[name] / 24:.1f}" for name in ("crps", "expected", "best")]
    assert f"they have no heart in it; one push {' '.join(numbers)}" in shown
    first, second, _ = texts(opened, "#forks tbody tr")
    assert first.startswith("No rumour, a second airlift Command, on the projector: Grant an airlift: City")
    assert second.startswith("Valley lets them fly Isle: Stop: Valley closes its sky")
    for number, event in enumerate(class_data["events"]):
        assert event["label"] in opened.locator(f"label[for=event-{number}]").inner_text()
    assert class_data["provenance"]["log_sha256"] in opened.locator("#provenance").inner_text()


def test_a_report_of_a_scenario_has_nothing_of_a_class(visit: Open, page: Path) -> None:
    opened = visit(page)
    for part in ("#foresaw", "#to-foresaw", "#forks-part"):
        assert not opened.locator(part).is_visible()


@pytest.mark.slow
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
def test_everybody_can_use_it(visit: Open, class_page: Path, size: dict[str, int]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    opened = visit(class_page, size)
    assert opened.evaluate("document.documentElement.scrollWidth") <= size["width"]
    opened.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    opened.get_by_role("button", name="Show all").click()
    found = Axe().run(opened)
    assert found.response["violations"] == [], found.generate_report()


def whole(data: dict[str, Any]) -> dict[str, Any]:
    """A copy of the data of a page, to be changed; the tables stay as they are."""
    tables = {name: data[name] for name in ("table", "lived")}
    return copy.deepcopy({**data, "table": None, "lived": None}) | tables


def test_what_people_wrote_is_text(visit: Open, class_data: dict[str, Any], tmp_path: Path) -> None:
    changed = whole(class_data)
    saw = changed["class"]["foreseen"]
    for row in [*saw["rows"], *saw["teams"], *changed["class"]["teams"], *changed["class"]["forks"]]:
        row |= {name: HOSTILE for name in ("team", "who", "reason", "name") if name in row}
    for row in changed["report"]["happened"]:
        row |= {name: HOSTILE for name in ("text", "who", "reason") if name in row}
        if row.get("undone"):
            row["undone"] = HOSTILE
    changed["class"]["forks"][0]["changes"] = [HOSTILE]
    saw["sentence"] = HOSTILE
    write(changed, tmp_path / "hostile.html")
    opened = visit(tmp_path / "hostile.html")
    for part in ("#happened", "#forks", "#foresaw-sentence", "#run"):
        assert HOSTILE in opened.locator(part).text_content(), part
    assert HOSTILE in opened.locator("#scores").text_content()
    assert opened.locator("img").count() == 0
    assert opened.title() != "taken"


def test_a_class_that_did_little_has_little_to_tell(visit: Open, class_data: dict[str, Any], tmp_path: Path) -> None:
    changed = whole(class_data)
    changed["class"] |= {"forks": [], "revealed": False}
    changed["class"]["foreseen"] |= {"rows": [], "teams": [], "worlds": [], "sentence": "No forecast was sealed."}
    changed["report"]["happened"] = [row for row in changed["report"]["happened"] if "number" not in row]
    write(changed, tmp_path / "little.html")
    opened = visit(tmp_path / "little.html")
    assert opened.locator("#foresaw").inner_text().split("\n")[-1] == "No forecast was sealed."
    assert not opened.locator("#forks-part").is_visible()
    assert "had not been revealed yet" in opened.locator("#run").inner_text()


def printed(file: Path, out: Path) -> list[str]:
    from pypdf import PdfReader

    conftest.chromium()
    print_pdf(file, out)
    return [" ".join(each.extract_text().split()) for each in PdfReader(out).pages]


@pytest.mark.slow
def test_it_prints_on_two_pages(class_data: dict[str, Any], class_page: Path, tmp_path: Path) -> None:
    first, second = printed(class_page, tmp_path / "page.pdf")
    for words in (
        "What happened",
        "How lucky",
        "Who saw it coming",
        "Judgement: on average",
        "Turn 1",
        "Command mean of",
    ):
        assert words in first
    for words in (
        "What mattered",
        "What ifs that were kept",
        "on the projector",
        "Honesty box",
        "For the discussion",
        "rout report class.jsonl",
    ):
        assert words in second


@pytest.mark.slow
def test_a_long_class_prints_on_two_pages_too(class_data: dict[str, Any], tmp_path: Path) -> None:
    """Sixty steps with reasons of a thousand letters, twelve teams, ten turns, ten forks."""
    changed, long = whole(class_data), "because of what we saw there yesterday " * 25
    happened, saw = changed["report"]["happened"], changed["class"]["foreseen"]
    step = next(row for row in happened if row["kind"] == "play") | {"reason": long}
    happened[:0] = [step | {"number": 100 + n, "hour": 0.0} for n in range(60)]
    row, world = saw["rows"][0], saw["worlds"][0]
    team = saw["teams"][0] | {"team": "A team with quite a long name of its own"}
    saw["rows"] = [
        row | {"turn": turn, "team": team["team"], "reason": long} for turn in range(1, 11) for _ in range(12)
    ]
    saw["worlds"] = [world | {"turn": turn} for turn in range(1, 11)]
    saw["teams"] = [team] * 12
    changed["class"]["forks"] = [changed["class"]["forks"][0] | {"name": long[:40]}] * 10
    for event in changed["events"]:
        event["label"] = long[:160]
    write(changed, tmp_path / "long.html")
    assert len(printed(tmp_path / "long.html", tmp_path / "long.pdf")) == 2


def test_it_can_be_mailed(class_page: Path) -> None:
    assert class_page.stat().st_size < 1_000_000
