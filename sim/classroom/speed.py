"""How long a class waits for its numbers on this machine, as it goes on (docs/classroom.md)."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from statistics import median
from typing import Any

from sim.bench.entries import peak_memory
from sim.bench.machine import cores, machine
from sim.classroom.case import Case, Event, Version
from sim.classroom.live import FIRST_RUNS, Live, Wish
from sim.kernels.choice import Wanted
from sim.scenario import Scenario

SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
"""How far the class is when it asks: shares of the scenario's days. Later, most runs have long been decided."""
TRIES = 5
"""Injects that are tried at each hour; the middle one counts."""
APART_HOURS = 0.25
"""Between two injects, so that no two are alike."""
WISHES: tuple[Wish, ...] = ("first", "effect", "picture")
Row = dict[str, Any]


def waits(
    scenario: Scenario, runs: int = 2000, kernel: Wanted = "auto", say: Callable[[str], None] = lambda _: None
) -> Row:
    """Measure what a class waits for. At each of some hours injects are tried, and then one is played.

    An inject is a rumour at the capital. Nobody has asked for its numbers before; what was played at the
    hours before is kept ready, as in a class (`Live.follow`).

    Args:
        scenario: what the class plays.
        runs: of each answer but the first picture.
        kernel: as in `rout serve`.
        say: told what is being measured.

    Returns:
        `scenario`, `units`, `days`, `runs`, `first_runs`, `threads`, `kernel`, `machine`; `prepare_s`, until the
        class can begin; `turns`, of each hour [h] the seconds to the `first_s` picture, the paired `effect_s` and
        the whole `picture_s` after it (medians), and `ready_s`, until what was played is kept ready;
        `breaks_s`, until the lived run is told with reasons; `peak_memory_mb` of the process.
    """
    case = Case.of(scenario)
    live = Live(case, runs=runs, seed=1, run=0, workers=cores(), kernel=kernel)
    say(f"getting {runs:,} runs ready")
    try:
        prepare_s = _timed(live.prepare)
        live.settle()
        played, turns = Version(), []
        for hour in (share * case.resolved.days * 24 for share in SHARES):
            say(f"injects at hour {hour:g}")
            turn, played = _turn(live, case, hour, played)
            turns.append(turn)
        breaks_s = _timed(partial(_asked, live, "breaks", played))
    finally:
        live.close()
        gc.unfreeze()
    return {
        "scenario": case.resolved.name,
        "units": len(case.resolved.units),
        "days": case.resolved.days,
        "runs": runs,
        "first_runs": min(FIRST_RUNS, runs),
        "threads": cores(),
        "kernel": live.kernel,
        "machine": machine(),
        "prepare_s": prepare_s,
        "turns": turns,
        "breaks_s": breaks_s,
        "peak_memory_mb": peak_memory(),
    }


def _turn(live: Live, case: Case, hour: float, played: Version) -> tuple[Row, Version]:
    """What is waited for at an hour, and what has been played after it."""
    hours = count(hour, APART_HOURS)
    seconds: dict[str, list[float]] = {wish: [] for wish in WISHES}
    for _ in range(TRIES):
        tried = _with_rumour(played, next(hours), case.resolved.capital)
        for wish in WISHES:
            seconds[wish].append(_timed(partial(_asked, live, wish, tried)))
    after = _with_rumour(played, next(hours), case.resolved.capital)
    ready_s = _timed(partial(_follow, live, after, hour))
    return {"hour": hour, **{f"{wish}_s": median(seconds[wish]) for wish in WISHES}, "ready_s": ready_s}, after


def _asked(live: Live, wish: Wish, version: Version) -> None:
    live.ask(wish, version).result()


def _with_rumour(played: Version, hour: float, place: str) -> Version:
    rumour = Event.model_validate({"hour": hour, "card": "rumour", "with": {"place": place}})
    return Version((*played.played, rumour), played.stopped)


def _follow(live: Live, version: Version, hour: float) -> None:
    live.follow(version, hour)
    while live.kernel == "compiled" and live.followed != version:
        time.sleep(0.01)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
