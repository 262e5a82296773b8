"""The look that all figures share: print size, one type face, Okabe–Ito colours with shapes.

Colour never carries meaning alone: each status also has a hatch, each role a shape, and
neighbours differ in lightness, so that a figure survives a greyscale printer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from math import sqrt
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

from sim.measures import LABEL, documented_falls, label
from sim.measures.times import Z
from sim.state import Status

if TYPE_CHECKING:
    import pandas as pd

    from sim.results import Result

# Okabe & Ito, "Color Universal Design" (2008).
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, INK = "#9AA0A6", "#3C4650"
ROAD, GRID = "#C9CED3", "#E3E6E9"
LIGHT_BLUE, MIDDLE_BLUE, DARK_BLUE = "#BFDBEC", "#73B0D4", "#00446B"
PALETTE = (BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILLION, PURPLE, GREY, INK, ROAD, GRID,
           LIGHT_BLUE, MIDDLE_BLUE, DARK_BLUE)  # fmt: skip
"""All of them."""

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

STATUS_MARK: dict[str, tuple[str, str]] = {
    Status.HOLDING.label: ("s", BLUE),
    Status.WAVERING.label: ("D", YELLOW),
    Status.WITHDRAWING.label: (">", SKY),
    Status.EVACUATED.label: ("^", PURPLE),
    Status.DEFECTED.label: ("P", GREEN),
    Status.SURRENDERED.label: ("v", ORANGE),
    Status.MUTINIED.label: ("X", VERMILLION),
    Status.DISPERSED.label: ("o", "white"),
    Status.DESTROYED.label: ("x", "#30363C"),
    Status.ABSENT.label: (".", GREY),
}
"""Status -> (marker, colour) of one unit."""

ROLE_LOOK: dict[str, tuple[str, tuple[str, ...]]] = {
    "host": ("o", (BLUE,)),
    "attacker": ("^", (VERMILLION, ORANGE, PURPLE, BLACK, SKY)),
    "third_party": ("s", (GREEN, YELLOW, SKY)),
    "neutral": ("D", (GREY,)),
}
"""Role -> (marker, colours that its controllers take in turn)."""

SEQUENTIAL = "cividis"
"""Colours of a number from low to high: even steps in lightness, for all kinds of colour vision and in grey."""

WIDTH = 6.3
"""Text width of an A4 page with 25 mm margins [inch]."""

CAPTION = 0.2
"""Height kept free below a figure for its caption [inch]."""
LINE = 0.13
"""Height of each further line of a caption [inch]."""
NOTEBOOK_DPI = 160
"""Pixels in which a notebook gets a figure; it shows it smaller, so that it is sharp [1/inch]."""

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
    "grid.color": GRID,
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


class Page(Figure):
    """A figure that notebooks show by themselves, without pyplot."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        picture = BytesIO()
        with style():
            self.savefig(picture, format="png", dpi=NOTEBOOK_DPI)
        return picture.getvalue(), {"width": round(100 * self.get_figwidth())}


def page(result: Result, height: float, width: float = WIDTH, *, shares: bool | str = False) -> Page:
    """An empty figure [inch] with the caption that every figure carries.

    Args:
        result: whose runs are drawn.
        height, width: of the figure [inch].
        shares: whether it draws shares of runs without an interval: the caption then tells their error. Which, in
            words, where another share stands at its axis.
    """
    of, which = result.runs if shares else None, shares if isinstance(shares, str) else ""
    under = label(result.resolved)
    return blank(result.runs, result.provenance.get("seed"), height, width, of=of, which=which, under=under)


def blank(
    runs: int,
    seed: int | None,
    height: float,
    width: float = WIDTH,
    *,
    of: int | None = None,
    which: str = "",
    under: str = LABEL,
) -> Page:
    """The same for runs that no result holds.

    Args:
        runs, seed: what the caption tells.
        height, width: of the figure [inch].
        of: runs that each share is of, where shares are drawn without an interval.
        which: of these shares, in words, where another share stands at the axis.
        under: what the numbers are conditional on.
    """
    caption = f"{runs:,} run{'s' if runs != 1 else ''}, seed {seed}; {under}"
    return captioned([caption] if of is None else [error_of_shares(of, which), caption], height, width)


def captioned(caption: Sequence[str], height: float, width: float = WIDTH) -> Page:
    """An empty figure [inch] with lines below it; they add to its height where there is more than one."""
    more = LINE * (len(caption) - 1)
    height += more
    fig = Page(figsize=(width, height), layout="constrained")
    fig.text(0.06 / width, 0.07 / height, "\n".join(caption), fontsize=7, color=INK, gid="caption")
    engine = fig.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(rect=(0, (CAPTION + more) / height, 1, 1 - (CAPTION + more) / height))
    return fig


def error_of_shares(runs: int, which: str = "") -> str:
    """How far a share of so many runs lies from the ends of its 95 % interval, at most, in words."""
    # Wilson's interval reaches farthest from a share of (1 - Z / √runs) / 2, or of 0 with so few runs.
    most = Z / (2 * sqrt(runs)) if runs >= Z**2 else Z**2 / (runs + Z**2)
    of = f"{runs:,} runs" if runs > 1 else "1 run"
    share, unit = (which, "% of runs") if which else (f"a share of {of}", "points")
    return f"Monte Carlo error of {share}: at most ±{100 * most:.2g} {unit} (95 %)"


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
    engine = fig.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    caption = engine.get()["rect"][1] * fig.get_figheight()
    pad = caption * 72 / mpl.rcParams["legend.fontsize"]  # in units of the font size, as matplotlib wants it
    fig.legend(handles=handles, loc="outside lower left", ncols=columns, labelcolor=INK, borderaxespad=pad)


def draw_fan(ax: Axes, fan: pd.DataFrame) -> None:
    """Quantiles over hours as a fan over days: the median as a line, a band between each pair around it.

    Args:
        ax: whose x axis is of days.
        fan: a row per hour and a column per probability, symmetric about one half.
    """
    days, probabilities = fan.index.to_numpy() / 24, sorted(fan.columns)
    pairs = [(low, high) for low, high in zip(probabilities, probabilities[::-1], strict=True) if low < high]
    for (low, high), colour in zip(pairs, (LIGHT_BLUE, MIDDLE_BLUE), strict=False):
        label = f"{100 * low:g}–{100 * high:g} % of runs"
        ax.fill_between(days, fan[low], fan[high], color=colour, lw=0, label=label)
    ax.plot(days, fan[0.5], color=DARK_BLUE, lw=1.8, label="median")


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
