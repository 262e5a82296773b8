"""Equation 4: the quit index, a log hazard ratio, and morale."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.rules.arithmetic import Number, clip, sigmoid


class Terms(NamedTuple):
    """The contributions to the quit index; each 0 at the reference a scenario's morale is set at."""

    pressure: Number
    envelopment: Number
    casualties: Number
    supply: Number
    comrades: Number
    leaderless: Number
    fatigue: Number
    allies: Number
    loyalty: Number
    way_out: Number
    shock: Number


def support(allied_units: Number, trust: Number, commitment: Number, p: Number) -> Number:
    """a = min(1, allied units here / n_A) T + w_c c: trusted help at hand and promised."""
    return np.minimum(1.0, allied_units / p.allies_scale) * trust + p.weight_commitment * commitment


def terms(
    pressure: Number,
    flank: Number,
    strength: Number,
    want: Number,
    belief: Number,
    leaderless: Number,
    fatigue: Number,
    support: Number,
    loyalty: Number,
    safety: Number,
    shock: Number,
    p: Number,
) -> Terms:
    """Each term of eta. `flank` is F, `strength` n (losses C = 1 - n), `want` S,
    `support` a, `safety` phi."""
    return Terms(
        pressure=p.effect_pressure * pressure,
        envelopment=p.effect_envelopment * flank,
        casualties=p.effect_casualties * (1.0 - strength) / p.casualty_scale,
        supply=p.effect_supply * want,
        comrades=p.effect_belief * (1.0 - belief),
        leaderless=p.effect_leaderless * leaderless,
        fatigue=p.effect_fatigue * fatigue,
        allies=-p.effect_allies * (support - 0.5),
        loyalty=-p.effect_loyalty * (loyalty - 0.5),
        way_out=p.effect_way_out * safety,
        shock=shock,
    )


def index(terms: Terms, disposition: Number, p: Number) -> Number:
    """eta = the terms + the unit's disposition (its starting morale and frailty), kept in +-eta_max."""
    total = disposition + terms.pressure + terms.envelopment + terms.casualties + terms.supply + terms.comrades
    total = total + terms.leaderless + terms.fatigue + terms.allies + terms.loyalty + terms.way_out + terms.shock
    return clip(total, -p.index_limit, p.index_limit)


def morale(index: Number) -> Number:
    """1/(1 + e^eta), 0 to 1."""
    return sigmoid(-index)


def disposition(starting_morale: Number) -> Number:
    """The offset of eta that gives this morale at the reference: -ln(m/(1 - m))."""
    m = clip(starting_morale, 0.001, 0.999)
    return -np.log(m / (1.0 - m))
