"""What lies around each place and unit: lost neighbours, ways out, supply, allies at hand.

All of it follows from discrete state (control, links, statuses, places) and trust, so it
is looked at anew only in runs where one of these has changed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sim.kernels import network
from sim.plan import Plan
from sim.state import FLOAT, State, Status

Rows = NDArray[np.intp]


class Surroundings:
    """Arrays (place, run) unless said otherwise.

    Attributes:
        flank: F, the share of neighbours lost; 1 where enclosed.
        beside_lost: a neighbour is lost or has risen.
        enclosed: no open link to a place in the same hands.
        supplied: joined to a supply source of the same side.
        allies: allied units at the place that fight.
        trust: (unit, run) T, weighted by the men of the patrons beside the unit.
        mean_trust: (patron, run) mean T over the host's own units.
        passable: (edge, run) the link is open and its far end has not risen.
    """

    def __init__(self, plan: Plan, state: State) -> None:
        self._plan, self._state = plan, state
        places, many, units = len(plan.places.ids), state.belief.shape[0], len(plan.units.ids)
        self.flank = np.zeros((places, many), FLOAT)
        self.beside_lost = np.zeros((places, many), bool)
        self.enclosed = np.zeros((places, many), bool)
        self.supplied = np.zeros((places, many), bool)
        self.allies = np.zeros((places, many), FLOAT)
        self.trust = np.ones((units, many), FLOAT)
        self.mean_trust = np.ones((len(plan.patrons.ids), many), FLOAT)
        self.passable = np.zeros((len(plan.graph.edge_from), many), bool)
        self._allied = np.flatnonzero(plan.units.allied)
        self._mean_own = sparse.csr_array(plan.units.own[None, :] / max(plan.units.own.sum(), 1))

    def look(self, runs: Rows, hour: float) -> None:
        """Roads and neighbours in these runs."""
        state, graph, places = self._state, self._plan.graph, self._plan.places
        control, risen = state.control[:, runs], state.risen[:, runs]
        lost = (control != places.holder[:, None]) | risen
        is_open = (state.closed_until[:, runs] <= hour)[graph.edge_link]
        passable = is_open & ~risen[graph.edge_from]
        way = passable & (control[graph.edge_from] == control[graph.edge_to])
        self.passable[:, runs] = passable
        enclosed = ~network.any_neighbour(graph, way)
        self.enclosed[:, runs] = enclosed
        share = network.share_of_neighbours(graph, lost)
        self.flank[:, runs] = np.where(enclosed, FLOAT(1), share)
        self.beside_lost[:, runs] = share > 0
        start = places.source[:, None] & ~risen
        for a, b, link in zip(graph.bridge_from, graph.bridge_to, graph.bridge_link, strict=True):
            flies = start[a] & ~risen[b] & (control[a] == control[b]) & (state.closed_until[link, runs] <= hour)
            start[b] |= flies
        self.supplied[:, runs] = network.reached(graph, start, way & ~risen[graph.edge_to])

    def look_at_allies(self, runs: Rows) -> None:
        """Allied units and trust in these runs."""
        state, units, patrons = self._state, self._plan.units, self._plan.patrons
        if not patrons.ids:
            return
        rows, many, places = self._allied, len(runs), len(self._plan.places.ids)
        stands = state.place.take(runs, axis=1) * many + np.arange(many)
        fighting = state.status[rows].take(runs, axis=1) <= Status.WAVERING
        slot = stands[rows].ravel()
        self.allies[:, runs] = np.bincount(slot, fighting.ravel(), places * many).reshape(places, many)
        men = state.men[rows].take(runs, axis=1) * fighting
        present = np.zeros((len(patrons.ids), places * many))
        for number in range(len(patrons.ids)):
            theirs = np.flatnonzero(units.patron[rows] == number)
            present[number] = np.bincount(stands[rows[theirs]].ravel(), men[theirs].ravel(), places * many)
        total = present.sum(axis=0)
        shares = np.where(total > 0, present / np.maximum(total, 1.0), patrons.weight[:, None]).astype(FLOAT)
        trust = np.zeros((len(units.ids), many), FLOAT)
        for number in range(len(patrons.ids)):
            theirs = state.trust[number].take(runs, axis=1)
            trust += shares[number].take(stands) * theirs
            self.mean_trust[number, runs] = (self._mean_own @ theirs.astype(float))[0]
        for number in range(len(patrons.ids)):
            mine = np.flatnonzero(units.contingent & (units.patron == number))
            trust[mine] = state.trust[number][mine].take(runs, axis=1)
        self.trust[:, runs] = trust
