"""Reference tables: the same bytes however they are cut, stopped, damaged, killed and taken up again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from calibration.simulator import CalibrationError
from calibration.table import ReferenceTable, build
from tests.calibration.models import LinearGaussian

ROOT = Path(__file__).parents[2]
MODEL = LinearGaussian.of(3, 4, 0.5)
USUAL: dict[str, Any] = {
    "rows": 230, "seed": 4, "summary_names": MODEL.names, "identity": {"scenario": "abc"}, "shard_rows": 50,
}  # fmt: skip


def made(folder: Path, simulator: Any = MODEL, **changes: Any) -> ReferenceTable:
    return build(folder, MODEL.prior, simulator, **USUAL | changes)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("table") / "whole"
    made(folder)
    return folder


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "copy")
    return tmp_path / "copy"


def test_rows_are_the_draws_and_their_simulations(whole: Path) -> None:
    table = ReferenceTable.open(whole)
    theta = MODEL.prior.draw(range(230), 4)
    assert table.theta.tobytes() == theta.tobytes()
    assert table.summaries.tobytes() == MODEL(theta, 0).tobytes()
    assert (table.prior, table.summary_names) == (MODEL.prior, MODEL.names)
    assert table.z.tobytes() == MODEL.prior.to_probit(theta).tobytes()


@pytest.mark.parametrize("shard_rows", [1, 7, 64, 1000])
def test_rows_have_the_same_bits_in_any_shards(shard_rows: int, whole: Path, tmp_path: Path) -> None:
    rows = 230 if shard_rows > 1 else 20
    table, other = made(tmp_path / "out", shard_rows=shard_rows, rows=rows), ReferenceTable.open(whole)
    assert table.theta.tobytes() == other.theta[:rows].tobytes()
    assert table.summaries.tobytes() == other.summaries[:rows].tobytes()


def test_it_says_where_it_comes_from(whole: Path) -> None:
    told = json.loads((whole / "table.json").read_text())
    assert told["prior_sha256"] == MODEL.prior.sha256
    assert told["simulator"] == {"scenario": "abc"}
    assert {"numpy", "scipy", "python", "rout", "model"} <= set(told["versions"])
    first = pq.read_table(whole / "shards" / "shard-00001.parquet")
    assert first.column_names == ["row", *MODEL.prior.names, *MODEL.names]
    assert first["row"].to_pylist() == list(range(50, 100))


def test_checksums_are_those_that_sha256sum_reads(whole: Path) -> None:
    if shutil.which("sha256sum") is None:
        pytest.skip("there is no sha256sum here")
    lines = "".join(path.read_text() for path in sorted((whole / "checksums").iterdir()))
    done = subprocess.run(["sha256sum", "-c"], input=lines, cwd=whole, capture_output=True, text=True, check=True)
    assert done.stdout.count(": OK") == 5


@pytest.mark.parametrize("damage", ["missing", "cut off", "changed", "no checksum", "empty checksum"])
def test_a_damaged_shard_is_simulated_again(damage: str, copy: Path, whole: Path) -> None:
    shard, checksum = copy / "shards" / "shard-00002.parquet", copy / "checksums" / "shard-00002.sha256"
    match damage:
        case "missing":
            shard.unlink()
        case "cut off":
            shard.write_bytes(shard.read_bytes()[:-30])
        case "changed":
            data = bytearray(shard.read_bytes())
            data[len(data) // 3] ^= 1
            shard.write_bytes(data)
        case "no checksum":
            checksum.unlink()
        case _:
            checksum.write_text("")
    with pytest.raises(CalibrationError, match="1 of 5 shards are missing"):
        ReferenceTable.open(copy)
    calls: list[tuple[int, int]] = []
    made(copy, resume=True, on_progress=lambda *done: calls.append(done))
    assert calls == [(230, 230)]
    assert tree(copy) == tree(whole)


def test_a_finished_table_is_left_as_it_is(copy: Path, whole: Path) -> None:
    def never(theta: np.ndarray, first_row: int) -> np.ndarray:
        raise AssertionError("simulated again")

    made(copy, never, resume=True)
    assert tree(copy) == tree(whole)


@pytest.mark.parametrize("rows", [240, 250, 251, 700])
def test_a_table_can_grow(rows: int, copy: Path, tmp_path: Path) -> None:
    made(copy, rows=rows, resume=True)
    made(tmp_path / "at once", rows=rows)
    assert tree(copy) == tree(tmp_path / "at once")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"seed": 5}, "seed"),
        ({"identity": {"scenario": "abd"}}, "simulator"),
        ({"shard_rows": 40}, "shard_rows"),
        ({"summary_names": ("a", "b", "c", "d")}, "summaries"),
        ({"rows": 229}, "never made shorter"),
    ],
)
def test_another_table_is_refused_and_left_as_it_is(
    changes: dict[str, Any], says: str, copy: Path, whole: Path
) -> None:
    with pytest.raises(CalibrationError, match=f"What differs: .*{says}"):
        made(copy, resume=True, **changes)
    assert tree(copy) == tree(whole)


def test_a_folder_that_exists_is_left_alone(tmp_path: Path, copy: Path) -> None:
    with pytest.raises(CalibrationError, match="exists; resume"):
        made(copy)
    (tmp_path / "mine").mkdir()
    for resume in (False, True):
        with pytest.raises(CalibrationError, match="mine exists"):
            made(tmp_path / "mine", resume=resume)
    assert tree(tmp_path / "mine") == {}
    with pytest.raises(CalibrationError, match=r"not a reference table \(table.json is missing\)"):
        ReferenceTable.open(tmp_path / "mine")
    (copy / "table.json").write_text("{}")
    with pytest.raises(CalibrationError, match=r"table.json: cannot be read \(KeyError\)"):
        ReferenceTable.open(copy)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda y: np.where(np.arange(len(y))[:, None] == 7, np.nan, y), r"simulation 107: summary 'y0' is nan"),
        (lambda y: y[:, :2], r"from row 100: the simulator gave \(50, 2\), not \(50, 4\)"),
    ],
)
def test_a_simulator_that_misbehaves_is_told_with_its_row(wrong: Any, says: str, tmp_path: Path, whole: Path) -> None:
    def simulator(theta: np.ndarray, first_row: int) -> np.ndarray:
        return wrong(MODEL(theta, first_row)) if first_row == 100 else MODEL(theta, first_row)

    with pytest.raises(CalibrationError, match=says):
        made(tmp_path / "out", simulator)
    made(tmp_path / "out", resume=True)
    assert tree(tmp_path / "out") == tree(whole)


def test_ctrl_c_loses_no_finished_shard(tmp_path: Path, whole: Path) -> None:
    def simulator(theta: np.ndarray, first_row: int) -> np.ndarray:
        if first_row == 150:
            raise KeyboardInterrupt
        return MODEL(theta, first_row)

    with pytest.raises(KeyboardInterrupt):
        made(tmp_path / "out", simulator)
    calls: list[tuple[int, int]] = []
    made(tmp_path / "out", resume=True, on_progress=lambda *done: calls.append(done))
    assert calls == [(200, 230), (230, 230)]
    assert tree(tmp_path / "out") == tree(whole)


SLOWLY = """
import sys, time
from pathlib import Path
from tests.calibration.test_table import MODEL, made

def simulator(theta, first_row):
    time.sleep(0.01)
    return MODEL(theta, first_row)

made(Path(sys.argv[1]), simulator, rows=500, shard_rows=5, resume=True)
"""


@pytest.mark.parametrize("kills", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_killed_at_any_moment_it_goes_on_to_the_same_bytes(kills: int, tmp_path: Path) -> None:
    folder, there = tmp_path / "out", 0
    for turn in range(kills):
        process = subprocess.Popen([sys.executable, "-c", SLOWLY, str(folder)], cwd=ROOT)
        while len(list(folder.glob("checksums/*.sha256"))) < there + 5:
            assert process.poll() is None
            time.sleep(0.002)
        time.sleep(0.003 * turn)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        there = len(list(folder.glob("checksums/*.sha256")))
    assert there < 100
    (folder / "shards" / ".shard-00099.parquet.0a1b2c3d.part").write_bytes(b"half")
    made(folder, rows=500, shard_rows=5, resume=True)
    made(tmp_path / "undisturbed", rows=500, shard_rows=5)
    assert tree(folder) == tree(tmp_path / "undisturbed")
