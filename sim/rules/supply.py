"""Equation 3: stocks and want."""

from __future__ import annotations

from sim.rules.arithmetic import Number, clip, exp


def stock(days: Number, connected: Number, pressure: Number, cap: Number, step_days: Number) -> Number:
    """Days of supply after a step: +1 a day with an open path to a source, else -(1 + P) a day, in [0, cap].

    `connected` is 0 or 1.
    """
    return clip(days + step_days * (connected * (2.0 + pressure) - (1.0 + pressure)), 0.0, cap)


def want(days: Number, p: Number) -> Number:
    """S = exp(-d/d_S), 0 to 1."""
    return exp(-days / p.supply_scale)
