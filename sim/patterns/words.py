"""Figures and ranges as text."""

from __future__ import annotations

from math import isfinite, isinf

from sim.patterns.table import Interval

PERCENT = "share"


def value(number: float, uom: str) -> str:
    """A number with its unit of measure; shares in per cent."""
    return _plain(number, uom, digits=3) + _unit(uom) if isfinite(number) else "not reached"


def interval(ends: Interval | None, uom: str) -> str:
    """From the one to the other, or a bound, or a single number; a dash without any."""
    if ends is None:
        return "–"
    low, high = (_plain(end, uom) for end in ends)
    unit = _unit(uom)
    if low == high:
        return low + unit
    if isinf(ends[1]) or (uom == PERCENT and ends[1] == 1):
        return f"≥ {low}{unit}"
    if uom == PERCENT and ends[0] == 0:
        return f"≤ {high}{unit}"
    return f"{low} to {high}{unit}"


def percent(share: float) -> str:
    """A share in whole per cent."""
    return f"{100 * share:.0f} %"


def _plain(number: float, uom: str, digits: int = 6) -> str:
    return f"{100 * number if uom == PERCENT else number:.{digits}g}"


def _unit(uom: str) -> str:
    return {PERCENT: " %", "1/h": " /h", "h": " h", "day": " d"}.get(uom, "")
