"""`rout sweep`, `results`, `export` and `plot` as a person meets them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xarray as xr

from sim.cli.shelf import changes
from sim.experiments.export import Source, to_csv
from sim.experiments.sweep import SweepFolder, prepare, run_sweep
from tests.sweep.conftest import Finished
from tests.sweep.files import PRECISE, ROOT, SMALL, desk, rout, tree


def refused(*words: str, cwd: Path) -> str:
    before = tree(cwd)
    done = rout(*words, cwd=cwd)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert tree(cwd) == before
    return done.stderr


def test_a_sweep_from_its_file_to_its_figures(finished: Finished, tmp_path: Path) -> None:
    desk(tmp_path)
    done = rout("sweep", "small.toml", "--workers", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results" / "small"
    assert "factorial: 6 points, 2 factors" in done.stdout
    assert "30 runs at each point, 180 in all, seed 1" in done.stdout
    assert "not a forecast" in done.stdout
    assert "Again        rout sweep small.toml" in done.stdout
    assert "180 runs in" in done.stderr
    assert {p.name for p in (folder / "figures").iterdir()} == {"effects.png", "heat_map.png", "ridgelines.png"}
    shutil.rmtree(folder / "figures")
    assert tree(folder) == tree(finished.folder.path)
    assert "--resume goes on with it" in refused("sweep", "small.toml", cwd=tmp_path)
    again = rout("sweep", "small.toml", "--resume", "--json", "--no-figures", "--quiet", cwd=tmp_path)
    told = json.loads(again.stdout)
    assert again.stderr == ""
    assert [row["design_point"] for row in told["points"]] == list(range(6))
    assert told["points"][0]["median_hours"] is None
    assert (told["runs"], told["factors"]) == (180, ["waver_rate", "general_shot"])


def test_a_dry_run_shows_the_points_and_writes_nothing(tmp_path: Path) -> None:
    desk(tmp_path)
    before = tree(tmp_path)
    done = rout("sweep", "small.toml", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0
    assert "30 runs at each point, 180 in all, in 6 shards" in done.stdout
    assert "0.001342" in done.stdout
    assert json.loads(rout("sweep", "small.toml", "--dry-run", "--json", cwd=tmp_path).stdout)["shards"] == 6
    assert tree(tmp_path) == before


def test_of_many_points_the_extremes_are_shown(tmp_path: Path) -> None:
    text = SMALL.replace("factorial", 'latin_hypercube"\npoints = 30\n#').replace("runs = 30", "runs = 4")
    desk(tmp_path, text.replace("days = 4", "days = 1"))
    done = rout("sweep", "small.toml", "--workers", "1", "--no-figures", cwd=tmp_path)
    assert "The 10 points with most collapse, of 30" in done.stdout
    assert "… and with least" in done.stdout


@pytest.mark.parametrize("shard", ["0/3", "4/3", "3", "a/b", "1/0"])
def test_a_part_that_is_none_is_refused(shard: str, tmp_path: Path) -> None:
    desk(tmp_path)
    assert "I/N with I from 1 to N" in refused("sweep", "small.toml", "--shard", shard, cwd=tmp_path)


def test_a_part_says_what_is_left(tmp_path: Path) -> None:
    desk(tmp_path)
    done = rout("sweep", "small.toml", "--shard", "1/2", "--workers", "1", "--quiet", cwd=tmp_path)
    assert done.returncode == 0
    assert "Part 1 of 2 is done. Other parts of the sweep are not" in done.stdout
    assert "the sweep is not complete" in refused("plot", "results/small", cwd=tmp_path)
    assert "the sweep is not complete" in refused("export", "results/small", "--csv", "a.csv", cwd=tmp_path)


def test_the_sweep_of_the_docs_is_sound_and_runs_small(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "examples" / "contagion.toml").read_text()
    sweep = prepare(ROOT / "docs" / "examples" / "contagion.toml")
    assert (len(sweep.rows), sweep.runs) == (40, 500)
    small = text.replace("runs = 500", "runs = 2").replace("days = 20", "days = 1").replace("levels = 5", "levels = 2")
    (tmp_path / "contagion.toml").write_text(small)
    folder = run_sweep(prepare(tmp_path / "contagion.toml"), tmp_path / "out")
    assert folder.provenance["complete"]
    assert len(folder.summary) == 16


# results


@pytest.fixture(scope="module")
def shelf(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, a comparison, a sweep and a half-done one, and folders of somebody else."""
    folder = tmp_path_factory.mktemp("shelf")
    desk(folder)
    words = ["--runs", "5", "--days", "1", "--no-figures", "--quiet"]
    assert rout("run", "case.toml", *words, "--out", "kept/run", cwd=folder).returncode == 0
    changed = ["case.toml", "--without", "general_shot"]
    assert rout("compare", *changed, *words, "--out", "kept/comparison", cwd=folder).returncode == 0
    shutil.copytree(finished.folder.path, folder / "kept" / "sweep")
    part = ["--shard", "1/3", "--workers", "1", "--out", "kept/part", "--quiet"]
    assert rout("sweep", "small.toml", *part, cwd=folder).returncode == 0
    (folder / "kept" / "mine").mkdir()
    (folder / "kept" / "broken").mkdir()
    (folder / "kept" / "broken" / "sweep.json").write_text("{")
    (folder / "kept" / "notes.txt").write_text("mine")
    return folder


