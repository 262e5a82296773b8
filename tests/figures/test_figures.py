"""Every figure draws, also where there is little to draw, and shows the numbers of the measures."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.patches import Wedge
from matplotlib.text import Text

import sim.figures
from sim.figures import FIGURES, draw_all, save
from sim.figures.style import ROLE_LOOK, STATUS_LOOK, STATUS_MARK, controller_looks, error_of_shares
from sim.measures import (
    LABEL,
    cascade_sizes,
    exits_over_time,
    falls,
    median,
    strength_quantiles,
    survival,
)
from sim.measures.times import share_of
from sim.state import Status

MESSAGES = {
    ("no collapse", "survival"): "no run collapsed within 20 days",
    ("no collapse", "cascades"): "no unit broke in any run",
    ("undocumented", "falls"): "the scenario documents no outcomes to compare with",
}


def named(fig: Figure, gid: str) -> list[Any]:
    """The artists with this group id."""
    return fig.findobj(lambda artist: artist.get_gid() == gid)


def texts(fig: Figure) -> list[str]:
    return [text.get_text() for text in fig.findobj(Text) if text.get_text()]


@pytest.mark.parametrize("name", FIGURES)
def test_draws_with_units_of_measure_and_caption(name: str, result: Any, request: pytest.FixtureRequest) -> None:
    fig = FIGURES[name](result)
    fig.draw_without_rendering()
    _nothing_overlaps(fig)
    (caption,) = named(fig, "caption")
    assert caption.get_text().endswith(f"{result.runs} run{'s' if result.runs > 1 else ''}, seed 7; {LABEL}")
    case = request.node.callspec.params["result"]
    empty = (case, name) == ("undocumented", "falls")
    assert ("Monte Carlo error" in caption.get_text()) == (name in ("strength_fan", "falls", "losses") and not empty)
    if name in ("survival", "cascades") and case != "no collapse":
        assert any("95 % Monte Carlo" in text for text in texts(fig))
    if empty:
        assert not fig.axes[0].axison
    elif name not in ("map", "losses"):
        assert any(unit in fig.axes[0].get_xlabel() for unit in ("[days]", "units"))
    for (other, figure), message in MESSAGES.items():
        assert (message in texts(fig)) == ((case, name) == (other, figure))


def test_survival_draws_the_kaplan_meier_curve_and_its_band(usual: Any) -> None:
    fig = FIGURES["survival"](usual)
    curve = survival(usual.outcomes()["collapse_hour"], usual.hours)
    days, shares = next(line for line in fig.axes[0].lines if line.get_label() == "not collapsed").get_data()
    np.testing.assert_allclose(days[:-1], curve.hours / 24)
    np.testing.assert_allclose(shares[:-1], curve.survival)
    assert days[-1] == usual.hours / 24
    corners = fig.axes[0].collections[0].get_paths()[0].vertices
    assert {*np.round(curve.low, 9), *np.round(curve.high, 9)} <= set(np.round(corners[:, 1], 9))
    (mark,) = named(fig, "median")
    assert mark.get_xdata()[0] * 24 == pytest.approx(median(usual.outcomes()["collapse_hour"], usual.hours)[0])
    (line,) = named(fig, "documented")
    assert line.get_xdata()[0] == pytest.approx((261 + 264) / 48)


@pytest.mark.parametrize("name", ["survival", "strength_fan", "exits"])
def test_no_line_for_a_date_that_is_not_documented(name: str, result: Any, request: Any) -> None:
    undocumented = request.node.callspec.params["result"] == "undocumented"
    assert len(named(FIGURES[name](result), "documented")) == (0 if undocumented else 1)


def test_fan_draws_the_quantiles_over_runs(usual: Any) -> None:
    ax = FIGURES["strength_fan"](usual).axes[0]
    fan = strength_quantiles(usual, (0.05, 0.25, 0.5, 0.75, 0.95))
    np.testing.assert_allclose(ax.lines[0].get_ydata(), fan[0.5])
    outer = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert {*np.round(fan[0.05], 9), *np.round(fan[0.95], 9)} <= set(np.round(outer, 9))
    # And they are those of the runs themselves, to within a bin of the histogram.
    runs = np.quantile(usual.melted(), [0.05, 0.25, 0.5, 0.75, 0.95], axis=0, method="inverted_cdf").T
    np.testing.assert_allclose(fan.to_numpy(), runs, atol=0.005 + 1e-9)


def test_falls_are_drawn_in_documented_order_and_misses_look_different(usual: Any) -> None:
    fig = FIGURES["falls"](usual)
    table = falls(usual)
    table = table[table["inside"].notna()].sort_values("documented_from")
    assert [label.get_text() for label in fig.axes[0].get_yticklabels()] == table["name"].tolist()
    marks = sorted(named(fig, "median"), key=lambda mark: mark.get_ydata()[0])
    np.testing.assert_allclose([mark.get_xdata()[0] * 24 for mark in marks], table["p50"])
    lines = sorted(named(fig, "simulated"), key=lambda line: line.get_ydata()[0])
    np.testing.assert_allclose([24 * line.get_xdata() for line in lines], table[["p5", "p95"]])
    looks = {
        bool(inside): (mark.get_marker(), mark.get_color()) for inside, mark in zip(table["inside"], marks, strict=True)
    }
    assert looks[True][0] != looks[False][0]
    assert looks[True][1] != looks[False][1]
    windows = named(fig, "documented")
    np.testing.assert_allclose([24 * bar.get_x() for bar in windows[:-1]], table["documented_from"][:-1])
    assert windows[-1].get_x() == usual.hours / 24  # a place that held


def test_falls_that_were_not_reached_leave_on_the_right(calm: Any) -> None:
    fig = FIGURES["falls"](calm)
    assert len(named(fig, "not reached")) == len(named(fig, "simulated")) == 6
    assert not named(fig, "median")
    assert all(line.get_xdata()[0] > calm.hours / 24 for line in named(fig, "simulated"))


def test_the_error_of_the_fan_is_not_that_of_its_axis(usual: Any) -> None:
    fig = FIGURES["strength_fan"](usual)
    assert fig.axes[0].get_ylabel() == "share of the start [%]"
    (caption,) = named(fig, "caption")
    most = re.search(r"±([\d.]+)", error_of_shares(usual.runs))[1]  # type: ignore[index]
    told = f"Monte Carlo error of the share of runs below a line: at most ±{most} % of runs (95 %)"
    assert caption.get_text().startswith(f"{told}\n")


def test_exits_stack_up_to_all_men(usual: Any) -> None:
    fig = FIGURES["exits"](usual)
    men = exits_over_time(usual)
    total = men.sum(axis=1)
    assert total.to_numpy() == pytest.approx(20_000)
    top = max(layer.get_paths()[0].vertices[:, 1].max() for layer in fig.axes[0].collections)
    assert top == pytest.approx(total.max())
    looks = {(tuple(layer.get_facecolor()[0]), layer.get_hatch()) for layer in fig.axes[0].collections}
    assert len(looks) == (men.max() > 0).sum() == 9


def test_cascades_draw_every_run_once(usual: Any) -> None:
    ax = FIGURES["cascades"](usual).axes[0]
    sizes = cascade_sizes(usual)
    drawn = {round(bar.get_x() + 0.5): bar.get_height() * usual.runs for bar in ax.patches if bar.get_height()}
    assert drawn == pytest.approx(sizes.to_dict())
    assert ax.lines[0].get_xdata()[0] == np.quantile(usual.outcomes()["largest_cascade"], 0.5, method="inverted_cdf")


@pytest.mark.parametrize("sizes", [[0, 0, 3, 7], [0, 1, 40, 41], [1, 200, 399, 400], [1] * 99 + [5]])
def test_cascades_of_any_size_are_all_drawn(usual: Any, sizes: list[int]) -> None:
    usual.outcomes = lambda columns: pd.DataFrame({"largest_cascade": sizes})
    ax = FIGURES["cascades"](usual).axes[0]
    assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(1)
    assert len(ax.patches) <= 41
    assert ax.get_yscale() == ("log" if len(sizes) > 4 else "linear")


def test_the_map_shows_the_controllers_of_the_run_at_each_moment(usual: Any) -> None:
    hours = [0, 101.5, 480]
    fig = FIGURES["map"](usual, run=3, hours=hours)
    path = usual.replay(3)
    for ax, hour in zip(fig.axes, hours, strict=True):
        step = np.flatnonzero(path.hours <= hour)[-1]
        for i, controller in enumerate(sorted(usual.resolved.roles)):
            (marks,) = [line for line in ax.lines if line.get_gid() == controller]
            assert len(marks.get_xdata()) == (path.control[:, step] == i).sum()
        assert f"({path.hours[step]:.0f} h)" in ax.get_title(loc="left")
    assert fig.axes[0].get_title(loc="left") == "27 Nov 04:00  (0 h)"
    shapes = {line.get_marker() for line in fig.axes[0].lines if line.get_gid() in usual.resolved.roles}
    assert len(shapes) == 3


def test_rings_on_the_map_empty_as_men_leave(usual: Any) -> None:
    fig = FIGURES["map"](usual, run=3, hours=[0, 480])
    before, after = ([w for w in ax.patches if isinstance(w, Wedge)] for ax in fig.axes)
    assert {w.get_gid() for w in before} == {"holding (area of ring)", "of contingents, holding"}
    assert {w.get_gid() for w in after} == {"who left the force"}
    # Three contingents, each with two others at its place: a third of a ring.
    turns = [w.theta2 - w.theta1 for w in before if w.get_gid() == "of contingents, holding"]
    assert turns == pytest.approx([120, 120, 120])
    # 20 equal units in 8 places: four places with three, four with two; area goes with men.
    areas = sorted({round(w.r**2 - (w.r - w.width) ** 2, 6) for w in before})
    assert areas[1] / areas[0] == pytest.approx(3 / 2)


def test_map_draws_the_middle_run_up_to_its_collapse(usual: Any) -> None:
    fig = FIGURES["map"](usual)
    times = usual.outcomes()["collapse_hour"].sort_values()
    middle = times.index[(len(times) - 1) // 2]
    assert fig.get_suptitle() == f"Run {middle}: collapses after {times[middle]:.0f} hours"
    assert f"({times[middle]:.0f} h)" in fig.axes[-1].get_title(loc="left")
    assert len(fig.axes) == 6


@pytest.mark.parametrize("moments", [1, 2, 4])
def test_a_map_of_a_few_moments_fits_its_page(usual: Any, moments: int) -> None:
    fig = FIGURES["map"](usual, hours=range(0, 50 * moments, 50))
    fig.draw_without_rendering()
    assert len(fig.axes) == moments
    _nothing_overlaps(fig)


def test_map_refuses_a_run_that_is_not_there(usual: Any) -> None:
    with pytest.raises(ValueError, match="no such run: 200; the result has runs 0 to 199"):
        FIGURES["map"](usual, run=200)


def test_city_names_lie_inside_the_map_and_apart(usual: Any) -> None:
    fig = FIGURES["map"](usual)
    fig.draw_without_rendering()
    names = [artist for artist in fig.axes[0].texts if artist.get_gid() == "city"]
    assert {"Capital", "Northgate", "Midtown"} <= {name.get_text() for name in names}
    assert "Bridge" not in {name.get_text() for name in names}  # a town
    boxes = [name.get_window_extent() for name in names]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert all(fig.axes[0].bbox.fully_containsx(x) for box in boxes for x in (box.x0, box.x1))


def _nothing_overlaps(fig: Figure) -> None:
    """No text leaves the page, and axes, legends and caption keep apart."""
    page, (caption,) = fig.bbox.padded(1), named(fig, "caption")
    assert caption.get_window_extent().x1 <= page.x1
    floor = caption.get_window_extent().y1 - 1
    axes = [ax.get_tightbbox() for ax in fig.axes]
    legends = [legend.get_window_extent() for legend in fig.legends]
    for box in axes + legends:
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1
        assert floor <= box.y0
        assert box.y1 <= page.y1
    assert not any(a.overlaps(b) for a, b in combinations(axes + legends, 2))


@pytest.mark.slow
def test_draw_all_writes_every_figure_whole(usual: Any, tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    paths = draw_all(usual, tmp_path / "figures")
    assert paths == [tmp_path / "figures" / f"{name}.png" for name in FIGURES]
    assert sorted(paths) == sorted((tmp_path / "figures").iterdir())  # nothing temporary is left
    for path in paths:
        height, width = imread(path).shape[:2]
        assert 1000 <= width <= 2500
        assert 500 <= height <= 2500
        assert 10_000 < path.stat().st_size < 1_000_000
    assert dict(mpl.rcParams) == before


def test_an_unknown_format_is_refused_before_anything_is_written(usual: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no such figure format: 'bitmap'; one of .*png"):
        draw_all(usual, tmp_path / "figures", format="bitmap")
    assert not (tmp_path / "figures").exists()


def test_a_notebook_shows_a_figure_by_itself(usual: Any) -> None:
    before = dict(mpl.rcParams)
    fig = FIGURES["survival"](usual)
    png, facts = fig._repr_png_()
    assert imread(BytesIO(png)).shape[1] > 1.5 * facts["width"] > 900  # sharp on screens with many pixels
    assert dict(mpl.rcParams) == before


def test_no_figure_has_the_state_of_pyplot() -> None:
    sources = list(Path(sim.figures.__file__).parent.rglob("*.py"))
    assert len(sources) > 20
    assert [path for path in sources if re.search(r"import pyplot|\.pyplot", path.read_text())] == []


@pytest.mark.parametrize("runs", [1, 2, 3, 4, 5, 17, 100, 1000])
def test_the_error_of_shares_is_that_of_the_widest_interval(runs: int) -> None:
    intervals = [(hits / runs, *share_of(hits, runs)[1:]) for hits in range(runs + 1)]
    widest = max(max(share - low, high - share) for share, low, high in intervals)
    said = float(re.search(r"±([\d.]+) points", error_of_shares(runs))[1])  # type: ignore[index]
    # To two digits, and to how near shares of a few runs lie to the worst of all shares.
    assert said == pytest.approx(100 * widest, rel=0.03)


def test_bars_of_cascades_have_their_interval(usual: Any) -> None:
    ax = FIGURES["cascades"](usual).axes[0]
    (lines,) = named(ax, "interval")
    drawn = [(line[0, 1], line[1, 1]) for line in lines.get_segments()]
    wanted = [share_of(round(bar.get_height() * usual.runs), usual.runs)[1:] for bar in ax.patches]
    np.testing.assert_allclose(drawn, wanted)


@pytest.mark.slow
def test_threads_draw_the_same_picture(usual: Any, tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    with ThreadPoolExecutor(2) as pool:
        drawn = pool.map(lambda i: save(FIGURES["exits"](usual), tmp_path / f"{i}.png"), range(4))
        assert len({path.read_bytes() for path in drawn}) == 1
    assert dict(mpl.rcParams) == before


def test_statuses_and_controllers_differ_in_more_than_colour() -> None:
    assert len({marker for marker, _ in STATUS_MARK.values()}) == len(STATUS_MARK) == len(Status)
    assert len({marker for marker, _ in ROLE_LOOK.values()}) == len(ROLE_LOOK)
    # Neighbours in the stack differ in hatch or clearly in lightness.
    looks = list(STATUS_LOOK.values())
    for (colour, hatch), (other, other_hatch) in pairwise(looks):
        assert hatch != other_hatch or abs(_lightness(colour) - _lightness(other)) > 0.2
    same_role = controller_looks({"b": "attacker", "a": "attacker", "c": "host"})
    assert same_role["a"][0] == same_role["b"][0] != same_role["c"][0]
    assert same_role["a"][1] != same_role["b"][1]


def _lightness(colour: str) -> float:
    return float(np.dot(mpl.colors.to_rgb(colour), [0.2126, 0.7152, 0.0722]))
