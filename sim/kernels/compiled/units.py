"""What units see, suffer, weigh and decide in one run.

Arrays have one entry per unit unless said otherwise. What every unit does is a short loop over
all of them, which becomes vector code; the rest goes through lists of the few it concerns. A list
is filled without branches: each row is written where the next one belongs, and counts or does not.
Sums run over units in their order, in float64: the same bits as NumPy's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels.compiled import rules
from sim.kernels.compiled.draws import fine, near, words
from sim.kernels.compiled.rules import to_uniform
from sim.kernels.compiled.source import inlined, part
from sim.randomness import Decision
from sim.rules.exits import WAYS
from sim.state import Status

HOLDING, WAVERING, WITHDRAWING = int(Status.HOLDING), int(Status.WAVERING), int(Status.WITHDRAWING)
DISPERSED, EVACUATED, DESTROYED = int(Status.DISPERSED), int(Status.EVACUATED), int(Status.DESTROYED)
ABSENT = int(Status.ABSENT)
TRANSITION, EXIT = int(Decision.TRANSITION), int(Decision.EXIT)
_WAYS = np.array([Status.named(way) for way in WAYS], np.int8)


# -- where they stand -------------------------------------------------------------------------------


@inlined
def stand(place: Any, hop: Any, status: Any, here: Any, slot: Any, crowd: Any, per_comrade: Any,
          alone: Any) -> None:  # fmt: skip
    """Where units stand: on the road, with the place they make for; absent ones at a place of their own.
    `per_comrade` (place): 1 over the comrades of each unit there."""
    crowd[:] = 0
    nowhere = len(crowd) - 1
    for u in range(len(place)):
        at = np.uint32(hop[u]) if hop[u] >= 0 else np.uint32(place[u])
        here[u] = at
        slot[u] = np.uint32(nowhere) if status[u] == ABSENT else at
    for u in range(len(place)):
        crowd[slot[u]] += 1
    for group in range(len(crowd)):
        per_comrade[group] = 1.0 / max(crowd[group] - 1, 1)
    for u in range(len(place)):
        alone[u] = crowd[slot[u]] <= 1


@inlined
def around(here: Any, beside_lost: Any, flank: Any, allies: Any, supplied: Any, p: Any, out: Any) -> None:
    """What the place of each unit holds for it as long as nobody moves and no place changes hands.
    `out`: flank, allies, connection, exposure without a fight."""
    lost_beside, beside, connected, calm = out
    for u in range(len(here)):
        at = here[u]
        lost_beside[u], beside[u] = flank[at], allies[at]
        connected[u] = np.float32(1) if supplied[at] else np.float32(0)
        calm[u] = rules.exposure(np.float32(0), beside_lost[at], p)


@inlined
def face(here: Any, attackers: Any, touched: Any) -> Any:
    """Fills `touched` with the units at attacked places; returns how many."""
    number = 0
    for u in range(len(here)):
        touched[number] = u
        number += attackers[here[u]] > 0
    return number


@inlined
def on_the_road(status: Any, walking: Any) -> Any:
    """Fills `walking` with the units that withdraw; returns how many."""
    number = 0
    for u in range(len(status)):
        walking[number] = u
        number += status[u] == WITHDRAWING
    return number


@inlined
def man(fighting: Any, quality: Any, slot: Any, room: Any, manned: Any) -> None:
    """At which places (the last is nowhere) somebody fights who can. `room` (unit) is scratch."""
    manned[:] = False
    nowhere = np.uint32(len(manned) - 1)
    for u in range(len(slot)):
        room[u] = slot[u] if fighting[u] * quality[u] > 0 else nowhere
    for u in range(len(slot)):
        manned[room[u]] = True


# -- what they see ----------------------------------------------------------------------------------


@inlined
def see(status: Any, slot: Any, per_comrade: Any, side: Any, formation: Any, allies: Any, ties: Any, p: Any,
        worth: Any, kind: Any, cell: Any, tally: Any, told: Any, out: Any) -> None:  # fmt: skip
    """Comrades seen holding. `out`: local, command, nation, patron; `worth` (kind), `kind` and `cell` (unit), `tally`
    and `told` (kind, group) are scratch.

    A unit holds for all, for nothing, or for what a parameter says: units of one kind in one group see the same.
    A group's sum is made of how many there are of each kind; both are exact in float64, in any order.
    """
    local, command, nation, patron = out
    worth[0], worth[1], worth[2], worth[3] = 0.0, 1.0, np.float64(p.hold_wavering), np.float64(p.hold_withdrawing)
    for u in range(len(status)):
        now = status[u]
        steady = np.uint32(1) if now in (HOLDING, ABSENT) else np.uint32(0)
        wavers = np.uint32(2) if now == WAVERING else np.uint32(0)
        kind[u] = steady + wavers + (np.uint32(3) if now == WITHDRAWING else np.uint32(0))
    _count_cells(slot, kind, cell, tally)
    _tell(len(per_comrade), per_comrade, worth, tally, told)
    _hear(cell, told, local)
    _count_cells(formation.of, kind, cell, tally)
    _tell(formation.number, formation.per_comrade, worth, tally, told)
    _hear(cell, told, command)
    groups = tally.shape[1]
    for u in range(len(status)):
        cell[u] = side.of[u] + kind[u] * np.uint32(groups)
    for group in range(side.number):  # few: no unit waits for the count of the one before
        for each in range(len(worth)):
            this, number = np.uint32(group + each * groups), np.uint32(0)
            for u in range(len(status)):
                number += np.uint32(1) if cell[u] == this else np.uint32(0)
            tally[each, group] = number
    _tell(side.number, side.per_comrade, worth, tally, told)
    _hear(cell, told, nation)
    tally[:] = 0
    for u in allies.members:
        tally[kind[u], allies.of[u]] += 1
    _tell(allies.number, allies.per_comrade, worth, tally, told)
    for u in allies.members:
        patron[u] = told[kind[u], allies.of[u]]
    if ties.used:
        for u in range(len(status)):
            total = 0.0
            for tie in range(ties.first[u], ties.first[u + 1]):
                total += ties.weight[tie] * worth[kind[ties.seen[tie]]]
            command[u] = np.float32(total)


@inlined
def _count_cells(group: Any, kind: Any, cell: Any, tally: Any) -> None:
    """Counts the units of each kind in each group; fills `cell` with where each unit was counted."""
    kinds, groups = tally.shape
    flat = tally.reshape(kinds * groups)
    for u in range(len(group)):
        cell[u] = group[u] + kind[u] * np.uint32(groups)
    flat[:] = 0
    for u in range(len(group)):
        flat[cell[u]] += 1


@inlined
def _tell(groups: Any, per_comrade: Any, worth: Any, tally: Any, told: Any) -> None:
    """What the others in each group hold for, on average, to a unit of each kind."""
    wavering, on_the_road = worth[2], worth[3]
    for kind in range(len(worth)):
        own = worth[kind]
        for group in range(groups):
            total = np.float64(tally[1, group]) + (tally[2, group] * wavering + tally[3, group] * on_the_road)
            told[kind, group] = np.float32((total - own) * per_comrade[group])


@inlined
def _hear(cell: Any, told: Any, out: Any) -> None:
    kinds, groups = told.shape
    flat = told.reshape(kinds * groups)
    for u in range(len(cell)):
        out[u] = flat[cell[u]]


@inlined
def sense(seen: Any, allied: Any, p: Any, belief: Any) -> None:
    """Equation 1. `seen`: local, command, nation, patron, lagged."""
    local, command, nation, patron = seen
    for u in range(len(belief)):
        blended = rules.allied_nation(nation[u], patron[u], p)
        belief[u] = rules.belief(local[u], command[u], blended if allied[u] else nation[u], p)


@inlined
def learn(seen: Any, targets: Any, alone: Any, local_news: Any, news: Any, allied: Any) -> None:
    """What is seen follows what there is to see, with a lag; whoever is alone goes by the nation. `seen`, `targets`,
    `alone`: local, command, nation, patron."""
    local, command, nation, patron = seen
    for u in range(len(nation)):
        after = rules.noticed(patron[u], nation[u] if alone[3][u] else targets[3][u], news)
        patron[u] = after if allied[u] else patron[u]
    for u in range(len(nation)):
        before = nation[u]
        local[u] = rules.noticed(local[u], before if alone[0][u] else targets[0][u], local_news)
        command[u] = rules.noticed(command[u], before if alone[1][u] else targets[1][u], news)
        nation[u] = rules.noticed(before, before if alone[2][u] else targets[2][u], news)


# -- what they suffer -------------------------------------------------------------------------------


@inlined
def muster(status: Any, men: Any, strength: Any, own: Any, p: Any, start_men: Any, fighting: Any) -> Any:
    """Men each unit brings to a fight; returns what is left of the force, a share. `own`: rows."""
    for u in range(len(status)):
        now = status[u]
        effectiveness = (np.float32(1) if now == HOLDING else np.float32(0)) + (
            p.effective_wavering if now == WAVERING else np.float32(0)
        )
        fighting[u] = rules.fighting_men(men[u], strength[u], effectiveness, np.float32(1))
    total = 0.0
    for u in own:
        total += np.float64(fighting[u])
    return np.float32(total / max(start_men, 1.0))


@inlined
def fight(attacked: Any, touched: Any, fighting: Any, quality: Any, here: Any, slot: Any, control: Any, terrain: Any,
          attackers: Any, air: Any, host: Any, dt: Any, p: Any, men: Any, battle: Any) -> None:  # fmt: skip
    """Equation 2 at each of the places `attacked`, against the units `touched`.

    `men` (place) is scratch. `battle` (6, place): pressure, terrain and air, losses of
    defenders and attackers, fatigue's level and share; only attacked places are filled in, and the
    losses of attackers.
    """
    for place in attacked:
        men[place] = 0.0
    for u in touched:
        if slot[u] == here[u]:  # not absent
            men[here[u]] += np.float64(fighting[u] * quality[u])
    battle[3, :] = np.float32(0)  # a column too weak to count may stand elsewhere
    for place in attacked:
        theirs = attackers[place]
        support = air * (np.float32(1) if control[place] == host else np.float32(0))
        defenders = rules.defence(np.float32(men[place]), terrain[place], support, p)
        battle[0, place] = rules.pressure(theirs, defenders, p)
        battle[1, place] = rules.defence(np.float32(1), terrain[place], support, p)
        battle[2, place] = rules.probability(rules.loss_rate(defenders, theirs, p) * dt)
        battle[3, place] = rules.probability(rules.loss_rate(theirs, defenders, p) * dt)
        level, share = rules.settling(battle[0, place], dt, p)
        battle[4, place] = level
        battle[5, place] = share


@inlined
def rest(calm: Any, settling: Any, felt: Any) -> None:
    """No fight is felt by anybody. `settling`: fatigue's level and share out of pressure; `felt`: as `engage`."""
    pressure, level, share, exposure = felt
    for u in range(len(calm)):
        pressure[u], level[u], share[u], exposure[u] = np.float32(0), settling[0], settling[1], calm[u]


