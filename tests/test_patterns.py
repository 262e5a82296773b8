"""The patterns: what is documented is fixed, what is simulated is measured and judged as it should be."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.patterns import HOLDS, MISSES, NOT_SIMULATED, PATTERNS, as_dict, compare
from sim.patterns import simulated as measured
from sim.patterns.comparison import Finding, is_held
from sim.patterns.page import PAGE, documented, written
from sim.results import Result
from sim.scenario import write_new
from sim.state import Status

pytestmark = pytest.mark.slow  # half a minute together: every pattern is measured on real runs

ROOT = Path(__file__).parents[1]
RUNS = 12

HELD = {
    "reasons": [(0.33, 0.76), (0.0, 0.24)],
    "casualties": [(0.8, 1.0)],
    "attrition": [(0.003, 0.05), (0.5, 2.0)],
    "contagion": [(4.05, 7.61)],
    "desertion": [(2.7e-6, 8.4e-5)],
    "bombed": [],
    "offers": [],
    "partial": [],
    "retreat": [(0.125, 0.5), (1.0, inf)],
    "durations": [(7.3, 16.5)],
    "control": [],
    "stand": [(34.0, 66.0)],
    "deals": [(0.5, 1.0), (8.75, 10.75)],
}
"""Written down before anything was simulated. To move one is to say why, in the changelog and here."""


def rout(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "COLUMNS": "80"}
    return subprocess.run([sys.executable, "-m", "sim.cli", "patterns", *words], cwd=cwd, env=environment,
                          capture_output=True, text=True, timeout=300)  # fmt: skip


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return sim.run(sim.load("syria_2024"), runs=RUNS, out=tmp_path_factory.mktemp("patterns") / "result")


@pytest.fixture(scope="module")
def findings(result: Result) -> dict[str, Finding]:
    return {finding.pattern.id: finding for finding in compare(result)}


# the table


def test_no_range_has_moved() -> None:
    assert {pattern.id: [figure.held for figure in pattern.figures] for pattern in PATTERNS} == HELD


def test_documented_figures_and_ranges_are_literals() -> None:
    """Nothing in the table is computed, so that nothing simulated can find its way into it."""
    tree = ast.parse((ROOT / "sim/patterns/table.py").read_text())
    figures = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "Figure"]
    assert len(figures) == sum(len(pattern.figures) for pattern in PATTERNS)
    numbers = [n for figure in figures for argument in figure.args for n in ast.walk(argument)]
    assert {type(n) for n in numbers} <= {ast.Constant, ast.Tuple, ast.Load, ast.Name}
    assert {n.id for n in numbers if isinstance(n, ast.Name)} == {"inf"}
    imported = [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    assert not [module for module in imported if module and module.startswith("sim")]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.id)
def test_a_pattern_has_figures_with_reasons_or_says_why_not(pattern: Any) -> None:
    assert pattern.documented
    assert pattern.source
    assert bool(pattern.figures) != bool(pattern.not_simulated)
    assert (pattern.id in measured.MEASURES) == bool(pattern.figures)
    for figure in pattern.figures:
        assert figure.why
        assert figure.held[0] < figure.held[1]
        # A record outside its own range would be a slip.
        assert figure.documented is None or all(is_held(figure, end) for end in figure.documented)


# the measures


def test_the_slope_of_the_afghan_falls_is_the_documented_one() -> None:
    fallen = np.diff([0, 1, 2, 5, 6, 8, 9, 12, 18, 25, 33])
    times = np.append(np.repeat(np.arange(10) * 24 + 12.0, fallen), np.nan)
    once, twice = measured.contagion_slopes(np.array([times, times]), np.array([240.0, 240.0]))
    assert once == twice == pytest.approx(5.83, abs=0.05)


def test_falls_at_a_constant_hazard_have_no_slope() -> None:
    times = np.random.default_rng(1).exponential(120, (300, 40))
    assert np.nanmedian(measured.contagion_slopes(times, np.full(300, 480.0))) == pytest.approx(0, abs=0.15)


def test_one_day_of_falls_gives_no_slope() -> None:
    times = np.array([[5.0, 6.0, np.nan]])
    assert np.isnan(measured.contagion_slopes(times, np.array([24.0]))).all()


H, W, R, D = Status.HOLDING, Status.WAVERING, Status.WITHDRAWING, Status.DISPERSED


def history(status: list[list[int]], men: list[list[float]]) -> Any:
    """One run of a few units; rows are units here, ticks in the arrays."""
    arrays = {"status": np.array([status]).swapaxes(1, 2), "men": np.array([men]).swapaxes(1, 2)}
    return SimpleNamespace(history=arrays, followed=1)


def test_who_arrives_from_a_retreat_and_what_it_costs() -> None:
    run = history(
        [[H, R, R, H], [H, R, D, D], [W, H, H, H]], [[100, 100, 100, 100], [300, 300, 300, 300], [50, 50, 40, 40]]
    )
    assert measured.retreat(run).figures == (0.25, 30.0)


def test_losses_are_those_by_the_time_of_leaving() -> None:
    run = history([[H, R, D], [H, H, D], [H, H, H]], [[100, 90, 10], [100, 80, 50], [100, 10, 10]])
    assert measured.casualties(run).figures == (0.5,)  # 10 % lost by the first, 50 % by the second; the third stays


def test_the_quiet_variant_is_quiet(result: Result) -> None:
    calm = measured.Ensemble(result).calm.outcomes()
    assert not calm.filter(regex="^(fall|fired)_").notna().to_numpy().any()
    assert calm["killed"].sum() == 0


# the verdicts


def doctored(result: Result, folder: Path, **columns: float) -> Result:
    """The same result with some outcomes overwritten."""
    shutil.copytree(result.path, folder)
    for shard in (folder / "outcomes").glob("*.parquet"):
        pd.read_parquet(shard).assign(**columns).to_parquet(shard)
    return Result.open(folder)


def finding(result: Result, name: str) -> Finding:
    """Of one pattern alone: the others take seconds."""
    pattern = next(p for p in PATTERNS if p.id == name)
    return Finding(pattern, measured.MEASURES[name](measured.Ensemble(result)))


@pytest.mark.parametrize(("days", "verdict"), [(11, HOLDS), (7.2, MISSES), (16.6, MISSES), (np.nan, MISSES)])
def test_a_verdict_follows_the_figure(result: Result, tmp_path: Path, days: float, verdict: str) -> None:
    assert finding(doctored(result, tmp_path / "made_up", capital_hour=days * 24), "durations").verdict == verdict


def test_a_miss_is_printed_as_a_miss(result: Result, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sim.cli.output import console
    from sim.cli.patterns import print_patterns

    wrong = doctored(result, tmp_path / "made_up", capital_hour=48.0)
    print_patterns(console(), as_dict(wrong, compare(wrong)))
    lines = capsys.readouterr().out.splitlines()
    assert "10 How long a collapse takes: MISSES" in lines
    text = " ".join(" ".join(lines).split())
    assert "days until the capital is lost, median of the runs: 2 d, held if 7.3 to 16.5 d MISS" in text


def test_one_figure_out_of_range_is_a_miss() -> None:
    pattern = next(p for p in PATTERNS if p.id == "attrition")
    assert Finding(pattern, measured.Simulated((0.01, 1.0))).verdict == HOLDS
    assert Finding(pattern, measured.Simulated((0.01, 3.0))).verdict == MISSES
    assert Finding(pattern, reason="none").verdict == NOT_SIMULATED


def test_a_place_that_is_not_there_is_a_reason_not_a_fault(result: Result, tmp_path: Path) -> None:
    other = doctored(result, tmp_path / "other")
    scenario = json.loads((other.path / "resolved.json").read_text())
    scenario["triggers"] = [t for t in scenario["triggers"] if t["id"] != "daraa_deal"]
    (other.path / "resolved.json").write_text(json.dumps(scenario))
    with pytest.raises(measured.NotShownError, match="daraa_deal"):
        measured.deals(measured.Ensemble(Result.open(other.path)))


# the command


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    done = rout("--runs", str(RUNS), "--json", "--quiet", cwd=tmp_path_factory.mktemp("json"))
    assert (done.returncode, done.stderr) == (0, "")
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def test_json_is_one_object_with_all_thirteen(told: dict[str, Any], findings: dict[str, Finding]) -> None:
    assert (told["scenario"], told["runs"], told["seed"]) == ("syria_2024", RUNS, 1)
    assert {p["id"]: p["verdict"] for p in told["patterns"]} == {i: f.verdict for i, f in findings.items()}
    assert sum(told["counts"].values()) == len(PATTERNS) == 13
    for pattern in told["patterns"]:
        assert bool(pattern["reason"]) == (pattern["verdict"] == NOT_SIMULATED)


def test_another_scenario_shows_only_what_it_can(tmp_path: Path) -> None:
    write_new(tmp_path / "my_case.toml")
    done = rout("my_case.toml", "--runs", str(RUNS), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    for number, pattern in enumerate(PATTERNS, 1):
        (line,) = [line for line in done.stdout.splitlines() if line.startswith(f"{number:2} {pattern.title}: ")]
        assert "NOT SIMULATED" in line or not (pattern.case or pattern.not_simulated)
    assert "only the case syria_2024 can show it" in done.stdout


@pytest.mark.parametrize("words", [["nowhere"], ["--runs", "0"], ["--seed", "-1"], ["--runs", "many"]])
def test_bad_input_is_refused(tmp_path: Path, words: list[str]) -> None:
    done = rout(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


# the page


def test_the_page_has_the_table_and_all_thirteen() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page, {"documented": documented()}), "run: python -m sim.patterns"
    simulated = page.split("<!-- patterns: measured -->")[1].split("<!-- end -->")[0]
    assert [p.title for p in PATTERNS if f"**{p.title}**" not in simulated] == []
    assert "runs, seed 1, steps of" in simulated


def test_every_miss_in_the_page_is_a_finding() -> None:
    page = PAGE.read_text(encoding="utf-8")
    lines = page.split("<!-- patterns: measured -->")[1].split("<!-- end -->")[0].splitlines()
    missed = [line.split("**")[1] for line in lines if "**misses**" in line]
    headings = [line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")]
    assert sorted(headings) == sorted(missed)


def test_an_old_page_is_noticed() -> None:
    page = PAGE.read_text(encoding="utf-8")
    old = page.replace("33 to 76 %", "30 to 76 %", 1)
    assert old != page
    assert written(old, {"documented": documented()}) == page
