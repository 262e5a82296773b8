"""Predictions of cases, their scores, and the simple rules that they must beat."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logit

from calibration.baselines import RIDGE, always, force_ratio, leave_one_out, logistic
from calibration.simulator import CalibrationError
from calibration.study import MODEL, read_study
from calibration.validation import CASES, FACTORS, Case, read_cases, validate
from sim.cli.shelf import found
from sim.scenario import load, resolve
from tests.calibration.small_study import write_study


def test_without_factors_the_regression_is_the_share() -> None:
    happened = np.array([True] * 3 + [False] * 9)
    intercept, slopes = logistic(np.zeros((12, 2)), happened)
    assert intercept == pytest.approx(logit(0.25), abs=1e-4)
    assert slopes.tolist() == [0, 0]


def test_the_regression_is_where_its_gradient_is_nothing() -> None:
    generator = np.random.default_rng(5)
    factors = generator.standard_normal((40, 3))
    happened = generator.random(40) < 1 / (1 + np.exp(-2 * factors[:, 0]))
    intercept, slopes = logistic(factors, happened)
    p = 1 / (1 + np.exp(-(intercept + factors @ slopes)))
    assert (p - happened).sum() == pytest.approx(0, abs=1e-3)
    assert (factors.T @ (p - happened) + RIDGE * slopes).tolist() == pytest.approx([0, 0, 0], abs=1e-3)
    assert slopes[0] > abs(slopes[1])


def test_a_case_is_left_out_of_its_own_prediction() -> None:
    """The one case that goes against the factor is predicted by the others, that is wrongly."""
    factor = np.array([0.0, 0, 0, 0, 1, 1, 1, 1, 0])[:, None]
    happened = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1], bool)
    p = leave_one_out(factor, happened)
    assert p[-1] < 0.3
    changed = happened.copy()
    changed[-1] = False
    assert leave_one_out(factor, changed)[-1] == p[-1]


def test_always_and_ratio() -> None:
    assert always(3).tolist() == [1, 1, 1]
    assert force_ratio(np.array([0.1, 2.0])).shape == (2, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cases of one scenario: over a day nothing is lost, over twelve much may be."""
    made = tmp_path_factory.mktemp("cases")
    study = read_study(write_study(made))
    from calibration.fit import fit

    fit(study, made / "fit", study.file.budget, kernel="numpy")
    (made / "small.toml").rename(made / "long")
    text = (made / "long").read_text(encoding="utf-8")
    (made / "long").unlink()
    for name in ("short", "long"):
        (made / name).mkdir()
        (made / name / "scenario.toml").write_text(
            text + '\n[[outcome]]\nplace = "FRONTIER"\nnote = "internal control"\n', encoding="utf-8"
        )
    return made


def test_cases_are_predicted_and_scored(folder: Path) -> None:
    factors = dict.fromkeys(("manning",), 0.0)
    cases = (
        Case("short", True, False, 1.0, factors, ""),
        Case("long", False, True, 12.0, factors, ""),
    )
    from calibration import validation

    whole = dict.fromkeys(validation.FACTORS, 0.0)
    cases = tuple(Case(c.name, c.fitted, c.collapsed, c.until_days, whole, c.note) for c in cases)
    found = validate(str(folder / "fit" / MODEL / "posterior"), runs=60, kernel="numpy", cases=cases, scenarios=folder)
    assert found.cases.loc["short", "predicted"] == 0
    assert found.cases.loc["long", "predicted"] > 0
    model = found.scores[(found.scores["predictor"] == "model") & (found.scores["cases"] == "never touched")].iloc[0]
    p = float(np.clip(found.cases.loc["long", "predicted"], 0.005, 0.995))
    assert model["brier"] == pytest.approx((p - 1) ** 2)
    assert model["log"] == pytest.approx(-np.log(p))
    assert found.controls["place"].tolist() == ["FRONTIER", "FRONTIER"]
    assert found.controls["held"].all()
    early, late = found.controls["predicted"]
    assert early <= late


