"""Parts of a sweep, made apart, are the sweep; what does not belong together is not put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.experiments.sweep import SweepFolder, merge, prepare, run_sweep
from sim.experiments.sweep.shards import Layout
from sim.results import ResultError
from tests.sweep.conftest import Finished
from tests.sweep.files import SMALL, command, desk, start, tree


@pytest.fixture(scope="module")
def parts(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The small sweep in three folders."""
    folder = tmp_path_factory.mktemp("parts")
    for index in (1, 2, 3):
        done = run_sweep(finished.sweep, folder / str(index), part=(index, 3))
        assert not done.provenance["complete"]
    return [folder / str(index) for index in (1, 2, 3)]


@pytest.mark.parametrize("in_turn", [False, True])
@pytest.mark.parametrize("layout", [(7, 30, 10), (50, 3, 10), (1, 95, 10), (5, 10, 10)])
def test_parts_share_all_shards_without_overlap(layout: tuple[int, int, int], in_turn: bool) -> None:
    whole = Layout(*layout, in_turn=in_turn)
    for of in (1, 2, 3, 40):
        found = [number for index in range(1, of + 1) for number in whole.part(index, of)]
        assert sorted(found) == list(range(whole.shards))
    rows = [(p, whole.shard(n).first + r) for n in range(whole.shards)
            for p in whole.shard(n).points for r in range(whole.shard(n).runs)]  # fmt: skip
    assert sorted(rows) == [(point, run) for point in range(whole.points) for run in range(whole.runs)]
    assert max(whole.shard(n).rows for n in range(whole.shards)) <= whole.shard_runs


def test_merged_parts_are_the_whole_byte_for_byte(parts: list[Path], finished: Finished, tmp_path: Path) -> None:
    merged = merge(tmp_path / "out", parts)
    assert tree(merged.path) == tree(finished.folder.path)
    assert merged.provenance["complete"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_parts_in_one_folder_finish_by_themselves(finished: Finished, tmp_path: Path) -> None:
    for index in (2, 1, 3):
        folder = run_sweep(finished.sweep, tmp_path / "out", part=(index, 3))
        assert folder.provenance["complete"] == (index == 3)
    assert tree(folder.path) == tree(finished.folder.path)


def test_what_is_missing_is_named_and_nothing_written(parts: list[Path], finished: Finished, tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"2 of 6 shards are in none of the parts: 1, 4\."):
        merge(tmp_path / "out", [parts[0], parts[2]])
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_shard_is_named(parts: list[Path], finished: Finished, tmp_path: Path) -> None:
    copy = finished.copy(tmp_path / "copy")
    copy.shard(5).write_bytes(copy.shard(5).read_bytes()[:-1])
    with pytest.raises(ResultError, match=r"1 of 6 .*: 5\. Damaged: .*shard-00005\.parquet"):
        merge(tmp_path / "out", [copy.path])
    # Another part has it whole.
    assert tree(merge(tmp_path / "out", [copy.path, *parts]).path) == tree(finished.folder.path)


def test_parts_of_different_sweeps_are_refused(parts: list[Path], tmp_path: Path) -> None:
    other = run_sweep(prepare(desk(tmp_path, SMALL.replace("runs = 30", "runs = 20"))), tmp_path / "other")
    with pytest.raises(ResultError, match=r"different sweeps.*runs was 30, is 20"):
        merge(tmp_path / "out", [*parts, other.path])
    assert not (tmp_path / "out").exists()


def test_parts_that_contradict_each_other_are_refused(parts: list[Path], finished: Finished, tmp_path: Path) -> None:
    """Machines that do not compute alike: the same shard, whole, with other rows."""
    copy = finished.copy(tmp_path / "copy")
    copy.shard(0).write_bytes(copy.shard(1).read_bytes())
    copy.checksum(0).write_text(copy.checksum(1).read_text())
    with pytest.raises(ResultError, match="shard 0 is not the same"):
        merge(tmp_path / "out", [*parts, copy.path])


def test_a_folder_that_exists_is_left_alone(parts: list[Path], tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        merge(tmp_path, parts)
    with pytest.raises(ResultError, match="not the folder of a sweep"):
        merge(tmp_path / "out", [tmp_path])


@pytest.mark.slow
def test_an_array_of_jobs_as_a_user_runs_it(finished: Finished, tmp_path: Path) -> None:
    """Two jobs at once into folders of their own, two at once into one folder, and the merge."""
    desk(tmp_path)
    words = ("sweep", "small.toml", "--workers", "1", "--quiet", "--no-figures")
    jobs = [start(*words, "--out", out, "--shard", f"{index}/2", cwd=tmp_path)
            for index, out in ((1, "one"), (2, "two"), (1, "both"), (2, "both"))]  # fmt: skip
    for job in jobs:
        _, err = job.communicate(timeout=120)
        assert job.returncode == 0, err
    assert tree(tmp_path / "both") == tree(finished.folder.path)
    assert SweepFolder.open(tmp_path / "both").provenance["complete"]
    refused = command("merge", "out", "one", cwd=tmp_path)
    assert refused.returncode == 2
    assert "3 of 6 shards are in none of the parts: 1, 3, 5." in refused.stderr
    done = command("merge", "out", "one", "two", "--no-figures", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Of 100 runs, collapsed at each point" in done.stdout
    assert tree(tmp_path / "out") == tree(finished.folder.path)
    again = command("merge", "out", "one", "two", cwd=tmp_path)
    assert "out exists and is not overwritten" in again.stderr
