"""Attribution on a small force: coalitions by hand, players without effect, players that are alike; the command."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.cli.attributed import print_attribution
from sim.cli.output import console
from sim.ensemble import outcomes
from sim.experiments import attribution, what_if
from sim.experiments.attribution import Attribution, attribute, medians, screen
from sim.experiments.players import REST, players_of
from sim.figures.attribution import interactions, values
from sim.measures import quantiles, share_by
from sim.operations import Reach, Touches, add, shock
from sim.plan import make_plan
from sim.scenario import load, resolve
from sim.scenario.problems import ScenarioError
from sim.scenario.resolved import Resolved, ResolvedGuard
from tests.systems.forces import force, trigger
from tests.test_cli import refused, rout

UNITS = tuple(f"U{number:06}" for number in range(12))
MEANS = ("share", "mean_hours")


@pytest.fixture(scope="module")
def small() -> Resolved:
    """Twelve units that waver and leave by themselves, and events that make it worse.

    Collapse at half of the strength, so that few effects are lost for want of room.
    """
    everybody = Reach(UNITS)
    return force(
        len(UNITS),
        days=6.0,
        step_hours=6.0,
        collapse_share=0.5,
        parameters={"waver_rate": 0.004, "exit_rate": 0.05, "effect_loyalty": 2.0, "effect_belief": 1.0},
        triggers=(
            trigger("blow", 24.0, shock(everybody, 2.0)),
            trigger("never", 30.0, shock(everybody, 9.0), probability=0.0),
            trigger("late", 24.0 * 6, shock(everybody, 9.0)),
            trigger("twin_a", 48.0, add(Touches.LOYALTY, everybody, -0.2)),
            trigger("twin_b", 48.0, add(Touches.LOYALTY, everybody, -0.2)),
            trigger("waits_for_blow", 0.0, shock(everybody, 1.0), guards=(ResolvedGuard(fired=("blow",)),)),
        ),
    )


@pytest.fixture(scope="module")
def found(small: Resolved) -> Attribution:
    return attribute(small, ["blow", "never", "late", "twin_a", "twin_b"], runs=80, seed=3, day=4.0)


def off(small: Resolved, *names: str) -> Resolved:
    """The scenario with triggers switched off the long way round."""
    triggers = tuple(t.model_copy(update={"enabled": t.id not in names}) for t in small.triggers)
    return small.model_copy(update={"triggers": triggers})


def test_each_coalition_is_the_scenario_without_the_others(small: Resolved, found: Attribution) -> None:
    assert found.hours is not None
    assert found.hours.shape == (32, 80)
    for coalition, gone in ((31, ()), (30, ("blow",)), (0b01001, ("never", "late", "twin_b"))):
        plan = make_plan(off(small, *gone))
        alone = outcomes(plan, runs=80, seed=3, columns=["collapse_hour"])["collapse_hour"]
        np.testing.assert_array_equal(found.hours[coalition], alone)


def test_a_null_player_has_exactly_nothing(found: Attribution) -> None:
    # The one never happens, the other comes at the horizon.
    for measure in MEANS:
        worth = found.worths[measure]
        for null in (1, 2):
            for estimate in (worth.shapley, worth.leave_one_out, worth.add_one_in):
                assert [limit[null] for limit in estimate] == [0, 0, 0]
            assert worth.interactions is not None
            assert not np.array([limit[null] for limit in worth.interactions]).any()
        assert worth.shapley.value[0] != 0


def test_twins_have_the_same_value(found: Attribution) -> None:
    for worth in found.worths.values():
        a, b = worth.shapley.value[3:]
        assert a == pytest.approx(b, abs=1e-12)
        assert a != 0


def test_values_add_up(found: Attribution) -> None:
    for worth in found.worths.values():
        assert worth.shapley.value.sum() == pytest.approx(worth.full - worth.none)


def test_worths_are_the_measures_of_the_ensemble(small: Resolved, found: Attribution) -> None:
    assert found.hours is not None
    full = found.hours[-1]
    assert found.worths["share"].full == pytest.approx(share_by(full, 96)[0])
    assert found.worths["mean_hours"].full == pytest.approx(np.where(np.isnan(full), 144, full).mean())
    middle = quantiles(np.where(np.isnan(full), 144, full), [0.5])[0]
    assert found.worths["median_hours"].full == middle
    assert 0 < found.worths["share"].none < found.worths["share"].full <= 1


def test_the_median_is_that_of_the_measures() -> None:
    hours = np.random.default_rng(2).normal(size=(5, 8)).astype(np.float32)
    for runs in (1, 2, 7, 8):
        assert medians(hours[:, :runs]).tolist() == [quantiles(row[:runs], [0.5])[0] for row in hours]


def test_a_trigger_that_waits_goes_with_the_one_it_waits_for(small: Resolved) -> None:
    """As in the scenario: alone, the second cannot happen."""
    both = attribute(small, ["blow", "waits_for_blow"], runs=60, day=4.0).worths["mean_hours"]
    assert both.add_one_in.value[1] == 0
    assert both.leave_one_out.value[1] < 0


def test_a_type_is_one_player_and_the_rest_another(small: Resolved) -> None:
    row = {t.id: t.model_copy(update={"type": "news"}) for t in small.triggers if t.id.startswith("twin")}
    typed = small.model_copy(update={"triggers": tuple(row.get(t.id, t) for t in small.triggers)})
    found = attribute(typed, ["news", "blow"], rest=True, runs=40, day=4.0)
    assert [player.name for player in found.players] == ["news", "blow", REST]
    assert [player.triggers for player in found.players] == [
        ("twin_a", "twin_b"), ("blow",), ("never", "late", "waits_for_blow")
    ]  # fmt: skip
    assert found.hours is not None
    nothing = outcomes(make_plan(off(small, *(t.id for t in small.triggers))), runs=40, columns=["collapse_hour"])
    np.testing.assert_array_equal(found.hours[0], nothing["collapse_hour"])


def test_sampled_orders_agree_with_all_coalitions(small: Resolved, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["blow", "late", "twin_a"]
    exact = attribute(small, names, runs=100, seed=3, days=4.0)
    monkeypatch.setattr(attribution, "MOST_PLAYERS", 2)
    monkeypatch.setattr(attribution, "PAIRS", 4)
    sampled = attribute(small, names, runs=98, seed=3, days=4.0)  # rounded up to whole shares
    assert (sampled.exact, sampled.runs, sampled.hours) == (False, 100, None)
    assert set(sampled.worths) == set(MEANS)
    for measure, worth in sampled.worths.items():
        same = exact.worths[measure]
        assert worth.interactions is None
        assert worth.shapley.value.sum() == pytest.approx(worth.full - worth.none)
        # All runs see everybody, nobody, each alone and each left out.
        assert (worth.full, worth.none) == pytest.approx((same.full, same.none))
        for mine, theirs in ((worth.leave_one_out, same.leave_one_out), (worth.add_one_in, same.add_one_in)):
            np.testing.assert_allclose(mine, theirs, atol=1e-6)
        assert [limit[1] for limit in worth.shapley] == [0, 0, 0]
        assert (worth.shapley.low <= same.shapley.value).all()
        assert (same.shapley.value <= worth.shapley.high).all()
        assert (worth.shapley.high - worth.shapley.low)[[0, 2]].min() > 0


def test_the_first_pass_finds_what_matters(small: Resolved) -> None:
    chosen = screen(small, 4, runs=40, seed=5)
    assert chosen[0] == "blow"
    assert set(chosen) == {"blow", "twin_a", "twin_b", "waits_for_blow"}
    # `late` and `never` do nothing at all: they come last, by name.
    assert screen(small, 6, runs=10)[-2:] == ["late", "never"]


def stop_after(calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the midst of the ensembles."""
    real, left = what_if.outcomes, calls

    def counting(*args: object, **how: object) -> dict[str, np.ndarray]:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return real(*args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(what_if, "outcomes", counting)


def test_ctrl_c_keeps_whole_rounds(small: Resolved, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if, "ROUND_RUNS", 20)
    expected = attribute(small, ["blow", "twin_a"], runs=40, seed=2, day=4.0)
    stop_after(11, monkeypatch)
    stopped = attribute(small, ["blow", "twin_a"], runs=100, seed=2, day=4.0)
    assert (stopped.runs, stopped.asked) == (40, 100)
    np.testing.assert_array_equal(stopped.hours, expected.hours)
    stop_after(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        attribute(small, ["blow", "twin_a"], runs=100, seed=2, day=4.0)


def test_progress_ends_at_all_runs(small: Resolved) -> None:
    told: list[tuple[int, int]] = []
    attribute(small, ["blow", "twin_a"], runs=300, days=1.0, on_progress=lambda *seen: told.append(seen))
    assert told[-1] == (1200, 1200)
    assert told == sorted(told)


def test_a_folder_that_can_be_read_without_rout(found: Attribution, tmp_path: Path) -> None:
    found.write(tmp_path / "kept", "rout attribute …")
    told = json.loads((tmp_path / "kept/attribution.json").read_text("utf-8"))
    assert told["measures"]["share"]["players"]["blow"]["shapley"]["value"] == found.worths["share"].shapley.value[0]
    assert told["provenance"]["command"] == "rout attribute …"
    assert {"versions", "platform", "scenario_sha256"} <= told["provenance"].keys()
    again = Resolved.model_validate_json((tmp_path / "kept/resolved.json").read_text("utf-8"))
    assert again == found.resolved
    table = pd.read_parquet(tmp_path / "kept/coalitions.parquet")
    alone = table[table["blow"] & ~table[["never", "late", "twin_a", "twin_b"]].any(axis=1)]
    assert len(alone) == 1
    hours = np.array(alone["collapse_hour"].iloc[0])
    assert alone["share"].iloc[0] == pytest.approx((hours <= 96).mean())
    with pytest.raises(FileExistsError):
        found.write(tmp_path / "kept")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize(
    ("names", "said", "problems"),
    [
        (["blou"], "did you mean 'blow'", 1),
        (["twin_a", "twin_a"], "named twice", 1),
        (["row", "blow"], "named by two", 1),
        (["blow", "nothing", "twin_c"], "twin_", 2),
    ],
)
def test_names_that_make_no_game(small: Resolved, names: list[str], said: str, problems: int) -> None:
    with pytest.raises(ScenarioError, match=said) as refusal:
        attribute(small, names, runs=2)
    assert len(refusal.value.problems) == problems


def test_a_trigger_that_is_off_is_no_player(small: Resolved) -> None:
    with pytest.raises(ScenarioError, match="switched off"):
        players_of(off(small, "blow"), ["blow"])


@pytest.mark.parametrize("wrong", [{"runs": 1}, {"day": 0.0}, {"day": 7.0}, {"days": -1.0}])
def test_numbers_that_make_no_sense(small: Resolved, wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"needed|must be"):
        attribute(small, ["blow"], **wrong)  # type: ignore[arg-type]


# figures


def labels(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text))  # type: ignore[attr-defined]


def test_bars_and_marks_are_the_values(found: Attribution) -> None:
    figure = values(found)
    share, days = figure.axes
    worth = found.worths["share"]
    order = np.argsort(np.abs(worth.shapley.value))
    np.testing.assert_allclose([bar.get_width() for bar in share.patches], 100 * worth.shapley.value[order])
    left_out, alone = (line.get_xdata() for line in share.lines[:2])
    np.testing.assert_allclose(left_out, 100 * worth.leave_one_out.value[order])
    np.testing.assert_allclose(alone, 100 * worth.add_one_in.value[order])
    mean = found.worths["mean_hours"].shapley.value
    np.testing.assert_allclose([bar.get_width() for bar in days.patches], mean[order] / 24)
    assert [text.get_text() for text in share.get_yticklabels()] == [found.players[i].name for i in order]
    assert "not a forecast" in labels(figure)


def test_the_matrix_is_the_interactions(found: Attribution) -> None:
    pairs = found.worths["share"].interactions
    assert pairs is not None
    figure = interactions(found)
    shown = figure.axes[0].images[0].get_array()
    assert shown is not None
    np.testing.assert_allclose(shown, np.where(np.eye(5, dtype=bool), np.nan, 100 * pairs.value))
    assert f"{100 * pairs.value[0, 3]:+.1f}".replace("-", "−") in labels(figure)


def test_what_has_no_interactions_says_so(small: Resolved, found: Attribution) -> None:
    assert "a single player" in labels(interactions(attribute(small, ["blow"], runs=2, days=1.0)))
    sampled = replace(found, worths={name: replace(w, interactions=None) for name, w in found.worths.items()})
    assert "sampled orders" in labels(interactions(sampled))


def test_the_page_names_every_field(found: Attribution) -> None:
    page = (Path(__file__).parent.parent / "docs/attribution.md").read_text("utf-8")
    told = found.as_dict()
    assert [name for name in (*told, *told["measures"], *told["measures"]["share"]) if f"`{name}`" not in page] == []


# the command


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scenario that `rout new` wrote."""
    folder = tmp_path_factory.mktemp("desk")
    assert rout("new", "case", cwd=folder).returncode == 0
    return folder


SHORT = ("--runs", "10", "--days", "1", "--quiet")


def test_the_command_from_choice_to_folder(desk: Path) -> None:
    done = rout("attribute", "case", "--top", "2", *SHORT, "--out", "kept", cwd=desk)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    kept = json.loads((desk / "kept/attribution.json").read_text("utf-8"))
    assert [len(kept["players"]), kept["players"][-1]["name"]] == [3, REST]
    assert {path.name for path in (desk / "kept/figures").iterdir()} == {"values.png", "interactions.png"}
    for said in ("runs of 100 that each player adds", "Together", "not what caused", "not a forecast", "day 1"):
        assert said in done.stdout, said
    assert max(len(line) for line in done.stdout.splitlines() if not line.startswith("Again")) <= 80
    # The command that it names gives the same numbers, and as JSON nothing else.
    again = shlex.split(done.stdout.split("Again")[1].strip())
    repeated = rout(*again[1:], "--json", "--quiet", "--out", "again", "--no-figures", cwd=desk)
    told = json.loads(repeated.stdout)
    assert told == {name: value for name, value in kept.items() if name != "provenance"}
    assert not (desk / "again/figures").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--trigger", "general_shoot"), "did you mean 'general_shot'"),
        (("--trigger", "general_shot", "--top", "2"), "--top"),
        (("--trigger", "general_shot", "--by-type"), "--by-type"),
        (("--day", "21"), "horizon"),
        (("--day", "nan"), "--day"),
        (("--days", "0"), "--days"),
        (("--runs", "1"), "--runs"),
        (("--out", "case.toml"), "not overwritten"),
        (("--without", "general_shot", "--trigger", "general_shot"), "switched off"),
        (("--set", "capitol=X"), "did you mean 'capital'"),
    ],
)
def test_what_the_command_refuses(desk: Path, words: tuple[str, ...], said: str) -> None:
    before = sorted(desk.iterdir())
    assert said in refused(rout("attribute", "case", *words, cwd=desk))
    assert sorted(desk.iterdir()) == before


def test_nothing_to_attribute_to(desk: Path) -> None:
    off = [word for name in ("general_shot", "legion_leaves", "order_to_fall_back") for word in ("--without", name)]
    assert "no trigger is switched on" in refused(rout("attribute", "case", *off, cwd=desk))


def test_a_stopped_command_says_what_it_tells(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if, "ROUND_RUNS", 10)
    stop_after(9, monkeypatch)
    words = ("--trigger", "general_shot", "--trigger", "legion_leaves", "--no-figures", "--quiet", "--out", "stopped")
    done = rout("attribute", "case", *words, "--runs", "30", "--days", "1", cwd=desk)
    assert done.returncode == 130
    assert "Stopped after 20 of 30 runs" in done.stderr
    assert json.loads((desk / "stopped/attribution.json").read_text("utf-8"))["runs"] == 20
    stop_after(1, monkeypatch)
    done = rout("attribute", "case", *words[:-1], "nothing", "--runs", "30", "--days", "1", cwd=desk)
    assert done.returncode == 130
    assert "Nothing is kept" in done.stderr
    assert not (desk / "nothing").exists()


def test_a_median_that_nobody_reaches_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    short = resolve(load("teaching_supply")).model_copy(update={"days": 4.0})
    print_attribution(console(), attribute(short, ["road_cut"], runs=4))
    said = " ".join(capsys.readouterr().out.split())
    assert "not reached within 4 days, with all players or with none" in said
    assert "days that each adds" not in said