@inlined
def engage(touched: Any, here: Any, battle: Any, beside_lost: Any, status: Any, strength: Any, p: Any, felt: Any,
           left: Any) -> None:  # fmt: skip
    """What the fight at their place does to the units `touched`. `felt`: pressure, fatigue's level and share,
    exposure; `left`: what is left of the strength of each of `touched`."""
    pressure, level, share, exposure = felt
    for i in range(len(touched)):
        u = touched[i]
        at = here[u]
        pressure[u], level[u], share[u] = battle[0, at], battle[4, at], battle[5, at]
        exposure[u] = rules.exposure(battle[0, at], beside_lost[at], p)
        stands = np.float32(1) if status[u] <= WAVERING else np.float32(0)
        left[i] = strength[u] * (np.float32(1) - battle[2, at] * stands)


@inlined
def tire(fatigue: Any, supply: Any, felt: Any, connected: Any, supply_cap: Any, days: Any) -> None:
    """Fatigue and stocks (equation 3) after the step. `felt`: as `engage`."""
    pressure, level, share, _ = felt
    for u in range(len(fatigue)):
        fatigue[u] = rules.relax(fatigue[u], level[u], share[u])
    for u in range(len(supply)):
        supply[u] = rules.stock(supply[u], connected[u], pressure[u], supply_cap[u], days)


