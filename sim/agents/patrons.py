"""Outside powers on the host's side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.comrades import total
from sim.rules import patron
from sim.rules.arithmetic import relax
from sim.scenario.resolved import ResolvedPatron
from sim.state import FLOAT

if TYPE_CHECKING:
    from sim.agents.unit import UnitAgent


class PatronPower:
    """A patron: how far it is committed, and whom it trusts.

    Attributes:
        commitment: c, 0 to 1.
        weight: its share of the help promised by all patrons.
        trust: in it, of each unit at the start.
        pair_trust: between it and each other patron.
    """

    def __init__(self, row: ResolvedPatron, all_weights: float) -> None:
        self.row = row
        self.id, self.name = row.id, row.name
        self.commitment = self.next_commitment = FLOAT(row.commitment)
        self.weight = FLOAT(row.weight / all_weights)
        self.trust = FLOAT(row.trust)
        self.pair_trust: dict[PatronPower, np.float32] = {}

    def __repr__(self) -> str:
        return f"<{self.id}, commitment {self.commitment:.2f}>"

    def get_to_know(self, others: Sequence[PatronPower], trust: float) -> None:
        """Start with this trust in the other patrons."""
        self._pair_start = trust
        self.pair_trust = {other: FLOAT(trust) for other in others if other is not self}

    def weigh(self, spirit: np.float32, own: Sequence[UnitAgent], share: np.float32, p: Any) -> None:
        """Equation 7: move toward what the force's spirit and trust deserve.

        Args:
            spirit: H.
            own: the host's own units, whose trust counts.
            share: of the way it goes in a step.
        """
        one = 1.0 / max(len(own), 1)
        trust = FLOAT(total(one * float(unit.trust[self]) for unit in own))
        target = patron.commitment_target(spirit, trust * self._among_patrons(), p)
        target = np.minimum(target, FLOAT(1))
        self.next_commitment = relax(self.commitment, target, share)

    def _among_patrons(self) -> np.float32:
        """Mean trust with the others, as a share of its start; 1 for a lone patron."""
        if not self.pair_trust or self._pair_start <= 0:
            return FLOAT(1)
        mean = FLOAT(0)
        for trust in self.pair_trust.values():
            mean = mean + trust
        return mean / FLOAT(len(self.pair_trust) * self._pair_start)
