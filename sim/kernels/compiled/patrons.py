"""Equations 6 and 7 in one run: patrons and their contingents; rumours."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels.compiled import rules
from sim.kernels.compiled.draws import coarse_of, fine, near, uniform
from sim.kernels.compiled.source import inlined
from sim.randomness import SIEVED, Decision
from sim.state import Status

HOLDING, WAVERING, WITHDRAWING = int(Status.HOLDING), int(Status.WAVERING), int(Status.WITHDRAWING)
EVACUATED = int(Status.EVACUATED)
LEAVE, RUMOUR = int(Decision.LEAVE), int(Decision.RUMOUR)
FLOAT, NOTHING = np.float32, np.uint64(0)


@inlined
def holding_in_contact(touched: Any, status: Any, pressure: Any, own: Any, p: Any) -> Any:
    """Share of the host's own units in contact that hold; 1 when nobody is in contact."""
    holding = in_contact = 0
    for u in touched:  # without an attack there is no pressure, and no contact
        if own[u] and pressure[u] > p.contact_pressure and status[u] <= WAVERING:
            in_contact += 1
            holding += status[u] == HOLDING
    return FLOAT(holding / in_contact) if in_contact > 0 else FLOAT(1)


@inlined
def commit(spirit: Any, now: Any, pair_trust: Any, mean_trust: Any, start_pairs: Any, moves: Any, after: Any,
           p: Any) -> None:  # fmt: skip
    """Equation 7."""
    for k in range(len(now)):
        pairs = FLOAT(1)
        if start_pairs > 0:
            mean = FLOAT(0)
            for other in range(len(now)):
                mean = mean + (FLOAT(0) if other == k else pair_trust[k, other])
            pairs = mean / start_pairs
        target = min(rules.commitment_target(spirit, mean_trust[k] * pairs, p), FLOAT(1))
        after[k] = rules.relax(now[k], target, moves)


@inlined
def contingents_leave(key: Any, run: Any, step: Any, commitment: Any, table: Any, chance: Any, blocks: Any,
                      leaving: Any, status: Any, p: Any) -> None:  # fmt: skip
    """Contingents of a patron that gave up go home."""
    gave_up = False
    for k in range(len(commitment)):
        gave_up = gave_up or not commitment[k] >= p.commitment_floor
    if not gave_up:
        return
    if blocks[LEAVE] != step // SIEVED:
        blocks[LEAVE] = step // SIEVED
        coarse_of(key, run, step // SIEVED, table.hash, NOTHING, table.contingent_rows, LEAVE, leaving)
    for u in table.contingent_rows:
        if status[u] > WITHDRAWING or commitment[table.patron[u]] >= p.commitment_floor:
            continue
        byte = leaving[step % SIEVED, u]
        if near(byte, chance) and fine(byte, uniform(key, run, step, table.hash[u], LEAVE)) < chance:
            status[u] = EVACUATED


@inlined
def listen(rumour: Any, reach: Any, listening: Any) -> Any:
    """Fills `listening` with the units in `reach` that are still to hear the rumour; returns how many units are
    within its reach by now, how many have heard it, and how many have not."""
    within = heard = number = 0
    for u in reach:
        within += rumour[u] > 0
        heard += rumour[u] == 2
        if rumour[u] == 1:
            listening[number] = u
            number += 1
    return within, heard, number


@inlined
def spread(key: Any, run: Any, step: Any, hour: Any, until: Any, rumour: Any, hashes: Any, effect: Any,
           identity: Any, reach: Any, p: Any, dt: Any, hearing: Any, blocks: Any, known: Any, listening: Any,
           told: Any) -> Any:  # fmt: skip
    """Equation 6. Who hears a rumour in this step: fills `told` with (rumour, unit); returns how many."""
    number = 0
    for k in range(len(until)):
        if not until[k] > hour:
            continue
        if known[k, 0] < 0:
            e = effect[k]
            within, heard, left = listen(rumour[k], reach.items[reach.first[e] : reach.first[e + 1]], listening[k])
            known[k, 0], known[k, 1], known[k, 2] = within, heard, left
            blocks[k] = -1
        if known[k, 2] == 0:
            continue  # nobody is left to hear it
        chance = rules.probability(rules.hearing(FLOAT(known[k, 1] / max(known[k, 0], 1)), p) * dt)
        if blocks[k] != step // SIEVED:
            blocks[k] = step // SIEVED
            coarse_of(key, run, blocks[k], hashes, identity[k], listening[k, : known[k, 2]], RUMOUR, hearing[k])
        still = 0
        for i in range(known[k, 2]):
            u = listening[k, i]
            byte = hearing[k, step % SIEVED, u]
            if near(byte, chance) and fine(byte, uniform(key, run, step, hashes[u] ^ identity[k], RUMOUR)) < chance:
                rumour[k, u] = 2
                told[number, 0], told[number, 1] = k, u
                number += 1
            else:
                listening[k, still] = u
                still += 1
        known[k, 1] += known[k, 2] - still
        known[k, 2] = still
    return number