# -- what they weigh --------------------------------------------------------------------------------


@inlined
def backing(status: Any, units: Any, beside: Any, trust: Any, commitment: Any, weight: Any, p: Any,
            out: Any) -> None:  # fmt: skip
    """The support that each unit feels; `beside` counts allied units where it stands."""
    if len(weight) == 0:
        for u in range(len(status)):
            out[u] = np.float32(0.5)  # nobody to miss: the reference value
        return
    together = np.float32(0)
    for k in range(len(weight)):
        together = together + weight[k] * commitment[k]
    for u in range(len(status)):
        out[u] = rules.support(beside[u], trust[u], together, p)
    for u in units.allied_rows:
        itself = np.float32(1) if status[u] <= WAVERING else np.float32(0)
        out[u] = rules.support(beside[u] - itself, trust[u], commitment[units.patron[u]], p)


@inlined
def weigh(hour: Any, leaderless_until: Any, shocks: Any, pressure: Any, flank: Any, strength: Any, supply: Any,
          belief: Any, fatigue: Any, support: Any, loyalty: Any, safety: Any, disposition: Any, p: Any, half: Any,
          shock: Any) -> None:  # fmt: skip
    """Equation 4: the quit index eta, kept as exp(eta/2)."""
    for u in range(len(half)):
        shock[u] = shocks[0, u]
    for decay in range(1, len(shocks)):
        for u in range(len(half)):
            shock[u] = shock[u] + shocks[decay, u]
    for u in range(len(half)):
        leaderless = np.float32(1) if leaderless_until[u] > hour else np.float32(0)
        terms = rules.terms(pressure[u], flank[u], strength[u], rules.want(supply[u], p), belief[u], leaderless,
                            fatigue[u], support[u], loyalty[u], safety[u], shock[u], p)  # fmt: skip
        half[u] = rules.exp(rules.index(terms, disposition[u], p) * np.float32(0.5))


