"""Reruns without later triggers: exact at both ends, counted by hand, and the command; the map over two parameters."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from sim.cli import tipped
from sim.cli.output import console
from sim.ensemble import outcomes
from sim.experiments import what_if
from sim.experiments.favourable import CHANGES, EVENT, from_hour, with_event
from sim.experiments.phase_map import axis, phase_map
from sim.experiments.tipping import Point, Tipping, tipping
from sim.experiments.what_if import collapse_day, until, without
from sim.figures import save
from sim.figures.tipping import committor, phase
from sim.measures.cascade import cascades_of
from sim.operations import Reach, Touches, add, shock
from sim.parameters import BY_NAME
from sim.plan import make_plan
from sim.scenario.problems import ScenarioError
from sim.scenario.resolved import Resolved, ResolvedOutcome
from tests.systems.forces import axis as column
from tests.systems.forces import force, patron, trigger
from tests.test_attribution import stop_after
from tests.test_cli import refused, rout

UNITS = tuple(f"U{number:06}" for number in range(12))
STEP = 6.0


@pytest.fixture(scope="module")
def small() -> Resolved:
    """Twelve units that waver and leave by themselves, and four blows on four days."""
    blows = tuple(trigger(f"blow_{day}", 24.0 * day, shock(Reach(UNITS), 0.7)) for day in (1, 2, 3, 4))
    return force(
        len(UNITS),
        days=6.0,
        step_hours=STEP,
        collapse_share=0.5,
        parameters={
            "waver_rate": 0.003,
            "exit_rate": 0.05,
            "effect_loyalty": 2.0,
            "effect_belief": 1.0,
            "shock_size": 0.75,
        },
        patrons=(patron(),),
        axes=(column(10.0, starts_hour=None),),
        triggers=(*blows, trigger("mood", 60.0, add(Touches.LOYALTY, Reach(UNITS), -0.2))),
    )


@pytest.fixture(scope="module")
def found(small: Resolved) -> Tipping:
    return tipping(small, runs=120, seed=4, every=0.5)


def every_column(resolved: Resolved, hour: float | None = None) -> dict[str, np.ndarray]:
    plan = make_plan(resolved)
    if hour is not None:
        plan = until(plan, plan.triggers.ids, hour)
    return outcomes(plan, runs=50, seed=4)


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)


def off(resolved: Resolved) -> Resolved:
    """The scenario with every trigger switched off the long way round."""
    triggers = tuple(t.model_copy(update={"enabled": False}) for t in resolved.triggers)
    return resolved.model_copy(update={"triggers": triggers})


# both ends, in every outcome


def test_stopped_at_hour_0_nothing_ever_happened(small: Resolved) -> None:
    assert_same(every_column(small, 0.0), every_column(off(small)))


def test_stopped_at_the_horizon_all_has_happened(small: Resolved) -> None:
    assert_same(every_column(small, small.days * 24), every_column(small))


def test_nothing_changes_before_the_day(small: Resolved) -> None:
    """Triggers until then fire when they do; nothing later does."""
    full, cut = every_column(small), every_column(small, 60.0)
    for trigger_ in small.triggers:
        name = f"fired_{trigger_.id}"
        np.testing.assert_array_equal(cut[name], np.where(full[name] < 60, full[name], np.nan))
    early = full["collapse_hour"] <= 60
    np.testing.assert_array_equal(cut["collapse_hour"][early], full["collapse_hour"][early])
    assert 0 < early.sum() < 50


def test_the_reruns_are_the_ensembles_of_changed_plans(small: Resolved, found: Tipping) -> None:
    plan = make_plan(small)
    assert found.grid.tolist() == [*np.arange(0, 6, 0.5), 6]
    for day, hours in zip(found.grid, found.hours, strict=True):
        changed = until(plan, plan.triggers.ids, 24 * day)
        alone = outcomes(changed, runs=120, seed=4, columns=["collapse_hour"])["collapse_hour"]
        np.testing.assert_array_equal(hours, alone)
    np.testing.assert_array_equal(found.hours[-1], found.full)
    nothing = outcomes(make_plan(off(small)), runs=120, seed=4, columns=["collapse_hour"])["collapse_hour"]
    np.testing.assert_array_equal(found.hours[0], nothing)
    assert found.committor()[0, 0] < 0.5 * found.full_share()[0]


def test_only_what_is_named_stops(small: Resolved) -> None:
    some = tipping(small, ["mood", "blow_3"], runs=30, seed=4, every=3.0)
    np.testing.assert_array_equal(
        some.hours[0],
        outcomes(without(make_plan(small), ["mood", "blow_3"]), runs=30, seed=4, columns=["collapse_hour"])[
            "collapse_hour"
        ],
    )
    none = tipping(small, [], runs=30, seed=4, every=3.0)
    np.testing.assert_array_equal(none.hours, np.tile(none.full, (3, 1)))


@pytest.mark.slow
def test_both_kernels_stop_and_turn_alike(small: Resolved) -> None:
    changes = {f"{key}.ally" if key in ("trust", "commitment") else key: 0.5 for key in CHANGES}
    plan = make_plan(with_event(small, changes))
    for changed in (until(plan, plan.triggers.ids, 60.0), from_hour(until(plan, ["mood"], 60.0), 60.0)):
        one, other = (outcomes(changed, runs=40, seed=4, kernel=kernel) for kernel in ("numpy", "compiled"))
        assert_same(one, other)


# measures, by hand


NO = np.nan


def cascades(onset: list[float], end: list[float]) -> pd.DataFrame:
    """Cascades of some runs, with these hours."""
    rows = {"cascade_hour": onset, "cascade_end_hour": end, "largest_cascade": 1, "breaks": 1, "collapse_hour": NO}
    return cascades_of(pd.DataFrame(rows))


def by_hand(
    small: Resolved,
    rows: list[list[float]],
    full: list[float],
    begin_end: tuple[list[float], list[float]] | None = None,
) -> Tipping:
    """Reruns from days 0, 1 and 2 with these hours of collapse; by default no unit breaks."""
    table = cascades(*(begin_end or ([NO] * len(full), [NO] * len(full))))
    grid = np.array([0.0, 1.0, 2.0])
    return Tipping(
        small, (), {}, grid, np.array(rows, np.float32), np.array(full, np.float32), table, len(full), 1, 2.0, 0.0
    )


def test_points_and_chances_by_hand(small: Resolved) -> None:
    # Four runs collapse by day 2 with every trigger; the fifth only later.
    made = by_hand(small, [[10, NO, NO, NO, NO], [10, 20, NO, 90, NO], [10, 20, 30, 40, 60]], [10, 20, 30, 40, 60])
    assert made.full_share()[0] == 0.8
    assert made.committor()[:, 0].tolist() == [0.2, 0.4, 0.8]
    assert made.already().tolist() == [0, 0.4, 0.8]
    assert [point.day for point in made.points()] == [1, 2]
    assert made.last_chance().tolist() == [-inf, 0, 1, 1]
    told = made.as_dict()["last_chance"]
    assert (told["collapsed_runs"], told["never"], told["quantiles"]["0.5"]) == (4, 0.25, 1)
    assert told["share_by_day"] == {"0": 0.25, "1": 0.5, "2": 0}


def test_the_cascade_against_the_point_of_no_return_by_hand(small: Resolved) -> None:
    rows = [[10, NO, NO, NO, NO], [10, 20, NO, 90, NO], [10, 20, 30, 40, 60]]
    made = by_hand(small, rows, [10, 20, 30, 40, 60], ([2, 12, 24, 40, NO], [10, 30, 30, 44, NO]))
    # Of the four runs that collapse by day 2 the first has no last chance; those of the others are days 0, 1 and 1.
    assert made.chance_after_onset().tolist() == [-12, 0, -16]
    told = made.as_dict()["cascade"]
    assert told["none"] == 0.2
    assert told["onset_hours"] == {"0.05": 2, "0.5": 24, "0.95": None}
    assert told["end_hours"] == {"0.05": 10, "0.5": 30, "0.95": None}
    assert told["at_points"] == [
        {"level": 0.5, "day": 1, "onset_by": 0.6, "end_by": 0.2},
        {"level": 0.9, "day": 2, "onset_by": 0.8, "end_by": 0.8},
    ]
    assert told["chance_after_onset_hours"]["0.5"] == -12


def test_cascades_are_those_of_the_ensemble_with_every_trigger(small: Resolved, found: Tipping) -> None:
    rows = outcomes(make_plan(small), runs=120, seed=4)
    np.testing.assert_array_equal(found.cascades["onset"], rows["cascade_hour"])
    np.testing.assert_array_equal(found.cascades["end"], rows["cascade_end_hour"])
    assert np.isfinite(rows["cascade_hour"]).mean() > 0.5


def test_a_committor_that_falls_is_said_to(small: Resolved) -> None:
    rows = [[10, 10, 10, NO], [10, NO, NO, NO], [10, 10, 10, 10]]
    made = by_hand(small, rows, [10, 10, 10, 10])
    assert made.point(0.5).day == 0
    assert made.dips(0.5)
    assert not made.dips(0.9)
    # Run 1 collapses if stopped on day 0, yet not if stopped on day 1: that is its last chance.
    assert made.last_chance().tolist() == [-inf, 1, 1, 1]


def test_without_a_collapse_there_is_no_point(small: Resolved) -> None:
    made = by_hand(small, [[NO, NO], [NO, 100], [NO, 100]], [NO, 100])
    assert [point.day for point in made.points()] == [None, None]
    assert made.as_dict()["last_chance"]["never"] is None
    assert made.as_dict()["cascade"] == {
        "gap_hours": 12,
        "none": 1,
        "onset_hours": dict.fromkeys(("0.05", "0.5", "0.95")),
        "end_hours": dict.fromkeys(("0.05", "0.5", "0.95")),
        "at_points": [],
        "chance_after_onset_hours": dict.fromkeys(("0.05", "0.25", "0.5", "0.75", "0.95")),
    }
    assert json.loads(json.dumps(made.as_dict(), allow_nan=False)) == made.as_dict()


def test_the_interval_of_the_point_covers_it(small: Resolved) -> None:
    """Runs whose last chance is known in law: the interval of the 50 % point holds it in nearly all experiments."""
    dice, grid = np.random.default_rng(8), np.arange(21.0)
    inside = 0
    for _ in range(60):
        # A run collapses all the same from day L on, L even on 0 to 20: 50 % are lost from day 10 on.
        lost = dice.uniform(0, 20, size=80)
        hours = np.where(grid[:, None] >= lost, 5.0, np.nan).astype(np.float32)
        made = Tipping(
            small, (), {}, grid, hours, np.full(80, 5, np.float32), cascades([NO] * 80, [NO] * 80), 80, 1, 6.0, 0.0
        )
        point = made.point(0.5)
        assert point.low is not None
        assert point.high is not None
        inside += point.low <= 10 <= point.high
    assert inside >= 54  # 95 % nominal of 60: below 54 with a chance of one in 500; the grid makes it wider still


def test_resamples_without_a_collapse_are_no_day_nought(small: Resolved) -> None:
    """With k collapses of 60 runs, exp(-k) of the resamples have none: 37 % with one, 0.7 % with five."""

    def of(collapses: int) -> Tipping:
        late = [30.0] * collapses + [NO] * (60 - collapses)
        return by_hand(small, [[NO] * 60, [NO] * 60, late], late)

    assert of(1).point(0.5) == Point(0.5, 2.0, None, None)
    assert of(5).point(0.5) == Point(0.5, 2.0, 2.0, 2.0)
    assert json.loads(json.dumps(of(1).as_dict(), allow_nan=False))["points"][0]["low"] is None
    assert "day 2" in labels(committor(of(1)))


def test_a_point_without_limits_is_printed(small: Resolved, capsys: pytest.CaptureFixture[str]) -> None:
    late = [30.0] + [NO] * 59
    tipped.print_tipping(console(), by_hand(small, [[NO] * 60, [NO] * 60, late], late))
    assert "day 2 (too few runs collapse for an interval)" in " ".join(capsys.readouterr().out.split())


# what turns favourable


def test_an_event_that_is_switched_off_changes_nothing(small: Resolved) -> None:
    changed = with_event(small, {"loyalty": 0.5, "shock": -3.0})
    rows = every_column(changed)
    assert np.isnan(rows.pop(f"fired_{EVENT}")).all()
    assert_same(rows, every_column(small))


def test_it_comes_on_the_day_and_helps(small: Resolved) -> None:
    plan = from_hour(make_plan(with_event(small, {"shock": -2.0})), 48.0)
    rows, plain = outcomes(plan, runs=80, seed=4), outcomes(make_plan(small), runs=80, seed=4)
    fired = rows[f"fired_{EVENT}"]
    assert set(fired[np.isfinite(fired)]) == {48}
    # A run that had collapsed by then did so all the same, and hardly any other.
    before = plain["collapse_hour"] <= 48
    np.testing.assert_array_equal(rows["collapse_hour"][before], plain["collapse_hour"][before])
    assert np.isfinite(rows["collapse_hour"]).mean() < np.isfinite(plain["collapse_hour"]).mean()


def test_favourable_reruns(small: Resolved) -> None:
    alone = tipping(small, [], favourable={"loyalty": 0.5}, runs=60, seed=4, every=2.0)
    both = tipping(small, favourable={"loyalty": 0.5}, runs=60, seed=4, every=2.0)
    np.testing.assert_array_equal(alone.full, both.full)
    assert (both.committor()[:, 0] <= alone.committor()[:, 0]).all()
    assert alone.committor()[0, 0] < alone.full_share()[0]
    # On the last day it comes too late for a collapse by then.
    np.testing.assert_array_equal(alone.collapsed[-1], alone.full <= 144)


@pytest.mark.parametrize("key", sorted(CHANGES))
def test_each_kind_of_change_can_be_simulated(small: Resolved, key: str) -> None:
    name = f"{key}.ally" if key in ("trust", "commitment") else key
    plan = make_plan(with_event(small, {name: 0.5}))
    fired = outcomes(from_hour(plan, 12.0), runs=3, columns=[f"fired_{EVENT}"])[f"fired_{EVENT}"]
    assert set(fired) == {12}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"loyality": 1.0}, "did you mean 'loyalty'"),
        ({"commitment": 2.0}, "commitment.PATRON"),
        ({"commitment.aly": 2.0}, "did you mean 'ally'"),
        ({"loyalty.ally": 2.0}, "names no patron"),
        ({"quality": 0.0}, "above 0"),
        ({"belief": -1.0}, "above 0"),
        ({"loyalty": inf}, "must be a number"),
        ({"belief": float("nan")}, "above 0"),
    ],
)
def test_changes_that_cannot_be(small: Resolved, change: dict[str, float], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        with_event(small, change)


# plans and days


def test_an_earlier_end_is_kept(small: Resolved) -> None:
    plan = make_plan(small)
    cut = until(until(plan, ["blow_1"], 30.0), ["blow_1", "mood"], 50.0)
    ends = dict(zip(plan.triggers.ids, cut.triggers.until, strict=True))
    assert (ends["blow_1"], ends["mood"], ends["blow_2"]) == (30, 50, inf)


@pytest.mark.parametrize(("lost", "days", "day"), [((250.0, 261.0), 30.0, 11), ((None, None), 30.0, 30),
                                                   ((250.0, 261.0), 8.0, 8), ((3.0, None), 30.0, 1)])  # fmt: skip
def test_the_day_by_which_a_collapse_counts(
    small: Resolved, lost: tuple[float | None, float | None], days: float, day: float
) -> None:
    row = ResolvedOutcome(
        place="P0", contact=None, lost_from=lost[0], lost_to=lost[1], basis="", how="", confidence="A", source=""
    )
    assert collapse_day(small.model_copy(update={"outcomes": (row,), "days": days})) == day


@pytest.mark.parametrize(
    "wrong", [{"day": 7.0}, {"first_day": 6.0}, {"first_day": -1.0}, {"every": 0.0}, {"runs": 0}, {"days": -1.0}]
)
def test_numbers_that_make_no_sense(small: Resolved, wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"needed|must be"):
        tipping(small, **wrong)  # type: ignore[arg-type]


def test_ctrl_c_keeps_whole_rounds(small: Resolved, found: Tipping, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if, "ROUND_RUNS", 20)
    stop_after(20, monkeypatch)
    stopped = tipping(small, runs=120, seed=4, every=0.5)
    assert (stopped.runs, stopped.asked) == (20, 120)
    np.testing.assert_array_equal(stopped.hours, found.hours[:, :20])


def test_a_folder_that_can_be_read_without_rout(found: Tipping, tmp_path: Path) -> None:
    found.write(tmp_path / "kept", "rout tipping …")
    told = json.loads((tmp_path / "kept/tipping.json").read_text("utf-8"))
    assert told["points"][0]["day"] == found.point(0.5).day
    table = pd.read_parquet(tmp_path / "kept/days.parquet")
    assert table["day"].isna().tolist() == [*[False] * len(found.grid), True]
    np.testing.assert_array_equal(np.stack(table["collapse_hour"]), [*found.hours, found.full])
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "kept/cascades.parquet"), found.cascades)


# the map


def test_the_map_is_an_ensemble_at_each_pair(small: Resolved) -> None:
    across, down = axis("waver_rate=0.001:0.01", 3), axis("parameter.effect_belief=0:2", 2)
    assert across.values == pytest.approx([0.001, 10**-2.5, 0.01])  # a rate: by ratio
    assert down.values.tolist() == [0, 2]
    found = phase_map(small, across, down, runs=25, seed=9, day=4.0)
    assert found.share().shape == (2, 3)
    values = {"waver_rate": 10**-2.5, "effect_belief": 2.0}
    changed = small.model_copy(update={"parameters": small.parameters | values})
    alone = outcomes(make_plan(changed), runs=25, seed=9, columns=["collapse_hour"])["collapse_hour"]
    np.testing.assert_array_equal(found.hours[1, 1], alone)
    assert found.share()[1, 1] == (alone <= 96).mean()
    assert found.share()[1, 2] > found.share()[0, 0]


def test_a_map_on_disk(small: Resolved, tmp_path: Path) -> None:
    found = phase_map(small, axis("waver_rate", 2), axis("exit_rate", 2), runs=5, day=1.0)
    assert found.x.values.tolist() == pytest.approx(BY_NAME["waver_rate"].prior)
    found.write(tmp_path / "map")
    table = pd.read_parquet(tmp_path / "map/map.parquet").set_index(["exit_rate", "waver_rate"])
    for i, down in enumerate(found.y.values):
        for j, across in enumerate(found.x.values):
            assert table.loc[(down, across), "share"] == found.share()[i, j]


@pytest.mark.parametrize(
    ("text", "said"),
    [("waver_rat", "did you mean 'waver_rate'"), ("waver_rate=1", "LOW:HIGH"), ("waver_rate=1:x", "LOW:HIGH"),
     ("waver_rate=0.1:0.01", "lower value first"), ("waver_rate=-1:1", "within 0 to"), ("waver_rate=nan:1", "within")],
)  # fmt: skip
def test_axes_that_cannot_be(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        axis(text, 3)


# figures


def labels(figure: object) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text))  # type: ignore[attr-defined]


def test_the_committor_is_drawn_as_it_is(found: Tipping, tmp_path: Path) -> None:
    figure = committor(found)
    line = next(line for line in figure.axes[0].lines if line.get_label() == "collapses all the same")
    np.testing.assert_allclose(line.get_ydata(), found.committor()[:, 0])
    assert "not a forecast" in labels(figure)
    heights = [bar.get_height() for bar in figure.axes[1].patches]
    assert sum(heights) == pytest.approx(np.isfinite(found.last_chance()).mean())
    assert save(figure, tmp_path / "committor.png").stat().st_size > 10_000
    (note,) = (text for text in figure.axes[1].findobj(Text) if "stopping helps on no day" in text.get_text())
    assert note.get_window_extent().y0 > figure.axes[1].bbox.y1, "it stands above the bars"


def test_without_a_collapse_the_figure_says_so(small: Resolved) -> None:
    assert "no run collapses" in labels(committor(by_hand(small, [[NO], [NO], [NO]], [NO])))


def test_the_map_is_drawn_as_it_is(small: Resolved) -> None:
    found = phase_map(small, axis("waver_rate", 3), axis("effect_belief", 2), runs=4, days=2.0)
    left, right, *_ = phase(found).axes
    np.testing.assert_allclose(left.collections[0].get_array(), found.share())
    never = replace(found, hours=np.full_like(found.hours, np.nan))
    assert phase(never).axes[1].collections[0].get_array().mask.all()  # type: ignore[union-attr]
    assert "effect_belief" in left.get_ylabel()
    assert "waver_rate [1/h]" in right.get_xlabel()


def test_the_page_names_every_field_and_change(found: Tipping) -> None:
    page = (Path(__file__).parent.parent / "docs/tipping.md").read_text("utf-8")
    changes = [f"{key}.PATRON" if key in ("trust", "commitment") else key for key in CHANGES]
    assert [name for name in (*found.as_dict(), *changes) if f"`{name}`" not in page] == []


# the command


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scenario that `rout new` wrote."""
    folder = tmp_path_factory.mktemp("desk")
    assert rout("new", "case", cwd=folder).returncode == 0
    return folder


