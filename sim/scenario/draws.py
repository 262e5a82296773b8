"""Parameters drawn for each run, from a posterior, instead of one value for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.parameters import BY_NAME
from sim.scenario.resolved import Resolved, ResolvedDraws


def with_draws(resolved: Resolved, source: str, values: Mapping[str, Sequence[float]]) -> Resolved:
    """The same scenario; each run takes one of these draws of parameters.

    What the scenario, or a change made to it, sets away from its default is left as it is.

    Args:
        source: whose draws they are, as it is to be told.
        values: parameter -> values, as many for each.

    Raises:
        KeyError: a name that is not a parameter.
        ValueError: no draws, or not as many for each.
    """
    if len({len(column) for column in values.values()}) != 1 or not all(values.values()):
        raise ValueError("draws need as many values for each parameter, and at least one")
    free = {
        name: tuple(float(value) for value in column)
        for name, column in values.items()
        if resolved.parameters[name] == BY_NAME[name].default
    }
    draws = ResolvedDraws(source=source, values=free) if free else None
    return resolved.model_copy(update={"draws": draws})
