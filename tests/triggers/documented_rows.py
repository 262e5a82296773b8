"""Documented rows of the Syrian record, cast on the example force, and all that each must do.

One row: its dossier id, the trigger as a scenario file has it, and the operations expected.
"""

from __future__ import annotations

from math import log
from typing import Any

from sim.operations import Operation, Touches, Verb
from sim.triggers.example_force import UNITS

J = ("shock_size",)
JX = ("shock_size", "betrayal_ratio")
D = ("trust_rupture",)

EVERY = tuple(UNITS)
HOST = ("brigade_1", "brigade_2", "brigade_3", "guard", "home_militia", "river_militia")
NORTH_CORPS = ("brigade_1", "brigade_2", "home_militia")
REGULARS = ("brigade_1", "brigade_2", "brigade_3", "guard")
OSTLAND = ("home_militia", "ost_legion", "river_militia")
NORTH = ("MIDTOWN", "NORTHGATE")
GATE = ("NORTHGATE",)
MIDTOWN = ("MIDTOWN",)
BRIDGE = ("BRIDGE",)


def _but(*units: str, of: tuple[str, ...] = EVERY) -> tuple[str, ...]:
    return tuple(unit for unit in of if unit not in units)


def shock(amount: float, units: tuple[str, ...], scale: Any = J, **more: Any) -> Operation:
    return Operation(verb=Verb.ADD, touches=Touches.SHOCK, amount=amount, scale=scale, units=units, **more)


def add(touches: str, amount: float, units: tuple[str, ...], **more: Any) -> Operation:
    return Operation(verb=Verb.ADD, touches=Touches(touches), amount=amount, units=units, **more)


def trust(amount: float, patron: str, units: tuple[str, ...], **more: Any) -> Operation:
    return Operation(
        verb=Verb.MULTIPLY, touches=Touches.TRUST, amount=amount, scale=D, patrons=(patron,), units=units, **more
    )


def between(*patrons: str) -> Operation:
    return Operation(verb=Verb.MULTIPLY, touches=Touches.PATRON_TRUST, amount=-1, scale=D, patrons=patrons)


def factor(touches: str, amount: float, **more: Any) -> Operation:
    return Operation(verb=Verb.MULTIPLY, touches=Touches(touches), amount=amount, **more)


def put(touches: str, amount: float, units: tuple[str, ...] = (), **more: Any) -> Operation:
    return Operation(verb=Verb.SET, touches=Touches(touches), amount=amount, units=units, **more)


def status(name: str, units: tuple[str, ...], **more: Any) -> Operation:
    return Operation(verb=Verb.SET, touches=Touches.STATUS, status=name, units=units, **more)


def rumour(amount: float, units: tuple[str, ...], **more: Any) -> Operation:
    return Operation(verb=Verb.START_RUMOUR, amount=amount, scale=J, units=units, **more)


def attackers(*axes: str) -> Operation:
    return Operation(verb=Verb.RAISE_ATTACKERS, axes=axes)


def brought(units: tuple[str, ...], to: str) -> Operation:
    return Operation(verb=Verb.BRING_UNITS, units=units, destination=to)


