"""Whatever stops a sweep, it goes on from the shard it was at, to the same bytes."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import results
from sim.experiments.sweep import Sweep, SweepFolder, prepare, run_sweep
from sim.results import ResultError
from sim.versions import digest
from tests.sweep.conftest import Finished
from tests.sweep.files import SMALL, command, desk, rout, start, tree


def resumed(sweep: Sweep, folder: Path) -> tuple[SweepFolder, int]:
    """A sweep that was taken up again, and the runs that this took."""
    done: list[int] = []
    found = run_sweep(sweep, folder, resume=True, on_progress=lambda number, _: done.append(number))
    return found, max(done, default=0)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


DAMAGE: dict[str, Callable[[SweepFolder], object]] = {
    "shard gone": lambda folder: folder.shard(2).unlink(),
    "shard truncated": lambda folder: truncate(folder.shard(2)),
    "a bit flipped": lambda folder: flip(folder.shard(2)),
    "shard empty": lambda folder: empty(folder.shard(2)),
    "checksum gone": lambda folder: folder.checksum(2).unlink(),
    "checksum empty": lambda folder: empty(folder.checksum(2)),
    "checksum flipped": lambda folder: flip(folder.checksum(2)),
    "checksum no text": lambda folder: folder.checksum(2).write_bytes(b"\xff\xfe"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_shard_is_done_again_and_no_other(damage: str, finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path / "out")
    DAMAGE[damage](folder)
    assert not folder.is_whole(2)
    again, runs = resumed(finished.sweep, folder.path)
    assert runs == 30
    assert tree(again.path) == tree(finished.folder.path)
    assert again.provenance["complete"]


Temporary = pytest.TempPathFactory


@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_flipped_bit_passes(finished: Finished, tmp_path_factory: Temporary, where: float, bit: int) -> None:
    folder = SweepFolder(tmp_path_factory.getbasetemp() / "bits", finished.folder.explicit)
    for kind in ("shard", "checksum"):
        source, target = getattr(finished.folder, kind)(0), getattr(folder, kind)(0)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    assert folder.is_whole(0)
    data = bytearray(folder.shard(0).read_bytes())
    data[int(where * len(data))] ^= 1 << bit
    folder.shard(0).write_bytes(data)
    assert not folder.is_whole(0)


def test_a_finished_sweep_stays_as_it_is(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path / "out")
    again, runs = resumed(finished.sweep, folder.path)
    assert runs == 0
    assert tree(again.path) == tree(finished.folder.path)


def test_checksums_are_those_that_sha256sum_reads(finished: Finished) -> None:
    if shutil.which("sha256sum") is None:
        pytest.skip("there is no sha256sum here")
    lines = "".join(path.read_text() for path in sorted((finished.folder.path / "checksums").iterdir()))
    done = subprocess.run(
        ["sha256sum", "-c"], input=lines, cwd=finished.folder.path, capture_output=True, text=True, check=True
    )
    assert done.stdout.count(": OK") == finished.folder.layout.shards


def test_what_a_killed_process_left_half_written_is_swept_up(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path / "out")
    folder.shard(3).unlink()
    (folder.path / "outcomes" / ".shard-00003.parquet.0a1b2c3d.part").write_bytes(b"half")
    again, _ = resumed(finished.sweep, folder.path)
    assert tree(again.path) == tree(finished.folder.path)


CHANGED = {
    "runs": ("runs = 30", "runs = 29", "runs was 30, is 29"),
    "seed": ("days = 4", "days = 4\nseed = 2", "seed was 1, is 2"),
    "days": ("days = 4", "days = 3", "days was 4.0, is 3.0"),
    "design": ("factorial", "one_at_a_time", "design kind was factorial, is one_at_a_time"),
    "values": ('"parameter.waver_rate"', '"parameter.waver_rate"\nhigh = 0.005', "factors"),
    "columns": ("days = 4", 'days = 4\ncolumns = ["men_*"]', "columns"),
    "shard_runs": ("shard_runs = 40", "shard_runs = 41", "shard_runs was 40, is 41"),
    "set": ("[design]", "[set]\nexit_rate = 0.03\n[design]", "scenario case has changed"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_another_sweep_is_refused_and_told_apart(name: str, finished: Finished, tmp_path: Path) -> None:
    old, new, says = CHANGED[name]
    folder = finished.copy(tmp_path / "out")
    before = tree(folder.path)
    with pytest.raises(ResultError, match="another sweep") as caught:
        run_sweep(prepare(desk(tmp_path, SMALL.replace(old, new))), folder.path, resume=True)
    assert says in str(caught.value)
    assert tree(folder.path) == before


def test_a_changed_scenario_is_refused(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path / "out")
    file = desk(tmp_path)
    case = tmp_path / "case.toml"
    case.write_text(case.read_text().replace("km = 42", "km = 43"))
    with pytest.raises(ResultError, match="scenario case has changed"):
        run_sweep(prepare(file), folder.path, resume=True)


def test_another_version_is_refused(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path / "out")
    told = json.loads((folder.path / "sweep.json").read_text())
    told["versions"]["numpy"] = "1.0.0"
    (folder.path / "sweep.json").write_text(json.dumps(told))
    with pytest.raises(ResultError, match=r"versions numpy was 1\.0\.0, is 2"):
        run_sweep(finished.sweep, folder.path, resume=True)


def test_a_changed_rule_is_refused(finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, copied = finished.copy(tmp_path / "out"), tmp_path / "sim"
    shutil.copytree(Path(results.__file__).parent, copied, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("sim.versions._SIM", copied)
    digest.cache_clear()
    assert replace(finished.sweep).explicit["versions"] == folder.explicit["versions"]  # the same source elsewhere
    rule = copied / "rules" / "quit.py"
    rule.write_text(rule.read_text() + "\n")
    digest.cache_clear()
    with pytest.raises(ResultError, match="versions model was"):
        run_sweep(replace(finished.sweep), folder.path, resume=True)
    digest.cache_clear()


def test_a_comment_is_no_change(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path / "out")
    folder.shard(0).unlink()
    again, _ = resumed(prepare(desk(tmp_path, "# mine\n" + SMALL)), folder.path)
    assert tree(again.path) == tree(finished.folder.path)


def test_a_folder_that_exists_is_left_alone(finished: Finished, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        run_sweep(finished.sweep, tmp_path / "out")
    with pytest.raises(ResultError, match="not the folder of a sweep"):
        run_sweep(finished.sweep, tmp_path / "out", resume=True)
    assert tree(tmp_path) == {"out/mine.txt": b"mine"}


# Real processes

LONGER = SMALL.replace("days = 4", "days = 12")
MEDIUM = LONGER.replace("runs = 30", "runs = 40").replace("shard_runs = 40", "shard_runs = 10")
"""24 shards."""
LONG = LONGER.replace("runs = 30", "runs = 240").replace("shard_runs = 40", "shard_runs = 24")
"""60 shards: some seconds, so that there is time to stop it."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the long sweep that nothing stopped."""
    folder = tmp_path_factory.mktemp("undisturbed")
    return tree(run_sweep(prepare(desk(folder, LONG)), folder / "out").path)


