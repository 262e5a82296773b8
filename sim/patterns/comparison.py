"""Simulated beside documented: whether each pattern holds."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

from sim.measures import LABEL
from sim.patterns.simulated import MEASURES, Ensemble, NotShownError, Simulated
from sim.patterns.table import PATTERNS, Figure, Interval, Pattern
from sim.results import Result

HOLDS, MISSES, NOT_SIMULATED = "holds", "misses", "not simulated"


@dataclass(frozen=True)
class Finding:
    """A pattern and what was simulated; `simulated` is None where nothing can be compared."""

    pattern: Pattern
    simulated: Simulated | None = None
    reason: str = ""
    """Why it was not simulated."""

    @property
    def verdict(self) -> str:
        """A pattern holds if every figure of it does."""
        if self.simulated is None:
            return NOT_SIMULATED
        inside = (is_held(f, value) for f, value in zip(self.pattern.figures, self.simulated.figures, strict=True))
        return HOLDS if all(inside) else MISSES


def is_held(figure: Figure, value: float) -> bool:
    """Whether a simulated value lies in the range written down for it."""
    low, high = figure.held
    return low <= value <= high


def compare(result: Result) -> list[Finding]:
    """All patterns against an ensemble, in the order of the table."""
    ensemble = Ensemble(result)
    return [_finding(pattern, ensemble) for pattern in PATTERNS]


def _finding(pattern: Pattern, ensemble: Ensemble) -> Finding:
    if pattern.not_simulated:
        return Finding(pattern, reason=pattern.not_simulated)
    if pattern.case and pattern.case != ensemble.result.resolved.name:
        return Finding(pattern, reason=f"only the case {pattern.case} can show it")
    try:
        return Finding(pattern, MEASURES[pattern.id](ensemble))
    except NotShownError as error:
        return Finding(pattern, reason=str(error))


def as_dict(result: Result, findings: list[Finding]) -> dict[str, Any]:
    """What `rout patterns --json` prints. None: not documented as a number, no bound, not reached."""
    verdicts = [finding.verdict for finding in findings]
    return {
        "scenario": result.resolved.name,
        "runs": result.runs,
        "seed": result.seed,
        "step_hours": result.resolved.step_hours,
        "note": LABEL,
        "counts": {verdict: verdicts.count(verdict) for verdict in (HOLDS, MISSES, NOT_SIMULATED)},
        "patterns": [_pattern(finding) for finding in findings],
    }


def _pattern(finding: Finding) -> dict[str, Any]:
    pattern, simulated = finding.pattern, finding.simulated
    values = simulated.figures if simulated else (None,) * len(pattern.figures)
    return {
        "id": pattern.id,
        "title": pattern.title,
        "documented": pattern.documented,
        "source": pattern.source,
        "verdict": finding.verdict,
        "reason": finding.reason or None,
        "remark": (simulated.remark if simulated else "") or None,
        "figures": [_figure(figure, value) for figure, value in zip(pattern.figures, values, strict=True)],
    }


def _figure(figure: Figure, value: float | None) -> dict[str, Any]:
    def finite(ends: Interval) -> list[float | None]:
        return [end if isfinite(end) else None for end in ends]

    return {
        "name": figure.name,
        "uom": figure.uom,
        "documented": finite(figure.documented) if figure.documented else None,
        "held": finite(figure.held),
        "why": figure.why,
        "simulated": value if value is not None and isfinite(value) else None,
        "inside": None if value is None else is_held(figure, value),
    }
