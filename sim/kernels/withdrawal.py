"""Withdrawal in a block of runs: finding a way, moving, arriving.

Travellers are lists of (unit row, run column).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels import network
from sim.kernels.surroundings import Surroundings
from sim.plan import Graph, Plan
from sim.state import FLOAT, State, Status

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]
Pairs = tuple[Rows, Rows]


class Shortest:
    """The shortest ways to one place with every road open.

    Where such a way is free it is the shortest there is, and no search is needed.

    Attributes:
        hop, road: (place,) next place (-1: none) and the road there [km].
        edges: (place, k) edges of the whole way, padded with -1.
    """

    def __init__(self, graph: Graph, goal: int) -> None:
        places = np.arange(len(graph.first))
        start = (places == goal)[:, None]
        every = np.ones((len(graph.edge_from), 1), bool)
        km = network.road_to(graph, start, every)
        self.hop, self.road = network.next_hop(graph, km, every, places, np.zeros_like(places))
        self.hop[goal] = -1
        ways = [self._way(graph, place) for place in range(len(places))]
        longest = max(map(len, ways))
        self.edges = np.array([w + [-1] * (longest - len(w)) for w in ways], dtype=np.intp).reshape(len(ways), -1)

    def _way(self, graph: Graph, place: int) -> list[int]:
        way: list[int] = []
        while (hop := self.hop[place]) >= 0:
            way.append(next(e for e in graph.ways[place] if e >= 0 and graph.edge_from[e] == hop))
            place = int(hop)
        return way


class Withdrawal:
    """Moves withdrawing units. `control` and `status` are the step's new ones."""

    def __init__(self, plan: Plan, state: State, around: Surroundings) -> None:
        self._plan, self._state, self._around = plan, state, around
        # Units of a third party hold with whoever held their first place.
        self._side = np.where(plan.units.host, plan.host, plan.places.holder[plan.units.place])
        self._shortest: dict[int, Shortest] = {}

    def find_way(self, travellers: Pairs, control: NDArray[np.int8], status: NDArray[np.int8]) -> Pairs:
        """Give travellers without a next place one; settle those already there, or with no way out of a held place.

        Returns:
            Those with no way out of a lost place.
        """
        state = self._state
        rows, cols = (a[state.hop[travellers] < 0] for a in travellers)
        capital, place = self._plan.places.capital, state.place[rows, cols]
        ordered = state.destination[rows, cols].astype(np.intp)
        held = control[place, cols] == self._side[rows]
        home = held & ((ordered == place) | ((ordered < 0) & (place == capital)))
        self._settle(rows[home], cols[home], status)
        rows, cols, ordered, held = rows[~home], cols[~home], ordered[~home], held[~home]
        hop, road = self._hop_toward(np.where(ordered < 0, capital, ordered), rows, cols, control)
        single = ordered < 0
        # Where the ordered place cannot be reached: the next held place toward the capital.
        again = np.flatnonzero((hop < 0) & ~single)
        if len(again):
            single[again] = True
            hop[again], road[again] = self._hop_toward(np.full(len(again), capital), rows[again], cols[again], control)
        # Cut off from the capital too: the nearest held neighbour will do.
        again = np.flatnonzero(hop < 0)
        if len(again):
            single[again] = True
            hop[again], road[again] = self._nearest(rows[again], cols[again], control)
        state.hop[rows, cols], state.road_left[rows, cols] = hop, road
        state.destination[rows[single], cols[single]] = hop[single]
        # No way out: stay where the place is still held.
        stay = (hop < 0) & held
        self._settle(rows[stay], cols[stay], status)
        stuck = (hop < 0) & ~held
        return rows[stuck], cols[stuck]

    def _hop_toward(self, goal: Rows, rows: Rows, cols: Rows, control: NDArray[np.int8]) -> tuple[Any, Floats]:
        """Next place and road [km] of each traveller on the shortest held, open way to its goal."""
        plan, graph = self._plan, self._plan.graph
        # One problem for each (run, side, goal): a third party goes through places of its own.
        sides, places = len(plan.controllers), len(plan.places.ids)
        key, problem = np.unique((cols * sides + self._side[rows]) * places + goal, return_inverse=True)
        runs, side, goals = key // (sides * places), key // places % sides, key % places
        number = np.arange(len(key))
        held = control[:, runs]
        goal_ok = (held[goals, number] == side) | plan.neutral[held[goals, number]]
        mine = held == side
        mine[goals, number] = goal_ok
        mine = mine[graph.edge_from] & self._around.passable[:, runs]
        place = self._state.place[rows, cols]
        hop, road, free = np.full(len(rows), -1, np.int16), np.zeros(len(rows), FLOAT), np.zeros(len(rows), bool)
        for target in np.unique(goals):
            for_it = np.flatnonzero(goal == target)
            shortest = self._way_to(int(target))
            edges = shortest.edges[place[for_it]]
            hop[for_it], road[for_it] = shortest.hop[place[for_it]], shortest.road[place[for_it]]
            free[for_it] = (mine[edges, problem[for_it, None]] | (edges < 0)).all(axis=1)
        blocked = np.flatnonzero(~(free & goal_ok[problem] & (hop >= 0)))
        if len(blocked):
            problems, problem = np.unique(problem[blocked], return_inverse=True)
            start = np.zeros((places, len(problems)), bool)
            start[goals[problems], np.arange(len(problems))] = goal_ok[problems]
            km = network.road_to(graph, start, mine[:, problems])
            hop[blocked], road[blocked] = network.next_hop(graph, km, mine[:, problems], place[blocked], problem)
        return hop, road

    def _way_to(self, goal: int) -> Shortest:
        if goal not in self._shortest:
            self._shortest[goal] = Shortest(self._plan.graph, goal)
        return self._shortest[goal]

    def _nearest(self, rows: Rows, cols: Rows, control: NDArray[np.int8]) -> tuple[Any, Floats]:
        """The nearest neighbour in the traveller's own hands, and the road there [km]."""
        graph = self._plan.graph
        mine = (control[:, cols] == self._side[rows])[graph.edge_from] & self._around.passable[:, cols]
        km = np.zeros((len(control), len(rows)), FLOAT)
        return network.next_hop(graph, km, mine, self._state.place[rows, cols], np.arange(len(rows)))

    def move(self, travellers: Pairs, pace: Floats, control: NDArray[np.int8], status: NDArray[np.int8]) -> Pairs:
        """Go on by `pace` [km] (one per traveller); those whose next place fell turn to find another.
        On arrival a unit holds again, with half the shock.

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
        state.road_left[rows, cols] = np.maximum(left, 0)
        rows, cols, hop = rows[left <= 0], cols[left <= 0], hop[left <= 0]
        arrived = rows, cols
        state.place[rows, cols] = hop
        state.hop[rows, cols] = -1
        final = state.destination[rows, cols] == hop
        rows, cols = rows[final], cols[final]
        self._settle(rows, cols, status)
        for shock in state.shock:
            shock[rows, cols] *= FLOAT(0.5)
        return arrived

    def _settle(self, rows: Rows, cols: Rows, status: NDArray[np.int8]) -> None:
        """Hold again; abroad, a unit is out of the war."""
        state, units = self._state, self._plan.units
        abroad = self._plan.neutral[state.control[state.place[rows, cols], cols]]
        out = np.where(units.contingent[rows], Status.EVACUATED, Status.DISPERSED)
        status[rows, cols] = np.where(abroad, out, Status.HOLDING)
        state.destination[rows, cols] = -1
