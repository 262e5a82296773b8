"""Indices agree with analytic values and with scipy, the dice are set apart, and the command keeps what it tells."""

from __future__ import annotations

import json
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import sobol_indices, uniform

from sim.ensemble import outcomes
from sim.experiments.indices import MOVE, Floats, Result, elementary_effects, morris, sobol, variance_parts
from sim.experiments.point_measure import NAMES, Measure, Sample, measure_of
from sim.experiments.sensitivity import RESOLVED, Method, Sensitivity, Study, analyse, prepare_study
from sim.experiments.sweep import SweepFolder, prepare, run_sweep
from sim.experiments.sweep.design import DesignError, lay
from sim.experiments.sweep.factors import Factor
from sim.figures.sensitivity import FIGURES
from sim.measures import LABEL, median, restricted_mean, share_by
from sim.parameters import BY_NAME, FREE
from sim.plan import make_plan
from sim.results import ResultError
from sim.scenario import ScenarioError, load, resolve
from tests.sweep.files import ROOT, desk, rout, tree

FACTORS = ("waver_rate=0.01:0.3", "effect_loyalty")
NAMED = ("waver_rate", "effect_loyalty")


def spans(low: float, high: float, many: int = 3) -> list[Factor]:
    return [Factor(f"x{i}", "key", f"x{i}", low=low, high=high) for i in range(many)]


def points(kind: str, factors: list[Factor], base: int, seed: int = 1) -> Floats:
    return np.array(lay(kind, factors, base, seed), np.float64)


def sure(values: Floats) -> Result:
    """Without dice."""
    return Result(values, np.repeat(values[None], 3, axis=0))


def ishigami(x: Floats) -> Floats:
    """(3, point); Ishigami & Homma 1990 with a = 7, b = 0.1."""
    return np.asarray(np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0]))


# designs


def test_saltelli_exchanges_one_factor_at_a_time() -> None:
    rows = points("saltelli", spans(0, 1), 8).reshape(8, 5, 3)
    a, ab, b = rows[:, 0], rows[:, 1:-1], rows[:, -1]
    for i in range(3):
        np.testing.assert_array_equal(ab[:, i, i], b[:, i])
        np.testing.assert_array_equal(np.delete(ab[:, i], i, axis=1), np.delete(a, i, axis=1))
    assert (a != b).all()


def test_a_trajectory_moves_every_factor_once() -> None:
    rows = points("morris", spans(0, 1, 4), 30).reshape(30, 5, 4)
    moves = np.diff(rows, axis=1)
    assert ((moves != 0).sum(axis=1) == 1).all()
    assert ((moves != 0).sum(axis=2) == 1).all()
    np.testing.assert_allclose(np.abs(moves).sum(axis=1), MOVE)


@pytest.mark.parametrize(("kind", "base", "says"), [("saltelli", 12, "such as 8 or 16"),
                                                    ("saltelli", 2**19, "more than 1,000,000"),
                                                    ("morris", 900_000, "more than 1,000,000")])  # fmt: skip
def test_designs_that_cannot_be_laid(kind: str, base: int, says: str) -> None:
    with pytest.raises(DesignError, match=says):
        lay(kind, spans(0, 1), base, 1)


# indices without dice


def test_sobol_on_ishigami_is_scipys_and_near_the_truth() -> None:
    values = ishigami(points("saltelli", spans(-np.pi, np.pi), 1024).T)
    found = sobol(sure(values), 3)
    rows = values.reshape(-1, 5).T
    same = sobol_indices(func={"f_A": rows[:1], "f_B": rows[-1:], "f_AB": rows[1:-1, None]}, n=1024)
    np.testing.assert_allclose(found.first.value, same.first_order, atol=1e-6)  # it centres on A and B alone
    np.testing.assert_allclose(found.total.value, same.total_order, atol=1e-12)
    own = sobol_indices(func=ishigami, n=1024, dists=[uniform(-np.pi, 2 * np.pi)] * 3, rng=5)
    # Analytic: Sobol' & Levitan 1999.
    for estimate, truth, theirs in ((found.first, (0.3139, 0.4424, 0.0), own.first_order),
                                    (found.total, (0.5576, 0.4424, 0.2437), own.total_order)):  # fmt: skip
        np.testing.assert_allclose(estimate.value, truth, atol=0.02)
        np.testing.assert_allclose(estimate.value, theirs, atol=0.03)
        assert ((estimate.low <= truth) & (truth <= estimate.high)).all()
        assert (estimate.half < RESOLVED).all()
    assert found.noise == pytest.approx(0)


