"""A map of the collapse over two parameters, on the same dice everywhere."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.experiments.folder import write_folder
from sim.experiments.what_if import Hours, Progress, Version, collapse_day, collapse_hours, explicit
from sim.measures import label, median, share_by
from sim.parameters import BY_NAME
from sim.plan import make_plan
from sim.scenario import Scenario
from sim.scenario.problems import Problem, ScenarioError, nearest
from sim.scenario.resolved import Resolved

Floats = NDArray[np.float64]

FORMAT = 1
"""Of map.json."""


@dataclass(frozen=True)
class Axis:
    """One parameter and the values it takes."""

    parameter: str
    values: Floats

    @property
    def logarithmic(self) -> bool:
        return BY_NAME[self.parameter].by_ratio and self.values[0] > 0


@dataclass(frozen=True)
class PhaseMap:
    """`hours` is (y, x, run): hour of collapse, NaN if none."""

    resolved: Resolved
    x: Axis
    y: Axis
    hours: Hours
    asked: int
    seed: int
    day: float
    started: float

    @property
    def runs(self) -> int:
        return int(self.hours.shape[-1])

    def share(self) -> Floats:
        """(y, x) share of runs collapsed by the day."""
        return np.asarray((self.hours <= 24 * self.day).mean(axis=-1))

    def median_hours(self) -> Floats:
        """(y, x) median hour of collapse; NaN where it is not reached within the horizon."""
        found = [[median(runs, 24 * self.resolved.days)[0] for runs in row] for row in self.hours]
        return np.array(found, dtype=np.float64)

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts; the tables are rows of y, columns of x."""
        middle = self.median_hours()
        return {
            "format": FORMAT,
            "note": label(self.resolved),
            "scenario": self.resolved.name,
            "runs": self.runs,
            "runs_asked": self.asked,
            "seed": self.seed,
            "days": self.resolved.days,
            "step_hours": self.resolved.step_hours,
            "day": self.day,
            **{
                name: {
                    "parameter": axis.parameter,
                    "uom": BY_NAME[axis.parameter].uom,
                    "here": self.resolved.parameters[axis.parameter],
                    "values": axis.values.tolist(),
                }
                for name, axis in (("x", self.x), ("y", self.y))
            },
            "share": self.share().tolist(),
            "median_hours": [[None if np.isnan(cell) else cell for cell in row] for row in middle.tolist()],
        }

    def write(self, folder: Path, command: str = "") -> None:
        """Keep it in a new folder: map.json, and map.parquet with a row for each pair of values.

        Raises:
            FileExistsError: the folder exists.
        """
        intervals = np.array([share_by(runs, 24 * self.day) for row in self.hours for runs in row])
        down, across = (a.ravel() for a in np.meshgrid(self.y.values, self.x.values, indexing="ij"))
        table = {
            self.x.parameter: across,
            self.y.parameter: down,
            **dict(zip(("share", "low", "high"), intervals.T, strict=True)),
            "median_hours": self.median_hours().ravel(),
        }
        write_folder(
            folder, self.resolved, "map", self.as_dict(), {"map": table}, started=self.started, command=command
        )


def phase_map(
    scenario: Scenario | Resolved,
    x: Axis,
    y: Axis,
    *,
    runs: int = 200,
    seed: int = 1,
    day: float | None = None,
    days: float | None = None,
    workers: int = 1,
    on_progress: Progress | None = None,
) -> PhaseMap:
    """Simulate every pair of values with the same dice. Arguments as for `tipping`.

    Raises:
        ValueError: a number that makes no sense.
        KeyboardInterrupt: too little was done for a map.
    """
    resolved = explicit(scenario, days)
    day = collapse_day(resolved) if day is None else day
    if runs < 1 or not 0 < day <= resolved.days or x.parameter == y.parameter:
        raise ValueError("two parameters, at least one run, and a day within the horizon are needed")
    started, plan = time.time(), make_plan(resolved)
    versions = [
        Version(plan, {x.parameter: float(across), y.parameter: float(down)})
        for down in y.values
        for across in x.values
    ]
    hours = collapse_hours(versions, runs=runs, seed=seed, workers=workers, on_progress=on_progress)
    shaped = hours.reshape(len(y.values), len(x.values), -1)
    return PhaseMap(resolved, x, y, shaped, runs, seed, day, started)


def axis(text: str, points: int) -> Axis:
    """The axis that a text asks for: NAME, over its prior, or NAME=LOW:HIGH; `parameter.` may stand before it.

    Raises:
        ScenarioError: no such parameter, or no range within its bounds.
    """
    name, equals, span = text.removeprefix("parameter.").partition("=")

    def wrong(message: str, near: str = "") -> ScenarioError:
        return ScenarioError([Problem("--map", 0, name, message, near)])

    if name not in BY_NAME:
        raise wrong("there is no such parameter", nearest(name, list(BY_NAME)))
    row = BY_NAME[name]
    try:
        low, high = map(float, span.split(":")) if equals else row.prior
    except ValueError:
        raise wrong(f"{span!r} is not of the form LOW:HIGH") from None
    if not row.lower <= low < high <= row.upper:
        raise wrong(f"a range within {row.lower:g} to {row.upper:g} is needed, the lower value first")
    spaced = np.geomspace if row.by_ratio and low > 0 else np.linspace
    return Axis(name, spaced(low, high, points))
