"""What `rout watch` shows: frames of a run or of the ensemble, and the same as plain lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from sim.experiments.picture import days_told, picture, simulate
from sim.plan import make_plan
from sim.recording import ticks
from sim.report.events import moment
from sim.report.lived import happened
from sim.scenario.resolved import Resolved
from sim.state import Status

LETTERS = "Hw>dsxme+-"
"""A letter per status, in their order."""
BARS = "▁▂▃▄▅▆▇█"
EVENT_LINES = 5
_AROUND = 9
"""Lines of a frame that are neither places nor events."""
_LEGEND = "".join(f"{letter} {status.label}  " for letter, status in zip(LETTERS, Status, strict=True))

Row = dict[str, Any]


@dataclass(frozen=True)
class Film:
    """Frames at `hours`, and what happens between them.

    Attributes:
        head: what is watched.
        told: (hour, words), in order of time.
        numbers: of each frame, in words.
        curve: of each frame, 0 to 1: drawn as a line.
        columns: heads of the table of places.
        places: of each frame: rows (name, cells), the most interesting first.
    """

    head: str
    hours: NDArray[np.float64]
    told: list[tuple[float, str]]
    numbers: list[str]
    curve: NDArray[np.float64]
    columns: tuple[str, ...]
    places: list[list[tuple[str, ...]]]
    resolved: Resolved
    legend: str = ""


def of_run(resolved: Resolved, seed: int, run: int) -> Film:
    """One run, until a day after the last thing that happens in it."""
    from sim.block import simulate_block

    plan = make_plan(resolved)
    made = simulate_block(plan, seed, np.array([run], np.uint64), track=True)
    assert made.track is not None
    kept = {name: array[0] for name, array in made.track.arrays().items()}
    row = {name: values[0] for name, values in made.close().items()}
    told = [(each["hour"], each["text"]) for each in happened(resolved, row, [])]
    many = _until(ticks(plan), max((hour for hour, _ in told), default=0.0))
    own = np.array([unit.controller == resolved.host for unit in resolved.units])
    counts = [np.bincount(statuses[own], minlength=len(Status)) for statuses in kept["status"][:many]]
    strength = kept["strength"][:many].astype(float)
    return Film(
        f"{resolved.title}, run {run}, seed {seed}", ticks(plan)[:many], told,
        [f"strength {share:4.0%}   {_letters(count)}" for share, count in zip(strength, counts, strict=True)],
        np.minimum(strength, 1.0), ("place", "held by", "units there"),
        list(_places_of_run(resolved, kept, own, many)), resolved, _LEGEND,
    )  # fmt: skip


def of_ensemble(resolved: Resolved, seed: int, runs: int, workers: int) -> Film:
    """All runs: how many have not collapsed, and what share has lost each place."""
    plan = make_plan(resolved)
    made = simulate(plan, runs=runs, seed=seed, workers=workers)
    hours = ticks(plan)
    seen = picture(resolved, made, made, hours=hours, days=days_told(resolved, made))
    holding, strength, lost = seen["holding"]["share"], seen["strength"], seen["lost"]
    changing = np.flatnonzero((np.abs(np.diff(lost, axis=1)).max(axis=0, initial=0) > 0) | (np.diff(holding) != 0))
    many = _until(hours, float(hours[changing[-1] + 1]) if changing.size else 0.0)
    order = np.argsort(-lost[:, -1], kind="stable")
    told = [
        (24 * day, f"by day {day:g} it has collapsed in {share:.0%} of the runs")
        for day, share in zip(days_told(resolved, made), seen["collapsed"]["share"], strict=True)
    ]
    numbers = [
        f"not collapsed {share:4.0%}   strength {mid:.0%} (5–95 %: {low:.0%} to {high:.0%})"
        for share, low, mid, high in zip(holding, strength["p5"], strength["p50"], strength["p95"], strict=True)
    ]
    for place, share in zip(resolved.places, lost, strict=True):
        if (share >= 0.5).any():
            told.append((float(hours[int(np.argmax(share >= 0.5))]), f"half of the runs have lost {place.name}"))
    places: list[list[tuple[str, ...]]] = [
        [(resolved.places[p].id, f"{lost[p, at]:.0%}", _bar(float(lost[p, at]))) for p in order] for at in range(many)
    ]
    return Film(f"{resolved.title}, {runs:,} runs, seed {seed}", hours[:many], sorted(told), numbers[:many],
                holding[:many], ("place", "lost in", "of the runs"), places, resolved)  # fmt: skip


def frame(film: Film, at: int, width: int, height: int) -> Group:
    """The picture at a tick, in so many columns and lines."""
    hour = float(film.hours[at])
    rows = film.places[at]
    room = max(1, height - _AROUND - EVENT_LINES)
    shown = rows if len(rows) <= room else rows[: room - 1]
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="head", padding=(0, 2, 0, 0))
    for name in film.columns:
        made.add_column(name, no_wrap=True, overflow="ellipsis")
    for row in shown:
        made.add_row(*row)
    rest = len(rows) - len(shown)
    parts: list[Text | Table] = [
        _line(film.head, width, "head"),
        _line(f"day {hour / 24:.2f}  {moment(film.resolved, hour)}   {film.numbers[at]}", width),
        _line(spark(film.curve[: at + 1], width), width),
        made,
        _line(f"and {rest} more places" if rest else "", width, "hint"),
        *[_line(text, width) for text in _last(film, hour)],
        *[_line(text, width, "hint") for text in wrap(film.legend, width)],
    ]
    return Group(*parts)


def lines(film: Film) -> Iterator[str]:
    """The same without a terminal: a line for each thing that happens, and one a day."""
    yield film.head
    events = iter([*film.told, (np.inf, "")])
    hour, text = next(events)
    day = -1
    for at, now in enumerate(film.hours):
        while hour <= now:
            yield _dated(film.resolved, hour, text)
            hour, text = next(events)
        if now // 24 > day or at == len(film.hours) - 1:
            day = int(now // 24)
            yield _dated(film.resolved, float(now), film.numbers[at])
    while hour < np.inf:  # where nothing more changes, there are no more frames
        yield _dated(film.resolved, hour, text)
        hour, text = next(events)


def spark(curve: Sequence[float] | NDArray[np.float64], width: int) -> str:
    """A curve between 0 and 1 as a line of bars, at most so many."""
    values = np.asarray(curve)[-max(1, width) :]
    return "".join(BARS[min(int(value * len(BARS)), len(BARS) - 1)] for value in values)


def _places_of_run(
    resolved: Resolved, kept: dict[str, NDArray[Any]], own: NDArray[np.bool_], many: int
) -> Iterator[list[tuple[str, ...]]]:
    """Rows of places at each tick: those that changed hands last come first, then those with most units."""
    controllers = sorted(resolved.roles)
    changed = np.full(len(resolved.places), -1)
    for at in range(many):
        if at:
            changed[kept["control"][at] != kept["control"][at - 1]] = at
        there: list[Counter[int]] = [Counter() for _ in resolved.places]
        for unit in np.flatnonzero(own & (kept["status"][at] != Status.ABSENT)):
            there[kept["place_of"][at, unit]][int(kept["status"][at, unit])] += 1
        order = sorted(range(len(there)), key=lambda p: (-changed[p], -there[p].total(), resolved.places[p].id))
        yield [
            (resolved.places[p].id, resolved.controller_names[controllers[kept["control"][at, p]]], _letters(there[p]))
            for p in order
        ]


def _letters(counts: Counter[int] | NDArray[np.int64]) -> str:
    """`12H 3w`: how many units are in each status."""
    return " ".join(f"{counts[s]}{LETTERS[s]}" for s in Status if counts[s] and s is not Status.ABSENT)


def _last(film: Film, hour: float) -> list[str]:
    """The latest events, one a line; empty lines where there are fewer, so that nothing jumps."""
    past = [_dated(film.resolved, at, text) for at, text in film.told if at <= hour][-EVENT_LINES:]
    return past + [""] * (EVENT_LINES - len(past))


def _dated(resolved: Resolved, hour: float, text: str) -> str:
    return f"{moment(resolved, hour):>12}  {text}"


def _line(text: str, width: int, style: str = "") -> Text:
    made = Text(text, style=style, no_wrap=True, overflow="ellipsis")
    made.truncate(width, overflow="ellipsis")
    return made


def _bar(share: float) -> str:
    return "█" * round(share * 20)


def _until(hours: NDArray[np.float64], last: float) -> int:
    """How many ticks to show: to a day after the last change."""
    return int(np.searchsorted(hours, last + 24.0, side="right"))
