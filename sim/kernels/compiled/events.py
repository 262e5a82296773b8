"""Triggers in one run: when they are due, and what they do; `sim.kernels.events` in compiled code.

`s` is the state of the run (`tables.RunState`, one run). `flags` says what must be done anew.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernels.compiled import rules
from sim.kernels.compiled.draws import uniform
from sim.kernels.compiled.scratch import FLAGS
from sim.kernels.compiled.source import inlined, part
from sim.kernels.compiled.tables import TOUCHES, VERB
from sim.operations import Touches, Verb
from sim.randomness import Decision
from sim.state import Status

STALE, STALE_ALLIES, TRUST, MOVED, STATUS, ATTACKERS, RUMOURS, BROKEN = range(FLAGS)
"""What has changed: roads or hands, allies, trust, where units stand, what units do or are worth,
attackers, rumours, who has broken."""
HOLDING, WAVERING, WITHDRAWING = int(Status.HOLDING), int(Status.WAVERING), int(Status.WITHDRAWING)
DISPERSED, MUTINIED, ABSENT = int(Status.DISPERSED), int(Status.MUTINIED), int(Status.ABSENT)
SCALED, CHANCE = int(Decision.SCALED), int(Decision.CHANCE)
MULTIPLY, SET = VERB[Verb.MULTIPLY], VERB[Verb.SET]
RAISE, BRING, RUMOUR = VERB[Verb.RAISE_ATTACKERS], VERB[Verb.BRING_UNITS], VERB[Verb.START_RUMOUR]
T_SHOCK, T_LOYALTY, T_SUPPLY = TOUCHES[Touches.SHOCK], TOUCHES[Touches.LOYALTY], TOUCHES[Touches.SUPPLY]
T_BELIEF, T_TRUST, T_PAIRS = TOUCHES[Touches.BELIEF], TOUCHES[Touches.TRUST], TOUCHES[Touches.PATRON_TRUST]
T_COMMITMENT, T_RALLY, T_QUALITY = TOUCHES[Touches.COMMITMENT], TOUCHES[Touches.RALLY], TOUCHES[Touches.QUALITY]
T_ATTACKERS, T_LEADERLESS = TOUCHES[Touches.ATTACKER_QUALITY], TOUCHES[Touches.LEADERLESS]
T_SAFETY, T_OFFER, T_STATUS = TOUCHES[Touches.SAFETY], TOUCHES[Touches.OFFER], TOUCHES[Touches.STATUS]
T_LINK = TOUCHES[Touches.LINK]
ONE, NOTHING = np.float32(1), np.float32(0)


@inlined
def any_of(lists: Any, guard: Any, flag: Any, wanted: Any) -> Any:
    """Whether one of a guard's rows has the flag as wanted; true if it names none."""
    first, last = lists.first[guard], lists.first[guard + 1]
    for i in range(first, last):
        if flag[lists.items[i]] == wanted:
            return True
    return first == last


@inlined
def holds(guards: Any, guard: Any, lost: Any, contested: Any, fired: Any, commitment: Any, strength: Any,
          nation: Any) -> Any:  # fmt: skip
    """Whether all that a guard asks is so."""
    limit = guards.between[guard]
    # A comparison with NaN is false: that limit does not count.
    if strength >= limit[0] or strength <= limit[1] or nation >= limit[2] or nation <= limit[3]:
        return False
    if not any_of(guards.fired, guard, fired, True) or not any_of(guards.not_fired, guard, fired, False):
        return False
    if not any_of(guards.lost, guard, lost, True) or not any_of(guards.held, guard, lost, False):
        return False
    if not any_of(guards.contested, guard, contested, True):
        return False
    for i in range(guards.patrons.first[guard], guards.patrons.first[guard + 1]):
        value = commitment[guards.patrons.items[i]]
        if not (value > guards.limit[i] if guards.above[i] else value < guards.limit[i]):
            return False
    return True


