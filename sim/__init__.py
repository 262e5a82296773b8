"""rout: how a military force loses cohesion, and how fast a collapse sets in.

>>> import sim
>>> result = sim.run(sim.load("scenarios/syria_2024"), runs=200)
>>> result.outcomes(["collapse_hour"]).median()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.engine import run
    from sim.results import Result
    from sim.scenario import Scenario, load, resolve

__all__ = ["Result", "Scenario", "load", "resolve", "run"]

_HOME = {
    "Result": "sim.results",
    "run": "sim.engine",
    "Scenario": "sim.scenario",
    "load": "sim.scenario",
    "resolve": "sim.scenario",
}


def __getattr__(name: str) -> Any:
    # Imported when first used, so that the command line starts at once.
    if name not in _HOME:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
