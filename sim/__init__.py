"""rout: how a military force loses cohesion, and how fast a collapse sets in.

>>> import sim
>>> result = sim.run(sim.load("scenarios/syria_2024"), runs=200)
>>> result.outcomes(["collapse_hour"]).median()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.engine import run
    from sim.experiments.attribution import attribute
    from sim.experiments.compare import compare
    from sim.experiments.tipping import tipping
    from sim.results import Result
    from sim.scenario import Scenario, load, resolve

__all__ = ["Result", "Scenario", "attribute", "compare", "load", "resolve", "run", "tipping"]

_HOME = {
    "Result": "sim.results",
    "attribute": "sim.experiments.attribution",
    "compare": "sim.experiments.compare",
    "tipping": "sim.experiments.tipping",
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
