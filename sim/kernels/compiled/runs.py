"""The compiled kernel's one entry: runs, one after another, from a step to the horizon.

The phases are those of `sim.step`, in its order. A run's state lies together and stays in the
processor's cache for the whole run; vector lanes are units.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels.compiled import columns as cols
from sim.kernels.compiled import events, notes, rules, units, withdrawal
from sim.kernels.compiled import surroundings as around
from sim.kernels.compiled.draws import coarse, fine, near, uniform
from sim.kernels.compiled.source import entry, inlined, part
from sim.kernels.compiled.tables import RunState
from sim.parameters import Values
from sim.randomness import SIEVED, Decision
from sim.state import Status

HOLDING, WAVERING, WITHDRAWING = int(Status.HOLDING), int(Status.WAVERING), int(Status.WITHDRAWING)
DISPERSED, EVACUATED, DESTROYED = int(Status.DISPERSED), int(Status.EVACUATED), int(Status.DESTROYED)
ABSENT = int(Status.ABSENT)
TRANSITION, EXIT, LEAVE = int(Decision.TRANSITION), int(Decision.EXIT), int(Decision.LEAVE)
UPRISING, RUMOUR = int(Decision.UPRISING), int(Decision.RUMOUR)
FLOAT = np.float32


def _written(signature: str, kind: Any, field: str) -> Any:
    """A compiled function that makes a `kind` of one expression per field: compiled code cannot loop over names."""
    names = {"kind": kind}
    values = ", ".join(field.format(name=name, number=number) for number, name in enumerate(kind._fields))
    exec(f"def made({signature}):\n    return kind({values})", names)
    return inlined(names["made"])


_state_of_run = _written("state, r", RunState, "state.{name}[r]")
_parameters = _written("row", Values, "row[{number}]")


@entry
def simulate_runs(state: Any, t: Any, w: Any, values: Any, key: Any, numbers: Any, first: Any, last: Any, kept: Any,
                  counts: Any) -> None:  # fmt: skip
    """Step every run from step `first` to `last`, or until it is over.

    Args:
        state: `RunState` of arrays (run, ...); left as each run ends.
        t: `Tables`.
        w: `Scratch`.
        values: (run, parameter).
        key: the two halves of the seed.
        numbers: (run,) run numbers.
        kept: `sim.recording.Notes`, run last.
        counts: `sim.recording.Counts`, added to.
    """
    n, places = state.status.shape[1], state.control.shape[1]
    patrons, ticks = len(t.patrons.weight), len(counts.strength)
    one = t.numbers
    here, slot, crowd, per_comrade, alone = w.here, w.slot, w.crowd, w.per_comrade, w.alone
    place_sums, group_sums, seen = w.place_sums, w.group_sums, w.seen
    local, nation, command, patron_seen = w.local, w.nation, w.command, w.patron
    new_local, new_command, new_nation, new_patron = w.new_local, w.new_command, w.new_nation, w.new_patron
    belief, fighting, pressure, connected = w.belief, w.fighting, w.pressure, w.connected
    strength, fatigue, supply = w.strength, w.fatigue, w.supply
    support, half, shock, integral = w.support, w.half, w.shock, w.integral
    status, broke = w.status, w.broke
    battle, empty, at_place, fell, lost = w.battle, w.empty, w.at_place, w.fell, w.lost
    contested, control = w.contested, w.control
    flank, beside_lost, enclosed, supplied = w.flank, w.beside_lost, w.enclosed, w.supplied
    allies, trust, mean_trust, present, passable = w.allies, w.trust, w.mean_trust, w.present, w.passable
    queue, km, column_place, engaged = w.queue, w.km, w.column_place, w.engaged
    felt = (pressure, w.dying, w.level, w.level_share, w.exposure)
    waiting, has_fired, commitment, flags = w.waiting, w.has_fired, w.commitment, w.flags
    bytes_, rising, leaving, hearing = w.bytes_, w.rising, w.leaving, w.hearing
    heard_block, rumour_ids, told, kept_shocks = w.heard_block, w.rumour_ids, w.told, w.kept_shocks
    any_riser = False
    for place in range(places):
        any_riser = any_riser or t.places.rises[place] >= 0

    for r in range(len(numbers)):
        s, run, p = _state_of_run(state, r), numbers[r], _parameters(values[r])
        attackers_belief, last_success, attackers_lost = s.belief, s.last_success, s.attackers_lost
        # What parameters alone decide: the share of its way that each relaxation goes in a step.
        news = rules.probability(one.dt / p.information_delay)
        local_news = rules.probability(one.dt / (p.information_delay * p.local_delay_share))
        loyalty_back = rules.probability(one.dt / p.loyalty_delay)
        patron_moves = rules.probability(one.dt / p.patron_delay)
        belief_keep = rules.exp(-one.dt / p.belief_decay)
        leave_rate = rules.leave_rate(p)
        contingents_leave = rules.probability(p.contingent_leave_rate * one.dt)
        for decay in range(len(t.shock_decays)):
            tau = p.shock_decay if np.isnan(t.shock_decays[decay]) else t.shock_decays[decay]
            kept_shocks[decay] = rules.exp(-one.dt / tau)
        rest = rules.settling(FLOAT(0), one.dt, p)
        count = 0
        for row in range(len(waiting)):
            has_fired[row] = np.isfinite(s.fired[row])
            if s.moment[row] < np.inf and not has_fired[row] and not s.missed[row]:
                waiting[count] = row
                count += 1
        flags[:] = True
        trust[:] = FLOAT(1)
        mean_trust[:] = FLOAT(1)
        allies[:] = FLOAT(0)
        heard_block[:] = -1
        block = leave_block = -1
        fresh = True  # someone's status or place has changed
        share = units.muster(s.status, s.men, s.strength, t.units.own, p, s.start_men, fighting)
        for u in range(n):
            broke[u] = s.broken[u]
        if first == 0:
            for place in range(places):
                lost[place] = False
            notes.count_at(0, 1, share, s.status, s.men, s.strength, t.units.host, w.men_of,
                           w.units_of, counts)  # fmt: skip

        for step in range(first, last):
            hour64 = step * one.step_hours
            hour = FLOAT(hour64)
            # begin
            for column in range(len(column_place)):
                if 0 < t.columns.starts[column] <= hour64:
                    s.column_active[column] = True
            before = FLOAT(hour64 - one.step_hours)
            for link in range(len(s.closed_until)):
                if before < s.closed_until[link] <= hour:
                    flags[events.STALE] = True
            cols.locate(s.control, s.column_men, s.column_active, s.column_at, s.axis_quality, t.columns, t.sides,
                        t.places.protected, column_place, engaged, place_sums, at_place)  # fmt: skip
            # happen
            total = 0.0
            for u in range(n):
                if t.units.own[u]:
                    total += np.float64(s.seen_nation[u])
            force = FLOAT(total / one.own)
            for place in range(places):
                lost[place] = s.control[place] != t.places.holder[place]
                contested[place] = at_place[place] > 0 or s.risen[place]
            flags[events.ATTACKERS] = False
            passing = False
            for undo in range(len(s.undo_at)):
                passing = passing or s.undo_at[undo] <= hour
            if passing:
                attackers_belief = events.end_passing(hour64, values[r], s, attackers_belief, t.effects, flags)
            due = events.start_clocks(waiting, count, hour64, hour64 - one.step_hours, s.moment, s.delay, s.due,
                                      t.triggers, t.guards, lost, contested, has_fired, s.commitment, share,
                                      force)  # fmt: skip
            if due:
                still = 0
                for i in range(count):
                    row = waiting[i]
                    if s.due[row] <= hour:
                        attackers_belief = events.fire(row, key, run, hour64, values[r], s, attackers_belief,
                                                       t.triggers, t.effects, t.units, t.places, t.columns, one.host,
                                                       flags)  # fmt: skip
                        has_fired[row] = np.isfinite(s.fired[row])
                    else:
                        waiting[still] = row
                        still += 1
                count, fresh = still, True
                share = units.muster(s.status, s.men, s.strength, t.units.own, p, s.start_men, fighting)
            if flags[events.ATTACKERS]:
                cols.locate(s.control, s.column_men, s.column_active, s.column_at, s.axis_quality, t.columns, t.sides,
                            t.places.protected, column_place, engaged, place_sums, at_place)  # fmt: skip
            # look
            if flags[events.MOVED]:
                units.stand(s.place, s.hop, s.status, places, here, slot, crowd, per_comrade, alone)
                fresh = True
            if flags[events.STALE]:
                around.look(hour, s.control, s.risen, s.closed_until, t.places, t.graph, passable, flank, beside_lost,
                            enclosed, supplied, queue)  # fmt: skip
            if flags[events.STALE_ALLIES]:
                around.look_at_allies(s.status, s.men, s.place, s.trust, t.units, t.patrons, present, allies, trust,
                                      mean_trust)  # fmt: skip
            if flags[events.MOVED] or flags[events.STALE] or flags[events.STALE_ALLIES]:
                units.around(n, here, beside_lost, flank, allies, supplied, p,
                             (w.flank_felt, w.beside, connected, w.calm))  # fmt: skip
            flags[:] = False
            # sense
            if fresh:
                units.see(s.status, slot, per_comrade, t.side, t.formation, t.allies, t.ties, p, place_sums, group_sums,
                          seen, local, nation, command, patron_seen)  # fmt: skip
                fresh = False
            units.sense(n, (local, command, nation, patron_seen),
                        (alone, t.formation.alone, t.side.alone, t.allies.alone), (local_news, news),
                        (s.seen_local, s.seen_command, s.seen_nation, s.seen_patron),
                        (new_local, new_command, new_nation, new_patron), belief, t.units.allied, patrons > 0,
                        p)  # fmt: skip
            # fight
            air = s.commitment[one.air] if one.air >= 0 else FLOAT(0)
            units.fight(fighting, s.quality, slot, s.control, t.places.terrain, at_place, air, one.host, one.dt, p,
                        place_sums, w.manned, battle, empty)  # fmt: skip
            units.engage(n, here, at_place, battle, beside_lost, w.calm, rest, p, felt)
            # consume
            units.suffer(n, s.status, felt, connected, t.units.supply_cap, (s.strength, s.fatigue, s.supply),
                         (strength, fatigue, supply), one.days)  # fmt: skip
            # weigh, decide
            together = FLOAT(0)
            for k in range(patrons):
                together = together + t.patrons.weight[k] * s.commitment[k]
            units.backing(n, s.status, t.units.allied, t.units.patron, w.beside, trust, s.commitment, together,
                          patrons > 0, p, w.promised, support)  # fmt: skip
            units.weigh(n, hour, s.leaderless_until, s.shock, pressure, w.flank_felt, s.strength, s.supply, belief,
                        s.fatigue, support, s.loyalty, s.disposition, p, half, shock)  # fmt: skip
            units.menace(n, s.status, hour, s.leaderless_until, w.exposure, half, s.rally, leave_rate, one.dt, p, integral)
            if step // SIEVED != block:
                block = step // SIEVED
                coarse(key, run, block, t.units.hash, TRANSITION, bytes_)
                coarse(key, run, block, t.places.hash, UPRISING, rising)
            row = bytes_[step % SIEVED]
            for u in range(n):
                status[u] = s.status[u]
            for u in range(n):
                if near(row[u], integral[u]):
                    _strike(u, row[u], key, run, step, s, status, t.units, one, w.exposure[u], half[u], integral[u],
                            leave_rate, hour, connected, enclosed, pressure, trust, p)  # fmt: skip
            # spread
            heard = _spread(key, run, step, hour, s.rumour_until, s.rumour, t.units.hash, t.effects.of_rumour,
                            t.effects.rumour_hash, t.effects.units, p, one.dt, hearing, heard_block, rumour_ids,
                            told)  # fmt: skip
            # commit_patrons
            if patrons > 0:
                spirit = rules.fighting_spirit(_holding_in_contact(s.status, pressure, t.units.own, p), force)
                for k in range(patrons):
                    pairs = FLOAT(1)
                    if one.pair_trust > 0:
                        mean = FLOAT(0)
                        for other in range(patrons):
                            mean = mean + (FLOAT(0) if other == k else s.pair_trust[k, other])
                        pairs = mean / one.pair_trust
                    ratio = mean_trust[k] / t.patrons.start_trust[k] * pairs
                    target = min(rules.commitment_target(spirit, ratio, p), FLOAT(1))
                    commitment[k] = rules.relax(s.commitment[k], target, patron_moves)
                for u in range(n):
                    if not t.units.contingent[u]:
                        continue
                    gave_up = s.commitment[t.units.patron[u]] < p.commitment_floor
                    if gave_up and status[u] <= WITHDRAWING:
                        if step // SIEVED != leave_block:
                            leave_block = step // SIEVED
                            coarse(key, run, leave_block, t.units.hash, LEAVE, leaving)
                        byte = leaving[step % SIEVED, u]
                        if near(byte, contingents_leave):
                            draw = fine(byte, uniform(key, run, step, t.units.hash[u], LEAVE))
                            if draw < contingents_leave:
                                status[u] = EVACUATED
            # advance
            for place in range(places):
                control[place] = s.control[place]
            pace = rules.speed(attackers_belief, p) * one.dt / FLOAT(24)
            _fallen(status, s.men, strength, s.quality, pressure, here, battle[1], at_place, place_sums, fell, p)
            attackers_lost = cols.suffer_and_take(battle[3], fell, s.control, control, s.column_men, s.axis_quality,
                                                  t.columns, t.places.depot, column_place, engaged, attackers_lost,
                                                  p)  # fmt: skip
            cols.walk_in(empty, beside_lost, s.control, control, s.unguarded, pace, t.places, t.graph, t.sides,
                         one.host)  # fmt: skip
            cols.march(pace, hour, s.column_active, engaged, s.column_at, s.column_km, s.closed_until, t.columns, p)
            taken, changed = 0, False
            for place in range(places):
                fell[place] = control[place] != s.control[place]
                changed = changed or fell[place]
                taken += fell[place] and t.sides.attacking[control[place]]
            attackers_belief = cols.hearten(attackers_belief, last_success, taken, engaged, belief_keep, hour, p)
            if taken > 0:
                last_success = hour
            if changed:
                flags[events.STALE] = True
                for u in range(n):
                    if fell[here[u]] and status[u] <= WAVERING:
                        draw = uniform(key, run, step, t.units.hash[u], EXIT)
                        way = _way_out(u, draw, True, s, t.units, one, enclosed, hour, connected, pressure, trust, p)
                        _leave(u, way, s.broken, status)
            # rise
            if any_riser:
                chance = rules.probability(rules.hazard(force, p) * one.dt)
                for place in range(places):
                    axis = t.places.rises[place]
                    if axis < 0 or not near(rising[step % SIEVED, place], chance):
                        continue
                    if control[place] != one.host or s.risen[place] or at_place[place] > 0:
                        continue
                    draw = fine(rising[step % SIEVED, place], uniform(key, run, step, t.places.hash[place], UPRISING))
                    if draw < chance:
                        events.raise_axis(axis, s, t.columns, t.places, flags)
            # withdraw
            for u in range(n):
                if s.status[u] == WITHDRAWING and status[u] == WITHDRAWING:
                    flags[events.MOVED] = True
                    stuck = withdrawal.find_way(u, t.units.home[u], t.units.contingent[u], one.capital, s.control, control,
                                                status, s.place, s.destination, s.hop, s.road_left, t.sides.neutral,
                                                passable, t.graph, t.shortcuts, km) if s.hop[u] < 0 else False  # fmt: skip
                    if stuck:
                        draw = uniform(key, run, step, t.units.hash[u], EXIT)
                        way = _way_out(u, draw, False, s, t.units, one, enclosed, hour, connected, pressure, trust, p)
                        _leave(u, way, s.broken, status)
                    pace_on_road = (p.road_speed_cap if t.units.motorised[u] else p.walk_speed) * one.dt / FLOAT(24)
                    if withdrawal.move(u, pace_on_road, t.units.home[u], t.units.contingent[u], s.control, control, status,
                                       s.place, s.destination, s.hop, s.road_left, s.shock,
                                       t.sides.neutral):  # fmt: skip
                        flags[events.STALE_ALLIES] = True
            # commit
            at = (step + 1) * one.step_hours
            breaks = 0
            for u in range(n):
                if status[u] <= WITHDRAWING and strength[u] < p.destroyed_below:
                    status[u] = DESTROYED
                if s.broken[u] and not broke[u]:
                    broke[u] = True
                    if t.units.own[u]:
                        term = notes.reason(u, hour, s, pressure, w.flank_felt, belief, support, shock, p)
                        notes.note_break(u, r, term, FLOAT(at), breaks, kept, counts)
                        breaks += 1
            for u in range(n):
                if status[u] != s.status[u]:
                    fresh = True
                    if t.units.allied[u] and (status[u] <= WAVERING) != (s.status[u] <= WAVERING):
                        flags[events.STALE_ALLIES] = True
                s.status[u] = status[u]
            for u in range(n):
                s.seen_local[u], s.seen_command[u], s.seen_nation[u] = new_local[u], new_command[u], new_nation[u]
            for u in range(n):
                s.strength[u], s.fatigue[u], s.supply[u] = strength[u], fatigue[u], supply[u]
            for u in range(n):
                s.loyalty[u] = rules.relax(s.loyalty[u], t.units.loyalty[u], loyalty_back)
            if patrons > 0:
                for u in range(n):
                    if t.units.allied[u]:
                        s.seen_patron[u] = new_patron[u]
                for k in range(patrons):
                    s.commitment[k] = commitment[k]
            for place in range(places):
                s.control[place] = control[place]
            for decay in range(len(kept_shocks)):
                for u in range(n):
                    s.shock[decay, u] = s.shock[decay, u] * kept_shocks[decay]
            for i in range(heard):
                e = t.effects.of_rumour[told[i, 0]]
                s.shock[t.effects.decay[e], told[i, 1]] += events.size_of(e, values[r], t.effects)
            share = units.muster(s.status, s.men, s.strength, t.units.own, p, s.start_men, fighting)

            # What is kept of the run.
            if changed:
                for place in range(places):
                    if control[place] != t.places.holder[place] and np.isnan(kept.falls[place, r]):
                        kept.falls[place, r] = FLOAT(at)
            notes.note_strength(r, FLOAT(at), share, one.collapse_share,
                                control[one.capital] != t.places.holder[one.capital], kept)  # fmt: skip
            if (step + 1) % one.tick_every == 0:
                tick = (step + 1) // one.tick_every
                notes.count_at(tick, tick + 1, share, s.status, s.men, s.strength, t.units.host, w.men_of,
                           w.units_of, counts)  # fmt: skip
            if (step + 1) % one.look_every == 0 and _over(
                s.status, s.place, s.control, engaged, t.units, t.places, one.host
            ):
                notes.count_at((step + 1) // one.tick_every + 1, ticks, share, s.status, s.men, s.strength,
                               t.units.host, w.men_of, w.units_of, counts)  # fmt: skip
                break
        state.belief[r], state.last_success[r], state.attackers_lost[r] = attackers_belief, last_success, attackers_lost


@inlined
def _leave(u: Any, after: Any, broken: Any, status: Any) -> None:
    """A new status; leaving without orders is a break."""
    status[u] = after
    if after > WAVERING and after != EVACUATED:
        broken[u] = True


@part
def _way_out(u: Any, draw: Any, may_withdraw: Any, s: Any, table: Any, one: Any, enclosed: Any, hour: Any,
             connected: Any, pressure: Any, trust: Any, p: Any) -> Any:  # fmt: skip
    """How a unit leaves, by one draw."""
    place = s.place[u]
    leaderless = FLOAT(1) if s.leaderless_until[u] > hour else FLOAT(0)
    return units.way_out(draw, may_withdraw, leaderless, s.seen_command[u], connected[u], table.elite[u],
                         enclosed[place], pressure[u], s.safety[u], s.offer[u], s.loyalty[u], trust[u],
                         place == one.capital, table.contingent[u], p)  # fmt: skip


@part
def _strike(u: Any, byte: Any, key: Any, run: Any, step: Any, s: Any, status: Any, table: Any, one: Any, exposure: Any,
            half: Any, integral: Any, leave_rate: Any, hour: Any, connected: Any, enclosed: Any, pressure: Any,
            trust: Any, p: Any) -> None:  # fmt: skip
    """Draw whether a unit near its hazard changes status, and how."""
    chance, draw, cause, way, again = units.draw_change(key, run, step, table.hash[u], byte, integral)
    if not draw < chance:
        return
    before = s.status[u]
    after = np.int8(EVACUATED if table.contingent[u] else DISPERSED)
    leaves = False
    if before == HOLDING:
        after = np.int8(WAVERING)
        # What is left of the step: without it, doubt and leaving would take a step each, however long a step is.
        rate = rules.leave(half, exposure, leave_rate) * (FLOAT(1) - draw / chance)
        leaves = again < rules.probability(rate * one.dt)
    elif before == WAVERING:
        leaderless = FLOAT(1) if s.leaderless_until[u] > hour else FLOAT(0)
        leave, rally = rules.leave(half, exposure, leave_rate), rules.rally(half, leaderless, s.rally[u], p)
        both = leave + rally
        leaves = cause < leave / max(both, FLOAT(1e-30))
        after = np.int8(HOLDING)
    if leaves:
        after = _way_out(u, way, True, s, table, one, enclosed, hour, connected, pressure, trust, p)
    _leave(u, after, s.broken, status)


@inlined
def _spread(key: Any, run: Any, step: Any, hour: Any, until: Any, rumour: Any, hashes: Any, effect: Any, identity: Any,
            reach: Any, p: Any, dt: Any, hearing: Any, blocks: Any, ids: Any, told: Any) -> Any:  # fmt: skip
    """Who hears a rumour in this step: fills `told` with (rumour, unit); returns how many."""
    number = 0
    for k in range(len(until)):
        if not until[k] > hour:
            continue
        e = effect[k]
        first, last = reach.first[e], reach.first[e + 1]
        heard = within = 0
        for i in range(first, last):
            known = rumour[k, reach.items[i]]
            heard += known == 2
            within += known > 0
        chance = rules.probability(rules.hearing(FLOAT(heard / max(within, 1)), p) * dt)
        if blocks[k] != step // SIEVED:
            blocks[k] = step // SIEVED
            for u in range(len(hashes)):
                ids[u] = hashes[u] ^ identity[k]
            coarse(key, run, blocks[k], ids, RUMOUR, hearing[k])
        for i in range(first, last):
            u = reach.items[i]
            byte = hearing[k, step % SIEVED, u]
            if rumour[k, u] != 1 or not near(byte, chance):
                continue
            if fine(byte, uniform(key, run, step, hashes[u] ^ identity[k], RUMOUR)) < chance:
                rumour[k, u] = 2
                told[number, 0], told[number, 1] = k, u
                number += 1
    return number


@inlined
def _holding_in_contact(status: Any, pressure: Any, own: Any, p: Any) -> Any:
    """Share of the host's own units in contact that hold; 1 when nobody is in contact."""
    holding = touched = 0
    for u in range(len(status)):
        if own[u] and pressure[u] > p.contact_pressure and status[u] <= WAVERING:
            touched += 1
            holding += status[u] == HOLDING
    return FLOAT(holding / touched) if touched > 0 else FLOAT(1)


