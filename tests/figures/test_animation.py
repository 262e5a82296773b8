"""Frames show what the tables hold at their hour; the files are real ones, or are not there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from sim.figures.animation import MOST_FRAMES, AllRuns, FilmError, OneRun, check_film, film, picture
from sim.figures.animation.film import FRAME_SECONDS, LAST_SECONDS
from sim.figures.animation.one_run import grouped
from sim.figures.animation.scene import thinned
from sim.figures.style import PALETTE, STATUS_MARK
from sim.measures import LABEL, share_by
from sim.state import Status
from tests.figures.conftest import make
from tests.figures.test_figures import named, texts
from tests.figures.test_losses import discs

FEW = 3


@pytest.fixture(scope="module")
def one() -> OneRun:
    return OneRun(make(), run=3)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def everything() -> AllRuns:
    return AllRuns(make())  # type: ignore[arg-type]


def short(scene: Any) -> Any:
    """The first frames only."""
    scene.hours = scene.hours[:FEW]
    return scene


@pytest.mark.parametrize("many", [1, 2, 40, 99, 100, 101, 199, 1000])
def test_frames_are_evenly_spaced_few_enough_and_end_at_the_end(many: int) -> None:
    chosen = thinned(np.arange(many, dtype=float))
    assert chosen[0] == 0
    assert chosen[-1] == many - 1
    assert len(chosen) == min(many, len(chosen)) <= MOST_FRAMES
    assert len(set(np.diff(chosen)[:-1])) <= 1
    assert many > MOST_FRAMES or len(chosen) == many


def test_a_run_is_shown_until_a_day_after_all_is_settled(one: OneRun) -> None:
    path = one.result.replay(3)
    last = path.hours[1:][(np.diff(path.control, axis=1) != 0).any(axis=0)][-1]
    collapse = one.result.outcomes()["collapse_hour"][3]
    assert one.hours[-1] == pytest.approx(max(last, collapse) + 24, abs=2)
    assert OneRun(make(centre=2000.0)).hours[-1] == 480  # type: ignore[arg-type]  # it never collapses


def test_the_board_has_a_mark_for_each_unit_by_its_status(one: OneRun) -> None:
    path = one.result.replay(3)
    for frame in (0, one.frames // 2, one.frames - 1):
        one.show(frame)
        tick = int(np.flatnonzero(path.hours == one.hours[frame])[0])
        for label in STATUS_MARK:
            (marks,) = named(one.figure, f"units {label}")
            assert len(marks.get_xdata()) == (path.status[:, tick] == Status.named(label)).sum()
    headings = [text.get_text() for text in named(one.figure, "heading")]
    assert headings == ["Regular units: 17", "Contingents of Allia: 3"]


def test_a_large_force_fits_the_board() -> None:
    result = make()
    units = result.resolved.units
    result.resolved = result.resolved.model_copy(
        update={"units": tuple(u.model_copy(update={"id": f"{u.id}-{i}"}) for i in range(40) for u in units)}
    )
    scene = OneRun(result, run=3)  # type: ignore[arg-type]
    scene.show(0)
    (marks,) = named(scene.figure, "units holding")
    at = scene.figure.transFigure.inverted().transform(marks.get_transform().transform(marks.get_xydata()))
    assert len(at) == 800 == sum(map(len, grouped(result.resolved).values()))
    assert len({tuple(np.round(each, 6)) for each in at}) == 800
    legends = [legend.get_window_extent().y1 / scene.figure.bbox.height for legend in scene.figure.legends]
    assert at[:, 1].min() > max(legends)
    assert at[:, 0].max() < 1


def test_bars_and_discs_are_the_shares_with_their_intervals(everything: AllRuns) -> None:
    result = everything.result
    for frame in (0, everything.frames // 2):
        everything.show(frame)
        hour = float(everything.hours[frame])
        ax = named(everything.figure, "fallen")[-1].axes
        names = [label.get_text() for label in ax.get_yticklabels()]
        fell = {p.name: share_by(result.outcomes()[f"fall_{p.id}"], hour) for p in result.resolved.places
                if p.holder == "gov"}  # fmt: skip
        assert sorted(names) == sorted(fell)
        assert [bar.get_width() for bar in ax.patches] == pytest.approx([fell[name][0] for name in names])
        (interval,) = named(ax, "interval")
        drawn = [end for line in interval.get_segments() for end in line[:, 0]]
        assert drawn == pytest.approx([end for name in names if fell[name][0] for end in fell[name][1:]])
        assert sorted(discs(everything.map).values()) == pytest.approx(sorted(share for share, *_ in fell.values()))


@pytest.mark.parametrize("scene", [OneRun, AllRuns])
def test_a_frame_says_when_it_is_and_what_it_depends_on(scene: Any) -> None:
    made = scene(make(runs=30))
    middle = made.frames // 2
    fig = made.show(middle)
    fig.draw_without_rendering()
    told = texts(fig)
    assert any(text.endswith(f"{made.hours[middle]:.0f} h after the start") for text in told)
    assert any(text.endswith(f"30 runs, seed 7; {LABEL}") for text in told)
    (now,) = named(fig, "now")
    assert list(now.get_xdata()) == [made.hours[middle] / 24] * 2
    for text in fig.findobj(Text):
        if text.get_text() and text.get_visible() and text.get_gid() != "city":
            box = text.get_window_extent()
            assert fig.bbox.padded(1).fully_containsx(box.x0), text.get_text()
            assert fig.bbox.padded(1).fully_containsx(box.x1), text.get_text()
            assert fig.bbox.padded(1).fully_containsy(box.y0), text.get_text()
            assert fig.bbox.padded(1).fully_containsy(box.y1), text.get_text()


def test_a_shown_frame_leaves_nothing_of_the_one_before(one: OneRun) -> None:
    one.show(5)
    count = len(one.figure.findobj())
    first = picture(one, 5)
    picture(one, one.frames - 1)
    assert picture(one, 5).tobytes() == first.tobytes()
    assert len(one.figure.findobj()) == count


@pytest.mark.parametrize("scene", [OneRun, AllRuns])
def test_a_gif_has_every_frame_in_true_colours(scene: Any, tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    made = short(scene(make()))
    done: list[tuple[int, int]] = []
    path = film(made, tmp_path / "run.gif", lambda *now: done.append(now))
    assert done == [(number, FEW) for number in range(1, FEW + 1)]
    assert [each.name for each in tmp_path.iterdir()] == ["run.gif"]
    with Image.open(path) as gif:
        assert (gif.format, gif.n_frames, gif.size) == ("GIF", FEW, (960, 720))
        assert gif.info["loop"] == 0
        lengths = []
        for frame in range(FEW):
            gif.seek(frame)
            lengths.append(gif.info["duration"])
        shown = np.asarray(gif.convert("RGB"))
    assert lengths == [1000 * FRAME_SECONDS] * (FEW - 1) + [1000 * LAST_SECONDS]
    wanted = np.asarray(picture(made, FEW - 1))
    flat = np.array([mpl.colors.to_rgb(colour) for colour in ("white", *PALETTE)])
    there = 0
    for colour in np.rint(255 * flat).astype(np.uint8):
        here = (wanted == colour).all(axis=2)
        there += here.sum() > 40
        assert np.abs(shown[here].astype(int) - colour).max(initial=0) <= 8
    assert there >= 5
    assert dict(mpl.rcParams) == before


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_an_mp4_has_every_frame_and_holds_the_last(tmp_path: Path) -> None:
    path = film(short(OneRun(make(), run=3)), tmp_path / "run.mp4")  # type: ignore[arg-type]
    frames = tmp_path / "frame-%03d.png"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", str(path), "-vf", "scale=96:72", str(frames)], check=True)
    shown = sorted(tmp_path.glob("frame-*.png"))
    assert len(shown) == pytest.approx(FEW - 1 + LAST_SECONDS / FRAME_SECONDS, abs=1)
    with Image.open(shown[0]) as first:
        assert np.asarray(first.convert("L")).mean() > 200  # a page, not a black picture


def test_without_ffmpeg_it_says_what_to_install(one: OneRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FilmError, match=r"ffmpeg.*apt install ffmpeg.*\.gif"):
        film(one, tmp_path / "run.mp4")
    check_film(tmp_path / "run.gif")
    assert not list(tmp_path.iterdir())


def test_what_ffmpeg_says_is_told_and_no_half_film_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "bin" / "ffmpeg"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho 'no such encoder' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(broken.parent))
    with pytest.raises(FilmError, match="no such encoder"):
        film(short(OneRun(make(), run=3)), tmp_path / "run.mp4")  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_other_files_are_no_films(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match=r"run\.webm: an animation is a \.gif or an \.mp4 file"):
        check_film(tmp_path / "run.webm")


def test_an_interrupted_film_leaves_nothing(tmp_path: Path) -> None:
    def stop(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        film(short(OneRun(make(), run=3)), tmp_path / "run.gif", stop)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
