"""Posteriors that come with the model, and those that lie elsewhere."""

from __future__ import annotations

from pathlib import Path

from calibration.posterior import Posterior
from calibration.simulator import CalibrationError
from sim.scenario.draws import with_draws
from sim.scenario.resolved import Resolved

FOLDER = Path(__file__).parent / "posteriors"
MOST_DRAWS = 2000
"""Draws that a result keeps."""


def names() -> list[str]:
    """Of the posteriors that come with the model."""
    return sorted(path.stem for path in FOLDER.glob("*.csv"))


def open_posterior(name: str | Path) -> Posterior:
    """One that comes with the model, by its name, or any other, by its path with or without .csv.

    Raises:
        CalibrationError: there is none, or it cannot be read.
    """
    path = FOLDER / str(name) if str(name) in names() else Path(name)
    path = path.with_suffix("") if path.suffix in (".csv", ".json") else path
    if not path.with_name(path.name + ".csv").exists():
        there = ", ".join(names()) or "none"
        raise CalibrationError(f"there is no posterior {str(name)!r}; those that come with the model: {there}")
    return Posterior.load(path)


def under(resolved: Resolved, name: str | Path) -> tuple[Resolved, Resolved]:
    """(with a draw of the posterior for each run, with its medians for all runs).

    What the scenario itself sets stays in both.
    """
    posterior = open_posterior(name)
    theta = posterior.theta
    if len(set(posterior.weights.tolist())) > 1 or len(theta) > MOST_DRAWS:
        theta = posterior.resample(min(MOST_DRAWS, len(theta)), seed=0)
    columns = {each: theta[:, number].tolist() for number, each in enumerate(posterior.names)}
    drawn = with_draws(resolved, str(name), columns)
    free = set() if drawn.draws is None else set(drawn.draws.values)
    medians = posterior.summary()["median"]
    centre = {each: float(medians[each]) for each in free}
    return drawn, resolved.model_copy(update={"parameters": resolved.parameters | centre})
