"""The measures against published values, closed forms and independent code."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import CensoredData, binomtest, ecdf, spearmanr

from sim import measures as m

# Freireich et al., Blood 1963: weeks of remission under 6-MP; False: still in remission.
FREIREICH = [(6, True), (6, True), (6, True), (6, False), (7, True), (9, False), (10, True), (10, False),
             (11, False), (13, True), (16, True), (17, False), (19, False), (20, False), (22, True),
             (23, True), (25, False), (32, False), (32, False), (34, False), (35, False)]  # fmt: skip
WEEKS, RELAPSED = (np.array(column) for column in zip(*FREIREICH, strict=True))

# A run's hours are of single precision.
hours_or_never = st.one_of(st.floats(0, 300, width=32), st.just(float("nan")))
ensembles = st.lists(hours_or_never, min_size=1, max_size=60)


def test_kaplan_meier_gives_the_published_curve_of_the_6mp_trial() -> None:
    curve = m.survival(WEEKS, 40, RELAPSED)
    assert curve.hours.tolist() == [0, 6, 7, 10, 13, 16, 22, 23]
    published = [1, 0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    np.testing.assert_allclose(curve.survival, published, atol=5e-5)
    np.testing.assert_allclose(curve.standard_error[[1, -1]], [0.0764, 0.1346], atol=5e-5)
    assert curve.at_risk.tolist() == [21, 21, 17, 15, 12, 11, 7, 6]
    assert curve.events.sum() / WEEKS.sum() == pytest.approx(9 / 359)


def test_log_log_bands_agree_with_scipy() -> None:
    oracle = ecdf(CensoredData(uncensored=WEEKS[RELAPSED], right=WEEKS[~RELAPSED])).sf
    bands = oracle.confidence_interval(method="log-log")
    curve = m.survival(WEEKS, 40, RELAPSED)
    np.testing.assert_allclose(curve.low[1:], bands.low.evaluate(curve.hours[1:]), rtol=1e-10)
    np.testing.assert_allclose(curve.high[1:], bands.high.evaluate(curve.hours[1:]), rtol=1e-10)


@given(ensembles)
def test_with_one_common_horizon_kaplan_meier_is_the_empirical_share(times: list[float]) -> None:
    curve = m.survival(times, 200)
    for hour, alive in zip(curve.hours[1:], curve.survival[1:], strict=True):
        assert alive == pytest.approx(1 - m.share_by(times, hour)[0], abs=1e-12)
    assert (np.diff(curve.survival) < 0).all()
    assert (curve.low <= curve.survival + 1e-12).all()
    assert (curve.survival <= curve.high + 1e-12).all()
    assert ((curve.low >= 0) & (curve.high <= 1)).all()


def test_the_area_under_the_survival_curve_is_the_restricted_mean() -> None:
    times = np.array([10.0, 50.0, 50.0, np.nan, 240.0])
    curve = m.survival(times, 200)
    area = np.sum(curve.survival * np.diff([*curve.hours, 200]))
    assert m.restricted_mean(times, 200) == pytest.approx(area) == pytest.approx(510 / 5)


def test_a_band_stays_defined_when_every_run_has_collapsed() -> None:
    curve = m.survival([10, 20, 30], 100)
    assert (curve.survival[-1], curve.low[-1], curve.high[-1]) == (0, 0, curve.high[-2])
    assert np.isnan(curve.standard_error[-1])


@pytest.mark.parametrize(("reached", "runs"), [(0, 10), (3, 10), (81, 263), (10, 10), (4802, 9604)])
def test_the_interval_of_a_share_is_wilsons(reached: int, runs: int) -> None:
    times = np.where(np.arange(runs) < reached, 5.0, np.nan)
    expected = binomtest(reached, runs).proportion_ci(method="wilson")
    assert m.share_by(times, 100) == pytest.approx((reached / runs, expected.low, expected.high))


def test_known_wilson_intervals() -> None:
    _, low, high = m.share_by([1.0] * 81 + [np.nan] * 182, 2)  # Newcombe 1998, table I
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    share, low, high = m.share_by([1.0] * 4802 + [np.nan] * 4802, 2)
    assert high - share == pytest.approx(0.01, abs=1e-4)  # 9,604 runs give one point either way
    assert m.share_by([np.nan] * 10, 2)[:2] == (0, 0)


def test_reaching_it_at_the_hour_itself_counts() -> None:
    assert m.share_by([24.0, 24.1, np.nan], 24)[0] == pytest.approx(1 / 3)


@pytest.mark.parametrize(("steps", "step_hours"), [(1311, 0.1), (7, 0.1)])
def test_the_last_step_is_within_the_horizon_whichever_way_it_is_rounded(steps: int, step_hours: float) -> None:
    horizon = steps * step_hours
    times = np.array([*[steps * step_hours] * 2, (steps - 1) * step_hours, np.nan], np.float32)
    assert float(times[0]) != horizon
    assert m.share_by(times, horizon)[0] == 0.75
    curve = m.survival(times, horizon)
    assert curve.survival[-1] == pytest.approx(0.25)
    assert curve.at_risk.tolist() == [4, 4, 3]
    assert m.restricted_mean(times, horizon) == pytest.approx(np.nan_to_num(times, nan=horizon).mean(), rel=1e-6)
    assert m.median(times, horizon)[0] == pytest.approx(horizon)
    there = m.became(times, np.roll(times, 1), horizon)
    assert [int(there[name].sum()) for name in m.BECAME] == [0, 1, 1, 1, 1]


def test_quantiles_that_were_not_reached_are_none() -> None:
    times = [np.nan, 30.0, 10.0, 20.0, np.nan]
    assert m.quantiles(times, [0.05, 0.2, 0.21, 0.5, 0.6, 0.61, 0.95]) == [10, 10, 20, 30, 30, None, None]
    assert m.quantiles([np.nan], [0.5]) == [None]


def test_quantile_ranks_are_not_moved_by_rounding() -> None:
    assert m.quantiles(np.arange(1, 101), [0.05, 0.07, 0.29, 0.95]) == [5, 7, 29, 95]


@given(ensembles, st.floats(0.01, 1))
def test_a_quantile_is_the_first_hour_with_that_share(times: list[float], p: float) -> None:
    hour = m.quantiles(times, [p])[0]
    if hour is None:
        assert m.share_by(times, np.inf)[0] < p
    else:
        assert m.share_by(times, hour)[0] >= p - 1e-9
        assert m.share_by(times, np.nextafter(np.float32(hour), np.float32(-1)))[0] < p


def test_the_median_and_its_limits_are_order_statistics() -> None:
    # n = 25: P(B < 8) = .0216 and P(B < 9) = .0539, hence ranks 8 and 18.
    assert m.median(np.arange(25.0, 0, -1), 100) == (13, 8, 18)
    assert m.median(np.arange(25.0, 0, -1), 15) == (13, 8, None)
    assert m.median(np.arange(25.0, 0, -1), 12) == (None, 8, None)
    assert m.median([1.0, 2.0, 3.0, 4.0, 5.0], 100) == (3, None, None)
    assert m.median([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 100) == (3, 1, 6)


def test_the_median_interval_covers_the_true_median_as_often_as_it_should() -> None:
    rng = np.random.default_rng(20241208)
    truth, trials = 100 * np.log(2), 3000
    covered = 0
    for sample in rng.exponential(100, (trials, 25)):
        _, low, high = m.median(sample, 120)
        # None: not reached, so somewhere beyond the horizon of 120.
        covered += (np.inf if low is None else low) <= truth <= (np.inf if high is None else high)
    exact = 1 - 2 * 0.0216426  # of ranks 8 and 18
    assert covered / trials == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / trials))


@given(ensembles, st.floats(0, 300))
def test_crps_is_its_energy_form_and_its_integral(times: list[float], observed: float) -> None:
    horizon = 200.0
    x, y = np.minimum(np.nan_to_num(times, nan=np.inf), horizon), min(observed, horizon)
    energy = np.abs(x - y).mean() - np.abs(x[:, None] - x).mean() / 2
    grid = np.unique([0, horizon, y, *x])
    below = (x[:, None] <= grid[:-1]).mean(axis=0)
    integral = np.sum((below - (grid[:-1] >= y)) ** 2 * np.diff(grid))
    score = m.crps(times, observed, horizon)
    assert score == pytest.approx(energy, abs=1e-9)
    assert score == pytest.approx(integral, abs=1e-9)


@pytest.mark.parametrize("observed", [0.0, 40.0, 150.0, 400.0])
def test_crps_of_an_exponential_time(observed: float) -> None:
    rate, horizon, n = 0.01, 200.0, 40_000
    quantile_times = -np.log1p(-(np.arange(n) + 0.5) / n) / rate
    exact = m.crps_exponential(rate, observed, horizon)
    assert m.crps(quantile_times, observed, horizon) == pytest.approx(exact, abs=0.01)
    y = min(observed, horizon)
    before, _ = quad(lambda t: (1 - np.exp(-rate * t)) ** 2, 0, y)
    after, _ = quad(lambda t: np.exp(-rate * t) ** 2, y, horizon)
    assert exact == pytest.approx(before + after)
    # Without censoring: the textbook form |y| - 2 F(y)/rate + 1/(2 rate).
    textbook = observed - 2 * (1 - np.exp(-rate * observed)) / rate + 1 / (2 * rate)
    assert m.crps_exponential(rate, observed, 1e6) == pytest.approx(textbook)


def test_a_null_model_without_events_never_falls() -> None:
    assert m.crps_exponential(0, 150, 200) == 50
    assert m.crps_exponential(1e-12, 150, 200) == pytest.approx(50, abs=1e-3)
    assert m.crps_exponential(0, np.inf, 200) == 0


@pytest.mark.parametrize("measure", [lambda t: m.share_by(t, 1), lambda t: m.survival(t, 1),
                                     lambda t: m.median(t, 1), lambda t: m.crps(t, 1, 1)])  # fmt: skip
def test_no_runs_is_refused(measure: Any) -> None:
    with pytest.raises(ValueError, match="at least one run"):
        measure([])


NEVER = np.nan
FALLS = {  # place -> (fall hours of the five runs, documented window or how it is recorded)
    "ALPHA": ([10, 20, 30, 40, 50], (28, 36)),
    "BRAVO": ([90, 90, 95, NEVER, NEVER], (10, 20)),
    "CHARLIE": ([NEVER] * 5, "held"),
    "DELTA": ([60, 60, 60, 60, 60], None),
    "ECHO": ([NEVER] * 5, (110, 130)),
    "FOXTROT": ([NEVER] * 5, "held"),  # protected: nobody may attack it
}


@pytest.fixture
def result() -> SimpleNamespace:
    """Five runs over four days, small enough to check by hand."""
    outcomes = pd.DataFrame({
        "run": range(5), "first_break": ["u2", "u1", "u2", "u1", None], "largest_cascade": [3, 1, 3, 7, 0],
        "collapse_hour": [50, 60, 24, NEVER, NEVER], "capital_hour": [NEVER] * 5,
        "strength_40_hour": [40.0] * 5, "strength_25_hour": [50, 60, 24, NEVER, NEVER],
        "strength_15_hour": [NEVER] * 5,
        **{f"fall_{place}": hours for place, (hours, _) in FALLS.items()},
    })  # fmt: skip
    documented = [
        SimpleNamespace(place=place, lost_from=None if window == "held" else window[0],
                        lost_to=None if window == "held" else window[1])
        for place, (_, window) in FALLS.items() if window is not None
    ]  # fmt: skip
    resolved = SimpleNamespace(
        name="by_hand", step_hours=2.0, outcomes=documented, draws=None,
        places=[SimpleNamespace(id=place, name=place.title(), protected=place == "FOXTROT")
                for place in FALLS],
        units=[SimpleNamespace(id="u1", name="First"), SimpleNamespace(id="u2", name="Second")],
    )  # fmt: skip
    fates = pd.DataFrame(
        {"hour": [0.0, 2.0, 2.0], "status": ["holding", "holding", "defected"], "men": [100.0, 60.0, 40.0]}
    )
    strength = pd.DataFrame({"hour": [0.0, 2.0, 2.0], "bin": [200, 0, 100], "runs": [5, 1, 4]})
    return SimpleNamespace(
        resolved=resolved, runs=5, hours=96.0, provenance={"seed": 3},
        fates=lambda: fates, strength=lambda: strength,
        outcomes=lambda columns: outcomes[columns],  # never all of them: a row has hundreds
    )  # fmt: skip


def test_falls_row_by_row(result: Any) -> None:
    table = m.falls(result).set_index("place")
    assert list(table.index) == list(FALLS)
    columns = ["documented_from", "documented_to", "p5", "p50", "p95"]
    assert table.loc["ALPHA", columns].tolist() == [28, 36, 10, 30, 50]
    assert table.loc["BRAVO", "share_fallen"] == 0.6
    assert np.isnan(table.loc["BRAVO", ["p95", "width"]].astype(float)).all()
    assert table.loc["ALPHA", "width"] == 40
    inside = {"ALPHA": True, "BRAVO": False, "CHARLIE": True, "DELTA": None, "ECHO": True, "FOXTROT": None}
    assert table["inside"].to_dict() == inside
    assert table.index[table["held"]].tolist() == ["CHARLIE"]


def test_places_are_scored_up_to_the_horizon_against_the_constant_hazard(result: Any) -> None:
    table = m.falls(result).set_index("place")
    # Two documented falls by hour 96; 32 + 15 hours for them, 96 each for Charlie and Echo.
    rate = 2 / (32 + 15 + 96 + 96)
    middles = {"ALPHA": 32, "BRAVO": 15, "CHARLIE": np.inf, "ECHO": 120}
    for place, middle in middles.items():
        assert table.loc[place, "crps_constant"] == pytest.approx(m.crps_exponential(rate, middle, 96))
        assert table.loc[place, "crps"] == pytest.approx(m.crps(FALLS[place][0], middle, 96))
    assert table.loc[["CHARLIE", "ECHO"], "crps"].tolist() == [0, 0]
    # No record, and a record that the model could not but match.
    assert np.isnan(table.loc[["DELTA", "FOXTROT"], "crps"]).all()


def test_the_window_beyond_the_horizon_needs_an_interval_that_reaches_it(result: Any) -> None:
    never, early = [NEVER] * 5, [10.0] * 5
    columns = [f"fall_{place}" for place in FALLS]
    outcomes = result.outcomes(columns).assign(fall_CHARLIE=early, fall_ECHO=early, fall_ALPHA=never)
    result.outcomes = lambda columns: outcomes[columns]
    inside = m.falls(result).set_index("place")["inside"]
    assert not inside["CHARLIE"]  # documented as held
    assert not inside["ECHO"]  # documented as lost later
    assert not inside["ALPHA"]  # lost early in the record, never here


def test_first_breaks_cascades_and_men_by_status(result: Any) -> None:
    assert m.first_breaks(result) == [{"unit": "u1", "name": "First", "share": 0.4},
                                      {"unit": "u2", "name": "Second", "share": 0.4}]  # fmt: skip
    assert m.first_breaks(result, n=1)[0]["unit"] == "u1"  # a tie goes by id
    assert m.cascade_sizes(result).to_dict() == {0: 1, 1: 1, 3: 2, 7: 1}
    men = m.exits_over_time(result)
    assert men.loc[2.0, ["holding", "defected", "surrendered"]].tolist() == [60, 40, 0]


def test_strength_quantiles_come_from_the_histogram(result: Any) -> None:
    fan = m.strength_quantiles(result, [0.1, 0.2, 0.5, 0.95])
    assert (fan.loc[0.0] == 1).all()
    assert fan.loc[2.0].tolist() == pytest.approx([0.0025, 0.005, 0.5 + 0.005 * 1.5 / 4, 0.5 + 0.005 * 3.75 / 4])


def test_order_is_spearmans_with_places_that_rarely_fell_last(result: Any) -> None:
    table = m.falls(result)
    expected = spearmanr([32, 15, 120], [30, 95, 1000]).statistic
    assert m.order_correlation(table) == pytest.approx(expected)
    assert m.order_correlation(table.head(2)) is None
    assert m.order_correlation(table.assign(p50=np.nan)) is None


def test_summary_is_plain_json_with_nothing_left_out(result: Any) -> None:
    summary = m.summary(result)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["collapse_share"] == {
        "1": 0.2,
        "2": 0.2,
        "3": 0.6,
        "4": 0.6,
        "5": None,
        "11": None,
        "30": None,
    }
    assert summary["collapse_share_interval"]["3"] == pytest.approx(m.share_by([1, 1, 1, NEVER, NEVER], 2)[1:])
    assert summary["median_hours"] == {"median": 60, "low": None, "high": None}
    assert summary["restricted_mean_hours"] == pytest.approx((50 + 60 + 24 + 96 + 96) / 5)
    assert summary["thresholds"]["strength_15"] == {"share": 0, "median_hours": None}
    bravo = m.falls(result).set_index("place").loc["BRAVO"]
    assert summary["places"]["BRAVO"] == {
        "documented": [10, 20],
        "documented_held": False,
        "simulated": [90, 95, None],
        "share_fallen": 0.6,
        "width_hours": None,
        "crps_hours": {"model": bravo["crps"], "constant_hazard": bravo["crps_constant"]},
    }
    assert summary["places"]["CHARLIE"]["documented"] is None
    assert summary["places"]["CHARLIE"]["documented_held"]
    assert summary["coverage"] == {"inside": 3, "documented": 4}
    assert (summary["scenario"], summary["runs"], summary["seed"], summary["days"]) == ("by_hand", 5, 3, 4)
    assert "not a forecast" in summary["note"]


def test_summary_of_a_scenario_without_a_record(result: Any) -> None:
    result.resolved.outcomes = []
    summary = m.summary(result)
    assert summary["coverage"] == {"inside": 0, "documented": 0}
    assert summary["order"] is None
    assert summary["crps_hours"] == {"model": None, "constant_hazard": None}
