"""The figures of a sweep draw for every design, also where little happens, and show the numbers of the summary."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.experiments.sweep import SweepFolder, prepare, run_sweep
from sim.figures.sweep import SWEEP_FIGURES, Swept, draw_sweep, suiting
from sim.figures.sweep.data import shown
from sim.figures.sweep.heat_map import chosen
from sim.figures.sweep.ridgelines import BINS, density
from sim.measures import LABEL
from tests.sweep.files import SMALL, desk

FACTORS = """
[[factor]]
key = "parameter.waver_rate"

[[factor]]
key = "trigger.legion_leaves.probability"
low = 0
high = 1

[[factor]]
account = "general_shot"
"""
HEAD = SMALL[: SMALL.index("[design]")].replace("runs = 30", "runs = 6").replace("days = 4", "days = 9")
TWO = "\n".join(FACTORS.split("\n\n")[:2]) + "\n"
DESIGNS = {
    "factorial": HEAD + '[design]\nkind = "factorial"\n' + FACTORS,
    "one_at_a_time": HEAD + '[design]\nkind = "one_at_a_time"\n' + FACTORS,
    "latin_hypercube": HEAD + '[design]\nkind = "latin_hypercube"\npoints = 26\n' + FACTORS,
    "scenarios": HEAD.split("\n", 1)[1]
    + '[design]\nkind = "scenarios"\n[[factor]]\nscenarios = ["case.toml", "other.toml"]\n',
    "one factor": HEAD + '[design]\nkind = "factorial"\n' + FACTORS.split("\n\n")[0],
    "no collapse": HEAD.replace("days = 9", "days = 1") + '[design]\nkind = "factorial"\n' + TWO,
}


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Swept]:
    folder = tmp_path_factory.mktemp("figures")
    made: dict[str, Swept] = {}

    def make(name: str) -> Swept:
        if name not in made:
            here = folder / name.replace(" ", "_")
            file = desk(here, DESIGNS[name])
            (here / "other.toml").write_text((here / "case.toml").read_text().replace("km = 42", "km = 142"))
            made[name] = Swept.of(run_sweep(prepare(file), here / "out"))
        return made[name]

    return make


def named(fig: Figure, gid: str) -> list[Any]:
    return fig.findobj(lambda artist: artist.get_gid() == gid)


def texts(fig: Figure) -> list[str]:
    return [text.get_text() for text in fig.findobj(Text) if text.get_text()]


CASES = [(design, figure) for design in DESIGNS for figure in SWEEP_FIGURES
         if figure != "heat_map" or design not in ("one_at_a_time", "scenarios", "one factor")]  # fmt: skip


@pytest.mark.parametrize(("design", "figure"), CASES)
def test_draws_with_its_caption_and_nothing_overlaps(design: str, figure: str, swept: Any) -> None:
    sweep = swept(design)
    assert figure in suiting(sweep)
    fig = SWEEP_FIGURES[figure].draw(sweep)
    fig.draw_without_rendering()
    assert any(text.endswith(f"seed 1; {LABEL}") for text in texts(fig))
    for part in [*fig.texts, *fig.legends, *(ax for ax in fig.axes if ax.get_visible())]:
        box = part.get_tightbbox()
        assert box is not None
        assert box.x1 <= fig.bbox.x1 + 1, part
        assert box.x0 >= -1, part
        assert box.y0 >= -1, part
    for one, other in combinations([ax.get_tightbbox() for ax in fig.axes if ax.get_visible()], 2):
        assert one is not None
        assert other is not None
        assert not one.padded(-3).overlaps(other.padded(-3))
    for ax in fig.axes:
        boxes = [
            label.get_window_extent() for label in ax.get_xticklabels() if label.get_text() and not label.get_rotation()
        ]
        for left, right in pairwise(boxes):
            assert left.x1 <= right.x0 + 1


def test_one_at_a_time_and_scenarios_have_no_heat_map(swept: Any) -> None:
    assert suiting(swept("one_at_a_time")) == suiting(swept("scenarios")) == ["effects", "ridgelines"]


def test_effects_are_the_means_over_points(swept: Any) -> None:
    sweep = swept("factorial")
    fig = SWEEP_FIGURES["effects"].draw(sweep)
    # The rate at which units begin to doubt moves it most.
    assert sweep.factors[0].name == "waver_rate"
    (first, *_) = named(fig, "mean")
    wanted = sweep.summary.groupby("waver_rate")[sweep.measure].mean()
    np.testing.assert_allclose(first.get_xdata(), wanted.index)
    np.testing.assert_allclose(first.get_ydata(), wanted)
    assert len(named(fig, "interval")) == 0
    assert sorted(factor.name for factor in sweep.factors)[0] == "general_shot"


def test_one_at_a_time_compares_with_the_scenario_alone(swept: Any) -> None:
    sweep = swept("one_at_a_time")
    summary = sweep.summary
    for factor in sweep.factors:
        others = summary[[f.name for f in sweep.factors if f.name != factor.name]].astype(object).fillna(-1)
        assert list(factor.mine) == list((others == others.iloc[0]).all(axis=1))
    fig = SWEEP_FIGURES["effects"].draw(sweep)
    assert len(named(fig, "interval")) == len(sweep.factors)


def test_a_heat_map_has_a_cell_for_each_pair(swept: Any) -> None:
    sweep = swept("factorial")
    across, up, third = chosen(sweep)
    assert third is not None
    fig = SWEEP_FIGURES["heat_map"].draw(sweep)
    panels = [ax for ax in fig.axes if ax.get_title(loc="left")]
    assert len(panels) == len(third.levels)
    for ax, level in zip(panels, third.levels, strict=True):
        assert ax.get_title(loc="left").replace("\n", "") == f"{third.name} = {shown(level)}"
        part = sweep.summary[sweep.summary[third.name] == level]
        wanted = part.pivot_table(index=up.name, columns=across.name, values=sweep.measure).loc[up.levels]
        np.testing.assert_allclose(ax.collections[0].get_array(), wanted.to_numpy())
        assert [int(text.get_text()) for text in ax.texts] == [
            round(100 * share) for share in wanted.to_numpy().ravel()
        ]


def test_a_scatter_has_a_dot_for_each_point(swept: Any) -> None:
    sweep = swept("latin_hypercube")
    fig = SWEEP_FIGURES["heat_map"].draw(sweep)
    dots = fig.axes[0].collections[0]
    assert sorted(dots.get_array()) == sorted(sweep.share)
    assert len(dots.get_offsets()) == 26


def test_ridges_hold_all_runs(swept: Any) -> None:
    sweep = swept("factorial")
    fig = SWEEP_FIGURES["ridgelines"].draw(sweep)
    factor = sweep.factors[0]
    wanted = 1 - sweep.summary.groupby(factor.name)["collapsed"].mean()
    shown = [int(text.get_text()) for text in fig.axes[0].texts if text.get_text().isdigit()]
    assert sorted(shown) == sorted(round(100 * share) for share in wanted)


@pytest.mark.parametrize("reached", [0, 1, 2, 40, 200])
def test_the_area_of_a_ridge_is_the_share_that_collapses(reached: int) -> None:
    days = np.full(200, np.nan)
    days[:reached] = np.linspace(0, 10, reached)  # up to both edges
    curve = density(days, 10.0)
    assert curve.min() >= 0
    assert curve.sum() * 10 / BINS == pytest.approx(reached / 200)


def test_where_nothing_collapses_it_says_so(swept: Any) -> None:
    fig = SWEEP_FIGURES["ridgelines"].draw(swept("no collapse"))
    assert "no run collapsed within 1 days" in texts(fig)


def test_values_of_nearly_every_point_are_grouped(swept: Any) -> None:
    sweep = swept("latin_hypercube")
    factor = next(f for f in sweep.factors if f.name == "waver_rate")
    groups = factor.groups()
    assert len(groups.labels) == 3
    assert set(np.bincount(groups.of)) <= {8, 9}


def test_a_sweep_without_anything_that_varies_has_no_figure(tmp_path: Path) -> None:
    text = HEAD + '[design]\nkind = "factorial"\n[[factor]]\nkey = "waver_rate"\nvalues = [0.003]\n'
    folder = run_sweep(prepare(desk(tmp_path, text)), tmp_path / "out")
    assert draw_sweep(folder, tmp_path / "figures") == []
    assert not list((tmp_path / "figures").iterdir())
    assert SweepFolder.open(folder.path).summary.num_rows == 1
