"""ScenarioFile -> Resolved: names checked, times in hours, routes spelled out, defaults written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sim.parameters import BY_NAME
from sim.scenario import resolved as r
from sim.scenario import rubric
from sim.scenario.accounts import versions
from sim.scenario.check import hours_between
from sim.scenario.directory import ScenarioDirectory, host_of
from sim.scenario.roads import Roads, expand, road_graph
from sim.scenario.schema import Axis, Factors, Link, MenRange, Outcome, Patron, Place, ScenarioFile, Unit
from sim.triggers.base import Guard, HoursOrRange, Trigger

if TYPE_CHECKING:
    from sim.scenario import Scenario


def resolve(scenario: Scenario) -> r.Resolved:
    """The explicit form of a loaded scenario; everything in it is sorted by id."""
    file = scenario.file
    directory = ScenarioDirectory(file)
    roads = road_graph(file.place, file.link)
    host = host_of(file)
    return r.Resolved(
        format=1,
        name=file.name,
        title=file.title,
        summary=file.summary,
        start=file.start.isoformat(),
        days=file.days,
        step_hours=file.step_hours,
        capital=file.capital,
        host=host,
        collapse_share=file.collapse_share,
        patron_trust=file.patron_trust,
        anchor=None if file.anchor is None else (file.anchor.men[0], file.anchor.men[1]),
        roles={name: controller.role for name, controller in sorted(file.controller.items())},
        controller_names={name: controller.name for name, controller in sorted(file.controller.items())},
        parameters=_parameters(file.parameters),
        regions=tuple(sorted({place.region for place in file.place})),
        factors=file.factors.model_dump(exclude_none=True),
        patrons=tuple(_patron(name, patron, file) for name, patron in sorted(file.patron.items())),
        formations=tuple(
            r.ResolvedFormation(id=name, name=formation.name, parent=formation.parent)
            for name, formation in sorted(file.formation.items())
        ),
        places=tuple(_place(place) for place in sorted(file.place, key=lambda place: place.id)),
        links=tuple(_link(link) for link in sorted(file.link, key=lambda link: (link.from_, link.to))),
        units=tuple(_unit(unit, host, file) for unit in sorted(file.unit, key=lambda unit: unit.id)),
        axes=tuple(_axis(axis, roads) for axis in sorted(file.axis, key=lambda axis: axis.id)),
        triggers=tuple(
            _trigger(trigger, file.start, directory)
            for trigger in sorted(scenario.triggers, key=lambda trigger: trigger.id)
        ),
        outcomes=tuple(_outcome(o, file.start) for o in sorted(file.outcome, key=lambda o: o.place)),
        sources={name: source.model_dump() for name, source in sorted(file.source.items())},
    )


def _parameters(given: Mapping[str, float]) -> dict[str, float]:
    return {name: float(given.get(name, BY_NAME[name].default)) for name in sorted(BY_NAME)}


def _place(place: Place) -> r.ResolvedPlace:
    return r.ResolvedPlace(**place.model_dump(exclude={"source", "confidence", "note"}))


def _link(link: Link) -> r.ResolvedLink:
    return r.ResolvedLink(
        from_place=link.from_,
        to_place=link.to,
        road=link.road,
        km=link.km,
        front_km=link.km if link.front_km is None else link.front_km,
        open=link.open,
        kind=link.kind,
    )


def _unit(unit: Unit, host: str, file: ScenarioFile) -> r.ResolvedUnit:
    fields = unit.model_dump(exclude={"source", "note"})
    fields["controller"] = unit.controller or host
    force = file.factors if fields["controller"] == host else Factors()
    factors = rubric.factors_of(unit.formation, file.formation, force)
    for name in ("morale", "loyalty", "safety", "supply"):
        fields[name] = getattr(rubric, name)(unit, factors)
    return r.ResolvedUnit(**fields)


def _patron(name: str, patron: Patron, file: ScenarioFile) -> r.ResolvedPatron:
    standing = rubric.standing(patron, file.factors)
    return r.ResolvedPatron(
        id=name,
        name=patron.name,
        commitment=standing.commitment,
        weight=patron.weight,
        trust=standing.trust,
        air=patron.air,
    )


def _axis(axis: Axis, roads: Roads) -> r.ResolvedAxis:
    low, high = _pair(axis.men)
    total = sum(sorted(route.weight for route in axis.route))
    routes = sorted((route.weight / total, expand(roads, route.places)) for route in axis.route)
    return r.ResolvedAxis(
        id=axis.id,
        name=axis.name,
        controller=axis.controller,
        men_low=low,
        men_high=high,
        quality=axis.quality,
        starts_hour=axis.starts_hour,
        posture=axis.posture,
        routes=tuple(routes),
    )


def _pair(value: MenRange | HoursOrRange) -> tuple[float, float]:
    """(low, high) of a number or a pair."""
    return (value[0], value[1]) if isinstance(value, list) else (value, value)


def _trigger(trigger: Trigger, start: datetime, directory: ScenarioDirectory) -> r.ResolvedTrigger:
    earliest, latest = _moment(trigger, start)
    delay_low, delay_high = _pair(trigger.delay_hours)
    return r.ResolvedTrigger(
        id=trigger.id,
        type=trigger.type,
        title=trigger.title,
        enabled=trigger.enabled,
        earliest=earliest,
        latest=latest,
        delay_low=delay_low,
        delay_high=delay_high,
        patience_hours=trigger.patience_hours,
        probability=trigger.probability,
        scales_with=trigger.scales_with,
        guards=tuple(_guard(guard) for guard in trigger.guard),
        accounts=_accounts(trigger, directory),
        cause=trigger.cause,
        confidence=trigger.confidence,
        sources=tuple(trigger.sources),
        places=_names(trigger.place),
        events=_names(trigger.events),
    )


def _moment(trigger: Trigger, start: datetime) -> tuple[float, float]:
    """(earliest, latest) [h since the start], without what lies before it."""
    if trigger.window is not None:
        low, high = (hours_between(start, moment) for moment in trigger.window)
    elif trigger.at is not None:
        hour = hours_between(start, trigger.at)
        low, high = hour - trigger.uncertainty_hours, hour + trigger.uncertainty_hours
    else:
        low = high = 0.0
    return max(low, 0.0), max(high, 0.0)


def _accounts(trigger: Trigger, directory: ScenarioDirectory) -> tuple[r.ResolvedAccount, ...]:
    if not trigger.account:
        return (_account("only", 1.0, trigger, trigger, directory, trigger.title, trigger.sources),)
    total = sum(sorted(account.weight for account in trigger.account))
    return tuple(
        _account(
            account.name,
            account.weight / total,
            trigger,
            version,
            directory,
            account.title or (version or trigger).title,
            account.sources or (version or trigger).sources,
        )
        for account, version in versions(trigger)
    )


def _account(
    name: str,
    weight: float,
    trigger: Trigger,
    version: Trigger | None,
    directory: ScenarioDirectory,
    title: str,
    sources: list[str],
) -> r.ResolvedAccount:
    return r.ResolvedAccount(
        name=name,
        weight=weight,
        type=(version or trigger).type,
        title=title,
        happens=version is not None,
        operations=() if version is None else version.operations(directory),
        sources=tuple(sources),
    )


def _names(value: list[str] | str | None) -> tuple[str, ...]:
    """One name, several or none, sorted."""
    return tuple(sorted({value} if isinstance(value, str) else set(value or ())))


def _guard(guard: Guard) -> r.ResolvedGuard:
    fields = guard.model_dump()
    for name in ("lost", "held", "contested", "fired", "not_fired"):
        fields[name] = _names(fields[name])
    for name in ("commitment_below", "commitment_above"):
        fields[name] = tuple(sorted((fields[name] or {}).items()))
    return r.ResolvedGuard(**fields)


def _outcome(outcome: Outcome, start: datetime) -> r.ResolvedOutcome:
    fields = outcome.model_dump(exclude={"note"})
    for name in ("contact", "lost_from", "lost_to"):
        fields[name] = None if fields[name] is None else hours_between(start, fields[name])
    return r.ResolvedOutcome(**fields)
