"""All runs on the map: in how many of them each place has fallen, at chosen moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from sim.figures.ground import Ground, sector
from sim.figures.map import MOMENTS, Handle, panels
from sim.figures.style import INK, VERMILLION, controller_looks, style
from sim.measures.times import within

if TYPE_CHECKING:
    from sim.results import Result

TITLE = "Places lost: share of runs in which each has fallen"
RADIUS = 4.6
"""Of the disc at a place [points]."""


@dataclass(frozen=True)
class Losses:
    """When the places of the host fall, in all runs.

    Attributes:
        result: they are of.
        ground: they are drawn on.
        rows: (held,) rows of the places that the host's side holds at the start.
        hours: (held, run) hour of the first fall, sorted within each place; inf where not reached.
    """

    result: Result
    ground: Ground
    rows: NDArray[np.intp]
    hours: NDArray[np.float64]

    @classmethod
    def of(cls, result: Result) -> Losses:
        resolved = result.resolved
        rows = [i for i, place in enumerate(resolved.places) if resolved.roles[place.holder] == "host"]
        times = result.outcomes([f"fall_{resolved.places[i].id}" for i in rows]).to_numpy(float).T
        hours = np.sort(np.where(within(times, result.hours), times, np.inf), axis=1)
        return cls(result, Ground.of(resolved), np.array(rows, np.intp), hours)

    def fallen(self, hour: float) -> NDArray[np.intp]:
        """(held,) runs in which each has fallen by this hour."""
        return np.asarray(np.count_nonzero(self.hours <= hour, axis=1))

    def by(self, share: float) -> float:
        """The hour by which this share of all falls has come; the horizon where nothing falls."""
        falls = np.sort(self.hours[np.isfinite(self.hours)])
        return float(falls[int(np.ceil(share * len(falls))) - 1]) if len(falls) else self.result.hours

    def draw(self, ax: Axes, hour: float, radius: float = RADIUS) -> list[Artist]:
        """A disc at each place of the host, filled clockwise from noon by the share of runs."""
        drawn: list[Artist] = []
        shares, named = self.fallen(hour) / self.result.runs, self.ground.cities()
        for held in sorted(range(len(self.rows)), key=lambda held: self.rows[held] in named):  # named ones on top
            at, share = self.ground.at[self.rows[held]], shares[held]
            drawn.append(sector(ax, at, (0, 1), radius, facecolor="white", gid="held"))
            if share > 0:
                drawn.append(sector(ax, at, (0, float(share)), radius, facecolor=VERMILLION, gid="fallen"))
        return drawn

    def others(self, ax: Axes) -> None:
        """Marks of the places that are not the host's at the start."""
        looks = controller_looks(self.result.resolved.roles)
        for row in sorted(set(range(len(self.ground.places))) - set(self.rows)):
            marker, colour = looks[self.ground.places[row].holder]
            ax.plot(*self.ground.at[row], marker, color=colour, markersize=4.4, markeredgecolor="white",
                    markeredgewidth=0.5, zorder=2)  # fmt: skip

    def handles(self) -> tuple[list[Handle], list[Handle]]:
        """Legend entries: the discs; the others at the start."""
        resolved = self.result.resolved
        looks = controller_looks(resolved.roles)
        others = sorted({place.holder for place in resolved.places if resolved.roles[place.holder] != "host"})
        starts: list[Handle] = [
            Line2D([], [], color=looks[c][1], marker=looks[c][0], ls="", markersize=6,
                   label=resolved.controller_names[c]) for c in others
        ]  # fmt: skip
        return [
            Patch(facecolor=VERMILLION, edgecolor=INK, linewidth=0.5, label="runs in which it has fallen"),
            Patch(facecolor="white", edgecolor=INK, linewidth=0.5, label="runs in which it has not"),
        ], [*starts, *self.ground.handles()]


@style()
def figure(result: Result, hours: Sequence[float] | None = None) -> Figure:
    """Small multiples: in what share of all runs each place of the host has fallen, once at least.

    Args:
        result: of which runs.
        hours: moments since the start; by default six, evenly up to where nine of ten falls have come.
    """
    losses = Losses.of(result)
    step = result.resolved.step_hours
    evenly = np.ceil(np.linspace(0, losses.by(0.9), MOMENTS + 1)[1:] / step) * step
    at = evenly if hours is None else np.asarray(hours, float)
    legend = [group for group in losses.handles() if group]
    fig, axes = panels(result, losses.ground, at, legend, TITLE, shares=True)
    for ax, hour in zip(axes, at, strict=True):
        losses.draw(ax, float(hour))
        losses.others(ax)
    losses.ground.name(fig, axes, [RADIUS + 0.5] * len(losses.ground.places))
    return fig
