"""Equation 7: a patron that will not save a force that does not fight."""

from __future__ import annotations

from sim.rules.arithmetic import Number, sigmoid


def fighting_spirit(holding_in_contact: Number, nation: Number) -> Number:
    """H: half the share of host units in contact that hold, half the nation's lagged holding."""
    return 0.5 * holding_in_contact + 0.5 * nation


def commitment_target(spirit: Number, trust: Number, p: Number) -> Number:
    """c* = sigmoid(k_c (H - theta_c)) T. `trust` also carries trust among the patrons."""
    return sigmoid(p.patron_slope * (spirit - p.patron_threshold)) * trust