def test_what_is_on_disk_is_listed_with_its_command(shelf: Path) -> None:
    told = {Path(row["folder"]).name: row for row in json.loads(rout("results", "kept", "--json", cwd=shelf).stdout)}
    assert {name: row["kind"] for name, row in told.items()} == {
        "run": "run", "comparison": "comparison", "sweep": "sweep", "part": "sweep", "broken": "sweep"
    }  # fmt: skip
    assert {name for name, row in told.items() if row["complete"]} == {"run", "comparison", "sweep"}
    assert told["part"]["done"] == "2 of 6 shards"
    assert (told["sweep"]["runs"], told["sweep"]["points"], told["run"]["runs"]) == (180, 6, 5)
    assert told["run"]["command"] == "rout run case.toml --runs 5 --seed 1 --days 1"
    assert told["comparison"]["command"].startswith("rout compare case.toml --runs 5")
    changed = {name: row["changes"] for name, row in told.items()}
    assert (changed["run"], changed["comparison"]) == ("days 1", "days 1, without general_shot")
    text = rout("results", "kept", cwd=shelf).stdout
    assert "NOT FINISHED: 2 of 6 shards\n  rout sweep small.toml --out kept/part --resume" in text
    assert "run of case, days 1, 5 runs, seed 1" in text


def test_one_folder_can_be_asked_about(shelf: Path) -> None:
    (row,) = json.loads(rout("results", "kept/run", "--json", cwd=shelf).stdout)
    assert row["kind"] == "run"


def test_reports_are_listed_where_they_lie(shelf: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    asked = ["--triggers", "general_shot", "--runs", "4", "--days", "2", "--out", str(page), "--quiet"]
    assert rout("report", "case.toml", *asked, cwd=shelf).returncode == 0
    (tmp_path / "other.html").write_text("<p>mine</p>")
    (row,) = json.loads(rout("results", str(tmp_path), "--json", cwd=shelf).stdout)
    assert (row["folder"], row["kind"], row["scenario"], row["runs"]) == (str(page), "report", "case", 4)
    assert "triggers general_shot" in row["changes"]
    assert row["command"].startswith("rout report case.toml")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("rout run syria_2024 --runs 5 --seed 1", ""),
        ("rout run syria_2024 --runs 5 --days 3 --set a=1 --without x", "days 3, set a=1, without x"),
        ("rout compare one two --runs 5 --account 'a=b c'", "with two, account a=b c"),
        ("rout tipping one --map waver_rate effect_belief=0:5", "map waver_rate effect_belief=0:5"),
        ("rout merge whole part1 part2", ""),
        ("rout 'cut off", ""),
    ],
)
def test_what_a_command_changes_is_told_in_words(command: str, told: str) -> None:
    assert changes(command) == told


def test_nothing_on_disk_is_no_error(tmp_path: Path) -> None:
    assert "There are no results in results" in rout("results", cwd=tmp_path).stdout
    (tmp_path / "results").mkdir()
    assert "There are no results in results" in rout("results", cwd=tmp_path).stdout
    assert "no such folder" in refused("results", "nowhere", cwd=tmp_path)


# export


def test_csv_has_the_rows_with_their_factors(shelf: Path, tmp_path: Path) -> None:
    for name, index in (("sweep", ["design_point", "run"]), ("run", ["run"])):
        done = rout("export", f"kept/{name}", "--csv", str(tmp_path / f"{name}.csv"), cwd=shelf)
        assert done.returncode == 0, done.stderr
        text = pd.read_csv(tmp_path / f"{name}.csv").set_index(index)
        rows = pd.read_parquet(shelf / "kept" / name / "outcomes").set_index(index)
        for column in rows.columns:
            numbers = rows[column].dtype.kind in "if"
            wanted = rows[column].astype(float) if numbers else rows[column]
            pd.testing.assert_series_equal(
                text[column].astype(float) if numbers else text[column], wanted, check_dtype=False,
                check_index_type=False, rtol=1e-6,
            )  # fmt: skip
    sweep = pd.read_csv(tmp_path / "sweep.csv").drop_duplicates("design_point")
    points = pd.read_parquet(shelf / "kept" / "sweep" / "points.parquet")
    assert list(sweep["waver_rate"]) == list(points["waver_rate"])
    assert list(sweep["general_shot"]) == list(points["general_shot"])


