"""Measures of an ensemble. Each file says what it measures; this is the list of all."""

from sim.measures.falls import FALL_COLUMNS, crps, crps_exponential, documented_falls, falls, order_correlation
from sim.measures.force import cascade_sizes, exits_over_time, first_breaks, quantiles_of_bins, strength_quantiles
from sim.measures.paired import (
    BECAME,
    Shift,
    SurvivalDifference,
    became,
    flips,
    independent_runs,
    shift,
    survival_difference,
)
from sim.measures.summary import LABEL, NAMED_DAYS, THRESHOLDS, label, summary
from sim.measures.times import CONFIDENCE, Survival, Z, median, quantiles, restricted_mean, share_by, survival

__all__ = [
    "BECAME",
    "CONFIDENCE",
    "FALL_COLUMNS",
    "LABEL",
    "NAMED_DAYS",
    "THRESHOLDS",
    "Shift",
    "Survival",
    "SurvivalDifference",
    "Z",
    "became",
    "cascade_sizes",
    "crps",
    "crps_exponential",
    "documented_falls",
    "exits_over_time",
    "falls",
    "first_breaks",
    "flips",
    "independent_runs",
    "label",
    "median",
    "order_correlation",
    "quantiles",
    "quantiles_of_bins",
    "restricted_mean",
    "share_by",
    "shift",
    "strength_quantiles",
    "summary",
    "survival",
    "survival_difference",
]
