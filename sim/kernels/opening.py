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
    """State of these runs before the first step, to be copied: what is alike in all of them cannot be written to.

    Drawn: each unit's men (scaled into the anchor) and frailty, each axis's men, each
    trigger's account, moment and delay.
    """
    units, places, columns, patrons = plan.units, plan.places, plan.columns, plan.patrons
    many = len(runs)

    def alike(values: Any, dtype: Any = FLOAT, *, of: tuple[int, ...] | None = None) -> NDArray[Any]:
        """The same in all runs: a view, so that no array is filled twice. `of`: the shape, for a single number."""
        each = np.asarray(values, dtype) if of is None else np.full(of, values, dtype)
        return np.broadcast_to(each[..., None], (*each.shape, many))

    def drawn(hashes: NDArray[np.uint64], *decisions: Decision) -> tuple[NDArray[np.float32], ...]:
        return uniforms(seed, runs[None, :], 0, hashes[:, None], *decisions)

    frail, strong = drawn(units.hashes, Decision.FRAILTY, Decision.MEN)
    frailty = ndtri(frail.astype(float)).astype(FLOAT) * p.frailty_spread
    axis_men = _between(columns.men_low, columns.men_high, drawn(columns.axis_hashes, Decision.MEN)[0])
    count, place_count, column_count = (len(units.ids),), (len(places.ids),), (len(columns.ids),)
    triggers, trigger_count = plan.triggers, (len(plan.triggers.ids),)
    account, moment, delay = clocks(plan, seed, runs, np.arange(len(triggers.ids)))
    men = _men(plan, strong)
    return State(
        status=alike(np.where(units.present, Status.HOLDING, Status.ABSENT), np.int8),
        men=men,
        strength=alike(1, of=count),
        supply=alike(units.supply),
        loyalty=alike(units.loyalty),
        fatigue=alike(0, of=count),
        shock=alike(0, of=(len(plan.shock_decays), *count)),
        safety=alike(units.safety),
        offer=alike(0, of=count),
        seen_local=alike(1, of=count),
        seen_command=alike(1, of=count),
        seen_nation=alike(1, of=count),
        seen_patron=alike(1, of=count),
        disposition=units.disposition.astype(FLOAT)[:, None] + frailty,
        leaderless_until=alike(0, of=count),
        rally=alike(1, of=count),
        quality=alike(units.quality),
        place=alike(units.place, np.intp),
        destination=alike(-1, np.int16, of=count),
        hop=alike(-1, np.int16, of=count),
        road_left=alike(0, of=count),
        broken=alike(False, bool, of=count),
        trust=alike(np.repeat(patrons.trust[:, None], *count, axis=1)),
        commitment=alike(patrons.commitment),
        pair_trust=alike(patrons.pair_trust, of=(len(patrons.ids), len(patrons.ids))),
        control=alike(places.holder, np.int8),
        risen=alike(False, bool, of=place_count),
        unguarded=alike(0, of=place_count),
        closed_until=alike(np.where(plan.graph.link_open, -np.inf, np.inf)),
        column_men=axis_men[columns.axis] * columns.weight[:, None],
        column_active=alike(columns.starts <= 0, bool),
        column_at=alike(0, np.intp, of=column_count),
        column_km=alike(0, of=column_count),
        axis_quality=alike(_axis_quality(plan)),
        belief=np.zeros(many, FLOAT) + p.belief_start,
        last_success=np.full(many, -np.inf, FLOAT),
        start_men=_present_men(plan, men),
        attackers_lost=np.zeros(many, FLOAT),
        account=account,
        moment=moment,
        delay=delay,
        due=alike(np.inf, of=trigger_count),
        fired=alike(np.inf, of=trigger_count),
        missed=alike(False, bool, of=trigger_count),
        rumour_until=alike(-np.inf, of=(len(plan.rumours),)),
        rumour=alike(0, np.int8, of=(len(plan.rumours), *count)),
        undo_at=alike(np.inf, of=(plan.undone,)),
        undo_units=alike(False, bool, of=(plan.undone, *count)),
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


def _axis_quality(plan: Plan) -> NDArray[np.float32]:
    quality = np.ones(len(plan.columns.axes), FLOAT)
    quality[plan.columns.axis] = plan.columns.quality
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
