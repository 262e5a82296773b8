"""`rout plot` redraws comparisons and writes films; what it cannot do it says, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from sim.scenario import write_new
from tests.sweep.files import rout

FEW = ("--runs", "6", "--days", "2", "--no-figures", "--quiet")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a comparison, whose sides are results."""
    folder = tmp_path_factory.mktemp("plot")
    write_new(folder / "case.toml")
    done = rout("compare", "case.toml", "--without", "legion_leaves", *FEW, "--out", "two", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def tree(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_a_comparison_is_drawn_again(desk: Path) -> None:
    done = rout("plot", "two", "--format", "svg", "--out", "again", cwd=desk)
    assert done.stdout.split() == ["again/comparison.svg", "again/quantile_dots.svg"]
    assert "without legion_leaves" in (desk / "again/comparison.svg").read_text("utf-8")
    done = rout("plot", "two", "--figure", "comparison", cwd=desk)
    assert done.stdout.split() == ["two/figures/comparison.png"]


@pytest.mark.parametrize(("words", "frames"), [(("--run", "3"), {9}), (("--figure", "losses"), set(range(1, 10)))])
def test_a_film_of_one_run_or_of_all(words: tuple[str, str], frames: set[int], desk: Path) -> None:
    name = f"films/{words[1]}.gif"
    done = rout("plot", "two/base", *words, "--animate", name, cwd=desk)
    assert (done.returncode, done.stdout) == (0, f"{name}\n"), done.stderr
    with Image.open(desk / name) as gif:
        assert gif.n_frames in frames  # two days, every six hours; of all runs up to where most falls have come


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("two", "--animate", "x.gif"), "rout plot two/base --animate x.gif"),
        (("two", "--run", "1"), "rout plot two/base --run 1"),
        (("two", "--figure", "quantile_dot"), "Did you mean quantile_dots?"),
        (("two/base", "--animate", "x.webm"), "x.webm: an animation is a .gif or an .mp4 file"),
        (("two/base", "--animate", "case.toml"), "case.toml exists and is not overwritten"),
        (("two/base", "--animate", "x.gif", "--figure", "falls"), "'falls' is not animated. There are: map, losses."),
        (("two/base", "--animate", "x.gif", "--figure", "losses", "--run", "1"), "Leave out --run"),
        (("two/base", "--animate", "x.gif", "--run", "6"), "numbered from 0 to 5"),
        (("two/base", "--animate", "x.gif", "--format", "svg"), "Leave out --format"),
        (("two/base", "--animate", "x.gif", "--out", "y"), "Leave out --out"),
        (("nowhere", "--animate", "x.gif"), "nowhere: no such folder"),
    ],
)
def test_what_cannot_be_drawn_is_refused(words: tuple[str, ...], said: str, desk: Path) -> None:
    before = tree(desk)
    done = rout("plot", *words, cwd=desk)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert tree(desk) == before


def test_without_ffmpeg_no_mp4_and_it_says_why(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(desk))
    before = tree(desk)
    done = rout("plot", "two/base", "--animate", "x.mp4", cwd=desk)
    assert done.returncode == 2
    assert "apt install ffmpeg" in done.stderr
    assert tree(desk) == before


def test_an_unfinished_comparison_is_said_to_be_one(desk: Path) -> None:
    (desk / "half/base").mkdir(parents=True)
    assert "not a finished comparison" in rout("plot", "half", cwd=desk).stderr
