"""What units see, suffer, weigh and decide in one run: the dense part of a step.

Arrays have one entry per unit unless said otherwise. Sums run over units in their order, in
float64: the same bits as NumPy's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels.compiled import rules
from sim.kernels.compiled.draws import fine, words
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


@inlined
def stand(place: Any, hop: Any, status: Any, here: Any, slot: Any, crowd: Any, per_comrade: Any,
          alone: Any) -> None:  # fmt: skip
    """Where units stand: on the road, with the place they make for; absent ones at a place of their own."""
    crowd[:] = 0
    nowhere = len(crowd) - 1
    for u in range(len(place)):
        at = np.int32(hop[u]) if hop[u] >= 0 else np.int32(place[u])
        here[u] = at
        slot[u] = np.int32(nowhere) if status[u] == ABSENT else at
        crowd[slot[u]] += 1
    for u in range(len(place)):
        others = crowd[slot[u]] - 1
        per_comrade[u] = 1.0 / max(others, 1)
        alone[u] = others <= 0


@inlined
def see(status: Any, slot: Any, per_comrade: Any, side: Any, formation: Any, allies: Any, ties: Any, p: Any,
        here: Any, sums: Any, seen: Any, local: Any, nation: Any, command: Any, patron: Any) -> None:  # fmt: skip
    """Comrades seen holding, per layer. `here` (place) and `sums` (3, group) are scratch."""
    here[:] = 0.0
    sums[:] = 0.0
    for u in range(len(status)):
        now = status[u]
        steady = np.float32(1) if now in (HOLDING, ABSENT) else np.float32(0)
        wavers = p.hold_wavering if now == WAVERING else np.float32(0)
        road = p.hold_withdrawing if now == WITHDRAWING else np.float32(0)
        value = np.float64(steady + wavers + road)
        seen[u] = value
        here[slot[u]] += value
        sums[0, side.of[u]] += value
        sums[1, formation.of[u]] += value
        if allies.of[u] >= 0:
            sums[2, allies.of[u]] += value
    for u in range(len(status)):
        local[u] = np.float32((here[slot[u]] - seen[u]) * per_comrade[u])
        nation[u] = np.float32((sums[0, side.of[u]] - seen[u]) * side.per_comrade[u])
        command[u] = np.float32((sums[1, formation.of[u]] - seen[u]) * formation.per_comrade[u])
        if allies.of[u] >= 0:
            patron[u] = np.float32((sums[2, allies.of[u]] - seen[u]) * allies.per_comrade[u])
    if ties.used:
        for u in range(len(status)):
            total = 0.0
            for tie in range(ties.first[u], ties.first[u + 1]):
                total += ties.weight[tie] * seen[ties.seen[tie]]
            command[u] = np.float32(total)


@inlined
def sense(
    targets: Any,
    alone: Any,
    local_news: Any,
    news: Any,
    old: Any,
    new: Any,
    belief: Any,
    allied: Any,
    any_allied: Any,
    p: Any,
) -> None:
    """Equation 1. `targets`, `old`, `new`: local, command, nation, patron; `alone`: local, command, nation, patron."""
    local, command, nation, patron = targets
    old_local, old_command, old_nation, old_patron = old
    new_local, new_command, new_nation, new_patron = new
    alone_local, alone_command, alone_nation, alone_patron = alone
    for u in range(len(belief)):
        before = old_nation[u]
        belief[u] = rules.belief(old_local[u], old_command[u], before, p)
        new_local[u] = rules.relax(old_local[u], before if alone_local[u] else local[u], local_news)
        new_command[u] = rules.relax(old_command[u], before if alone_command[u] else command[u], news)
        new_nation[u] = rules.relax(before, before if alone_nation[u] else nation[u], news)
    if any_allied:
        for u in range(len(belief)):
            if allied[u]:
                instead = rules.allied_nation(old_nation[u], old_patron[u], p)
                belief[u] = rules.belief(old_local[u], old_command[u], instead, p)
                target = old_nation[u] if alone_patron[u] else patron[u]
                new_patron[u] = rules.relax(old_patron[u], target, news)


@inlined
def muster(status: Any, men: Any, strength: Any, own: Any, p: Any, start_men: Any, fighting: Any) -> Any:
    """Men each unit brings to a fight; returns what is left of the force, a share."""
    for u in range(len(status)):
        now = status[u]
        effectiveness = (np.float32(1) if now == HOLDING else np.float32(0)) + (
            p.effective_wavering if now == WAVERING else np.float32(0)
        )
        fighting[u] = rules.fighting_men(men[u], strength[u], effectiveness, np.float32(1))
    total = 0.0
    for u in range(len(status)):
        if own[u]:
            total += np.float64(fighting[u])
    return np.float32(total / max(start_men, 1.0))


@inlined
def fight(fighting: Any, quality: Any, slot: Any, control: Any, terrain: Any, attackers: Any, air: Any, host: Any,
          dt: Any, p: Any, men: Any, manned: Any, battle: Any, empty: Any) -> None:  # fmt: skip
    """Equation 2 at each place that is attacked; elsewhere nothing happens but rest.

    `men` (place + 1) is scratch. `battle` (6, place): pressure, terrain and air, losses of
    defenders and attackers, fatigue's level and share; only attacked places are filled in, and the
    losses of attackers.
    """
    men[:] = 0.0
    manned[:] = False
    for u in range(len(slot)):
        at = slot[u]
        if at < len(terrain):
            if attackers[at] > 0:
                men[at] += np.float64(fighting[u] * quality[u])
            elif fighting[u] * quality[u] > 0:
                manned[at] = True
    for place in range(len(terrain)):
        theirs = attackers[place]
        empty[place] = theirs <= 0 and not manned[place]
        battle[3, place] = np.float32(0)  # a column too weak to count may stand there
        if theirs > 0:
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
def engage(here: Any, attackers: Any, battle: Any, beside_lost: Any, calm: Any, rest: Any, p: Any,
           out: Any) -> None:  # fmt: skip
    """What the fight at its place does to each unit. `rest`: fatigue's level and share out of pressure;
    `out`: pressure, losses, fatigue's level and share, exposure."""
    pressure, dying, level, share, exposure = out
    for u in range(len(here)):
        pressure[u], dying[u], level[u], share[u], exposure[u] = 0, 0, rest[0], rest[1], calm[u]
    for u in range(len(here)):
        at = here[u]
        if attackers[at] > 0:
            pressure[u], dying[u], level[u], share[u] = battle[0, at], battle[2, at], battle[4, at], battle[5, at]
            exposure[u] = rules.exposure(battle[0, at], beside_lost[at], p)


