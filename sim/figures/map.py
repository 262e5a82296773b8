"""One run on the map: who holds what and how the units stand, at chosen moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import ceil, cos, log10, radians
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Wedge
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Affine2D, Bbox, ScaledTranslation

from sim.figures.style import (
    BLUE,
    INK,
    ORANGE,
    ROLE_LOOK,
    WIDTH,
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
"""Inner radius of a ring, and outer radius of the largest one [points]."""
GROUPS = (
    ("holding (area of ring)", BLUE, (Status.HOLDING,)),
    ("wavering or withdrawing", ORANGE, (Status.WAVERING, Status.WITHDRAWING)),
    ("who left the force", "white", tuple(s for s in Status if Status.WITHDRAWING < s < Status.ABSENT)),
)
"""What a ring tells apart: it empties as the force melts."""


@style()
def figure(result: Result, run: int | None = None, hours: Sequence[float] | None = None) -> Figure:
    """Small multiples of one run: controllers of places, and a ring of the host side's men at each.

    Args:
        run: its number; by default the run in the middle of the ensemble by time of collapse.
        hours: moments since the start; by default six, evenly up to collapse (or the horizon).

    Raises:
        ValueError: the result has no such run.
    """
    row = _chosen(result, run)
    path = result.replay(int(row["run"]))
    end = np.nanmin([row["collapse_hour"], row["capital_hour"], result.hours])
    at = np.linspace(0, end, MOMENTS) if hours is None else np.asarray(hours, dtype=float)
    steps = np.clip(np.searchsorted(path.hours, at + 1e-9, side="right") - 1, 0, len(path.hours) - 1)
    ground = _ground(result)
    rows = ceil(len(steps) / COLUMNS)
    columns = min(len(steps), COLUMNS)
    width = max(columns * PANEL, WIDTH)
    shape = np.ptp(ground.box[:, 1]) / np.ptp(ground.box[:, 0])
    panel_height = width / columns * float(np.clip(shape, 0.4, 1.6))
    legend = _legend(result, path, steps, columns=int(width / ENTRY))
    height = 0.65 + rows * (panel_height + 0.2) + 0.2 * len(legend)
    fig = page(result, height, width)
    fig.suptitle(_title(row), x=0.01, ha="left", fontsize=10, weight="bold")
    axes = [fig.add_subplot(rows, columns, 1 + i) for i in range(len(steps))]
    men = _men(result, path, steps)
    for ax, step, there in zip(axes, steps, men, strict=True):
        _panel(ax, result, ground, path, int(step), there, men.sum(axis=1).max())
    _scale_bar(axes[0], ground)
    blank = Line2D([], [], ls="", label=" ")
    by_column = [handle for column in zip_longest(*legend, fillvalue=blank) for handle in column]
    legend_below(fig, columns=len(by_column) // len(legend), handles=by_column)
    _label(fig, axes, result, ground, men)
    return fig


def _chosen(result: Result, run: int | None) -> pd.Series[float]:
    """Number, collapse hour and capital hour of the run to draw."""
    runs = result.outcomes(["run", "collapse_hour", "capital_hour"])
    if run is None:
        return runs.sort_values(["collapse_hour", "run"]).iloc[(len(runs) - 1) // 2]
    found = runs[runs["run"] == run]
    if found.empty:
        first, last = runs["run"].min(), runs["run"].max()
        raise ValueError(f"no such run: {run}; the result has runs {first} to {last}")
    return found.iloc[0]


def _title(row: pd.Series[float]) -> str:
    if np.isfinite(row["collapse_hour"]):
        return f"Run {int(row['run'])}: collapses after {row['collapse_hour']:.0f} hours"
    return f"Run {int(row['run'])}: does not collapse within the horizon"


@dataclass(frozen=True)
class _Ground:
    """The places on a plane in kilometres (equirectangular), (place, 2), and the box around them."""

    at: npt.NDArray[np.float64]
    box: npt.NDArray[np.float64]


def _ground(result: Result) -> _Ground:
    places = result.resolved.places
    lat, lon = np.array([p.lat for p in places]), np.array([p.lon for p in places])
    at = np.column_stack([lon * 111.32 * cos(radians(lat.mean())), lat * 110.57])
    low, high = at.min(axis=0), at.max(axis=0)
    margin = max(0.06 * float((high - low).max()), 1.0)
    return _Ground(at, np.array([low - margin, high + margin]))


def _men(result: Result, path: Trajectory, steps: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """(moment, group, place): men of host units there, each counted with its men at their highest."""
    roles = result.resolved.roles
    host = np.array([roles[unit.controller] == "host" for unit in result.resolved.units], dtype=bool)
    weight = np.where(host, np.asarray(path.men, dtype=float).max(axis=1, initial=0), 0)
    men = np.zeros((len(steps), len(GROUPS), len(result.resolved.places)))
    for moment_, step in enumerate(steps):
        for group, (_, _, statuses) in enumerate(GROUPS):
            here = np.isin(path.status[:, step], statuses) & (path.place_of[:, step] >= 0)
            np.add.at(men[moment_, group], path.place_of[here, step], weight[here])
    return men


def _panel(
    ax: Axes,
    result: Result,
    ground: _Ground,
    path: Trajectory,
    step: int,
    men: npt.NDArray[np.float64],
    most: float,
) -> None:
    """Links, rings and controllers at one moment. `men` is (group, place)."""
    resolved = result.resolved
    index = {place.id: i for i, place in enumerate(resolved.places)}
    for link in resolved.links:
        ends = ground.at[[index[link.from_place], index[link.to_place]]]
        ax.plot(*ends.T, color="#C9CED3", lw=0.7, ls="-" if link.open else ":", zorder=1)
    for place in np.argsort(-men.sum(axis=0), kind="stable"):  # small rings lie on large ones
        _ring(ax, ground.at[place], men[:, place], most)
    controllers = sorted(resolved.roles)
    for controller, (marker, colour) in controller_looks(resolved.roles).items():
        held = ground.at[path.control[:, step] == controllers.index(controller)]
        ax.plot(*held.T, marker, color=colour, markersize=4.4, markeredgecolor="white", markeredgewidth=0.5,
                zorder=4, gid=controller)  # fmt: skip
    hour = float(path.hours[step])
    ax.set_title(f"{moment(result, hour)}  ({hour:.0f} h)", fontsize=8, weight="normal", pad=3)
    ax.set(xlim=ground.box[:, 0], ylim=ground.box[:, 1], aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set(visible=True, color="#E3E6E9")


def _radius(men: float, most: float) -> float:
    """Outer radius [points] of a ring whose area grows with the men."""
    return float(np.sqrt(HOLE**2 + (RING**2 - HOLE**2) * men / most)) if most > 0 else HOLE


def _ring(ax: Axes, at: npt.NDArray[np.float64], men: npt.NDArray[np.float64], most: float) -> None:
    """A ring in points around a place in kilometres, clockwise from noon by `GROUPS`."""
    if men.sum() == 0:
        return
    fig = ax.get_figure(root=True)
    assert fig is not None
    there = ScaledTranslation(at[0], at[1], ax.transData)  # type: ignore[arg-type]  # any transform will do
    in_points = Affine2D().scale(1 / 72) + fig.dpi_scale_trans + there
    outer = _radius(float(men.sum()), most)
    angles = 90 - 360 * np.concatenate([[0.0], np.cumsum(men) / men.sum()])
    for (name, colour, _), start, end in zip(GROUPS, angles, angles[1:], strict=False):
        if start > end:
            ax.add_artist(Wedge((0, 0), outer, end, start, width=outer - HOLE, transform=in_points, gid=name,
                                facecolor=colour, edgecolor=INK, linewidth=0.35, zorder=3))  # fmt: skip


def _scale_bar(ax: Axes, ground: _Ground) -> None:
    """A bar of 1, 2 or 5 times a power of ten kilometres, about a quarter of the panel."""
    (left, bottom), (right, top) = ground.box
    power = 10.0 ** int(np.floor(log10((right - left) / 4)))
    km = max(step * power for step in (1, 2, 5) if step * power <= (right - left) / 4)
    x, y = right - 0.04 * (right - left) - km, bottom + 0.05 * (top - bottom)
    ax.plot([x, x + km], [y, y], color=INK, lw=2, solid_capstyle="butt", gid="scale")
    ax.annotate(f"{km:g} km", (x + km / 2, y), (0, 2.5), textcoords="offset points", ha="center", fontsize=7,
                color=INK)  # fmt: skip


def _legend(result: Result, path: Trajectory, steps: npt.NDArray[np.intp], columns: int) -> list[list[Line2D | Patch]]:
    """Rows of the legend: controllers by role, then from a row of their own the groups of men."""
    names = sorted(result.resolved.roles)
    shown = {names[i] for i in np.unique(path.control[:, steps])}
    looks = controller_looks(result.resolved.roles)
    entries: list[list[Line2D | Patch]] = [[], []]
    for c in sorted(shown, key=lambda c: (list(ROLE_LOOK).index(result.resolved.roles[c]), c)):
        marker, colour = looks[c]
        entries[0].append(Line2D([], [], color=colour, marker=marker, ls="", markersize=6,
                                 label=result.resolved.controller_names[c]))  # fmt: skip
    for name, colour, _ in GROUPS:
        entries[1].append(Patch(facecolor=colour, edgecolor=INK, linewidth=0.5, label=f"men {name}"))
    return [group[i : i + columns] for group in entries for i in range(0, len(group), columns)]


def _label(fig: Figure, axes: list[Axes], result: Result, ground: _Ground, men: npt.NDArray[np.float64]) -> None:
    """Names the cities in every panel, where they hide neither a place nor each other."""
    most = men.sum(axis=1).max()
    radii = [_radius(m, most) + 0.5 for m in men.sum(axis=1).max(axis=0)]
    fig.draw_without_rendering()  # settles the layout, so that extents are final
    ax, point = axes[0], fig.dpi / 72
    centres = ax.transData.transform(ground.at)
    taken = [Bbox([c - r * point, c + r * point]) for c, r in zip(centres, radii, strict=True)]
    for place in _cities(result):
        ring = radii[place] + 1
        trials = [_name(ax, result, ground, place, dx * ring, dy * ring) for dx, dy in SIDES]
        boxes = [trial.get_window_extent() for trial in trials]
        cost = [_hidden(box, taken) + 1e4 * (not _within(box, ax.bbox)) for box in boxes]
        best = int(np.argmin(cost))
        taken.append(boxes[best])
        for side, trial in enumerate(trials):
            if side != best:
                trial.remove()
        for other in axes[1:]:
            _name(other, result, ground, place, SIDES[best][0] * ring, SIDES[best][1] * ring)


SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (0.75, 0.75), (-0.75, 0.75), (0.75, -0.75), (-0.75, -0.75))


def _cities(result: Result) -> list[int]:
    """Places to name: the capital first, then provincial capitals; without any, the first few."""
    places = result.resolved.places
    capital = next(i for i, place in enumerate(places) if place.id == result.resolved.capital)
    others = [i for i in range(len(places)) if i != capital]
    return [capital, *([i for i in others if "capital" in places[i].kind.lower()] or others[:12])]


def _name(ax: Axes, result: Result, ground: _Ground, place: int, dx: float, dy: float) -> Annotation:
    """The name of a place, `dx` and `dy` points beside it."""
    horizontal = "left" if dx > 0 else "right" if dx < 0 else "center"
    vertical = "bottom" if dy > 0 else "top" if dy < 0 else "center_baseline"
    x, y = ground.at[place]
    return ax.annotate(result.resolved.places[place].name, (x, y), (dx, dy), textcoords="offset points",
                       ha=horizontal, va=vertical, fontsize=6.5, color="black", zorder=5, gid="city",
                       path_effects=[withStroke(linewidth=1.5, foreground="white")])  # fmt: skip


def _hidden(box: Bbox, taken: Sequence[Bbox]) -> float:
    """Area [pixel²] of `box` that lies over others."""
    overlaps = (Bbox.intersection(box, other) for other in taken)
    return sum(overlap.width * overlap.height for overlap in overlaps if overlap is not None)


def _within(box: Bbox, outer: Bbox) -> bool:
    return bool(outer.x0 <= box.x0 and box.x1 <= outer.x1 and outer.y0 <= box.y0 and box.y1 <= outer.y1)
