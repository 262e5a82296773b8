"""Units that see each other hold or break."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.resolved import Resolved
from sim.state import FLOAT

if TYPE_CHECKING:
    from sim.agents.unit import UnitAgent


def total(values: Iterable[float | np.floating]) -> float:
    """Their sum in double precision, one after another.

    The order is part of the result, and Python's own `sum` corrects its rounding from 3.12 on.
    """
    so_far = 0.0
    for value in values:
        so_far += float(value)
    return so_far


class Comrades:
    """A layer's group: those at one place, in one formation, of one side or of one patron."""

    def __init__(self, members: Sequence[UnitAgent]) -> None:
        self.members = members
        self._per_comrade = 1.0 / max(len(members) - 1, 1)

    def muster(self) -> None:
        """Add up how many of them are seen holding in the old state."""
        self._holding = total(unit.seen_as for unit in self.members)

    def seen_by(self, unit: UnitAgent) -> np.float32:
        """Mean holding of its other members, 0 to 1; for a unit alone, what it sees of the nation."""
        if len(self.members) == 1:
            return unit.seen_nation
        return FLOAT((self._holding - unit.seen_as) * self._per_comrade)


def command_groups(resolved: Resolved) -> dict[str, str]:
    """Unit id -> the formation it looks to: its own or, if alone in it, the nearest above with others."""
    parent = {formation.id: formation.parent for formation in resolved.formations}
    direct = dict.fromkeys(parent, 0)
    below = dict.fromkeys(parent, 0)
    for unit in resolved.units:
        direct[unit.formation] += 1
        for formation in _upward(unit.formation, parent):
            below[formation] += 1
    groups = {}
    for unit in resolved.units:
        line = list(_upward(unit.formation, parent))
        groups[unit.id] = next((f for f in line if direct[f] >= 2 or below[f] >= 2), line[-1])
    return groups


def _upward(formation: str, parent: dict[str, str | None]) -> Iterable[str]:
    at: str | None = formation
    while at is not None:
        yield at
        at = parent[at]
