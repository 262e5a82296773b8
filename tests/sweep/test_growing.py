"""A finished sweep with more runs at each point: only those that it lacks are simulated, to the same bytes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from sim.experiments.sweep import Sweep, SweepFolder, prepare, run_sweep
from sim.experiments.sweep.growing import MORE, GrowingFolder, settled
from sim.results import ResultError
from tests.sweep.conftest import Finished
from tests.sweep.files import PRECISE, SMALL, desk, rout, tree


def grown(sweep: Sweep, folder: Path) -> tuple[SweepFolder, int]:
    """A sweep that was extended, and the runs that this took."""
    done: list[int] = []
    found = run_sweep(sweep, folder, resume=True, on_progress=lambda number, _: done.append(number))
    return found, max(done, default=0)


@pytest.mark.parametrize(
    ("few", "many", "shard_runs"),
    [
        (2, 4, 8),  # points share shards, before and after
        (3, 9, 8),  # before, not after
        (6, 20, 8),  # a shard with old and new rows, and others with new ones only
        (16, 19, 8),  # whole shards are carried over
    ],
)
def test_the_same_bytes_as_a_sweep_begun_with_that_number(few: int, many: int, shard_runs: int, tmp_path: Path) -> None:
    text = SMALL.replace("days = 4", "days = 1").replace("shard_runs = 40", f"shard_runs = {shard_runs}")
    file = desk(tmp_path, text)
    run_sweep(prepare(file, runs=few), tmp_path / "out")
    found, done = grown(prepare(file, runs=many), tmp_path / "out")
    assert done == 6 * (many - few)
    assert found.provenance["complete"]
    assert found.provenance["runs"] == 6 * many
    assert tree(found.path) == tree(run_sweep(prepare(file, runs=many), tmp_path / "whole").path)


class Stop(BaseException):
    """As Ctrl-C, or the power."""


def test_stopped_on_the_way_the_old_sweep_is_whole_and_the_new_one_goes_on(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path / "out")
    before = tree(folder.path)
    more = prepare(finished.file, runs=40)

    def stop(done: int, _: int) -> None:
        if done >= 30:
            raise Stop

    with pytest.raises(Stop):
        run_sweep(more, folder.path, resume=True, on_progress=stop)
    assert {name: data for name, data in tree(folder.path).items() if not name.startswith(MORE)} == before
    assert folder.summary["runs"].to_pylist() == [30] * 6
    with pytest.raises(ResultError, match="is being extended to 40 runs, not 50"):
        grown(prepare(finished.file, runs=50), folder.path)
    found, done = grown(more, folder.path)
    assert done == 30
    assert found.summary["runs"].to_pylist() == [40] * 6
    assert not (found.path / MORE).exists()


def test_stopped_while_it_takes_the_place_of_the_old_one(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After any of its moves: it does not pass for complete, and the next resume ends the same."""
    more = prepare(finished.file, runs=33)
    whole = tree(run_sweep(more, tmp_path / "whole").path)
    rename, moves, last = os.rename, 0, 0

    def stop_at_last(source: Path, target: Path) -> None:
        nonlocal moves
        if source.parent.name == MORE:
            if moves == last:
                raise Stop
            moves += 1
        rename(source, target)

    grown_up = finished.copy(tmp_path / "out").path
    monkeypatch.setattr("os.rename", stop_at_last)
    with pytest.raises(Stop):
        grown(more, grown_up)
    for number in range(9):  # files and folders that are moved
        folder, moves, last = Path(shutil.copytree(grown_up, tmp_path / f"{number}")), 0, number
        with pytest.raises(Stop):
            settled(folder)
        last = 9
        assert not SweepFolder.open(folder).provenance["complete"]
        found, done = grown(more, folder)
        assert done == 0
        assert found.provenance["complete"]
        assert tree(found.path) == whole


def test_what_does_not_grow_says_why(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path / "out")
    with pytest.raises(ResultError, match="runs was 30, is 20"):
        grown(prepare(finished.file, runs=20), folder.path)
    both = prepare(desk(tmp_path, SMALL.replace("days = 4", "days = 4\nseed = 2")), runs=40)
    with pytest.raises(ResultError, match="runs was 30, is 40; seed was 1, is 2"):
        grown(both, folder.path)
    folder.shard(2).unlink()
    folder.note(complete=False)
    with pytest.raises(ResultError, match="takes no more runs before it is: go on with 30 first"):
        grown(prepare(finished.file, runs=40), folder.path)
    assert not (folder.path / MORE).exists()


def test_nobody_else_may_write_meanwhile(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path / "out")
    growing = GrowingFolder.inside(folder, prepare(finished.file, runs=40), "")
    with growing.alone():
        for each in (finished.sweep, prepare(finished.file, runs=40)):
            with pytest.raises(ResultError, match="another process is at work"):
                run_sweep(each, folder.path, resume=True)


def test_the_command_adds_what_is_missing_and_tells_how_to_do_it_again(tmp_path: Path) -> None:
    desk(tmp_path)
    words = ("sweep", "small.toml", "--out", "out", "--workers", "1", "--quiet", "--no-figures")
    assert rout(*words, "--runs", "5", cwd=tmp_path).returncode == 0
    done = rout(*words, "--runs", "7", "--resume", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "7 runs at each point, 42 in all" in done.stdout
    assert "Again        rout sweep small.toml --out out --runs 7\n" in done.stdout
    assert json.loads((tmp_path / "out" / "sweep.json").read_text())["runs"] == 7
    desk(tmp_path, PRECISE, "precise.toml")
    refused = rout("sweep", "precise.toml", "--runs", "7", cwd=tmp_path)
    assert refused.returncode == 2
    assert "precise.toml:5: precision: finds out how many runs are enough; leave --runs out" in refused.stderr
