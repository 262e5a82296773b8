"""One run on the map: who holds what, where the front runs and how the men stand, at chosen moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from sim.figures.ground import Ground, sector
from sim.figures.style import (
    BLACK,
    BLUE,
    INK,
    ORANGE,
    ROLE_LOOK,
    WIDTH,
    Page,
    controller_looks,
    legend_below,
    moment,
    page,
    style,
)
from sim.state import Status

if TYPE_CHECKING:
    from sim.results import Result, Trajectory

MOMENTS = 6
COLUMNS = 3
PANEL = 3.1
"""Least width of a panel [inch]."""
ENTRY = 2.3
"""Width of a legend entry [inch]."""
HOLE, RING = 2.5, 7.0
"""Inner radius of a ring, and outer radius of the largest one [points]; on a larger map, times `scale`."""
MARK = 4.4
"""Size of a controller's mark [points]; likewise."""
GROUPS = (
    ("holding (area of ring)", BLUE),
    ("of contingents, holding", BLACK),
    ("wavering or withdrawing", ORANGE),
    ("who left the force", "white"),
)
"""What a ring tells apart, clockwise from noon: it empties as the force melts."""
BAR = 0.014
"""Half the length of a bar of the front, in widths of the map."""
FRONT = "front: bar across a road"

Handle = Line2D | Patch


@dataclass(frozen=True)
class Course:
    """One run on the ground.

    Attributes:
        result: it is of.
        ground: it is drawn on.
        path: its history.
        men: (tick, group, place) men of host units there, each counted with its men at their highest.
        scale: of rings and marks.
    """

    result: Result
    ground: Ground
    path: Trajectory
    men: NDArray[np.float64]
    scale: float = 1.0

    @classmethod
    def of(cls, result: Result, run: int, scale: float = 1.0) -> Course:
        """Simulates the run again.

        Raises:
            ValueError: the result has no such run.
        """
        path = result.replay(run)
        return cls(result, Ground.of(result.resolved), path, _men(result, path), scale)

    @property
    def most(self) -> float:
        """Men at one place, at their highest: the largest ring."""
        return float(self.men.sum(axis=1).max(initial=0))

    def reach(self) -> list[float]:
        """(place,) radius of the largest ring there [points]."""
        return [self._radius(men) + 0.5 for men in self.men.sum(axis=1).max(axis=0)]

    def draw(self, ax: Axes, tick: int) -> list[Artist]:
        """The front, the rings and the controllers after `tick`."""
        drawn: list[Artist] = [self._front(ax, tick)]
        men = self.men[tick]
        for place in np.argsort(-men.sum(axis=0), kind="stable"):  # small rings lie on large ones
            drawn += self._ring(ax, int(place), men[:, place])
        return [*drawn, *self._controllers(ax, tick)]

    def handles(self, ticks: NDArray[np.intp]) -> tuple[list[Handle], list[Handle]]:
        """Legend entries of what is seen at these ticks: controllers by role; then the groups of men, and the front."""
        resolved = self.result.resolved
        names = sorted(resolved.roles)
        shown = {names[i] for i in np.unique(self.path.control[:, ticks])}
        looks = controller_looks(resolved.roles)
        by_role = sorted(shown, key=lambda c: (list(ROLE_LOOK).index(resolved.roles[c]), c))
        controllers: list[Handle] = [
            Line2D([], [], color=looks[c][1], marker=looks[c][0], ls="", markersize=6,
                   label=resolved.controller_names[c]) for c in by_role
        ]  # fmt: skip
        # Contingents only where there are any; the other groups always, so that maps compare.
        seen = [True, bool(self.men[:, 1].any()), True, True]
        men: list[Handle] = [
            Patch(facecolor=colour, edgecolor=INK, linewidth=0.5, label=f"men {name}")
            for (name, colour), there in zip(GROUPS, seen, strict=True) if there
        ]  # fmt: skip
        bar = Line2D([], [], ls="", marker="|", color=INK, markersize=8, markeredgewidth=2, label=FRONT)
        return controllers, [*men, bar, *self.ground.handles()]

    def _front(self, ax: Axes, tick: int) -> LineCollection:
        """A bar across the middle of each road between a place of the host and one of an attacker."""
        roles = [self.result.resolved.roles[c] for c in sorted(self.result.resolved.roles)]
        sides = np.array([{"host": 1, "attacker": -1}.get(role, 0) for role in roles])
        ends = sides[self.path.control[:, tick]][self.ground.roads]
        begin, end = self.ground.at[self.ground.roads[ends.prod(axis=1) < 0]].transpose(1, 0, 2)
        along = end - begin
        across = np.column_stack([-along[:, 1], along[:, 0]])
        across *= BAR * np.ptp(self.ground.box[:, 0]) / np.linalg.norm(along, axis=1, keepdims=True)
        middle = (begin + end) / 2
        lines = list(np.stack([middle - across, middle + across], axis=1))
        bars = LineCollection(lines, colors=INK, linewidths=2, zorder=4.5, gid="front",
                              path_effects=[withStroke(linewidth=3, foreground="white")])  # fmt: skip
        ax.add_collection(bars, autolim=False)
        return bars

    def _ring(self, ax: Axes, place: int, men: NDArray[np.float64]) -> list[Artist]:
        """A ring around a place, clockwise from noon by `GROUPS`."""
        if men.sum() == 0:
            return []
        outer, hole = self._radius(float(men.sum())), self.scale * HOLE
        turns = np.concatenate([[0.0], np.cumsum(men) / men.sum()])
        return [
            sector(ax, self.ground.at[place], (start, end), outer, hole, facecolor=colour, gid=name)
            for (name, colour), start, end in zip(GROUPS, turns, turns[1:], strict=False) if end > start
        ]  # fmt: skip

    def _radius(self, men: float) -> float:
        """Outer radius of a ring [points]: its area grows with the men."""
        area = HOLE**2 + (RING**2 - HOLE**2) * (men / self.most if self.most > 0 else 0.0)
        return self.scale * float(np.sqrt(area))

    def _controllers(self, ax: Axes, tick: int) -> list[Artist]:
        names, control = sorted(self.result.resolved.roles), self.path.control[:, tick]
        drawn: list[Artist] = []
        for controller, (marker, colour) in controller_looks(self.result.resolved.roles).items():
            held = self.ground.at[control == names.index(controller)]
            drawn += ax.plot(*held.T, marker, color=colour, markersize=self.scale * MARK, markeredgecolor="white",
                             markeredgewidth=0.5, zorder=4, gid=controller)  # fmt: skip
        return drawn


