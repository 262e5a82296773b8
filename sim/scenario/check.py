"""Cross-checks: what no single row can know about itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import pairwise
from math import isfinite

from sim.parameters import BY_NAME
from sim.scenario.check_map import check_map
from sim.scenario.lines import Path
from sim.scenario.messages import WANTED_TIME, after_the_end, given
from sim.scenario.names import check_names
from sim.scenario.problems import Problem, nearest
from sim.scenario.read import Document
from sim.scenario.roads import pieces
from sim.scenario.schema import Anchor, Axis, Controller, Formation, Link, Outcome, Place, Unit
from sim.scenario.signs import HIDDEN, named
from sim.scenario.sound import Leaf, Sound

MOST_SEARCHED = 50_000
"""Legs of all routes times places; the way of each leg is looked for among all places."""
DEEPEST_COMMAND = 50
"""Levels of command; no army has so many."""


def check(sound: Sound) -> Iterator[Problem]:
    """Everything wrong between the sound parts of a scenario, its triggers apart."""
    yield from _hidden_signs(sound.document)
    yield from check_names(sound)
    yield from _sides(sound)
    yield from _units(sound)
    yield from _command(sound)
    yield from _links(sound)
    yield from _pieces(sound)
    yield from check_map(sound)
    yield from _axes(sound)
    yield from _outcomes(sound)
    yield from _numbers(sound)
    for found in sound.leaves.values():
        yield from check_leaves(found, sound)
    yield from check_leaves(sound.setting_leaves(), sound)


def _hidden_signs(document: Document) -> Iterator[Problem]:
    """Texts and names that hold what a terminal or a page would act on: see `sim.scenario.signs`."""
    left: list[tuple[Path, object]] = [((), document.values)]
    while left:
        path, value = left.pop()
        if isinstance(value, dict):
            left += [((*path, str(key)), item) for key, item in value.items()]
            left += [((*path, str(key)), key) for key in value if HIDDEN.search(str(key))]
        elif isinstance(value, list):
            left += [((*path, index), item) for index, item in enumerate(value)]
        elif isinstance(value, str) and (sign := HIDDEN.search(value)):
            yield document.problem(path, f"holds the invisible sign {named(sign[0])}; remove it")


def check_leaves(found: Iterable[Leaf], sound: Sound) -> Iterator[Problem]:
    """Values that pydantic takes for what they are not, such as true for 1, or a number for a moment."""
    for leaf in found:
        wrong = ""
        if isinstance(leaf.value, datetime):
            wrong = _time_wrong(leaf.value, sound.document.value(leaf.path))
        elif isinstance(leaf.value, int | float):  # true and false are int
            wrong = _number_wrong(leaf, sound.document)
        if wrong:
            yield sound.document.problem(leaf.path, wrong)


def _number_wrong(leaf: Leaf, document: Document) -> str:
    """What is wrong with a number, or with true or false: `1`, "yes" and "0.5" do only where all is text."""
    raw, all_text = document.value(leaf.path), document.all_text(leaf.path)
    if isinstance(leaf.value, bool):
        return "" if isinstance(raw, bool) or all_text else f"must be true or false, not {given(raw)}"
    if isinstance(raw, bool) or (isinstance(raw, str) and not all_text):
        return f"must be a number, not {given(raw)}"
    return "" if isfinite(leaf.value) else f"must be a finite number, not {given(leaf.value)}"


def _time_wrong(moment: datetime, raw: object) -> str:
    if isinstance(raw, int | float) or (isinstance(raw, str) and raw.replace(".", "").isdigit()):
        return f"must be {WANTED_TIME}, not {given(raw)}"
    if moment.tzinfo is not None:
        return ""
    day_only = type(raw) is date or (isinstance(raw, str) and len(raw) <= 10)
    return f"lacks {'a time of day and a zone' if day_only else 'a zone'}: write {WANTED_TIME}"


def aware(moment: datetime | None) -> datetime | None:
    """A moment that can be compared with others, or None."""
    return moment if moment is not None and moment.tzinfo is not None else None


def hours_between(start: datetime, moment: datetime) -> float:
    """Hours from one moment with a zone to another."""
    return (moment - start).total_seconds() / 3600


def _sides(sound: Sound) -> Iterator[Problem]:
    """One host; it holds its capital and a source of supply."""
    problem = sound.document.problem
    if not sound.whole("controller"):
        return
    hosts = [path for path, c in sound.rows("controller", Controller) if c.role == "host"]
    if not hosts:
        yield problem(("controller",), "none has the role 'host'; exactly one must")
    for path in hosts[1:]:
        yield problem((*path, "role"), f"{hosts[0][1]!r} is the host already; there can be only one")
    if len(hosts) != 1:
        return
    host = hosts[0][1]
    places = sound.rows("place", Place)
    for _, place in places:
        if place.id == sound.settings.get("capital") and place.holder != host:
            yield problem(("capital",), f"{place.id!r} is held by {place.holder!r}, not by the host {host!r}")
    if sound.whole("place") and not any(p.supply_source and p.holder == host for _, p in places):
        yield problem(("place",), f"no place held by the host {host!r} is a supply_source")
    units = sound.rows("unit", Unit)
    if sound.whole("unit") and not any(u.controller in ("", host) and u.men_high > 0 for _, u in units):
        yield problem(("unit",), f"the host {host!r} has no unit with men in it")


def _units(sound: Sound) -> Iterator[Problem]:
    for path, unit in sound.rows("unit", Unit, "men_low", "men_high"):
        if unit.men_low > unit.men_high:
            yield sound.document.problem(
                (*path, "men_low"), f"{unit.men_low:.15g} is above men_high, {unit.men_high:.15g}"
            )
    for path, unit in sound.rows("unit", Unit, "kind", "patron"):
        if unit.kind == "contingent" and unit.patron is None:
            yield sound.document.problem((*path, "patron"), "is missing: a contingent is a patron's")
    for path, unit in sound.rows("unit", Unit, "supply", "supply_cap"):
        if unit.supply is not None and unit.supply > unit.supply_cap:
            yield sound.document.problem(
                (*path, "supply"), f"{unit.supply:.15g} is above supply_cap, {unit.supply_cap:.15g}"
            )


def _command(sound: Sound) -> Iterator[Problem]:
    """Cycles of command, each named once, at its first formation in the order of the alphabet."""
    parent = {str(path[1]): f.parent for path, f in sound.rows("formation", Formation)}
    for name in sorted(parent):
        chain = [name]
        while (above := parent.get(chain[-1])) is not None and above not in chain and len(chain) <= DEEPEST_COMMAND:
            chain.append(above)
        if above == name == min(chain):
            cycle = " > ".join([*chain, name])
            yield sound.document.problem(("formation", name, "parent"), f"is a cycle of command: {cycle}")
        elif len(chain) == DEEPEST_COMMAND + 1 and above not in chain:
            yield sound.document.problem(("formation", name), f"stands under more than {DEEPEST_COMMAND} others")


Ends = tuple[str, str]


def _ends(sound: Sound) -> list[tuple[Path, Ends]]:
    """The ends of all links as written, of faulty rows too: a bad distance does not cut a road."""
    rows = [(("link", i), row.get("from"), row.get("to")) for i, row in sound.document.rows("link")]
    return [(path, (a, b)) for path, a, b in rows if isinstance(a, str) and isinstance(b, str)]


def _links(sound: Sound) -> Iterator[Problem]:
    first: dict[Ends, Path] = {}
    for path, (a, b) in _ends(sound):
        pair = (min(a, b), max(a, b))
        if a == b:
            yield sound.document.problem(path, f"joins {a!r} with itself")
        elif pair in first:
            file, line = sound.document.place_of(first[pair])
            yield sound.document.problem(path, f"joins {a!r} and {b!r} a second time, first at {file}:{line}")
        first.setdefault(pair, path)
    sources = {place.id: place.supply_source for _, place in sound.rows("place", Place, "id", "supply_source")}
    for path, link in sound.rows("link", Link, "kind", "from_"):
        if link.kind == "air" and not sources.get(link.from_, True):
            message = f"an air bridge begins at a supply source; {link.from_!r} is none"
            yield sound.document.problem((*path, "from"), message)


def _graph(sound: Sound) -> list[list[str]] | None:
    """The pieces of the road graph, the largest first; None where a name is wrong or unknown."""
    places = sound.document.ids("place")
    links = [ends for _, ends in _ends(sound)]
    air = {(row.get("from"), row.get("to")) for _, row in sound.document.rows("link") if row.get("kind") == "air"}
    written = sound.document.values.get("link", [])
    if not places or not sound.document.complete("link") or len(links) < len(written) or _no_links(sound):
        return None
    if not {name for ends in links for name in ends} <= places:
        return None
    return pieces(places, [ends for ends in links if ends not in air])


def _no_links(sound: Sound) -> Problem | None:
    """That there is no table of links, where there must be one."""
    several = len(sound.document.ids("place") or ()) > 1
    return sound.document.absent("link", "and without it no place can be reached") if several else None


def _pieces(sound: Sound) -> Iterator[Problem]:
    if absent := _no_links(sound):
        yield absent
    graph = _graph(sound) or []
    line: dict[str, Path] = {str(row.get("id")): ("place", i) for i, row in sound.document.rows("place")}
    for piece in graph[1:]:
        if len(piece) == 1:
            yield sound.document.problem(line[piece[0]], "no link leads to this place")
        else:
            names = ", ".join(piece[:8]) + (" …" if len(piece) > 8 else "")
            yield sound.document.problem(line[piece[0]], f"no road joins these places to the others: {names}")


def _axes(sound: Sound) -> Iterator[Problem]:
    problem = sound.document.problem
    roles = {path[1]: c.role for path, c in sound.rows("controller", Controller)}
    one_host, days = list(roles.values()).count("host") == 1, sound.settings.get("days")
    legs = sum(len(route.places) - 1 for _, axis in sound.rows("axis", Axis) for route in axis.route)
    if legs * len(sound.document.rows("place")) > MOST_SEARCHED:
        yield problem(("axis",), f"the routes have {legs:,} legs, too many for so many places")
    for path, axis in sound.rows("axis", Axis, "men"):
        if isinstance(axis.men, list):
            yield from _ascending(sound, (*path, "men"), axis.men)
    for path, axis in sound.rows("axis", Axis, "controller"):
        if one_host and roles.get(axis.controller) in ("host", "neutral"):
            message = f"{axis.controller!r} has the role {roles[axis.controller]!r}; an axis attacks"
            yield problem((*path, "controller"), message)
    for path, axis in sound.rows("axis", Axis, "route"):
        if not any(route.weight for route in axis.route):
            yield problem((*path, "route"), "all routes have weight 0")
    for path, axis in sound.rows("axis", Axis, "starts_hour"):
        if days is not None and axis.starts_hour is not None and axis.starts_hour >= 24 * days:
            yield problem((*path, "starts_hour"), after_the_end(days))


def _outcomes(sound: Sound) -> Iterator[Problem]:
    for path, outcome in sound.rows("outcome", Outcome, "contact", "lost_from", "lost_to"):
        given_times = [
            (name, moment)
            for name in ("contact", "lost_from", "lost_to")
            if (moment := aware(getattr(outcome, name))) is not None
        ]
        for (name, moment), (later, bound) in pairwise(given_times):
            if moment > bound:
                yield sound.document.problem((*path, name), f"is later than {later}")
        if (outcome.lost_from is None) != (outcome.lost_to is None):
            missing = "lost_from" if outcome.lost_from is None else "lost_to"
            yield sound.document.problem((*path, missing), "is missing; lost_from and lost_to go together")


def _numbers(sound: Sound) -> Iterator[Problem]:
    """Ranges in order; parameters known and within their bounds."""
    problem = sound.document.problem
    anchor = sound.settings.get("anchor")
    if isinstance(anchor, Anchor):
        yield from _ascending(sound, ("anchor", "men"), anchor.men)
    for name, value in (sound.settings.get("parameters") or {}).items():
        path = ("parameters", name)
        yield from check_leaves([Leaf(path, name, value)], sound)
        if name not in BY_NAME:
            yield problem(path, "there is no such parameter", nearest(name, tuple(BY_NAME)))
        elif isfinite(value) and not BY_NAME[name].lower <= value <= BY_NAME[name].upper:
            low, high = BY_NAME[name].lower, BY_NAME[name].upper
            yield problem(path, f"must lie between {low:g} and {high:g} {BY_NAME[name].uom}, not {value:g}")


def _ascending(sound: Sound, path: Path, pair: list[float]) -> Iterator[Problem]:
    if pair[0] > pair[1]:
        message = f"the low value {pair[0]:.15g} is above the high value {pair[1]:.15g}"
        yield sound.document.problem(path, message)
