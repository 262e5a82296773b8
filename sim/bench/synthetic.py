"""An invented force of any size, to see how time and memory grow. It stands for nothing."""

from __future__ import annotations

from math import ceil

from sim.operations import Operation, Reach, Touches, order, put, shock, start_rumour
from sim.parameters import ALL
from sim.scenario.resolved import (
    Resolved,
    ResolvedAccount,
    ResolvedAxis,
    ResolvedFormation,
    ResolvedLink,
    ResolvedPatron,
    ResolvedPlace,
    ResolvedTrigger,
    ResolvedUnit,
)

HOST, ATTACKER, ALLY, AXIS = "government", "opposition", "ally", "column"
PLACES = 64
KM = 40.0
"""Road between neighbours on the ring [km]."""
MEN_LOW, MEN_HIGH = 800.0, 1200.0
"""Of a unit."""
IN_A_FORMATION = 10
MILITIA_EVERY = 10
"""One unit in so many is a militia of the patron."""
ATTACKERS_SHARE = 4.0
"""Attackers, in men of the units of one place."""


def synthetic(
    units: int, *, places: int = PLACES, reach: int = 1, days: float = 30.0, step_hours: float = 2.0
) -> Resolved:
    """A force spread evenly over a ring of places; one column advances along half of it to the capital.

    No run of it is over before the horizon, so that nominal and live unit-steps are the same.

    Args:
        units: how many, at least 1.
        places: on the ring, at least 3.
        reach: each place is linked to so many next ones on either side: `places` × `reach` links.
        days, step_hours: horizon and time step.

    Raises:
        ValueError: no units, too few places, or a reach that links a pair twice.
    """
    if units < 1 or places < 3 or not 1 <= reach <= (places - 1) // 2:
        raise ValueError("needs 1 unit, 3 places, and a reach of 1 up to half of the ring")
    names = [f"P{number:04}" for number in range(places)]
    ring = tuple(_place(name, supply_source=number % 8 == 0) for number, name in enumerate(names))
    links = [
        ResolvedLink(from_place=a, to_place=b, road="", km=far * KM, front_km=far * KM, open=True)
        for far in range(1, reach + 1)
        for a, b in zip(names, names[far:] + names[:far], strict=True)
    ]
    force = tuple(_unit(number, names[number % places]) for number in range(units))
    formations = sorted({unit.formation for unit in force})
    return Resolved(
        format=1,
        name=f"synthetic_{units}",
        title=f"An invented force of {units:,} units",
        summary="Made to measure speed and memory; it stands for no force.",
        start="2031-05-01T06:00:00+00:00",
        days=days,
        step_hours=step_hours,
        capital=names[0],
        host=HOST,
        collapse_share=0.25,
        patron_trust=1.0,
        anchor=None,
        roles={HOST: "host", ATTACKER: "attacker"},
        controller_names={HOST: "Government", ATTACKER: "Opposition"},
        parameters={parameter.name: float(parameter.default) for parameter in ALL},
        regions=("all",),
        patrons=(ResolvedPatron(id=ALLY, name="Ally", commitment=0.6, weight=1.0, trust=0.7, air=False),),
        formations=(
            ResolvedFormation(id="army", name="Army", parent=None),
            *(ResolvedFormation(id=name, name=name, parent="army") for name in formations),
        ),
        places=ring,
        links=tuple(sorted(links, key=lambda link: (link.from_place, link.to_place))),
        units=force,
        axes=(_axis(tuple(names[places // 2 :: -1]), units / places),),
        triggers=_triggers(force, names[0]),
        outcomes=(),
        sources={},
    )


def _place(name: str, *, supply_source: bool) -> ResolvedPlace:
    return ResolvedPlace(
        id=name, name=name, kind="town", region="all", lat=0.0, lon=0.0, holder=HOST, terrain=1.0,
        supply_source=supply_source, depot=False, protected=False, rises=None,
    )  # fmt: skip


def _unit(number: int, place: str) -> ResolvedUnit:
    militia = number % MILITIA_EVERY == MILITIA_EVERY - 1
    return ResolvedUnit(
        id=f"U{number:06}",
        name=f"Unit {number}",
        kind="militia" if militia else "regular",
        controller=HOST,
        patron=ALLY if militia else None,
        formation=f"division_{number // IN_A_FORMATION:05}",
        place=place,
        men_low=MEN_LOW,
        men_high=MEN_HIGH,
        assumed=False,
        quality=1.0,
        elite=False,
        motorised=number % 2 == 0,
        morale=0.4 + 0.05 * (number % 5),
        loyalty=0.5,
        supply=3.0,
        supply_cap=3.0,
        present=True,
        confidence="C",
    )


def _axis(route: tuple[str, ...], units_at_a_place: float) -> ResolvedAxis:
    men = ATTACKERS_SHARE * max(units_at_a_place, 1.0)
    return ResolvedAxis(
        id=AXIS, name="Column", controller=ATTACKER, men_low=men * MEN_LOW, men_high=men * MEN_HIGH, quality=1.0,
        starts_hour=0.0, routes=((1.0, route),),
    )  # fmt: skip


def _triggers(force: tuple[ResolvedUnit, ...], capital: str) -> tuple[ResolvedTrigger, ...]:
    """Bad news for a tenth of the force, a rumour, a staff that is struck, an order to withdraw."""
    some = tuple(unit.id for unit in force[: ceil(len(force) / 10)])
    here = tuple(unit.id for unit in force if unit.place == force[0].place)
    division = tuple(unit.id for unit in force if unit.formation == force[0].formation)
    return (
        _trigger("bad_news", 48.0, shock(Reach(some), 0.5)),
        _trigger("order", 240.0, order("withdrawing", Reach(division), chance=0.5, destination=capital)),
        _trigger("rumour", 120.0, start_rumour(Reach(here), 0.5, 72.0)),
        _trigger("staff_struck", 180.0, put(Touches.LEADERLESS, Reach(division), 1.0, 48.0)),
    )


def _trigger(name: str, hour: float, operation: Operation) -> ResolvedTrigger:
    account = ResolvedAccount(
        name="only", weight=1.0, type=name, title="", happens=True, operations=(operation,), sources=()
    )
    return ResolvedTrigger(
        id=name, type=name, title=name, enabled=True, earliest=hour, latest=hour + 24, delay_low=0.0, delay_high=0.0,
        patience_hours=None, probability=0.9, scales_with=None, guards=(), accounts=(account,), cause="unknown",
        confidence="C", sources=(), places=(), events=(),
    )  # fmt: skip
