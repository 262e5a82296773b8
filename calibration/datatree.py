"""A posterior as ArviZ and xarray know it: named groups in one file."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.simulator import CalibrationError
from sim.atomic import write_whole

if TYPE_CHECKING:
    from calibration.posterior import Posterior

NOTE = (
    "Draws are resampled from weighted draws, not a Markov chain: r_hat and ess of a chain say nothing about them. "
    "sample_stats holds the weights they were resampled by."
)


def datatree(posterior: Posterior, *, observed: Mapping[str, float] | None, chains: int, draws: int, seed: int) -> Any:
    """Groups `posterior`, `sample_stats`, `prior` and, if given, `observed_data`, as an xarray.DataTree.

    `posterior` has resampled draws on (chain, draw). `sample_stats` tells for each of them the
    number of the weighted draw that it is (`weighted_draw`) and its weight (`weight`).
    `prior` has as many draws from the prior. Attributes hold the provenance.
    """
    import xarray as xr

    rows = posterior.resampled_rows(chains * draws, seed).reshape(chains, draws)
    coords = {"chain": np.arange(chains), "draw": np.arange(draws)}
    axes = ("chain", "draw")

    def by_name(theta: Any) -> Any:
        shaped = theta.reshape(chains, draws, -1)
        found = xr.Dataset({name: (axes, shaped[..., i]) for i, name in enumerate(posterior.names)}, coords)
        for each in posterior.prior.ranges:
            found[each.name].attrs["uom"] = each.uom
        return found

    stats = {"weight": (axes, posterior.weights[rows]), "weighted_draw": (axes, rows.astype(np.int64))}
    groups = {
        "posterior": by_name(posterior.theta[rows]),
        "sample_stats": xr.Dataset(stats, coords, {"weighted_draws": len(posterior.weights), "ess": posterior.ess}),
        "prior": by_name(posterior.prior.draw(range(chains * draws), seed)),
    }
    if observed is not None:
        groups["observed_data"] = xr.Dataset({name: ((), float(value)) for name, value in observed.items()})
    tree = xr.DataTree.from_dict({f"/{name}": data for name, data in groups.items()})
    tree.attrs = {name: str(value) for name, value in posterior.provenance.items()} | {"note": NOTE}
    tree["posterior"].attrs = dict(tree.attrs)
    return tree


def write_netcdf(tree: Any, path: str | Path) -> None:
    """Write a NetCDF-4 file, whole or not at all, in place of an older one.

    Raises:
        CalibrationError: no package that writes groups is installed.
    """
    if find_spec("h5netcdf") is None:
        raise CalibrationError(f"{path}: groups in NetCDF need the package h5netcdf; to_zarr needs none")
    write_whole(Path(path), lambda temporary: tree.to_netcdf(temporary, engine="h5netcdf"))
