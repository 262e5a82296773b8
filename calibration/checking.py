"""All checks of a fit, each as a figure and as rows of one table.

A check that a fit does not pass is a finding and stays in the table; nothing here stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from calibration.checks.compare import compare_draws, paired_difference
from calibration.checks.misspecification import misspecification
from calibration.checks.recovery import recovery
from calibration.checks.sbc import sbc
from calibration.checks.trials import Trials, nearest_rows, random_rows, run_trials
from calibration.fit import Fit, Tell
from calibration.inference import Draws
from calibration.posterior import Posterior
from calibration.predictive import by_event
from calibration.simulator import Floats, simulate
from calibration.study import MODEL, Budget, Study

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


ROLES = {"null": "null model", "alternative": "other mechanism"}
"""In words that no reader of tables takes for a missing value."""
FRESH = 3_000_000_000
"""Number of the first run of a prediction: dice that no fit has seen."""


class Check(NamedTuple):
    """One row of the table of checks."""

    check: str
    figure: str
    value: float
    reads: str
    """What the value is, and what a good one would be."""
    fine: bool | None
    """None where there is no line to draw."""


@dataclass
class Checks:
    """What was found. Tables and figures by name; `rows` is the one table."""

    rows: list[Check] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)

    def add(self, check: str, figure: str, value: float, reads: str, fine: bool | None = None) -> None:
        self.rows.append(Check(check, figure, float(value), reads, None if fine is None else bool(fine)))


def check(study: Study, fits: dict[str, Fit], budget: Budget, tell: Tell | None = None) -> Checks:
    """Check the model's fit, and hold the variants' against it.

    Args:
        study: what was fitted.
        fits: by variant, the model's among them.
        budget: how many pseudo-observations and predictive simulations.
        tell: progress.
    """
    told = tell or (lambda what, share: None)
    found, fit = Checks(), fits[MODEL]
    steps: list[tuple[str, Callable[[], None]]] = [
        ("prior predictive", lambda: _prior(found, fit, study, budget)),
        ("calibration by simulation", lambda: _trials(found, fit, study, budget)),
        ("adjusted against unadjusted", lambda: _adjustment(found, fit, budget)),
        ("posterior predictive", lambda: _posterior(found, fits, study, budget)),
        ("leaving events out", lambda: _left_out(found, fit, budget)),
        ("sampler", lambda: _sampler(found, fit)),
    ]
    for number, (name, step) in enumerate(steps):
        told(f"checking: {name}", number / len(steps))
        step()
    told("checked", 1.0)
    return found


def _prior(found: Checks, fit: Fit, study: Study, budget: Budget) -> None:
    from calibration.figures import prior_predictive

    infer = fit.inference(budget.keep)
    seen, observed = fit.observation, fit.observation.observed
    rows = random_rows(infer, min(budget.trials, len(infer.z)), study.file.seed)
    names = tuple(name for name, used in zip(seen.names, seen.used, strict=True) if used)
    missing = misspecification(infer, observed[seen.used], names, rows)
    inside = missing.summaries["below"].between(0.025, 0.975)
    found.tables["prior_predictive"] = missing.summaries
    found.figures["prior_predictive"] = prior_predictive(missing)
    found.add(
        "prior predictive",
        "prior_predictive",
        inside.mean(),
        "share of fitted summaries inside the 95 % range of the prior predictive; 1 is good",
        bool(inside.all()),
    )
    found.add(
        "misspecification",
        "prior_predictive",
        missing.farther,
        "share of simulated observations that lie farther from the table than the real one; below .05 is bad",
        missing.farther >= 0.05,
    )


def _trials(found: Checks, fit: Fit, study: Study, budget: Budget) -> None:
    from calibration.figures import recovery_scatter, sbc_curves

    infer, seen = fit.inference(budget.keep), fit.observation
    names, seed = fit.posterior.names, study.file.seed
    many = min(budget.trials, len(infer.z) // 2)
    anywhere = run_trials(infer, names, random_rows(infer, many, seed), seed)
    near = run_trials(infer, names, nearest_rows(infer, seen.observed[seen.used], many), seed)
    alone = run_trials(infer.unadjusted(), names, anywhere.rows, seed)
    for label, trials in (("adjusted", anywhere), ("unadjusted", alone)):
        ranks = sbc(trials)
        found.tables[f"sbc_{label}"] = ranks.table()
        found.figures[f"sbc_{label}"] = sbc_curves(ranks)
        found.add(
            f"simulation-based calibration, {label}",
            f"sbc_{label}",
            ranks.p.min(),
            f"smallest p over {len(names)} parameters, {many} pseudo-observations; all curves in the 95 % band is good",
            ranks.passed,
        )
    found.figures["recovery"] = recovery_scatter(anywhere)
    for label, trials in (("over the prior", anywhere), ("near the observation", near)):
        _recovered(found, label, trials)


def _recovered(found: Checks, label: str, trials: Trials) -> None:
    table = recovery(trials)
    found.tables[f"recovery {label}".replace(" ", "_")] = table
    covered = table["coverage_90"].mean()
    found.add(
        f"coverage {label}",
        "recovery",
        covered,
        "mean share of 90 % intervals that hold the truth; .9 is good",
        abs(covered - 0.9) < 0.04,
    )
    known = (table["contraction"] > 0.25).sum()
    found.add(f"parameters learned {label}", "recovery", known, "parameters with a contraction above .25")


def _adjustment(found: Checks, fit: Fit, budget: Budget) -> None:
    from calibration.figures import marginals

    infer, seen = fit.inference(budget.keep), fit.observation
    adjusted, unadjusted = infer(seen.observed[seen.used]), infer.unadjusted()(seen.observed[seen.used])
    table = compare_draws(unadjusted, adjusted, fit.posterior.names)
    found.tables["adjustment"] = table
    rejection = Posterior.of(fit.posterior.prior, unadjusted)
    found.figures["posterior"] = marginals(fit.posterior, rejection)
    found.add(
        "adjusted against unadjusted",
        "posterior",
        table["shift"].abs().max(),
        "largest shift of a mean by regression, in standard deviations; above 1 the adjustment is not to be trusted",
        table["shift"].abs().max() < 1,
    )


def _posterior(found: Checks, fits: dict[str, Fit], study: Study, budget: Budget) -> None:
    from calibration.event_figures import events_figure, variants_figure

    events = {
        name: by_event(fit.observation, predict(fit, fit.posterior.resample(budget.predictive, seed=0)))
        for name, fit in fits.items()
    }
    before = by_event(fits[MODEL].observation, fits[MODEL].table.summaries[: budget.predictive])
    found.tables["events"] = events[MODEL]
    found.tables["events_prior"] = before
    found.figures["events"] = events_figure(events[MODEL], before)
    for use, words in (("fit", "fitted events"), ("held_out", "events held out")):
        rows = events[MODEL][events[MODEL]["use"] == use]
        if len(rows):
            found.add(
                f"posterior predictive, {words}",
                "events",
                rows["met"].mean(),
                f"share of {len(rows)} events whose window the 5-95 % range meets; .9 is good",
                rows["met"].mean() >= 0.8,
            )
    table = _scores(study, events)
    found.tables["variants"] = table
    found.figures["variants"] = variants_figure(table)
    for name, row in table.iterrows():
        if name != MODEL:
            found.add(
                f"against {row['title']}",
                "variants",
                row["difference"],
                f"held-out score of the model minus that of this variant, {row['low']:.2f} to {row['high']:.2f}; "
                + (
                    "below 0 throughout: the model beats it"
                    if row["role"] == ROLES["null"]
                    else "0: the evidence cannot tell"
                ),
                row["high"] < 0 if row["role"] == ROLES["null"] else None,
            )


def _scores(study: Study, events: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Held-out scores, a row per variant, with the paired difference of the model's to each."""
    import pandas as pd

    held = {name: table[table["use"] == "held_out"]["score"].to_numpy() for name, table in events.items()}
    rows: dict[str, dict[str, Any]] = {}
    for name, table in events.items():
        rows[name] = {
            "title": study.variants[name].title,
            "role": ROLES[study.variants[name].role],
            "fitted_score": table[table["use"] == "fit"]["score"].mean(),
            "held_out_score": held[name].mean() if len(held[name]) else np.nan,
            "held_out_met": table[table["use"] == "held_out"]["met"].mean(),
            "difference": 0.0,
            "low": 0.0,
            "high": 0.0,
        }
        if name != MODEL and len(held[MODEL]) > 1:
            apart = paired_difference(held[MODEL], held[name])
            rows[name] |= {"difference": apart.mean, "low": apart.low, "high": apart.high}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("variant")


