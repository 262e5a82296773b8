"""Equation 1: what a unit believes of its comrades."""

from __future__ import annotations

import numpy as np

from sim.rules.arithmetic import Number, relax

_LEAST = 1e-30
"""Less is taken for this much: no sum can tell, and processors are slow with numbers too small for their format."""


def belief(local: Number, command: Number, nation: Number, p: Number) -> Number:
    """b = w_loc y_loc + w_cmd y_cmd + w_nat y_nat: the share of comrades seen holding, 0 to 1."""
    return p.weight_local * local + p.weight_command * command + p.weight_nation * nation


def allied_nation(nation: Number, patron: Number, p: Number) -> Number:
    """What "the nation" is to an allied unit: a blend with its patron's other units."""
    return nation + (patron - nation) * p.patron_blend


def noticed(seen: Number, there: Number, share: Number) -> Number:
    """y after a step: what is seen goes a share of the way to what there is to see."""
    return np.maximum(relax(seen, there, share), _LEAST)
