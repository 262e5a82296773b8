"""Two versions of a scenario on the same dice: what is measured, kept and printed."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import sim
from sim.block import simulate_block
from sim.experiments.compare import FILE, Comparison, unlike
from sim.figures.comparison import figure as comparison_figure
from sim.measures import BECAME
from sim.operations import Reach, order
from sim.plan import make_plan
from sim.randomness import which_draw
from sim.results import Result, ResultError
from sim.scenario import write_new
from sim.scenario.draws import with_draws
from sim.scenario.resolved import Resolved
from sim.state import Status
from tests.systems.forces import force, place, trigger, unit
from tests.test_cli import ENVIRONMENT, ROUT, process, refused, rout, tree

ROOT = Path(__file__).parent.parent
CASE = "my_case"
PAGE = (ROOT / "docs" / "comparing.md").read_text(encoding="utf-8")
FEW = ("--runs", "12", "--no-figures")
HORIZON = 240.0
FALLS_APART = 48.0


def certain(name: str = "ends", **fields: Any) -> Resolved:
    """A force whose only trigger disperses everybody at hour 48; nothing else can happen to it."""
    ends = order("dispersed", Reach(("U000000", "U000001")))
    return force(2, triggers=(trigger(name, FALLS_APART, ends, **fields),))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scenario that `rout new` wrote."""
    folder = tmp_path_factory.mktemp("desk")
    write_new(folder / f"{CASE}.toml")
    return folder


@pytest.fixture(scope="module")
def printed(desk: Path) -> str:
    words = ["--without", "general_shot", "--runs", "60", "--seed", "7", "--days", "12", "--out", "out"]
    done = rout("compare", CASE, *words, cwd=desk)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def comparison(desk: Path, printed: str) -> Comparison:
    return Comparison.open(desk / "out")


# measured


def test_the_same_scenario_twice_differs_in_nothing(desk: Path) -> None:
    resolved = sim.resolve(sim.load(desk / f"{CASE}.toml"))
    told = sim.compare(resolved, resolved, runs=25, days=6).summary
    assert told["notes"] == ["Both versions are the same scenario."]
    assert told["became"]["same"]["share"] == 1
    assert {told["shift_hours"][name] for name in ("mean", "low", "high", "median")} == {0}
    assert {row["shift_hours"]["mean"] for row in told["places"]} == {0}
    assert {row["share"] for row in told["units"]} == {0}
    assert {row["difference"] for row in told["collapse_share"].values()} == {0}
    assert told["independent_runs"] is None


def test_without_its_only_trigger_a_force_stays_whole() -> None:
    told = sim.compare(certain(), certain(enabled=False), runs=20).summary
    moment = told["median_hours"]["base"]["median"]
    assert FALLS_APART <= moment <= FALLS_APART + 1  # the step in which it is due
    assert told["median_hours"]["variant"]["median"] is None
    assert told["became"]["prevented"]["share"] == 1
    assert told["shift_hours"]["mean"] == told["shift_hours"]["low"] == HORIZON - moment
    assert told["collapse_share"]["10"]["difference"] == -1
    assert [(row["share"], row["from"], row["to"]) for row in told["units"]] == 2 * [(1, "dispersed", "holding")]
    assert told["independent_runs"] is None  # nothing varies


def test_a_trigger_that_may_happen_is_prevented_where_it_would_have() -> None:
    compared = sim.compare(certain(probability=0.5), certain(enabled=False), runs=200, seed=3)
    happened = compared.base.outcomes(["fired_ends"])["fired_ends"].notna()
    told = compared.summary
    assert 0 < told["became"]["prevented"]["share"] == happened.mean() < 1
    assert told["neither_share"] == told["became"]["same"]["share"] == 1 - happened.mean()
    moment = compared.times()[0][happened][0]
    assert told["shift_hours"]["mean"] == pytest.approx(happened.mean() * (HORIZON - moment))
    # The other side does not vary, so pairs are worth no more than independent runs.
    assert told["independent_runs"] == pytest.approx(200)