def wait_for_shards(folder: Path, number: int, process: subprocess.Popen[str]) -> None:
    while len(list((folder / "checksums").glob("*.sha256"))) < number:
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


@pytest.mark.slow
def test_after_kill_9_it_goes_on_to_the_same_bytes(finished: Finished, tmp_path: Path) -> None:
    file = desk(tmp_path, MEDIUM)
    process = start("sweep", "small.toml", "--out", "out", "--workers", "1", "--no-figures", cwd=tmp_path)
    wait_for_shards(tmp_path / "out", 3, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    sweep = prepare(file)
    there = len(SweepFolder.open(tmp_path / "out").whole(range(sweep.layout.shards)))
    assert 3 <= there < sweep.layout.shards
    again, runs = resumed(sweep, tmp_path / "out")
    assert runs == 10 * (sweep.layout.shards - there)
    assert tree(again.path) == tree(run_sweep(sweep, tmp_path / "whole").path)


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_at_random_moments_again_and_again(workers: str, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    desk(tmp_path, LONG)
    moments = random.Random(int(workers))
    words = ["sweep", "small.toml", "--out", "out", "--resume", "--workers", workers, "--no-figures"]
    there = 0
    for _ in range(3):
        process = start(*words, cwd=tmp_path)
        wait_for_shards(tmp_path / "out", there + moments.randint(0, 6), process)
        time.sleep(moments.uniform(0, 0.1))
        os.kill(process.pid, signal.SIGKILL)  # the parent alone: its workers must end by themselves
        process.communicate(timeout=30)
        checksums = tmp_path / "out" / "checksums"
        there = len(list(checksums.iterdir())) if checksums.exists() else 0
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "out") == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_says_what_is_kept_and_how_to_go_on(workers: str, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    desk(tmp_path, LONG)
    process = start("sweep", "small.toml", "--out", "out", "--workers", workers, cwd=tmp_path)
    wait_for_shards(tmp_path / "out", 2, process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to all of them
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert "Go on with: rout sweep small.toml --out out --resume" in err
    told = command("results", ".", cwd=tmp_path).stdout
    assert "NOT FINISHED" in told
    assert "rout sweep small.toml --out out --resume" in told
    words = ["--resume", "--workers", "1", "--quiet", "--no-figures"]
    done = command("sweep", "small.toml", "--out", "out", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "out") == undisturbed


def test_a_second_process_is_turned_away(finished: Finished, tmp_path: Path) -> None:
    folder = finished.copy(tmp_path / "out")
    desk(tmp_path)
    folder.shard(0).unlink()
    before = tree(folder.path)
    with folder.alone():
        done = rout("sweep", "small.toml", "--out", "out", "--resume", cwd=tmp_path)
    assert done.returncode == 2
    assert "another process is at work on out" in done.stderr
    assert tree(folder.path) == before


@pytest.mark.slow
def test_of_two_processes_one_works_and_one_is_turned_away(undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    desk(tmp_path, LONG)
    words = ["sweep", "small.toml", "--out", "out", "--workers", "1", "--no-figures"]
    first = start(*words, cwd=tmp_path)
    wait_for_shards(tmp_path / "out", 1, first)
    second = command(*words, "--resume", cwd=tmp_path)
    _, err = first.communicate(timeout=120)
    assert first.returncode == 0, err
    assert second.returncode == 2
    assert "another process is at work on out" in second.stderr
    assert tree(tmp_path / "out") == undisturbed


@contextmanager
def files_below(size: int) -> Iterator[None]:
    """Whoever makes a file larger than this is told that there is no room [bytes]."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_leaves_only_whole_files(finished: Finished, tmp_path: Path) -> None:
    """Files may not grow beyond 4 kB: a shard has more."""
    folder = finished.copy(tmp_path / "out")
    desk(tmp_path)
    shutil.rmtree(folder.path / "checksums")
    (folder.path / "checksums").mkdir()
    for number in range(folder.layout.shards):
        folder.shard(number).unlink()
    before = tree(folder.path)
    smallest = min(finished.folder.shard(number).stat().st_size for number in range(6))
    assert smallest > 4000

    words = ["sweep", "small.toml", "--out", "out", "--resume", "--workers", "1", "--no-figures"]
    with files_below(4000):
        done = rout(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "cannot write: out/outcomes/" in done.stderr
    assert "File too large" in done.stderr
    assert "Go on with: rout sweep small.toml --out out --resume" in done.stderr
    assert tree(folder.path) == before
    again, _ = resumed(finished.sweep, folder.path)
    assert tree(again.path) == tree(finished.folder.path)


def test_a_disk_that_is_full_from_the_start_keeps_nothing(tmp_path: Path) -> None:
    desk(tmp_path)
    before = tree(tmp_path)

    with files_below(100):
        done = rout("sweep", "small.toml", "--out", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert "Nothing is kept." in done.stderr
    assert tree(tmp_path) == before
