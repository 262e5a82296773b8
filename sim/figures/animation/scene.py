"""What every animation shows: a page with a map, a clock, and the strength of the force up to now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from sim.figures.ground import Ground
from sim.figures.style import INK, VERMILLION, Page, error_of_shares, moment, style
from sim.measures import label

if TYPE_CHECKING:
    from sim.results import Result

WIDTH, HEIGHT, DPI = 9.6, 7.2, 100
"""Of a picture [inch, inch, pixel/inch]: 960 × 720 pixels, even as MP4 wants them."""
MAP = (0.012, 0.2, 0.618, 0.725)
STRIP = (0.06, 0.1, 0.57, 0.075)
"""Left, bottom, width and height of the map and of the strip below it [shares of the picture]."""
MOST_FRAMES = 100


class Scene:
    """A page that changes from frame to frame.

    Attributes:
        result: it is of.
        figure: the page; `show` changes it.
        hours: (frame,) since the start.
        map, strip: axes: the ground, and strength over time; a scene adds what stands beside them.
    """

    def __init__(self, result: Result, ground: Ground, hours: NDArray[np.float64], title: str, *, shares: bool) -> None:
        self.result, self.hours = result, hours
        fig = self.figure = Page(figsize=(WIDTH, HEIGHT), dpi=DPI)
        fig.text(0.012, 0.965, title, fontsize=11, weight="bold", gid="title")
        self._clock = fig.text(0.012, 0.935, "", fontsize=9, color=INK, gid="clock")
        fig.text(0.008, 0.01, _caption(result, shares), fontsize=7, color=INK, gid="caption")
        with style():
            self.map, self.strip = fig.add_axes(MAP), fig.add_axes(STRIP)
            self.map.set_anchor("N")
            ground.lay(self.map)
            ground.scale_bar(self.map)
        self._now = self.strip.axvline(0, color=VERMILLION, lw=1.4, gid="now")
        self._moving: list[Artist] = []

    @property
    def frames(self) -> int:
        return len(self.hours)

    @style()
    def show(self, frame: int) -> Figure:
        """The page at one of its hours."""
        for artist in self._moving:
            artist.remove()
        hour = float(self.hours[frame])
        self._moving = self._draw(frame)
        self._now.set_xdata([hour / 24, hour / 24])
        self._clock.set_text(f"{moment(self.result, hour)}, {hour:.0f} h after the start")
        return self.figure

    def _draw(self, frame: int) -> list[Artist]:
        """What is seen at one of the hours only."""
        raise NotImplementedError


def dress_strip(ax: Axes, result: Result, until: float, note: str = "") -> None:
    """Axes of strength over days, up to an hour."""
    threshold = result.resolved.collapse_share
    ax.axhline(threshold, color=INK, lw=0.9, ls="--")
    told = f"Effective strength{note}, share of the start [%]; dashed: collapse below {100 * threshold:g} %"
    ax.set(xlim=(0, until / 24), ylim=(0, 1.04), yticks=[0, 0.5, 1])
    ax.set_xlabel("time since the start [days]", fontsize=7.5)
    ax.set_title(told, fontsize=7.5, weight="normal", pad=3)
    ax.xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(PercentFormatter(1, symbol=""))
    ax.tick_params(labelsize=7)


def thinned(hours: Sequence[float] | NDArray[np.float64]) -> NDArray[np.intp]:
    """Which of these moments get a frame: all, or every second, third … and the last; `MOST_FRAMES` at most."""
    every = -(-(len(hours) - 1) // (MOST_FRAMES - 1)) or 1
    return np.unique([*range(0, len(hours), every), len(hours) - 1])


def _caption(result: Result, shares: bool) -> str:
    many, under = f"{result.runs:,} run{'s' if result.runs != 1 else ''}", label(result.resolved)
    runs = f"{many}, seed {result.provenance.get('seed')}; {under}"
    return f"{error_of_shares(result.runs)}\n{runs}" if shares else runs