def test_swapping_the_versions_mirrors_the_comparison(comparison: Comparison) -> None:
    there, back = comparison.summary, Comparison(comparison.variant, comparison.base).summary
    for one, other in (("earlier", "later"), ("prevented", "caused"), ("same", "same")):
        assert there["became"][one] == back["became"][other]
    assert there["shift_hours"]["mean"] == pytest.approx(-back["shift_hours"]["mean"])
    assert there["independent_runs"] == pytest.approx(back["independent_runs"])
    assert [row["share"] for row in there["units"]] == [row["share"] for row in back["units"]]
    for row, mirrored in zip(there["places"], back["places"], strict=True):
        assert row["shift_hours"]["mean"] == pytest.approx(-mirrored["shift_hours"]["mean"])


def test_the_dice_are_the_same_until_the_change_matters(comparison: Comparison) -> None:
    """Nothing that happens before the trigger is due differs, run for run."""
    columns = ["men_start", "fall_FRONTIER", "first_break", "first_break_hour"]
    base, variant = (side.outcomes(columns) for side in (comparison.base, comparison.variant))
    fired = comparison.base.outcomes(["fired_general_shot"])["fired_general_shot"].min()
    early = base["fall_FRONTIER"] < fired
    assert (base["men_start"] == variant["men_start"]).all()
    assert early.any()
    assert (base.loc[early, "fall_FRONTIER"] == variant.loc[early, "fall_FRONTIER"]).all()
    assert comparison.variant.outcomes(["fired_general_shot"])["fired_general_shot"].isna().all()


def test_fates_are_compared_run_by_run(desk: Path) -> None:
    """By the histories of all runs: how often each unit ends otherwise, and how most often."""
    base, variant = (sim.load(desk / f"{CASE}.toml", without=off) for off in ([], ["legion_leaves"]))
    compared = sim.compare(base, variant, runs=12, days=12, trajectories=True)
    told = {row["unit"]: row for row in compared.summary["units"]}
    first, second = (
        xr.open_zarr(side.path / "trajectories.zarr", consolidated=False).status.isel(hour=-1)
        for side in (compared.base, compared.variant)
    )
    assert max(row["share"] for row in told.values()) > 0
    for name, row in told.items():
        ends, then = first.sel(unit=name).values, second.sel(unit=name).values
        apart = Counter((a, b) for a, b in zip(ends, then, strict=True) if a != b)
        assert row["share"] == apart.total() / 12
        if apart:
            assert apart[Status.named(row["from"]), Status.named(row["to"])] == max(apart.values())
        else:
            assert row["from"] is row["to"] is None


def test_changes_that_cancel_over_runs_are_counted() -> None:
    """Either version disperses everybody in half of the runs, with dice of its own."""
    one, other = (certain(name, probability=0.5) for name in ("ends", "stops"))
    compared = sim.compare(one, other, runs=200)
    ended = compared.base.outcomes(["fired_ends"])["fired_ends"].notna()
    stopped = compared.variant.outcomes(["fired_stops"])["fired_stops"].notna()
    share = float((ended != stopped).mean())
    assert [row["share"] for row in compared.summary["units"]] == [share, share]
    assert share > 0.3 > abs(ended.mean() - stopped.mean())


def test_only_what_both_have_is_compared() -> None:
    base = force([unit("A"), unit("B")], places=(place("P0"), place("P1"), place("P2")), days=4.0)
    variant = force([unit("B"), unit("C")], places=(place("P0"), place("P2", holder="opposition"), place("P3")))
    compared = sim.compare(base, variant, runs=3)
    told = compared.summary
    assert [row["unit"] for row in told["units"]] == ["B"]
    assert [row["place"] for row in told["places"]] == ["P0"]
    assert told["days"] == compared.variant.hours / 24 == 4
    notes = " ".join(told["notes"])
    for named in ("places: P1, P2 (base)", "places: P2, P3 (variant)", "units: A (base)", "units: C (variant)"):
        assert named in notes
    assert "both run to day 4" in notes


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"step_hours": 2.0}, "not the same dice"),
        ({"collapse_share": 0.5}, "not declared alike"),
        ({"start": "2031-05-02T06:00:00+00:00"}, "different moments"),
    ],
)
def test_what_limits_a_comparison_is_said(change: dict[str, Any], told: str) -> None:
    (note,) = unlike(force(), force().model_copy(update=change))
    assert told in note


# parameters drawn from a posterior

