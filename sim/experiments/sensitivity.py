"""Which factors move the outcome: Morris' effects or Sobol' indices over a sweep, and how much is the dice.

The sample is a design of the sweep, so that it is kept, and can be taken up again or shared among machines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple

import numpy as np

from sim.atomic import write_text
from sim.experiments.indices import MOVE, RESAMPLES, Floats, Parts, Result, morris, sobol, variance_parts
from sim.experiments.point_measure import COLUMNS, Measure, Sample
from sim.experiments.sweep import Sweep, SweepFolder, prepare
from sim.experiments.sweep.factors import parameter_of
from sim.experiments.sweep.folder import as_json
from sim.measures import CONFIDENCE, LABEL
from sim.parameters import BY_NAME, FREE
from sim.results import ResultError
from sim.scenario.problems import Problem, ScenarioError

Method = Literal["morris", "sobol"]
DESIGNS: dict[Method, str] = {"morris": "morris", "sobol": "saltelli"}
"""Method -> design of the sweep."""
FORMAT = 1
"""Of sensitivity-….json."""
RESOLVED = 0.1
"""An index counts as resolved if its 95 % interval is no wider than ± this."""
END = 0.25
"""What is called the low (high) end: this share of the points, with the lowest (highest) values."""


@dataclass(frozen=True)
class Study:
    """What is asked for.

    Attributes:
        scenario: name, file or folder.
        method: how.
        factors: KEY or KEY=LOW:HIGH each, `switch.ID` or `account.ID`; the parameters to calibrate if none.
        points: trajectories of Morris, or pairs of points of Saltelli.
        runs: of each design point.
        seed: of all draws, and of the sample.
        days: horizon instead of the scenario's own.
        set, without, account: what holds at every point.
    """

    scenario: str
    method: Method
    factors: tuple[str, ...] = ()
    points: int = 20
    runs: int = 100
    seed: int = 1
    days: float | None = None
    set: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    account: Mapping[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """Its factors, as given or by default."""
        return self.factors or tuple(parameter.name for parameter in FREE if parameter.role == "calibrate")

    def sweep_file(self) -> str:
        """The sweep as a file that `rout sweep` takes too.

        Raises:
            ScenarioError: a factor is not of the form.
        """
        top = {"scenario": self.scenario, "runs": self.runs, "seed": self.seed, "days": self.days}
        top |= {"columns": list(COLUMNS), "without": list(self.without)}
        design = {"kind": DESIGNS[self.method], "points": self.points, "seed": self.seed}
        tables = [("", top), ("[set]", self.set), ("[account]", self.account), ("[design]", design)]
        return "\n".join(_table(*each) for each in [*tables, *(("[[factor]]", _factor(key)) for key in self.keys)])


def _table(head: str, values: Mapping[str, Any]) -> str:
    lines = [f"{json.dumps(name)} = {_toml(value)}" for name, value in values.items() if value is not None]
    return "\n".join([*([head] if head else []), *lines, ""])


def _toml(value: Any) -> str:
    return repr(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def _factor(text: str) -> dict[str, Any]:
    """The row of a factor."""
    key, equals, span = text.partition("=")
    kind, dot, target = key.partition(".")
    if dot and kind in ("switch", "account"):
        if equals:
            raise ScenarioError([Problem("--factor", 0, key, f"a {kind} takes no range")])
        return {kind: target}
    if not equals:
        return {"key": key}
    try:
        low, high = map(float, span.split(":"))
    except ValueError:
        raise ScenarioError([Problem("--factor", 0, key, f"{span!r} is not of the form LOW:HIGH")]) from None
    parameter = BY_NAME.get(parameter_of(key))
    log = parameter is not None and parameter.by_ratio and low > 0
    return {"key": key, "low": low, "high": high, "scale": "log" if log else "linear"}


def prepare_study(study: Study) -> Sweep:
    """The sweep of a study, checked.

    Raises:
        ScenarioError: with every problem, each at the option that causes it.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{study.method}.toml"
        try:
            file.write_text(study.sweep_file(), encoding="utf-8")
        except UnicodeEncodeError:
            raise ScenarioError([Problem("rout sensitivity", 0, "", "an option is not UTF-8 text")]) from None
        try:
            return prepare(file)
        except ScenarioError as error:
            raise ScenarioError([_told(study, p) if p.file == str(file) else p for p in error.problems]) from None


