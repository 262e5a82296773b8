"""What became of the force: men by fate, strength, cascades, who broke first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.recording import STRENGTH_BINS
from sim.state import Status

if TYPE_CHECKING:
    from sim.results import Result


def exits_over_time(result: Result) -> pd.DataFrame:
    """Men of the host side by status: a row per hour, a column per status, means over runs.

    Divided by the men at the start, an exit's column is its cumulative incidence: with
    every run followed to the horizon the Aalen–Johansen estimate is that plain share.
    """
    men = result.fates().pivot_table(index="hour", columns="status", values="men", aggfunc="sum")
    return men.reindex(columns=[status.label for status in Status], fill_value=0.0).fillna(0.0)


def strength_quantiles(result: Result, probabilities: Sequence[float]) -> pd.DataFrame:
    """Quantiles over runs of effective strength (share of its start): a row per hour, a column per probability."""
    runs = result.strength().pivot_table(index="hour", columns="bin", values="runs", aggfunc="sum")
    counts = runs.reindex(columns=range(STRENGTH_BINS + 1)).fillna(0).to_numpy(dtype=np.float64)
    found = quantiles_of_bins(counts, probabilities)
    return pd.DataFrame(dict(zip(probabilities, found.T, strict=True)), index=runs.index)


def quantiles_of_bins(counts: npt.ArrayLike, probabilities: Sequence[float]) -> npt.NDArray[np.float64]:
    """(hour, probability) quantiles of effective strength from its histogram, (hour, bin) numbers of runs.

    Evenly within a bin of half a per cent; the last bin is the full strength.
    """
    runs = np.asarray(counts, dtype=np.float64)
    last = runs.shape[1] - 1
    total = np.concatenate([np.zeros((len(runs), 1)), np.cumsum(runs, axis=1)], axis=1)
    columns = []
    for p in probabilities:
        wanted = p * total[:, -1]
        # The first bin whose upper edge reaches the count; an empty bin never does so first.
        index = np.clip((total[:, 1:] < wanted[:, None] - 1e-9).sum(axis=1), 0, last)
        row = np.arange(len(runs))
        inside = (wanted - total[row, index]) / np.maximum(runs[row, index], 1e-12)
        columns.append(np.minimum((index + np.clip(inside, 0, 1)) / last, 1.0))
    return np.stack(columns, axis=1)


def cascade_sizes(result: Result) -> pd.Series[int]:
    """Number of runs by the size [units] of their largest cascade, by size."""
    return result.outcomes(["largest_cascade"])["largest_cascade"].astype(int).value_counts().sort_index()


def first_breaks(result: Result, n: int = 5) -> list[dict[str, Any]]:
    """The `n` units that broke first in most runs: `unit`, `name`, `share` of all runs."""
    first = result.outcomes(["first_break"])["first_break"]
    counts = first[first.notna() & (first != "")].value_counts()
    # Ties in id order, so that the same runs give the same list.
    order = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[:n]
    names = {unit.id: unit.name for unit in result.resolved.units}
    return [{"unit": str(unit), "name": names.get(str(unit), str(unit)), "share": count / len(first)}
            for unit, count in order]  # fmt: skip