@style()
def figure(result: Result, run: int | None = None, hours: Sequence[float] | None = None) -> Figure:
    """Small multiples of one run: controllers of places, the front, and a ring of the host side's men at each.

    Args:
        result: the run is of.
        run: its number; by default the run in the middle of the ensemble by time of collapse.
        hours: moments since the start; by default six, evenly up to collapse (or the horizon).

    Raises:
        ValueError: the result has no such run.
    """
    row = chosen(result, run)
    course = Course.of(result, int(row["run"]))
    end = np.nanmin([row["collapse_hour"], row["capital_hour"], result.hours])
    ticks = ticks_at(course.path.hours, np.linspace(0, end, MOMENTS) if hours is None else np.asarray(hours, float))
    controllers, men = course.handles(ticks)
    fig, axes = panels(result, course.ground, course.path.hours[ticks], [controllers, men], title(row))
    for ax, tick in zip(axes, ticks, strict=True):
        course.draw(ax, int(tick))
    course.ground.name(fig, axes, course.reach())
    return fig


def panels(
    result: Result, ground: Ground, hours: NDArray[np.float64], legend: Sequence[Sequence[Handle]], title: str, *,
    shares: bool = False,
) -> tuple[Page, list[Axes]]:  # fmt: skip
    """A page of empty maps, one for each hour; each group of the legend begins a row of its own."""
    rows, columns = ceil(len(hours) / COLUMNS), min(len(hours), COLUMNS)
    width = max(columns * PANEL, WIDTH)
    panel_height = width / columns * float(np.clip(ground.shape, 0.4, 1.6))
    entries = int(width / ENTRY)
    lines = [list(group[i : i + entries]) for group in legend for i in range(0, len(group), entries)]
    fig = page(result, 0.65 + rows * (panel_height + 0.2) + 0.2 * len(lines), width, shares=shares)
    fig.suptitle(title, x=0.01, ha="left", fontsize=10, weight="bold")
    axes = [fig.add_subplot(rows, columns, 1 + i) for i in range(len(hours))]
    for ax, hour in zip(axes, hours, strict=True):
        ground.lay(ax)
        ax.set_title(f"{moment(result, hour)}  ({hour:.0f} h)", fontsize=8, weight="normal", pad=3)
    ground.scale_bar(axes[0])
    blank = Line2D([], [], ls="", label=" ")
    by_column = [handle for column in zip_longest(*lines, fillvalue=blank) for handle in column]
    legend_below(fig, columns=len(by_column) // len(lines), handles=by_column)
    return fig, axes


def ticks_at(hours: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.intp]:
    """The last tick at or before each moment."""
    return np.clip(np.searchsorted(hours, at + 1e-9, side="right") - 1, 0, len(hours) - 1)


def chosen(result: Result, run: int | None) -> pd.Series[float]:
    """Number, collapse hour and capital hour of a run: by default the one in the middle by time of collapse.

    Raises:
        ValueError: the result has no such run.
    """
    runs = result.outcomes(["run", "collapse_hour", "capital_hour"])
    if run is None:
        return runs.sort_values(["collapse_hour", "run"]).iloc[(len(runs) - 1) // 2]
    found = runs[runs["run"] == run]
    if found.empty:
        first, last = runs["run"].min(), runs["run"].max()
        raise ValueError(f"no such run: {run}; the result has runs {first} to {last}")
    return found.iloc[0]


def title(row: pd.Series[float]) -> str:
    """A run and when it collapses."""
    if np.isfinite(row["collapse_hour"]):
        return f"Run {int(row['run'])}: collapses after {row['collapse_hour']:.0f} hours"
    return f"Run {int(row['run'])}: does not collapse within the horizon"


def _men(result: Result, path: Trajectory) -> NDArray[np.float64]:
    """(tick, group, place) men of host units."""
    units, roles = result.resolved.units, result.resolved.roles
    host = np.array([roles[unit.controller] == "host" for unit in units], bool)
    contingent = np.array([unit.kind == "contingent" for unit in units], bool)
    weight = np.where(host, np.asarray(path.men, float).max(axis=1, initial=0), 0)
    group_of = np.full(len(Status), 3)
    group_of[[Status.HOLDING, Status.WAVERING, Status.WITHDRAWING]] = 0, 2, 2
    men = np.zeros((len(path.hours), len(GROUPS), len(result.resolved.places)))
    for tick, (status, place) in enumerate(zip(path.status.T, path.place_of.T, strict=True)):
        group = np.where(contingent & (status == Status.HOLDING), 1, group_of[status])
        here = (status != Status.ABSENT) & (place >= 0)
        np.add.at(men[tick], (group[here], place[here]), weight[here])
    return men