def test_sobol_of_a_sum_is_the_share_of_each_term() -> None:
    weights = np.array([4.0, 2.0, 1.0])
    found = sobol(sure(points("saltelli", spans(0, 1), 1024) @ weights), 3)
    truth = weights**2 / (weights**2).sum()
    np.testing.assert_allclose(found.first.value, truth, atol=0.01)
    np.testing.assert_allclose(found.total.value, truth, atol=0.01)


def test_morris_of_a_sum_is_its_weights() -> None:
    where = points("morris", spans(0, 1), 12)
    found = morris(sure(where @ np.array([4.0, -2.0, 0.0])), where)
    np.testing.assert_allclose(found.mu_star.value, [4, 2, 0], atol=1e-9)
    np.testing.assert_allclose(found.mu.value, [4, -2, 0], atol=1e-9)
    for nothing in (found.sigma, found.floor, found.mu_star.half, found.mu.half):
        np.testing.assert_allclose(nothing, 0, atol=1e-6)


def test_a_monotone_scale_of_positions_changes_no_effect() -> None:
    where = points("morris", spans(-np.pi, np.pi), 25)
    values = ishigami(where.T)
    one, other = (morris(sure(values), each) for each in (where, np.exp(where) * [1, 100, 1e-6]))
    np.testing.assert_allclose(one.mu_star.value, other.mu_star.value)
    # SALib's means are those of our own effects, from which the part of the dice is taken.
    effects = elementary_effects(values, where)
    np.testing.assert_allclose(one.mu_star.value, np.abs(effects).mean(axis=0))


def test_a_constant_has_no_indices() -> None:
    found = sobol(sure(np.ones(40)), 3)
    assert np.isnan(found.total.value).all()
    assert variance_parts(np.ones((4, 5))) == (0, 0, 0)


# dice


def noisy(where: Floats, weights: Floats, runs: int, seed: int, *, slope: float = 0.0) -> Floats:
    """(point, run) of a sum, with dice alike at every point, dice of their own at each, and dice that tilt the sum."""
    dice = np.random.default_rng(seed)
    tilt = (where - 0.5) @ dice.normal(0, slope, (len(weights), runs)) if slope else 0.0
    return np.asarray(
        (where @ weights)[:, None] + dice.normal(0, 3, runs) + dice.normal(0, 2, (len(where), runs)) + tilt
    )


def mean(runs: Floats) -> Floats:
    return np.asarray(runs.mean(axis=-1))


def test_the_part_of_the_dice_is_taken_off() -> None:
    weights = np.array([4.0, 2.0, 1.0])
    truth = weights**2 / (weights**2).sum()
    first, total, raw = [], [], []
    for seed in range(60):
        where = points("saltelli", spans(0, 1), 64, seed)
        result = Result.of(noisy(where, weights, 8, seed), mean)
        found = sobol(result, 3)
        first.append(found.first.value)
        total.append(found.total.value)
        raw.append(sobol(sure(result.values), 3).total.value)
    np.testing.assert_allclose(np.mean(first, axis=0), truth, atol=0.04)
    np.testing.assert_allclose(np.mean(total, axis=0), truth, atol=0.04)
    assert (np.mean(raw, axis=0) - truth > [0.03, 0.1, 0.15]).all()


@pytest.mark.slow
@pytest.mark.parametrize("slope", [0.0, 2.0])
def test_intervals_hold_the_truth(slope: float) -> None:
    """Also where the dice tilt the outcome over a factor, alike at every point: resampling points cannot see that."""
    weights = np.array([4.0, 2.0, 1.0])
    truth = weights**2 / (weights**2).sum()
    hits = []
    for seed in range(150):
        where = points("saltelli", spans(0, 1), 128, seed)
        found = sobol(Result.of(noisy(where, weights, 20, seed, slope=slope), mean), 3)
        hits.append([(each.low <= truth) & (truth <= each.high) for each in (found.first, found.total)])
    assert np.mean(hits, axis=0).min() > 0.9


