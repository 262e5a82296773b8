"""When does it hold? Boxes of factor values, found on a finished sweep, in which a condition on the outcome holds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.experiments.folder import write_folder
from sim.experiments.point_measure import Condition, Known, Sample
from sim.experiments.prim import (
    Axis,
    Box,
    Halves,
    Mask,
    Worth,
    balanced,
    inside,
    on_halves,
    peel,
    quasi_p,
    refine,
    restricted,
    worth,
)
from sim.experiments.sweep import SweepFolder
from sim.measures import LABEL
from sim.results import ResultError
from sim.scenario.resolved import Resolved

FORMAT = 1
"""Of discovery.json."""
LEAST_POINTS = 20
"""On fewer there is nothing to find."""
FEW = 12
"""Up to so many values of a factor, a limit is told by the values themselves; otherwise it lies between two."""
BOXES = 2
"""Boxes that are looked for, one after the other."""


@dataclass(frozen=True)
class Factor:
    """A factor of a sweep as an axis of boxes: `values` are those of its levels, words where `axis` has no order."""

    name: str
    axis: Axis
    values: tuple[Any, ...]
    log: bool

    def limits(self, levels: Mask) -> tuple[float, float] | None:
        """Between which values the levels lie, ±inf where they end nothing; None for words."""
        if not self.axis.ordered:
            return None
        first, last = (int(at) for at in np.flatnonzero(levels)[[0, -1]])
        low = -np.inf if first == 0 else self._edge(first - 1, first)
        high = np.inf if last == len(levels) - 1 else self._edge(last + 1, last)
        return low, high

    def _edge(self, outside: int, within: int) -> float:
        one, other = float(self.values[outside]), float(self.values[within])
        if len(self.values) <= FEW:
            return other
        return float(np.sqrt(one * other)) if self.log else (one + other) / 2

    def words(self, levels: Mask) -> str:
        """A restriction as one says it."""
        limits = self.limits(levels)
        if limits is None:
            return " or ".join(_word(value) for value, ok in zip(self.values, levels, strict=True) if ok)
        low, high = map(_number, limits)
        if low == high:
            return low
        few = len(self.values) <= FEW
        if limits[0] == -np.inf:
            return f"{high} or less" if few else f"below {high}"
        if limits[1] == np.inf:
            return f"{low} or more" if few else f"above {low}"
        return f"{low} to {high}"

    @property
    def span(self) -> str:
        """All its values."""
        if self.axis.ordered:
            return f"{_number(self.values[0])} to {_number(self.values[-1])}"
        return ", ".join(map(_word, self.values))


def _number(value: float) -> str:
    return f"{value:.0f}" if 1000 <= abs(value) < np.inf else f"{value:.3g}"


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "as it is" if value is None else str(value)


@dataclass(frozen=True)
class Restriction:
    """Of one factor by a box."""

    factor: Factor
    levels: Mask
    quasi_p: float
    halves: float
    """Share of random halves of the points on which the factor was restricted too."""


@dataclass(frozen=True)
class Found:
    """A box.

    Attributes:
        number: of the step on the way from all points to the smallest box from which it was made.
        box, worth: itself; coverage and mass are of all points, density of those no box before it holds.
        restrictions: the most significant first.
        halves: of the points that no box before it holds.
        steps: the way, with the worth of each box.
    """

    number: int
    box: Box
    worth: Worth
    restrictions: tuple[Restriction, ...]
    halves: Halves
    steps: tuple[Worth, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts."""
        tested = len(self.halves.density)
        return {
            "number": self.number,
            **_told(self.worth),
            "restrictions": [
                {
                    "factor": each.factor.name,
                    "values": [_plain(v) for v, ok in zip(each.factor.values, each.levels, strict=True) if ok]
                    if not each.factor.axis.ordered
                    else None,
                    **dict(zip(("above", "below"), _limits(each), strict=True)),
                    "words": each.factor.words(each.levels),
                    "quasi_p": each.quasi_p,
                    "halves": _plain(each.halves),
                }
                for each in self.restrictions
            ],
            "halves": {
                "tested": tested,
                "density": self.halves.density.tolist(),
                "coverage": self.halves.coverage.tolist(),
            },
        }