ROWS: list[tuple[str, dict[str, Any], list[Operation]]] = [
    # The surprise offensive of the first day.
    (
        "E001",
        {"type": "offensive_shock", "place": "NORTHGATE", "surprise": 0.8, "axes": ["north_column"]},
        [
            attackers("north_column"),
            shock(0.4, EVERY, at=GATE, decay_hours=48),
            put("leaderless", 1, EVERY, at=GATE, duration_hours=6),
        ],
    ),
    # The low-intensity attacks in the south surprised nobody.
    (
        "E102a",
        {"type": "offensive_shock", "place": "BRIDGE", "surprise": 0.4, "magnitude": 0.5},
        [
            shock(0.1, EVERY, at=BRIDGE, decay_hours=48),
        ],
    ),
    # The outskirts of the next city: more surprise than not, so its command is caught out too.
    (
        "E059",
        {"type": "offensive_shock", "place": "MIDTOWN", "surprise": 0.6},
        [
            shock(0.3, EVERY, at=MIDTOWN, decay_hours=48),
            put("leaderless", 1, EVERY, at=MIDTOWN, duration_hours=6),
        ],
    ),
    # The adviser killed by an officer of the host.
    (
        "E011",
        {
            "type": "leader_killed",
            "formation": "north_corps",
            "cause": "betrayal",
            "patron": "ostland",
            "deputy_ready": True,
        },
        [
            put("leaderless", 1, NORTH_CORPS, duration_hours=24),
            shock(0.5, NORTH_CORPS, JX),
            trust(-1, "ostland", NORTH_CORPS),
            add("loyalty", -0.1, NORTH_CORPS),
        ],
    ),
    # The same death by a drone.
    (
        "E011b",
        {"type": "leader_killed", "formation": "north_corps", "cause": "enemy", "patron": "ostland"},
        [
            put("leaderless", 1, NORTH_CORPS),
            shock(0.5, NORTH_CORPS),
        ],
    ),
    # Advisers killed by officers; they led only their own, the host units there turn from their patron.
    (
        "E016",
        {
            "type": "leader_killed",
            "formation": "ost_mission",
            "cause": "betrayal",
            "patron": "ostland",
            "place": "NORTHGATE",
            "magnitude": 0.5,
        },
        [
            put("leaderless", 1, ("ost_legion",)),
            shock(0.25, ("ost_legion",), JX),
            trust(-0.5, "ostland", HOST, at=GATE),
            add("loyalty", -0.05, HOST, at=GATE),
        ],
    ),
    # A general killed in battle: formation and target unnamed, so nobody is without a leader.
    (
        "E056 (death)",
        {"type": "leader_killed", "cause": "enemy", "place": "MIDTOWN", "visibility": "local"},
        [
            shock(0.5, EVERY, at=MIDTOWN),
        ],
    ),
    # The head of state leaves in secret.
    (
        "E110",
        {"type": "leader_flight", "level": "head_of_state", "mode": "secret", "visibility": "none"},
        [
            put("leaderless", 1, HOST),
        ],
    ),
    # ... and is seen to have left, some hours later.
    (
        "E110 (known)",
        {"type": "leader_flight", "level": "head_of_state", "visibility": "national"},
        [
            put("leaderless", 1, HOST),
            shock(0.5, EVERY),
            add("loyalty", -0.15, EVERY),
        ],
    ),
    # Reports that he had gone, before he had.
    (
        "E027",
        {
            "type": "leader_flight",
            "level": "head_of_state",
            "mode": "rumoured",
            "truth": False,
            "credibility": 0.5,
            "visibility": "national",
        },
        [
            rumour(0.3, EVERY, duration_hours=48),
        ],
    ),
    # A senior adviser flown out quietly, but replaced.
    (
        "E081",
        {"type": "leader_flight", "formation": "ost_mission", "replaced_by": "a deputy"},
        [
            put("leaderless", 1, ("ost_legion",), duration_hours=24),
            shock(0.5, ("ost_legion",)),
            add("loyalty", -0.15, ("ost_legion",)),
        ],
    ),
    # A militia turns on its sponsors.
    (
        "E014",
        {"type": "mutiny", "target": {"units": ["home_militia"]}, "place": "NORTHGATE", "share": 0.7},
        [
            status("mutinied", ("home_militia",), chance=0.7),
            shock(0.5, _but("home_militia"), at=GATE),
            trust(-1, "ostland", _but("home_militia", of=HOST), at=GATE),
        ],
    ),
    # Dozens of officers and their soldiers refuse.
    (
        "E013",
        {"type": "refusal", "target": {"units": ["brigade_1", "brigade_2"]}, "place": "NORTHGATE", "share": 0.5},
        [
            status("wavering", ("brigade_1", "brigade_2"), chance=0.5),
            shock(0.3, EVERY, at=GATE),
        ],
    ),
    # A post walks off down the road.
    (
        "E007",
        {"type": "refusal", "form": "desert", "place": "NORTHGATE", "share": 0.2, "magnitude": 0.5},
        [
            status("dispersed", HOST, at=GATE, chance=0.2),
            shock(0.15, EVERY, at=GATE),
        ],
    ),
    # A southern city handed over against passage to the capital.
    (
        "E102",
        {"type": "defection_deal", "target": {"places": ["BRIDGE"]}, "passage_to": "CAPITAL", "accepted": 0.9},
        [
            put("safety", 1, HOST, at=BRIDGE),
            put("offer", 1, HOST, at=BRIDGE),
            add("loyalty", -0.1, HOST, at=BRIDGE),
            status("withdrawing", HOST, at=BRIDGE, chance=0.9, destination="CAPITAL"),
        ],
    ),
    # The secret deal of a militia with the attackers, as one account has it.
    (
        "E014 (deal)",
        {"type": "defection_deal", "target": {"units": ["home_militia"]}, "place": "NORTHGATE", "revealed": True},
        [
            put("safety", 1, ("home_militia",)),
            put("offer", 1, ("home_militia",)),
            add("loyalty", -0.1, ("home_militia",)),
            add("loyalty", -0.1, _but("home_militia"), at=GATE),
            status("defected", ("home_militia",)),
        ],
    ),
    # Allies shot at from behind.
    (
        "E094",
        {"type": "fratricide", "target": {"units": ["ost_legion"]}, "place": "NORTHGATE"},
        [
            shock(0.5, ("ost_legion",), JX),
            shock(0.5, _but("ost_legion"), JX, at=GATE),
            trust(-2, "ostland", ("ost_legion",)),
            trust(-2, "ostland", _but("ost_legion"), at=GATE),
            factor("commitment", round(log(0.3), 9), patrons=("ostland",)),
        ],
    ),
    # Wounds in the back, nobody knows whose: no patron's trust.
    (
        "E015",
        {"type": "fratricide", "place": "NORTHGATE", "magnitude": 0.4},
        [
            shock(0.2, EVERY, JX, at=GATE),
        ],
    ),
    # The patron orders its own off the line, to two places.
    (
        "E017",
        {
            "type": "ally_withdrawal",
            "patron": "ostland",
            "place": "NORTHGATE",
            "destination": {"home_militia": "BRIDGE", "ost_legion": "CAPITAL"},
        },
        [
            status("withdrawing", ("river_militia",), at=GATE),
            status("withdrawing", ("home_militia",), at=GATE, destination="BRIDGE"),
            status("withdrawing", ("ost_legion",), at=GATE, destination="CAPITAL"),
            trust(-0.5, "ostland", HOST),
            shock(0.2, _but(*OSTLAND), at=GATE),
        ],
    ),
    # The embassy empties: nobody of the force moves.
    (
        "E082",
        {"type": "ally_withdrawal", "patron": "ostland", "kind": "diplomatic", "place": "CAPITAL"},
        [
            trust(-0.5, "ostland", HOST),
            shock(0.2, _but(*OSTLAND), at=("CAPITAL",)),
        ],
    ),
    # Every affiliated force out of the country; local factions go to one suburb.
    (
        "E095",
        {
            "type": "ally_withdrawal",
            "patron": "ostland",
            "kind": "total",
            "visibility": "national",
            "destination": "CAPITAL",
        },
        [
            status("evacuated", ("ost_legion",)),
            status("withdrawing", ("home_militia", "river_militia"), destination="CAPITAL"),
            trust(-1, "ostland", HOST),
            shock(0.4, _but(*OSTLAND)),
        ],
    ),
    # Neighbours' factions decline the patron's call.
    (
        "E074",
        {"type": "ally_refusal", "asked": "westland", "asker": "ostland", "target": {"formations": ["north_corps"]}},
        [
            shock(0.4, NORTH_CORPS),
            trust(-1, "westland", NORTH_CORPS),
            between("ostland", "westland"),
        ],
    ),
    # An ally is reluctant: the host's units, not the allies', lose trust in it.
    (
        "E055",
        {"type": "ally_refusal", "asked": "westland", "visibility": "national", "magnitude": 0.5},
        [
            shock(0.2, EVERY),
            trust(-0.5, "westland", HOST),
        ],
    ),
    # Governments that are no patrons of the force decline.
    ("E078", {"type": "ally_refusal", "visibility": "national", "magnitude": 0.25}, [shock(0.1, EVERY)]),
    # Three flights refused by the other patron.
    (
        "E075",
        {
            "type": "airlift_denied",
            "asker": "ostland",
            "denier": "westland",
            "supply_lost": 0.5,
            "target": {"patrons": ["ostland"]},
        },
        [
            shock(0.4, OSTLAND),
            add("supply", -0.5, OSTLAND),
            between("ostland", "westland"),
        ],
    ),
    # A plane turned back by an enemy's fighters: no trust breaks.
    (
        "E053",
        {
            "type": "airlift_denied",
            "asker": "ostland",
            "cause": "enemy",
            "magnitude": 0.5,
            "target": {"patrons": ["ostland"]},
        },
        [shock(0.2, OSTLAND)],
    ),
    # Allied fighters arrive to hold a city.
    (
        "E088",
        {"type": "reinforcement", "units": ["west_legion"], "arrives_at": "MIDTOWN"},
        [
            brought(("west_legion",), "MIDTOWN"),
            shock(-0.4, _but("west_legion"), at=MIDTOWN),
        ],
    ),
    # A general arrives and urges the others to give up.
    (
        "E028",
        {"type": "reinforcement", "units": ["guard"], "arrives_at": "NORTHGATE", "by": "march", "stance": "leave"},
        [
            status("withdrawing", ("guard",), destination="NORTHGATE"),
            shock(0.4, _but("guard"), JX, at=GATE),
        ],
    ),
    # A division takes positions and does nothing.
    (
        "E029",
        {"type": "reinforcement", "units": ["west_legion"], "arrives_at": "NORTHGATE", "stance": "passive"},
        [brought(("west_legion",), "NORTHGATE")],
    ),
    # A known commander's arrival is made public; the attackers pause.
    (
        "E052",
        {
            "type": "patron_signal",
            "patron": "ostland",
            "kind": "envoy",
            "visibility": "national",
            "pauses_attacker": True,
        },
        [
            shock(-0.4, EVERY, decay_hours=24),
            factor("belief", round(log(0.7), 9)),
        ],
    ),
    # Hardware promised within 72 hours.
    (
        "E035",
        {"type": "patron_signal", "patron": "westland", "kind": "pledge", "place": "NORTHGATE"},
        [
            shock(-0.4, EVERY, at=GATE, decay_hours=24),
        ],
    ),
    # A promise of help found out within hours.
    (
        "E109",
        {"type": "patron_signal", "patron": "westland", "kind": "pledge_broken", "place": "CAPITAL"},
        [
            shock(0.4, EVERY, JX, at=("CAPITAL",)),
            trust(-1, "westland", HOST, at=("CAPITAL",)),
        ],
    ),
    # The shouting match.
    (
        "E010",
        {"type": "patron_signal", "patron": "ostland", "kind": "quarrel", "place": "NORTHGATE"},
        [
            trust(-0.5, "ostland", HOST, at=GATE),
        ],
    ),
    # A bridge bombed by the defenders' own patron, named against the direction in the table.
    (
        "E091",
        {"type": "route_cut", "links": [["BRIDGE", "MIDTOWN"]], "duration_hours": 36},
        [
            put("link", 0, links=(("MIDTOWN", "BRIDGE"),), duration_hours=36),
        ],
    ),
    # All crossings at a place.
    (
        "E090",
        {"type": "route_cut", "place": "MIDTOWN"},
        [
            put("link", 0, links=(("MIDTOWN", "BRIDGE"), ("NORTHGATE", "MIDTOWN"))),
        ],
    ),
    # Two towns that the map does not have.
    (
        "E041",
        {"type": "position_lost", "place": "NORTHGATE", "visibility": "theatre", "magnitude": 0.6},
        [
            shock(0.24, EVERY, at=NORTH),
            Operation(verb=Verb.ADD, touches=Touches.BELIEF, amount=0.15),
        ],
    ),
    # The formal retreat from a city without a word why.
    (
        "E034",
        {
            "type": "withdrawal_order",
            "target": {"kinds": ["regular"], "places": ["NORTHGATE"]},
            "destination": "MIDTOWN",
        },
        [
            status("withdrawing", REGULARS, at=GATE, destination="MIDTOWN"),
            shock(0.5, REGULARS, at=GATE),
            add("loyalty", -0.05, REGULARS, at=GATE),
        ],
    ),
    # Two headquarters contradict each other; nobody is told to move.
    (
        "E022",
        {"type": "withdrawal_order", "visibility": "national", "contradicts": True, "moves": False},
        [
            shock(0.75, HOST),
            add("loyalty", -0.075, HOST),
        ],
    ),
    # Leaflets and free passage.
    (
        "E026",
        {
            "type": "information_shock",
            "kind": "leaflet",
            "place": "NORTHGATE",
            "visibility": "theatre",
            "credibility": 0.4,
            "duration_hours": 72,
        },
        [
            put("safety", 0.4, EVERY, at=NORTH, duration_hours=72),
            put("offer", 1, EVERY, at=NORTH, duration_hours=72),
        ],
    ),
    # A rumour of a coup in the capital.
    (
        "E044",
        {"type": "information_shock", "kind": "coup_report", "place": "CAPITAL", "credibility": 0.5},
        [
            rumour(0.3, EVERY, at=("CAPITAL",), duration_hours=48),
        ],
    ),
    # The opposition reassures.
    (
        "E045",
        {
            "type": "information_shock",
            "kind": "reassurance",
            "sender": "opposition",
            "place": "NORTHGATE",
            "credibility": 0.5,
        },
        [put("safety", 0.5, EVERY, at=GATE)],
    ),
    # Losses played down at home.
    (
        "E038",
        {
            "type": "information_shock",
            "kind": "reassurance",
            "sender": "own",
            "visibility": "national",
            "credibility": 0.5,
        },
        [shock(-0.15, EVERY, decay_hours=24)],
    ),
    # An application that harvests positions.
    (
        "P09",
        {"type": "information_shock", "kind": "cyber", "axes": ["north_column"]},
        [
            factor("attacker_quality", round(log(1.05), 9), axes=("north_column",)),
        ],
    ),
    # A province rises and offers surrender.
    (
        "E103",
        {"type": "uprising", "place": "BRIDGE", "offers_surrender": True},
        [
            attackers("bridge_rising"),
            shock(0.3, EVERY, at=BRIDGE),
            add("loyalty", -0.1, EVERY, at=BRIDGE),
            put("safety", 1, EVERY, at=BRIDGE),
            put("offer", 1, EVERY, at=BRIDGE),
        ],
    ),
    # Half as much pay again, conscripts excluded.
    (
        "E063",
        {"type": "pay_provision", "target": {"units": ["guard"]}, "pay_change": 0.5},
        [
            add("loyalty", 0.005, ("guard",)),
        ],
    ),
    # Officers skim pay and rations.
    (
        "P06",
        {"type": "pay_provision", "visibility": "national", "pay_change": -0.5, "supply_change": -1},
        [
            add("loyalty", -0.01, HOST),
            add("supply", -1, HOST),
        ],
    ),
    # The patron's aircraft are missing in the north.
    (
        "E025",
        {"type": "air_support", "place": "NORTHGATE", "change": "loss"},
        [
            factor("quality", round(-log(1.25), 9), units=EVERY, at=NORTH, duration_hours=48),
            shock(0.2, EVERY, at=NORTH),
        ],
    ),
    # Forty-five strikes in an evening.
    (
        "E060",
        {"type": "air_support", "place": "MIDTOWN", "change": "gain", "visibility": "local", "duration_hours": 30},
        [
            factor("quality", round(log(1.25), 9), units=EVERY, at=MIDTOWN, duration_hours=30),
            shock(-0.2, EVERY, at=MIDTOWN),
        ],
    ),
    # Drones on a gathering of leaders.
    (
        "E056",
        {"type": "headquarters_strike", "formation": "north_corps", "recovery_hours": 12},
        [
            put("leaderless", 1, NORTH_CORPS, duration_hours=12),
            shock(0.3, NORTH_CORPS),
        ],
    ),
    # Helicopters disabled at an airbase: its garrison, and a day to recover.
    (
        "E023",
        {"type": "headquarters_strike", "place": "NORTHGATE", "magnitude": 0.5},
        [
            put("leaderless", 1, EVERY, at=GATE, duration_hours=24),
            shock(0.15, EVERY, at=GATE),
        ],
    ),
    # The most stubborn stand of the campaign.
    (
        "E061",
        {"type": "rally", "place": "MIDTOWN", "duration_hours": 48, "holds_attackers": True},
        [
            shock(-0.7, EVERY, at=MIDTOWN),
            put("leaderless", 0, EVERY, at=MIDTOWN),
            factor("rally", round(log(2), 9), units=EVERY, at=MIDTOWN, duration_hours=48),
            factor("belief", round(log(0.7), 9)),
        ],
    ),
]
