"""All runs, frame by frame: in how many of them each place has fallen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from sim.figures.animation.scene import Scene, dress_strip, thinned
from sim.figures.losses import TITLE, Losses
from sim.figures.style import INK, VERMILLION, draw_fan, style
from sim.measures import strength_quantiles
from sim.measures.times import share_of

if TYPE_CHECKING:
    from sim.results import Result

BARS = (0.815, 0.925, 0.15)
"""Left, top and width of the bars [shares of the picture]."""
ROW = 0.0204
"""Height of a bar and the gap to the next [shares of the picture]."""
MOST_BARS = 36
"""Places in the bars: those that fall first."""
NEARLY_ALL = 0.99
"""An animation goes on until this share of all falls has come."""
RADIUS = 6.5
"""Of the disc at a place [points]."""


class AllRuns(Scene):
    """Discs on the map, filled by the share of runs in which a place has fallen; the same as bars with intervals."""

    def __init__(self, result: Result) -> None:
        self._losses = losses = Losses.of(result)
        fan = strength_quantiles(result, (0.05, 0.5, 0.95))
        hours = fan.index.to_numpy(float)
        hours = hours[: int(np.searchsorted(hours[:-1], losses.by(NEARLY_ALL))) + 1]
        super().__init__(result, losses.ground, hours[thinned(hours)], TITLE, shares=True)
        # From the top: what falls first, by the mean time up to the horizon.
        self._order = np.argsort(np.minimum(losses.hours, result.hours).mean(axis=1), kind="stable")[:MOST_BARS]
        with style():
            draw_fan(self.strip, fan.loc[: hours[-1]])
            dress_strip(self.strip, result, float(hours[-1]), ", median and 5–95 % of runs")
            losses.others(self.map)
            left, top, width = BARS
            height = ROW * len(self._order)
            self._bars = self.figure.add_axes((left, top - height, width, height))
            self._dress(self._bars)
            losses.ground.name(self.figure, [self.map], [RADIUS + 0.5] * len(losses.ground.places))

    def _draw(self, frame: int) -> list[Artist]:
        hour, runs = float(self.hours[frame]), self.result.runs
        fallen = self._losses.fallen(hour)[self._order]
        share, low, high = np.array([share_of(int(hits), runs) for hits in fallen]).reshape(-1, 3).T
        rows = np.arange(len(share))
        bars = self._bars.barh(rows, share, height=0.66, color=VERMILLION, gid="fallen")
        there = fallen > 0
        interval = self._bars.hlines(rows[there], low[there], high[there], color=INK, lw=1.1, gid="interval")
        told = [self._bars.text(1.06, row, f"{100 * value:.0f}", fontsize=6.5, va="center", color=INK)
                for row, value in enumerate(share)]  # fmt: skip
        return [*self._losses.draw(self.map, hour, RADIUS), *bars.patches, interval, *told]

    def _dress(self, ax: Axes) -> None:
        ground, rows = self._losses.ground, self._losses.rows[self._order]
        ax.set_yticks(range(len(rows)), [ground.places[row].name for row in rows], fontsize=6.5)
        ax.set(ylim=(len(rows) - 0.5, -0.5), xlim=(0, 1), xticks=[0, 0.5, 1])
        ax.xaxis.set_major_formatter(PercentFormatter(1, symbol=""))
        ax.tick_params(axis="y", length=0)
        ax.tick_params(axis="x", labelsize=7)
        ax.grid(axis="y", visible=False)
        title = "runs of 100 in which it has fallen,\nand 95 % Monte Carlo interval"
        ax.set_title(title, fontsize=7, weight="normal", loc="right", pad=4)
        discs, others = self._losses.handles()
        self.figure.legend(handles=[*discs, *others], loc="lower left", bbox_to_anchor=(0.64, 0.02), fontsize=7,
                           labelcolor=INK, labelspacing=0.35)  # fmt: skip