def test_variance_parts_are_those_that_went_in() -> None:
    weights = np.array([4.0, 2.0, 1.0])
    told = [variance_parts(noisy(points("latin_hypercube", spans(0, 1), 100, seed), weights, 20, seed))
            for seed in range(40)]  # fmt: skip
    whole = 21 / 12 + 9 + 4
    np.testing.assert_allclose(np.mean(told, axis=0), [21 / 12 / whole, 9 / whole, 4 / whole], atol=0.02)


def test_variance_between_points_has_no_part_of_few_runs() -> None:
    """Law of total variance: Var(mean over M runs) = Var(mean) + E[var] / M."""
    dice = np.random.default_rng(1)
    runs = dice.normal(0, 1, (4000, 2))  # no factor matters
    assert runs.mean(axis=1).var() > 0.45
    assert variance_parts(runs).factors < 0.05
    true = dice.normal(0, 1, (4000, 1))
    found = variance_parts(true + dice.normal(0, 2, (4000, 4)))
    assert found.factors == pytest.approx(1 / 5, abs=0.02)
    assert found.both == pytest.approx(4 / 5, abs=0.02)


def test_morris_tells_an_effect_from_the_dice() -> None:
    where = points("morris", spans(0, 1), 60)
    runs = noisy(where, np.array([4.0, 0.0, 0.0]), 20, 1)
    found = morris(Result.of(runs, mean), where)
    # The difference of two means of 20 runs has variance 2 · 4 / 20; its mean size is √(2/π) of the root.
    np.testing.assert_allclose(found.floor, np.sqrt(2 / np.pi * 8 / 20) / MOVE, rtol=0.15)
    assert found.apart.tolist() == [True, False, False]
    assert (found.mu_star.value[1:] > 0.5).all()
    assert (found.sigma < 0.5).all()


def test_of_effects_by_the_dice_alone_few_seem_more() -> None:
    """Also where dice tilt the outcome alike on all trajectories."""
    apart = []
    for seed in range(60):
        where = points("morris", spans(0, 1), 15, seed)
        apart.append(morris(Result.of(noisy(where, np.zeros(3), 20, seed, slope=3), mean), where).apart)
    assert np.mean(apart) < 0.08


def test_the_median_has_its_dice_taken_off_too() -> None:
    dice = np.random.default_rng(3)
    totals = []
    for seed in range(40):
        where = points("saltelli", spans(0, 1, 2), 64, seed)
        runs = (where @ [3.0, 0.0])[:, None] + dice.exponential(1.5, (len(where), 25))
        totals.append(sobol(Result.of(runs, Measure("median").average), 2).total.value)
    np.testing.assert_allclose(np.mean(totals, axis=0), [1, 0], atol=0.06)


def test_one_run_tells_nothing_of_the_dice() -> None:
    with pytest.raises(ValueError, match="two runs"):
        Result.of(np.ones((5, 1)), mean)


# measures


def test_measures_are_those_of_the_package() -> None:
    hours = np.array([20.0, 50.0, np.nan, 100.0, 30.0, np.nan, 47.0])
    horizon = 120.0
    assert Measure("share", 2).known(hours, horizon) == share_by(hours, 48)
    for measure, wanted in ((Measure("share", 2), share_by(hours, 48)[0]), (Measure("share"), 5 / 7),
                            (Measure("median"), 50 / 24),
                            (Measure("restricted_mean"), restricted_mean(hours, horizon) / 24)):  # fmt: skip
        assert float(measure.average(measure.of_runs(hours, horizon))) == pytest.approx(wanted)
        assert measure.known(hours, horizon)[0] == pytest.approx(wanted)
    assert Measure("median").known(hours, horizon)[1] == pytest.approx((median(hours, horizon)[1] or 0) / 24)
    assert Measure("median").known(np.full(9, np.nan), horizon) == (np.inf, np.inf, np.inf)