DRAWS = {"waver_rate": [0.001, 0.004, 0.02], "effect_belief": [1.0, 3.0, 5.0]}


@pytest.fixture(scope="module")
def drawn(desk: Path) -> Comparison:
    plain = sim.resolve(sim.load(desk / f"{CASE}.toml"))
    other = sim.resolve(sim.load(desk / f"{CASE}.toml", without=["general_shot"]))
    pair = [with_draws(each.model_copy(update={"days": 5.0}), "three", DRAWS) for each in (plain, other)]
    return sim.compare(*pair, runs=12, seed=7)


def test_both_runs_of_a_pair_are_those_with_their_draw_fixed(drawn: Comparison) -> None:
    rows = which_draw(7, np.arange(12, dtype=np.uint64), 3)
    assert set(rows) == {0, 1, 2}
    columns = ["collapse_hour", "breaks", "killed", "final_status"]
    for side in (drawn.base, drawn.variant):
        told = side.outcomes(columns)
        for run, row in enumerate(rows):
            fixed = {name: values[row] for name, values in DRAWS.items()}
            alone = side.resolved.model_copy(update={"draws": None, "parameters": side.resolved.parameters | fixed})
            one = simulate_block(make_plan(alone), 7, np.array([run], np.uint64)).close()
            assert [repr(one[name][0]) for name in columns] == [repr(told[name].to_numpy()[run]) for name in columns]


def test_what_is_drawn_is_told(drawn: Comparison, desk: Path) -> None:
    assert drawn.summary["posterior"] == "three"
    assert drawn.summary["note"] == "conditional on the model and the posterior three, not a forecast"
    pinned = drawn.variant.resolved.model_copy(update={"parameters": drawn.base.resolved.parameters, "draws": None})
    pinned = with_draws(pinned.model_copy(update={"parameters": pinned.parameters | {"waver_rate": 0.5}}), "x", DRAWS)
    assert unlike(drawn.base.resolved, pinned)[0] == "Not drawn in the variant, which sets its own value: waver_rate."
    words = [
        "compare",
        CASE,
        "--without",
        "general_shot",
        "--posterior",
        "joint",
        *FEW,
        "--days",
        "3",
        "--out",
        "drawn",
    ]
    done = rout(*words, cwd=desk)
    assert done.returncode == 0, done.stderr
    assert "Both runs of a pair draw the same parameters from the posterior joint." in done.stdout
    assert "--posterior joint" in done.stdout.split("Again")[1]
    first, second = (Result.open(desk / "drawn" / side).resolved.draws for side in ("base", "variant"))
    assert first == second is not None
    assert "there is no posterior" in refused(rout("compare", CASE, "--without", "general_shot", "--posterior", "j",
                                                   "--out", "none", cwd=desk))  # fmt: skip
    assert not (desk / "none").exists()


def test_the_spread_of_the_pairs_is_that_of_their_shifts(desk: Path) -> None:
    base, variant = (sim.load(desk / f"{CASE}.toml", set={"waver_rate": rate}) for rate in (0.005, 0.03))
    comparison = sim.compare(base, variant, runs=60, days=12)
    slow, fast = (np.fmin(times, comparison.hours) for times in comparison.times())
    low, high = (comparison.summary["spread_hours"][end] for end in ("low", "high"))
    ordered = np.sort(fast - slow)  # of 60 the 5 % point lies between the third and the fourth
    assert ordered[2] <= low <= ordered[3]
    assert ordered[-4] <= high <= ordered[-3]
    assert low < high


# kept


def test_two_results_and_what_was_measured_lie_in_the_folder(desk: Path, comparison: Comparison) -> None:
    kept = json.loads((desk / "out" / FILE).read_text(encoding="utf-8"))
    assert kept == comparison.summary
    for side in ("base", "variant"):
        result = Result.open(desk / "out" / side)
        assert result.provenance["scenario_sha256"] == kept["provenance"][f"{side}_sha256"]
        assert (result.runs, result.seed) == (kept["runs"], kept["seed"]) == (60, 7)
    assert kept["provenance"]["base_sha256"] != kept["provenance"]["variant_sha256"]
    assert {p.name for p in (desk / "out" / "figures").iterdir()} == {"comparison.png", "quantile_dots.png"}


