"""Conditions are read, boxes of a small force are what its rows say, and the command says in words when it holds."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.experiments.discovery import Discovery, discover, factors_of
from sim.experiments.point_measure import Known, Sample, condition_of
from sim.experiments.prim import inside
from sim.experiments.sweep import SweepFolder, prepare, run_sweep
from sim.figures.discovery import FIGURES
from sim.measures import LABEL
from sim.results import ResultError
from tests.sweep.files import ROOT, desk, rout

# conditions


def test_conditions_are_read_and_said() -> None:
    share = condition_of("share:11<0.2")
    assert (share.measure.text, share.sign, share.limit) == ("share:11", "<", 0.2)
    assert share.words == "share of runs collapsed by day 11 is below 20 %"
    assert condition_of(" capital:4 >= 35% ").words == "share of runs with the capital lost by day 4 is at least 35 %"
    assert condition_of("median > 12.5").words == "median time to collapse is above 12.5 days"
    assert condition_of(condition_of("strength_25<=5%").text) == condition_of("strength_25<=0.05")


@pytest.mark.parametrize(
    ("text", "says"),
    [("share", "of the form"), ("share=3", "of the form"), ("share<x", "of the form"), ("shares<0.3", "'share'"),
     ("share:x<0.3", "not a day"), ("share<20", "between 0 and 1"), ("median<20%", "time in days"),
     ("share<-1", "of the form"), ("0.1<share<0.3", "of the form")],
)  # fmt: skip
def test_conditions_that_are_none(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        condition_of(text)


def test_a_point_whose_interval_holds_the_limit_is_unsure() -> None:
    known = Known(*np.array([[0.1, 0.05, 0.15], [0.3, 0.1, 0.5], [0.2, 0.2, 0.2]]).T)
    condition = condition_of("share<0.2")
    assert condition.holds(known).tolist() == [True, False, False]
    assert condition.unsure(known).tolist() == [False, True, False]
    never = Known(*np.array([[np.inf, 8.0, np.inf]]).T)
    assert condition_of("median>10").holds(never).tolist() == [True]
    assert condition_of("median>10").unsure(never).tolist() == [True]


# a sweep


SWEEP = """\
scenario = "case.toml"
runs = 10
days = 2
columns = ["capital_hour"]
set.exit_rate = 0.3

[design]
kind = "latin_hypercube"
points = 40

[[factor]]
key = "waver_rate"
low = 0.01
high = 0.4
scale = "log"

[[factor]]
account = "general_shot"

[[factor]]
switch = "legion_leaves"

