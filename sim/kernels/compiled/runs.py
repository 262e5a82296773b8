"""The compiled kernel's one entry: runs, one after another, from a step to the horizon.

The phases are those of `sim.step`, in its order. A run's state lies together and stays in the
processor's cache for the whole run; vector lanes are units. What does not change is not looked at:
flags (`events`) say what has, lists whom it concerns. Where nobody reads the old value any more,
`commit` works out the new one in place. Phases are given the arrays they use one by one: passing all
of them would make compilation take minutes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels.compiled import columns as cols
from sim.kernels.compiled import commit, decisions, events, notes, patrons, resume, rules, units, withdrawal
from sim.kernels.compiled import surroundings as around
from sim.kernels.compiled.draws import coarse, coarse_of, fine, near, uniform
from sim.kernels.compiled.resume import copy
from sim.kernels.compiled.source import entry, inlined
from sim.kernels.compiled.tables import RunState
from sim.parameters import Values
from sim.randomness import SIEVED, Decision
from sim.state import Status

WITHDRAWING = int(Status.WITHDRAWING)
TRANSITION, EXIT, UPRISING = int(Decision.TRANSITION), int(Decision.EXIT), int(Decision.UPRISING)
STALE, STALE_ALLIES, TRUST, MOVED = events.STALE, events.STALE_ALLIES, events.TRUST, events.MOVED
STATUS, ATTACKERS, RUMOURS, BROKEN = events.STATUS, events.ATTACKERS, events.RUMOURS, events.BROKEN
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
def simulate_runs(state: Any, t: Any, w: Any, values: Any, key: Any, numbers: Any, some: Any, first: Any, last: Any,
                  kept: Any, counts: Any, bins: Any, halt: Any, reached: Any) -> None:  # fmt: skip
    """Step runs from step `first` to `last`, or until they are over.

    Args:
        state: `RunState` of arrays (run, ...); left as each run ends.
        t: `Tables`.
        w: `Scratch`.
        values: (run, parameter).
        key: the two halves of the seed.
        numbers: (run,) run numbers.
        some: rows of the runs that are stepped.
        first: (run,) step from which each run goes on.
        last: step before which all stop.
        kept: `sim.recording.Notes`, run last; runs that are over are left alone.
        counts: `sim.recording.Counts`, added to; ticks are not counted where there is no room for any.
        bins: (run, tick) bin of the strength of each run at each tick that it passes.
        halt: whether a run also stops once it has collapsed.
        reached: (run,) filled with the step from which each run would go on.
    """
    for r in some:
        halted = halt and not np.isnan(kept.collapse[r])
        reached[r] = first[r] if halted else last
        if kept.over[r] or halted:
            continue
        s, p = _state_of_run(state, r), _parameters(values[r])
        ended = _simulate_run(s, t, w, values[r], p, key, numbers[r], first[r], last, r, kept, counts, bins[r], halt)
        state.belief[r], state.last_success[r], state.attackers_lost[r], reached[r] = ended


@inlined
def _simulate_run(s: Any, t: Any, w: Any, values: Any, p: Any, key: Any, run: Any, first: Any, last: Any, r: Any,
                  kept: Any, counts: Any, bins: Any, halt: Any) -> Any:  # fmt: skip
    """One run. Returns what is a number in its state, attackers' belief, last success and losses, and the next step."""
    stop = last
    one, backed, flags = t.numbers, len(t.patrons.weight) > 0, w.flags
    belief, last_success, attackers_lost = s.belief, s.last_success, s.attackers_lost
    lagged = s.seen_local, s.seen_command, s.seen_nation, s.seen_patron
    targets = w.local, w.command, w.nation, w.patron
    alone = w.alone, t.formation.alone, t.side.alone, t.allies.alone
    felt, near_by = (w.pressure, w.level, w.level_share, w.exposure), (w.enclosed, w.connected, w.pressure, w.trust)
    rates = resume.rates(one.dt, p)
    resting = rules.settling(FLOAT(0), one.dt, p)
    resume.decays(one.dt, t.shock_decays, w.kept_shocks, p)
    resume.forget(w.flags, w.way_to, w.trust, w.mean_trust, w.allies, w.is_engaged, w.pressed, w.rumour_known, w.blocks,
                  w.asked)  # fmt: skip
    resume.take_up(s.broken, w.broke, s.control, w.control, s.column_at, t.columns.path, w.column_place)
    # How many there are in each list, and what is known of the triggers that wait.
    field = engaged = fights = touched = walking = restless = 0
    waiting = resume.waiting(s.moment, s.fired, s.missed, w.waiting, w.has_fired)
    ready, next_hour = False, FLOAT(-np.inf)
    share = units.muster(s.status, s.men, s.strength, t.units.own_rows, p, s.start_men, w.fighting)
    if first == 0:
        notes.count_at(0, 1, share, s.status, s.men, s.strength, t.units.host, w.rounded, w.standing, counts,
                       bins)  # fmt: skip

    for step in range(first, last):
        hour64 = step * one.step_hours
        hour, block = FLOAT(hour64), step // SIEVED
        # begin
        reopened, started = _begin(hour64, one.step_hours, t.columns.starts, s.column_active, s.closed_until)
        flags[STALE] = flags[STALE] or reopened
        if started or flags[ATTACKERS]:
            field = cols.listed(s.column_active, w.field)
        engaged = cols.locate(w.field[:field], s.control, s.column_men, w.column_place, s.axis_quality, t.columns,
                              t.sides, t.places.protected, belief, p, w.engaged, w.is_engaged, w.press, w.place_sums,
                              w.at_place)  # fmt: skip
        flags[ATTACKERS] = False
        # happen
        nation = _nation(s.seen_nation, t.units.own_rows, one.own)
        restless = events.places_changed(s.control, s.risen, t.places.holder, w.at_place, w.lost, w.contested,
                                         t.triggers.watch_places, w.asked, s.due, w.restless, restless)  # fmt: skip
        ended = _any_ends(s.undo_at, hour)
        if ended:
            belief = events.end_passing(hour64, values, s, belief, t.effects, t.units, flags)
        everyone = hour >= next_hour
        ready, restless, next_hour = events.start_clocks(
            w.waiting[:waiting] if everyone else w.restless[:restless], hour64, hour64 - one.step_hours, s, t.triggers,
            t.guards, w.lost, w.contested, w.has_fired, share, nation, w.asked, w.failed, w.restless,
            FLOAT(np.inf) if everyone else next_hour,
        )  # fmt: skip
        if ready:
            still = 0
            for i in range(waiting):
                row = w.waiting[i]
                if s.due[row] <= hour:
                    belief = events.fire(row, key, run, hour64, values, s, belief, t.triggers, t.effects, t.units,
                                         t.places, t.columns, one.host, w.reached, flags)  # fmt: skip
                    w.has_fired[row] = np.isfinite(s.fired[row])
                    restless = events.ask_again(t.triggers.watch_triggers, row, w.asked, s.due, w.restless, restless)
                else:
                    w.waiting[still] = row
                    still += 1
            waiting = still
        if (ready or ended) and flags[STATUS]:
            share = units.muster(s.status, s.men, s.strength, t.units.own_rows, p, s.start_men, w.fighting)
        if flags[ATTACKERS]:
            field = cols.listed(s.column_active, w.field)
            engaged = cols.locate(w.field[:field], s.control, s.column_men, w.column_place, s.axis_quality, t.columns,
                                  t.sides, t.places.protected, belief, p, w.engaged, w.is_engaged, w.press,
                                  w.place_sums, w.at_place)  # fmt: skip
        new_front = cols.new_fronts(w.at_place, w.pressed)
        if new_front:
            fights = cols.listed(w.pressed, w.attacked)
        # look
        new_ground = flags[MOVED] or flags[STALE] or flags[STALE_ALLIES]
        if flags[MOVED]:
            units.stand(s.place, s.hop, s.status, w.here, w.slot, w.crowd, w.per_comrade, w.alone)
        looked = flags[STALE]
        if looked:
            around.look(hour, s.control, s.risen, s.closed_until, t.places, t.graph, w.passable, w.flank,
                        w.beside_lost, w.enclosed, w.supplied, w.queue)  # fmt: skip
        if flags[STALE_ALLIES] and backed:
            around.look_at_allies(s.status, s.men, s.place, s.trust, t.units, t.patrons.weight, w.present,
                                  w.trust_shares, w.allies, w.trust)  # fmt: skip
        if flags[TRUST] and backed:
            around.look_at_trust(s.trust, t.units, w.mean_trust)
        if new_ground:
            units.around(w.here, w.beside_lost, w.flank, w.allies, w.supplied, p,
                         (w.flank_felt, w.beside, w.connected, w.calm))  # fmt: skip
        if new_front or flags[MOVED]:
            touched = units.face(w.here, w.at_place, w.touched)
        if new_front or new_ground:
            units.rest(w.calm, resting, felt)
        # sense
        if flags[STATUS] or flags[MOVED]:
            units.see(s.status, w.slot, w.per_comrade, t.side, t.formation, t.allies, t.ties, p, w.worth,
                      w.kind, w.cell, w.tally, w.told_to, targets)  # fmt: skip
            walking = units.on_the_road(s.status, w.walking)
        if flags[STATUS] or flags[MOVED] or new_front:
            units.man(w.fighting, s.quality, w.slot, w.cell, w.manned)
        if flags[RUMOURS]:
            w.rumour_known[:] = -1
        flags[:BROKEN] = False
        units.sense(lagged, t.units.allied, p, w.belief)
        # fight
        air = s.commitment[one.air] if one.air >= 0 else FLOAT(0)
        units.fight(w.attacked[:fights], w.touched[:touched], w.fighting, s.quality, w.here, w.slot, s.control,
                    t.places.terrain, w.at_place, air, one.host, one.dt, p, w.place_sums, w.battle)  # fmt: skip
        units.engage(w.touched[:touched], w.here, w.battle, w.beside_lost, s.status, s.strength, p, felt, w.left)
        # consume: in commit
        # weigh
        units.backing(s.status, t.units, w.beside, w.trust, s.commitment, t.patrons.weight, p, w.support)
        units.weigh(hour, s.leaderless_until, s.shock, w.pressure, w.flank_felt, s.strength, s.supply, w.belief,
                    s.fatigue, w.support, s.loyalty, s.safety, s.disposition, p, w.half, w.shock)  # fmt: skip
        # decide
        if w.blocks[TRANSITION] != block:
            w.blocks[TRANSITION] = block
            coarse(key, run, block, t.units.hash, TRANSITION, w.four, w.bytes_)
            coarse_of(key, run, block, t.places.hash, patrons.NOTHING, t.places.riser_rows, UPRISING, w.rising)
        units.menace(s.status, hour, s.leaderless_until, w.exposure, w.half, s.rally, rates.leave, one.dt, p,
                     w.bytes_[step % SIEVED], w.integral, w.near)  # fmt: skip
        copy(s.status, w.status)
        decisions.strike(key, run, step, hour, s, t.units, one, w.bytes_, w.near, w.near_eights, w.integral,
                         w.exposure, w.half, rates.leave, near_by, p, w.status, flags)  # fmt: skip
        # spread
        heard = patrons.spread(key, run, step, hour, s.rumour_until, s.rumour, t.units.hash, t.effects.of_rumour,
                               t.effects.rumour_hash, t.effects.units, p, one.dt, w.hearing, w.heard_block,
                               w.rumour_known, w.listening, w.told)  # fmt: skip
        # commit_patrons
        if backed:
            holding = patrons.holding_in_contact(w.touched[:touched], s.status, w.pressure, t.units.own, p)
            patrons.commit(rules.fighting_spirit(holding, nation), s.commitment, s.pair_trust, w.mean_trust,
                           one.pair_trust, rates.patron, w.commitment, p)  # fmt: skip
            patrons.contingents_leave(key, run, step, s.commitment, t.units, rates.contingents, w.blocks, w.leaving,
                                      w.status, p)  # fmt: skip
        # advance
        pace = rules.speed(belief, p) * one.dt / FLOAT(24)
        cols.fallen(w.attacked[:fights], w.touched[:touched], w.status, s.men, w.left, s.quality, w.pressure, w.here,
                w.battle[1], w.at_place, w.place_sums, w.fell, p)  # fmt: skip
        attackers_lost = cols.suffer_and_take(w.engaged[:engaged], w.battle[3], w.fell, s.control, w.control,
                                              s.column_men, s.axis_quality, t.columns, t.places.depot, w.column_place,
                                              w.is_engaged, w.press, attackers_lost, p)  # fmt: skip
        cols.walk_in(w.pressed, w.manned, w.beside_lost, s.control, w.control, s.unguarded, pace, t.places, t.graph,
                     t.sides, one.host)  # fmt: skip
        cols.march(w.field[:field], pace, hour, w.is_engaged, s.column_at, s.column_km, s.closed_until, t.columns, p,
                   w.column_place)  # fmt: skip
        changed, taken = cols.taken(s.control, w.control, t.sides.attacking, w.fell)
        belief = cols.hearten(belief, last_success, taken, w.engaged[:engaged], w.is_engaged, rates.belief_keep, hour,
                              p)  # fmt: skip
        if taken > 0:
            last_success = hour
        if changed:
            flags[STALE] = True
            decisions.overrun(key, run, step, hour, s, t.units, one, w.here, w.fell, near_by, p, w.status, flags)
        # rise
        chance = FLOAT(-1)
        for place in t.places.riser_rows:
            if w.control[place] != one.host or s.risen[place] or w.at_place[place] > 0:
                continue
            if chance < 0:
                chance = rules.probability(rules.hazard(nation, p) * one.dt)
            byte = w.rising[step % SIEVED, place]
            if near(byte, chance) and fine(byte, uniform(key, run, step, t.places.hash[place], UPRISING)) < chance:
                events.raise_axis(t.places.rises[place], s, t.columns, t.places, flags)
        # withdraw
        if changed or looked:
            w.way_to[0] = -1
        for i in range(walking):
            u = w.walking[i]
            if w.status[u] != WITHDRAWING:
                continue
            hop = s.hop[u]
            if hop < 0 and withdrawal.find_way(
                u, t.units.home[u], t.units.contingent[u], one.capital, s.control, w.control, w.status, s.place,
                s.destination, s.hop, s.road_left, t.sides.neutral, w.passable, t.graph, t.shortcuts, w.km, w.way_to,
                w.queue, w.queued,
            ):  # fmt: skip
                draw = uniform(key, run, step, t.units.hash[u], EXIT)
                after = decisions.way_out(u, draw, False, hour, s, t.units, one, w.enclosed, w.connected, w.pressure,
                                          w.trust, p)  # fmt: skip
                decisions.leave(u, after, s.broken, w.status, flags)
            road = (p.road_speed_cap if t.units.motorised[u] else p.walk_speed) * one.dt / FLOAT(24)
            if withdrawal.move(u, road, t.units.home[u], t.units.contingent[u], s.control, w.control, w.status,
                               s.place, s.destination, s.hop, s.road_left, s.shock, t.sides.neutral):  # fmt: skip
                flags[STALE_ALLIES] = flags[MOVED] = True
            if s.hop[u] != hop:
                flags[MOVED] = True
        # commit
        after_hour = FLOAT((step + 1) * one.step_hours)
        if flags[BROKEN]:
            flags[BROKEN] = False
            breaks = 0
            for u in range(len(w.status)):
                if s.broken[u] != w.broke[u]:
                    w.broke[u] = True
                    if t.units.own[u]:
                        term = notes.reason(u, hour, s, w.pressure, w.flank_felt, w.belief, w.support, w.shock, p)
                        notes.note_break(key, run, t.units.hash, u, r, term, after_hour, breaks, kept, counts)
                        breaks += 1
        commit.losses(w.touched[:touched], w.left, s.strength, w.status, p)
        commit.statuses(s.status, w.status, t.units.allied, flags)
        units.learn(lagged, targets, alone, rates.local_news, rates.news, t.units.allied)
        units.tire(s.fatigue, s.supply, felt, w.connected, t.units.supply_cap, one.days)
        commit.fade(s.loyalty, t.units.loyalty, rates.loyalty, s.shock, w.kept_shocks)
        if backed:
            copy(w.commitment, s.commitment)
        if changed:
            copy(w.control, s.control)
        for i in range(heard):
            e = t.effects.of_rumour[w.told[i, 0]]
            s.shock[t.effects.decay[e], w.told[i, 1]] += events.size_of(e, values, t.effects)
        if flags[STATUS] or touched > 0:
            share = units.muster(s.status, s.men, s.strength, t.units.own_rows, p, s.start_men, w.fighting)

        # What is kept of the run.
        if changed:
            notes.note_falls(r, after_hour, s.control, t.places.holder, kept)
        lost = s.control[one.capital] != t.places.holder[one.capital]
        notes.note_strength(r, after_hour, share, one.collapse_share, lost, kept)
        if (step + 1) % one.tick_every == 0:
            tick = (step + 1) // one.tick_every
            notes.count_at(tick, tick + 1, share, s.status, s.men, s.strength, t.units.host, w.rounded, w.standing,
                           counts, bins)  # fmt: skip
        if (step + 1) % one.look_every == 0 and commit.is_over(s.status, s.place, s.control, w.is_engaged, t.units,
                                                               t.places, one.host):  # fmt: skip
            tick = (step + 1) // one.tick_every + 1
            notes.count_at(tick, len(bins), share, s.status, s.men, s.strength, t.units.host,
                           w.rounded, w.standing, counts, bins)  # fmt: skip
            kept.over[r] = True
        if kept.over[r] or (halt and not np.isnan(kept.collapse[r])):
            stop = step + 1
            break
    return belief, last_success, attackers_lost, stop


@inlined
def _begin(hour: Any, step_hours: Any, starts: Any, active: Any, closed_until: Any) -> Any:
    """Columns whose hour has come take the field; returns whether a link has reopened, and whether any came."""
    now, before, reopened, started = FLOAT(hour), FLOAT(hour - step_hours), False, False
    for column in range(len(starts)):
        comes = starts[column] > 0 and starts[column] <= hour and not active[column]
        active[column] = active[column] or comes
        started = started or comes
    for link in range(len(closed_until)):
        reopened |= (before < closed_until[link]) & (closed_until[link] <= now)
    return reopened, started


@inlined
def _nation(seen_nation: Any, own: Any, number: Any) -> Any:
    """What the host's own units see of the whole force, on average. `own`: rows."""
    total = 0.0
    for u in own:
        total += np.float64(seen_nation[u])
    return FLOAT(total / number)


@inlined
def _any_ends(undo_at: Any, hour: Any) -> Any:
    ends = False
    for undo in range(len(undo_at)):
        ends |= undo_at[undo] <= hour
    return ends
