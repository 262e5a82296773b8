"""Every way to get a scenario wrong has one clear message: file, line, field, what, and the nearest name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from sim.scenario import load, resolve
from tests.scenario_files import BASE, LINKS, OUTCOMES, PLACES, TOML, UNITS, problems, put, write_file, write_folder

Break = Callable[[Path], object]
"""What spoils a sound scenario folder."""


def edit(old: str, new: str, file: str = "scenario.toml") -> Break:
    """Replace one text that occurs once."""

    def spoil(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")

    return spoil


def cell(file: str, row: str, column: str, value: str) -> Break:
    return lambda folder: put(folder / file, row, column, value)


def add(text: str, file: str = "scenario.toml") -> Break:
    return lambda folder: (folder / file).write_text((folder / file).read_text() + text)


def overwrite(file: str, data: bytes) -> Break:
    return lambda folder: (folder / file).write_bytes(data)


class Case(NamedTuple):
    """A break, and the problem it must cause: `line` is a text on the line, or its number."""

    spoil: Break
    file: str
    line: str | int
    field: str
    says: str
    nearest: str = ""


CASES: dict[str, Case] = {
    # names
    "unknown place": Case(
        cell(UNITS, "bridge_guard", "place", "BRIGDE"),
        UNITS, "bridge_guard", "unit.bridge_guard.place", "no place 'BRIGDE'", "BRIDGE",
    ),
    "unit at no place": Case(
        cell(UNITS, "bridge_guard", "place", ""),
        UNITS, "bridge_guard", "unit.bridge_guard.place", "is missing",
    ),
    "unknown holder": Case(
        cell(PLACES, "MIDTOWN", "holder", "goverment"),
        PLACES, "MIDTOWN", "place.MIDTOWN.holder", "no controller 'goverment'", "government",
    ),
    "unknown controller of a unit": Case(
        cell(UNITS, "bridge_guard", "controller", "oposition"),
        UNITS, "bridge_guard", "unit.bridge_guard.controller", "no controller", "opposition",
    ),
    "unknown patron": Case(
        cell(UNITS, "valley_militia", "patron", "westlan"),
        UNITS, "valley_militia", "unit.valley_militia.patron", "no patron 'westlan'", "westland",
    ),
    "a contingent of nobody": Case(
        cell(UNITS, "westland_legion", "patron", ""),
        UNITS, "westland_legion", "unit.westland_legion.patron", "a contingent is a patron's",
    ),
    "unknown formation": Case(
        cell(UNITS, "guard_brigade", "formation", "capital_comand"),
        UNITS, "guard_brigade", "unit.guard_brigade.formation", "no formation", "capital_command",
    ),
    "unknown parent": Case(
        edit('name = "River command"\nparent = "staff"', 'name = "River command"\nparent = "staf"'),
        TOML, 'parent = "staf"', "formation.river_command.parent", "no formation 'staf'", "staff",
    ),
    "unknown axis": Case(
        cell(PLACES, "MIDTOWN", "rises", "vally"),
        PLACES, "MIDTOWN", "place.MIDTOWN.rises", "no axis 'vally'", "valley",
    ),
    "unknown source in a cell of two": Case(
        cell(OUTCOMES, "FRONTIER", "source", "gazette; dairy"),
        OUTCOMES, "FRONTIER", "outcome.FRONTIER.source", "no source 'dairy'", "diary",
    ),
    "unknown trigger in a guard": Case(
        edit('fired = "legion_leaves"', 'fired = "legion_leves"'),
        TOML, "legion_leves", "trigger.order_to_fall_back.guard.1.fired", "no trigger", "legion_leaves",
    ),
    "unknown place in a guard": Case(
        edit('lost = "FRONTIER"', 'lost = "FRONTEER"'),
        TOML, "FRONTEER", "trigger.legion_leaves.guard.1.lost", "no place", "FRONTIER",
    ),
    "unknown formation in a target": Case(
        edit('formations = ["river_command"]', 'formations = ["rivr_command"]'),
        TOML, "rivr_command", "trigger.order_to_fall_back.target.formations.1", "no formation",
        "river_command",
    ),
    "unknown place in a type's own field": Case(
        edit('destination = "CAPITAL"', 'destination = "CAPITOL"'),
        TOML, "CAPITOL", "trigger.order_to_fall_back.destination", "no place 'CAPITOL'", "CAPITAL",
    ),
    "unknown name in an account": Case(
        edit('patron = "westland" }', 'patron = "eastland" }'),
        TOML, "eastland", "trigger.general_shot.account.betrayal.changes.patron", "no patron", "westland",
    ),
    "unknown trigger of an event": Case(
        cell("events.csv", "E1", "into", "general_shot mutny"),
        "events.csv", "E1", "event.E1.into", "no trigger 'mutny'",
    ),
    "unknown capital": Case(
        edit('capital = "CAPITAL" ', 'capital = "CAPITOL" '), TOML, "CAPITOL", "capital", "no place",
        "CAPITAL",
    ),
    "unknown parameter": Case(
        edit("waver_rate = 0.004", "waver_rat = 0.004"),
        TOML, "waver_rat", "parameters.waver_rat", "no such parameter", "waver_rate",
    ),
    "place given twice": Case(
        cell(PLACES, "MIDTOWN", "id", "BRIDGE"), PLACES, 4, "place.BRIDGE.id", "given twice, first at",
    ),
    "unit given twice": Case(
        cell(UNITS, "guard_brigade", "id", "bridge_guard"),
        UNITS, 6, "unit.bridge_guard.id", "units.csv:3",
    ),
    "trigger given twice": Case(
        edit('id = "legion_leaves"', 'id = "general_shot"'),
        TOML, 'id = "general_shot"\ntype = "ally_withdrawal"', "trigger.general_shot.id", "given twice",
    ),
    # fields and values
    "unknown field": Case(
        edit("collapse_share = ", "colapse_share = "), TOML, "colapse_share", "colapse_share",
        "no such field", "collapse_share",
    ),
    "unknown column": Case(
        cell(UNITS, "guard_brigade", "moral", "0.5"),
        UNITS, 1, "moral", "there is no such column", "morale",
    ),
    "unknown trigger type": Case(
        edit('type = "leader_killed"', 'type = "leader_kiled"'),
        TOML, "leader_kiled", "trigger.general_shot.type", "no trigger type 'leader_kiled'", "leader_killed",
    ),
    "trigger without a type": Case(
        edit('type = "leader_killed"\n', ""),
        TOML, '[[trigger]]\nid = "general_shot"', "trigger.general_shot.type", "is missing; the types are",
    ),
    "misspelt trigger field": Case(
        edit("probability = 0.7", "probabilty = 0.7"),
        TOML, "probabilty", "trigger.legion_leaves.probabilty", "'ally_withdrawal' has no such field",
        "probability",
    ),
    "field of another type": Case(
        edit("probability = 0.7", "deputy_ready = true"),
        TOML, "deputy_ready", "trigger.legion_leaves.deputy_ready", "these types have it: leader_killed",
    ),
    "probability above 1": Case(
        edit("probability = 0.7", "probability = 1.3"),
        TOML, "probability = 1.3", "trigger.legion_leaves.probability", "must be at most 1, not 1.3",
    ),
    "text for a number": Case(
        cell(UNITS, "guard_brigade", "men_low", "many"),
        UNITS, "guard_brigade", "unit.guard_brigade.men_low", "must be a number [men], not 'many'",
    ),
    "neither true nor false": Case(
        cell(UNITS, "guard_brigade", "elite", "maybe"),
        UNITS, "guard_brigade", "unit.guard_brigade.elite", "must be true or false, not 'maybe'",
    ),
    "text for true or false": Case(
        edit("air = true", 'air = "yes"'),
        TOML, "air = ", "patron.westland.air", "must be true or false, not 'yes'",
    ),
    "number for true or false": Case(
        edit("air = true", "air = 1"), TOML, "air = ", "patron.westland.air", "must be true or false, not 1",
    ),
    "number in quotation marks": Case(
        edit("probability = 0.7", 'probability = "0.7"'),
        TOML, "probability = ", "trigger.legion_leaves.probability", "must be a number, not '0.7'",
    ),
    "true for the format": Case(
        edit("format = 1", "format = true"), TOML, "format = ", "format", "must be a number, not true",
    ),
    "one number of two": Case(
        edit("men = [5000, 7000]", "men = [5000]"),
        TOML, "men = [5000]", "axis.valley.men", "must be a list of at least 2, not of 1",
    ),
    "word outside a choice": Case(
        cell(UNITS, "valley_militia", "kind", "militias"),
        UNITS, "valley_militia", "unit.valley_militia.kind", "must be 'regular', 'militia'", "militia",
    ),
    "number that is not one": Case(
        cell(LINKS, "MIDTOWN", "km", "nan"), LINKS, "BRIDGE,MIDTOWN", "link.BRIDGE-MIDTOWN.km",
        "must be a finite number",
    ),
    "days without end": Case(
        edit("days = 20 ", "days = inf "), TOML, "days = inf", "days", "must be a",
    ),
    "parameter that is not a number": Case(
        edit("waver_rate = 0.004", "waver_rate = nan"),
        TOML, "waver_rate", "parameters.waver_rate", "must be a finite number, not nan",
    ),
    "parameter out of bounds": Case(
        edit("waver_rate = 0.004", "waver_rate = -1"),
        TOML, "waver_rate", "parameters.waver_rate", "must lie between 0 and 10 1/h, not -1",
    ),
    "id in capitals": Case(
        cell(UNITS, "guard_brigade", "id", "Guard"), UNITS, ",CAPITAL,", "unit.Guard.id",
        "must be written in small letters, digits and _",
    ),
    "true for a number": Case(
        edit("men = [6000, 9000]", "men = [true, 9000]"),
        TOML, "men = [true", "anchor.men.1", "must be a number, not true",
    ),
    "unknown source of the anchor": Case(
        edit('sources = ["gazette"]', 'sources = ["gazete"]'),
        TOML, "gazete", "anchor.sources.1", "no source 'gazete'", "gazette",
    ),
    "guard without a condition": Case(
        edit('fired = "legion_leaves"\n', ""),
        TOML, "[[trigger.guard]]\n\n", "trigger.order_to_fall_back.guard.1", "holds no condition",
    ),
    "list for a table": Case(
        edit('target = { formations = ["river_command"] }', 'target = ["river_command"]'),
        TOML, "target = [", "trigger.order_to_fall_back.target", "must be a table, not a list",
    ),
    # what fits only together
    "men the wrong way round": Case(
        cell(UNITS, "guard_brigade", "men_low", "4000"),
        UNITS, "guard_brigade", "unit.guard_brigade.men_low", "4000 is above men_high, 3000",
    ),
    "attackers the wrong way round": Case(
        edit("men = [5000, 7000]", "men = [7000, 5000]"),
        TOML, "men = [7000", "axis.valley.men", "7000 is above the high value 5000",
    ),
    "cycle of command": Case(
        edit('[formation.staff]\nname = "General staff"',
             '[formation.staff]\nname = "General staff"\nparent = "capital_command"'),
        TOML, 'parent = "staff"\n\n# ---- places', "formation.capital_command.parent",
        "capital_command > staff > capital_command",
    ),
    "place without a road": Case(
        lambda folder: (folder / LINKS).write_text(
            "".join((folder / LINKS).read_text().splitlines(keepends=True)[:-1])
        ),
        PLACES, "CAPITAL,", "place.CAPITAL", "no link leads to this place",
    ),
    "roads in pieces": Case(
        lambda folder: (
            add("PORT,Port,coast,41,22,government,,,,\n", PLACES)(folder),
            add("HARBOUR,Harbour,coast,41,22,government,,,,\n", PLACES)(folder),
            add("PORT,HARBOUR,coast,12\n", LINKS)(folder),
        ),
        PLACES, "HARBOUR", "place.HARBOUR", "no road joins these places to the others: HARBOUR, PORT",
    ),
    "road to itself": Case(
        add("BRIDGE,BRIDGE,lane,3\n", LINKS), LINKS, "lane", "link.BRIDGE-BRIDGE",
        "joins 'BRIDGE' with itself",
    ),
    "road given twice": Case(
        add("MIDTOWN,BRIDGE,lane,3\n", LINKS), LINKS, "lane", "link.MIDTOWN-BRIDGE",
        "a second time, first at",
    ),
    "weights of accounts": Case(
        edit("weight = 0.4", "weight = 0.5"),
        TOML, "[[trigger.account]]\nname = \"enemy_raid\"", "trigger.general_shot.account",
        "the weights sum to 1.1, not to 1",
    ),
    "accounts of one name": Case(
        edit('name = "betrayal"', 'name = "enemy_raid"'),
        TOML, "[[trigger.account]]\nname = \"enemy_raid\"\nweight = 0.6", "trigger.general_shot.account",
        "two accounts are named 'enemy_raid'",
    ),
    "time of an account": Case(
        edit("changes = { cause", "changes = { at = 2031-05-03T00:00:00+00:00, cause"),
        TOML, "changes = { at", "trigger.general_shot.account.betrayal.changes.at",
        "the same for all accounts",
    ),
    "field the account's type lacks": Case(
        edit("changes = { cause", 'changes = { type = "mutiny", deputy_redy = true, cause'),
        TOML, "deputy_redy", "trigger.general_shot.account.betrayal.changes.deputy_redy",
        "'mutiny' has no such field",
    ),
    "waits for itself": Case(
        edit('fired = "legion_leaves"', 'fired = "order_to_fall_back"'),
        TOML, "fired =", "trigger.order_to_fall_back.guard.1.fired", "cannot wait for itself",
    ),
    "capital in other hands": Case(
        cell(PLACES, "CAPITAL", "holder", "opposition"),
        TOML, "capital = ", "capital", "held by 'opposition', not by the host",
    ),
    "no source of supply": Case(
        cell(PLACES, "CAPITAL", "supply_source", ""), PLACES, 0, "place", "is a supply_source",
    ),
    "no host": Case(
        edit('role = "host"', 'role = "neutral"'), TOML, "[controller.government]", "controller",
        "none has the role 'host'",
    ),
    "two hosts": Case(
        edit('role = "attacker"', 'role = "host"'),
        TOML, 'role = "host"\n\n# ---- patrons', "controller.opposition.role",
        "'government' is the host already",
    ),
    "what a type refuses": Case(
        edit('target = { formations = ["river_command"] }\n', ""),
        TOML, "[[trigger]]\nid = \"order_to_fall_back\"", "trigger.order_to_fall_back.place",
        "needs the place",
    ),
    # times
    "start without a zone": Case(
        edit("start = 2031-05-01T06:00:00+00:00", "start = 2031-05-01T06:00:00"),
        TOML, "start = ", "start", "lacks a zone",
    ),
    "a bare day": Case(
        cell(OUTCOMES, "FRONTIER", "contact", "2031-05-01"),
        OUTCOMES, "FRONTIER", "outcome.FRONTIER.contact", "lacks a time of day and a zone",
    ),
    "a number for a day": Case(
        cell(OUTCOMES, "FRONTIER", "contact", "20310501"),
        OUTCOMES, "FRONTIER", "outcome.FRONTIER.contact", "must be a date and time with a zone",
    ),
    "trigger after the end": Case(
        edit("at = 2031-05-02T21:00:00+00:00", "at = 2031-06-02T21:00:00+00:00"),
        TOML, "at = 2031-06", "trigger.general_shot.at", "after the end of the scenario, 20 days",
    ),
    "window reversed": Case(
        edit("window = [2031-05-04T00:00:00+00:00", "window = [2031-05-09T00:00:00+00:00"),
        TOML, "window = ", "trigger.legion_leaves.window", "ends before it begins",
    ),
    "window without a zone": Case(
        edit("window = [2031-05-04T00:00:00+00:00", "window = [2031-05-04T00:00:00"),
        TOML, "window = ", "trigger.legion_leaves.window.1", "lacks a zone",
    ),
    "at and window": Case(
        edit("window = [", "at = 2031-05-04T00:00:00+00:00\nwindow = ["),
        TOML, "window = ", "trigger.legion_leaves.window", "beside `at`",
    ),
    "lost before contact": Case(
        cell(OUTCOMES, "FRONTIER", "contact", "2031-05-02T06:00:00+00:00"),
        OUTCOMES, "FRONTIER", "outcome.FRONTIER.contact", "is later than lost_from",
    ),
    # files
    "two values for one key": Case(
        edit("days = 20 ", "days = 10\ndays = 20 "), TOML, "days = 20", "", "given twice",
    ),
    "not TOML": Case(
        edit("days = 20 ", "days = twenty "), TOML, "twenty", "", "is not valid TOML at 'twenty': text needs",
    ),
    "column named twice": Case(
        edit("men_low", "men_high", UNITS), UNITS, 1, "", "the column 'men_high' is named twice",
    ),
    "ragged row": Case(
        add("extra,Extra\n", UNITS), UNITS, "extra,Extra", "", "the row has 2 cells, the header has",
    ),
    "open quotation": Case(add('"extra\n', UNITS), UNITS, '"extra', "", "is not valid CSV"),
    "not text": Case(overwrite(UNITS, b"id\nab\xff\xfe"), UNITS, 2, "", "is not UTF-8 text"),
    "zero byte": Case(overwrite(UNITS, b"id\n\nab\0"), UNITS, 3, "", "a zero byte"),
    "empty file": Case(overwrite(LINKS, b"\n"), LINKS, 0, "", "the file is empty"),
    "too large": Case(overwrite(LINKS, b"x" * 20_000_001), LINKS, 0, "", "larger than 20 MB"),
    "table given twice": Case(
        add('\n[[unit]]\nid = "x"\n'), TOML, '[[unit]]', "unit", "is given here and in",
    ),
    "table not there": Case(
        lambda folder: (folder / UNITS).rename(folder / "unit.csv"),
        UNITS, 0, "", "no such file", "unit.csv",
    ),
    "optional table misnamed": Case(
        lambda folder: (folder / OUTCOMES).rename(folder / "outcome.csv"),
        "outcome.csv", 0, "", "is not a table of a scenario", "outcomes.csv",
    ),
    "folder for a file": Case(
        lambda folder: ((folder / UNITS).unlink(), (folder / UNITS).mkdir()),
        UNITS, 0, "", "is not a regular file",
    ),
}  # fmt: skip


def expected_line(file: Path, line: str | int) -> int:
    """The line a case names: a number, or the line where a text begins."""
    if isinstance(line, int):
        return line
    text = file.read_text()
    assert text.count(line) == 1, f"{line!r} occurs {text.count(line)} times"
    return text[: text.index(line)].count("\n") + 1


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_the_problem_is_named(case: Case, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "base")
    case.spoil(folder)
    found = problems(folder)
    matching = [p for p in found if p.field == case.field and case.says in p.message]
    assert len(matching) == 1, [str(p) for p in found]
    (problem,) = matching
    file = folder / case.file
    assert problem.file == str(file)
    assert problem.line == expected_line(file, case.line), str(problem)
    assert problem.nearest == case.nearest, str(problem)


def test_the_unbroken_scenario_is_sound(tmp_path: Path) -> None:
    assert resolve(load(write_folder(tmp_path / "base"))).name == "base"


def test_all_problems_come_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    """Faults in every file and between them, and in the changes, none hiding another."""
    folder = write_folder(tmp_path / "base")
    for name in ("unknown holder", "unknown source in a cell of two", "misspelt trigger field",
                 "unknown trigger in a guard", "parameter out of bounds", "start without a zone",
                 "men the wrong way round", "weights of accounts", "road to itself"):  # fmt: skip
        CASES[name].spoil(folder)
    put(folder / UNITS, "bridge_guard", "quality", "good")
    (folder / "sources.toml").write_text("[gazette\n")
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.iterdir()}
    found = problems(folder, set={"unit.nobody.men_low": 1}, without=["nothing"], account={"nobody": "x"})
    assert {(Path(p.file).name, p.field) for p in found} == {
        ("places.csv", "place.MIDTOWN.holder"),
        ("scenario.toml", "trigger.legion_leaves.probabilty"),
        ("scenario.toml", "trigger.order_to_fall_back.guard.1.fired"),
        ("scenario.toml", "parameters.waver_rate"),
        ("scenario.toml", "start"),
        ("scenario.toml", "trigger.general_shot.account"),
        ("units.csv", "unit.guard_brigade.men_low"),
        ("units.csv", "unit.bridge_guard.quality"),
        ("links.csv", "link.BRIDGE-BRIDGE"),
        ("sources.toml", ""),
        ("--set", "unit.nobody.men_low"),
        ("--without", "nothing"),
        ("--account", "nobody"),
    }
    assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.iterdir()} == before


def test_no_fault_of_a_row_hides_another_of_it(tmp_path: Path) -> None:
    """Types, names, and what two fields say together; of a field at fault, nothing but that."""
    folder = write_folder(tmp_path / "base")
    for column, value in {"kind": "brigade", "place": "NOWHERE", "men_low": "9000", "supply_cap": "99",
                          "supply": "8", "source": "herald"}.items():  # fmt: skip
        put(folder / UNITS, "bridge_guard", column, value)
    put(folder / LINKS, "BRIDGE", "km", "-3")
    put(folder / LINKS, "-3", "from", "NOWHERE")
    wrong = 'probability = 2\nscales_with = "nobody"\nmagnitude = "big"'
    edit('id = "general_shot"', f'id = "general_shot"\n{wrong}')(folder)
    assert {p.field for p in problems(folder)} == {
        "unit.bridge_guard.kind",
        "unit.bridge_guard.place",
        "unit.bridge_guard.men_low",
        "unit.bridge_guard.supply_cap",
        "unit.bridge_guard.source",
        "link.NOWHERE-BRIDGE.km",
        "link.NOWHERE-BRIDGE.from",
        "trigger.general_shot.probability",
        "trigger.general_shot.scales_with",
        "trigger.general_shot.magnitude",
    }


def test_a_misspelt_field_is_not_also_missing(tmp_path: Path) -> None:
    """The sound rest of a row is judged without what may have been meant by the slip."""
    text = BASE.replace('patron = "westland"\nformation', 'patorn = "westland"\nformation')
    found = problems(write_file(tmp_path / "base.toml", text))
    assert [(p.field, p.nearest) for p in found] == [
        ("unit.valley_militia.patorn", "patron"),
        ("unit.westland_legion.patorn", "patron"),  # a contingent, which must have one
    ]


def test_a_table_that_cannot_be_read_blames_nobody_else(tmp_path: Path) -> None:
    for number, file in enumerate([TOML, PLACES, UNITS, LINKS, "sources.toml"]):
        folder = write_folder(tmp_path / str(number))
        (folder / file).write_bytes(b"\xff")
        (problem,) = problems(folder)
        assert problem.file == str(folder / file)
