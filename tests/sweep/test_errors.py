"""Every way to get a sweep file wrong has one clear message: file, line, field, what, and the nearest name."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from sim.experiments.sweep import prepare
from sim.scenario import Problem, ScenarioError
from tests.sweep.files import SMALL, desk, rout, tree


class Case(NamedTuple):
    """A text of the sound file, what it becomes, and the problem: `line` is a text on its line, "" for no line."""

    old: str
    new: str
    line: str
    field: str
    says: str
    nearest: str = ""


WAVER = 'key = "parameter.waver_rate"'
SHOT = 'switch = "general_shot"'
DESIGN = 'kind = "factorial"'
CASES = {
    "misspelt setting": Case("runs = 30", "runs = 30\nsed = 2", "sed = 2", "sed", "no such field", "seed"),
    "runs as text": Case("runs = 30", 'runs = "30"', "runs =", "runs", "whole number, not '30'"),
    "no runs": Case("runs = 30\n", "", "", "", "needs runs, or [precision]"),
    "negative runs": Case("runs = 30", "runs = -1", "runs =", "runs", "at least 1"),
    "runs and precision": Case(
        "days = 4", "days = 4\nprecision = { half_width = 0.1 }", "runs =", "runs", "beside precision"
    ),
    "no scenario": Case('scenario = "case.toml"\n', "", "", "", "needs a scenario"),
    "unknown scenario": Case(
        '"case.toml"', '"syria_2042"', "scenario =", "scenario", "no file, folder or scenario", "syria_2024"
    ),
    "no design": Case(f"[design]\n{DESIGN}", "", "", "", "needs a [design]"),
    "unknown design": Case(DESIGN, 'kind = "factoral"', "kind =", "design.kind", "no design 'factoral'", "factorial"),
    "points of a factorial": Case(DESIGN, f"{DESIGN}\npoints = 4", "points", "design.points", "does not go with"),
    "points missing": Case(DESIGN, 'kind = "latin_hypercube"', "[design]", "design", "needs points"),
    "sobol of 100": Case(DESIGN, 'kind = "sobol"\npoints = 100', "points", "design.points", "64 or 128"),
    "table missing": Case(DESIGN, 'kind = "table"', "[design]", "design", "needs table"),
    "table not there": Case(DESIGN, 'kind = "table"\ntable = "p.csv"', "p.csv", "design.table", "no file 'p.csv'"),
    "table of a factorial": Case(DESIGN, f'{DESIGN}\ntable = "p.csv"', "p.csv", "design.table", "goes with"),
    "too many points": Case(WAVER, f"{WAVER}\nlevels = 500_001", "[design]", "design", "more than 1,000,000 points"),
    "no factor": Case(f"[[factor]]\n{WAVER}\n\n[[factor]]\n{SHOT}", "", "[design]", "design", "at least one"),
    "unknown parameter": Case(
        WAVER, 'key = "parameter.waver_rat"', "waver_rat", "factor.1.key", "no parameter", "waver_rate"
    ),
    "a parameter out of bounds": Case(WAVER, f"{WAVER}\nhigh = 20", "high", "factor.1.high", "between 0 and 10 1/h"),
    "a parameter as text": Case(WAVER, f'{WAVER}\nvalues = [0.1, "x"]', "values", "factor.1.values.2", "a number"),
    "low above high": Case(WAVER, f"{WAVER}\nlow = 2\nhigh = 1", "high", "factor.1.high", "must be above low, 2"),
    "log of zero": Case(WAVER, f'{WAVER}\nlow = 0\nscale = "log"', "low", "factor.1.low", "above 0 on a log scale"),
    "unknown scale": Case(WAVER, f'{WAVER}\nscale = "lin"', "scale", "factor.1.scale", "must be 'linear'", "linear"),
    "values and a range": Case(WAVER, f"{WAVER}\nvalues = [1]\nlow = 0", "low", "factor.1.low", "beside values"),
    "no values at all": Case(WAVER, f"{WAVER}\nvalues = []", "values", "factor.1.values", "at least 1"),
    "a value twice": Case(WAVER, f"{WAVER}\nvalues = [1, 2, 1]", "values", "factor.1.values", "a value twice"),
    "a trigger's range": Case(
        WAVER, 'key = "trigger.legion_leaves.probability"', "[[factor]]", "factor.1", "needs low and high, or values"
    ),
    "a chance above one": Case(
        WAVER, 'key = "trigger.legion_leaves.probability"\nlow = 0.5\nhigh = 1.5', "high", "factor.1.high",
        "at most 1, not 1.5",
    ),
    "unknown trigger": Case(
        WAVER, 'key = "trigger.legion_leave.probability"\nlow = 0\nhigh = 1', "key", "factor.1.key",
        "no trigger 'legion_leave'", "legion_leaves",
    ),
    "unknown field": Case(
        WAVER, 'key = "unit.bridge_guard.moral"\nlow = 0\nhigh = 1', "key", "factor.1.key", "no such field", "morale"
    ),
    "men who cross": Case(
        WAVER, 'key = "unit.bridge_guard.men_low"\nvalues = [1500, 1900]', "values", "factor.1.values.2",
        "1900 is above men_high, 1800",
    ),
    "unknown switch": Case(SHOT, 'switch = "general_short"', "switch", "factor.2.switch", "no trigger", "general_shot"),
    "a switch with values": Case(SHOT, f"{SHOT}\nvalues = [true]", "values", "factor.2.values", "does not go with"),
    "a switch that is off": Case(
        "days = 4", 'days = 4\nwithout = ["general_shot"]', "switch", "factor.2.switch", "switched off in the scenario"
    ),
    "unknown account": Case(
        SHOT, 'account = "general_shot"\nvalues = ["betrayl"]', "values", "factor.2.values.1", "no account 'betrayl'",
        "betrayal",
    ),
    "a trigger without accounts": Case(
        SHOT, 'account = "legion_leaves"', "account", "factor.2.account", "has no accounts to choose from"
    ),
    "no kind of factor": Case(SHOT, 'name = "x"', "[[factor]]", "factor.x", "needs one of key, switch"),
    "two kinds of factor": Case(SHOT, f'{SHOT}\nkey = "days"', "[[factor]]", "factor.2", "keep one"),
    "two factors of one name": Case(
        SHOT, f'{SHOT}\nname = "waver_rate"', "[[factor]]", "factor.waver_rate", "called 'waver_rate'"
    ),
    "a name of a result": Case(
        SHOT, f'{SHOT}\nname = "runs"', "name", "factor.runs.name", "is a column of the results"
    ),
    "unknown column": Case(
        "days = 4", 'days = 4\ncolumns = ["fall_BRIGDE"]', "columns", "columns", "no column", "fall_BRIDGE"
    ),
    "a change that is wrong": Case(
        "[design]", "[set]\nwaver_rat = 2\n\n[design]", "waver_rat =", "set.waver_rat", "no such setting", "waver_rate"
    ),
    "a dotted change that is wrong": Case(
        "[design]", "[set]\ntrigger.legion_leaves.probability = 2\n\n[design]", "probability = 2",
        "set.trigger.legion_leaves.probability", "at most 1",
    ),
    "days that are no whole steps": Case("days = 4", "days = 4.01", "days", "days", "not a whole number of steps"),
    "a day beyond the horizon": Case(
        "runs = 30", "precision = { day = 9, half_width = 0.1 }", "precision", "precision.day", "horizon of 4 days"
    ),
    "a share that is no share": Case(
        "runs = 30", "precision = { half_width = 0.5 }", "precision", "precision.half_width", "below 0.5"
    ),
    "a day for a median": Case(
        "runs = 30", 'precision = { measure = "median_hours", day = 3, half_width = 5 }', "precision", "precision.day",
        "does not go with median_hours",
    ),
    "no TOML": Case("runs = 30", "runs = = 30", "runs =", "", "not valid TOML"),
}  # fmt: skip


def problems(file: Path) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as caught:
        prepare(file)
    return caught.value.problems


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_told_once_at_its_line(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    assert SMALL.count(case.old) == 1
    file = desk(tmp_path, SMALL.replace(case.old, case.new))
    found = problems(file)
    told = [p for p in found if p.field == case.field and case.says in p.message]
    assert len(told) == 1, [str(p) for p in found]
    (problem,) = told
    assert problem.file == str(file)
    assert problem.nearest == case.nearest
    lines = file.read_text().splitlines()
    assert problem.line == 0 if case.line == "" else case.line in lines[problem.line - 1]
    # A name given twice concerns both factors; everything else is one fault.
    assert len(found) == (2 if "called" in case.says else 1), [str(p) for p in found]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = SMALL.replace("runs = 30", 'runs = "x"\nsed = 1').replace("factorial", "factoral")
    text = text.replace("waver_rate", "waver_rat").replace("general_shot", "general_short")
    text = text.replace("[design]", "[set]\nrally_rat = 1\n\n[design]")
    fields = {problem.field for problem in problems(desk(tmp_path, text))}
    assert fields == {"runs", "sed", "design.kind", "set.rally_rat", "factor.1.key", "factor.2.switch"}


def test_values_that_do_not_go_together_name_the_point(tmp_path: Path) -> None:
    factors = """