@inlined
def menace(status: Any, hour: Any, leaderless_until: Any, exposure: Any, half: Any, rally: Any, leave_rate: Any,
           dt: Any, p: Any, coarse: Any, integral: Any, is_near: Any) -> None:  # fmt: skip
    """Equation 5: the hazard of a change of status, times the step; whose coarse byte lies near it."""
    for u in range(len(status)):
        leaderless = np.float32(1) if leaderless_until[u] > hour else np.float32(0)
        steep, open_to = half[u], exposure[u]
        doubt = rules.waver(steep, open_to, p)
        wavering = rules.leave(steep, open_to, leave_rate) + rules.rally(steep, leaderless, rally[u], p)
        straying = rules.straggle(steep, leave_rate, p)
        now = status[u]
        hazard = doubt if now == HOLDING else np.float32(0)
        hazard = wavering if now == WAVERING else hazard
        hazard = straying if now == WITHDRAWING else hazard
        integral[u] = hazard * dt
    for u in range(len(status)):
        is_near[u] = near(coarse[u], integral[u])


@part
def way_out(draw: Any, may_withdraw: Any, leaderless: Any, command: Any, connected: Any, elite: Any,
            enclosed: Any, pressure: Any, safety: Any, offer: Any, loyalty: Any, trust: Any, at_capital: Any,
            contingent: Any, p: Any) -> Any:  # fmt: skip
    """How a unit leaves, by one draw: its new status. Foreign contingents are evacuated."""
    if contingent:
        return np.int8(EVACUATED)
    shut = np.float32(1) if enclosed else np.float32(0)
    scores = rules.scores(leaderless, command, np.float32(1) - connected, elite, shut, pressure, safety, offer,
                          loyalty, trust, p)  # fmt: skip
    free = (not enclosed) and (not at_capital) and may_withdraw
    return _WAYS[rules.way(draw, rules.shares(scores, free))]


@inlined
def draw_change(key: Any, run: Any, step: Any, identity: Any, byte: Any, integral: Any) -> Any:
    """(chance, draw, cause, way, again) of a unit whose coarse byte lies near its hazard."""
    w0, w1, w2, w3 = words(key, run, TRANSITION // 4, step, identity)
    draw = fine(byte, to_uniform(w0))
    return rules.probability(integral), draw, to_uniform(w1), to_uniform(w2), to_uniform(w3)