@pytest.mark.parametrize(
    ("text", "says"),
    [("shar:11", "did you mean 'share'"), ("share:x", "not a day"), ("share:0", "not a day"),
     ("median:4", "takes no day"), ("", "there are")],
)  # fmt: skip
def test_measures_that_are_none(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        measure_of(text)


# a small force


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scenario that `rout new` writes."""
    return desk(tmp_path_factory.mktemp("sensitivity")).parent


def study(place: Path, method: Method, **more: Any) -> Study:
    given = {"factors": FACTORS, "points": 8 if method == "sobol" else 6, "runs": 12, "days": 2.0, **more}
    given["set"] = {"exit_rate": "0.3", **given.get("set", {})}
    return Study(str(place / "case.toml"), method, **given)


@pytest.fixture(scope="module")
def folders(place: Path) -> dict[str, SweepFolder]:
    """A finished sweep by each method; a third factor, a switch, by Morris'."""
    asked: dict[Method, Study] = {
        "sobol": study(place, "sobol"),
        "morris": study(place, "morris", factors=(*FACTORS, "switch.general_shot")),
    }
    return {method: run_sweep(prepare_study(each), place / method) for method, each in asked.items()}


def test_the_small_force_agrees_with_scipy(place: Path, folders: dict[str, SweepFolder]) -> None:
    """The same points simulated one by one, without a sweep; indices by scipy."""
    folder, measure = folders["sobol"], measure_of("restricted_mean")
    plan = make_plan(resolve(load(place / "case.toml")).model_copy(update={"days": 2.0}))
    given = [{"exit_rate": 0.3, **{name: point[name] for name in NAMED}} for point in folder.points.to_pylist()]
    hours = np.array([outcomes(plan, runs=12, given=each)["collapse_hour"] for each in given])
    runs = np.fmin(hours, 48).astype(float) / 24
    np.testing.assert_allclose(Sample.of(folder, measure).runs(measure), runs)
    rows = runs.mean(axis=1).reshape(-1, 4).T
    same = sobol_indices(func={"f_A": rows[:1], "f_B": rows[-1:], "f_AB": rows[1:-1, None]}, n=8)
    found = sobol(sure(runs.mean(axis=1)), 2)
    np.testing.assert_allclose(found.first.value, same.first_order, atol=0.05)  # it centres on A and B alone
    np.testing.assert_allclose(found.total.value, same.total_order, atol=1e-12)
    told = {row.factor: row for row in analyse(folder, measure).rows}
    mine = sobol(Result.of(runs, measure.average), 2)
    assert [told[name].indices["total"][0] for name in NAMED] == pytest.approx(mine.total.value)


def test_the_rate_of_doubt_moves_the_small_force_most(folders: dict[str, SweepFolder]) -> None:
    for folder in folders.values():
        found = analyse(folder, measure_of("restricted_mean"))
        first = found.rows[0]
        assert first.factor == "waver_rate"
        assert first.low_end > first.high_end
        assert first.change[0] + first.change[1] < 0
        assert sum(found.parts) == pytest.approx(1)
        assert found.parts_interval[0] < found.parts.factors < found.parts_interval[1]


def test_a_switch_counts_from_off_to_on(folders: dict[str, SweepFolder]) -> None:
    """Not scaled up to a range, of which a move would be two thirds."""
    folder, measure = folders["morris"], measure_of("restricted_mean")
    found = {row.factor: row for row in analyse(folder, measure).rows}
    runs = Sample.of(folder, measure).runs(measure).mean(axis=1).reshape(6, 4)
    table = folder.points.to_pydict()
    changes = []
    for trajectory, on in zip(runs, np.array(table["general_shot"]).reshape(6, 4), strict=True):
        (move,) = np.flatnonzero(on[1:] != on[:-1])
        changes.append((trajectory[move + 1] - trajectory[move]) * (1 if on[move + 1] else -1))
    shot = found["general_shot"]
    assert shot.indices["mu"][0] == pytest.approx(np.mean(changes))
    assert shot.indices["mu_star"][0] == pytest.approx(np.mean(np.abs(changes)))
    assert shot.change[0] == pytest.approx(np.mean(changes))


def test_ends_lie_around_the_mean_of_all_points(folders: dict[str, SweepFolder]) -> None:
    found = analyse(folders["morris"], measure_of("share"))
    for row in found.rows:
        assert (row.low_end + row.high_end) / 2 == pytest.approx(found.mean)
    found = analyse(folders["sobol"], measure_of("share"))
    values = Sample.of(folders["sobol"], measure_of("share")).runs(measure_of("share")).mean(axis=1)
    rate = np.array(folders["sobol"].points["waver_rate"].to_pylist())
    (row,) = [row for row in found.rows if row.factor == "waver_rate"]
    assert row.low_end == pytest.approx(values[np.argsort(rate, kind="stable")[:8]].mean(), abs=0.05)
    assert row.high_end == pytest.approx(values[np.argsort(rate, kind="stable")[-8:]].mean(), abs=0.05)


def test_what_is_told_is_kept_and_plain(folders: dict[str, SweepFolder]) -> None:
    for method, folder in folders.items():
        found = analyse(folder, measure_of("share:2"))
        kept = json.loads(found.write().read_text("utf-8"))
        assert kept == found.as_dict()
        assert (kept["method"], kept["measure"], kept["runs"]) == (method, "share:2", 12)
        for row in kept["factors"]:
            names = ("first", "total") if method == "sobol" else ("mu_star", "mu")
            for name in names:
                if row[name] is not None:
                    assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]