@inlined
def _fallen(status: Any, men: Any, strength: Any, quality: Any, pressure: Any, here: Any, terrain_and_air: Any,
            attackers: Any, sums: Any, fell: Any, p: Any) -> None:  # fmt: skip
    """Places whose defenders, after this step's decisions and losses, are too few."""
    sums[:] = 0.0
    for u in range(len(status)):
        if pressure[u] > 0 and status[u] <= WAVERING:
            effectiveness = FLOAT(1) if status[u] == HOLDING else p.effective_wavering
            sums[here[u]] += np.float64(rules.fighting_men(men[u], strength[u], effectiveness, quality[u]))
    for place in range(len(fell)):
        fell[place] = rules.falls(attackers[place], FLOAT(sums[place]) * terrain_and_air[place], p)


@inlined
def _over(status: Any, place: Any, control: Any, engaged: Any, table: Any, places: Any, host: Any) -> Any:
    """Whether nothing can change for the host any more."""
    to_come = False
    for at in range(len(control)):
        if control[at] == host and not places.protected[at]:
            return False
        to_come = to_come or (control[at] == host and places.arrival[at])
    for u in range(len(status)):
        safe = places.protected[place[u]] and table.contingent[u]
        if table.host[u] and status[u] <= WITHDRAWING and not safe:
            return False
        if status[u] == ABSENT and to_come:
            return False
    for column in range(len(engaged)):
        if engaged[column]:
            return False
    return True
