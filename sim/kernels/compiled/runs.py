"""The compiled kernel's one entry: runs, one after another, from a step to the horizon.

The phases are those of `sim.step`, in its order. A run's state lies together and stays in the
processor's cache for the whole run; vector lanes are units. Phases are given the arrays they
use one by one: passing all of them would make compilation take minutes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

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
        first: (run,) step from which each run goes on.
        last: step before which all stop.
        kept: `sim.recording.Notes`, run last; runs that are over are left alone.
        counts: `sim.recording.Counts`, added to.
    """
    for r in range(len(numbers)):
        if kept.over[r]:
            continue
        s, p = _state_of_run(state, r), _parameters(values[r])
        ended = _simulate_run(s, t, w, values[r], p, key, numbers[r], first[r], last, r, kept, counts)
        state.belief[r], state.last_success[r], state.attackers_lost[r] = ended


@inlined
def _simulate_run(s: Any, t: Any, w: Any, values: Any, p: Any, key: Any, run: Any, first: Any, last: Any, r: Any,
                  kept: Any, counts: Any) -> Any:  # fmt: skip
    """One run. Returns what is a number in its state: attackers' belief, last success, losses."""
    one, patrons, flags = t.numbers, len(t.patrons.weight), w.flags
    belief, last_success, attackers_lost = s.belief, s.last_success, s.attackers_lost
    felt = (w.pressure, w.dying, w.level, w.level_share, w.exposure)
    rates = _rates(one.dt, p)
    rest = rules.settling(FLOAT(0), one.dt, p)
    _decays(one.dt, t.shock_decays, w.kept_shocks, p)
    count = _waiting(s.moment, s.fired, s.missed, w.waiting, w.has_fired)
    _forget(w.flags, w.trust, w.mean_trust, w.allies, w.heard_block, w.rumour_known, w.blocks, w.asked, s.broken,
            w.broke)  # fmt: skip
    fresh, news = True, True  # someone's status or place has changed; a place or a trigger has
    share = units.muster(s.status, s.men, s.strength, t.units.own, p, s.start_men, w.fighting)
    if first == 0:
        notes.count_at(0, 1, share, s.status, s.men, s.strength, t.units.host, w.men_of, w.units_of, counts)

    for step in range(first, last):
        hour64 = step * one.step_hours
        hour, block = FLOAT(hour64), step // SIEVED
        # begin
        if _begin(hour64, one.step_hours, t.columns.starts, s.column_active, s.closed_until):
            flags[events.STALE] = True
        cols.locate(s.control, s.column_men, s.column_active, s.column_at, s.axis_quality, t.columns, t.sides,
                    t.places.protected, belief, p, w.column_place, w.engaged, w.press, w.place_sums,
                    w.at_place)  # fmt: skip
        # happen
        nation = _nation(s.seen_nation, t.units.own, one.own)
        news = _places_changed(s.control, s.risen, t.places.holder, w.at_place, w.lost, w.contested) or news
        flags[events.ATTACKERS] = False
        if _any_ends(s.undo_at, hour):
            belief = events.end_passing(hour64, values, s, belief, t.effects, t.units, flags)
        if events.start_clocks(w.waiting, count, hour64, hour64 - one.step_hours, s.moment, s.delay, s.due, t.triggers,
                               t.guards, w.lost, w.contested, w.has_fired, s.commitment, share, nation,
                               w.asked, news):  # fmt: skip
            still = 0
            for i in range(count):
                row = w.waiting[i]
                if s.due[row] <= hour:
                    belief = events.fire(row, key, run, hour64, values, s, belief, t.triggers, t.effects, t.units,
                                         t.places, t.columns, one.host, w.reached, flags)  # fmt: skip
                    w.has_fired[row] = np.isfinite(s.fired[row])
                else:
                    w.waiting[still] = row
                    still += 1
            count, fresh, news = still, True, True
            w.rumour_known[:] = -1
            share = units.muster(s.status, s.men, s.strength, t.units.own, p, s.start_men, w.fighting)
        else:
            news = False
        if flags[events.ATTACKERS]:
            cols.locate(s.control, s.column_men, s.column_active, s.column_at, s.axis_quality, t.columns, t.sides,
                        t.places.protected, belief, p, w.column_place, w.engaged, w.press, w.place_sums,
                        w.at_place)  # fmt: skip
        # look
        if flags[events.MOVED]:
            units.stand(s.place, s.hop, s.status, w.here, w.slot, w.crowd, w.per_comrade, w.alone)
            fresh = True
        if flags[events.STALE]:
            around.look(hour, s.control, s.risen, s.closed_until, t.places, t.graph, w.passable, w.flank,
                        w.beside_lost, w.enclosed, w.supplied, w.queue)  # fmt: skip
        if flags[events.STALE_ALLIES]:
            around.look_at_allies(s.status, s.men, s.place, s.trust, t.units, t.patrons, w.present, w.allies, w.trust,
                                  w.mean_trust)  # fmt: skip
        if flags[events.MOVED] or flags[events.STALE] or flags[events.STALE_ALLIES]:
            units.around(w.here, w.beside_lost, w.flank, w.allies, w.supplied, p,
                         (w.flank_felt, w.beside, w.connected, w.calm))  # fmt: skip
        flags[:] = False
        # sense
        if fresh:
            units.see(s.status, w.slot, w.per_comrade, t.side, t.formation, t.allies, t.ties, p, w.place_sums,
                      w.group_sums, w.seen, w.local, w.nation, w.command, w.patron)  # fmt: skip
            fresh = False
        units.sense((w.local, w.command, w.nation, w.patron),
                    (w.alone, t.formation.alone, t.side.alone, t.allies.alone), rates.local_news, rates.news,
                    (s.seen_local, s.seen_command, s.seen_nation, s.seen_patron),
                    (w.new_local, w.new_command, w.new_nation, w.new_patron), w.belief, t.units.allied, patrons > 0,
                    p)  # fmt: skip
        # fight
        air = s.commitment[one.air] if one.air >= 0 else FLOAT(0)
        units.fight(w.fighting, s.quality, w.slot, s.control, t.places.terrain, w.at_place, air, one.host, one.dt, p,
                    w.place_sums, w.manned, w.battle, w.empty)  # fmt: skip
        units.engage(w.here, w.at_place, w.battle, w.beside_lost, w.calm, rest, p, felt)
        # consume
        units.suffer(s.status, felt, w.connected, t.units.supply_cap, (s.strength, s.fatigue, s.supply),
                     (w.strength, w.fatigue, w.supply), one.days)  # fmt: skip
        # weigh
        units.backing(s.status, t.units.allied, t.units.patron, w.beside, w.trust, s.commitment, t.patrons.weight, p,
                      w.promised, w.support)  # fmt: skip
        units.weigh(hour, s.leaderless_until, s.shock, w.pressure, w.flank_felt, s.strength, s.supply, w.belief,
                    s.fatigue, w.support, s.loyalty, s.safety, s.disposition, p, w.half, w.shock)  # fmt: skip
        # decide
        units.menace(s.status, hour, s.leaderless_until, w.exposure, w.half, s.rally, rates.leave, one.dt, p,
                     w.integral)  # fmt: skip
        if w.blocks[TRANSITION] != block:
            w.blocks[TRANSITION] = block
            coarse(key, run, block, t.units.hash, TRANSITION, w.bytes_)
            coarse(key, run, block, t.places.hash, UPRISING, w.rising)
        _near(s.status, w.bytes_[step % SIEVED], w.integral, w.status, w.near)
        for u in range(len(w.near)):
            if w.near[u]:
                _strike(u, w.bytes_[step % SIEVED, u], key, run, step, s, w.status, t.units, one, w.exposure[u],
                        w.half[u], w.integral[u], rates.leave, hour, w.connected, w.enclosed, w.pressure, w.trust,
                        p)  # fmt: skip
        # spread
        heard = _spread(key, run, step, hour, s.rumour_until, s.rumour, t.units.hash, t.effects.of_rumour,
                        t.effects.rumour_hash, t.effects.units, p, one.dt, w.hearing, w.heard_block, w.rumour_known,
                        w.rumour_ids, w.told)  # fmt: skip
        # commit_patrons
        if patrons > 0:
            spirit = rules.fighting_spirit(_holding_in_contact(s.status, w.pressure, t.units.own, p), nation)
            _commit_patrons(spirit, s.commitment, s.pair_trust, w.mean_trust, one.pair_trust,
                            rates.patron, w.commitment, p)  # fmt: skip
            _contingents_leave(key, run, step, s.commitment, t.units.contingent, t.units.patron, t.units.hash,
                               rates.contingents, w.blocks, w.leaving, w.status, p)  # fmt: skip
        # advance
        for place in range(len(w.control)):
            w.control[place] = s.control[place]
        pace = rules.speed(belief, p) * one.dt / FLOAT(24)
        _fallen(w.status, s.men, w.strength, s.quality, w.pressure, w.here, w.battle[1], w.at_place, w.place_sums,
                w.fell, p)  # fmt: skip
        attackers_lost = cols.suffer_and_take(w.battle[3], w.fell, s.control, w.control, s.column_men, s.axis_quality,
                                              t.columns, t.places.depot, w.column_place, w.engaged, w.press,
                                              attackers_lost, p)  # fmt: skip
        cols.walk_in(w.empty, w.beside_lost, s.control, w.control, s.unguarded, pace, t.places, t.graph, t.sides,
                     one.host)  # fmt: skip
        cols.march(pace, hour, s.column_active, w.engaged, s.column_at, s.column_km, s.closed_until, t.columns, p)
        changed, taken = _taken(s.control, w.control, t.sides.attacking, w.fell)
        belief = cols.hearten(belief, last_success, taken, w.engaged, rates.belief_keep, hour, p)
        if taken > 0:
            last_success = hour
        if changed:
            flags[events.STALE] = True
            for u in range(len(w.status)):
                if w.fell[w.here[u]] and w.status[u] <= WAVERING:
                    draw = uniform(key, run, step, t.units.hash[u], EXIT)
                    _leave(u, _way_out(u, draw, True, s, t.units, one, w.enclosed, hour, w.connected, w.pressure,
                                       w.trust, p), s.broken, w.status)  # fmt: skip
        # rise
        chance = rules.probability(rules.hazard(nation, p) * one.dt)
        for place in range(len(w.control)):
            quiet = w.control[place] == one.host and not s.risen[place] and w.at_place[place] <= 0
            byte = w.rising[step % SIEVED, place]
            if not (t.places.rises[place] >= 0 and quiet and near(byte, chance)):
                continue
            if fine(byte, uniform(key, run, step, t.places.hash[place], UPRISING)) < chance:
                events.raise_axis(t.places.rises[place], s, t.columns, t.places, flags)
        # withdraw
        for u in range(len(w.status)):
            if s.status[u] == WITHDRAWING and w.status[u] == WITHDRAWING:
                hop = s.hop[u]
                if s.hop[u] < 0 and withdrawal.find_way(
                    u, t.units.home[u], t.units.contingent[u], one.capital, s.control, w.control, w.status, s.place,
                    s.destination, s.hop, s.road_left, t.sides.neutral, w.passable, t.graph, t.shortcuts, w.km, w.queue,
                    w.queued,
                ):  # fmt: skip
                    draw = uniform(key, run, step, t.units.hash[u], EXIT)
                    _leave(u, _way_out(u, draw, False, s, t.units, one, w.enclosed, hour, w.connected, w.pressure,
                                       w.trust, p), s.broken, w.status)  # fmt: skip
                road = (p.road_speed_cap if t.units.motorised[u] else p.walk_speed) * one.dt / FLOAT(24)
                if withdrawal.move(u, road, t.units.home[u], t.units.contingent[u], s.control, w.control, w.status,
                                   s.place, s.destination, s.hop, s.road_left, s.shock, t.sides.neutral):  # fmt: skip
                    flags[events.STALE_ALLIES] = flags[events.MOVED] = True
                if s.hop[u] != hop:
                    flags[events.MOVED] = True
        # commit
        after = FLOAT((step + 1) * one.step_hours)
        breaks = 0
        for u in range(len(w.status)):
            if s.broken[u] and not w.broke[u]:
                w.broke[u] = True
                if t.units.own[u]:
                    term = notes.reason(u, hour, s, w.pressure, w.flank_felt, w.belief, w.support, w.shock, p)
                    notes.note_break(u, r, term, after, breaks, kept, counts)
                    breaks += 1
        fresh = _commit_statuses(s.status, w.status, w.strength, t.units.allied, flags, p)
        _commit_units((s.seen_local, s.seen_command, s.seen_nation, s.strength, s.fatigue, s.supply),
                      (w.new_local, w.new_command, w.new_nation, w.strength, w.fatigue, w.supply), s.loyalty,
                      t.units.loyalty, rates.loyalty, s.shock, w.kept_shocks)  # fmt: skip
        if patrons > 0:
            _commit_allies(s.seen_patron, w.new_patron, t.units.allied, s.commitment, w.commitment)
        for place in range(len(w.control)):
            s.control[place] = w.control[place]
        for i in range(heard):
            e = t.effects.of_rumour[w.told[i, 0]]
            s.shock[t.effects.decay[e], w.told[i, 1]] += events.size_of(e, values, t.effects)
        share = units.muster(s.status, s.men, s.strength, t.units.own, p, s.start_men, w.fighting)

        # What is kept of the run.
        if changed:
            notes.note_falls(r, after, s.control, t.places.holder, kept)
        lost = s.control[one.capital] != t.places.holder[one.capital]
        notes.note_strength(r, after, share, one.collapse_share, lost, kept)
        if (step + 1) % one.tick_every == 0:
            tick = (step + 1) // one.tick_every
            notes.count_at(tick, tick + 1, share, s.status, s.men, s.strength, t.units.host, w.men_of, w.units_of,
                           counts)  # fmt: skip
        if (step + 1) % one.look_every == 0 and _over(s.status, s.place, s.control, w.engaged, t.units, t.places,
                                                      one.host):  # fmt: skip
            tick = (step + 1) // one.tick_every + 1
            notes.count_at(tick, len(counts.strength), share, s.status, s.men, s.strength, t.units.host, w.men_of,
                           w.units_of, counts)  # fmt: skip
            kept.over[r] = True
            break
    return belief, last_success, attackers_lost