def test_other_sweeps_are_refused(place: Path, folders: dict[str, SweepFolder]) -> None:
    head = 'scenario = "case.toml"\nruns = 4\ndays = 1\n[design]\nkind = "latin_hypercube"\npoints = 4\n'
    (place / "lhs.toml").write_text(head + '[[factor]]\nkey = "waver_rate"\n')
    other = run_sweep(prepare(place / "lhs.toml"), place / "lhs")
    with pytest.raises(ResultError, match="its design is latin_hypercube; sensitivity needs morris or saltelli"):
        analyse(other, Measure("share"))
    with pytest.raises(ResultError, match="ends on day 2"):
        analyse(folders["sobol"], Measure("share", 4))
    precise = head.replace("runs = 4", "shard_runs = 5\nprecision = { half_width = 0.2, at_most = 30 }")
    precise = precise.replace("latin_hypercube", "morris").replace("days = 1", "days = 4")
    (place / "precise.toml").write_text(precise + '[[factor]]\nkey = "waver_rate"\nlow = 0.0001\nhigh = 0.04\n')
    with pytest.raises(ResultError, match="different numbers of runs"):
        analyse(run_sweep(prepare(place / "precise.toml"), place / "precise"), Measure("share"))


# what is asked for


def test_by_default_the_parameters_to_calibrate_vary_over_their_priors(place: Path) -> None:
    sweep = prepare_study(Study(str(place / "case.toml"), "morris", points=2, runs=2))
    wanted = [parameter for parameter in FREE if parameter.role == "calibrate"]
    assert [factor.name for factor in sweep.factors] == [parameter.name for parameter in wanted]
    assert [(factor.low, factor.high) for factor in sweep.factors] == [parameter.prior for parameter in wanted]
    assert {factor.scale for factor in sweep.factors if BY_NAME[factor.name].uom == "1/h"} == {"log"}
    assert len(sweep.rows) == 2 * (len(wanted) + 1)