def fields(value: Any, prefix: str = "") -> set[str]:
    """Dotted names of all that a JSON object holds, with <day>, <side> and such for names that are data."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return set().union(*(fields(row, prefix) for row in value))
    if not isinstance(value, dict):
        return {prefix}
    names = set()
    for key, inner in value.items():
        word = "<day>" if re.fullmatch(r"[\d.]+", key) else "<outcome>" if key in BECAME else key
        names |= fields(inner, f"{prefix}.{word}" if prefix else word)
    return names


def test_every_field_of_the_json_is_documented(comparison: Comparison) -> None:
    told = json.loads(json.dumps(comparison.summary))
    told["provenance"]["versions"] = {}
    names = {name for name in fields(told) if not name.startswith("provenance.versions")} | {"provenance.versions"}
    table = set(re.findall(r"^\| `([\w.<>]+)` \|", PAGE, flags=re.MULTILINE))
    assert table == names


def stopped(desk: Path, out: Path, when: int) -> None:
    """A comparison that is interrupted as soon as `when` runs are done."""

    def stop(done: int, total: int) -> None:
        if done >= when:
            raise KeyboardInterrupt

    resolved = sim.resolve(sim.load(desk / f"{CASE}.toml"))
    with pytest.raises(KeyboardInterrupt):
        sim.compare(resolved, resolved, runs=10, days=6, out=out, on_progress=stop)


def test_stopped_at_once_it_leaves_nothing(desk: Path, tmp_path: Path) -> None:
    stopped(desk, tmp_path / "out", when=1)
    assert list(tmp_path.iterdir()) == []


def test_stopped_on_the_way_it_leaves_what_is_whole_and_claims_no_more(desk: Path, tmp_path: Path) -> None:
    stopped(desk, tmp_path / "out", when=12)
    assert Result.open(tmp_path / "out" / "base").runs == 10
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["base"]
    with pytest.raises(ResultError, match="not a finished comparison"):
        Comparison.open(tmp_path / "out")


@pytest.mark.slow
def test_ctrl_c_says_what_is_kept(desk: Path, tmp_path: Path) -> None:
    words = ["compare", str(desk / f"{CASE}.toml"), "--without", "general_shot", "--runs", "200000"]
    running = subprocess.Popen(
        [*ROUT, *words, "--workers", "1", "--out", "stopped"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("stopped/base/outcomes/*.parquet")):
        assert running.poll() is None, running.stderr and running.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, message = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in message
    assert "Stopped before there was anything to compare." in message
    assert re.search(r"base: [\d,]+ of 200,000 runs are complete and kept in stopped/base/outcomes\.", message)
    assert "variant: Not one shard" in message
    assert not (tmp_path / "stopped" / FILE).exists()
    with pytest.raises(ResultError, match="not finished"):
        Result.open(tmp_path / "stopped" / "base")


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"names": ["base"]}'])
def test_a_damaged_comparison_is_refused(tmp_path: Path, damage: str) -> None:
    (tmp_path / FILE).write_text(damage)
    with pytest.raises(ResultError, match="cannot be read"):
        Comparison.open(tmp_path)


# printed


def test_it_prints_the_measures_within_80_columns(printed: str, comparison: Comparison) -> None:
    told = comparison.summary
    assert max(len(line) for line in printed.splitlines() if not line.startswith("Again")) <= 80
    assert "not a forecast" in printed
    assert re.search(r"^variant +without general_shot$", printed, flags=re.MULTILINE)
    row = told["collapse_share"]["11"]
    low, high = (100 * limit for limit in row["base_interval"])
    assert re.search(rf"^11 +{100 * row['base']:.1f} +{low:.1f}–{high:.1f} ", printed, flags=re.MULTILINE)
    later = told["became"]["later"]
    assert re.search(rf"^comes later +{100 * later['share']:.1f} +{100 * later['low']:.1f}–", printed, re.MULTILINE)
    assert re.search(rf"^mean +\+{told['shift_hours']['mean'] / 24:.2f} ", printed, flags=re.MULTILINE)
    assert f"needed {int(np.ceil(told['independent_runs'])):,} runs" in printed


def test_the_command_it_prints_gives_the_same_comparison(desk: Path, printed: str, comparison: Comparison) -> None:
    (again,) = re.findall(r"^Again +rout (.*)$", printed, flags=re.MULTILINE)
    assert again == comparison.command.removeprefix("rout ")
    done = rout(*shlex.split(again), "--no-figures", "--quiet", "--json", "--out", "again", cwd=desk)
    told = json.loads(done.stdout)
    assert done.stderr == ""
    differ = {name for name, value in told.items() if value != comparison.summary[name]}
    assert differ <= {"provenance"}  # the moment it started


def test_a_second_scenario_is_the_variant_and_changes_are_its_own(desk: Path) -> None:
    write_new(desk / "other.toml")
    words = ["compare", CASE, "other", "--set", "days=4", *FEW, "--out", "second"]
    done = rout(*words, cwd=desk)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^variant +other set days=4$", done.stdout, flags=re.MULTILINE)
    assert "both run to day 4" in done.stdout
    assert "No place falls at another time." in done.stdout
    assert not (desk / "second" / "figures").exists()


def test_a_long_name_is_told_whole(desk: Path) -> None:
    changes = [word for unit in ("guard_brigade", "border_brigade") for word in ("--set", f"unit.{unit}.morale=0.7")]
    done = rout("compare", CASE, *changes, "--without", "general_shot", "--days", "1", *FEW, "--out", "long", cwd=desk)
    assert done.returncode == 0, done.stderr
    name = "set unit.guard_brigade.morale=0.7 set unit.border_brigade.morale=0.7 without general_shot"
    assert f"variant {name}\n" in re.sub(r"\s*\n {9}| +(?=set unit.guard)", " ", done.stdout)
    legend = comparison_figure(Comparison.open(desk / "long")).legends[0]
    assert name in {" ".join(text.get_text().split()) for text in legend.get_texts()}


def test_scenarios_that_share_nothing_are_refused_before_they_run(tmp_path: Path) -> None:
    done = rout("compare", "teaching_supply", "teaching_betrayal", "--runs", "10", cwd=tmp_path)
    assert "have no place and no unit in common" in refused(done)
    assert tree(tmp_path) == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "nothing to compare"),
        (["nowhere"], "nowhere"),
        (["--without", "nothing_such"], "nothing_such"),
        (["--set", "exit_rat=1"], "exit_rate"),
        (["--account", "general_shot"], "NAME=VALUE"),
        (["--without", "general_shot", "--runs", "0"], "--runs"),
        (["--without", "general_shot", "--days", "-1"], "days"),
        (["--without", "general_shot", "--dt", "1.7", "--days", "3"], "whole number of steps"),
        (["--set", "step_hours=1.7"], "whole number of steps"),
        (["--set", "days=3", "--days", "4"], "--set"),
        (["--without", "general_shot", "--out", "out"], "exists"),
        (["--without", "general_shot", "--out", "/dev/null/x"], "/dev/null"),
    ],
)
def test_bad_input_is_refused_and_writes_nothing(desk: Path, printed: str, words: list[str], told: str) -> None:
    before = tree(desk)
    assert told in refused(rout("compare", CASE, *words, cwd=desk))
    assert tree(desk) == before


@pytest.mark.slow
def test_a_process_of_its_own_keeps_quiet_and_shares_the_work(desk: Path, comparison: Comparison) -> None:
    words = ["--without", "general_shot", "--runs", "60", "--seed", "7", "--days", "12", "--workers", "2"]
    done = process("compare", CASE, *words, "--json", "--quiet", "--no-figures", "--out", "two", cwd=desk)
    assert done.stderr == ""
    assert json.loads(done.stdout)["became"] == comparison.summary["became"]


# documented


def test_the_changes_in_the_page_exist() -> None:
    commands = [c for c in re.findall(r"^rout compare .*", PAGE, flags=re.MULTILINE) if "syria_2024" in c]
    assert commands
    for command in commands:
        words = shlex.split(command.split("#")[0])
        off = [value for name, value in pairwise(words) if name == "--without"]
        accounts = dict(value.split("=", 1) for name, value in pairwise(words) if name == "--account")
        values = dict(value.split("=", 1) for name, value in pairwise(words) if name == "--set")
        sim.load(ROOT / "scenarios" / "syria_2024", without=off, account=accounts, set=values)
