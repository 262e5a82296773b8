"""Equation 1: what a unit believes of its comrades."""

from __future__ import annotations

from sim.rules.arithmetic import Number


def belief(local: Number, command: Number, nation: Number, p: Number) -> Number:
    """b = w_loc y_loc + w_cmd y_cmd + w_nat y_nat: the share of comrades seen holding, 0 to 1."""
    return p.weight_local * local + p.weight_command * command + p.weight_nation * nation


def allied_nation(nation: Number, patron: Number, p: Number) -> Number:
    """What "the nation" is to an allied unit: a blend with its patron's other units."""
    return nation + (patron - nation) * p.patron_blend
