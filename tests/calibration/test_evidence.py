"""Evidence is read whole or refused with every fault, and turns into summaries that mean what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration.evidence import TAIL_HOURS, Evidence, read_evidence
from calibration.observation import CAP, Observation, components, summarise
from calibration.simulator import CalibrationError
from calibration.study import Study, read_study
from tests.calibration.small_study import EVIDENCE, STUDY, write_study

JOINT = Path(__file__).parents[2] / "calibration" / "studies" / "joint.toml"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return read_study(write_study(tmp_path_factory.mktemp("study")))


def row(**changes: object) -> Evidence:
    plain: dict[str, object] = {
        "id": "x", "case": "small", "kind": "fall", "of": "FRONTIER", "after": "", "low": 24.0, "high": 48.0,
        "tail": 12.0, "use": "fit", "source": "", "confidence": "A", "note": "",
    }  # fmt: skip
    return Evidence(**{**plain, **changes})  # type: ignore[arg-type]


def test_windows_come_from_the_scenario_unless_they_are_given(study: Study) -> None:
    found = {each.id: each for each in study.evidence}
    assert (found["frontier"].low, found["frontier"].high) == (12.0, 36.0)
    assert found["capital"].never  # the scenario's outcome says that it was never lost
    assert found["capital"].tail == TAIL_HOURS["A"]
    assert found["force"].never


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("frontier,small", "capital,small", "used twice"),
        ("fall,FRONTIER,,12", "fell,FRONTIER,,12", "kind is 'fell'"),
        (",fit,,A,\ncapital", ",later,,A,\ncapital", "use is 'later'"),
        ("frontier,small", "frontier,large", "no case 'large'"),
        ("fall,FRONTIER", "fall,FRONTEER", "no place 'FRONTEER'"),
        ("12,36", "36,12", "low first"),
        ("12,36", "12,", "both empty"),
        ("12,36", "12,many", "'many' is not a number"),
        ("12,36", "12,-3", "out of bounds"),
        ("10,400,2", "10,400,0.5", "a factor above 1"),
        ("killed,,10,400", "killed,,,", "a men needs low and high"),
        ("nobody wrote it down", "", "without the reason"),
        (",fit,,A,\ncapital", ",fit,,E,\ncapital", "confidence is 'E'"),
        ("fall,FRONTIER,,12,36", "fall,FRONTIER,,,", "has no row in the outcomes"),
        ("fall,FRONTIER,,12,36", "fall,FRONTIER,,90,100", "ends at 100 h, but small is simulated for 96 h; give"),
        ("FRONTIER,0,72", "FRONTIER,0,97", "ends at 97 h"),
        ("force,small,collapse,,,,", "force,small,collapse,,,97,98", "ends at 98 h"),
    ],
)
def test_a_fault_is_told_with_its_line(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in EVIDENCE
    with pytest.raises(CalibrationError, match=said) as caught:
        read_study(write_study(tmp_path, EVIDENCE.replace(old, new, 1)))
    assert "evidence.csv:" in str(caught.value)


def test_a_window_of_the_scenario_beyond_the_horizon_is_told_with_its_line(tmp_path: Path) -> None:
    path = write_study(tmp_path, study=STUDY.replace("days = 4", "days = 3"))
    scenario = tmp_path / "small.toml"
    text = scenario.read_text(encoding="utf-8")
    lost = "lost_from = 2031-05-04T00:00:00+00:00\nlost_to = 2031-05-04T18:00:00+00:00\n"
    scenario.write_text(text + lost, encoding="utf-8")
    with pytest.raises(CalibrationError, match=r"evidence.csv:3: its window ends at 84 h"):
        read_study(path)


def test_what_is_unused_may_lie_beyond_the_horizon(tmp_path: Path) -> None:
    beyond = EVIDENCE.replace("town,small,fall,MIDTOWN,,,", "town,small,fall,MIDTOWN,,500,600")
    assert read_study(write_study(tmp_path, beyond)).evidence[-1].low == 500


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    broken = EVIDENCE.replace("12,36", "36,12").replace("killed,,10,400", "killed,,,")
    with pytest.raises(CalibrationError) as caught:
        read_study(write_study(tmp_path, broken))
    assert [line.rsplit(":", 2)[1] for line in str(caught.value).splitlines()] == ["2", "5"]


def test_other_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match="the columns must be"):
        read_study(write_study(tmp_path, EVIDENCE.replace("id,case", "name,case")))


def test_a_date_is_a_day_and_whether_it_came() -> None:
    hours = np.array([6.0, 40.0, np.nan, 500.0])
    day, came = summarise(row(), {"fall_FRONTIER": hours}, 240.0)
    assert day.tolist() == [0.25, pytest.approx(40 / 24), 10.0, 10.0]
    assert came.tolist() == [1, 1, 0, 1]


def test_counts_are_compared_by_their_logarithm() -> None:
    (found,) = summarise(
        row(kind="men", of="killed", low=9.0, high=99.0, tail=2.0), {"killed": np.array([0.0, 99.0])}, 1
    )
    assert found.tolist() == [0.0, 2.0]
    (part,) = components(row(kind="men", of="killed", low=9.0, high=99.0, tail=2.0), 240.0)
    assert (part.observed, part.half) == (pytest.approx(1.5), pytest.approx(0.5))


def test_a_gap_is_between_two_falls_and_never_counts_as_the_horizon() -> None:
    falls = {"fall_B": np.array([48.0, np.nan]), "fall_A": np.array([24.0, 24.0])}
    (found,) = summarise(row(kind="gap", of="B", after="A"), falls, 240.0)
    assert found.tolist() == [1.0, 9.0]


def observation(*rows: Evidence) -> Observation:
    return Observation.of(rows, {"small": 240.0, "other": 240.0})


@pytest.mark.parametrize(
    ("day", "misfit"),
    [(1.0, 0.0), (1.5, 0.0), (2.0, 0.0), (2.5, 1.0), (3.0, 2.0), (0.5, 1.0), (9.0, CAP)],
)
def test_misfit_is_nothing_in_the_window_and_grows_by_tails_outside(day: float, misfit: float) -> None:
    seen = observation(row())
    found = seen.misfit(np.array([[day, 1.0]]), seen.observed)
    assert found[0].tolist() == [pytest.approx(misfit), 0.0]


def test_the_distance_is_the_mean_over_cases_of_the_mean_over_rows() -> None:
    seen = observation(row(id="a"), row(id="b"), row(id="c", case="other"))
    right, wrong = [1.5, 1.0], [3.0, 1.0]  # two tails off
    both = np.array([wrong + wrong + right, right + right + wrong, wrong + right + right])
    assert np.square(seen(both, seen.observed)).tolist() == pytest.approx([2.0, 2.0, 1.0])


def test_what_never_came_is_nearer_the_later_it_comes() -> None:
    seen = observation(row(low=None, high=None))
    early, late, never = seen(np.array([[1.0, 1.0], [9.0, 1.0], [10.0, 0.0]]), seen.observed)
    assert early > late > never == 0


def test_rows_held_out_do_not_count() -> None:
    seen = observation(row(id="a"), row(id="b", use="held_out"))
    assert seen(np.array([[1.5, 1.0, 9.0, 0.0]]), seen.observed)[0] == 0
    assert seen.of_rows({"b"})(np.array([[1.5, 1.0, 9.0, 0.0]]), seen.observed)[0] > CAP


def test_the_joint_study_holds_out_at_least_a_third_and_what_it_must() -> None:
    study = read_study(JOINT)
    uses = {each.id: each.use for each in study.evidence}
    counts = {use: sum(1 for each in uses.values() if each == use) for use in ("fit", "held_out")}
    assert counts["held_out"] >= counts["fit"] / 2
    must = ("deir_ez_zor", "daraa", "palmyra", "qusayr", "damascus", "tartus", "latakia")
    assert {uses[f"sy24_{name}"] for name in must} == {"held_out"}
    homs = next(each for each in study.evidence if each.id == "sy24_homs")
    after = [
        e for e in study.evidence if e.case == "syria_2024" and e.kind == "fall" and (e.low or 0) > (homs.low or 0)
    ]
    assert {each.use for each in after} <= {"held_out", "unused"}
    assert set(study.cases) == {"syria_2024", "mosul_2014", "kyiv_2022", "syria_2015"}


def test_every_source_of_the_evidence_is_known_to_its_case() -> None:
    study = read_study(JOINT)
    for each in study.evidence:
        assert set(each.source.split()) <= set(study.cases[each.case].sources), each.id


def test_evidence_of_a_case_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "evidence.csv"
    path.write_text(EVIDENCE, encoding="utf-8")
    with pytest.raises(CalibrationError, match="no case 'small'"):
        read_evidence(path, {})