def test_changes_hold_at_every_point(place: Path) -> None:
    asked = study(place, "sobol", set={"trigger.legion_leaves.probability": "0.25"}, without=("general_shot",))
    (base,) = prepare_study(asked).bases
    assert base.value("trigger.legion_leaves.probability") == 0.25
    assert [t.id for t in base.resolved.triggers if not t.enabled] == ["general_shot"]
    assert base.resolved.days == 2


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"factors": ("waver_rat",)}, "--factor: waver_rat: there is no parameter .*did you mean 'waver_rate'"),
        ({"factors": ("waver_rate", "waver_rate")}, "--factor: waver_rate: several factors"),
        ({"factors": ("waver_rate=1",)}, "not of the form LOW:HIGH"),
        ({"factors": ("waver_rate=2:1",)}, "--factor: waver_rate=2:1: must be above low"),
        ({"factors": ("waver_rate=nan:1",)}, "--factor: waver_rate=nan:1: must be"),
        ({"factors": ("trigger.legion_leaves.probability",)}, "needs low and high"),
        ({"factors": ("unit.bridge_guard.moral=0:1",)}, "did you mean 'morale'"),
        ({"factors": ("switch.general_shoot",)}, "did you mean 'general_shot'"),
        ({"factors": ("switch.general_shot=0:1",)}, "takes no range"),
        ({"factors": ("waver_rate\udcff",)}, "not UTF-8"),
        ({"factors": ("waver_rate\x7f",)}, "rout sensitivity: is not valid TOML"),
        ({"days": float("nan")}, "--days: must be"),
        ({"points": 12}, "--points: must be a power of 2"),
        ({"set": {"waver_rat": "1"}}, "--set: waver_rat: "),
        ({"without": ("general_shoot",)}, "--without: general_shoot: .*did you mean 'general_shot'"),
        ({"account": {"general_shot": "betrayl"}}, "did you mean 'betrayal'"),
        ({"days": 1.01}, "--days: .*not a whole number of steps"),
    ],
)
def test_a_fault_is_told_at_the_option_that_made_it(place: Path, more: dict[str, Any], says: str) -> None:
    with pytest.raises(ScenarioError, match=says) as caught:
        prepare_study(study(place, "sobol", **more))
    assert "sobol.toml" not in str(caught.value)


def test_a_scenario_that_is_not_there_is_told() -> None:
    with pytest.raises(ScenarioError, match=r"SCENARIO: there is no file, folder or scenario 'syria_2042'.*syria_2024"):
        prepare_study(Study("syria_2042", "morris"))


# figures


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(lambda each: hasattr(each, "get_text")) if text.get_text()]


def named(figure: Figure, gid: str) -> list[Any]:
    return figure.findobj(lambda artist: artist.get_gid() == gid)


@pytest.fixture(params=["sobol", "morris"])
def found(request: pytest.FixtureRequest, folders: dict[str, SweepFolder]) -> Sensitivity:
    return analyse(folders[request.param], measure_of("restricted_mean"))


@pytest.mark.parametrize("name", FIGURES)
def test_figures_draw_with_their_caption_and_names(name: str, found: Sensitivity) -> None:
    figure = FIGURES[name](found)
    figure.draw_without_rendering()
    assert any(text.endswith(f"seed 1; {LABEL}") for text in texts(figure))
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert {name.removesuffix(" ?") for name in names} == {row.factor for row in found.rows}
    assert {name.removesuffix(" ?") for name in names if name.endswith(" ?")} == set(found.unresolved)


def test_the_tornado_reaches_from_end_to_end(found: Sensitivity) -> None:
    bars = named(FIGURES["tornado"](found), "end")
    ends = [bar.get_x() + bar.get_width() for bar in bars]
    wanted = [end for row in found.rows for end in (row.low_end, row.high_end)]
    assert sorted(ends) == pytest.approx(sorted(wanted))
    widths = [abs(one - other) for one, other in zip(ends[::2], ends[1::2], strict=True)]
    assert all(below <= above + 1e-12 for below, above in pairwise(widths))


def test_indices_are_drawn_as_they_are(folders: dict[str, SweepFolder]) -> None:
    found = analyse(folders["sobol"], measure_of("restricted_mean"))
    (container,) = named(FIGURES["indices"](found), "total")[:1]
    line = container.lines[0] if hasattr(container, "lines") else container
    assert list(line.get_xdata()) == pytest.approx([row.indices["total"][0] for row in found.rows[::-1]])
    found = analyse(folders["morris"], measure_of("restricted_mean"))
    widths = [bar.get_width() for bar in named(FIGURES["indices"](found), "mu_star")]
    assert widths == pytest.approx([row.indices["mu_star"][0] for row in found.rows[::-1]])


def test_where_nothing_differs_the_figure_says_so(folders: dict[str, SweepFolder]) -> None:
    found = analyse(folders["sobol"], measure_of("share:0.1"))  # nobody has collapsed by then
    assert found.rows[0].indices["total"][0] != found.rows[0].indices["total"][0]
    assert len(found.unresolved) == 2
    assert "the points do not differ by more than the dice" in texts(FIGURES["indices"](found))
    FIGURES["tornado"](found).draw_without_rendering()


