"""A whole study of a small case: the same bytes however it is run, and every check has its say."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from calibration.checking import check
from calibration.committed import open_posterior, under
from calibration.fit import Fit, fit
from calibration.posterior import Posterior
from calibration.predictive import by_event, totals
from calibration.simulator import CalibrationError, versions
from calibration.study import MODEL, Study, read_study
from sim.parameters import BY_NAME
from tests.calibration.small_study import EVIDENCE, STUDY, write_study

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return read_study(write_study(tmp_path_factory.mktemp("study")))


@pytest.fixture(scope="module")
def folder(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fit")
    for name in study.variants:
        fit(study, made, study.file.budget, variant=name, kernel="numpy")
    return made


@pytest.fixture(scope="module")
def fits(study: Study, folder: Path) -> dict[str, Fit]:
    return {
        name: fit(study, folder, study.file.budget, variant=name, kernel="numpy", resume=True)
        for name in study.variants
    }


def test_a_simulation_has_its_bits_whatever_the_batch(study: Study) -> None:
    simulator = study.simulator(MODEL, kernel="numpy", workers=1)
    theta = study.prior().draw(range(30), 1)
    whole = simulator(theta, 0)
    assert whole.tobytes() == np.concatenate([simulator(theta[:11], 0), simulator(theta[11:], 11)]).tobytes()
    assert np.isfinite(whole).all()
    assert (whole != simulator(theta, 1000)).any()  # other dice


def test_parameters_reach_the_model(study: Study) -> None:
    simulator = study.simulator(MODEL, kernel="numpy", workers=1)
    place = list(simulator.observation.names).index("frontier")
    slow, fast = (simulator(np.tile([rate, 3.0], (60, 1)), 0)[:, place].mean() for rate in (0.0003, 0.006))
    assert slow > fast


def test_a_variant_changes_what_it_says(study: Study) -> None:
    assert study.prior("no_contagion").fixed["effect_belief"] == 0
    quiet = study.simulator("no_triggers", kernel="numpy", workers=1)
    assert not any(trigger.enabled for case in quiet.scenarios.values() for trigger in case.triggers)


def test_taken_up_again_it_ends_with_the_same_bytes(study: Study, folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(folder / MODEL, again / MODEL)
    (again / MODEL / "table" / "shards" / "shard-00000.parquet").unlink()
    (again / MODEL / "smc.npz").unlink()
    fit(study, again, study.file.budget, kernel="numpy", resume=True)
    for name in ("posterior.csv", "posterior.json"):
        assert (again / MODEL / name).read_bytes() == (folder / MODEL / name).read_bytes()


def test_a_posterior_says_what_made_it(study: Study, fits: dict[str, Fit], folder: Path, tmp_path: Path) -> None:
    told = {name: Posterior.load(folder / name / "posterior").provenance for name in fits}
    facts = told[MODEL]
    assert facts["study_sha256"] == sha256(study.path.read_bytes()).hexdigest()
    assert facts["versions"] == versions()
    assert facts["cases_sha256"] == fits[MODEL].simulator.identity["cases"]
    assert told["no_triggers"]["settings"]["triggers"] is False
    assert told["no_triggers"]["cases_sha256"] != facts["cases_sha256"]
    assert told["no_contagion"]["settings"]["fixed"] == {"effect_belief": 0}
    other = read_study(write_study(tmp_path, EVIDENCE.replace("12,36,6", "12,36,7")))
    changed = fit(other, tmp_path / "fit", other.file.budget, kernel="numpy", command="rout calibrate small")
    assert changed.posterior.provenance["evidence_sha256"] != facts["evidence_sha256"]
    assert changed.posterior.provenance["command"] == "rout calibrate small"


def test_another_study_is_not_gone_on_with(study: Study, folder: Path, tmp_path: Path) -> None:
    other = read_study(write_study(tmp_path, study=STUDY.replace("days = 4", "days = 3")))
    with pytest.raises(CalibrationError, match="holds another table"):
        fit(other, folder, other.file.budget, kernel="numpy", resume=True)


def test_draws_lie_in_the_prior_and_nearer_than_it(fits: dict[str, Fit]) -> None:
    for found in fits.values():
        ranges = found.posterior.prior.ranges
        assert all(
            r.low <= v <= r.high for r, column in zip(ranges, found.posterior.theta.T, strict=True) for v in column
        )
    population = fits[MODEL].population
    assert population is not None
    seen = fits[MODEL].observation
    before = np.median(seen(fits[MODEL].table.summaries, seen.observed))
    assert np.median(population.distances) <= before


def test_what_is_predicted_is_counted_by_event(fits: dict[str, Fit]) -> None:
    seen = fits[MODEL].observation
    events = by_event(seen, fits[MODEL].table.summaries)
    assert set(events.index) == {"frontier", "capital", "force", "dead", "lull"}
    place = list(seen.names).index("frontier_came")
    assert events.loc["frontier", "came"] == pytest.approx(fits[MODEL].table.summaries[:, place].mean())
    assert np.isnan(events.loc["capital", "documented_low"])
    assert totals(events)["fit"]["rows"] == 2


def test_a_run_that_is_the_record_has_the_best_score(fits: dict[str, Fit]) -> None:
    seen = fits[MODEL].observation
    perfect = by_event(seen, np.tile(seen.observed, (10, 1)))
    assert perfect["score"].tolist() == pytest.approx([0.0] * len(perfect))
    assert perfect["met"].all()


@pytest.mark.slow
def test_every_check_has_its_row_and_its_figure(study: Study, fits: dict[str, Fit]) -> None:
    found = check(study, fits, study.file.budget)
    names = " ".join(row.check for row in found.rows)
    wanted_words = """prior predictive; misspecification; simulation-based calibration; coverage; adjusted;
        posterior predictive; against no contagion; leaving each; sequential Monte Carlo"""
    for wanted in wanted_words.split(";"):
        assert wanted.strip() in names
    assert {row.figure for row in found.rows} <= set(found.figures)
    assert all(np.isfinite(row.value) for row in found.rows)


def test_a_posterior_becomes_draws_and_a_centre(study: Study, folder: Path) -> None:
    posterior = open_posterior(folder / MODEL / "posterior")
    drawn, centre = under(study.cases["small"], folder / MODEL / "posterior")
    assert drawn.draws is not None
    assert set(drawn.draws.values) == {"waver_rate", "effect_pressure"}
    assert centre.parameters["waver_rate"] == pytest.approx(float(posterior.summary().loc["waver_rate", "median"]))
    assert centre.draws is None


def test_there_is_a_posterior_or_the_ones_there_are_told() -> None:
    with pytest.raises(CalibrationError, match="those that come with the model"):
        open_posterior("no_such_posterior")


def test_the_defaults_are_the_committed_posteriors() -> None:
    """Medians of the joint posterior, to two digits: what runs without `--posterior` use."""
    summary = open_posterior("joint").summary()
    for name, median in summary["median"].items():
        assert BY_NAME[str(name)].default == pytest.approx(median, rel=0.06), name
        assert BY_NAME[str(name)].status == "fitted"


def test_the_committed_posterior_belongs_to_the_committed_study() -> None:
    posterior = open_posterior("joint")
    study = read_study(ROOT / "calibration" / "studies" / "joint.toml")
    fitted = sorted(row.id for row in study.evidence if row.use == "fit")
    assert posterior.provenance["fitted_to"] == fitted
    assert posterior.prior.names == study.prior().names
    assert isinstance(posterior, Posterior)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "small"', 'name = "Small"', "name"),
        ('"waver_rate"', '"waver_rat"', "no parameter 'waver_rat'"),
        ("table = 700", "table = 4", "budget.table"),
        ("[variant.no_contagion]", "[variant.model]", "stands for the model itself"),
        ('scenario = "small.toml"', 'scenario = "none.toml"', "case.small"),
        ("format = 1", "format = ", "cannot be read"),
        ("days = 4", "days = 4.1", "case.small: 98.4 h are not a whole number of steps of"),
        ("days = 4", "days = 4\nstep_hours = 7", "case.small: 96 h are not a whole number of steps of 7 h"),
    ],
)
def test_a_faulty_study_is_refused(old: str, new: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match=said):
        read_study(write_study(tmp_path, study=STUDY.replace(old, new, 1)))


def rout(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sim.cli", *words], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_command_from_the_study_to_runs_under_its_posterior(tmp_path: Path) -> None:
    path = write_study(tmp_path)
    first = rout("calibrate", str(path), "--out", "fit", "--kernel", "numpy", "--json", "--quiet", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    told = json.loads(first.stdout)
    assert set(told["parameters"]) == {"waver_rate", "effect_pressure"}
    again = rout("calibrate", str(path), "--out", "fit", "--kernel", "numpy", cwd=tmp_path)
    assert again.returncode == 2
    assert "is not overwritten" in again.stderr
    ran = rout("run", "small.toml", "--runs", "60", "--posterior", "fit/model/posterior", "--out", "runs",
               "--no-figures", cwd=tmp_path)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "dice and parameters" in ran.stdout
    assert "dice alone" in ran.stdout
    bands = json.loads((tmp_path / "runs" / "summary.json").read_text())["bands"]["collapse"]
    assert set(bands) == {"dice_and_parameters", "dice"}
    for name in ("fit/model/table/table.json", "fit/posterior.nc", "runs/dice/provenance.json"):
        assert (tmp_path / name).exists()


def test_no_study_no_traceback(tmp_path: Path) -> None:
    done = rout("calibrate", "nothing.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "nothing.toml: no file of a study" in done.stderr
    assert "Traceback" not in done.stderr