def predict(fit: Fit, theta: Floats) -> Floats:
    """(run, summary) of fresh runs with these parameters."""
    return simulate(fit.simulator, theta, FRESH, fit.observation.names)


def _left_out(found: Checks, fit: Fit, budget: Budget) -> None:
    import pandas as pd

    table = pd.DataFrame(list(_leave_one_out(fit, budget))).set_index("event")
    found.tables["left_out"] = table
    found.add(
        "leaving each fitted event out",
        "events",
        table["met"].mean(),
        f"share of {len(table)} events met by a fit that did not see them; .9 is good",
        table["met"].mean() >= 0.8,
    )


def _leave_one_out(fit: Fit, budget: Budget) -> Iterator[dict[str, Any]]:
    for name in dict.fromkeys(part.row.id for part in fit.observation.parts if part.row.use == "fit"):
        blind = fit.observation.without({name})
        draws = fit.inference(budget.keep, blind)(blind.observed[blind.used])
        theta = Posterior.of(fit.posterior.prior, draws).resample(budget.predictive // 8, seed=0)
        row = by_event(fit.observation, predict(fit, theta)).loc[name]
        yield {"event": name} | {str(key): value for key, value in row.items()}


def _sampler(found: Checks, fit: Fit) -> None:
    from calibration.figures import smc_trace

    if fit.population is None:
        return
    many = len(fit.population.z)
    sampled = Posterior.of(fit.posterior.prior, Draws(fit.population.z, np.full(many, 1 / many), 0.0))
    found.figures["smc"] = smc_trace(fit.population)
    found.add(
        "sequential Monte Carlo",
        "smc",
        sampled.ess,
        f"effective particles of {many:,} at tolerance {fit.population.tolerance:.2f} "
        f"(stopped: {fit.population.stopped}); below a tenth it stood still, and only the regression counts",
        sampled.ess >= many / 10,
    )
    apart = np.abs(sampled.z.mean(axis=0) - np.average(fit.posterior.z, axis=0, weights=fit.posterior.weights))
    found.add(
        "sequential Monte Carlo against regression",
        "smc",
        apart.max(),
        "largest difference of a mean, in prior standard deviations; above 1 the two disagree",
        bool(apart.max() < 1),
    )


def write(found: Checks, folder: Path) -> None:
    """checks.csv, a CSV per table and a PNG per figure."""
    import pandas as pd

    from sim.atomic import write_bytes, write_text

    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "checks.csv", pd.DataFrame(found.rows).to_csv(index=False, lineterminator="\n"))
    for name, table in found.tables.items():
        write_text(folder / f"{name}.csv", table.round(6).to_csv(lineterminator="\n"))
    for name, figure in found.figures.items():
        from io import BytesIO

        sink = BytesIO()
        figure.savefig(sink, format="png", dpi=110)
        write_bytes(folder / f"{name}.png", sink.getvalue())
