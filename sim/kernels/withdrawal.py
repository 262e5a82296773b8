"""Withdrawal in a block of runs: finding a way, moving, arriving.

Travellers are lists of (unit row, run column).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels import network
from sim.kernels.surroundings import Surroundings
from sim.plan import Plan
from sim.state import FLOAT, State, Status

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]
Pairs = tuple[Rows, Rows]


class Withdrawal:
    """Moves withdrawing units. `control` and `status` are the step's new ones."""

    def __init__(self, plan: Plan, state: State, around: Surroundings) -> None:
        self._plan, self._state, self._around = plan, state, around
        # Units of a third party hold with whoever held their first place.
        self._side = np.where(plan.units.host, plan.host, plan.places.holder[plan.units.place])

    def find_way(self, travellers: Pairs, control: NDArray[np.int8], status: NDArray[np.int8]) -> Pairs:
        """Give travellers without a next place one, and settle those already there.

        Returns:
            Those with no way out.
        """
        state = self._state
        rows, cols = (a[state.hop[travellers] < 0] for a in travellers)
        ordered = state.destination[rows, cols].astype(np.intp)
        home = ordered == state.place[rows, cols]
        self._settle(rows[home], cols[home], status)
        rows, cols, ordered = rows[~home], cols[~home], ordered[~home]
        hop, road = np.full(len(rows), -1, np.int16), np.zeros(len(rows), FLOAT)
        for target in np.unique(ordered):
            mine = np.flatnonzero(ordered == target)
            hop[mine], road[mine] = self._hop_toward(int(target), rows[mine], cols[mine], control)
        # Where the ordered place cannot be reached: the next held place toward the capital.
        again = np.flatnonzero((hop < 0) & (ordered >= 0))
        hop[again], road[again] = self._hop_toward(-1, rows[again], cols[again], control)
        state.hop[rows, cols], state.road_left[rows, cols] = hop, road
        single = (hop >= 0) & (ordered < 0)
        state.destination[rows[single], cols[single]] = hop[single]
        return rows[hop < 0], cols[hop < 0]

    def _hop_toward(self, target: int, rows: Rows, cols: Rows, control: NDArray[np.int8]) -> tuple[Any, Floats]:
        """Next place and road [km] on the shortest held, open way to a place (-1: the capital)."""
        plan, graph = self._plan, self._plan.graph
        if not len(rows):
            return np.zeros(0, np.int16), np.zeros(0, FLOAT)
        # One problem for each (run, side): a third party goes through places of its own.
        key, problem = np.unique(cols * len(plan.controllers) + self._side[rows], return_inverse=True)
        runs, side = key // len(plan.controllers), key % len(plan.controllers)
        goal = plan.places.capital if target < 0 else target
        held, passable = control[:, runs], self._around.passable[:, runs]
        mine = (held == side)[graph.edge_from]
        goal_ok = (held[goal] == side) | plan.neutral[held[goal]]
        mine |= (graph.edge_from == goal)[:, None] & goal_ok
        mine &= passable
        start = np.zeros(held.shape, bool)
        start[goal] = goal_ok
        km = network.road_to(graph, start, mine)
        place = self._state.place[rows, cols]
        hop, road = network.next_hop(graph, km, mine, place, problem)
        if target < 0:  # cut off from the capital: the nearest held neighbour will do
            near, near_road = network.next_hop(graph, np.zeros_like(km), mine, place, problem)
            road = np.where(hop < 0, near_road, road)
            hop = np.where(hop < 0, near, hop)
        return hop, road

    def move(self, travellers: Pairs, pace: Floats, control: NDArray[np.int8], status: NDArray[np.int8]) -> Pairs:
        """Go on by `pace` [km] (one per traveller); those whose next place fell turn to find another.

        Returns:
            Those who reached a place in this step.
        """
        state = self._state
        hop = state.hop[travellers].astype(np.intp)
        going = hop >= 0
        rows, cols, hop, pace = travellers[0][going], travellers[1][going], hop[going], pace[going]
        there = control[hop, cols]
        turned = (there != self._side[rows]) & ~self._plan.neutral[there]
        state.hop[rows[turned], cols[turned]] = -1
        rows, cols, hop, pace = rows[~turned], cols[~turned], hop[~turned], pace[~turned]
        left = state.road_left[rows, cols] - pace
        state.road_left[rows, cols] = left
        rows, cols, hop = rows[left <= 0], cols[left <= 0], hop[left <= 0]
        state.place[rows, cols] = hop
        state.hop[rows, cols] = -1
        final = state.destination[rows, cols] == hop
        self._settle(rows[final], cols[final], status)
        return rows, cols

    def _settle(self, rows: Rows, cols: Rows, status: NDArray[np.int8]) -> None:
        """Arrived: hold again with half the shock; abroad, a unit is out of the war."""
        state, units = self._state, self._plan.units
        abroad = self._plan.neutral[state.control[state.place[rows, cols], cols]]
        out = np.where(units.contingent[rows], Status.EVACUATED, Status.DISPERSED)
        status[rows, cols] = np.where(abroad, out, Status.HOLDING)
        state.destination[rows, cols] = -1
        for shock in state.shock:
            shock[rows, cols] *= FLOAT(0.5)
