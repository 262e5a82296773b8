"""One run, frame by frame: the map with its front, and beside it every unit by its status."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sim.figures.animation.scene import HEIGHT, WIDTH, Scene, dress_strip, thinned
from sim.figures.map import Course, chosen, title
from sim.figures.style import BLUE, INK, STATUS_MARK, style
from sim.state import Status

if TYPE_CHECKING:
    from sim.results import Result
    from sim.scenario.resolved import Resolved, ResolvedUnit

SIDE = (0.65, 0.045, 0.34, 0.9)
"""Left, bottom, width and height of the board and the legends below it [shares of the picture]."""
AFTER_HOURS = 24.0
"""How long an animation goes on once no place changes hands any more."""
SCALE = 1.3
"""Rings and marks against those of a page of small maps."""
COLUMNS = 19
"""Units in a row of the board, at least."""
HEADING = 0.17
"""Height of a heading of the board [inch]."""
LINE = 0.165
"""Height of a legend entry [inch]."""


class OneRun(Scene):
    """A run on the map, with a board of its units."""

    def __init__(self, result: Result, run: int | None = None) -> None:
        row = chosen(result, run)
        self._course = course = Course.of(result, int(row["run"]), SCALE)
        hours = course.path.hours[: _last(course, float(row["collapse_hour"])) + 1]
        self._ticks = thinned(hours)
        super().__init__(result, course.ground, hours[self._ticks], title(row), shares=False)
        with style():
            self.strip.plot(hours / 24, course.path.strength[: len(hours)], color=BLUE, lw=1.6)
            dress_strip(self.strip, result, float(hours[-1]))
            room = self._legends()
            self._board = Board(self.figure.add_axes(SIDE, frameon=False), result.resolved, course.path.status, room)
            course.ground.name(self.figure, [self.map], course.reach())

    def _draw(self, frame: int) -> list[Artist]:
        tick = int(self._ticks[frame])
        return [*self._course.draw(self.map, tick), *self._board.draw(tick)]

    def _legends(self) -> float:
        """What marks mean, at the bottom of the side; returns its height [inch]."""
        statuses = {Status(number) for number in np.unique(self._course.path.status)}
        taken = [label for label in STATUS_MARK if Status.named(label) in statuses]
        units = [Line2D([], [], ls="", label=label, **look(label)) for label in taken]
        controllers, men = self._course.handles(self._ticks)
        bottom = SIDE[1] * HEIGHT
        top = bottom
        for handles, columns in ((men, 1), (controllers, 1), (units, 2)):
            top += LINE * ceil(len(handles) / columns) + 0.1
            self.figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(SIDE[0] - 0.02, top / HEIGHT),
                               ncols=columns, fontsize=7, labelcolor=INK, labelspacing=0.35, borderpad=0.2)  # fmt: skip
        return top - bottom + 0.1


class Board:
    """Every unit of the host's side, in rows by what it is and who backs it.

    Args:
        ax: empty axes, drawn on from the top.
        resolved: the scenario.
        status: (unit, tick).
        room: kept free at the bottom [inch].
    """

    def __init__(self, ax: Axes, resolved: Resolved, status: NDArray[np.int8], room: float) -> None:
        self._ax, self._status = ax, status
        width, height = SIDE[2] * WIDTH, SIDE[3] * HEIGHT
        ax.set(xlim=(0, width), ylim=(-height, 0), xticks=[], yticks=[])  # inches, downwards
        groups = grouped(resolved)
        self.units = np.array([row for rows in groups.values() for row in rows], np.intp)
        columns = _columns(map(len, groups.values()), width, height - room)
        cell = width / columns
        self._size = min(0.62 * cell * 72, 6.5)
        at, y = [], 0.0
        for name, rows in groups.items():
            ax.text(0, y - 0.02, f"{name}: {len(rows)}", fontsize=7.5, color=INK, va="top", gid="heading")
            y -= HEADING
            at += [((i % columns + 0.5) * cell, y - (i // columns + 0.5) * cell) for i in range(len(rows))]
            y -= ceil(len(rows) / columns) * cell + 0.04
        self.at = np.array(at).reshape(-1, 2)

    def draw(self, tick: int) -> list[Artist]:
        """The mark of each unit after this tick."""
        now = self._status[self.units, tick]
        drawn: list[Artist] = []
        for label in STATUS_MARK:
            here = self.at[now == Status.named(label)]
            drawn += self._ax.plot(*here.T, ls="", gid=f"units {label}", **look(label, self._size))
        return drawn


def grouped(resolved: Resolved) -> dict[str, list[int]]:
    """Heading -> rows of the host's units under it, by formation: own ones first, contingents last."""
    patrons = {patron.id: patron.name for patron in resolved.patrons}
    kinds = ("regular", "militia", "contingent")

    def heading(unit: ResolvedUnit) -> str:
        plain = {"regular": "Regular units", "militia": "Militia", "contingent": "Contingents"}[unit.kind]
        if unit.patron is None:
            return plain
        joined = "of" if unit.kind == "contingent" else "backed by"
        return f"{plain} {joined} {patrons[unit.patron]}"

    mine = [i for i, unit in enumerate(resolved.units) if resolved.roles[unit.controller] == "host"]
    units = resolved.units
    mine.sort(key=lambda i: (kinds.index(units[i].kind), units[i].patron or "", units[i].formation, units[i].id))
    groups: dict[str, list[int]] = {}
    for i in mine:
        groups.setdefault(heading(units[i]), []).append(i)
    return groups


def look(label: str, size: float = 6.0) -> dict[str, Any]:
    """How a unit of this status is marked."""
    marker, colour = STATUS_MARK[label]
    edge = colour if marker in "x_" else INK
    return {"marker": marker, "color": colour, "markeredgecolor": edge, "markersize": size,
            "markeredgewidth": 1.2 if marker in "x_" else 0.5}  # fmt: skip


def _columns(sizes: Iterable[int], width: float, height: float) -> int:
    """How many units stand in a row, so that all groups fit into this height [inch]."""
    sizes = list(sizes)
    columns = COLUMNS
    while sum(HEADING + 0.04 + ceil(many / columns) * width / columns for many in sizes) > height and columns < 200:
        columns += 1
    return columns


def _last(course: Course, collapse: float) -> int:
    """The last tick that is shown: a day after the collapse and the last change of hands."""
    changed = np.flatnonzero((np.diff(course.path.control, axis=1) != 0).any(axis=0))
    settled = float(course.path.hours[changed[-1] + 1]) if len(changed) else 0.0
    ended = collapse if np.isfinite(collapse) else float(course.path.hours[-1])
    return int(np.searchsorted(course.path.hours[:-1], max(settled, ended) + AFTER_HOURS))
