"""Equation 2: pressure, losses and the fall of a place."""

from __future__ import annotations

import numpy as np

from sim.rules.arithmetic import Number

HOURS_PER_DAY = 24.0


def fighting_men(men: Number, strength: Number, effectiveness: Number, quality: Number) -> Number:
    """A unit's weight in a fight [men]: n e(status) q of the men it started with."""
    return men * strength * effectiveness * quality


def defence(fighting: Number, terrain: Number, air: Number, p: Number) -> Number:
    """D of a place [men]: its defenders on their ground, under the air patron's commitment."""
    return fighting * terrain * (1.0 + p.air_support_gain * air)


def pressure(attackers: Number, defenders: Number, p: Number) -> Number:
    """P = A/(A + D + k), 0 to 1; 0 where nobody attacks."""
    return attackers / (attackers + defenders + p.pressure_softening)


def _power(x: Number, switch: Number) -> Number:
    # The loss laws in use have powers 0 and 1 only; a true power would not give the same bits everywhere.
    return np.where(switch > 0.5, x, 1.0)


def loss_rate(mine: Number, theirs: Number, p: Number) -> Number:
    """Losses of one side per man and hour: (kappa/24) theirs^p mine^(q-1) / (mine + theirs + k)^s.

    p = q = s = 1 is the model's law (kappa P per day for the defender), p = 1, q = s = 0
    Lanchester's square law, p = q = 1, s = 0 his linear law. Nobody loses men to an empty place.
    """
    scale = p.casualty_rate / HOURS_PER_DAY
    reached = _power(theirs, p.loss_attackers_power) / _power(mine + theirs + p.pressure_softening, p.loss_total_power)
    spread = np.where(p.loss_defenders_power > 0.5, 1.0, 1.0 / np.maximum(mine, 1e-9))
    return np.where((mine > 0) & (theirs > 0), scale * reached * spread, 0.0)


def falls(attackers: Number, defenders: Number, p: Number) -> Number:
    """Whether a place is captured: D < r A."""
    return (attackers > 0) & (defenders < p.capture_ratio * attackers)