[[factor]]
key = "unit.bridge_guard.men_low"
values = [1000, 1500]

[[factor]]
key = "unit.bridge_guard.men_high"
values = [1400, 1900]
"""
    head = SMALL[: SMALL.index("[[factor]]")]
    (problem,) = problems(desk(tmp_path, head + factors))
    assert problem.field == "design"
    assert "design point 2 (unit.bridge_guard.men_low = 1500, unit.bridge_guard.men_high = 1400)" in problem.message


TABLE = """\
scenario = "case.toml"
runs = 5
days = 4
[design]
kind = "table"
table = "points.csv"
[[factor]]
switch = "general_shot"
"""


@pytest.mark.parametrize(
    ("rows", "line", "field", "says"),
    [
        ("general_shot,waver_rate\non,x\n", 2, "waver_rate", "must be a number, not 'x'"),
        ("general_shot,waver_rate\non,0.1\nof,0.2\n", 3, "general_shot", "must be on or off, not 'of'"),
        ("general_shot,waver_rat\non,0.1\n", 1, "waver_rat", "no parameter 'waver_rat'"),
        ("waver_rate\n0.1\n", 1, "", "no column 'general_shot'"),
        ("general_shot,waver_rate\non\n", 2, "", "1 cells, the header has 2"),
        ("general_shot,trigger.legion_leaves.probability\non,3\noff,0.1\n", 2, "", "at most 1, not 3"),
        ("general_shot\n", 0, "", "has no rows"),
    ],
)
def test_a_fault_in_a_table_is_told_at_its_row(tmp_path: Path, rows: str, line: int, field: str, says: str) -> None:
    (tmp_path / "points.csv").write_text(rows)
    (problem,) = problems(desk(tmp_path, TABLE))
    assert (Path(problem.file).name, problem.line) == ("points.csv", line)
    assert field in problem.field
    assert says in problem.message


def test_a_scenario_that_is_wrong_speaks_for_itself(tmp_path: Path) -> None:
    file = desk(tmp_path)
    case = tmp_path / "case.toml"
    case.write_text(case.read_text().replace('place = "FRONTIER"', 'place = "FRONTEIR"'))
    (problem,) = problems(file)
    assert problem.file == str(case)
    assert problem.nearest == "FRONTIER"


def test_a_wrong_file_writes_nothing(tmp_path: Path) -> None:
    desk(tmp_path, SMALL.replace("factorial", "factoral"))
    before = tree(tmp_path)
    done = rout("sweep", "small.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "small.toml:7: design.kind: there is no design 'factoral'" in done.stderr
    assert "(did you mean 'factorial'?)" in done.stderr
    assert tree(tmp_path) == before


ODD = ["3", "-1", "0", "1e400", "nan", '"x"', '""', "[]", "[1]", "{}", "{a = 1}", "true", '"\\u0000"', "1979-05-27",
       "[[1], [2]]", '[1, "a", true]', "99999999999999999999", '"trigger.legion_leaves"', '"unit"', '"."',
       '"parameter."', '"days"', '"capital"', '"axis.valley.men"', '"sobol"', '"table"', "[{a = 1}]",
       "inf"]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_no_slip_gives_a_traceback(seed: int, tmp_path: Path) -> None:
    """Lines with odd values, left out, or given twice: a sound sweep, or problems in words."""
    random = Random(seed)
    outcomes = set()
    for _ in range(40):
        lines = [*SMALL.splitlines(), 'key = "trigger.legion_leaves.probability"', "values = [0.1, 0.4]"]
        lines.insert(-2, "[[factor]]")
        for _ in range(random.randint(0, 3)):
            at = random.randrange(len(lines))
            match random.randrange(3):
                case 0 if "=" in lines[at]:
                    lines[at] = lines[at].split("=")[0] + "= " + random.choice(ODD)
                case 1:
                    del lines[at]
                case _:
                    lines.insert(at, random.choice(lines))
        try:
            outcomes.add(len(prepare(desk(tmp_path, "\n".join(lines))).rows) > 0)
        except ScenarioError as error:
            outcomes.add(bool(error.problems) and all(problem.message for problem in error.problems))
    assert outcomes == {True}
