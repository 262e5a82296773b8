"""Every case under one posterior: did it collapse or hold, when, and what was predicted.

The question put to each case is whether its decisive place (`capital`) was lost before the
end of the record. Cases that parameters were fitted on are told apart from those never
touched; of the latter alone can a score say something.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.baselines import always, force_ratio, leave_one_out
from calibration.checks.scores import log_score
from calibration.committed import under
from calibration.simulator import CalibrationError
from sim.ensemble import outcomes
from sim.kernels.choice import Wanted
from sim.measures import label, quantiles, share_by
from sim.measures.forecast import brier
from sim.plan import make_plan
from sim.results import provenance
from sim.scenario import Scenario, load, resolve
from sim.scenario.resolved import Resolved, with_horizon

if TYPE_CHECKING:
    import pandas as pd

CASES = Path(__file__).parent / "evidence" / "cases.csv"
SCENARIOS = Path(__file__).parent.parent / "scenarios"
FACTORS = ("manning", "leaders_flee", "head_flees", "patron_leaves", "air_arrives", "supply", "exit", "stake", "orders",
           "rumour", "hostile")  # fmt: skip
"""Columns of the factor matrix: 1 clearly present, 0 clearly absent, .5 partial or not established."""
CONTROL = "internal control"
"""What the note of an outcome says where a place held while its neighbours broke."""


@dataclass(frozen=True)
class Case:
    """A row of the table of cases.

    Attributes:
        name: folder of the scenario.
        fitted: whether parameters were fitted on it.
        collapsed: whether its decisive place was lost before the end of the record.
        until_days: the end of the record; the scenario's horizon if None.
        factors: the row of the factor matrix.
        note: what to know about it.
    """

    name: str
    fitted: bool
    collapsed: bool
    until_days: float | None
    factors: Mapping[str, float]
    note: str


@dataclass(frozen=True)
class Validation:
    """What came of all cases.

    Attributes:
        cases: a row per case: `fitted`, `collapsed`, `predicted` (probability that the decisive
            place is lost) with `low` and `high` (95 % Monte Carlo), `dice` (the same at the
            posterior's medians), `documented_low`, `documented_high`, `day_5`, `day_50`, `day_95`
            [days; NaN: not reached], `always`, `ratio`, `matrix` (the baselines' probabilities).
        controls: a row per internal control: `case`, `fitted`, `held`, `predicted` (share of runs
            that lose it by the end of the record).
        scores: a row per predictor and group of cases: `brier`, `log`, `cases`.
        runs: of each case.
        seed: of the dice.
        source: of the parameters.
        note: what the predictions are conditional on.
        scenarios: case -> SHA-256 of the explicit scenario with its draws.
        started: when [s since the epoch].
    """

    cases: pd.DataFrame
    controls: pd.DataFrame
    scores: pd.DataFrame
    runs: int
    seed: int
    source: str
    note: str
    scenarios: Mapping[str, str]
    started: float

    def as_dict(self, command: str = "") -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts, and what made them; None where there is no value."""
        plain = self.cases.astype(object).where(self.cases.notna(), None)
        made = provenance(b"", self.started, command=command, seed=self.seed)
        return {
            "note": self.note,
            "posterior": self.source,
            "runs": self.runs,
            "cases": plain.to_dict(orient="index"),
            "controls": self.controls.to_dict(orient="records"),
            "scores": self.scores.to_dict(orient="records"),
            "provenance": made | {"scenario_sha256": dict(self.scenarios)},
        }


def read_cases(path: Path = CASES) -> tuple[Case, ...]:
    """The table of cases.

    Raises:
        CalibrationError: a row is not right, with its line.
    """
    found = []
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        for row in reader:
            try:
                found.append(
                    Case(
                        row["case"],
                        {"true": True, "false": False}[row["fitted"]],
                        {"true": True, "false": False}[row["collapsed"]],
                        float(row["until_days"]) if row["until_days"] else None,
                        {name: float(row[name]) for name in FACTORS},
                        row["note"],
                    )
                )
            except (KeyError, ValueError) as error:
                raise CalibrationError(f"{path}:{reader.line_num}: {error}") from error
    return tuple(found)


def validate(
    source: str,
    *,
    runs: int = 1000,
    seed: int = 1,
    workers: int = 1,
    kernel: Wanted = "auto",
    cases: tuple[Case, ...] | None = None,
    among: tuple[Case, ...] = (),
    scenarios: Path = SCENARIOS,
    on_case: Callable[[str, int, int], object] | None = None,
) -> Validation:
    """Predict every case with draws from a posterior, and score the predictions.

    Args:
        source: a posterior (`calibration.committed.open_posterior`).
        runs: of each case, and as many at the posterior's medians.
        seed: of the dice.
        workers, kernel: see `sim.ensemble.outcomes`.
        cases: all of the table if None.
        among: more cases that the baselines learn from; nothing is simulated of them.
        scenarios: folder that holds them.
        on_case: called with a case's name, how many are done and of how many.

    Raises:
        CalibrationError: there is no such posterior, or a record ends within a step.
    """
    import pandas as pd

    started = time.time()
    asked = read_cases() if cases is None else cases
    ready = [_over_its_record(case, load(scenarios / case.name)) for case in asked]
    rows, controls, hashes, note = [], [], {}, ""
    for number, (case, (scenario, resolved)) in enumerate(zip(asked, ready, strict=True)):
        if on_case is not None:
            on_case(case.name, number, len(asked))
        drawn, centre = under(resolved, source)
        hashes[case.name], note = sha256(drawn.model_dump_json().encode()).hexdigest(), label(drawn)
        found = {
            name: outcomes(make_plan(version), runs=runs, seed=seed, workers=workers, kernel=kernel)
            for name, version in (("drawn", drawn), ("dice", centre))
        }
        rows.append(_case(case, resolved, found))
        noted = {row.place for row in scenario.file.outcome if CONTROL in row.note}
        controls += _controls(case, resolved, noted, found["drawn"])
    table = pd.DataFrame(rows).set_index("case")
    more = [case for case in among if case.name not in table.index]
    table = table.assign(**_baselines((*asked, *more), scenarios, len(asked)))
    return Validation(table, pd.DataFrame(controls), _scores(table), runs, seed, source, note, hashes, started)


def _over_its_record(case: Case, scenario: Scenario) -> tuple[Scenario, Resolved]:
    """The scenario of a case as written, and explicit up to the end of its record."""
    resolved = resolve(scenario)
    try:
        return scenario, with_horizon(resolved, case.until_days, None)
    except ValueError as error:
        raise CalibrationError(f"{case.name}: until_days: {error}") from error


def _case(case: Case, resolved: Resolved, found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    horizon = resolved.days * 24
    hours = np.asarray(found["drawn"][f"fall_{resolved.capital}"], np.float64)
    predicted, low, high = share_by(hours, horizon)
    window = next(((o.lost_from, o.lost_to) for o in resolved.outcomes if o.place == resolved.capital), (None, None))
    known = case.collapsed and window[0] is not None and window[1] is not None
    percent = (5, 50, 95)
    points = dict(zip(percent, quantiles(hours, [q / 100 for q in percent]), strict=True))
    return {
        "case": case.name,
        "fitted": case.fitted,
        "collapsed": case.collapsed,
        "predicted": predicted,
        "low": low,
        "high": high,
        "dice": share_by(np.asarray(found["dice"][f"fall_{resolved.capital}"], np.float64), horizon)[0],
        "documented_low": float(window[0] or 0) / 24 if known else np.nan,
        "documented_high": float(window[1] or 0) / 24 if known else np.nan,
        **{f"day_{q}": np.nan if hour is None else hour / 24 for q, hour in points.items()},
        "until_days": resolved.days,
    }


def _controls(case: Case, resolved: Resolved, noted: set[str], found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Places that held while their neighbours broke, or were lost apart from them."""
    horizon = resolved.days * 24
    return [
        {
            "case": case.name,
            "place": row.place,
            "fitted": case.fitted,
            "held": row.lost_from is None or row.lost_from > horizon,
            "predicted": share_by(np.asarray(found[f"fall_{row.place}"], np.float64), horizon)[0],
        }
        for row in resolved.outcomes
        if row.place in noted
    ]


def _baselines(cases: tuple[Case, ...], scenarios: Path, told: int) -> dict[str, Any]:
    """What simpler rules say of the first `told` cases, each left out of its own."""
    happened = np.array([case.collapsed for case in cases])
    matrix = np.array([[case.factors[name] for name in FACTORS] for case in cases])
    ratio = force_ratio(np.array([_log_ratio(resolve(load(scenarios / case.name))) for case in cases]))
    said = {"always": always(len(cases)), "ratio": leave_one_out(ratio, happened)}
    return {name: values[:told] for name, values in {**said, "matrix": leave_one_out(matrix, happened)}.items()}


def _log_ratio(resolved: Resolved) -> float:
    """Log of the attackers' men over the host's own."""
    own = sum((u.men_low + u.men_high) / 2 for u in resolved.units if u.controller == resolved.host and u.present)
    return float(np.log(sum((a.men_low + a.men_high) / 2 for a in resolved.axes) / own))


def _scores(table: pd.DataFrame) -> pd.DataFrame:
    """Brier and log scores of the model and the baselines, over cases never touched and over those fitted."""
    import pandas as pd

    rows = []
    for group, mask in (("never touched", ~table["fitted"]), ("fitted", table["fitted"])):
        part = table[mask]
        for name in ("predicted", "always", "ratio", "matrix"):
            p = np.clip(part[name].to_numpy(float), 0.005, 0.995)
            happened = part["collapsed"].to_numpy(bool)
            if len(part):
                rows.append(
                    {
                        "predictor": {"predicted": "model"}.get(name, name),
                        "cases": group,
                        "number": len(part),
                        "brier": np.mean([brier(q, bool(h)) for q, h in zip(p, happened, strict=True)]),
                        "log": np.mean([log_score(q, bool(h)) for q, h in zip(p, happened, strict=True)]),
                        "right": float(np.mean((p > 0.5) == happened)),
                    }
                )
    return pd.DataFrame(rows)
