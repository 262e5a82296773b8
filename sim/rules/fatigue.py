"""Equation 2, fatigue: df/dt = P(1 - f)/tau_rise - (1 - P) f/tau_rest."""

from __future__ import annotations

from sim.rules.arithmetic import Number, probability


def settling(pressure: Number, step_hours: Number, p: Number) -> tuple[Number, Number]:
    """(level that fatigue tends to, share of the way it goes in a step) at constant pressure."""
    rising = pressure / p.fatigue_rise
    total = rising + (1.0 - pressure) / p.fatigue_rest
    return rising / total, probability(total * step_hours)
