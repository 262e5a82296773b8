"""The rows of a sweep are those of the same runs made one scenario at a time, wherever they were made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.ensemble import outcomes
from sim.experiments.sweep import SweepFolder, prepare, run_sweep
from sim.experiments.sweep.sweep import cells
from sim.measures import median, share_by
from sim.plan import make_plan
from sim.scenario import ScenarioError, write_new
from tests.sweep.conftest import Finished
from tests.sweep.files import SMALL, desk, tree

HEAD = SMALL[: SMALL.index("[design]")]


def swept(folder: Path, text: str, **how: Any) -> SweepFolder:
    return run_sweep(prepare(desk(folder, text)), folder / "out", **how)


def rows_of(folder: SweepFolder, point: int) -> pd.DataFrame:
    every = pd.read_parquet(folder.path / "outcomes")
    return every[every["design_point"] == point].drop(columns="design_point").reset_index(drop=True)


def alone(case: Path, runs: int, seed: int = 1, **change: Any) -> dict[str, Any]:
    """The same runs of the scenario with this change, without a sweep."""
    resolved = sim.resolve(sim.load(case, **change)).model_copy(update={"days": 4.0})
    return outcomes(make_plan(resolved), runs=runs, seed=seed)


def same(rows: pd.DataFrame, expected: dict[str, Any]) -> None:
    for name in rows.columns.drop("run"):
        wanted = pd.Series(expected[name], name=name)
        if wanted.dtype != np.float32:
            wanted = wanted.astype(rows[name].dtype)
        pd.testing.assert_series_equal(rows[name], wanted, check_exact=True)


FACTORS = """
[design]
kind = "table"
table = "points.csv"

[[factor]]
switch = "general_shot"
name = "shot"

[[factor]]
account = "general_shot"
name = "how"
"""
POINTS = """\
waver_rate,shot,how,trigger.legion_leaves.probability,unit.guard_brigade.morale,parameter.effect_belief
-,,,,,
0.005,on,,,,
,off,,,,
,,betrayal,,,
,,,0.1,,
0.004,on,enemy_raid,1,0.2,5
"""
CHANGES: list[dict[str, Any]] = [
    {},
    {"set": {"waver_rate": 0.005}},
    {"without": ["general_shot"]},
    {"account": {"general_shot": "betrayal"}},
    {"set": {"trigger.legion_leaves.probability": 0.1}},
    {
        "set": {
            "waver_rate": 0.004,
            "trigger.legion_leaves.probability": 1,
            "unit.guard_brigade.morale": 0.2,
            "effect_belief": 5,
        },
        "account": {"general_shot": "enemy_raid"},
    },
]


def test_a_point_is_the_scenario_with_its_changes_on_the_same_dice(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(POINTS)
    folder = swept(tmp_path, HEAD + FACTORS)
    assert len(folder.points) == len(CHANGES)
    for point, change in enumerate(CHANGES):
        same(rows_of(folder, point), alone(tmp_path / "case.toml", 30, **change))


def test_what_holds_at_every_point(tmp_path: Path) -> None:
    """[set], without, account and seed of the sweep itself."""
    fixed = """
seed = 9
without = ["order_to_fall_back"]
set.trigger.legion_leaves.probability = 0.9
account.general_shot = "betrayal"

[design]
kind = "one_at_a_time"

[[factor]]
key = "exit_rate"
values = [0.05]
"""
    folder = swept(tmp_path, HEAD + fixed)
    same_for_all = {
        "without": ["order_to_fall_back"],
        "account": {"general_shot": "betrayal"},
        "seed": 9,
    }
    base = {"trigger.legion_leaves.probability": 0.9}
    same(rows_of(folder, 0), alone(tmp_path / "case.toml", 30, set=base, **same_for_all))
    same(rows_of(folder, 1), alone(tmp_path / "case.toml", 30, set=base | {"exit_rate": 0.05}, **same_for_all))
    assert folder.points["exit_rate"].to_pylist() == [0.1, 0.05]


def test_scenarios_and_horizons_as_factors(tmp_path: Path) -> None:
    other = write_new(tmp_path / "other.toml")
    other.write_text(other.read_text().replace('id = "MIDTOWN"', 'id = "MIDWAY"').replace('"MIDTOWN"', '"MIDWAY"'))
    text = """