class Rates(NamedTuple):
    """What parameters alone decide: chances in a step, and the share of its way that a relaxation goes."""

    news: Any
    local_news: Any
    loyalty: Any
    patron: Any
    belief_keep: Any
    leave: Any
    """Per hour, as `transitions.leave_rate`."""
    contingents: Any


@inlined
def _rates(dt: Any, p: Any) -> Any:
    return Rates(
        rules.probability(dt / p.information_delay),
        rules.probability(dt / (p.information_delay * p.local_delay_share)),
        rules.probability(dt / p.loyalty_delay),
        rules.probability(dt / p.patron_delay),
        rules.exp(-dt / p.belief_decay),
        rules.leave_rate(p),
        rules.probability(p.contingent_leave_rate * dt),
    )


@inlined
def _decays(dt: Any, taus: Any, kept: Any, p: Any) -> None:
    for decay in range(len(taus)):
        tau = p.shock_decay if np.isnan(taus[decay]) else taus[decay]
        kept[decay] = rules.exp(-dt / tau)


@inlined
def _waiting(moment: Any, fired: Any, missed: Any, waiting: Any, has_fired: Any) -> Any:
    """Fills `waiting` with the triggers that may still happen; returns how many."""
    count = 0
    for row in range(len(waiting)):
        has_fired[row] = np.isfinite(fired[row])
        if moment[row] < np.inf and not has_fired[row] and not missed[row]:
            waiting[count] = row
            count += 1
    return count