def _told(study: Study, problem: Problem) -> Problem:
    """A problem of the file that nobody wrote, at the option that was given."""
    first, *rest = problem.field.split(".")
    if first == "factor" and rest:
        return Problem("--factor", 0, study.keys[int(rest[0]) - 1], problem.message, problem.nearest)
    if first in ("set", "without", "account"):
        return Problem(f"--{first}", 0, ".".join(rest), problem.message, problem.nearest)
    flag = {"design": "--points", "scenario": "SCENARIO", "": "rout sensitivity"}.get(first, f"--{first}")
    return Problem(flag, 0, "", problem.message, problem.nearest)


class Row(NamedTuple):
    """What is told of one factor.

    Attributes:
        indices: name -> (value, half the width of its 95 % interval, NaN where none is told).
        low_end, high_end: the measure where the factor is low, and where it is high; by Morris' method half of
            the mean change of a move to either side of the mean over all points.
        change: from low to high, with half its interval.
        resolved: whether runs and points were enough: its indices are known to within `RESOLVED`, or its effects
            are told apart from the dice.
    """

    factor: str
    indices: dict[str, tuple[float, float]]
    low_end: float
    high_end: float
    change: tuple[float, float]
    resolved: bool

    @property
    def weight(self) -> float:
        """By which factors are ordered."""
        value = self.indices["total" if "total" in self.indices else "mu_star"][0]
        return value if np.isfinite(value) else 0.0


