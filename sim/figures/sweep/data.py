"""A complete sweep as its figures read it: factors as axes, and which of them move it most."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator
from numpy.typing import NDArray

from sim.figures.style import WIDTH, Page, blank
from sim.parameters import BY_NAME

if TYPE_CHECKING:
    from sim.experiments.sweep.folder import SweepFolder

MOST_LEVELS = 12
"""More distinct values than this are cut into `GROUPS` groups of about as many points."""
GROUPS = 8
LEAST_POINTS = 8
"""In a group, as long as that leaves three groups."""
DECADES = 1.6
"""Shorter log axes have their twos and fives written."""
SHORT = 7
"""Words up to this stand level under an axis [characters]."""
LONGEST = 22
"""Names on an axis are broken or cut beyond this [characters]."""


@dataclass(frozen=True)
class Groups:
    """The points of a sweep by the value of one factor.

    Attributes:
        labels: of each group, in order.
        of: (point,) group of each point; -1 where it takes no part.
    """

    labels: tuple[str, ...]
    of: NDArray[np.intp]

    def means(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(group,) mean over its points."""
        return np.array([values[self.of == group].mean() for group in range(len(self.labels))])


@dataclass(frozen=True)
class Factor:
    """A factor as an axis.

    Attributes:
        name, label: of its column; with its unit of measure.
        values: (point,) numbers, or words where `numeric` is false.
        mine: (point,) points that tell of this factor: one at a time, the others are at their base.
        base: the value that the scenario has, if it is one.
        order: of words.
    """

    name: str
    label: str
    values: NDArray[Any]
    numeric: bool
    log: bool
    base: Any
    mine: NDArray[np.bool_]
    order: tuple[str, ...] = ()

    @property
    def levels(self) -> list[Any]:
        """Its distinct values."""
        found = list(pd.unique(pd.Series(self.values[self.mine])))
        return sorted(found, key=self.order.index if not self.numeric else None)

    def groups(self) -> Groups:
        """Points by value, or by ranges of values where nearly every point has its own."""
        levels = self.levels
        if not self.numeric or len(levels) <= MOST_LEVELS:
            return Groups(tuple(shown(level) for level in levels), self.level_of())
        many = int(np.clip(self.mine.sum() // LEAST_POINTS, 3, GROUPS))
        edges = np.quantile(self.values[self.mine], np.linspace(0, 1, many + 1))
        of = np.clip(np.searchsorted(edges, self.values, side="right") - 1, 0, many - 1)
        labels = [f"{low:.3g}–{high:.3g}" for low, high in pairwise(edges)]
        return Groups(tuple(labels), np.where(self.mine, of, -1))

    def level_of(self) -> NDArray[np.intp]:
        """(point,) number of its value among the levels; -1 where it takes no part."""
        codes = pd.Categorical(self.values, categories=self.levels).codes.astype(np.intp)
        return np.where(self.mine, codes, -1)

    def mark(self, ax: Axes, *, up: bool = False) -> None:
        """Name and scale an axis after this factor: x, or y if `up`."""
        axis = ax.yaxis if up else ax.xaxis
        axis.set_label_text(self.label)
        if self.log:
            (ax.set_yscale if up else ax.set_xscale)("log")
            axis.set_major_locator(LogLocator(subs=(1, 2, 5) if self._decades < DECADES else (1,)))
            axis.set_major_formatter(lambda value, _: f"{value:g}")
            axis.set_minor_formatter("")
            ax.tick_params(axis="y" if up else "x", labelsize=7)
        if not self.numeric:
            names = [wrapped(shown(level)) for level in self.levels]
            axis.set_ticks(range(len(names)), names, fontsize=7)
            if not up and len(names) > 2 and max(map(len, names)) > SHORT:
                ax.tick_params(axis="x", rotation=25)
                for label in ax.get_xticklabels():
                    label.set_horizontalalignment("right")
                    label.set_rotation_mode("anchor")
            (ax.set_ylim if up else ax.set_xlim)(-0.5, len(names) - 0.5)

    @property
    def _decades(self) -> float:
        return float(np.log10(np.nanmax(self.values) / np.nanmin(self.values)))


@dataclass(frozen=True)
class Swept:
    """A complete sweep.

    Attributes:
        folder: where its rows lie.
        summary: a row per design point.
        factors: those that take more than one value, most influential first.
        measure: column of `summary` that the figures show: the share collapsed by the day on
            which the points differ most.
        day: that day.
    """

    folder: SweepFolder
    summary: pd.DataFrame
    factors: tuple[Factor, ...]
    measure: str
    day: float

    @classmethod
    def of(cls, folder: SweepFolder) -> Swept:
        """Read a sweep.

        Raises:
            ResultError: it is not complete.
        """
        summary = folder.summary.to_pandas()
        measure, day = _measure(summary)
        told = folder.explicit
        factors = [_factor(facts, summary, told) for facts in told["factors"]]
        share = summary[measure].to_numpy(float)
        moving = [factor for factor in factors if len(factor.levels) > 1]
        moving.sort(key=lambda factor: -float(np.ptp(factor.groups().means(share))))
        return cls(folder, summary, tuple(moving), measure, day)

    @property
    def share(self) -> NDArray[np.float64]:
        """(point,) of the measure."""
        return self.summary[self.measure].to_numpy(float)

    @property
    def crossed(self) -> bool:
        """Whether its factors vary together."""
        return bool(self.folder.explicit["design"]["kind"] != "one_at_a_time")

    @property
    def by_day(self) -> str:
        return f"share of runs collapsed by day {self.day:g}"

    @property
    def runs_of_a_point(self) -> int:
        """Runs of the design point that has fewest."""
        return int(self.summary["runs"].min())

    def page(self, height: float, width: float = WIDTH, of: int | None = None) -> Page:
        """An empty figure [inch] with the caption that every figure carries.

        Args:
            height, width: of the figure [inch].
            of: runs that each share is of, where shares are drawn without an interval.
        """
        return blank(int(self.summary["runs"].sum()), self.folder.explicit["seed"], height, width, of=of)


def shown(value: Any) -> str:
    """A value as a label."""
    if isinstance(value, bool | np.bool_):
        return "on" if value else "off"
    return f"{value:.3g}" if isinstance(value, int | float | np.number) else str(value)


def wrapped(name: str) -> str:
    """A long name on several lines, broken after dots and underscores."""
    lines = [""]
    for word in re.findall(r"[^._ ]+[._ ]?|[._ ]", name):
        if lines[-1] and len(lines[-1]) + len(word) > LONGEST:
            lines.append("")
        lines[-1] += word
    return "\n".join(lines)


def _measure(summary: pd.DataFrame) -> tuple[str, float]:
    """The column and day by which the shares of the points differ most; the horizon if none does."""
    found = (re.fullmatch(r"collapsed_by_day_([\d.]+)", column) for column in map(str, summary))
    days = {match[0]: float(match[1]) for match in found if match}
    days["collapsed"] = float(summary["horizon_hours"].max()) / 24
    widest = max(days, key=lambda column: (np.ptp(summary[column]), days[column]))
    return widest, days[widest]


def _factor(facts: dict[str, Any], summary: pd.DataFrame, told: dict[str, Any]) -> Factor:
    name = facts["name"]
    column = summary[name]
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    values = column.to_numpy(float) if numeric else np.array([_word(value) for value in column], dtype=object)
    mine = ~np.isnan(values.astype(float)) if numeric else np.ones(len(column), bool)
    if told["design"]["kind"] == "one_at_a_time":
        others = summary[[f["name"] for f in told["factors"] if f["name"] != name]]
        same = (others == others.iloc[0]) | (others.isna() & others.iloc[0].isna())
        mine &= same.to_numpy().all(axis=1)
    parameter = BY_NAME.get(name)
    uom = f" [{parameter.uom}]" if parameter and parameter.uom != "-" else ""
    log = facts["scale"] == "log" if "scale" in facts else numeric and _geometric(values[mine])
    order = tuple(dict.fromkeys([*map(_word, facts.get("values", ())), *([] if numeric else values)]))
    return Factor(name, wrapped(name) + uom, values, numeric, log, facts.get("base"), mine, order)


def _geometric(values: NDArray[np.float64]) -> bool:
    """Whether listed values span more than a factor of twenty."""
    return bool(len(values) and values.min() > 0 and values.max() / values.min() > 20)


def _word(value: Any) -> Any:
    return "as is" if value is None or value is pd.NA else shown(value)
