"""Runs kept on disk: whole, the same wherever they ran, and readable without this package."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.engine import SHARD_RUNS
from sim.results import ResultError
from sim.scenario.new import new_text
from sim.scenario.resolved import Resolved
from sim.state import Status


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Resolved:
    path = tmp_path_factory.mktemp("small") / "small.toml"
    path.write_text(new_text("small"), encoding="utf-8")
    plain = sim.resolve(sim.load(path))
    # Units that break within days, whatever the defaults are: some runs collapse.
    lively = {"waver_rate": 0.003, "exit_rate": 0.1, "effect_pressure": 3.4, "effect_belief": 2.6, "siege_share": 0.15}
    return plain.model_copy(update={"days": 6.0, "step_hours": 6.0, "parameters": plain.parameters | lively})


def shards(result: sim.Result) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((result.path / "outcomes").iterdir())}


def tables(result: sim.Result) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(result.path.glob("*.parquet"))}


@pytest.fixture(scope="module")
def ensemble(small: Resolved, tmp_path_factory: pytest.TempPathFactory) -> sim.Result:
    return sim.run(small, runs=3 * SHARD_RUNS + 40, seed=5, out=tmp_path_factory.mktemp("one") / "out")


def test_threads_change_no_byte(small: Resolved, ensemble: sim.Result, tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        threads = sim.run(small, runs=ensemble.runs, seed=5, executor=pool, out=tmp_path / "threads")
    assert shards(ensemble) == shards(threads)
    assert tables(ensemble) == tables(threads)


@pytest.mark.slow
def test_processes_change_no_byte(small: Resolved, ensemble: sim.Result, tmp_path: Path) -> None:
    two = sim.run(small, runs=ensemble.runs, seed=5, workers=2, out=tmp_path / "two")
    assert shards(ensemble) == shards(two)
    assert tables(ensemble) == tables(two)


def test_the_first_runs_are_the_same_in_a_larger_ensemble(
    small: Resolved, ensemble: sim.Result, tmp_path: Path
) -> None:
    fewer = sim.run(small, runs=2 * SHARD_RUNS, seed=5, out=tmp_path / "fewer")
    more = shards(ensemble)
    assert shards(fewer) == {name: more[name] for name in list(more)[:2]}


def test_resolved_json_is_enough_to_run_again(ensemble: sim.Result, tmp_path: Path) -> None:
    again = Resolved.model_validate_json((ensemble.path / "resolved.json").read_text("utf-8"))
    assert shards(sim.run(again, runs=ensemble.runs, seed=5, out=tmp_path / "again")) == shards(ensemble)


def test_a_replay_is_the_run_of_the_ensemble(ensemble: sim.Result) -> None:
    rows = ensemble.outcomes()
    run = int(rows.collapse_hour.dropna().index[0])
    track = ensemble.replay(run)
    assert track.hours[0] == 0
    lost = track.hours[track.strength < ensemble.resolved.collapse_share]
    crossed = rows.strength_25_hour[run]
    if not np.isnan(crossed):
        assert lost[0] - 6 < crossed <= lost[0]
    standing = (track.status[:, -1] == 0) & [u.kind != "contingent" for u in ensemble.resolved.units]
    assert (track.men[standing, -1] > 0).all()
    with pytest.raises(ValueError, match="is not among"):
        ensemble.replay(ensemble.runs)


def test_tables_add_up(ensemble: sim.Result) -> None:
    strength, fates, units = ensemble.strength(), ensemble.fates(), ensemble.units()
    assert (strength.groupby("hour").runs.sum() == ensemble.runs).all()
    host = [u for u in ensemble.resolved.units if u.controller == ensemble.resolved.host]
    assert fates.groupby("hour").units.sum().to_numpy() == pytest.approx(len(host))
    assert (units.groupby("unit").runs.sum() == ensemble.runs).all()
    rows, last = ensemble.outcomes(), fates[fates.hour == fates.hour.max()].set_index("status")
    for status, mean in last.men.items():
        # Men are counted to the man in the table, exactly in the rows.
        assert mean == pytest.approx(rows[f"men_{status}"].mean(), abs=len(host))


def test_final_statuses_are_those_of_the_tables_and_of_a_replay(ensemble: sim.Result) -> None:
    statuses = np.concatenate(list(ensemble.final_statuses()), axis=1)
    assert statuses.shape == (len(ensemble.resolved.units), ensemble.runs)
    told = ensemble.units().set_index(["unit", "status"]).runs
    for unit, row in zip(ensemble.resolved.units, statuses, strict=True):
        counted = {Status(value).label: runs for value, runs in zip(*np.unique(row, return_counts=True), strict=True)}
        assert told[unit.id].to_dict() == counted
    run = ensemble.runs - 1  # of the last shard
    assert (statuses[:, run] == ensemble.replay(run).status[:, -1]).all()
    words = ensemble.outcomes(["final_status"]).final_status
    # Readable without this package: a letter per unit, the first for the first status.
    letters = np.array([list(word) for word in words]).T
    assert (letters == np.array(list("abcdefghij"))[statuses]).all()


def test_a_folder_that_exists_is_left_alone(small: Resolved, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError):
        sim.run(small, runs=1, out=tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("bad", [{"runs": 0}, {"seed": -1}, {"workers": 0}, {"days": -1.0}, {"step_hours": 30.0}])
def test_a_number_that_makes_no_sense_writes_nothing(small: Resolved, tmp_path: Path, bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"must be|at most"):
        sim.run(small, **{"runs": 1, "out": tmp_path / "out", **bad})  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"days": 2.9}, "69.6 h are not a whole number of steps of 6 h; give other days"),
        ({"step_hours": 7.0}, "144 h are not a whole number of steps of 7 h"),
        ({"days": float("inf")}, "must be positive"),
        ({"days": float("nan")}, "must be positive"),
    ],
)
def test_a_horizon_is_whole_steps(small: Resolved, tmp_path: Path, bad: dict[str, float], said: str) -> None:
    """2.9 days in steps of 6 h: 72 h would be simulated, and a collapse in the last of them lie after the horizon."""
    with pytest.raises(ValueError, match=said):
        sim.run(small, runs=1, out=tmp_path / "out", **bad)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_a_step_that_floating_point_cannot_hold_divides_its_horizon(small: Resolved) -> None:
    assert sim.run(small, runs=1, days=1.1, step_hours=0.1).hours == pytest.approx(26.4)


def test_without_out_the_result_lives_as_long_as_the_object(small: Resolved) -> None:
    result = sim.run(small, runs=3)
    path = result.path
    assert len(result.outcomes()) == 3
    del result
    assert not path.exists()


def test_trajectories_open_in_xarray_and_agree_with_a_replay(small: Resolved, tmp_path: Path) -> None:
    import xarray as xr

    result = sim.run(small, runs=4, seed=2, out=tmp_path / "out", trajectories=True)
    data = xr.open_zarr(result.path / "trajectories.zarr", consolidated=False)
    track = result.replay(3)
    assert (track.status == data.status.sel(run=3).values.T).all()
    assert (track.control == data.control.sel(run=3).values.T).all()
    assert list(data.unit.values) == [u.id for u in small.units]


def test_an_unfinished_or_foreign_folder_says_so(ensemble: sim.Result, tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="no such folder"):
        sim.Result.open(tmp_path / "nowhere")
    with pytest.raises(ResultError, match="not a result folder"):
        sim.Result.open(tmp_path)
    for name in ("resolved.json", "provenance.json"):
        (tmp_path / name).write_bytes((ensemble.path / name).read_bytes())
    facts = json.loads((tmp_path / "provenance.json").read_text("utf-8"))
    (tmp_path / "provenance.json").write_text(json.dumps(facts | {"complete": False}), encoding="utf-8")
    with pytest.raises(ResultError, match="not finished"):
        sim.Result.open(tmp_path)
    (tmp_path / "provenance.json").write_text("{", encoding="utf-8")
    with pytest.raises(ResultError, match="cannot be read"):
        sim.Result.open(tmp_path)


def test_a_failing_run_leaves_no_shell_behind(small: Resolved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.results.pq.write_table", fail)
    with pytest.raises(OSError, match="No space"):
        sim.run(small, runs=2, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_rows_are_in_order_of_run(ensemble: sim.Result) -> None:
    rows = ensemble.outcomes(["run"])
    assert isinstance(rows, pd.DataFrame)
    assert list(rows.run) == list(range(ensemble.runs))
