"""Equation 6: a rumour spreads as in Bass (1969)."""

from __future__ import annotations

from sim.rules.arithmetic import Number


def hearing(heard_share: Number, p: Number) -> Number:
    """Hazard [1/h] of hearing it: rho_0 from outside + rho_1 x share that has heard."""
    return p.rumour_broadcast + p.rumour_contact * heard_share