@inlined
def suffer(status: Any, felt: Any, connected: Any, supply_cap: Any, old: Any, new: Any, days: Any) -> None:
    """Losses, fatigue and stocks of each unit. `felt`: as `engage`; `old`, `new`: strength, fatigue, supply."""
    pressure, dying, level, share, _ = felt
    strength, fatigue, supply = old
    new_strength, new_fatigue, new_supply = new
    for u in range(len(status)):
        stands = np.float32(1) if status[u] <= WAVERING else np.float32(0)
        new_strength[u] = strength[u] * (np.float32(1) - dying[u] * stands)
        new_fatigue[u] = rules.relax(fatigue[u], level[u], share[u])
    for u in range(len(status)):
        new_supply[u] = rules.stock(supply[u], connected[u], pressure[u], supply_cap[u], days)


@inlined
def backing(status: Any, allied: Any, patron: Any, beside: Any, trust: Any, commitment: Any, weight: Any, p: Any,
            promised: Any, out: Any) -> None:  # fmt: skip
    """The support that each unit feels; `beside` counts allied units where it stands. `promised` is scratch."""
    for u in range(len(status)):
        out[u] = np.float32(0.5)  # nobody to miss: the reference value
    if len(weight) > 0:
        together = np.float32(0)
        for k in range(len(weight)):
            together = together + weight[k] * commitment[k]
        for u in range(len(status)):
            promised[u] = commitment[patron[u]] if patron[u] >= 0 else together
        for u in range(len(status)):
            itself = np.float32(1) if allied[u] and status[u] <= WAVERING else np.float32(0)
            out[u] = rules.support(beside[u] - itself, trust[u], promised[u], p)


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
           dt: Any, p: Any, integral: Any) -> None:  # fmt: skip
    """Equation 5: the hazard of a change of status, times the step."""
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