def test_netcdf_has_the_rows_on_named_axes(shelf: Path, tmp_path: Path) -> None:
    for name in ("sweep", "run"):
        done = rout("export", f"kept/{name}", "--netcdf", str(tmp_path / f"{name}.nc"), cwd=shelf)
        assert done.returncode == 0, done.stderr
    with xr.open_dataset(tmp_path / "sweep.nc") as data:
        assert dict(data.sizes) == {"design_point": 6, "run": 30}
        rows = pd.read_parquet(shelf / "kept" / "sweep" / "outcomes")
        for column in ("men_holding", "fall_FRONTIER", "breaks"):
            square = rows.pivot(index="design_point", columns="run", values=column).to_numpy()
            np.testing.assert_array_equal(data[column].values, square)
        assert list(data["general_shot"].values) == [0, 1] * 3
        assert data.attrs["seed"] == "1"
    with xr.open_dataset(tmp_path / "run.nc") as data:
        assert dict(data.sizes)["run"] == 5
        rows = pd.read_parquet(shelf / "kept" / "run" / "outcomes")
        for column in ("account_general_shot", "final_status"):
            assert list(data[column].values) == list(rows[column])


def test_points_with_different_runs_are_filled_up_with_nothing(tmp_path: Path) -> None:
    folder = run_sweep(prepare(desk(tmp_path, PRECISE)), tmp_path / "out")
    runs = folder.summary["runs"].to_pylist()
    assert min(runs) < max(runs)
    assert rout("export", "out", "--netcdf", "out.nc", cwd=tmp_path).returncode == 0
    with xr.open_dataset(tmp_path / "out.nc") as data:
        assert data["men_start"].notnull().sum("run").to_series().to_list() == runs
        assert data["breaks"].notnull().sum("run").to_series().to_list() == runs


def test_export_never_overwrites_and_wants_to_know_where(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("mine")
    assert "not overwritten" in refused("export", "kept/run", "--csv", str(tmp_path / "mine.csv"), cwd=shelf)
    assert (tmp_path / "mine.csv").read_text() == "mine"
    assert "--csv FILE" in refused("export", "kept/run", cwd=shelf)
    assert "not a result folder" in refused("export", "kept/mine", "--csv", "a.csv", cwd=shelf)


def test_memory_does_not_grow_with_the_rows_of_a_csv(finished: Finished, tmp_path: Path) -> None:
    """Forty times the shards, about the same peak."""

    def peak(shards: int) -> int:
        source = Source.open(finished.folder.path)
        pool = pa.proxy_memory_pool(pa.default_memory_pool())
        before = pa.default_memory_pool()
        pa.set_memory_pool(pool)
        try:
            to_csv(Source(source.shards * (shards // 6), source.points, source.facts), tmp_path / f"{shards}.csv")
        finally:
            pa.set_memory_pool(before)
        return int(pool.max_memory())

    assert peak(240) < 1.5 * peak(6)


# plot


def test_plot_draws_what_suits(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path / "out")
    done = rout("plot", "out", "--format", "svg", "--out", "figures", cwd=tmp_path)
    assert done.stdout.split() == [f"figures/{name}.svg" for name in ("effects", "heat_map", "ridgelines")]
    assert rout("plot", "out", "--figure", "effects", "--format", "pdf", cwd=tmp_path).returncode == 0
    assert (folder.path / "figures" / "effects.pdf").exists()
    assert "Did you mean ridgelines?" in refused("plot", "out", "--figure", "ridgeline", cwd=tmp_path)
    assert "Leave out --run" in refused("plot", "out", "--run", "3", cwd=tmp_path)


def test_one_at_a_time_has_no_heat_map(tmp_path: Path) -> None:
    file = desk(tmp_path, SMALL.replace("factorial", "one_at_a_time").replace("runs = 30", "runs = 5"))
    run_sweep(prepare(file), tmp_path / "out")
    assert "heat_map does not suit" in refused("plot", "out", "--figure", "heat_map", cwd=tmp_path)
    assert SweepFolder.open(tmp_path / "out").points["waver_rate"].to_pylist()[0] == 0.003
