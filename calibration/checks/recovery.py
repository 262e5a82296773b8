"""Parameter recovery: how near posteriors come to a known truth, and how often their intervals hold it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from calibration.checks.trials import Trials
from calibration.simulator import Floats
from calibration.weighted import correlation

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.5, 0.8, 0.9)
Z95 = 1.959964


def recovery(trials: Trials, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
    """One row per parameter, over the pseudo-observations; lengths are prior standard deviations (probit space).

    Columns: `bias` of the posterior mean and `bias_error`, its standard error; `rmse`;
    `agreement`, the correlation of mean and truth; `contraction`, the mean of 1 − posterior
    variance; for each level `coverage_<level>` of the central interval, with
    `coverage_<level>_low` and `_high` (Wilson, 95 %).
    """
    import pandas as pd

    many, difference = len(trials.rows), trials.mean - trials.truth
    columns: dict[str, Floats] = {
        "bias": difference.mean(axis=0),
        "bias_error": difference.std(axis=0) / np.sqrt(max(many - 1, 1)),
        "rmse": np.sqrt(np.square(difference).mean(axis=0)),
        "agreement": np.array([
            correlation(np.stack([trials.mean[:, i], trials.truth[:, i]], axis=1), np.ones(many))[0, 1]
            for i in range(len(trials.names))
        ]),
        "contraction": 1 - np.square(trials.sd).mean(axis=0),
    }  # fmt: skip
    for level in levels:
        name, covered = f"coverage_{100 * level:.0f}", coverage(trials, level)
        columns[name] = covered
        columns[f"{name}_low"], columns[f"{name}_high"] = wilson(covered, many)
    return pd.DataFrame(columns, index=pd.Index(trials.names, name="parameter"))


def coverage(trials: Trials, level: float) -> Floats:
    """(parameter,) share of the trials whose central interval at this level holds the truth."""
    return np.asarray((np.abs(trials.places - 0.5) <= level / 2).mean(axis=0))


def mean_correlations(trials: Trials) -> Floats:
    """(parameter, parameter) correlations within a posterior, averaged over the trials."""
    return np.asarray(trials.correlations.mean(axis=0))


def wilson(share: Floats, many: int) -> tuple[Floats, Floats]:
    """The 95 % interval of a share of so many (Wilson 1927)."""
    centre = (share + Z95**2 / (2 * many)) / (1 + Z95**2 / many)
    half = Z95 / (1 + Z95**2 / many) * np.sqrt(share * (1 - share) / many + Z95**2 / (4 * many**2))
    return centre - half, centre + half
