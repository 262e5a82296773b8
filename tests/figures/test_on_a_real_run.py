"""The figures and the summary of what the engine really writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sim
from sim.figures import FIGURES, draw_all
from sim.measures import exits_over_time, strength_quantiles, summary

SYRIA = Path(__file__).parents[2] / "scenarios" / "syria_2024"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> sim.Result:
    folder = tmp_path_factory.mktemp("results") / "few_days"
    return sim.run(sim.load(SYRIA), runs=6, seed=1, days=6, out=folder)


@pytest.mark.slow
def test_every_figure_draws(result: sim.Result, tmp_path: Path) -> None:
    assert len(draw_all(result, tmp_path, format="svg")) == len(FIGURES)


def test_the_summary_is_json(result: sim.Result) -> None:
    told = summary(result)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert (told["runs"], told["seed"], told["days"]) == (6, 1, 6)
    assert set(told["places"]) <= {place.id for place in result.resolved.places}


def test_strength_starts_full_and_men_stay_at_most_what_was_brought(result: sim.Result) -> None:
    fan = strength_quantiles(result, (0.05, 0.95))
    assert (fan.loc[0.0] == 1).all()
    men = exits_over_time(result).sum(axis=1)
    assert (men.diff().dropna() <= 1e-6 * men.max()).all()  # only losses change the total