[[factor]]
key = "unit.bridge_guard.men_low"
values = [900, 1000, 1100]
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a finished sweep called lhs."""
    folder = tmp_path_factory.mktemp("discovery")
    run_sweep(prepare(desk(folder, SWEEP, "lhs.toml")), folder / "lhs")
    return folder


@pytest.fixture(scope="module")
def sweep(place: Path) -> SweepFolder:
    return SweepFolder.open(place / "lhs")


@pytest.fixture(scope="module")
def found(sweep: SweepFolder) -> Discovery:
    return discover(sweep, condition_of("share>0.3"))


def test_factors_are_numbers_or_words(sweep: SweepFolder) -> None:
    rate, shot, legion, men = factors_of(sweep)
    assert [each.axis.ordered for each in (rate, shot, legion, men)] == [True, False, False, True]
    assert (legion.span, men.span) == ("off, on", "900 to 1100")
    for factor in (rate, shot, legion, men):
        cells = sweep.points[factor.name].to_pylist()
        assert [factor.values[code] for code in factor.axis.codes] == cells
    some = np.array([False, True])
    assert (shot.words(some), legion.words(some)) == ("enemy_raid", "on")
    assert men.words(np.array([False, True, True])) == "1000 or more"
    assert men.words(np.array([False, True, False])) == "1000"
    many = np.ones(40, bool)
    many[:10] = False
    edge = np.sqrt(rate.values[9] * rate.values[10])
    assert rate.words(many) == f"above {edge:.3g}"
    assert rate.limits(many) == (pytest.approx(edge), np.inf)


def test_points_that_leave_a_factor_as_it_is(sweep: SweepFolder, tmp_path: Path) -> None:
    facts = [dict(each) for each in sweep.explicit["factors"]]
    points = sweep.points
    empty = points.set_column(2, "waver_rate", [[None, *points["waver_rate"].to_pylist()[1:]]])

    class Folder(SweepFolder):
        points = empty  # type: ignore[assignment]

    facts[0]["base"] = 0.05
    with_base = factors_of(Folder(sweep.path, {**sweep.explicit, "factors": facts}))
    assert with_base[0].values[with_base[0].axis.codes[0]] == 0.05
    facts[0]["base"] = None
    with pytest.raises(ResultError, match="leave waver_rate as the scenario has it"):
        factors_of(Folder(sweep.path, {**sweep.explicit, "factors": facts}))


def test_where_the_small_force_collapses(found: Discovery, sweep: SweepFolder) -> None:
    hours = pd.read_parquet(sweep.path / "outcomes").groupby("design_point")["collapse_hour"]
    np.testing.assert_array_equal(found.holds, (hours.count() / 10 > 0.3).to_numpy())
    first, *_ = found.boxes
    assert first.restrictions[0].factor.name == "waver_rate"
    assert first.restrictions[0].factor.words(first.restrictions[0].levels).startswith("above")
    there = inside(found.axes, first.box)
    assert first.worth.density == found.holds[there].mean()
    assert first.worth.coverage == pytest.approx(found.holds[there].sum() / found.holds.sum())
    assert found.together().coverage >= first.worth.coverage


def test_boxes_by_covering_do_not_count_points_twice(sweep: SweepFolder) -> None:
    found = discover(sweep, condition_of("restricted_mean<1.9"), boxes=4)
    left = np.ones(len(found.holds), bool)
    for each in found.boxes:
        there = inside(found.axes, each.box) & left
        assert each.worth.mass == pytest.approx(there.mean())
        assert each.worth.coverage == pytest.approx(found.holds[there].sum() / found.holds.sum())
        assert each.worth.density == pytest.approx(found.holds[there].mean())
        left &= ~there
    assert found.together().coverage == pytest.approx(sum(each.worth.coverage for each in found.boxes))
    assert found.together().mass == pytest.approx((~left).mean())


def test_a_chosen_box_is_taken_as_it_is(found: Discovery, sweep: SweepFolder) -> None:
    steps = found.boxes[0].steps
    for number in (0, 3, len(steps) - 1):
        box = discover(sweep, found.condition, number=number).boxes[0]
        assert (box.number, box.worth) == (number, steps[number])
    with pytest.raises(ResultError, match=f"no box {len(steps)}: they are numbered from 0 to {len(steps) - 1}"):
        discover(sweep, found.condition, number=len(steps))


@pytest.mark.parametrize(
    ("condition", "says"),
    [("share>=0", "holds at every design point, so there is nothing to tell apart; its share goes from 0.0 to"),
     ("share:0.1>0.5", "holds at no design point"), ("median<0.1", "its median goes from .* to not reached days"),
     ("median>3", "ends on day 2"), ("share:3>0.5", "ends on day 2"), ("strength_25>0.5", "no column strength_25")],
)  # fmt: skip
def test_what_has_no_box_is_told(sweep: SweepFolder, condition: str, says: str) -> None:
    with pytest.raises(ResultError, match=says):
        discover(sweep, condition_of(condition))


@pytest.mark.parametrize(("change", "says"), [(("latin_hypercube", "one_at_a_time"), "one at a time"),
                                              (("points = 40", "points = 19"), "at least 20")])  # fmt: skip
def test_sweeps_without_room_for_a_box(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    text = SWEEP.replace("runs = 10", "runs = 2").replace(*change)
    text = text.replace("points = 40\n", "") if "time" in says else text
    folder = run_sweep(prepare(desk(tmp_path, text)), tmp_path / "out")
    with pytest.raises(ResultError, match=says):
        discover(folder, condition_of("share>0.3"))


def test_known_values_are_those_of_the_summary(sweep: SweepFolder) -> None:
    summary = sweep.summary.to_pandas()
    for text, column, scale in (("share>0", "collapsed", 1), ("restricted_mean>0", "restricted_mean_hours", 24)):
        measure = condition_of(text).measure
        known = Sample.of(sweep, measure).known(measure)
        np.testing.assert_allclose(known.value * scale, summary[column])
        inside_horizon = summary[f"{column}_high"] < 48
        np.testing.assert_allclose((known.high * scale)[inside_horizon], summary[f"{column}_high"][inside_horizon])


def test_what_is_found_is_kept(found: Discovery, tmp_path: Path) -> None:
    found.write(tmp_path / "kept", "rout discover …")
    told = json.loads((tmp_path / "kept/discovery.json").read_text("utf-8"))
    assert {name: value for name, value in told.items() if name != "provenance"} == found.as_dict()
    points = pd.read_parquet(tmp_path / "kept/points.parquet")
    np.testing.assert_array_equal(points["box_1"], inside(found.axes, found.boxes[0].box))
    np.testing.assert_array_equal(points["holds"], found.holds)
    steps = pd.read_parquet(tmp_path / "kept/steps.parquet")
    assert len(steps[steps["box"] == 1]) == len(found.boxes[0].steps)
    with pytest.raises(FileExistsError):
        found.write(tmp_path / "kept")


# figures


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(lambda each: hasattr(each, "get_text")) if text.get_text()]


def named(figure: Figure, gid: str) -> list[Any]:
    return figure.findobj(lambda artist: artist.get_gid() == gid)


@pytest.mark.parametrize("number", [None, 0, 5, -1])
@pytest.mark.parametrize("name", FIGURES)
def test_figures_draw_whatever_the_box(name: str, number: int | None, found: Discovery, sweep: SweepFolder) -> None:
    if number is not None:
        found = discover(sweep, found.condition, number=number % len(found.boxes[0].steps))
    figure = FIGURES[name](found)
    figure.draw_without_rendering()
    assert any(text.endswith(f"400 runs, seed 1; {LABEL}") for text in texts(figure))
    restrictions = found.boxes[0].restrictions
    boxes = named(figure, "box")
    if name == "box":
        assert bool(boxes) == bool(restrictions)
        assert ("no factor tells where it holds" in texts(figure)) == (not restrictions)


def test_the_trade_off_has_every_box(found: Discovery) -> None:
    (dots,) = named(FIGURES["trade_off"](found), "boxes")
    wanted = [(step.coverage, step.density) for step in found.boxes[0].steps]
    np.testing.assert_allclose(dots.get_offsets(), wanted)
    assert list(dots.get_array()) == [step.restricted for step in found.boxes[0].steps]


def test_the_box_is_drawn_around_its_points(found: Discovery, sweep: SweepFolder) -> None:
    """Of a pair of numbers, each point is drawn inside exactly if both its values are."""
    rate, *_, men = found.factors
    levels = [np.ones(factor.axis.levels, bool) for factor in found.factors]
    levels[0][:12] = False
    levels[3][0] = False
    first = found.boxes[0]
    rows = tuple(replace(first.restrictions[0], factor=f, levels=levels[n]) for f, n in ((rate, 0), (men, 3)))
    figure = FIGURES["box"](replace(found, boxes=(replace(first, box=tuple(levels), restrictions=rows),)))
    (patch,) = named(figure, "box")
    x, y = (np.array(sweep.points[factor.name].to_pylist()) for factor in (rate, men))
    low, bottom, high, top = patch.get_bbox().extents
    drawn = (low <= x) & (x <= high) & (bottom <= y) & (y <= top)
    np.testing.assert_array_equal(drawn, inside(found.axes, tuple(levels)))


# the command


def test_the_command_says_when_it_holds(place: Path) -> None:
    done = rout("discover", "lhs", "--holds", "share > 30%", "--quiet", "--out", "kept", cwd=place)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for said in (
        "When the share of runs collapsed by the horizon is above 30 %",
        "40 design points",
        "Box 1: density",
        "waver_rate",
        "above",
        "quasi-p",
        "not a forecast",
        "other half",
    ):
        assert said in " ".join(done.stdout.split()), said
    assert max(len(line) for line in done.stdout.splitlines() if not line.startswith("Again")) <= 80
    assert {file.name for file in (place / "kept/figures").iterdir()} == {"box.png", "trade_off.png"}
    again = shlex.split(done.stdout.split("Again")[1].strip())
    told = json.loads(rout(*again[1:], "--json", "--quiet", "--no-figures", "--out", "again", cwd=place).stdout)
    kept = json.loads((place / "kept/discovery.json").read_text("utf-8"))
    assert told == {name: value for name, value in kept.items() if name != "provenance"}
    assert "not overwritten" in rout("discover", "lhs", "--holds", "share>0.3", "--out", "kept", cwd=place).stderr


def test_the_way_goes_into_the_folder_of_results(place: Path) -> None:
    for wanted in ("discovery-lhs", "discovery-lhs-2"):
        done = rout("discover", "lhs", "--holds", "share>0.3", "--box", "2", "--boxes", "1", "--no-figures", cwd=place)
        assert f"Results      results/{wanted}" in done.stdout
        assert "this is box 1" in done.stdout
    rows = json.loads(rout("results", "results", "--json", cwd=place).stdout)
    assert {row["kind"] for row in rows} == {"discovery"}
    assert rows[0]["command"] == "rout discover lhs --holds 'share>0.3' --box 2 --boxes 1"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("lhs",), "--holds"),
        (("lhs", "--holds", "share"), "of the form MEASURE<LIMIT"),
        (("lhs", "--holds", "share>=0"), "holds at every design point"),
        (("lhs", "--holds", "share>0.3", "--box", "99"), "there is no box 99"),
        (("lhs", "--holds", "share>0.3", "--boxes", "0"), "--boxes"),
        (("nowhere", "--holds", "share>0.3"), "nowhere: no such folder; rout results lists"),
        ((".", "--holds", "share>0.3"), "(sweep.json is missing); name one that it holds: lhs"),
        (("lhs", "--holds", "share>0.3", "--out", "lhs"), "not overwritten"),
    ],
)
def test_what_the_command_refuses(place: Path, words: tuple[str, ...], says: str) -> None:
    before = sorted(place.rglob("*"))
    done = rout("discover", *words, cwd=place)
    assert done.returncode == 2, done.stderr
    assert says in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert sorted(place.rglob("*")) == before


def test_the_page_names_all_there_is(found: Discovery) -> None:
    page = (ROOT / "docs" / "discovery.md").read_text("utf-8")
    told = found.as_dict()
    box = told["boxes"][0]
    names = {*told, *box, *box["restrictions"][0], *box["halves"]}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


def test_the_sweep_of_the_page_is_sound() -> None:
    example = prepare(ROOT / "docs" / "examples" / "when.toml")
    assert (len(example.rows), len(example.factors)) == (400, 6)