@inlined
def _forget(flags: Any, trust: Any, mean_trust: Any, allies: Any, heard_block: Any, rumour_known: Any, blocks: Any,
            asked: Any, broken: Any, broke: Any) -> None:  # fmt: skip
    """Make scratch ready for a run."""
    flags[:] = True
    trust[:] = FLOAT(1)
    mean_trust[:] = FLOAT(1)
    allies[:] = FLOAT(0)
    heard_block[:] = -1
    rumour_known[:] = -1
    asked[:] = False
    blocks[:] = -1
    for u in range(len(broke)):
        broke[u] = broken[u]


@inlined
def _begin(hour: Any, step_hours: Any, starts: Any, active: Any, closed_until: Any) -> Any:
    """Columns whose hour has come take the field; returns whether a link has reopened."""
    for column in range(len(starts)):
        if 0 < starts[column] <= hour:
            active[column] = True
    now, before, reopened = FLOAT(hour), FLOAT(hour - step_hours), False
    for link in range(len(closed_until)):
        reopened = reopened or before < closed_until[link] <= now
    return reopened


@inlined
def _nation(seen_nation: Any, own: Any, number: Any) -> Any:
    """What the host's own units see of the whole force, on average."""
    total = 0.0
    for u in range(len(own)):
        if own[u]:
            total += np.float64(seen_nation[u])
    return FLOAT(total / number)


