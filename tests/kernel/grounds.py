"""Random forces on random ground: sides of every role, closed roads, equal ways, risings, allies, orders."""

from __future__ import annotations

from random import Random
from typing import Any

from sim.operations import Reach, order
from sim.parameters import ALL
from sim.scenario.resolved import Resolved, ResolvedAxis, ResolvedTrigger, ResolvedUnit
from tests.agents.test_equality_of_operations import Mix
from tests.systems.forces import ATTACKER, HOST, axis, force, link, patron, place, trigger, unit

DEFAULTS = {p.name: float(p.default) for p in ALL}
LIVELY = DEFAULTS | {"waver_rate": 0.02, "casualty_rate": 0.3, "uprising_rate": 0.03, "rumour_broadcast": 0.05}
"""Much happens in a few days."""
ROLES = {HOST: "host", ATTACKER: "attacker", "abroad": "neutral", "neighbour": "third_party"}


def mixed(number: int, days: float = 6.0) -> Resolved:
    """Random ground with random triggers, many or few, some of which come too late to take effect; and retreats."""
    random = Random(number)
    resolved = Mix(ground(random), number).scenario()
    busy = random.choice([1.0, 0.3, 0.1])
    triggers = (*(_cut(random, row, busy) for row in resolved.triggers), *_retreats(random, resolved))
    return resolved.model_copy(update={"triggers": triggers, "days": days})


def _cut(random: Random, row: ResolvedTrigger, busy: float) -> ResolvedTrigger:
    until = random.choice([None, None, row.earliest + 6])
    return row.model_copy(update={"until": until, "enabled": row.enabled and random.random() < busy})


def _retreats(random: Random, resolved: Resolved) -> list[ResolvedTrigger]:
    whom, places = Reach(tuple(u.id for u in resolved.units)), [p.id for p in resolved.places]
    goals = {f"retreat_{number}": random.choice(places) for number in range(5)}
    return [
        trigger(name, random.uniform(0, 60), order("withdrawing", whom, chance=0.3, destination=goal))
        for name, goal in goals.items()
    ]


def ground(random: Random) -> Resolved:
    """Seven to fourteen towns, their roads, some twenty units, three axes of two columns, and a band that may rise."""
    towns = [f"P{number}" for number in range(random.randint(7, 14))]
    roads = {(towns[random.randrange(at)], towns[at]) for at in range(1, len(towns))}
    roads |= {(a, b) for a, b in (sorted(random.sample(towns, 2), key=towns.index) for _ in range(6))}
    holders = {t: random.choice([HOST] * 6 + ["neighbour", "neighbour", "abroad", ATTACKER]) for t in towns}
    capital = random.choice(towns[:3])
    holders[capital] = HOST
    far = [(capital, town) for town in towns if town != capital and not {(capital, town), (town, capital)} & roads]
    bridges = random.sample(far, min(2, len(far)))
    backers = [f"ally{number}" for number in range(random.choice([1, 1, 2, 3]))]
    units = [_unit(random, f"U{number:02}", towns, holders, backers) for number in range(random.randint(14, 30))]
    return force(
        units,
        capital=capital,
        step_hours=random.choice([1.0, 2.0, 3.0, 6.0]),
        patron_trust=random.choice([0.0, 0.6, 1.0]),
        collapse_share=random.choice([0.25, 0.6]),
        roles=ROLES,
        controller_names={name: name for name in ROLES},
        places=tuple(
            place(
                town,
                holder=holders[town],
                terrain=random.choice([1.0, 1.5]),
                supply_source=town == capital or random.random() < 0.2,
                depot=random.random() < 0.3,
                protected=town != capital and random.random() < 0.1,
                rises="band" if random.random() < 0.3 else None,
            )
            for town in sorted(towns)
        ),
        links=tuple(
            link(a, b, random.choice([10.0, 20.0, 20.0, 17.5, 9.7])).model_copy(update={"open": random.random() < 0.9})
            for a, b in sorted(roads)
        )
        + tuple(link(a, b).model_copy(update={"kind": "air"}) for a, b in bridges),
        axes=(
            axis(60.0, towns[-1], name="band", starts_hour=None),
            *(_axis(random, f"column{number}", _way(random, towns, roads), number * 6.0) for number in range(3)),
        ),
        patrons=tuple(
            patron(name, commitment=random.random(), weight=random.random(), trust=random.uniform(0.3, 1), air=air)
            for name, air in zip(backers, (True, False, False), strict=False)
        ),
        parameters=LIVELY
        | {
            "destroyed_below": random.choice([0.1, 0.97]),
            "commitment_floor": random.choice([0.15, 0.6]),
            "capture_ratio": random.choice([0.3, 1.5]),
        },
    )


def _unit(random: Random, name: str, towns: list[str], holders: dict[str, str], backers: list[str]) -> ResolvedUnit:
    at = random.choice(towns)
    controller = holders[at] if holders[at] in (HOST, "neighbour") else HOST
    kind = random.choice(["regular", "militia", "contingent"]) if controller == HOST else "regular"
    backed = kind == "contingent" or (kind == "militia" and random.random() < 0.5)
    return unit(
        name, at, controller=controller, kind=kind, patron=random.choice(backers) if backed else None,
        formation=random.choice(["army", "guards", "levy", name]), men_high=random.choice([100.0, 400.0]),
        quality=random.uniform(0.4, 1.6), elite=random.random() < 0.2, motorised=random.random() < 0.5,
        morale=random.uniform(0.2, 0.9), loyalty=random.random(), supply=random.uniform(0, 3),
        safety=random.choice([0.0, 0.5]),
    )  # fmt: skip


def _axis(random: Random, name: str, way: list[str], starts: float) -> ResolvedAxis:
    """Two columns: one the whole way, one that stops a place before its end."""
    routes = ((0.5, tuple(way)), (0.5, tuple(way[: max(1, len(way) - 1)])))
    plain = axis(random.choice([60.0, 400.0, 1500.0]), *way, name=name, starts_hour=starts)
    return plain.model_copy(
        update={"quality": random.uniform(0.5, 1.5), "routes": routes, "posture": random.choice(["assault", "siege"])}
    )


def _way(random: Random, towns: list[str], roads: Any) -> list[str]:
    """A way that comes to no town twice."""
    beside = {town: sorted({a if b == town else b for a, b in roads if town in (a, b)}) for town in towns}
    way = [random.choice(towns)]
    while free := [town for town in beside[way[-1]] if town not in way]:
        way.append(random.choice(free))
    return way
