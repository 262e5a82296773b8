"""How many runs are enough: points get runs until the interval is narrow enough, and no more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.experiments.sweep import SweepFolder, prepare, run_sweep
from sim.experiments.sweep.file import PrecisionTable
from sim.experiments.sweep.progress import half_width
from sim.measures import Z, median, share_by
from tests.sweep.files import PRECISE, desk, tree


@pytest.fixture(scope="module")
def precise(tmp_path_factory: pytest.TempPathFactory) -> SweepFolder:
    file = desk(tmp_path_factory.mktemp("precise"), PRECISE)
    return run_sweep(prepare(file), file.parent / "out")


def hours_of(folder: SweepFolder) -> dict[int, np.ndarray]:
    rows = pd.read_parquet(folder.path / "outcomes")
    return {int(point): group["collapse_hour"].to_numpy() for point, group in rows.groupby("design_point")}


def test_a_point_stops_at_the_first_batch_that_is_precise_enough(precise: SweepFolder) -> None:
    rule = precise.precision
    assert rule is not None
    runs = {}
    for point, hours in hours_of(precise).items():
        widths = [half_width(rule, hours[:n], 144) for n in range(20, len(hours) + 1, 20)]
        assert all(width > 1.5 for width in widths[:-1])
        assert widths[-1] <= 1.5 or len(hours) == 100
        runs[point] = len(hours)
    # Nobody collapses at the lowest rate: one batch tells so. The highest needs the most.
    assert runs[1] == 20
    assert runs[2] == max(runs.values()) > 20
    assert precise.summary["runs"].to_pylist() == [runs[point] for point in range(3)]


def test_the_same_runs_are_kept_however_many_worked_ahead(precise: SweepFolder, tmp_path: Path) -> None:
    sweep = prepare(desk(tmp_path, PRECISE))
    with ThreadPoolExecutor(4) as pool:
        ahead = run_sweep(sweep, tmp_path / "ahead", executor=pool, workers=4)
    assert tree(ahead.path) == tree(precise.path)


def test_it_goes_on_where_it_was_stopped(precise: SweepFolder, tmp_path: Path) -> None:
    """Also over a gap: what lies behind a lost batch is used again, not made again."""
    import shutil

    for number in range(precise.layout.shards):
        if not precise.shard(number).exists():
            continue
        folder = tmp_path / f"without{number}"
        shutil.copytree(precise.path, folder)
        SweepFolder.open(folder).shard(number).unlink()
        done: list[int] = []
        again = run_sweep(
            prepare(desk(tmp_path, PRECISE)), folder, resume=True, on_progress=lambda n, _, done=done: done.append(n)
        )
        assert tree(again.path) == tree(precise.path)


def test_parts_of_a_precise_sweep_make_the_whole(precise: SweepFolder, tmp_path: Path) -> None:
    sweep = prepare(desk(tmp_path, PRECISE))
    for index in (1, 2, 3):
        run_sweep(sweep, tmp_path / "out", part=(index, 3))
    assert tree(SweepFolder.open(tmp_path / "out").path) == tree(precise.path)


HOURS = np.array([30.0, 50.0, np.nan, 80.0, 20.0, np.nan, 66.0, 40.0, 90.0, 10.0])


def test_half_widths_are_those_of_the_measures() -> None:
    _, low, high = share_by(HOURS, 48)
    share = PrecisionTable(measure="share_collapsed", day=2, half_width=0.1)
    assert half_width(share, HOURS, 100) == (high - low) / 2
    _, first, last = median(HOURS, 100)
    assert first is not None
    middle = PrecisionTable(measure="median_hours", half_width=1)
    # The upper end of ten runs' interval was not reached: it has no width yet.
    assert last is None
    assert half_width(middle, HOURS, 100) == np.inf
    assert half_width(middle, HOURS[~np.isnan(HOURS)], 100) < np.inf
    assert half_width(middle, np.full(50, np.nan), 100) == 0.0
    mean = PrecisionTable(measure="restricted_mean_hours", half_width=1)
    times = np.where(np.isnan(HOURS), 100, HOURS)
    assert half_width(mean, HOURS, 100) == pytest.approx(Z * times.std(ddof=1) / np.sqrt(10))
    assert half_width(mean, HOURS[:1], 100) == np.inf


def test_stopping_by_precision_leaves_intervals_honest() -> None:
    """Over 600 ensembles of a known share, the interval at which the rule stops holds it about 95 times of 100."""
    rule, batch = PrecisionTable(half_width=0.06), 50
    random = np.random.default_rng(1)
    for truth in (0.1, 0.5):
        held = 0
        for _ in range(300):
            hours = np.where(random.random(1000) < truth, 10.0, np.nan)
            runs = next(n for n in range(batch, 1001, batch) if half_width(rule, hours[:n], 24) <= 0.06)
            _, low, high = share_by(hours[:runs], 24)
            held += low <= truth <= high
        assert held >= 270  # if they hold 95 of 100, fewer has a chance below 1 in 1,000
