"""Room that steps work in; nothing in it outlives a run."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.kernels.compiled.tables import Array, Tables
from sim.randomness import SIEVED, Decision

KINDS = 4
"""Of units, by what they are seen to hold for."""
FLAGS = 8
"""What a step must know to have changed (`sim.kernels.compiled.events`)."""


class Scratch(NamedTuple):
    """What a step works with; nothing in it outlives a run. One entry per unit unless said otherwise."""

    # Lists of rows; how many are in them is known where they are filled.
    touched: Array
    """Units at attacked places."""
    walking: Array
    attacked: Array
    """Places."""
    field: Array
    """Columns in the field, and those engaged."""
    engaged: Array
    waiting: Array
    """Triggers, and those of them whose guards are asked in every step."""
    restless: Array
    listening: Array
    """(rumour, unit) who is still to hear it."""
    told: Array
    """(-, 2) rumour and unit."""
    reached: Array

    here: Array
    slot: Array
    crowd: Array
    per_comrade: Array
    """(place,)"""
    alone: Array
    place_sums: Array
    worth: Array
    """(kind,) of units, as `units.see` tells them apart."""
    kind: Array
    cell: Array
    tally: Array
    """(kind, group)"""
    told_to: Array
    local: Array
    nation: Array
    command: Array
    patron: Array
    belief: Array
    fighting: Array
    pressure: Array
    connected: Array
    level: Array
    level_share: Array
    exposure: Array
    flank_felt: Array
    beside: Array
    calm: Array
    left: Array
    """Strength after the step, of each of `touched`."""
    support: Array
    half: Array
    shock: Array
    integral: Array
    status: Array
    broke: Array
    near: Array
    """Whole eights of units, and the same memory eight at a time."""
    near_eights: Array
    battle: Array
    manned: Array
    at_place: Array
    fell: Array
    lost: Array
    contested: Array
    control: Array
    flank: Array
    beside_lost: Array
    enclosed: Array
    supplied: Array
    allies: Array
    trust: Array
    mean_trust: Array
    present: Array
    trust_shares: Array
    pressed: Array
    """Places where columns press."""
    passable: Array
    queue: Array
    km: Array
    way_to: Array
    """(2,) goal and side that `km` is of, -1: of none."""
    column_place: Array
    is_engaged: Array
    press: Array
    """(column,) share of its men that press at a time."""
    has_fired: Array
    asked: Array
    """Triggers whose guards have been asked since their moment came."""
    failed: Array
    """Which of its guards failed last."""
    rumour_known: Array
    """(rumour, 3) how many are within reach, have heard it, and are still to hear it; -1: to be counted."""
    queued: Array
    commitment: Array
    flags: Array
    four: Array
    bytes_: Array
    rising: Array
    leaving: Array
    hearing: Array
    blocks: Array
    heard_block: Array
    kept_shocks: Array
    rounded: Array
    standing: Array


def scratch(t: Tables) -> Scratch:
    """Room to work in, for one thread."""
    n, places, patrons = len(t.units.hash), len(t.places.hash), len(t.patrons.weight)
    columns, triggers, rumours = len(t.columns.axis), len(t.triggers.hash), len(t.effects.of_rumour)
    groups = max(places + 1, t.side.number, t.formation.number, t.allies.number)
    eights = np.zeros(-(-n // 8), np.uint64)
    shapes: dict[str, tuple[int | tuple[int, ...], Any]] = {
        **dict.fromkeys(("touched", "walking", "reached", "kind", "cell", "here", "slot"), (n, np.uint32)),
        **dict.fromkeys(("attacked", "queue"), (places, np.uint32)),
        **dict.fromkeys(("field", "engaged", "column_place"), (columns, np.uint32)),
        **dict.fromkeys(("waiting", "restless"), (triggers, np.uint32)),
        "listening": ((rumours, n), np.uint32),
        "told": ((rumours * n, 2), np.uint32),
        **dict.fromkeys(("alone", "broke"), (n, np.bool_)),
        **dict.fromkeys(("fell", "pressed", "lost", "contested", "queued"), (places, np.bool_)),
        **dict.fromkeys(("beside_lost", "enclosed", "supplied"), (places, np.bool_)),
        "manned": (places + 1, np.bool_),
        **dict.fromkeys(("at_place", "flank", "allies", "km"), (places, np.float32)),
        **dict.fromkeys(("mean_trust", "commitment"), (patrons, np.float32)),
        **dict.fromkeys(("bytes_", "leaving"), ((SIEVED, n), np.uint8)),
        "four": ((4, n), np.uint32),
        "crowd": (places + 1, np.int64),
        **dict.fromkeys(("place_sums", "per_comrade"), (places + 1, np.float64)),
        "worth": (KINDS, np.float64),
        "tally": ((KINDS, groups), np.uint32),
        "told_to": ((KINDS, groups), np.float32),
        "status": (n, np.int8),
        "battle": ((6, places), np.float32),
        "control": (places, np.int8),
        "present": ((patrons, places), np.float64),
        "trust_shares": ((patrons, places), np.float32),
        "passable": (len(t.graph.edge_from), np.bool_),
        "is_engaged": (columns, np.bool_),
        "press": (columns, np.float32),
        **dict.fromkeys(("has_fired", "asked"), (triggers, np.bool_)),
        "failed": (triggers, np.int32),
        "way_to": (2, np.int64),
        "rumour_known": ((rumours, 3), np.int64),
        "flags": (FLAGS, np.bool_),
        "rising": ((SIEVED, places), np.uint8),
        "hearing": ((rumours, SIEVED, n), np.uint8),
        "blocks": (len(Decision) + 1, np.int64),
        "heard_block": (rumours, np.int64),
        "kept_shocks": (len(t.shock_decays), np.float32),
        **dict.fromkeys(("rounded", "standing"), (n, np.int32)),
    }
    views = {"near": eights.view(np.bool_), "near_eights": eights}
    return Scratch(
        *(views[name] if name in views else np.zeros(*shapes.get(name, (n, np.float32))) for name in Scratch._fields)
    )
