"""The look that all figures share: print size, one type face, Okabe–Ito colours with shapes.

Colour never carries meaning alone: each status also has a hatch, each role a shape, and
neighbours differ in lightness, so that a figure survives a greyscale printer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import RLock
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from sim.measures import LABEL, documented_falls
from sim.state import Status

if TYPE_CHECKING:
    from sim.results import Result

# Okabe & Ito, "Color Universal Design" (2008).
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, INK = "#9AA0A6", "#3C4650"

STATUS_LOOK: dict[str, tuple[str, str]] = {
    Status.HOLDING.label: (BLUE, ""),
    Status.WAVERING.label: (YELLOW, ""),
    Status.WITHDRAWING.label: (SKY, "///"),
    Status.EVACUATED.label: (PURPLE, ""),
    Status.DEFECTED.label: (GREEN, "\\\\\\"),
    Status.SURRENDERED.label: (ORANGE, "..."),
    Status.MUTINIED.label: (VERMILLION, "xxx"),
    Status.DISPERSED.label: ("#D0D4D8", ""),
    Status.DESTROYED.label: ("#30363C", ""),
}
"""Status -> (colour, hatch), in the order in which figures stack them; an absent unit is not drawn."""

ROLE_LOOK: dict[str, tuple[str, tuple[str, ...]]] = {
    "host": ("o", (BLUE,)),
    "attacker": ("^", (VERMILLION, ORANGE, PURPLE, BLACK, SKY)),
    "third_party": ("s", (GREEN, YELLOW, SKY)),
    "neutral": ("D", (GREY,)),
}
"""Role -> (marker, colours that its controllers take in turn)."""

WIDTH = 6.3
"""Text width of an A4 page with 25 mm margins [inch]."""

CAPTION = 0.2
"""Height kept free below a figure for its caption [inch]."""

_SETTINGS: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 9,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E3E6E9",
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "savefig.dpi": 200,
    "svg.fonttype": "none",
}

# matplotlib's settings belong to the process; the lock keeps two threads from mixing them up.
_lock = RLock()


@contextmanager
def style() -> Iterator[None]:
    """Within it, matplotlib draws in this look; afterwards its settings are as they were.

    Also a decorator: `@style()`.
    """
    with _lock, mpl.rc_context(_SETTINGS):  # type: ignore[arg-type]  # it wants literal names
        yield


def page(result: Result, height: float, width: float = WIDTH) -> Figure:
    """An empty figure [inch] with the caption that every figure carries."""
    return blank(result.runs, result.provenance.get("seed"), height, width)


def blank(runs: int, seed: int | None, height: float, width: float = WIDTH) -> Figure:
    """The same for runs that no result holds."""
    fig = Figure(figsize=(width, height), layout="constrained")
    caption = f"{runs:,} run{'s' if runs != 1 else ''}, seed {seed}; {LABEL}"
    fig.text(0.06 / width, 0.07 / height, caption, fontsize=7, color=INK, gid="caption")
    engine = fig.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(rect=(0, CAPTION / height, 1, 1 - CAPTION / height))
    return fig


def message(ax: Axes, text: str) -> None:
    """Says in words, in the middle of the axes, why there is nothing (more) to see."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", fontsize=10, color=INK,
            bbox={"boxstyle": "round,pad=.5", "facecolor": "white", "edgecolor": GREY})  # fmt: skip


def moment(result: Result, hours: float) -> str:
    """Local date and time at `hours` since the start, as "6 Dec 14:00"."""
    when = datetime.fromisoformat(result.resolved.start) + timedelta(hours=float(hours))
    return f"{when.day} {when:%b %H:%M}"


def days_axis(ax: Axes, result: Result) -> None:
    """Makes x an axis of days from the start to the horizon."""
    ax.set(xlabel="time since the start [days]", xlim=(0, result.hours / 24))
    ax.xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10]))


def legend_below(fig: Figure, columns: int, handles: Sequence[Artist] | None = None) -> None:
    """A legend between the axes and the caption, where it hides no data."""
    handles = handles or [handle for ax in fig.axes for handle in ax.get_legend_handles_labels()[0]]
    pad = CAPTION * 72 / mpl.rcParams["legend.fontsize"]  # in units of the font size, as matplotlib wants it
    fig.legend(handles=handles, loc="outside lower left", ncols=columns, labelcolor=INK, borderaxespad=pad)


def mark_capital(ax: Axes, result: Result) -> None:
    """A line across an axis of days where the loss of the capital is documented."""
    day = sum(documented_falls(result).get(result.resolved.capital, (np.inf, np.inf))) / 48
    if day > result.hours / 24:
        return
    ax.axvline(day, color=INK, linestyle=(0, (1, 1.5)), linewidth=1.4, gid="documented",
               path_effects=[withStroke(linewidth=3, foreground="white")])  # fmt: skip
    date = moment(result, 24 * day).rsplit(" ", 1)[0]
    ax.annotate(f"capital lost {date} (documented)", (day, 1), xycoords=("data", "axes fraction"),
                xytext=(0, 3), textcoords="offset points", ha="center", fontsize=7.5, color=INK)  # fmt: skip
    ax.set_title(ax.get_title(loc="left"), pad=18)  # makes room for the note


def controller_looks(roles: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Controller id -> (marker, colour): the shape of its role, a colour of its own within it."""
    looks = {}
    seen: dict[str, int] = {}
    for controller in sorted(roles):
        marker, colours = ROLE_LOOK[roles[controller]]
        turn = seen.get(roles[controller], 0)
        seen[roles[controller]] = turn + 1
        looks[controller] = (marker, colours[turn % len(colours)])
    return looks
