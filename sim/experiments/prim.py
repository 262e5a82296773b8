"""The patient rule induction method: boxes in the space of factors in which something holds.

Friedman & Fisher, Statistics and Computing 9 (1999); for scenario discovery Bryant & Lempert,
Technological Forecasting and Social Change 77 (2010). It sees the order of values only: a
monotone change of a factor changes no box.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

Mask = NDArray[np.bool_]

PEEL = 0.05
"""Part of the points of a box that a step takes off, or puts back."""
LEAST_MASS = 0.05
"""No box has a smaller part of all points."""
SIGNIFICANT = 0.05
"""A restriction whose quasi-p is above is dropped."""


class Axis(NamedTuple):
    """A factor: which of its levels each point has. Levels are ordered values, or words in any order."""

    codes: NDArray[np.intp]
    levels: int
    ordered: bool

    def of(self, points: Mask | NDArray[np.intp]) -> Axis:
        """The same for some points."""
        return self._replace(codes=self.codes[points])


Box = tuple[Mask, ...]
"""For each axis, which levels are inside; without a gap where they are ordered."""


class Worth(NamedTuple):
    """How well a box tells where it holds."""

    coverage: float
    """Share of the points that hold that lie inside."""
    density: float
    """Share of the points inside that hold."""
    mass: float
    """Share of all points that lie inside."""
    restricted: int
    """Factors with a level outside."""

    @property
    def balance(self) -> float:
        """Harmonic mean of coverage and density."""
        both = self.coverage + self.density
        return 2 * self.coverage * self.density / both if both else 0.0


def whole(axes: Sequence[Axis]) -> Box:
    """The box with everything inside."""
    return tuple(np.ones(axis.levels, bool) for axis in axes)


def inside(axes: Sequence[Axis], box: Box) -> Mask:
    """(point,) whether it lies in a box."""
    found = np.ones(len(axes[0].codes), bool)
    for axis, levels in zip(axes, box, strict=True):
        found &= levels[axis.codes]
    return found


def restricted(box: Box) -> list[int]:
    """Numbers of the axes on which something lies outside."""
    return [number for number, levels in enumerate(box) if not levels.all()]


def worth(axes: Sequence[Axis], holds: Mask, box: Box) -> Worth:
    """Coverage, density and mass of a box; 0 where it or what holds is empty."""
    there = inside(axes, box)
    hits, points, every = int(holds[there].sum()), int(there.sum()), int(holds.sum())
    return Worth(hits / max(every, 1), hits / max(points, 1), points / len(holds), len(restricted(box)))


def peel(axes: Sequence[Axis], holds: Mask) -> list[Box]:
    """Ever smaller boxes, from everything to one that holds throughout or has no more points to spare.

    Each step takes off the side that raises the density most for each point it costs: so a
    switch, which costs half of the points, has no start over a value, which costs a few
    (Kwakkel & Jaxa-Rozen, Environmental Modelling & Software 79, 2016).
    """
    boxes = [whole(axes)]
    least = max(1, int(np.ceil(LEAST_MASS * len(holds))))
    while True:
        box = boxes[-1]
        there = inside(axes, box)
        points, hits = int(there.sum()), int(holds[there].sum())
        best, chosen = -np.inf, None
        for number, levels, gone, lost in _sides(axes, holds, box, there):
            if points - gone >= least and (gain := ((hits - lost) / (points - gone) - hits / points) / gone) > best:
                best, chosen = gain, _with(box, number, box[number] & ~levels)
        if chosen is None or hits == points:
            return boxes
        boxes.append(chosen)


def _sides(axes: Sequence[Axis], holds: Mask, box: Box, there: Mask) -> Iterator[tuple[int, Mask, int, int]]:
    """What a step may take off: (axis, its levels, points, points that hold)."""
    step = max(1, int(PEEL * there.sum()))
    for number, axis in enumerate(axes):
        counts = np.bincount(axis.codes[there], minlength=axis.levels)
        hits = np.bincount(axis.codes[there & holds], minlength=axis.levels)
        present = np.flatnonzero(counts)
        if len(present) < 2:
            continue
        for run in (present, present[::-1]) if axis.ordered else ():
            last = run[np.searchsorted(np.cumsum(counts[run]), step)]
            at = np.arange(axis.levels)
            levels = at <= last if run[0] == present[0] else at >= last
            yield number, levels, int(counts[levels].sum()), int(hits[levels].sum())
        for level in present if not axis.ordered else ():
            yield number, np.arange(axis.levels) == level, int(counts[level]), int(hits[level])


def paste(axes: Sequence[Axis], holds: Mask, box: Box) -> Box:
    """The box enlarged step by step, the densest side first, as long as its density does not fall."""
    while True:
        there = inside(axes, box)
        best, chosen = float(holds[there].mean()), None
        for number in restricted(box):
            for levels in _beyond(axes, box, number, max(1, int(PEEL * there.sum()))):
                larger = _with(box, number, box[number] | levels)
                density = float(holds[inside(axes, larger)].mean())
                if density >= best:
                    best, chosen = density, larger
        if chosen is None:
            return box
        box = chosen


def _beyond(axes: Sequence[Axis], box: Box, number: int, step: int) -> Iterator[Mask]:
    """What a step may put back on one axis."""
    axis, levels = axes[number], box[number]
    at = np.arange(axis.levels)
    if not axis.ordered:
        yield from (at == level for level in np.flatnonzero(~levels))
        return
    others = inside(axes, _with(box, number, np.ones_like(levels)))
    counts = np.bincount(axis.codes[others], minlength=axis.levels)
    first, last = np.flatnonzero(levels)[[0, -1]]
    for run in (at[:first][::-1], at[last + 1 :]):
        if len(run):
            yield np.isin(at, run[: np.searchsorted(np.cumsum(counts[run]), step) + 1])


def quasi_p(axes: Sequence[Axis], holds: Mask, box: Box, number: int) -> float:
    """Chance of at least as many that hold, if points were drawn from the box without the restriction of an axis.

    Binomial; "quasi" since the restriction was chosen on the same points (Bryant & Lempert 2010).
    """
    return _by_chance(axes, holds, box, _with(box, number, np.ones_like(box[number])))


def _by_chance(axes: Sequence[Axis], holds: Mask, box: Box, wider: Box) -> float:
    """Chance of at least as many that hold as in a box, if its points were drawn from a wider one."""
    there, around = inside(axes, box), inside(axes, wider)
    return float(binom.sf(int(holds[there].sum()) - 1, int(there.sum()), float(holds[around].mean())))


def prune(axes: Sequence[Axis], holds: Mask, box: Box) -> Box:
    """The box without restrictions that may be chance, the least significant first; then without such limits.

    The limits of a factor are judged apart in the end: beside an upper one that tells much, a lower one may have
    cut off a single point at the end of the range.
    """
    for opened in (_unrestricted, _one_limit_less):
        while wider := list(opened(axes, box)):
            values = [_by_chance(axes, holds, box, each) for each in wider]
            worst = int(np.argmax(values))
            if values[worst] <= SIGNIFICANT:
                break
            box = wider[worst]
    return box


def _unrestricted(axes: Sequence[Axis], box: Box) -> Iterator[Box]:
    """The box without the restriction of each axis."""
    for number in restricted(box):
        yield _with(box, number, np.ones(axes[number].levels, bool))


def _one_limit_less(axes: Sequence[Axis], box: Box) -> Iterator[Box]:
    """The box without each limit of an axis that has two."""
    for number, levels in enumerate(box):
        if axes[number].ordered and not levels[0] and not levels[-1]:
            at, inner = np.arange(len(levels)), np.flatnonzero(levels)
            yield _with(box, number, at <= inner[-1])
            yield _with(box, number, at >= inner[0])


def refine(axes: Sequence[Axis], holds: Mask, box: Box) -> Box:
    """A box of `peel` as it is reported: pruned, then pasted."""
    return paste(axes, holds, prune(axes, holds, box))


def balanced(axes: Sequence[Axis], holds: Mask, boxes: Sequence[Box]) -> int:
    """Number of the box with the best balance of coverage and density; of several the first."""
    return int(np.argmax([worth(axes, holds, box).balance for box in boxes]))


def nearest_coverage(axes: Sequence[Axis], holds: Mask, boxes: Sequence[Box], coverage: float) -> int:
    """Number of the box whose coverage is nearest; of several the smallest."""
    away = [abs(worth(axes, holds, box).coverage - coverage) for box in boxes]
    return max(number for number, each in enumerate(away) if each <= min(away) + 1e-12)


class Halves(NamedTuple):
    """What came out on random halves of the points.

    Attributes:
        restricted: (axis,) share of the halves on which the axis was restricted.
        density, coverage: (half,) of each half's box on the points of the other half.
    """

    restricted: NDArray[np.float64]
    density: NDArray[np.float64]
    coverage: NDArray[np.float64]


def on_halves(axes: Sequence[Axis], holds: Mask, coverage: float, repeats: int = 20) -> Halves:
    """Find the box again on random halves of the points, and test it on the others.

    On each half the box with about this coverage is taken. A half, or its rest, where nothing
    or everything holds takes no part.
    """
    dice = np.random.default_rng(1)
    found: list[list[int]] = []
    tested: list[Worth] = []
    for _ in range(repeats):
        order = dice.permutation(len(holds))
        one, other = order[: len(order) // 2], order[len(order) // 2 :]
        if any(holds[half].all() or not holds[half].any() for half in (one, other)):
            continue
        mine, theirs = ([axis.of(half) for axis in axes] for half in (one, other))
        boxes = peel(mine, holds[one])
        box = refine(mine, holds[one], boxes[nearest_coverage(mine, holds[one], boxes, coverage)])
        found.append(restricted(box))
        tested.append(worth(theirs, holds[other], box))
    shares = np.array([np.mean([number in each for each in found]) if found else np.nan for number in range(len(axes))])
    return Halves(shares, np.array([each.density for each in tested]), np.array([each.coverage for each in tested]))


def _with(box: Box, number: int, levels: Mask) -> Box:
    return (*box[:number], levels, *box[number + 1 :])
