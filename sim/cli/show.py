"""`rout show`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from sim.cli.options import AccountOption, JsonOption, ScenarioArgument, SetOption, WithoutOption, changed


class Topic(StrEnum):
    """What can be shown of a scenario."""

    ORDER_OF_BATTLE = "order-of-battle"
    AXES = "axes"
    TRIGGERS = "triggers"
    GRAPH = "graph"
    PARAMETERS = "parameters"
    SOURCES = "sources"


FIELDS = {
    Topic.ORDER_OF_BATTLE: ("formations", "units", "axes", "patrons"),
    Topic.AXES: ("axes",),
    Topic.TRIGGERS: ("triggers",),
    Topic.GRAPH: ("places", "links"),
    Topic.PARAMETERS: ("parameters",),
    Topic.SOURCES: ("sources",),
}
"""The parts of the explicit scenario that belong to a topic."""


def show(
    scenario: ScenarioArgument,
    topic: Annotated[Topic | None, typer.Argument(metavar="TOPIC", help="What to show; an overview if absent.")] = None,
    set_: SetOption = None,
    without: WithoutOption = None,
    account: AccountOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a scenario holds. Topics: order-of-battle, axes, triggers, graph, parameters, sources."""
    from sim.cli import tables
    from sim.cli.output import console
    from sim.cli.text import print_json
    from sim.scenario import resolve

    resolved = resolve(changed(scenario, set_, without, account))
    if json:
        whole: dict[str, Any] = resolved.model_dump(mode="json")
        print_json({name: whole[name] for name in FIELDS[topic]} if topic else whole)
        return
    draw = {
        None: tables.overview,
        Topic.ORDER_OF_BATTLE: tables.order_of_battle,
        Topic.AXES: tables.axes,
        Topic.TRIGGERS: tables.triggers,
        Topic.GRAPH: tables.graph,
        Topic.PARAMETERS: tables.parameters,
        Topic.SOURCES: tables.sources,
    }[topic]
    draw(console(), resolved)