@inlined
def start_clocks(rows: Any, hour: Any, before: Any, s: Any, triggers: Any, guards: Any, lost: Any, contested: Any,
                 fired: Any, strength: Any, nation: Any, asked: Any, failed: Any, restless: Any,
                 next_hour: Any) -> Any:  # fmt: skip
    """Fix when triggers are due, once their moment has come and their guards hold.

    Guards are asked when the moment comes, and again when a place or a trigger they look at has changed
    (`ask_again`); the one that failed last comes first. Those that look at shares are asked in every step: they stay
    `restless`. `rows` are the restless, or all that wait. `before` is the hour of the step before.
    Returns (whether any is due, how many are restless, the hour at which all must be gone through again, `next_hour`
    at the latest).
    """
    now, ready, number = np.float32(hour), False, 0
    for row in rows:
        if s.moment[row] > now:
            next_hour = min(next_hour, s.moment[row])
            continue
        if s.due[row] == np.float32(np.inf) and not (asked[row] and triggers.steady[row]):
            asked[row] = True
            first, last = triggers.first_guard[row], triggers.first_guard[row + 1]
            if before < np.float64(s.moment[row]) + triggers.patience[row] or first == last:
                guard, left = max(failed[row], first), last - first
                while left > 0 and holds(guards, guard, lost, contested, fired, s.commitment, strength, nation):
                    guard = guard + 1 if guard + 1 < last else first
                    left -= 1
                failed[row] = guard
                if left == 0:
                    s.due[row] = (s.moment[row] if first == last else now) + s.delay[row]
            if s.due[row] == np.float32(np.inf) and not triggers.steady[row]:
                restless[number] = row
                number += 1
        if s.due[row] <= now:
            ready = True
        else:
            next_hour = min(next_hour, s.due[row])
    return ready, number, next_hour


@inlined
def ask_again(watch: Any, changed: Any, asked: Any, due: Any, restless: Any, number: Any) -> Any:
    """What these triggers watch has `changed`: those that were asked before become restless; returns how many are."""
    for i in range(watch.first[changed], watch.first[changed + 1]):
        row = watch.items[i]
        if asked[row] and due[row] == np.float32(np.inf):
            asked[row] = False
            restless[number] = row
            number += 1
    return number


@inlined
def places_changed(control: Any, risen: Any, holder: Any, attackers: Any, lost: Any, contested: Any, watch: Any,
                   asked: Any, due: Any, restless: Any, number: Any) -> Any:  # fmt: skip
    """Fills `lost` and `contested`; those that watch what has changed become restless; returns how many are."""
    changed = False
    for place in range(len(lost)):
        is_lost, is_contested = control[place] != holder[place], (attackers[place] > 0) | risen[place]
        changed |= (is_lost != lost[place]) | (is_contested != contested[place])
    if changed:
        for place in range(len(lost)):
            is_lost, is_contested = control[place] != holder[place], (attackers[place] > 0) | risen[place]
            if (is_lost != lost[place]) | (is_contested != contested[place]):
                lost[place], contested[place] = is_lost, is_contested
                number = ask_again(watch, place, asked, due, restless, number)
    return number


@part
def raise_axis(axis: Any, s: Any, columns: Any, places: Any, flags: Any) -> None:
    """An axis takes the field; one local to a place makes the place rise."""
    for column in range(len(columns.axis)):
        if columns.axis[column] == axis:
            s.column_active[column] = True
    for place in range(len(places.rises)):
        if places.rises[place] == axis and s.control[place] == places.holder[place]:
            s.risen[place] = True
    flags[STALE] = flags[ATTACKERS] = True


@inlined
def wide(size: Any) -> Any:
    """How wide a way out is."""
    return min(max(size, NOTHING), ONE)


@inlined
def widest(what: Any, u: Any, start: Any, values: Any, s: Any, effects: Any) -> Any:
    """The widest of a unit's ways out that are open, the one at the start among them."""
    found = start
    for undo in range(len(s.undo_at)):
        e = effects.of_undo[undo]
        if effects.touches[e] == what and s.undo_units[undo, u]:
            found = max(found, wide(size_of(e, values, effects)))
    return found


@inlined
def touch(e: Any, reached: Any, size: Any, factor: Any, until: Any, s: Any, effects: Any, units: Any,
          flags: Any) -> None:  # fmt: skip
    """Change a quantity of the units reached. `factor` is exp(size)."""
    what = effects.touches[e]
    if what == T_SHOCK:
        for u in reached:
            s.shock[effects.decay[e], u] += size
    elif what == T_LOYALTY:
        for u in reached:
            s.loyalty[u] = min(max(s.loyalty[u] + size, NOTHING), ONE)
    elif what == T_SUPPLY:
        for u in reached:
            s.supply[u] = min(max(s.supply[u] + size, NOTHING), units.supply_cap[u])
    elif what == T_LEADERLESS:
        on = effects.amount[e] > np.float32(0.5)
        for u in reached:
            s.leaderless_until[u] = max(s.leaderless_until[u], until) if on else NOTHING
    elif what == T_TRUST:
        for i in range(effects.patrons.first[e], effects.patrons.first[e + 1]):
            patron = effects.patrons.items[i]
            for u in reached:
                s.trust[patron, u] = min(s.trust[patron, u] * factor, ONE)
        flags[STALE_ALLIES] = flags[TRUST] = True
    elif what == T_RALLY:
        for u in reached:
            s.rally[u] = s.rally[u] * factor
    elif what == T_QUALITY:
        for u in reached:
            s.quality[u] = s.quality[u] * factor
        flags[STATUS] = True
    elif what == T_SAFETY:
        for u in reached:
            s.safety[u] = max(s.safety[u], wide(size))
    elif what == T_OFFER:
        for u in reached:
            s.offer[u] = max(s.offer[u], wide(size))