def test_the_command_tells_keeps_and_repeats(desk: Path) -> None:
    words = ("--runs", "8", "--days", "2", "--every", "1", "--favourable", "loyalty=0.1", "--removed", "legion_leaves")
    done = rout("tipping", "case", *words, "--quiet", "--out", "kept", cwd=desk)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for said in ("stopped on day", "never", "legion_leaves stop", "loyalty 0.1", "not a forecast"):
        assert said in done.stdout, said
    assert max(len(line) for line in done.stdout.splitlines() if not line.startswith("Again")) <= 80
    assert (desk / "kept/figures/committor.png").exists()
    again = shlex.split(done.stdout.split("Again")[1].strip())
    told = json.loads(rout(*again[1:], "--json", "--quiet", "--no-figures", "--out", "again", cwd=desk).stdout)
    kept = json.loads((desk / "kept/tipping.json").read_text("utf-8"))
    assert told == {name: value for name, value in kept.items() if name != "provenance"}


def test_days_that_read_alike_are_one_row(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever else differs between them, such as a mean time that is not printed."""
    alike = {"already": 0.0, "share": 0.0, "low": 0.0, "high": 0.008, "median_hours": None}
    last = {**alike, "share": 0.5, "low": 0.4, "high": 0.6, "median_hours": 250.0, "mean_hours": 300.0}
    days = [{"day": day, "mean_hours": 700.0 + day, **alike} for day in range(4)] + [{**last, "day": 4}]
    full = {name: value for name, value in last.items() if name != "already"}
    tipped._days(console(), {"day": 12, "days": 30, "from_day": days, "full": full})
    printed = capsys.readouterr().out
    assert re.findall(r"^(0 to 3|\d|never)\s", printed, flags=re.MULTILINE) == ["0 to 3", "4", "never"]


def test_the_command_draws_a_map(desk: Path) -> None:
    words = ("--map", "waver_rate", "effect_belief=0:3", "--points", "2", "--runs", "4", "--days", "1", "--out", "map")
    done = rout("tipping", "case", *words, cwd=desk)
    assert done.returncode == 0, done.stderr
    assert f"The scenario stands at waver_rate {BY_NAME['waver_rate'].default:g}" in done.stdout
    assert (desk / "map/figures/map.png").exists()
    assert "--map waver_rate effect_belief=0:3 --points 2" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--removed", "legion_leave"), "did you mean 'legion_leaves'"),
        (("--removed", "all", "--removed", "legion_leaves"), "stands alone"),
        (("--favourable", "loyalty"), "NAME=VALUE"),
        (("--favourable", "loyalty=much"), "not a number"),
        (("--favourable", "commitment.eastland=2"), "did you mean 'westland'"),
        (("--days-from", "20"), "before day 20"),
        (("--every", "0"), "time step"),
        (("--every", "nan"), "time step"),
        (("--day", "-1"), "horizon"),
        (("--map", "waver_rate", "waver_rate"), "two different"),
        (("--map", "waver_rate", "nonsense_rate"), "no such parameter"),
        (("--map", "waver_rate", "exit_rate", "--removed", "all"), "--map"),
        (("--out", "case.toml"), "not overwritten"),
    ],
)
def test_what_the_command_refuses(desk: Path, words: tuple[str, ...], said: str) -> None:
    before = sorted(desk.iterdir())
    assert said in " ".join(refused(rout("tipping", "case", *words, cwd=desk)).split())
    assert sorted(desk.iterdir()) == before


def test_a_stopped_command_says_what_it_tells(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if, "ROUND_RUNS", 5)
    stop_after(6, monkeypatch)
    words = ("--every", "1", "--days", "2", "--runs", "10", "--no-figures", "--quiet", "--out", "stopped")
    done = rout("tipping", "case", *words, cwd=desk)
    assert done.returncode == 130
    assert "Stopped after 5 of 10 runs" in done.stderr
    assert json.loads((desk / "stopped/tipping.json").read_text("utf-8"))["runs"] == 5
