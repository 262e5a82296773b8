"""Who saw it coming: every sealed forecast beside the runs as they stood then, and how it scores."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.classroom.scores import scores
from sim.classroom.told import Told
from sim.measures import quantiles, share_by
from sim.measures.forecast import dots, expected_brier
from sim.measures.times import finite
from sim.report.events import moment

DOTS = 20
"""Dots of a forecast and of the runs; each stands for 5 of 100."""
LEAST_TOLD = 1.2
"""Hours: 0.0 days when rounded."""
SCORES = ("crps", "expected", "best")

Row = dict[str, Any]
Hours = NDArray[np.float64]


def foreseen(told: Told, collapse: Hours, days: list[float]) -> Row:
    """The forecasts of a class, as a page draws them: lower scores are better, CRPS in hours.

    `rows` is a row per forecast, by turn and team; `teams` the means over what of a team's could be scored;
    `worlds` the runs that had not collapsed when a turn's forecasts were sealed. `day` is the one of which the
    Brier score is told: of all named days the one by which closest to half of the runs collapse.

    Args:
        collapse: (run,) hours of what was played to the end, NaN if none.
        days: named days.
    """
    state = told.state
    day = min(days, key=lambda each: abs(share_by(collapse, 24 * each)[0] - 0.5))
    scored = scores(state.forecasts.values(), collapse, state.run, state.days * 24, [day])
    sealers = {(e.data["turn"], e.data["team"]): told.who(e.data) for e in told.entries if e.data["do"] == "seal"}
    rows = [_row(told, each, sealers[each["turn"], each["team"]]) for each in scored]
    teams = [_mean(told.team(name), [row for row in rows if row["id"] == name]) for name in state.teams]
    turns = {row["turn"]: row["hour"] for row in rows}
    return {
        "day": day,
        "lived": finite(collapse[state.run]),
        "rows": rows,
        "teams": [team for team in teams if team["forecasts"]],
        "worlds": [{"turn": turn, "dots": _dots(collapse[~(collapse <= hour)])} for turn, hour in turns.items()],
        "sentence": _sentence([team for team in teams if team["crps"] is not None], bool(rows)),
    }


def _row(told: Told, scored: Row, who: str) -> Row:
    said = dots(scored["points"], scored["hour"], many=DOTS)
    brier = scored["brier"][0] if scored["brier"] else None
    return {
        "id": scored["team"],
        "team": told.team(scored["team"]),
        "who": who,
        "turn": scored["turn"],
        "hour": scored["hour"],
        "when": moment(told.case.resolved, scored["hour"]),
        "reason": scored["reason"],
        "dots": [finite(float(hour)) for hour in said],
        **{name: scored[name] for name in SCORES},
        "brier": brier and brier | {"best": expected_brier(brier["share"], brier["share"])},
    }


def _dots(hours: Hours) -> list[float | None]:
    return quantiles(hours, [(number + 0.5) / DOTS for number in range(DOTS)]) if hours.size else []


def _mean(team: str, rows: list[Row]) -> Row:
    """The means of a team's scores; None where none could be scored."""

    def mean(values: list[float]) -> float | None:
        return float(np.mean(values)) if values else None

    counted = [row for row in rows if row["crps"] is not None]
    briers = [row["brier"] for row in counted if row["brier"] is not None]
    points = {name: mean([each[name] for each in briers]) for name in ("score", "expected", "best")}
    return {
        "team": team,
        "forecasts": len(rows),
        "scored": len(counted),
        **{name: mean([row[name] for row in counted]) for name in SCORES},
        "brier": points if briers else None,
    }


def _sentence(teams: list[Row], sealed: bool) -> str:
    """Luck apart from judgement, in one sentence."""
    if not teams:
        return "The force had collapsed before a forecast could be scored." if sealed else "No forecast was sealed."
    ranked = sorted(teams, key=_judgement)
    closest, furthest = ranked[0], ranked[-1]
    gap = f"{closest['team']} stayed {_days(_judgement(closest))} above the best possible score"
    if furthest is not closest:
        gap = f"{closest['team']} came closest to the best possible score ({_days(_judgement(closest))} above it) and "
        gap += f"{furthest['team']} stayed furthest from it ({_days(_judgement(furthest))})"
    return f"Judgement: on average over all runs {gap}; luck: this run {_luck(ranked)}."


def _judgement(team: Row) -> float:
    """How far a team's expected score lies above the least possible [h]."""
    return max(0.0, float(team["expected"] - team["best"]))


def _luck(teams: list[Row]) -> str:
    """By how much this run's scores lie below or above those that were to be expected."""
    told = []
    for verb, sign in (("spared", 1), ("cost", -1)):
        of = {team["team"]: sign * float(team["expected"] - team["crps"]) for team in teams}
        names = [f"{name} {_days(hours)}" for name, hours in of.items() if hours >= LEAST_TOLD]
        if names:
            told.append(f"{verb} {_listed(names)}")
    return " and ".join(told) or "gave every team the score that was to be expected"


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _days(hours: float) -> str:
    return f"{hours / 24:.1f} days"
