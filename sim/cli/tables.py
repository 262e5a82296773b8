"""The tables of `rout show`: one function per topic, from the explicit scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from sim.cli import words
from sim.cli.output import put, table
from sim.cli.text import count, listed
from sim.scenario.resolved import Resolved, ResolvedAxis, ResolvedFormation, ResolvedTrigger, ResolvedUnit

NAME_COLUMN_FROM = 110
"""Width [characters] from which there is room for the names of units beside their ids."""


def men(units: Iterable[ResolvedUnit]) -> str:
    """Range of men of some units, such as "8,000–12,000"."""
    every = list(units)
    low, high = sum(u.men_low for u in every), sum(u.men_high for u in every)
    return f"{low:,.0f}" if low == high else f"{low:,.0f}–{high:,.0f}"


def overview(out: Console, resolved: Resolved) -> None:
    """The scenario on one screen."""
    out.print(Text(f"{resolved.title}", style="head"), Text(f"({resolved.name})", style="hint"))
    if resolved.summary:
        out.print(" ".join(resolved.summary.split()))
    host = [u for u in resolved.units if u.present and resolved.roles.get(u.controller) == "host"]
    facts = table("", ids=[""], words=[""])
    facts.show_header = False
    facts.add_row("starts", f"{resolved.start}, for {resolved.days:g} days in steps of {resolved.step_hours:g} h")
    facts.add_row("collapse", f"strength below {resolved.collapse_share:.0%} of its start, or {resolved.capital} lost")
    sides = (f"{resolved.controller_names[c]} ({role.replace('_', ' ')})" for c, role in resolved.roles.items())
    facts.add_row("sides", "; ".join(sides))
    facts.add_row("host units", f"{count(len(host), 'unit')}, {men(host)} men")
    facts.add_row("patrons", "; ".join(f"{p.name}: commitment {p.commitment:g}" for p in resolved.patrons) or "none")
    facts.add_row(
        "axes",
        "; ".join(f"{a.name}: {a.men_low:,.0f}–{a.men_high:,.0f} men" for a in resolved.axes) or "none",
    )
    facts.add_row("graph", f"{count(len(resolved.places), 'place')}, {count(len(resolved.links), 'link')}")
    off = sum(not t.enabled for t in resolved.triggers)
    facts.add_row("triggers", count(len(resolved.triggers), "trigger") + (f", {off} switched off" if off else ""))
    falls = sum(o.lost_from is not None for o in resolved.outcomes)
    facts.add_row("record", f"{count(falls, 'documented fall')}, {count(len(resolved.sources), 'source')}")
    put(out, facts)
    out.print(
        "More: rout show SCENARIO order-of-battle, or axes, triggers, graph, parameters, sources",
        style="hint",
    )


def order_of_battle(out: Console, resolved: Resolved) -> None:
    """Units under their formations, with men, place, state and patron."""
    names = ["name"] if out.width >= NAME_COLUMN_FROM else []
    made = table(
        "Order of battle",
        ids=["unit", "place"],
        words=names,
        numbers=["men", "mor.", "loy.", "sup."],
    )
    for depth, formation, units in _tree(resolved):
        below = [u for u in resolved.units if u.formation in _below(resolved, formation.id)]
        title = Text(" " * depth + formation.id, style="head")
        made.add_row(title, "", *([formation.name] if names else []), Text(men(below), style="head"))
        for unit in units:
            indent = " " * (depth + 1)
            state = (f"{unit.morale:.2f}", f"{unit.loyalty:.2f}", f"{unit.supply:g} d")
            made.add_row(indent + unit.id, unit.place, *([unit.name] if names else []), men([unit]), *state)
            if notes := [*([unit.patron] if unit.patron else []), *([] if unit.present else ["comes later"])]:
                made.add_row(Text(f"{indent}  {', '.join(notes)}", style="hint"))
    put(out, made)
    out.print(
        "Each run draws its own men. Morale and loyalty from 0 to 1, supply in days.\n"
        "Under a unit: its patron, and whether a trigger brings it later.",
        style="hint",
    )


def _tree(resolved: Resolved) -> Iterator[tuple[int, ResolvedFormation, list[ResolvedUnit]]]:
    """Formations from the top down with their depth and own units; empty branches are left out."""

    def visit(parent: str | None, depth: int) -> Iterator[tuple[int, ResolvedFormation, list[ResolvedUnit]]]:
        for formation in resolved.formations:
            inside = _below(resolved, formation.id)
            if formation.parent == parent and any(u.formation in inside for u in resolved.units):
                yield depth, formation, [u for u in resolved.units if u.formation == formation.id]
                yield from visit(formation.id, depth + 1)

    yield from visit(None, 0)


def _below(resolved: Resolved, formation: str) -> set[str]:
    children = (f.id for f in resolved.formations if f.parent == formation)
    return {formation}.union(*(_below(resolved, child) for child in children))


def axes(out: Console, resolved: Resolved) -> None:
    """Axes of advance: side and role, posture, beginning, men and their quality, and each way they may go."""
    for axis in resolved.axes:
        out.print()
        out.print(Text(axis.id, style="head"), Text(axis.name, style="hint"))
        for line in _advance(resolved, axis):
            out.print(Padding(Text(line), (0, 0, 0, 4), expand=False))
    out.print()
    out.print(
        "Each run draws the men of an axis; its ways share them. Who is raised, by an uprising or a trigger, has no "
        "moment.\nA siege invests the places on its way: only part of its men presses at a time."
        if resolved.axes
        else "Nobody advances in this scenario.",
        style="hint",
    )


def _advance(resolved: Resolved, axis: ResolvedAxis) -> Iterator[str]:
    start = "when raised" if axis.starts_hour is None else f"from {words.moment(resolved, axis.starts_hour)}"
    yield f"{axis.controller} ({resolved.roles[axis.controller].replace('_', ' ')}), {axis.posture}, {start}"
    low, high = f"{axis.men_low:,.0f}", f"{axis.men_high:,.0f}"
    yield f"{low if low == high else f'{low}–{high}'} men, quality {axis.quality:g}"
    for share, way in sorted(axis.routes, key=lambda route: (-route[0], route[1])):
        start, *between = way if len(way) == 1 else way[:-1]
        via = f" by {', '.join(between)}" if between else ""
        yield f"{share:.0%} " + (f"at {start}" if len(way) == 1 else f"from {start}{via} to {way[-1]}")


def triggers(out: Console, resolved: Resolved) -> None:
    """Every trigger in words: when, on what condition, how likely, its accounts, what it does."""
    for trigger in sorted(resolved.triggers, key=lambda t: (words.undated(t), t.earliest, t.latest, t.id)):
        style = "head" if trigger.enabled else "hint"
        out.print()
        out.print(Text(trigger.id, style=style), Text(trigger.type, style="hint"))
        for line in _described(resolved, trigger):
            out.print(Padding(Text(line), (0, 0, 0, 4), expand=False))
    out.print()
    out.print(
        "Sizes are judgement: sources give signs and sometimes lags. The shock size, the betrayal ratio and "
        "the trust rupture are parameters.",
        style="hint",
    )


def _described(resolved: Resolved, trigger: ResolvedTrigger) -> Iterator[str]:
    yield trigger.title
    if condition := words.guards(trigger):
        yield f"if: {condition}"
    yield f"when: {words.when(resolved, trigger)}"
    yield f"chance: {words.chance(trigger)}; cause: {trigger.cause.replace('_', ' ')}"
    several = len(trigger.accounts) > 1
    for account in trigger.accounts:
        if several:
            yield f"account {account.name}, weight {account.weight:.0%}: {account.title or account.type}"
        indent = "  " if several else ""
        if not account.happens:
            yield f"{indent}· nothing happens"
        for operation in account.operations if account.happens else ():
            yield f"{indent}· {words.operation(operation)}"
    if trigger.sources:
        yield f"sources: {listed(trigger.sources, 8)}; confidence {trigger.confidence}"


def graph(out: Console, resolved: Resolved) -> None:
    """Places with who holds them at the start, and links with their length."""
    places = table("Places", ids=["place", "held by"], words=["name", "kind, region", "notes"])
    for place in resolved.places:
        notes = [
            text
            for flag, text in (
                (place.id == resolved.capital, "capital"),
                (place.supply_source, "supplies"),
                (place.depot, "depot"),
                (place.protected, "protected"),
                (place.rises, "may rise"),
            )
            if flag
        ]
        places.add_row(place.id, place.holder, place.name, f"{place.kind}, {place.region}", ", ".join(notes))
    put(out, places)
    links = table("Links", ids=["from", "to"], words=["road"], numbers=["km", "to the front"])
    for link in resolved.links:
        front = f"{link.front_km:g}" if link.front_km != link.km else ""
        links.add_row(
            link.from_place,
            link.to_place,
            link.road + (" (by air)" if link.kind == "air" else "") + ("" if link.open else " (closed)"),
            f"{link.km:g}",
            front,
        )
    put(out, links)
    held = Counter(place.holder for place in resolved.places)
    out.print("Held at the start: " + ", ".join(f"{holder} {number}" for holder, number in held.most_common()))


def parameters(out: Console, resolved: Resolved) -> None:
    """The model's parameters: value here, default, prior, unit of measure and status."""
    from sim.parameters import ALL

    made = table("Parameters", ids=["parameter"], words=["unit", "status"], numbers=["here", "default", "prior"])
    for row in ALL:
        here = resolved.parameters.get(row.name, row.default)
        value = Text(f"{here:.4g}", style="" if here == row.default else "warn")
        made.add_row(
            row.name,
            row.uom,
            row.status,
            value,
            f"{row.default:.4g}",
            "–".join(f"{bound:.3g}" for bound in row.prior),
        )
    put(out, made)


def sources(out: Console, resolved: Resolved) -> None:
    """What the scenario rests on."""
    if not resolved.sources:
        out.print("This scenario names no sources.")
    for name, source in resolved.sources.items():
        facts = ", ".join(source[field] for field in ("kind", "date") if source.get(field))
        out.print(Text(name, style="head"), Text(facts, style="hint"))
        out.print(Padding(source.get("title", ""), (0, 0, 0, 4), expand=False))
        if source.get("address"):
            # On one line whatever the width, so that it can be followed.
            out.print(f"    {source['address']}", soft_wrap=True)
