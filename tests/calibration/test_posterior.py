"""Posteriors: what they tell, and that files hold them to the last bit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from calibration.inference import Draws
from calibration.posterior import Posterior
from calibration.simulator import CalibrationError
from tests.calibration.models import box


def normal(correlation: float = 0.6, many: int = 4000) -> Posterior:
    """Normal in probit space with sd ½ and 1; weights vary."""
    rng = np.random.default_rng(1)
    z = rng.multivariate_normal([0.5, -0.2], [[0.25, 0.5 * correlation], [0.5 * correlation, 1.0]], size=many)
    weights = rng.random(many)
    return Posterior.of(box(2), Draws(z, weights / weights.sum(), 0.7), {"seed": 3, "method": "test"})


def test_what_it_tells_is_that_of_the_law_it_was_drawn_from() -> None:
    posterior = normal()
    table = posterior.summary()
    for i, (each, centre, sd) in enumerate(zip(posterior.prior.ranges, (0.5, -0.2), (0.5, 1.0), strict=True)):
        row = table.loc[each.name]
        assert each.place(np.array([row["median"]]))[0] == pytest.approx(norm.cdf(centre), abs=0.02)
        for level in (0.5, 0.8, 0.9):
            ends = norm.cdf(centre + sd * norm.ppf([(1 - level) / 2, (1 + level) / 2]))
            found = np.array([row[f"low_{100 * level:.0f}"], row[f"high_{100 * level:.0f}"]])
            np.testing.assert_allclose(each.place(found), ends, atol=0.025)
        assert row["contraction"] == pytest.approx(1 - sd**2, abs=0.06)
        assert posterior.contraction[i] == row["contraction"]
    assert posterior.correlations[0, 1] == pytest.approx(0.6, abs=0.05)
    assert posterior.pairs() == [("p0", "p1", posterior.correlations[0, 1])]
    assert normal(0.1).pairs() == []
    assert posterior.provenance == {"tolerance": 0.7, "seed": 3, "method": "test"}


def test_the_error_of_a_median_is_what_repetitions_show() -> None:
    rng = np.random.default_rng(2)
    found = []
    for _ in range(200):
        draws = Draws(rng.normal(size=(400, 1)), np.full(400, 1 / 400), 0.0)
        found.append(Posterior.of(box(1), draws).summary().iloc[0][["median", "median_error"]].to_numpy())
    medians, errors = np.array(found, dtype=float).T
    assert errors.mean() == pytest.approx(medians.std(), rel=0.15)


def test_copies_of_a_draw_are_one_draw() -> None:
    z = np.repeat(np.random.default_rng(3).normal(size=(50, 2)), 4, axis=0)
    assert Posterior.of(box(2), Draws(z, np.full(200, 0.005), 0.0)).ess == pytest.approx(50)


def test_resampling_takes_draws_as_often_as_they_weigh() -> None:
    posterior = normal(many=300)
    rows = posterior.resampled_rows(30_000, 5)
    counts = np.bincount(rows, minlength=300)
    assert (np.abs(counts - 30_000 * posterior.weights) <= 1).all()
    assert abs(np.corrcoef(rows[:-1], rows[1:])[0, 1]) < 0.02  # in no order
    draws = posterior.resample(40, 5)
    assert draws.tobytes() == posterior.theta[posterior.resampled_rows(40, 5)].tobytes()
    assert draws.tobytes() != posterior.resample(40, 6).tobytes()


def test_files_hold_it_to_the_last_bit(tmp_path: Path) -> None:
    posterior = normal(many=200)
    posterior.save(tmp_path / "syria.v1")
    again = Posterior.load(tmp_path / "syria.v1")
    assert again.theta.tobytes() == posterior.theta.tobytes()
    assert again.weights.tobytes() == posterior.weights.tobytes()
    assert (again.prior, again.provenance) == (posterior.prior, posterior.provenance)
    again.save(tmp_path / "again")
    for end in ("csv", "json"):
        assert (tmp_path / f"again.{end}").read_bytes() == (tmp_path / f"syria.v1.{end}").read_bytes()
    assert (tmp_path / "again.csv").read_text().splitlines()[0] == "weight,p0,p1"
    assert json.loads((tmp_path / "again.json").read_text())["prior_sha256"] == posterior.prior.sha256


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    normal(many=20).save(tmp_path / "one")
    before = (tmp_path / "one.csv").read_bytes()
    with pytest.raises(FileExistsError, match=r"one\.csv exists"):
        normal(many=30).save(tmp_path / "one")
    assert (tmp_path / "one.csv").read_bytes() == before
    normal(many=30).save(tmp_path / "one", replace=True)
    assert len(Posterior.load(tmp_path / "one").weights) == 30


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "one"
    with pytest.raises(CalibrationError, match=r"one\.csv: cannot be read"):
        Posterior.load(path)
    normal(many=20).save(path)
    table = path.with_suffix(".csv")
    whole = table.read_text()
    table.write_text(whole.replace("0", "1", 1))
    with pytest.raises(CalibrationError, match=r"one\.csv is not the file that one\.json belongs to"):
        Posterior.load(path)
    table.write_text("weight,p0\nnonsense\n")
    with pytest.raises(CalibrationError, match="cannot be read"):
        Posterior.load(path)
    table.write_text(whole)
    path.with_suffix(".json").write_text("{}")
    with pytest.raises(CalibrationError, match=r"one\.json: cannot be read \(KeyError\)"):
        Posterior.load(path)


def test_draws_that_are_no_posterior_are_refused() -> None:
    with pytest.raises(CalibrationError, match="do not fit"):
        Posterior(box(3), np.ones((5, 2)), np.full(5, 0.2))
    with pytest.raises(CalibrationError, match="sum to 1"):
        Posterior(box(2), np.ones((5, 2)), np.full(5, 0.3))
