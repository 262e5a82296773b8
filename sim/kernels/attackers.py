"""Equation 8 in a block of runs: columns engage, take places, march on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.plan import Plan
from sim.rules import attacker
from sim.state import FLOAT, State

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]


class Attackers:
    """The attacking columns.

    Attributes:
        engaged: (column, run) stands against a place in hostile hands.
        at_place: (place, run) men who press there, weighted by quality.
    """

    def __init__(self, plan: Plan, state: State, p: Any) -> None:
        self._plan, self._state, self._p = plan, state, p
        self._runs = np.arange(state.belief.shape[0])
        self._row = np.arange(len(plan.columns.ids))[:, None]
        self.locate()

    def locate(self) -> None:
        """Find out where columns stand and whom they face."""
        state, plan = self._state, self._plan
        self._place = plan.columns.path[self._row, state.column_at]
        holder = state.control[self._place, self._runs]
        self.engaged = (
            state.column_active
            & plan.hostile[plan.columns.controller[:, None], holder]
            & ~plan.places.protected[self._place]
        )
        self._presses = np.where(
            plan.columns.siege[:, None], self._p.siege_share, attacker.pressing(state.belief, self._p)
        ).astype(FLOAT)
        men = state.column_men * state.axis_quality[plan.columns.axis] * self._presses * self.engaged
        count, many = len(plan.places.ids), len(self._runs)
        slot = (self._place * many + self._runs).ravel()
        self.at_place: Floats = np.bincount(slot, men.ravel(), count * many).reshape(count, many).astype(FLOAT)

    def suffer(self, dying: Floats) -> None:
        """Lose men; `dying` (place, run) is the share lost by those engaged there."""
        state = self._state
        lost = state.column_men * self._presses * self.engaged * dying[self._place, self._runs]
        for column in lost:  # one after another: the order of a sum is part of the result
            state.attackers_lost += column
        state.column_men = state.column_men - lost

    def take(self, fell: Flags, control: NDArray[np.int8]) -> None:
        """Fallen places change hands in `control`: to the first column engaged there. All engaged
        leave a garrison and are free to go on; the captor of a depot gains quality."""
        state, plan = self._state, self._plan
        takes = self.engaged & fell[self._place, self._runs]
        for column in np.flatnonzero(takes.any(axis=1)):
            runs = np.flatnonzero(takes[column])
            place = self._place[column, runs]
            first = control[place, runs] == state.control[place, runs]
            place, runs = place[first], runs[first]
            control[place, runs] = plan.columns.controller[column]
            depot = runs[plan.places.depot[place]]
            gain = self._p.captured_depot_gain
            state.axis_quality[plan.columns.axis[column], depot] *= 1 + (gain[depot] if np.ndim(gain) else gain)
        state.column_men = np.where(takes, state.column_men * (1 - self._p.garrison_share), state.column_men)
        self.engaged &= ~takes

    def walk_in(self, empty: Flags, control: NDArray[np.int8], pace: Floats) -> None:
        """Empty host places beside hostile hands are taken at the neighbour's pace [km a step]."""
        state, plan, graph = self._state, self._plan, self._plan.graph
        state.unguarded *= empty
        place, runs = np.nonzero(empty & (state.control == plan.host) & ~plan.places.protected[:, None])
        if not len(place):
            return
        ways = graph.ways[place]
        edge = np.maximum(ways, 0)
        neighbour = state.control[graph.edge_from[edge], runs[:, None]]
        hostile = plan.hostile[neighbour, plan.host] & (ways >= 0)
        km = np.where(hostile, graph.edge_front[edge], FLOAT(np.inf))
        row, nearest = np.arange(len(place)), km.argmin(axis=1)
        come = np.minimum(state.unguarded[place, runs] + pace[runs] / km[row, nearest], 1)
        state.unguarded[place, runs] = come
        done = np.isfinite(km[row, nearest]) & (come >= 1)
        control[place[done], runs[done]] = neighbour[row, nearest][done]

    def pace(self, step_hours: np.float32) -> Floats:
        """km made on an open road in a step, per run."""
        km: Floats = attacker.speed(self._state.belief, self._p) * step_hours / 24
        return km

    def march(self, pace: Floats, hour: float) -> None:
        """Columns not engaged go on along their paths, at most one place a step.

        Those that took a place in this step go on for the whole of it: that gives back the
        half step that is lost, on average, between coming to a place and the first fight for it.
        What is left of a step on arrival counts for the next leg.
        """
        state, columns = self._state, self._plan.columns
        moving = state.column_active & ~self.engaged & (state.column_at < columns.last[:, None])
        if not moving.any():
            return
        leg = columns.leg_link[self._row, state.column_at]
        is_open = state.closed_until[leg, self._runs] <= hour
        gone = np.where(is_open, pace, pace * self._p.closed_link_speed)
        km = np.where(moving, state.column_km + gone, state.column_km)
        leg_km = columns.leg_km[self._row, state.column_at]
        arrives = moving & (km >= leg_km)
        state.column_km = np.where(arrives, km - leg_km, km)
        state.column_at = np.where(arrives, state.column_at + 1, state.column_at)

    def hearten(self, taken: NDArray[Any], keep: Any, hour: float) -> None:
        """Belief after a step in which `taken` places per run fell."""
        state = self._state
        halted = self.engaged.any(axis=0)
        fading = attacker.fading(state.belief, FLOAT(hour) - state.last_success, halted, keep, self._p)
        heartened = attacker.encouraged(state.belief, taken, self._p)
        state.belief = np.asarray(np.where(taken > 0, heartened, fading))
        state.last_success[taken > 0] = hour