@inlined
def order(e: Any, reached: Any, s: Any, effects: Any, flags: Any) -> None:
    """Set a status: only units in the field obey; only holding ones waver by it."""
    wanted = effects.status[e]
    for u in reached:
        if s.status[u] > (HOLDING if wanted == WAVERING else WITHDRAWING):
            continue
        s.status[u] = wanted
        flags[STATUS] = True
        if wanted == WITHDRAWING:
            s.destination[u] = effects.destination[e]
            s.hop[u] = -1
            flags[MOVED] = True
        if DISPERSED <= wanted <= MUTINIED:
            s.broken[u] = flags[BROKEN] = True


@inlined
def bring(e: Any, reached: Any, s: Any, effects: Any, units: Any, host: Any, flags: Any) -> None:
    """Absent units appear at the destination, if the host still holds it."""
    place = effects.destination[e]
    for u in reached:
        if s.status[u] != ABSENT or s.control[place] != host:
            continue
        s.status[u] = HOLDING
        s.place[u] = place
        s.supply[u] = units.supply[u]
        s.fatigue[u] = NOTHING
        for decay in range(len(s.shock)):
            s.shock[decay, u] = NOTHING
    flags[MOVED] = flags[STATUS] = True


@inlined
def scale_pairs(e: Any, factor: Any, s: Any, effects: Any) -> None:
    """Multiply the trust between the patrons of an effect."""
    for i in range(effects.patrons.first[e], effects.patrons.first[e + 1]):
        for j in range(effects.patrons.first[e], effects.patrons.first[e + 1]):
            one, other = effects.patrons.items[i], effects.patrons.items[j]
            s.pair_trust[one, other] = min(s.pair_trust[one, other] * factor, ONE)


@inlined
def size_of(e: Any, values: Any, effects: Any) -> Any:
    """The size of a change in this run."""
    size = effects.amount[e]
    for k in range(effects.scale.shape[1]):
        if effects.scale[e, k] >= 0:
            size = size * values[effects.scale[e, k]]
    return size


@inlined
def reach(e: Any, key: Any, run: Any, place: Any, effects: Any, units: Any, reached: Any) -> Any:
    """Fills `reached` with the units of an effect that stand where it says and whom chance has it touch;
    returns how many."""
    first, last = effects.units.first[e], effects.units.first[e + 1]
    count, chancy = 0, effects.chance[e] < 1
    if effects.anywhere[e] and not chancy:
        for i in range(last - first):
            reached[i] = effects.units.items[first + i]
        return last - first
    for i in range(first, last):
        u = effects.units.items[i]
        here = effects.at[e, place[u]]
        if here and chancy:
            here = uniform(key, run, 0, units.hash[u] ^ effects.hash[e], CHANCE) < effects.chance[e]
        reached[count] = u
        count += here
    return count


@inlined
def change_run(e: Any, size: Any, until: Any, s: Any, belief: Any, effects: Any, flags: Any) -> Any:
    """Change what belongs to the run, its patrons, axes and links; returns the attackers' belief."""
    what, factor = effects.touches[e], rules.exp(size)
    if what == T_BELIEF:
        changed = belief * factor if effects.verb[e] == MULTIPLY else belief + size
        flags[ATTACKERS] = True
        return min(max(changed, NOTHING), ONE)
    if what == T_COMMITMENT:
        for i in range(effects.patrons.first[e], effects.patrons.first[e + 1]):
            patron = effects.patrons.items[i]
            s.commitment[patron] = min(s.commitment[patron] * factor, ONE)
    elif what == T_PAIRS:
        scale_pairs(e, factor, s, effects)
    elif what == T_ATTACKERS:
        for i in range(effects.axes.first[e], effects.axes.first[e + 1]):
            axis = effects.axes.items[i]
            s.axis_quality[axis] = s.axis_quality[axis] * factor
        flags[ATTACKERS] = True
    elif what == T_LINK:
        for i in range(effects.links.first[e], effects.links.first[e + 1]):
            link = effects.links.items[i]
            closed = max(s.closed_until[link], until)
            s.closed_until[link] = np.float32(-np.inf) if effects.amount[e] > np.float32(0.5) else closed
        flags[STALE] = True
    return belief