# the command


def test_the_command_simulates_keeps_and_goes_on(place: Path) -> None:
    words = ["sensitivity", "case.toml", "--method", "sobol", "--points", "4", "--runs", "6", "--days", "2"]
    words += [part for factor in FACTORS for part in ("--factor", factor)]
    words += ["--measure", "restricted_mean", "--out", "kept", "--workers", "1"]
    done = rout(*words, cwd=place)
    assert done.returncode == 0, done.stderr
    for said in ("What moves the mean time to collapse [days]", "Variance between single runs", "waver_rate",
                 "16 design points of 6 runs", "not a forecast", "unresolved"):  # fmt: skip
        assert said in " ".join(done.stdout.split()), said
    assert max(len(line) for line in done.stdout.splitlines() if not line.startswith("Again")) <= 80
    figures = {file.name for file in (place / "kept/figures").iterdir()}
    assert figures == {"sensitivity-restricted_mean-tornado.png", "sensitivity-restricted_mean-indices.png"}
    before = tree(place / "kept")
    assert "--resume goes on with it" in rout(*words, cwd=place).stderr
    # One shard is lost: the same again, to the byte.
    next((place / "kept/outcomes").glob("shard-*")).unlink()
    again = shlex.split(done.stdout.split("Again")[1].strip())
    assert rout(*again[1:], "--resume", "--no-figures", "--quiet", cwd=place).returncode == 0
    assert tree(place / "kept") == before
    # What is there is analysed for something else.
    other = rout("sensitivity", "kept", "--measure", "capital:1", "--json", "--no-figures", "--quiet", cwd=place)
    assert other.stderr == ""
    assert json.loads(other.stdout)["measure"] == "capital:1"
    assert (place / "kept/sensitivity-capital-1.json").exists()


def test_the_default_is_morris_on_a_folder_of_its_own(place: Path) -> None:
    words = ("--factor", "waver_rate", "--points", "2", "--runs", "2", "--days", "1", "--no-figures", "--workers", "1")
    done = rout("sensitivity", "case.toml", *words, cwd=place)
    assert done.returncode == 0, done.stderr
    assert "by Morris: 2 trajectories, 4 design points of 2 runs" in done.stdout
    assert (place / "results/morris-case-2x2-seed1/sensitivity-share.json").exists()
    (row,) = json.loads(rout("results", "results", "--json", cwd=place).stdout)
    assert row["command"].startswith("rout sensitivity case.toml --factor waver_rate --method morris")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("case.toml", "--measure", "shares:1"), "did you mean 'share'"),
        (("case.toml", "--measure", "share:30"), "the horizon is day 20"),
        (("case.toml", "--factor", "waver_rat"), "did you mean 'waver_rate'"),
        (("case.toml", "--points", "1"), "--points"),
        (("case.toml", "--runs", "1"), "--runs"),
        (("case.toml", "--method", "fast"), "--method"),
        (("case.toml", "--set", "waver_rate"), "NAME=VALUE"),
        (("case.toml", "--out", "case.toml"), "not overwritten"),
        (("sobol", "--points", "4"), "Leave out --points"),
        (("sobol", "--measure", "share:9"), "ends on day 2"),
        (("nowhere",), "no file, folder or scenario"),
    ],
)
def test_what_the_command_refuses(
    place: Path, folders: dict[str, SweepFolder], words: tuple[str, ...], says: str
) -> None:
    before = sorted(place.rglob("*"))
    done = rout("sensitivity", *words, cwd=place)
    assert done.returncode == 2, done.stderr
    assert says in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert sorted(place.rglob("*")) == before


def test_the_page_names_all_there_is(folders: dict[str, SweepFolder]) -> None:
    page = (ROOT / "docs" / "sensitivity.md").read_text("utf-8")
    told = [analyse(folder, Measure("share")).as_dict() for folder in folders.values()]
    names = {name for each in told for name in (*each, *each["variance"], *each["factors"][0])}
    plain = {name for name in names if not name.endswith(("_low", "_high"))}
    assert [name for name in sorted(plain) if f"`{name}`" not in page] == []
    assert [name for name in NAMES if name.rstrip("0123456789") not in page] == []
