"""A design point -> what changes in the scenario, and the plan with which it is simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.experiments.sweep.factors import Factor
from sim.plan import Plan, make_plan
from sim.scenario import Document, Scenario, accept, resolve
from sim.scenario.changes import apply
from sim.scenario.resolved import Resolved, with_horizon

MOST_DAYS = 3650
"""As in a scenario file."""


@dataclass(frozen=True)
class Change:
    """What is done to a scenario before it is simulated; parameters apart, which need no new plan.

    Attributes:
        scenario: which of the sweep's scenarios.
        set, without, account: as on the command line.
        days: horizon instead of the scenario's own.
    """

    scenario: int = 0
    set: Mapping[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    account: Mapping[str, str] = field(default_factory=dict)
    days: float | None = None

    def of(self, document: Document) -> Document:
        """The document with the change made."""
        return apply(document, self.set, self.without, self.account)

    def resolved(self, scenario: Scenario) -> Resolved:
        """The explicit form of a scenario that holds the change, over its horizon.

        Raises:
            ValueError: the horizon makes no sense, or is not a whole number of steps.
        """
        days = self.days
        if days is not None and (isinstance(days, bool) or not isinstance(days, int | float) or not days <= MOST_DAYS):
            raise ValueError(f"must be a number of days, at most {MOST_DAYS}, not {days!r}")
        return with_horizon(resolve(scenario), days, None)


@dataclass(frozen=True)
class Point:
    """A design point: a change, and parameter values instead of the scenario's."""

    change: Change
    given: Mapping[str, float]


def point_of(factors: Sequence[Factor], row: Sequence[Any], days: float | None, labels: Sequence[str]) -> Point:
    """The point at which the factors have these values; None leaves what the scenario has.

    Args:
        days: the sweep's horizon.
        labels: what the sweep's scenarios are called.
    """
    scenario = 0
    changed: dict[str, Any] = {}
    off: list[str] = []
    account: dict[str, str] = {}
    given: dict[str, float] = {}
    for factor, value in zip(factors, row, strict=True):
        if value is None:
            continue
        match factor.kind:
            case "scenarios":
                scenario = labels.index(value)
            case "switch":
                off += [] if value else [factor.target]
            case "account":
                account[factor.target] = value
            case "key" if factor.parameter:
                given[factor.parameter] = value
            case "key" if factor.target == "days":
                days = value
            case "key":
                changed[factor.target] = value
    return Point(Change(scenario, changed, tuple(off), account, days), given)


class Plans:
    """Plans of the changes that were asked for last: points that differ in parameters only share one."""

    MOST = 32

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = tuple(documents)
        self._kept: dict[str, Plan] = {}

    def plan(self, change: Change) -> Plan:
        """The plan of a change.

        Raises:
            ScenarioError: the scenario is not sound with it.
        """
        key = repr(change)
        plan = self._kept.pop(key, None)
        if plan is None:
            plan = make_plan(change.resolved(accept(change.of(self._documents[change.scenario]))))
            if len(self._kept) >= self.MOST:
                del self._kept[next(iter(self._kept))]  # the one asked for longest ago
        self._kept[key] = plan
        return plan
