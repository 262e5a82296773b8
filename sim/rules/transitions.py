"""Equation 5: hazards [1/h] between holding, wavering and leaving.

`half` is exp(eta/2), which all of them share.
"""

from __future__ import annotations

import numpy as np

from sim.rules.arithmetic import Number, exp


def exposure(pressure: Number, flanked: Number, p: Number) -> Number:
    """g: in contact, flanked (an adjacent place is lost), or in the rear."""
    return np.where(
        pressure > p.contact_pressure, p.exposure_contact, np.where(flanked, p.exposure_flanked, p.exposure_rear)
    )


def waver(half: Number, exposure: Number, p: Number) -> Number:
    """HOLDING -> WAVERING: lambda_w g e^eta."""
    return p.waver_rate * exposure * half * half


def leave_rate(p: Number) -> Number:
    """lambda_x e^-eta_x: what `leave` and `straggle` share of the parameters."""
    return p.exit_rate * exp(-p.exit_offset)


def leave(half: Number, exposure: Number, leave_rate: Number) -> Number:
    """WAVERING -> an exit: lambda_x g e^(eta - eta_x)."""
    return leave_rate * exposure * half * half


def rally(half: Number, leaderless: Number, factor: Number, p: Number) -> Number:
    """WAVERING -> HOLDING: lambda_r e^(-eta/2) (1 + commander), times what triggers made of it."""
    return p.rally_rate * factor * (2.0 - leaderless) / half


def straggle(half: Number, leave_rate: Number, p: Number) -> Number:
    """WITHDRAWING -> DISPERSED on the road: w_x lambda_x e^(eta - eta_x)."""
    return p.withdrawal_share * leave_rate * half * half
