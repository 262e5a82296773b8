"""The same model, stepped agent by agent: one run as objects, for looking into and for teaching.

`ForceModel` is a Mesa model of one run. Its units are Mesa agents: each reads the old state,
decides by the rules of `sim.rules` on its own numbers, and commits; places, attacking columns,
patrons and triggers are plain objects beside them. Draws have the same addresses as in the
kernels, so that a run here is the run of the same number there, in every discrete state.
"""

from sim.agents.attackers import Axis, Column
from sim.agents.explain import Contribution, Explanation, Precursor
from sim.agents.model import ForceModel
from sim.agents.patrons import PatronPower
from sim.agents.places import Link, Place
from sim.agents.unit import UnitAgent

__all__ = [
    "Axis",
    "Column",
    "Contribution",
    "Explanation",
    "ForceModel",
    "Link",
    "PatronPower",
    "Place",
    "Precursor",
    "UnitAgent",
]