def test_the_prediction_is_that_of_the_runs(folder: Path) -> None:
    from calibration.committed import under
    from sim.ensemble import outcomes
    from sim.plan import make_plan

    source = str(folder / "fit" / MODEL / "posterior")
    case = Case("long", False, True, 12.0, dict.fromkeys(FACTORS, 0.0), "")
    found = validate(source, runs=40, seed=3, kernel="numpy", cases=(case,), scenarios=folder)
    drawn, _ = under(resolve(load(folder / "long")).model_copy(update={"days": 12.0}), source)
    hours = outcomes(make_plan(drawn), runs=40, seed=3, columns=["fall_CAPITAL"], kernel="numpy")["fall_CAPITAL"]
    assert found.cases.loc["long", "predicted"] == pytest.approx(np.isfinite(hours).mean())
    days = np.sort(np.nan_to_num(hours, nan=np.inf).astype(np.float64)) / 24
    # Of 40 runs the 2nd, the 20th and the 38th; NaN where not reached.
    expected = np.where(np.isfinite(days), days, np.nan)[[1, 19, 37]]
    np.testing.assert_allclose(found.cases.loc["long", ["day_5", "day_50", "day_95"]].astype(float), expected)


def test_it_says_what_made_it(folder: Path) -> None:
    whole = dict.fromkeys(FACTORS, 0.0)
    cases = tuple(Case("long", False, True, days, whole, "") for days in (1.0, 2.0))
    source = str(folder / "fit" / MODEL / "posterior")
    one, other = (
        validate(source, runs=3, seed=9, kernel="numpy", cases=(case,), scenarios=folder).as_dict("rout validate long")
        for case in cases
    )
    assert one["note"] == f"conditional on the model and the posterior {source}, not a forecast"
    made = one["provenance"]
    assert (made["command"], made["seed"]) == ("rout validate long", 9)
    assert made["versions"]["numpy"] == np.__version__
    assert made["scenario_sha256"]["long"] != other["provenance"]["scenario_sha256"]["long"]
    assert json.loads(json.dumps(one, allow_nan=False)) == one


def test_a_record_that_ends_within_a_step_is_refused_before_anything_runs(folder: Path) -> None:
    whole = dict.fromkeys(FACTORS, 0.0)
    cases = (Case("short", True, False, 1.0, whole, ""), Case("long", False, True, 1.01, whole, ""))
    began: list[str] = []
    with pytest.raises(CalibrationError, match=r"long: until_days: 24.24 h are not a whole number of steps"):
        validate("joint", runs=3, kernel="numpy", cases=cases, scenarios=folder,
                 on_case=lambda name, done, of: began.append(name))  # fmt: skip
    assert began == []


def test_a_faulty_table_of_cases_is_refused_with_its_line(tmp_path: Path) -> None:
    bad = tmp_path / "cases.csv"
    bad.write_text(CASES.read_text(encoding="utf-8").replace("kyiv_2022,true,false", "kyiv_2022,true,perhaps"))
    with pytest.raises(CalibrationError, match=r"cases.csv:4: 'perhaps'"):
        read_cases(bad)


def test_simpler_rules_learn_from_all_cases_also_where_one_is_asked_for() -> None:
    table = read_cases()
    asked = tuple(case for case in table if case.name == "tskhinvali_2008")
    found = validate("joint", runs=20, kernel="numpy", cases=asked, among=table).cases
    with (Path(__file__).parents[2] / "results" / "validation" / "cases.csv").open(encoding="utf-8") as stream:
        committed = {row["case"]: row for row in csv.DictReader(stream)}["tskhinvali_2008"]
    assert found.loc["tskhinvali_2008", ["ratio", "matrix"]].tolist() == pytest.approx(
        [float(committed["ratio"]), float(committed["matrix"])], abs=1e-4
    )


def test_the_committed_validation_is_listed_with_what_made_it() -> None:
    (row,) = found(Path(__file__).parents[2] / "results" / "validation")
    assert (row["kind"], row["scenario"], row["runs"], row["complete"]) == ("validation", "15 cases", 1000, True)
    assert row["command"] == "rout validate --posterior joint --runs 1000 --seed 1"
