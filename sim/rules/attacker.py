"""Equation 8: what attackers believe, and how fast they go."""

from __future__ import annotations

import numpy as np

from sim.rules.arithmetic import Number, clip, exp


def encouraged(belief: Number, places_taken: Number, p: Number) -> Number:
    """B after places fell in a step: each closes a share b_B of the doubt."""
    kept = 1.0 - p.belief_gain
    doubt = 1.0 - belief
    # Powers of a small whole number by repeated multiplication: the same bits everywhere.
    for nth in range(1, 5):
        doubt = np.where(places_taken >= nth, doubt * kept, doubt)
    return 1.0 - doubt


def fading(belief: Number, hours_since_success: Number, halted: Number, keep: Number, p: Number) -> Number:
    """B after a step without success: it fades where a column is halted by defenders, from t_B after a success.

    `keep` is exp(-step/tau_B). A march along an open road discourages nobody.
    """
    return np.where(halted & (hours_since_success > p.belief_grace), belief * keep, belief)


def pressing(belief: Number, p: Number) -> Number:
    """Share of an assault's men that press at a time: all at B_0 and above, down to a siege's s_A at B = 0."""
    return p.siege_share + (1.0 - p.siege_share) * np.minimum(1.0, belief / np.maximum(p.belief_start, 1e-6))


def speed(belief: Number, p: Number) -> Number:
    """km/day along roads: v exp(psi (B - B_v)), capped."""
    return np.minimum(
        p.advance_speed * exp(clip(p.advance_belief * (belief - p.belief_reference), -20.0, 20.0)), p.road_speed_cap
    )
