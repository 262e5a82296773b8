"""The ground that maps are drawn on: places in kilometres, roads, bridges, a scale bar, names that hide nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, log10, radians
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Wedge
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Affine2D, Bbox, ScaledTranslation
from numpy.typing import NDArray

from sim.figures.style import GRID, INK, ROAD
from sim.scenario.resolved import Resolved, ResolvedPlace

Floats = NDArray[np.float64]

SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (0.75, 0.75), (-0.75, 0.75), (0.75, -0.75), (-0.75, -0.75))
"""Where a name may stand beside its place."""
MOST_HIDDEN = 0.3
"""A name of which others would hide more than this share is left out."""
FAR = 2.5
"""A rear place is drawn at the edge where it lies farther from the fought-over ground than this many times its size."""
MARGIN = 0.06
"""Around the places, in the longer side of the box."""
BRIDGE = (0, (4, 3))
"""Dashes of an air bridge."""
MOST_NAMES = 12
"""Places that are named beside the capital where none is a provincial capital."""


@dataclass(frozen=True)
class Ground:
    """The places of a scenario on a plane (equirectangular), and what joins them.

    Attributes:
        places: in the order of the scenario.
        capital: row of the capital.
        at: (place, 2) kilometres east and north; of a far place, where it is drawn at the edge.
        box: (2, 2) corners of a box around them [km].
        roads: (road, 2) rows of the places that each joins.
        open: (road,) whether it is open at the start.
        bridges: (bridge, 2) rows of the places that each air or sea bridge joins.
        far: row of a place too far away to be drawn to scale -> its distance from the capital [km].
    """

    places: tuple[ResolvedPlace, ...]
    capital: int
    at: Floats
    box: Floats
    roads: NDArray[np.intp]
    open: NDArray[np.bool_]
    bridges: NDArray[np.intp]
    far: dict[int, float]

    @classmethod
    def of(cls, resolved: Resolved) -> Ground:
        places = resolved.places
        lat, lon = np.array([p.lat for p in places]), np.array([p.lon for p in places])
        at = np.column_stack([lon * 111.32 * cos(radians(lat.mean())), lat * 110.57])
        row = {place.id: i for i, place in enumerate(places)}
        capital, outside = row[resolved.capital], _far(resolved, at)
        near = at[~outside]
        low, high = near.min(axis=0), near.max(axis=0)
        margin = max(MARGIN * float((high - low).max()), 1.0)
        away = {int(i): float(np.hypot(*(at[i] - at[capital]))) for i in np.flatnonzero(outside)}
        by_air = np.array([link.kind == "air" for link in resolved.links], bool)
        links = np.array([(row[link.from_place], row[link.to_place]) for link in resolved.links], np.intp)
        links = links.reshape(-1, 2)
        return cls(
            places=places,
            capital=capital,
            at=np.array([_at_edge(each, low, high) if i in away else each for i, each in enumerate(at)]),
            box=np.array([low - margin, high + margin]),
            roads=links[~by_air],
            open=np.array([link.open for link in resolved.links], bool)[~by_air],
            bridges=links[by_air],
            far=away,
        )

    @property
    def shape(self) -> float:
        """Height of the box over its width."""
        return float(np.ptp(self.box[:, 1]) / np.ptp(self.box[:, 0]))

    def lay(self, ax: Axes) -> None:
        """Make these axes a map: limits, frame, bridges, roads (dotted where closed at the start); arrows out."""
        for open_, line in ((True, "-"), (False, ":")):
            roads = self.at[self.roads[self.open == open_]]
            ax.add_collection(LineCollection(list(roads), colors=ROAD, linewidths=0.7, linestyles=line, zorder=1))
        bridges = list(self.at[self.bridges])
        ax.add_collection(
            LineCollection(bridges, colors=ROAD, linewidths=0.7, linestyles=[BRIDGE], zorder=1, gid="bridges")
        )
        middle = self.box.mean(axis=0)
        for place in self.far:
            outward = (self.at[place] - middle) / np.hypot(*(self.at[place] - middle))
            look = {"arrowstyle": "<-", "color": INK, "lw": 0.9, "shrinkA": 0, "shrinkB": 5}
            ax.annotate("", self.at[place], 14 * outward, textcoords="offset points", arrowprops=look, gid="away")
        ax.set(xlim=self.box[:, 0], ylim=self.box[:, 1], aspect="equal", xticks=[], yticks=[])
        ax.spines[:].set(visible=True, color=GRID)

    def scale_bar(self, ax: Axes) -> None:
        """A bar of 1, 2 or 5 times a power of ten kilometres, about a quarter of the map, in the emptiest corner."""
        (left, bottom), (right, top) = self.box
        width, height = right - left, top - bottom
        power = 10.0 ** int(np.floor(log10(width / 4)))
        km = max(step * power for step in (1, 2, 5) if step * power <= width / 4)
        corners = [(x, y) for y in (bottom + 0.05 * height, top - 0.09 * height)
                   for x in (right - 0.04 * width - km, left + 0.04 * width)]  # fmt: skip
        free = [np.hypot(*(self.at - (x + km / 2, y)).T).min() > 0.75 * km for x, y in corners]
        x, y = corners[free.index(True) if True in free else 0]
        ax.plot([x, x + km], [y, y], color=INK, lw=2, solid_capstyle="butt", gid="scale")
        ax.annotate(f"{km:g} km", (x + km / 2, y), (0, 2.5), textcoords="offset points", ha="center", fontsize=7,
                    color=INK, gid="scale")  # fmt: skip

    def handles(self) -> list[Line2D]:
        """Legend entries of what joins the places, roads apart."""
        named = Line2D([], [], color=ROAD, lw=1.2, ls=BRIDGE, label="air or sea bridge")
        return [named] if len(self.bridges) else []

    def cities(self) -> list[int]:
        """Rows of the places to name: the capital, far places, provincial capitals; without any, the first few."""
        others = [i for i in range(len(self.places)) if i != self.capital and i not in self.far]
        provincial = [i for i in others if "capital" in self.places[i].kind.lower()]
        return [self.capital, *self.far, *(provincial or others[:MOST_NAMES])]

    def name(self, fig: Figure, axes: Sequence[Axes], radii: Iterable[float]) -> None:
        """Name the cities on every map, where they hide neither a place nor each other, nor the scale bar.

        Args:
            fig: holds the axes.
            axes: maps of the same size.
            radii: (place,) how far what is drawn at each place reaches [points].
        """
        fig.draw_without_rendering()  # settles the layout, so that extents are final
        ax, point, radii = axes[0], fig.dpi / 72, list(radii)
        centres = ax.transData.transform(self.at)
        taken = [Bbox([c - r * point, c + r * point]) for c, r in zip(centres, radii, strict=True)]
        taken += [each.get_window_extent() for each in ax.get_children() if each.get_gid() == "scale"]
        for place in self.cities():
            beside = (radii[place] + 1) * np.array(SIDES)
            trials = [self._name(ax, place, dx, dy) for dx, dy in beside]
            boxes = [trial.get_window_extent() for trial in trials]
            cost = [_hidden(box, taken) + 1e4 * (not _within(box, ax.bbox)) for box in boxes]
            best = int(np.argmin(cost))
            kept = place == self.capital or cost[best] <= MOST_HIDDEN * boxes[best].width * boxes[best].height
            for side, trial in enumerate(trials):
                if side != best or not kept:
                    trial.remove()
            if kept:
                taken.append(boxes[best])
                for other in axes[1:]:
                    self._name(other, place, *beside[best])

    def _name(self, ax: Axes, place: int, dx: float, dy: float) -> Annotation:
        """The name of a place, `dx` and `dy` points beside it."""
        horizontal = "left" if dx > 0 else "right" if dx < 0 else "center"
        vertical = "bottom" if dy > 0 else "top" if dy < 0 else "center_baseline"
        x, y = self.at[place]
        name = self.places[place].name + (f"\n({self.far[place]:.0f} km away)" if place in self.far else "")
        return ax.annotate(name, (x, y), (dx, dy), textcoords="offset points",
                           ha=horizontal, va=vertical, fontsize=6.5, color="black", zorder=5, gid="city",
                           path_effects=[withStroke(linewidth=1.5, foreground="white")])  # fmt: skip


def _far(resolved: Resolved, at: Floats) -> NDArray[np.bool_]:
    """(place,) whether it is a rear that lies far outside the ground that axes pass or that may rise."""
    fought = {place for axis in resolved.axes for _, way in axis.routes for place in way} | {resolved.capital}
    there = np.array([place.id in fought or place.rises is not None for place in resolved.places])
    low, high = at[there].min(axis=0), at[there].max(axis=0)
    outside = np.maximum(np.maximum(low - at, at - high), 0).max(axis=1)
    size = float((high - low).max())
    return np.asarray((outside > FAR * size) & (size > 0))


def _at_edge(place: Floats, low: Floats, high: Floats) -> Floats:
    """Where the line from the middle of a box to a place outside leaves it."""
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-9)
    return np.asarray(middle + (place - middle) / np.abs((place - middle) / half).max())


def sector(ax: Axes, at: Floats, span: tuple[float, float], outer: float, hole: float = 0.0, **look: Any) -> Wedge:
    """Part of a ring or disc around a place.

    Args:
        ax: a map.
        at: (2,) the place [km].
        span: where it begins and ends, in turns clockwise from noon.
        outer, hole: radii [points].
        look: of the patch.
    """
    fig = ax.get_figure(root=True)
    assert fig is not None
    there = ScaledTranslation(at[0], at[1], ax.transData)  # type: ignore[arg-type]  # any transform will do
    start, end = 90 - 360 * span[1], 90 - 360 * span[0]
    wedge = Wedge((0, 0), outer, start, end, width=outer - hole, edgecolor=INK, linewidth=0.35, zorder=3,
                  transform=Affine2D().scale(1 / 72) + fig.dpi_scale_trans + there, **look)  # fmt: skip
    ax.add_artist(wedge)
    return wedge


def _hidden(box: Bbox, taken: Sequence[Bbox]) -> float:
    """Area [pixel²] of `box` that lies over others."""
    overlaps = (Bbox.intersection(box, other) for other in taken)
    return sum(overlap.width * overlap.height for overlap in overlaps if overlap is not None)


def _within(box: Bbox, outer: Bbox) -> bool:
    return bool(outer.x0 <= box.x0 and box.x1 <= outer.x1 and outer.y0 <= box.y0 and box.y1 <= outer.y1)
