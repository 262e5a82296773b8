"""Equation 5, second half: how a unit leaves, given that it leaves."""

from __future__ import annotations

import numpy as np

from sim.rules.arithmetic import Number, exp

WAYS = ("withdrawing", "dispersed", "surrendered", "defected", "mutinied")
"""The exits that compete, in the order of the draw. Foreign contingents may only be evacuated."""


def scores(
    leaderless: Number,
    command: Number,
    cut: Number,
    elite: Number,
    enclosed: Number,
    pressure: Number,
    safety: Number,
    offer: Number,
    loyalty: Number,
    trust: Number,
    p: Number,
) -> tuple[Number, ...]:
    """Log odds of each way in `WAYS`. `command` is y_cmd; flags are 0 or 1."""
    doubt = 0.5 - loyalty
    return (
        p.score_withdraw
        + p.score_withdraw_leaderless * leaderless
        + p.score_withdraw_command * (1.0 - command)
        + p.score_withdraw_cut * cut
        + p.score_withdraw_elite * elite,
        p.score_disperse + 0.0 * doubt,
        p.score_surrender
        + p.score_surrender_enclosed * enclosed
        + p.score_surrender_pressure * pressure
        + p.effect_safety * safety,
        p.score_defect + p.score_defect_loyalty * doubt + p.effect_safety * safety * offer,
        p.score_mutiny + p.score_mutiny_loyalty * doubt + p.score_mutiny_trust * (1.0 - trust),
    )


def shares(scores: tuple[Number, ...], may_withdraw: Number) -> tuple[Number, ...]:
    """Probabilities of each way, over the permitted ones; they sum to 1."""
    withdraw = np.where(may_withdraw, exp(scores[0]), 0.0)
    disperse, surrender, defect, mutiny = exp(scores[1]), exp(scores[2]), exp(scores[3]), exp(scores[4])
    total = withdraw + disperse + surrender + defect + mutiny
    return withdraw / total, disperse / total, surrender / total, defect / total, mutiny / total


def way(draw: Number, shares: tuple[Number, ...]) -> Number:
    """Index into `WAYS` chosen by one uniform draw."""
    chosen: Number = 0
    reached = shares[0]
    for share in shares[1:]:
        chosen = chosen + np.where(draw >= reached, 1, 0)
        reached = reached + share
    return chosen
