"""Equation 9: a rising at an eligible place behind the line."""

from __future__ import annotations

from sim.rules.arithmetic import Number, exp


def hazard(nation: Number, p: Number) -> Number:
    """1/h: lambda_u exp(k_u (1 - y_nat))."""
    return p.uprising_rate * exp(p.uprising_slope * (1.0 - nation))