@dataclass(frozen=True)
class Sensitivity:
    """What a sweep tells of its factors.

    Attributes:
        folder: the sweep.
        measure: what of it.
        method: how.
        base: trajectories, or pairs of points.
        mean: of the measure over all points.
        parts: of the variance between single runs.
        parts_interval: 95 %, of the factors' part.
        noise: share of the variance of the measure between points that is the dice's; NaN by Morris' method.
        rows: the most influential factor first.
    """

    folder: SweepFolder
    measure: Measure
    method: Method
    base: int
    mean: float
    parts: Parts
    parts_interval: tuple[float, float]
    noise: float
    rows: tuple[Row, ...]

    @property
    def unresolved(self) -> list[str]:
        """Factors of which the sweep does not tell enough."""
        return [row.factor for row in self.rows if not row.resolved]

    @property
    def name(self) -> str:
        """Of its files."""
        return f"sensitivity-{self.measure.text.replace(':', '-')}"

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts; shares from 0 to 1, times in days, None where nothing is told."""
        told = self.folder.explicit
        return {
            "format": FORMAT,
            "note": LABEL,
            "scenarios": list(told["scenarios"]),
            "measure": self.measure.text,
            "method": self.method,
            "points": told["design"]["points"],
            "base": self.base,
            "runs": told["runs"],
            "seed": told["seed"],
            "mean": self.mean,
            "variance": {
                "factors": self.parts.factors,
                "factors_low": self.parts_interval[0],
                "factors_high": self.parts_interval[1],
                "dice": self.parts.dice,
                "both": self.parts.both,
            },
            "noise": _plain(self.noise),
            "factors": [
                {
                    "factor": row.factor,
                    **{
                        f"{name}{end}": _plain(value + side * half if side else value)
                        for name, (value, half) in row.indices.items()
                        for end, side in (("", 0), ("_low", -1), ("_high", 1))
                        if not side or np.isfinite(half) or not np.isfinite(value)
                    },
                    "low_end": _plain(row.low_end),
                    "high_end": _plain(row.high_end),
                    "change": _plain(row.change[0]),
                    "change_low": _plain(row.change[0] - row.change[1]),
                    "change_high": _plain(row.change[0] + row.change[1]),
                    "resolved": row.resolved,
                }
                for row in self.rows
            ],
        }

    def write(self) -> Path:
        """Keep it beside the sweep, one file for each measure; returns the file."""
        path = self.folder.path / f"{self.name}.json"
        write_text(path, as_json(self.as_dict()))
        return path


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def analyse(folder: SweepFolder, measure: Measure) -> Sensitivity:
    """Sensitivity of a measure over a complete sweep of one of the two designs.

    Raises:
        ResultError: the sweep is of another design, not complete, too small, or does not have what is needed.
    """
    told = folder.explicit
    methods: dict[str, Method] = {design: method for method, design in DESIGNS.items()}
    kind = told["design"]["kind"]
    if kind not in methods:
        wanted = " or ".join(methods)
        raise ResultError(f"{folder.path}: its design is {kind}; sensitivity needs {wanted}")
    runs = Sample.of(folder, measure).runs(measure)
    facts = told["factors"]
    base = len(runs) // (len(facts) + (1 if kind == "morris" else 2))
    if base < 2 or runs.shape[1] < 2:
        raise ResultError(f"{folder.path}: needs at least 2 points and 2 runs of each")
    values = Result.of(runs, measure.average)
    places = _positions(folder)
    blocks = runs.reshape(base, -1, runs.shape[1])
    if kind == "morris":
        rows, noise = _morris_rows(facts, values, places), np.nan
    else:
        rows, noise = _sobol_rows(facts, values, places)
        blocks = blocks[:, [0, -1]]  # the two that are independent of each other
    rows.sort(key=lambda row: -row.weight)
    parts = variance_parts(blocks.reshape(-1, runs.shape[1]))
    mean = float(values.values.mean())
    return Sensitivity(
        folder, measure, methods[kind], base, mean, parts, _parts_interval(blocks), noise, tuple(rows)
    )  # fmt: skip


def _positions(folder: SweepFolder) -> Floats:
    """(point, factor) values, or their place in the list of values."""
    columns = []
    for facts in folder.explicit["factors"]:
        cells = folder.points[facts["name"]].to_pylist()
        columns.append([facts["values"].index(cell) for cell in cells] if "values" in facts else cells)
    return np.array(columns, np.float64).T


def _morris_rows(facts: Sequence[dict[str, Any]], values: Result, places: Floats) -> list[Row]:
    found = morris(values, places)
    mean, least, most = (float(each) for each in (values.values.mean(), values.values.min(), values.values.max()))
    rows = []
    for i, factor in enumerate(facts):
        # Between values of a list there is no range to scale to: the move is the whole of it.
        scale = MOVE if "values" in factor else 1.0
        size, mu = (tuple(scale * float(part[i]) for part in each) for each in (found.mu_star, found.mu))
        floor = scale * float(found.floor[i])
        indices = {
            "mu_star": (size[0], size[1]),
            "mu": (mu[0], mu[1]),
            "sigma": (scale * float(found.sigma[i]), np.nan),
            "floor": (floor, np.nan),
        }
        change = MOVE * float(found.mu.value[i]), MOVE * float(found.mu.half[i])
        # Each factor was moved elsewhere: only the change is comparable. No end lies beyond what any point has.
        low, high = np.clip([mean - change[0] / 2, mean + change[0] / 2], least, most)
        rows.append(Row(factor["name"], indices, float(low), float(high), change, bool(found.apart[i])))
    return rows


def _sobol_rows(facts: Sequence[dict[str, Any]], values: Result, places: Floats) -> tuple[list[Row], float]:
    found = sobol(values, len(facts))
    rows = []
    for i, factor in enumerate(facts):
        indices = {
            name: (float(each.value[i]), float(each.half[i])) for name, each in
            (("first", found.first), ("total", found.total))
        }  # fmt: skip
        low, high, half = _ends(values.values, places[:, i], len(facts) + 2)
        resolved = max(half for _, half in indices.values()) <= RESOLVED
        rows.append(Row(factor["name"], indices, low, high, (high - low, half), resolved))
    return rows, found.noise


def _ends(values: Floats, places: Floats, block: int) -> tuple[float, float, float]:
    """Mean where a factor is low, where it is high, and half the 95 % interval of the difference."""
    low, high = np.quantile(places, [END, 1 - END], method="inverted_cdf")
    here = np.array([places <= low, places >= high], np.float64)
    sums, counts = ((here * each).reshape(2, -1, block).sum(axis=2) for each in (values, 1.0))
    weights = _resampled(sums.shape[1])
    with np.errstate(invalid="ignore"):
        again = (weights @ sums.T) / (weights @ counts.T)
    ends = sums.sum(axis=1) / counts.sum(axis=1)
    low_end, high_end = np.nanquantile(again[:, 1] - again[:, 0], _TAILS)
    return float(ends[0]), float(ends[1]), float(high_end - low_end) / 2


def _parts_interval(blocks: Floats) -> tuple[float, float]:
    """95 % interval of the factors' part; (block, point, run) blocks are resampled."""
    dice = np.random.default_rng(1)
    chosen = dice.integers(len(blocks), size=(RESAMPLES // 2, len(blocks)))
    again = [variance_parts(blocks[rows].reshape(-1, blocks.shape[2])).factors for rows in chosen]
    low, high = np.quantile(again, _TAILS)
    return float(low), float(high)


_TAILS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)


def _resampled(many: int) -> Floats:
    """(resample, item) how often each item is drawn."""
    drawn = np.random.default_rng(1).multinomial(many, np.full(many, 1 / many), size=RESAMPLES)
    return np.asarray(drawn, np.float64)