@inlined
def _places_changed(control: Any, risen: Any, holder: Any, attackers: Any, lost: Any, contested: Any) -> Any:
    """Fills `lost` and `contested`; returns whether either has changed."""
    changed = False
    for place in range(len(lost)):
        is_lost, is_contested = control[place] != holder[place], attackers[place] > 0 or risen[place]
        changed = changed or is_lost != lost[place] or is_contested != contested[place]
        lost[place], contested[place] = is_lost, is_contested
    return changed


@inlined
def _any_ends(undo_at: Any, hour: Any) -> Any:
    ends = False
    for undo in range(len(undo_at)):
        ends = ends or undo_at[undo] <= hour
    return ends


@inlined
def _near(before: Any, bytes_: Any, integral: Any, status: Any, is_near: Any) -> None:
    """Whose coarse byte lies near its hazard; `status` starts as it is."""
    for u in range(len(status)):
        status[u] = before[u]
        is_near[u] = near(bytes_[u], integral[u])


@inlined
def _commit_patrons(spirit: Any, now: Any, pair_trust: Any, mean_trust: Any, start_pairs: Any,
                    moves: Any, after: Any, p: Any) -> None:  # fmt: skip
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
def _contingents_leave(key: Any, run: Any, step: Any, commitment: Any, contingent: Any, patron: Any, hashes: Any,
                       chance: Any, blocks: Any, leaving: Any, status: Any, p: Any) -> None:  # fmt: skip
    """Contingents of a patron that gave up go home."""
    for u in range(len(status)):
        if not contingent[u] or status[u] > WITHDRAWING or commitment[patron[u]] >= p.commitment_floor:
            continue
        if blocks[LEAVE] != step // SIEVED:
            blocks[LEAVE] = step // SIEVED
            coarse(key, run, step // SIEVED, hashes, LEAVE, leaving)
        byte = leaving[step % SIEVED, u]
        if near(byte, chance) and fine(byte, uniform(key, run, step, hashes[u], LEAVE)) < chance:
            status[u] = EVACUATED


@inlined
def _taken(before: Any, control: Any, attacking: Any, fell: Any) -> Any:
    """Fills `fell`; returns whether any place changed hands, and how many attackers took."""
    changed, taken = False, 0
    for place in range(len(control)):
        fell[place] = control[place] != before[place]
        changed = changed or fell[place]
        taken += fell[place] and attacking[control[place]]
    return changed, taken


@inlined
def _commit_statuses(before: Any, status: Any, strength: Any, allied: Any, flags: Any, p: Any) -> Any:
    """New statuses become the statuses; returns whether any changed."""
    fresh = False
    for u in range(len(status)):
        if status[u] <= WITHDRAWING and strength[u] < p.destroyed_below:
            status[u] = DESTROYED
        if status[u] != before[u]:
            fresh = True
            if allied[u] and (status[u] <= WAVERING) != (before[u] <= WAVERING):
                flags[events.STALE_ALLIES] = True
            before[u] = status[u]
    return fresh


@inlined
def _commit_units(old: Any, new: Any, loyalty: Any, start: Any, back: Any, shocks: Any, kept: Any) -> None:
    """What was found out becomes the state; loyalty returns, shocks fade."""
    for u in range(len(loyalty)):
        old[0][u], old[1][u], old[2][u] = new[0][u], new[1][u], new[2][u]
    for u in range(len(loyalty)):
        old[3][u], old[4][u], old[5][u] = new[3][u], new[4][u], new[5][u]
    for u in range(len(loyalty)):
        loyalty[u] = rules.relax(loyalty[u], start[u], back)
    for decay in range(len(kept)):
        for u in range(len(loyalty)):
            shocks[decay, u] = shocks[decay, u] * kept[decay]


@inlined
def _commit_allies(seen: Any, new: Any, allied: Any, commitment: Any, new_commitment: Any) -> None:
    for u in range(len(seen)):
        if allied[u]:
            seen[u] = new[u]
    for k in range(len(commitment)):
        commitment[k] = new_commitment[k]


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
def _spread(key: Any, run: Any, step: Any, hour: Any, until: Any, rumour: Any, hashes: Any, effect: Any,
            identity: Any, reach: Any, p: Any, dt: Any, hearing: Any, blocks: Any, known: Any, ids: Any,
            told: Any) -> Any:  # fmt: skip
    """Who hears a rumour in this step: fills `told` with (rumour, unit); returns how many."""
    number = 0
    for k in range(len(until)):
        if not until[k] > hour:
            continue
        e = effect[k]
        first, last = reach.first[e], reach.first[e + 1]
        if known[k, 0] < 0:
            known[k] = 0
            for i in range(first, last):
                known[k, 0] += rumour[k, reach.items[i]] > 0
                known[k, 1] += rumour[k, reach.items[i]] == 2
        if known[k, 1] == known[k, 0]:
            continue  # nobody is left to hear it
        chance = rules.probability(rules.hearing(FLOAT(known[k, 1] / max(known[k, 0], 1)), p) * dt)
        heard = 0
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
                heard += 1
                told[number, 0], told[number, 1] = k, u
                number += 1
        known[k, 1] += heard
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
    return not engaged.any()
