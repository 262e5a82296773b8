"""Designs lay the points that they promise."""

from __future__ import annotations

from itertools import product
from math import isclose, log10

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.experiments.sweep import design
from sim.experiments.sweep.design import DesignError, lay
from sim.experiments.sweep.factors import Factor
from sim.experiments.sweep.file import MOST_POINTS


def span(name: str, low: float = 0.0, high: float = 1.0, **more: object) -> Factor:
    return Factor(name, "key", f"unit.{name}.morale", low=low, high=high, **more)  # type: ignore[arg-type]


def listed(name: str, *values: object, base: object = None) -> Factor:
    return Factor(name, "key", f"unit.{name}.morale", values, base=base)


ON_OFF = Factor("mutiny", "switch", "mutiny", (False, True), base=True)


def test_a_factorial_has_every_combination_once_and_the_last_factor_varies_fastest() -> None:
    factors = [listed("a", 1, 2), span("b", 0, 1), ON_OFF]
    rows = lay("factorial", factors, None, 1)
    assert rows == tuple(product((1, 2), (0.0, 0.5, 1.0), (False, True)))


def test_one_at_a_time_begins_with_the_scenario_and_changes_one_thing() -> None:
    factors = [listed("a", 1, 2, 3, base=2), span("b", 0, 1, base=0.2), ON_OFF]
    base, *rows = lay("one_at_a_time", factors, None, 1)
    assert base == (2, 0.2, True)
    assert all(sum(here != there for here, there in zip(row, base, strict=True)) == 1 for row in rows)
    assert len(rows) == len(set(rows)) == 2 + 3 + 1


@given(points=st.integers(1, 60), factors=st.integers(1, 6), seed=st.integers(0, 2**31))
def test_each_strip_of_a_latin_hypercube_holds_one_point(points: int, factors: int, seed: int) -> None:
    rows = np.array(lay("latin_hypercube", [span(f"f{i}") for i in range(factors)], points, seed))
    assert rows.shape == (points, factors)
    # A value is rounded to twelve digits, which may carry it to the edge of its strip.
    strips = np.sort(np.floor(np.clip(rows, 1e-9, 1 - 1e-9) * points), axis=0)
    np.testing.assert_array_equal(strips, np.repeat(np.arange(points)[:, None], factors, axis=1))


@pytest.mark.parametrize("power", [3, 4, 6])
def test_sobol_points_are_balanced_in_one_and_two_directions(power: int) -> None:
    """A (0, m, 2)-net in its first two dimensions: each elementary box of area 2^-m holds one point."""
    points = 2**power
    rows = np.array(lay("sobol", [span("a"), span("b")], points, 5))
    for across in range(power + 1):
        boxes = [2**across, 2 ** (power - across)]
        cells = np.floor(np.clip(rows, 0, 1 - 1e-9) * boxes).astype(int)
        assert len({tuple(cell) for cell in cells}) == points


def test_the_seed_decides_random_points() -> None:
    factors = [span("a"), span("b")]
    for kind in ("latin_hypercube", "sobol"):
        assert lay(kind, factors, 8, 3) == lay(kind, factors, 8, 3) != lay(kind, factors, 8, 4)


def test_a_log_range_is_even_in_orders_of_magnitude() -> None:
    factor = span("a", 1e-4, 1e-1, scale="log", levels=4)
    assert factor.grid() == (1e-4, 1e-3, 1e-2, 1e-1)
    rows = np.array(lay("latin_hypercube", [factor], 300, 1))[:, 0]
    counts, _ = np.histogram(np.log10(rows), bins=3, range=(-4, -1))
    assert list(counts) == [100, 100, 100]


@given(low=st.floats(-1e6, 1e6), width=st.floats(1e-3, 1e6), share=st.floats(0, 1))
def test_a_value_lies_in_its_range(low: float, width: float, share: float) -> None:
    factor = span("a", low, low + width)
    value = factor.at(share)
    slack = 1e-11 * max(abs(low), abs(low + width))
    assert low - slack <= value <= low + width + slack
    assert isclose(value, low + share * width, rel_tol=1e-9, abs_tol=1e-9 * width + slack)


def test_values_share_the_unit_interval_evenly() -> None:
    factor = listed("a", "x", "y", "z")
    assert [factor.at(share) for share in (0, 0.33, 0.34, 0.66, 0.67, 1)] == ["x", "x", "y", "y", "z", "z"]
    rows = lay("sobol", [factor, ON_OFF], 64, 1)
    assert sum(on for _, on in rows) == 32


def test_scenarios_are_points() -> None:
    one = Factor("scenario", "scenarios", "", ("a", "b"))
    assert lay("scenarios", [one], None, 1) == (("a",), ("b",))
    with pytest.raises(DesignError, match="takes one factor"):
        lay("scenarios", [one, ON_OFF], None, 1)


def test_a_table_is_taken_row_by_row() -> None:
    assert lay("table", [listed("a", 1, 2, 1), listed("b", None, 5, 5)], None, 1) == ((1, None), (2, 5), (1, 5))


def test_a_design_that_explodes_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(DesignError, match=f"more than {MOST_POINTS:,}"):
        lay("factorial", [span(f"f{i}", levels=10) for i in range(12)], None, 1)


@pytest.mark.parametrize(
    ("kind", "points", "says"),
    [("sobol", 100, "64 or 128"), ("latin_hypercube", None, "needs points"), ("factorial", 4, "does not go with")],
)
def test_a_wrong_number_of_points_is_refused(kind: str, points: int | None, says: str) -> None:
    with pytest.raises(DesignError, match=says):
        lay(kind, [span("a")], points, 1)


def test_a_new_kind_is_one_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(design, "KINDS", dict(design.KINDS))

    @design.design("corners", wants_points=False)
    def corners(factors: list[Factor], points: int, seed: int) -> object:
        return design.placed(factors, product((0, 1), repeat=len(factors)))

    assert lay("corners", [span("a"), span("b", 2, 3)], None, 1) == ((0, 2), (0, 3), (1, 2), (1, 3))


def test_a_prior_of_a_rate_is_taken_on_a_log_scale() -> None:
    from sim.experiments.sweep.factors import factor_of
    from sim.experiments.sweep.file import FactorTable

    rate = factor_of(FactorTable(key="parameter.waver_rate"), None)
    assert (rate.name, rate.low, rate.high, rate.scale) == ("waver_rate", 0.0003, 0.006, "log")
    assert isclose(log10(rate.at(0.5)), (log10(0.0003) + log10(0.006)) / 2)
    effect = factor_of(FactorTable(key="effect_belief"), None)
    assert (effect.low, effect.high, effect.scale) == (1, 6, "linear")
    narrowed = factor_of(FactorTable(key="waver_rate", high=0.004), None)
    assert (narrowed.low, narrowed.high, narrowed.scale) == (0.0003, 0.004, "linear")