def _limits(each: Restriction) -> tuple[float | None, float | None]:
    low, high = each.factor.limits(each.levels) or (np.inf, np.inf)
    return _plain(low), _plain(high)


def _told(found: Worth) -> dict[str, Any]:
    return {"coverage": found.coverage, "density": found.density, "mass": found.mass, "restricted": found.restricted}


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value


@dataclass(frozen=True)
class Discovery:
    """Where a condition holds.

    Attributes:
        sweep: the points.
        condition: what holds, or not.
        factors: the axes.
        known: the measure of each point.
        holds: (point,).
        boxes: one after the other, each on the points that the ones before it do not hold.
        started: when.
    """

    sweep: SweepFolder
    condition: Condition
    factors: tuple[Factor, ...]
    known: Known
    holds: Mask
    boxes: tuple[Found, ...]
    started: float

    @property
    def axes(self) -> list[Axis]:
        return [factor.axis for factor in self.factors]

    @property
    def unsure(self) -> int:
        """Points of which other dice might have said otherwise."""
        return int(self.condition.unsure(self.known).sum())

    def inside(self) -> Mask:
        """(point,) whether it lies in any of the boxes."""
        return np.asarray(np.any([inside(self.axes, found.box) for found in self.boxes], axis=0))

    def together(self) -> Worth:
        """All boxes as one."""
        there = self.inside()
        hits = int(self.holds[there].sum())
        numbers = {number for found in self.boxes for number in restricted(found.box)}
        return Worth(hits / int(self.holds.sum()), hits / int(there.sum()), float(there.mean()), len(numbers))

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts."""
        return {
            "format": FORMAT,
            "note": LABEL,
            "sweep": str(self.sweep.path),
            "scenarios": list(self.sweep.explicit["scenarios"]),
            "condition": self.condition.text,
            "points": len(self.holds),
            "holds": int(self.holds.sum()),
            "unsure": self.unsure,
            "runs": self.sweep.provenance["runs"],
            "seed": self.sweep.explicit["seed"],
            "boxes": [found.as_dict() for found in self.boxes],
            "together": _told(self.together()),
        }

    def write(self, folder: Path, command: str = "") -> None:
        """Keep it in a new folder: discovery.json, points.parquet, steps.parquet.

        Raises:
            FileExistsError: the folder exists.
        """
        resolved = Resolved.model_validate_json((self.sweep.path / "resolved.json").read_text("utf-8"))
        boxes = {f"box_{n}": inside(self.axes, found.box) for n, found in enumerate(self.boxes, 1)}
        points = {**self.sweep.points.to_pydict(), "measure": self.known.value, "holds": self.holds, **boxes}
        steps = [
            {"box": n, "number": number, **_told(step)}
            for n, found in enumerate(self.boxes, 1)
            for number, step in enumerate(found.steps)
        ]
        tables = {"points": points, "steps": pa.Table.from_pylist(steps).to_pydict()}
        write_folder(folder, resolved, "discovery", self.as_dict(), tables, started=self.started, command=command)


def discover(
    sweep: SweepFolder, condition: Condition, *, number: int | None = None, boxes: int = BOXES
) -> Discovery:  # fmt: skip
    """Look for boxes in which a condition holds.

    Args:
        sweep: complete, with factors that vary together.
        condition: on each design point.
        number: take the first box so far on its way as it is, instead of that which, pruned and pasted, has the
            best balance of coverage and density.
        boxes: at most so many.

    Raises:
        ResultError: there is nothing to find, or no such box.
    """
    started = time.time()
    factors = factors_of(sweep)
    known = Sample.of(sweep, condition.measure).known(condition.measure)
    holds = condition.holds(known)
    _worth_a_look(sweep, condition, factors, known, holds)
    axes = [factor.axis for factor in factors]
    found: list[Found] = []
    left = np.ones(len(holds), bool)
    for _ in range(boxes):
        here = [axis.of(left) for axis in axes]
        steps = peel(here, holds[left])
        if number is not None and not found and number >= len(steps):
            raise ResultError(f"there is no box {number}: they are numbered from 0 to {len(steps) - 1}")
        if number is not None and not found:
            chosen, box = number, steps[number]
        else:
            refined = [refine(here, holds[left], step) for step in steps]
            chosen = balanced(here, holds[left], refined)
            box = refined[chosen]
        if found and not restricted(box):
            break
        found.append(_found(factors, axes, holds, left, steps, chosen, box))
        left = left & ~inside(axes, box)
        if not holds[left].any() or holds[left].all() or left.sum() < LEAST_POINTS:
            break
    return Discovery(sweep, condition, factors, known, holds, tuple(found), started)


def _found(
    factors: Sequence[Factor], axes: list[Axis], holds: Mask, left: Mask, steps: list[Box], number: int, box: Box
) -> Found:
    """A box with what is told of it."""
    here, mine = [axis.of(left) for axis in axes], holds[left]
    there = worth(here, mine, box)
    halves = on_halves(here, mine, there.coverage)
    of_all = left.mean(), mine.sum() / holds.sum()

    def scaled(each: Worth) -> Worth:
        return each._replace(coverage=float(each.coverage * of_all[1]), mass=float(each.mass * of_all[0]))

    told = [
        Restriction(factors[at], box[at], quasi_p(here, mine, box, at), float(halves.restricted[at]))
        for at in restricted(box)
    ]
    told.sort(key=lambda each: each.quasi_p)
    ways = tuple(scaled(worth(here, mine, step)) for step in steps)
    return Found(number, box, scaled(there), tuple(told), halves, ways)


def _worth_a_look(
    sweep: SweepFolder, condition: Condition, factors: Sequence[Factor], known: Known, holds: Mask
) -> None:
    """Raises a `ResultError` that says why there is nothing to find."""
    if condition.limit > sweep.horizons.min() / 24 and not condition.measure.is_share:
        raise ResultError(f"{condition.text}: the sweep ends on day {sweep.horizons.min() / 24:g}")
    if sweep.explicit["design"]["kind"] == "one_at_a_time":
        raise ResultError(f"{sweep.path}: its factors vary one at a time; boxes need factors that vary together")
    if len(holds) < LEAST_POINTS or not factors:
        raise ResultError(f"{sweep.path}: has {len(holds)} design points; boxes need at least {LEAST_POINTS}")
    if holds.all() or not holds.any():
        how = "every" if holds.all() else "no"
        low, high = (condition.measure.shown(value) for value in (known.value.min(), known.value.max()))
        uom = "%" if condition.measure.is_share else "days"
        span = f"its {condition.measure.text} goes from {low} to {high.replace('inf', 'not reached')} {uom}"
        raise ResultError(f"{condition.text} holds at {how} design point, so there is nothing to tell apart; {span}")


def factors_of(sweep: SweepFolder) -> tuple[Factor, ...]:
    """The factors that take more than one value.

    Raises:
        ResultError: some points leave a number as the scenario has it, and it is not told which that is.
    """
    points = sweep.points
    made = (_factor(sweep, facts, points[facts["name"]].to_pylist()) for facts in sweep.explicit["factors"])
    return tuple(factor for factor in made if len(factor.values) > 1)


def _factor(sweep: SweepFolder, facts: dict[str, Any], cells: list[Any]) -> Factor:
    base = facts.get("base")
    cells = [base if cell is None and base is not None else cell for cell in cells]
    numbers = all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells if cell is not None)
    if numbers and None in cells:
        raise ResultError(f"{sweep.path}: some points leave {facts['name']} as the scenario has it; give it a value")
    values = sorted(set(cells)) if numbers else sorted(set(cells), key=lambda cell: (cell is not None, str(cell)))
    codes: NDArray[np.intp] = np.array(
        [{value: at for at, value in enumerate(values)}[cell] for cell in cells], np.intp
    )
    return Factor(facts["name"], Axis(codes, len(values), numbers), tuple(values), facts.get("scale") == "log")
