"""Sensitivity of a small force is what scipy says, faults are told at their options, and the command keeps it all."""

from __future__ import annotations

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import sobol_indices

from sim.ensemble import outcomes
from sim.experiments.indices import Result, sobol
from sim.experiments.point_measure import NAMES, Measure, Sample, measure_of, varying
from sim.experiments.sensitivity import Method, Sensitivity, Study, analyse, prepare_study
from sim.experiments.sweep import SweepFolder, prepare, run_sweep
from sim.figures.sensitivity import FIGURES
from sim.measures import LABEL, median, restricted_mean, share_by
from sim.parameters import BY_NAME, FREE
from sim.plan import make_plan
from sim.results import ResultError
from sim.scenario import ScenarioError, load, resolve
from tests.sweep.files import ROOT, desk, rout, tree

FACTORS = ("waver_rate=0.01:0.3", "effect_loyalty")
NAMED = ("waver_rate", "effect_loyalty")


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
    given["set"] = {
        "exit_rate": "1.0",
        "effect_pressure": "3.4",
        "effect_belief": "2.6",
        "siege_share": "0.15",
        "step_hours": "3",
        **given.get("set", {}),
    }
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
    plan = make_plan(resolve(load(place / "case.toml")).model_copy(update={"days": 2.0, "step_hours": 3.0}))
    given = [{"exit_rate": 1.0, **{name: point[name] for name in NAMED}} for point in folder.points.to_pylist()]
    hours = np.array([outcomes(plan, runs=12, given=each)["collapse_hour"] for each in given])
    runs = np.fmin(hours, 48).astype(float) / 24
    np.testing.assert_allclose(Sample.of(folder, measure).runs(measure), runs)
    rows = runs.mean(axis=1).reshape(-1, 4).T
    same = sobol_indices(func={"f_A": rows[:1], "f_B": rows[-1:], "f_AB": rows[1:-1, None]}, n=8)
    means = runs.mean(axis=1)
    found = sobol(Result(means, np.repeat(means[None], 3, axis=0)), 2)  # without dice
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


@pytest.mark.parametrize(("design", "said"), [("morris", "two thirds of the factor’s range"), ("sobol", "quarter")])
def test_the_tornado_says_what_low_and_high_are(design: str, said: str, folders: dict[str, SweepFolder]) -> None:
    figure = FIGURES["tornado"](analyse(folders[design], measure_of("restricted_mean")))
    assert any(said in text for text in texts(figure))


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
    assert (place / "results/morris-case-2x2-seed1/sensitivity-restricted_mean.json").exists()
    (row,) = json.loads(rout("results", "results", "--json", cwd=place).stdout)
    assert row["command"].startswith("rout sensitivity case.toml --factor waver_rate --method morris")


def test_a_measure_that_does_not_vary_is_told_with_those_that_do(place: Path, folders: dict[str, SweepFolder]) -> None:
    words = ("--no-figures", "--quiet")
    done = rout("sensitivity", "sobol", "--measure", "share:0.1", *words, cwd=place)  # nobody has collapsed by then
    said = " ".join(done.stdout.split())
    assert "the same in all runs of all points" in said
    assert "--measure restricted_mean" in said
    assert "S1" not in said, "no index of what does not vary"
    for measure in varying(folders["sobol"]):
        assert sum(analyse(folders["sobol"], measure).parts) == pytest.approx(1)
    assert "Variance between single runs" in rout("sensitivity", "sobol", *words, cwd=place).stdout


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


def test_the_snippet_of_the_page_runs(folders: dict[str, SweepFolder], capsys: pytest.CaptureFixture[str]) -> None:
    (snippet,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs" / "sensitivity.md").read_text("utf-8"), flags=re.DOTALL
    )
    exec(snippet.replace("results/morris", str(folders["morris"].path)).replace("share:11", "share:2"), {})
    assert capsys.readouterr().out.count("\n") == 3
