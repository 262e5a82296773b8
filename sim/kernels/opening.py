"""The state at hour 0: what a scenario says, and what is drawn once per run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.plan import Plan
from sim.randomness import Decision, uniforms
from sim.state import FLOAT, State, Status


def opening(plan: Plan, p: Any, seed: int, runs: NDArray[np.uint64]) -> State:
    """State of these runs before the first step.

    Drawn: each unit's men (scaled into the anchor) and frailty, each axis's men, each
    trigger's account, moment and delay.
    """
    units, places, columns, patrons = plan.units, plan.places, plan.columns, plan.patrons
    many = len(runs)

    def rows(values: Any, dtype: Any = FLOAT) -> NDArray[Any]:
        return np.repeat(np.asarray(values, dtype)[:, None], many, axis=1)

    def drawn(hashes: NDArray[np.uint64], *decisions: Decision) -> tuple[NDArray[np.float32], ...]:
        return uniforms(seed, runs[None, :], 0, hashes[:, None], *decisions)

    frail, strong = drawn(units.hashes, Decision.FRAILTY, Decision.MEN)
    frailty = ndtri(frail.astype(float)).astype(FLOAT) * p.frailty_spread
    axis_men = _between(columns.men_low, columns.men_high, drawn(columns.axis_hashes, Decision.MEN)[0])
    count, unit_count = len(units.ids), (len(units.ids), many)
    nobody = np.zeros(unit_count, FLOAT)
    triggers = plan.triggers
    account, moment, delay = clocks(plan, seed, runs, np.arange(len(triggers.ids)))
    men = _men(plan, strong)
    return State(
        status=rows(np.where(units.present, Status.HOLDING, Status.ABSENT), np.int8),
        men=men,
        strength=np.ones(unit_count, FLOAT),
        supply=rows(units.supply),
        loyalty=rows(units.loyalty),
        fatigue=nobody.copy(),
        shock=np.zeros((len(plan.shock_decays), *unit_count), FLOAT),
        safety=rows(units.safety),
        offer=nobody.copy(),
        seen_local=nobody + 1,
        seen_command=nobody + 1,
        seen_nation=nobody + 1,
        seen_patron=nobody + 1,
        disposition=rows(units.disposition) + frailty,
        leaderless_until=nobody.copy(),
        rally=nobody + 1,
        quality=rows(units.quality),
        place=rows(units.place, np.intp),
        destination=np.full(unit_count, -1, np.int16),
        hop=np.full(unit_count, -1, np.int16),
        road_left=nobody.copy(),
        broken=np.zeros(unit_count, bool),
        trust=np.repeat(np.repeat(patrons.trust[:, None, None], count, 1), many, 2),
        commitment=rows(patrons.commitment),
        pair_trust=np.full((len(patrons.ids), len(patrons.ids), many), patrons.pair_trust, FLOAT),
        control=rows(places.holder, np.int8),
        risen=np.zeros((len(places.ids), many), bool),
        unguarded=np.zeros((len(places.ids), many), FLOAT),
        closed_until=rows(np.where(plan.graph.link_open, -np.inf, np.inf)),
        column_men=axis_men[columns.axis] * columns.weight[:, None],
        column_active=rows(columns.starts <= 0, bool),
        column_at=np.zeros((len(columns.ids), many), np.intp),
        column_km=np.zeros((len(columns.ids), many), FLOAT),
        axis_quality=_axis_quality(plan, many),
        belief=np.zeros(many, FLOAT) + p.belief_start,
        last_success=np.full(many, -np.inf, FLOAT),
        start_men=_present_men(plan, men),
        attackers_lost=np.zeros(many, FLOAT),
        account=account,
        moment=moment,
        delay=delay,
        due=np.full((len(triggers.ids), many), np.inf, FLOAT),
        fired=np.full((len(triggers.ids), many), np.inf, FLOAT),
        missed=np.zeros((len(triggers.ids), many), bool),
        rumour_until=np.full((len(plan.rumours), many), -np.inf, FLOAT),
        rumour=np.zeros((len(plan.rumours), *unit_count), np.int8),
        undo_at=np.full((plan.undone, many), np.inf, FLOAT),
        undo_units=np.zeros((plan.undone, *unit_count), bool),
    )


def _between(low: NDArray[Any], high: NDArray[Any], draw: NDArray[Any]) -> NDArray[Any]:
    between: NDArray[Any] = low[:, None] + (high - low)[:, None] * draw
    return between


def _men(plan: Plan, draw: NDArray[np.float32]) -> NDArray[np.float32]:
    """Men of each unit, even in its range; then assumed ones are scaled so that the host's own units in the field
    that have no patron add up to a total inside the anchor."""
    units = plan.units
    men = _between(units.men_low, units.men_high, draw)
    if plan.anchor is None or not units.assumed.any():
        return men
    regular = units.own & units.present & ~units.allied
    total = np.zeros(men.shape[1])
    scalable = np.zeros(men.shape[1])
    for row in np.flatnonzero(regular):  # one unit after another: a sum over an axis may change bits with the batch
        total += men[row]
        if units.assumed[row]:
            scalable += men[row]
    wanted = np.clip(total, *plan.anchor) - (total - scalable)
    factor = np.where(scalable > 0, np.maximum(wanted, 0.0) / np.maximum(scalable, 1.0), 1.0)
    return np.where(units.assumed[:, None], men * factor.astype(FLOAT), men)


def _present_men(plan: Plan, men: NDArray[np.float32]) -> NDArray[np.float64]:
    total = np.zeros(men.shape[1])
    for row in np.flatnonzero(plan.units.own & plan.units.present):
        total += men[row]
    return total


def _axis_quality(plan: Plan, many: int) -> NDArray[np.float32]:
    quality = np.ones((len(plan.columns.axes), many), FLOAT)
    quality[plan.columns.axis] = plan.columns.quality[:, None]
    return quality


def clocks(
    plan: Plan, seed: int, runs: NDArray[np.uint64], rows: NDArray[np.intp]
) -> tuple[NDArray[np.int16], NDArray[np.float32], NDArray[np.float32]]:
    """(account, moment, delay) of these triggers (rows) in each run [h]; a moment of inf: it does not happen."""
    triggers = plan.triggers
    asked = Decision.ACCOUNT, Decision.HAPPENS, Decision.MOMENT, Decision.DELAY
    which, happens, moment, delay = uniforms(seed, runs[None, :], 0, triggers.hashes[rows][:, None], *asked)
    at = _between(triggers.earliest[rows], triggers.latest[rows], moment)
    comes = triggers.enabled[rows][:, None] & (happens < triggers.probability[rows][:, None])
    account = np.zeros(which.shape, np.int16)
    for number, row in enumerate(rows):
        bounds = triggers.account_bounds[row]
        account[number] = np.minimum(np.searchsorted(bounds, which[number], side="right"), len(bounds) - 1)
    wait = _between(triggers.delay_low[rows], triggers.delay_high[rows], delay)
    return account, np.where(comes, at, np.inf).astype(FLOAT), wait.astype(FLOAT)
