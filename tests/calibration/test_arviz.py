"""A posterior in ArviZ's groups: other programs open it and see the same draws."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xarray as xr

from calibration import datatree
from calibration.posterior import Posterior
from calibration.simulator import CalibrationError
from tests.calibration.test_posterior import normal

OBSERVED = {"homs_day": 10.8, "came": 1.0}


@pytest.fixture
def arviz() -> Iterator[ModuleType]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it announces its next version when imported
        yield pytest.importorskip("arviz")


@pytest.fixture
def posterior() -> Posterior:
    return normal(many=500)


@pytest.fixture
def file(posterior: Posterior, tmp_path: Path) -> Path:
    datatree.write_netcdf(posterior.to_datatree(observed=OBSERVED, chains=2, draws=300, seed=7), tmp_path / "post.nc")
    return tmp_path / "post.nc"


def test_groups_hold_resampled_draws_with_their_weights(posterior: Posterior) -> None:
    tree = posterior.to_datatree(observed=OBSERVED, chains=2, draws=300, seed=7)
    assert set(tree.children) == {"posterior", "sample_stats", "prior", "observed_data"}
    rows = tree["sample_stats"]["weighted_draw"].values
    assert rows.shape == (2, 300)
    np.testing.assert_array_equal(tree["sample_stats"]["weight"].values, posterior.weights[rows])
    for i, name in enumerate(posterior.names):
        np.testing.assert_array_equal(tree["posterior"][name].values, posterior.theta[rows, i])
    assert tree["prior"]["p0"].shape == (2, 300)
    assert float(tree["observed_data"]["homs_day"]) == 10.8
    assert tree.attrs["method"] == "test"
    assert set(posterior.to_datatree().children) == {"posterior", "sample_stats", "prior"}


def test_xarray_reads_the_file_back(posterior: Posterior, file: Path) -> None:
    with xr.open_datatree(file, engine="h5netcdf") as tree:
        written = posterior.to_datatree(observed=OBSERVED, chains=2, draws=300, seed=7)
        assert tree.identical(written)


@pytest.mark.slow  # to import it takes seconds
def test_arviz_opens_the_file_and_summarises_it(posterior: Posterior, file: Path, arviz: ModuleType) -> None:
    data = arviz.from_netcdf(file)
    assert set(data.groups()) == {"posterior", "sample_stats", "prior", "observed_data"}
    table = arviz.summary(data)
    assert list(table.index) == list(posterior.names)
    expected = np.average(posterior.theta, axis=0, weights=posterior.weights)
    np.testing.assert_allclose(table["mean"], expected, atol=0.03)


@pytest.mark.slow  # to import it takes seconds
def test_arviz_takes_the_tree_itself(posterior: Posterior, arviz: ModuleType) -> None:
    data = arviz.from_datatree(posterior.to_datatree(observed=OBSERVED))
    assert dict(data.posterior.sizes) == {"chain": 4, "draw": 1000}
    assert "weight" in data.sample_stats


def test_zarr_needs_no_other_package(posterior: Posterior, tmp_path: Path) -> None:
    tree = posterior.to_datatree(chains=1, draws=50)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of formats that are still being settled
        tree.to_zarr(tmp_path / "post.zarr")
        with xr.open_datatree(tmp_path / "post.zarr", engine="zarr") as again:
            np.testing.assert_array_equal(again["posterior"]["p1"].values, tree["posterior"]["p1"].values)


def test_without_a_package_that_writes_groups_it_says_so(
    posterior: Posterior, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datatree, "find_spec", lambda name: None)
    with pytest.raises(CalibrationError, match="h5netcdf"):
        datatree.write_netcdf(posterior.to_datatree(), tmp_path / "post.nc")
    assert list(tmp_path.iterdir()) == []
