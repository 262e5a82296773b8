"""The ground that maps are drawn on: places in kilometres, roads, a scale bar, names that hide nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, log10, radians
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
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
MOST_NAMES = 12
"""Places that are named beside the capital where none is a provincial capital."""


@dataclass(frozen=True)
class Ground:
    """The places of a scenario on a plane (equirectangular), and the roads between them.

    Attributes:
        places: in the order of the scenario.
        capital: row of the capital.
        at: (place, 2) kilometres east and north.
        box: (2, 2) corners of a box around them [km].
        roads: (link, 2) rows of the places that each joins.
        open: (link,) whether it is open at the start.
    """

    places: tuple[ResolvedPlace, ...]
    capital: int
    at: Floats
    box: Floats
    roads: NDArray[np.intp]
    open: NDArray[np.bool_]

    @classmethod
    def of(cls, resolved: Resolved) -> Ground:
        places = resolved.places
        lat, lon = np.array([p.lat for p in places]), np.array([p.lon for p in places])
        at = np.column_stack([lon * 111.32 * cos(radians(lat.mean())), lat * 110.57])
        low, high = at.min(axis=0), at.max(axis=0)
        margin = max(0.06 * float((high - low).max()), 1.0)
        row = {place.id: i for i, place in enumerate(places)}
        roads = [(row[link.from_place], row[link.to_place]) for link in resolved.links]
        return cls(
            places=places,
            capital=row[resolved.capital],
            at=at,
            box=np.array([low - margin, high + margin]),
            roads=np.array(roads, np.intp).reshape(-1, 2),
            open=np.array([link.open for link in resolved.links], bool),
        )

    @property
    def shape(self) -> float:
        """Height of the box over its width."""
        return float(np.ptp(self.box[:, 1]) / np.ptp(self.box[:, 0]))

    def lay(self, ax: Axes) -> None:
        """Make these axes a map: limits, frame and roads; dotted where closed at the start."""
        for open_, line in ((True, "-"), (False, ":")):
            roads = self.at[self.roads[self.open == open_]]
            ax.add_collection(LineCollection(list(roads), colors=ROAD, linewidths=0.7, linestyles=line, zorder=1))
        ax.set(xlim=self.box[:, 0], ylim=self.box[:, 1], aspect="equal", xticks=[], yticks=[])
        ax.spines[:].set(visible=True, color=GRID)

    def scale_bar(self, ax: Axes) -> None:
        """A bar of 1, 2 or 5 times a power of ten kilometres, about a quarter of the map."""
        (left, bottom), (right, top) = self.box
        power = 10.0 ** int(np.floor(log10((right - left) / 4)))
        km = max(step * power for step in (1, 2, 5) if step * power <= (right - left) / 4)
        x, y = right - 0.04 * (right - left) - km, bottom + 0.05 * (top - bottom)
        ax.plot([x, x + km], [y, y], color=INK, lw=2, solid_capstyle="butt", gid="scale")
        ax.annotate(f"{km:g} km", (x + km / 2, y), (0, 2.5), textcoords="offset points", ha="center", fontsize=7,
                    color=INK)  # fmt: skip

    def cities(self) -> list[int]:
        """Rows of the places to name: the capital first, then provincial capitals; without any, the first few."""
        others = [i for i in range(len(self.places)) if i != self.capital]
        provincial = [i for i in others if "capital" in self.places[i].kind.lower()]
        return [self.capital, *(provincial or others[:MOST_NAMES])]

    def name(self, fig: Figure, axes: Sequence[Axes], radii: Iterable[float]) -> None:
        """Name the cities on every map, where they hide neither a place nor each other.

        Args:
            fig: holds the axes.
            axes: maps of the same size.
            radii: (place,) how far what is drawn at each place reaches [points].
        """
        fig.draw_without_rendering()  # settles the layout, so that extents are final
        ax, point, radii = axes[0], fig.dpi / 72, list(radii)
        centres = ax.transData.transform(self.at)
        taken = [Bbox([c - r * point, c + r * point]) for c, r in zip(centres, radii, strict=True)]
        for place in self.cities():
            beside = radii[place] + 1
            trials = [self._name(ax, place, dx * beside, dy * beside) for dx, dy in SIDES]
            boxes = [trial.get_window_extent() for trial in trials]
            cost = [_hidden(box, taken) + 1e4 * (not _within(box, ax.bbox)) for box in boxes]
            best = int(np.argmin(cost))
            taken.append(boxes[best])
            for side, trial in enumerate(trials):
                if side != best:
                    trial.remove()
            for other in axes[1:]:
                self._name(other, place, SIDES[best][0] * beside, SIDES[best][1] * beside)

    def _name(self, ax: Axes, place: int, dx: float, dy: float) -> Annotation:
        """The name of a place, `dx` and `dy` points beside it."""
        horizontal = "left" if dx > 0 else "right" if dx < 0 else "center"
        vertical = "bottom" if dy > 0 else "top" if dy < 0 else "center_baseline"
        x, y = self.at[place]
        return ax.annotate(self.places[place].name, (x, y), (dx, dy), textcoords="offset points",
                           ha=horizontal, va=vertical, fontsize=6.5, color="black", zorder=5, gid="city",
                           path_effects=[withStroke(linewidth=1.5, foreground="white")])  # fmt: skip


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