runs = 12
[design]
kind = "factorial"
[[factor]]
scenarios = ["case.toml", "other.toml"]
[[factor]]
key = "days"
values = [2, 3]
"""
    folder = swept(tmp_path, text)
    points = folder.points.to_pandas()
    assert list(points["scenario"]) == ["case", "case", "other", "other"]
    assert list(points["horizon_hours"]) == [48, 72, 48, 72]
    every = pd.read_parquet(folder.path / "outcomes")
    # Both have their own places; what a scenario lacks is missing.
    assert every.loc[every["design_point"] < 2, "fall_MIDWAY"].isna().all()
    assert every["fall_FRONTIER"].notna().any()
    longer = rows_of(folder, 3)
    expected = outcomes(
        make_plan(sim.resolve(sim.load(other)).model_copy(update={"days": 3.0})), runs=12, columns=["fall_FRONTIER"]
    )
    np.testing.assert_array_equal(longer["fall_FRONTIER"], expected["fall_FRONTIER"])


def test_workers_threads_and_shard_sizes_change_no_row(finished: Finished, tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        threads = run_sweep(finished.sweep, tmp_path / "threads", executor=pool)
    assert tree(threads.path) == tree(finished.folder.path)
    text = SMALL.replace("shard_runs = 40", "shard_runs = 7")
    finer = swept(tmp_path / "finer", text)
    assert finer.layout.shards > finished.folder.layout.shards
    pd.testing.assert_frame_equal(
        pd.read_parquet(finer.path / "outcomes"), pd.read_parquet(finished.folder.path / "outcomes")
    )


@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["numpy", "compiled"])
def test_processes_and_kernels_change_no_byte(kernel: Any, finished: Finished, tmp_path: Path) -> None:
    two = run_sweep(finished.sweep, tmp_path / "two", workers=2, kernel=kernel)
    assert tree(two.path) == tree(finished.folder.path)


def test_points_of_few_runs_share_a_shard(tmp_path: Path) -> None:
    folder = swept(tmp_path, SMALL.replace("runs = 30", "runs = 15"))
    assert folder.layout.shards == 3
    rows = pd.read_parquet(folder.path / "outcomes")
    assert list(rows["design_point"]) == [point for point in range(6) for _ in range(15)]
    assert list(rows["run"]) == list(range(15)) * 6


def test_columns_by_default_on_request_and_all(tmp_path: Path) -> None:
    file = desk(tmp_path, SMALL.replace("days = 4", 'days = 4\ncolumns = ["fall_*", "fired_legion_leaves"]'))
    assert prepare(file).columns == (
        "design_point", "run", "collapse_hour",
        "fired_legion_leaves", "fall_BRIDGE", "fall_CAPITAL", "fall_FRONTIER", "fall_MIDTOWN",
    )  # fmt: skip
    whole = prepare(file, ["all"]).columns
    assert {"account_general_shot", "fired_general_shot", "men_holding", "first_break"} <= set(whole)
    usual = prepare(desk(tmp_path)).columns
    assert set(whole) - set(usual) == {c for c in whole if c.startswith(("account_", "fired_", "final_status"))}
    with pytest.raises(ScenarioError, match="did you mean 'fall_BRIDGE'"):
        prepare(file, ["fall_BRIGDE"])


def test_an_account_that_a_point_fixes_is_missing_there(tmp_path: Path) -> None:
    text = HEAD + 'columns = ["account_*"]\n[design]\nkind = "factorial"\n[[factor]]\naccount = "general_shot"\n'
    folder = swept(tmp_path, text)
    assert sorted(folder.points["general_shot"].to_pylist()) == ["betrayal", "enemy_raid"]
    assert pd.read_parquet(folder.path / "outcomes")["account_general_shot"].isna().all()


def test_the_summary_is_the_measures_of_the_rows(finished: Finished) -> None:
    summary = finished.folder.summary.to_pandas()
    assert len(summary) == 6
    for row in summary.to_dict("records"):
        hours = rows_of(finished.folder, row["design_point"])["collapse_hour"]
        share, low, high = share_by(hours, 96)
        assert (row["runs"], row["horizon_hours"]) == (30, 96)
        assert (row["collapsed"], row["collapsed_low"], row["collapsed_high"]) == (share, low, high)
        middle = median(hours, 96)[0]
        assert (middle is None and np.isnan(row["median_hours"])) or middle == row["median_hours"]
    text = pd.read_csv(finished.folder.path / "summary.csv")
    pd.testing.assert_frame_equal(text, summary, check_dtype=False, rtol=1e-12)


def test_more_wavering_means_more_collapse(tmp_path: Path) -> None:
    """A sweep over the clock of the model moves what it must move."""
    text = SMALL.replace("days = 4", "days = 12").replace('switch = "general_shot"', 'key = "days"\nvalues = [12]')
    shares = swept(tmp_path, text).summary.to_pandas().set_index("waver_rate")["collapsed"]
    assert shares.is_monotonic_increasing
    assert shares.iloc[-1] > shares.iloc[0] + 0.3


@pytest.mark.slow
def test_a_million_rows_stay_under_200_megabytes(tmp_path: Path) -> None:
    """1,000 points × 1,000 runs of the Syrian case, told from one shard of it."""
    text = """
scenario = "syria_2024"
runs = 500
[design]
kind = "factorial"
[[factor]]
key = "waver_rate"
values = [0.003]
"""
    folder = swept(tmp_path, text)
    assert len(folder.points) == 1
    assert folder.shard(0).stat().st_size / 500 * 1e6 < 150e6


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1, 2.5, None], [1, 2.5, None]),
        ([True, False], [True, False]),
        ([True, "never"], ["true", "never"]),
        (['a "name"', "é"], ['a "name"', "é"]),
        ([1000, [500, 2000]], ["1000", "500, 2000"]),
        ([["TOWN", "MILL"], "BRIDGE"], ["TOWN, MILL", "BRIDGE"]),
        ([[["A", "B"], ["C", "D"]]], ["A, B; C, D"]),
        ([{"lost": "TOWN", "strength_below": 0.5}], ["lost = TOWN, strength_below = 0.5"]),
    ],
)
def test_values_are_told_in_words_without_signs_of_a_notation(values: list[Any], told: list[Any]) -> None:
    assert cells(values) == told


def test_some_values_of_a_factor_are_told_as_all_of_them_would_be() -> None:
    assert cells([1000], every=[1000, [500, 2000]]) == ["1000"]
