"""All that a report shows, as plain data: every combination of its events on the same dice."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.experiments.ground import ground
from sim.experiments.picture import Picture, Simulated, days_told, picture, simulate
from sim.experiments.players import Player
from sim.kernels.choice import Kernel, Wanted, choose
from sim.measures import LABEL, quantiles
from sim.plan import Plan, make_plan
from sim.recording import ticks
from sim.report import lived, mattered, words
from sim.report.events import Chosen, left_out, told
from sim.report.packing import pack, size
from sim.results import provenance
from sim.rules.quit import Terms
from sim.scenario.resolved import Resolved

FORMAT = 1
MOST_BYTES = 5_000_000
"""A page is kept below this, so that it can be mailed."""
PAGE_BYTES = 400_000
"""Kept free for the page itself and all that belongs to no combination."""
EVERY = (1, 2, 4, 8)
"""Ticks of the record from one hour of a curve to the next; the first that fits is taken."""
_STEPS = {
    "holding.share": 1e-4, "holding.low": 1e-4, "holding.high": 1e-4,
    **{f"strength.p{p}": 0.005 for p in (5, 25, 50, 75, 95)},
    "dots": 0.1, "lost": 0.01,
    "paired.spread.earlier": 1, "paired.spread.same": 1, "paired.spread.later": 1,
}  # fmt: skip
"""Path in a picture -> the step to which its values are rounded: that of the drawing. All others are exact."""
_LIVED_STEPS = {
    **dict.fromkeys(("moves.tick", "moves.unit", "moves.status", "moves.place"), 1),
    **dict.fromkeys(("turns.tick", "turns.place", "turns.controller"), 1),
    **dict.fromkeys(("roads.tick", "roads.road", "roads.closed"), 1),
    "strength": 0.005, "fired": 0.1, "collapse": 0.1,
}  # fmt: skip

Progress = Callable[[int, int], None]
"""Called with (runs done, runs of all combinations)."""


class TooLargeError(ValueError):
    """The table would not fit into a page that can be passed on."""


@dataclass(frozen=True)
class Asked:
    """A report that is asked for.

    Attributes:
        run: the number of the run that is told as it was lived.
        source, command: what it was made from, and what makes it again.
        centre: where each run draws its parameters from a posterior, the same scenario with the
            posterior's medians: its runs show what the dice alone do.
    """

    resolved: Resolved
    chosen: Chosen
    runs: int
    seed: int
    run: int = 0
    source: str = ""
    command: str = ""
    centre: Resolved | None = None


def simulations(asked: Asked) -> int:
    """How many ensembles a report takes: every combination of its events, and one at the centre of a posterior."""
    return (1 << len(asked.chosen.players)) + (asked.centre is not None)


def make(
    asked: Asked, *, workers: int = 1, kernel: Wanted = "auto", on_progress: Progress | None = None
) -> dict[str, Any]:
    """Simulate every combination and put together what the page shows.

    Raises:
        TooLargeError: it does not fit into a page of `MOST_BYTES`.
        ValueError: no such run.
    """
    if not 0 <= asked.run < asked.runs:
        raise ValueError(f"there is no run {asked.run}: they are numbered from 0 to {asked.runs - 1}")
    started, resolved, plan = time.time(), asked.resolved, make_plan(asked.resolved)
    total = asked.runs * simulations(asked)
    using = choose(kernel, total * plan.steps * len(plan.units.ids), workers)

    def ensemble(plan: Plan, before: int) -> Simulated:
        def tell(done: int) -> None:
            if on_progress is not None:
                on_progress(before + done, total)

        return simulate(plan, runs=asked.runs, seed=asked.seed, workers=workers, kernel=using, on_progress=tell)

    base = ensemble(plan, 0)
    described = zip(told(resolved, asked.chosen, base.rows), asked.chosen.players, strict=True)
    in_time = sorted(described, key=lambda pair: _early(pair[0]))
    events, players = [row for row, _ in in_time], [player for _, player in in_time]
    versions = _versions(plan, players)
    histories = [lived.history(version, asked.seed, asked.run, using, hours=False) for version in versions]
    life = pack(histories, _LIVED_STEPS)
    room = MOST_BYTES - PAGE_BYTES - size(life)
    if room <= 0:
        raise _too_large(len(versions))
    hours, days = ticks(plan), days_told(resolved, base)
    pictures, collapse = [], np.empty((len(versions), asked.runs), np.float32)
    for number, version in enumerate(versions):
        whole = number == len(versions) - 1
        made = base if whole else ensemble(version, (number + 1) * asked.runs)
        pictures.append(picture(resolved, base, made, hours=hours, days=days))
        collapse[number] = made.rows["collapse_hour"]
    table, every = _fitting(pictures, room)
    dice = None if asked.centre is None else ensemble(make_plan(asked.centre), len(versions) * asked.runs)
    return {
        "format": FORMAT,
        "ground": ground(resolved),
        "events": events,
        "clock": {
            "start": resolved.start, "horizon": resolved.days * 24, "shown": _shown(pictures, resolved.days * 24),
            "hours": hours[::every].tolist(), "ticks": hours.tolist(), "days": days,
        },
        "case": _case(asked),
        "table": table,
        "lived": life,
        "report": _report(asked, base, dice, events, days, collapse),
        "provenance": _provenance(asked, using, started),
    }  # fmt: skip


def bands(resolved: Resolved, base: Simulated, dice: Simulated | None) -> list[dict[str, Any]]:
    """How runs differ: quantiles of the hour of collapse, None where not reached; of the dice, of dice and parameters.

    Args:
        base: the baseline's runs.
        dice: runs at the centre of the posterior from which those of `base` draw their parameters.
    """
    told = [("dice", "The dice alone, at these parameter values", base)]
    if resolved.draws is not None:
        both = ("both", f"Dice and parameters, drawn from the posterior {resolved.draws.source}", base)
        told = [both] if dice is None else [("dice", "The dice alone, at the posterior’s medians", dice), both]
    return [
        {"name": name, "label": label,
         **dict(zip(("p5", "p50", "p95"), quantiles(made.rows["collapse_hour"], [0.05, 0.5, 0.95]), strict=True))}
        for name, label, made in told
    ]  # fmt: skip


def _early(event: dict[str, Any]) -> tuple[float, str]:
    return (np.inf if event["hour"] is None else event["hour"], event["name"])


def _versions(plan: Plan, players: list[Player]) -> list[Plan]:
    """The plan of each combination: event i happens in combination c where c >> i & 1. The last is the baseline."""
    return [
        left_out(plan, [player for i, player in enumerate(players) if not c >> i & 1]) for c in range(1 << len(players))
    ]


def _fitting(pictures: list[Picture], room: int) -> tuple[dict[str, Any], int]:
    """The table of the pictures, and how many ticks of the record lie from one hour of its curves to the next.

    Raises:
        TooLargeError: it does not fit even with the fewest hours.
    """
    for every in EVERY:
        table = pack([_thinned(each, every) for each in pictures], _STEPS)
        if size(table) <= room:
            return table, every
    raise _too_large(len(pictures))


def _thinned(picture: Picture, every: int) -> Picture:
    """The picture with every so manyth of the hours of its curves."""
    curves = {name: {key: values[::every] for key, values in picture[name].items()} for name in ("holding", "strength")}
    return {**picture, **curves, "lost": picture["lost"][:, ::every]}


def _too_large(combinations: int) -> TooLargeError:
    return TooLargeError(
        f"{combinations:,} combinations of events do not fit into a page of {MOST_BYTES / 1e6:g} MB. Name fewer."
    )


def _shown(pictures: list[Picture], horizon: float) -> float:
    """The hour at which axes end: a day after the latest dot of any combination, the horizon where one lies beyond."""
    latest = [dot for each in pictures for dot in each["dots"]]
    return horizon if None in latest else min(horizon, 24.0 * (ceil(max(latest) / 24) + 1))


def _case(asked: Asked) -> dict[str, Any]:
    resolved = asked.resolved
    return {
        "name": resolved.name,
        "title": resolved.title,
        "summary": " ".join(resolved.summary.split()),
        "collapse_share": resolved.collapse_share,
        "runs": asked.runs,
        "seed": asked.seed,
        "run": asked.run,
        "note": LABEL,
        "how_chosen": asked.chosen.how,
    }


def _report(
    asked: Asked,
    base: Simulated,
    dice: Simulated | None,
    events: list[dict[str, Any]],
    days: list[float],
    collapse: NDArray[np.float32],
) -> dict[str, Any]:
    """The sections that do not move with the switches."""
    resolved, horizon = asked.resolved, asked.resolved.days * 24
    row = {name: values[asked.run] for name, values in base.rows.items()}
    breaks = lived.why_units_broke(resolved, asked.seed, asked.run)
    some = len(events) > 0
    told = {
        "happened": lived.happened(resolved, row, breaks),
        "luck": lived.luck(base.rows, asked.run, horizon),
        "alone": mattered.alone(collapse, horizon, days) if some else [],
        "pairs": mattered.pairs(collapse, horizon) if some else [],
        "breaks": breaks,
        "reasons": _reasons(resolved, base),
        "bands": bands(resolved, base, dice),
        "honesty": words.honesty(resolved),
    }
    return told | {"prompts": words.prompts(resolved, events, told)}


def _reasons(resolved: Resolved, base: Simulated) -> dict[str, Any]:
    """Over all runs: how often each term of the quit index was the largest at a break, and each unit's breaks."""
    counts, runs = base.counts, len(base.rows["collapse_hour"])
    terms = counts.reasons.sum(axis=0)
    own = np.flatnonzero(counts.breaks)
    return {
        "breaks_per_run": float(counts.breaks.sum() / runs),
        "terms": {name: float(count / max(1, terms.sum())) for name, count in zip(Terms._fields, terms, strict=True)},
        "units": [
            {"name": resolved.units[u].name, "breaks": float(counts.breaks[u] / runs),
             "first": float(counts.first_breaks[u] / runs), "term": Terms._fields[int(counts.reasons[u].argmax())]}
            for u in own[np.argsort(-counts.first_breaks[own], kind="stable")]
        ],
    }  # fmt: skip


def _provenance(asked: Asked, kernel: Kernel, started: float) -> dict[str, Any]:
    scenario = asked.resolved.model_dump_json(indent=1) + "\n"  # as in a result's resolved.json
    facts = provenance(scenario.encode(), started, command=asked.command)
    return facts | {"source": asked.source, "kernel": kernel, "seconds": round(time.time() - started, 1)}
