"""The compiled kernel on disk: the same bytes, whole shards after an interruption, code that is found again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import sim
from sim.kernels.compiled import cache
from sim.results import ResultError
from sim.scenario import load, resolve
from sim.scenario.resolved import Resolved
from tests.kernel.conftest import SYRIA

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def short() -> Resolved:
    return resolve(load(SYRIA)).model_copy(update={"days": 10.0})


def tables(folder: Path) -> dict[str, bytes]:
    """Every table of a result."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


def test_kernels_and_workers_write_the_same_bytes(short: Resolved, tmp_path: Path) -> None:
    want = sim.run(short, runs=1040, seed=5, kernel="numpy", out=tmp_path / "numpy")
    for workers in (1, 2, 3):
        mine = sim.run(short, runs=1040, seed=5, kernel="compiled", workers=workers, out=tmp_path / f"{workers}")
        assert mine.provenance["kernel"] == "compiled"
        assert tables(mine.path) == tables(want.path)
    assert len(tables(want.path)) == 3 + 4


@pytest.mark.parametrize("workers", [1, 3])
def test_an_interruption_leaves_whole_shards_and_no_thread(short: Resolved, tmp_path: Path, workers: int) -> None:
    out, before = tmp_path / "stopped", threading.active_count()

    def stop(done: int, runs: int) -> None:
        if any(out.glob("outcomes/shard-*.parquet")):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sim.run(short, runs=20_000, seed=5, kernel="compiled", workers=workers, out=out, on_progress=stop)
    assert threading.active_count() == before
    left = tables(out)
    assert 0 < len(left) < 40
    assert sorted(path.name for path in (out / "outcomes").iterdir()) == sorted(Path(name).name for name in left)
    runs = 500 * (1 + max(int(Path(name).stem.split("-")[1]) for name in left))
    whole = sim.run(short, runs=runs, seed=5, kernel="compiled", workers=2, out=tmp_path / "whole")
    assert left.items() <= tables(whole.path).items()
    with pytest.raises(ResultError, match="not finished"):
        sim.Result.open(out)


def test_an_interruption_at_once_leaves_nothing(short: Resolved, tmp_path: Path) -> None:
    def stop(done: int, runs: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sim.run(short, runs=2000, kernel="compiled", out=tmp_path / "out", on_progress=stop)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_in_a_terminal_stops_at_once(tmp_path: Path, workers: int) -> None:
    code = (
        "import sim, sys; from pathlib import Path;"
        f"sim.run(sim.load(Path({str(SYRIA)!r})), runs=100_000, kernel='compiled', workers={workers},"
        f"out={str(tmp_path / 'out')!r})"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True,
        # A shell starts what runs in its background with SIGINT ignored, and so its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
    ) as process:  # fmt: skip
        waited = time.monotonic() + 300
        while not any(tmp_path.glob("out/outcomes/shard-*.parquet")) and time.monotonic() < waited:
            time.sleep(0.1)
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        error = process.communicate(timeout=60)[1]
    assert time.monotonic() - asked < 5
    assert error.rstrip().endswith("KeyboardInterrupt")
    assert process.returncode == -signal.SIGINT or process.returncode == 130
    assert {path.suffix for path in (tmp_path / "out" / "outcomes").iterdir()} == {".parquet"}


# -- code that is kept --------------------------------------------------------------------------------

PRINT = """
import hashlib, sys
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from sim.block import simulate_block
from sim.plan import make_plan
from tests.kernel.grounds import mixed
def rows(seed):
    return simulate_block(make_plan(mixed(3)), seed, np.arange(20, dtype=np.uint64), kernel=sys.argv[1]).close()
with ThreadPoolExecutor(2) as pool:
    both = [[(name, values.tolist()) for name, values in each.items()] for each in pool.map(rows, (1, 2))]
print(hashlib.sha256(repr(both).encode()).hexdigest())
"""


def printing(kernel: str, **where: Path) -> subprocess.Popen[str]:
    """A process that prints what two threads of it simulated."""
    env = {**os.environ, **{name: str(path) for name, path in where.items()}}
    return subprocess.Popen([sys.executable, "-c", PRINT, kernel], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)


def printed(process: subprocess.Popen[str]) -> str:
    out = process.communicate(timeout=900)[0]
    assert process.returncode == 0
    return out


def test_other_processes_find_the_code(tmp_path: Path) -> None:
    """The kernel that `simulate_block` has compiled here, or has found compiled."""
    want = printed(printing("numpy"))
    assert printed(printing("compiled")) == want
    kept = _code(cache.folder())
    assert kept
    assert printed(printing("compiled")) == want
    assert _code(cache.folder()) == kept, "compiled again"
    # Where home cannot be written to, the temporary folder serves.
    (tmp_path / "file").touch()
    elsewhere = tmp_path / "temporary"
    shutil.copytree(cache.folder(), elsewhere / f"rout-{os.getuid()}" / cache.folder().name)
    assert printed(printing("compiled", XDG_CACHE_HOME=tmp_path / "file", TMPDIR=elsewhere)) == want
    assert len(_code(elsewhere)) == len(kept), "compiled again"


SMALL = """
import numpy as np
from sim.kernels.compiled.source import entry, inlined
@inlined
def step(total, value):
    return total * np.float32(0.5) + value
@entry
def walk(values):
    total = np.float32(0)
    for i in range(len(values)):
        total = step(total, values[i])
    return total
print(walk(np.arange(100, dtype=np.float32)))
"""


def test_processes_that_compile_at_once_leave_whole_code(tmp_path: Path) -> None:
    """Kept as the kernel is, but compiled in seconds."""
    (tmp_path / "small.py").write_text(SMALL)
    home = tmp_path / "home"

    def walking() -> subprocess.Popen[str]:
        env = {**os.environ, "XDG_CACHE_HOME": str(home), "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            [sys.executable, tmp_path / "small.py"], cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True
        )

    several = [walking() for _ in range(4)]
    assert {printed(process) for process in several} == {"196.0\n"}
    kept = _code(home)
    assert {Path(name).suffix for name in kept} == {".nbi", ".nbc"}
    assert printed(walking()) == "196.0\n"
    assert _code(home) == kept, "compiled again"


def _code(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*.nb?")}