@inlined
def apply(e: Any, reached: Any, hour: Any, values: Any, s: Any, belief: Any, effects: Any, units: Any, places: Any,
          columns: Any, host: Any, flags: Any) -> Any:  # fmt: skip
    """Let one effect happen to the units it has `reached`; returns the attackers' belief."""
    verb, what = effects.verb[e], effects.touches[e]
    size = size_of(e, values, effects)
    factor, until = rules.exp(size), np.float32(hour + effects.duration[e])
    undo, rumour = effects.undo[e], effects.rumour[e]
    if verb == RAISE:
        for i in range(effects.axes.first[e], effects.axes.first[e + 1]):
            raise_axis(effects.axes.items[i], s, columns, places, flags)
    elif rumour >= 0:
        s.rumour_until[rumour] = until
        flags[RUMOURS] = True
        for u in reached:
            s.rumour[rumour, u] = 1
    elif verb == BRING:
        flags[STALE_ALLIES] = True
        bring(e, reached, s, effects, units, host, flags)
    elif what == T_STATUS:
        flags[STALE_ALLIES] = flags[STALE_ALLIES] or effects.allies[e]
        order(e, reached, s, effects, flags)
    else:
        belief = change_run(e, size, until, s, belief, effects, flags)
        touch(e, reached, size, factor, until, s, effects, units, flags)
        if undo >= 0:
            s.undo_at[undo] = until
            s.undo_units[undo, :] = False
            for u in reached:
                s.undo_units[undo, u] = True
    return belief


@inlined
def fire(row: Any, key: Any, run: Any, hour: Any, values: Any, s: Any, belief: Any, triggers: Any, effects: Any,
         units: Any, places: Any, columns: Any, host: Any, room: Any, flags: Any) -> Any:  # fmt: skip
    """Let a trigger that is due take effect, or note that it did not; returns the attackers' belief. `room` (unit) is
    scratch. Effects of one trigger that name the same units and places reach the same, until it brings units."""
    patron, account = triggers.scales_with[row], triggers.first_account[row] + s.account[row]
    comes = hour < triggers.until[row]
    if comes and patron >= 0:
        comes = uniform(key, run, 0, triggers.hash[row], SCALED) < s.commitment[patron]
    if not comes or not triggers.happens[account]:
        s.missed[row] = True
        return belief
    known, number = -1, 0
    for e in range(triggers.first_effect[account], triggers.first_effect[account + 1]):
        if effects.reach[e] < 0 or effects.reach[e] != known:
            number = reach(e, key, run, s.place, effects, units, room)
        known = -1 if effects.verb[e] == BRING else effects.reach[e]
        belief = apply(e, room[:number], hour, values, s, belief, effects, units, places, columns, host, flags)
    s.fired[row] = np.float32(hour)
    return belief


@part
def end_passing(hour: Any, values: Any, s: Any, belief: Any, effects: Any, units: Any, flags: Any) -> Any:
    """Undo the effects whose time is over; returns the attackers' belief."""
    for undo in range(len(s.undo_at)):
        if s.undo_at[undo] > np.float32(hour):
            continue
        e = effects.of_undo[undo]
        what, back = effects.touches[e], rules.exp(-size_of(e, values, effects))
        if what == T_BELIEF:
            belief = min(belief * back, ONE)
            flags[ATTACKERS] = True
        elif what == T_COMMITMENT:
            for i in range(effects.patrons.first[e], effects.patrons.first[e + 1]):
                patron = effects.patrons.items[i]
                s.commitment[patron] = min(s.commitment[patron] * back, ONE)
        elif what == T_PAIRS:
            scale_pairs(e, back, s, effects)
        elif what == T_ATTACKERS:
            for i in range(effects.axes.first[e], effects.axes.first[e + 1]):
                axis = effects.axes.items[i]
                s.axis_quality[axis] = s.axis_quality[axis] * back
            flags[ATTACKERS] = True
        for u in range(len(s.status)):
            if not s.undo_units[undo, u]:
                continue
            s.undo_units[undo, u] = False
            if what == T_RALLY:
                s.rally[u] = s.rally[u] * back
            elif what == T_QUALITY:
                s.quality[u] = s.quality[u] * back
                flags[STATUS] = True
            elif what == T_SAFETY:
                s.safety[u] = widest(what, u, units.safety[u], values, s, effects)
            elif what == T_OFFER:
                s.offer[u] = widest(what, u, NOTHING, values, s, effects)
            elif what == T_TRUST:
                for i in range(effects.patrons.first[e], effects.patrons.first[e + 1]):
                    patron = effects.patrons.items[i]
                    s.trust[patron, u] = min(s.trust[patron, u] * back, ONE)
                flags[STALE_ALLIES] = flags[TRUST] = True
        s.undo_at[undo] = np.float32(np.inf)
    return belief
