"""The plan of a simulation: a resolved scenario as arrays and indices.

Every kernel works from the same plan. Names become row numbers here, once; nothing in a
plan depends on the seed, the run or the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.parameters import values
from sim.plan.events import Compiler, Effect, Guard, Triggers
from sim.plan.force import (
    Columns,
    Graph,
    Patrons,
    Places,
    Units,
    columns_of,
    graph_of,
    patrons_of,
    places_of,
    units_of,
)
from sim.plan.rows import Flags
from sim.randomness import which_draw
from sim.scenario.resolved import Resolved
from sim.state import FLOAT

__all__ = ["Columns", "Effect", "Graph", "Guard", "Patrons", "Places", "Plan", "Triggers", "Units", "make_plan"]

ATTACKER, THIRD_PARTY, HOST, NEUTRAL = "attacker", "third_party", "host", "neutral"


@dataclass(frozen=True, eq=False)
class Plan:
    """All a kernel needs but the seed, the runs and the parameters' values. A plan equals itself alone."""

    units: Units
    places: Places
    graph: Graph
    columns: Columns
    patrons: Patrons
    triggers: Triggers
    controllers: tuple[str, ...]
    host: int
    hostile: Flags
    """(controller, controller): attackers and third parties against the host; attackers against third parties."""
    attacking: Flags
    """(controller,)"""
    neutral: Flags
    shock_decays: tuple[float | None, ...]
    """Distinct decay times of shocks [h]; None is the model's default and comes first."""
    rumours: tuple[Effect, ...]
    undone: int
    """How many effects are undone after a while."""
    anchor: tuple[float, float] | None
    step_hours: float
    steps: int
    collapse_share: float
    parameters: dict[str, float]
    draws: dict[str, NDArray[np.float64]]
    """Parameter -> (draw,) values of which each run takes one; empty if all runs share the scenario's."""

    def values(self, given: dict[str, Any] | None = None, *, seed: int, runs: NDArray[np.uint64]) -> Any:
        """Parameter values in the state's float type: the scenario's, then the runs' draws, then `given`.

        Args:
            given: numbers, or (run,) vectors.
            seed: of the ensemble.
            runs: run numbers; a run takes the same draw in every scenario.
        """
        return values({**self.parameters, **drawn_values(self.draws, seed, runs), **(given or {})}, FLOAT)


def drawn_values(draws: Mapping[str, NDArray[np.float64]], seed: int, runs: NDArray[np.uint64]) -> dict[str, Any]:
    """Parameter -> (run,) values from (draw,) ones."""
    if not draws:
        return {}
    many = len(next(iter(draws.values())))
    row = which_draw(seed, runs, many)
    return {name: column[row] for name, column in draws.items()}


def make_plan(resolved: Resolved) -> Plan:
    """The plan of a resolved scenario."""
    controllers = tuple(sorted(resolved.roles))
    rows = {
        "place": {p.id: i for i, p in enumerate(resolved.places)},
        "unit": {u.id: i for i, u in enumerate(resolved.units)},
        "axis": {a.id: i for i, a in enumerate(resolved.axes)},
        "patron": {p.id: i for i, p in enumerate(resolved.patrons)},
        "trigger": {t.id: i for i, t in enumerate(resolved.triggers)},
        "controller": {c: i for i, c in enumerate(controllers)},
    }
    graph = graph_of(resolved, rows["place"])
    compiler = Compiler(resolved, rows, {pair: i for i, pair in enumerate(graph.links)})
    triggers = compiler.triggers()
    role = [resolved.roles[c] for c in controllers]
    return Plan(
        units=units_of(resolved, rows),
        places=places_of(resolved, rows),
        graph=graph,
        columns=columns_of(resolved, rows, graph),
        patrons=patrons_of(resolved),
        triggers=triggers,
        controllers=controllers,
        host=rows["controller"][resolved.host],
        hostile=np.array([[_fights(a, b) for b in role] for a in role]),
        attacking=np.array([r == ATTACKER for r in role]),
        neutral=np.array([r == NEUTRAL for r in role]),
        shock_decays=tuple(compiler.decays),
        rumours=tuple(compiler.rumours),
        undone=compiler.undone,
        anchor=resolved.anchor,
        step_hours=resolved.step_hours,
        steps=round(resolved.days * 24 / resolved.step_hours),
        collapse_share=resolved.collapse_share,
        parameters=dict(resolved.parameters),
        draws={} if resolved.draws is None else {k: np.array(v) for k, v in resolved.draws.values.items()},
    )


def _fights(mine: str, theirs: str) -> bool:
    pair = {mine, theirs}
    return pair in ({ATTACKER, HOST}, {ATTACKER, THIRD_PARTY}, {THIRD_PARTY, HOST})
