"""One step of the model, as named phases.

Whoever steps (a kernel over a block of runs, or a model of agents) offers these methods.
Events that are due act first; then every rule reads the state as it stands, and all
commit together.
"""

from __future__ import annotations

from typing import Protocol


class Stepper(Protocol):
    """What can be stepped."""

    def begin(self, number: int) -> None:
        """Start step `number`: where attackers stand, which links have reopened."""

    def happen(self) -> None:
        """Triggers whose moment, guards and delay are met act; passing effects end."""

    def look(self) -> None:
        """Surroundings: neighbours lost, ways out, supply reach, allies at hand."""

    def sense(self) -> None:
        """Equation 1: comrades seen holding, lagged."""

    def fight(self) -> None:
        """Equation 2: pressure, losses, which places fall."""

    def consume(self) -> None:
        """Equation 3: stocks."""

    def weigh(self) -> None:
        """Equation 4: the quit index."""

    def decide(self) -> None:
        """Equation 5: who wavers, rallies, leaves, and how."""

    def spread(self) -> None:
        """Equation 6: rumours."""

    def commit_patrons(self) -> None:
        """Equation 7: what patrons are ready to do; contingents of one that gave up leave."""

    def advance(self) -> None:
        """Equation 8: attackers take what has fallen and move on."""

    def rise(self) -> None:
        """Equation 9: places behind the line rise."""

    def withdraw(self) -> None:
        """Withdrawing units find a way, move, arrive."""

    def commit(self) -> None:
        """The new state becomes the state."""


def step(force: Stepper, number: int) -> None:
    """Advance by one step."""
    force.begin(number)
    force.happen()
    force.look()
    force.sense()
    force.fight()
    force.consume()
    force.weigh()
    force.decide()
    force.spread()
    force.commit_patrons()
    force.advance()
    force.rise()
    force.withdraw()
    force.commit()
