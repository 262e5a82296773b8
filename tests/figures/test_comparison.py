"""The figures of two versions show the numbers of the measures, also where there is little to show."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from sim.figures import COMPARISON_FIGURES, draw_comparison
from sim.figures.quantile_dots import figure as quantile_dots
from sim.measures import LABEL, quantiles, survival, survival_difference
from tests.figures.conftest import make
from tests.figures.test_figures import named, texts

NAMES = ("as written", "without the mutiny")


def pair(base: Any, variant: Any) -> SimpleNamespace:
    """What the figures read of a comparison."""
    times = tuple(side.outcomes()["collapse_hour"].to_numpy() for side in (base, variant))
    return SimpleNamespace(base=base, variant=variant, names=NAMES, hours=base.hours, times=lambda: times)


CASES = {
    "usual": pair(make(), make(centre=300.0)),
    "half within": pair(make(), make(centre=470.0)),
    "the same": pair(make(), make()),
    "one run": pair(make(runs=1), make(runs=1, centre=300.0)),
    "no collapse": pair(make(centre=2000.0), make(centre=2000.0)),
    "prevented": pair(make(), make(centre=2000.0)),
}
MESSAGES = {
    "the same": "every run goes the same way in both versions",
    "no collapse": "no run collapsed within 20 days",
}


@pytest.mark.parametrize("name", COMPARISON_FIGURES)
@pytest.mark.parametrize("case", CASES)
def test_draws_with_names_units_of_measure_and_caption(name: str, case: str) -> None:
    fig = COMPARISON_FIGURES[name](CASES[case])
    fig.draw_without_rendering()
    told = texts(fig)
    assert {*NAMES, "time since the start [days]"} <= set(told)
    runs = CASES[case].base.runs
    (caption,) = named(fig, "caption")
    assert caption.get_text().endswith(f"{runs} run{'s' if runs > 1 else ''}, seed 7; {LABEL}")
    for other, message in MESSAGES.items():
        assert (message in told) == (name == "comparison" and other == case)


def test_curves_and_difference_are_those_of_the_measures() -> None:
    comparison = CASES["half within"]
    above, below = COMPARISON_FIGURES["comparison"](comparison).axes
    for line, times in zip(above.lines, comparison.times(), strict=True):
        curve = survival(times, comparison.hours)
        np.testing.assert_allclose(line.get_xdata()[:-1], curve.hours / 24)
        np.testing.assert_allclose(line.get_ydata()[:-1], curve.survival)
    gap = survival_difference(*comparison.times(), comparison.hours)
    zero, line = below.lines
    np.testing.assert_allclose(line.get_ydata()[:-1], gap.difference)
    assert line.get_xdata()[-1] == above.get_xlim()[1] == below.get_xlim()[1] == comparison.hours / 24
    corners = below.collections[0].get_paths()[0].vertices[:, 1]
    assert {*np.round(gap.low, 9), *np.round(gap.high, 9)} <= set(np.round(corners, 9))
    assert set(zero.get_ydata()) == {0}


@pytest.mark.parametrize("dots", [20, 50])
@pytest.mark.parametrize("case", CASES)
def test_each_dot_is_a_quantile_in_its_column_and_none_hides_another(case: str, dots: int) -> None:
    comparison = CASES[case]
    fig = quantile_dots(comparison, dots)
    assert any(f"each dot is {100 // dots} of 100 runs" in text for text in texts(fig))
    horizon = comparison.hours / 24
    for ax, times in zip(fig.axes, comparison.times(), strict=True):
        (circles,) = named(ax, "dots")
        boxes = [path.get_extents() for path in circles.get_paths()]
        x, y = (np.array([(getattr(b, low) + getattr(b, high)) / 2 for b in boxes]) for low, high in
                (("x0", "x1"), ("y0", "y1")))  # fmt: skip
        assert len({*zip(x.round(9), y.round(9), strict=True)}) == dots
        hours = quantiles(times, [(i + 0.5) / dots for i in range(dots)])
        within = np.array([hour is not None for hour in hours])
        assert (x[~within] > horizon).all()
        days = np.array([hour for hour in hours if hour is not None]) / 24
        radius = boxes[0].width / 2
        assert (abs(x[within] - days) <= radius / 0.92 + 1e-9).all()
        assert ax.get_xlim()[0] <= x.min() - radius <= x.max() + radius <= ax.get_xlim()[1]
        assert y.max() + radius <= ax.get_ylim()[1] + 1e-9
        assert ax.get_aspect() == 1  # circles are round


def test_other_numbers_of_dots_are_refused() -> None:
    with pytest.raises(ValueError, match="20 or 50 dots, not 30"):
        quantile_dots(CASES["usual"], 30)


def test_files_are_whole_pictures(tmp_path: Path) -> None:
    files = draw_comparison(CASES["usual"], tmp_path / "figures")
    assert [file.stem for file in files] == list(COMPARISON_FIGURES)
    assert all(imread(file).shape[1] > 1000 for file in files)
    with pytest.raises(ValueError, match="no such figure format"):
        draw_comparison(CASES["usual"], tmp_path / "other", "gift")
    assert not (tmp_path / "other").exists()
