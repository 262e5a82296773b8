"""From coded factors to starting values: one table for all cases, written before any fit.

What is known of a force before the first shot is coded in a few words (`Factors`). The
table turns the words into the starting morale, loyalty, safety and supply of its units and
the standing of its patrons, wherever the file leaves these empty. A formation may be coded
apart from the force; what it does not say it has from the formation above. All sizes are
judgement; only their order follows the cases (docs/rubric.md).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from sim.scenario.schema import Factors, Formation, Patron, Unit

REFERENCE_MORALE = REFERENCE_LOYALTY = 0.5
"""Of a unit of which nothing is known."""


class Shift(NamedTuple):
    """What a word adds to starting morale and loyalty (shares)."""

    morale: float = 0.0
    loyalty: float = 0.0


class Standing(NamedTuple):
    """Commitment and trust of a patron at the start (shares)."""

    commitment: float
    trust: float


MANNING = {"full": Shift(0.10), "thin": Shift(0.03), "hollow": Shift(-0.05)}
"""Ghost soldiers and graft: those present know who is not."""
LEADERSHIP = {"resident": Shift(0.07, 0.05), "mixed": Shift(), "distant": Shift(-0.07, -0.10)}
"""Whether commanders stay with their men and are trusted."""
STAKE = {"high": Shift(0.0, 0.20), "mixed": Shift(), "low": Shift(0.0, -0.15)}
"""Whether defenders expect death or expulsion of their own people if they lose."""
ELITE = Shift(0.12, 0.10)
"""Picked and trained units."""
CONTINGENT = Shift(0.10, 0.25)
"""Foreign contingents: from the reference, whatever the host's factors."""
SAFETY = {"open": 0.5, "partial": 0.25, "closed": 0.0}
"""Exit: whether there is a safe way out of the war (home, a border, a deal)."""
SUPPLY = {"open": 1.0, "strained": 0.67, "cut": 0.33}
"""Share of the cap on stocks at the start."""
BACKING = {"committed": Standing(0.8, 0.8), "reserved": Standing(0.45, 0.6), "absent": Standing(0.2, 0.4)}

UNKNOWN = Standing(0.6, 0.7)
"""A patron of which nothing is known."""


def factors_of(formation: str, formations: dict[str, Formation], force: Factors) -> Factors:
    """Factors of a formation: its own, else of the one above it, else of the force."""
    said: dict[str, object] = {}
    at: str | None = formation
    while at is not None:
        said = {**formations[at].factors.model_dump(exclude_none=True), **said}
        at = formations[at].parent
    return Factors.model_validate({**force.model_dump(exclude_none=True), **said})


def morale(unit: Unit, factors: Factors) -> float:
    """Starting morale of a unit, as written or by the rubric."""
    return _value(unit.morale, REFERENCE_MORALE, [shift.morale for shift in _shifts(unit, factors)])


def loyalty(unit: Unit, factors: Factors) -> float:
    """Starting loyalty of a unit, as written or by the rubric."""
    return _value(unit.loyalty, REFERENCE_LOYALTY, [shift.loyalty for shift in _shifts(unit, factors)])


def safety(unit: Unit, factors: Factors) -> float:
    """Perceived safety of quitting at the start, as written or by the rubric."""
    if unit.safety is not None:
        return unit.safety
    return 0.0 if factors.exit is None or unit.kind == "contingent" else SAFETY[factors.exit]


def supply(unit: Unit, factors: Factors) -> float:
    """Days of supply at the start, as written or by the rubric."""
    if unit.supply is not None:
        return unit.supply
    return unit.supply_cap * (1.0 if factors.supply is None else SUPPLY[factors.supply])


def standing(patron: Patron, factors: Factors) -> Standing:
    """Commitment and trust of a patron at the start, as written or by the rubric."""
    known = UNKNOWN if factors.backing is None else BACKING[factors.backing]
    return Standing(
        known.commitment if patron.commitment is None else patron.commitment,
        known.trust if patron.trust is None else patron.trust,
    )


def _shifts(unit: Unit, factors: Factors) -> list[Shift]:
    if unit.kind == "contingent":
        return [CONTINGENT]
    said: list[tuple[Literal["manning", "leadership", "stake"], dict[str, Shift]]] = [
        ("manning", MANNING),
        ("leadership", LEADERSHIP),
        ("stake", STAKE),
    ]
    shifts = [table[word] for name, table in said if (word := getattr(factors, name)) is not None]
    return [*shifts, ELITE] if unit.elite else shifts


def _value(written: float | None, reference: float, shifts: list[float]) -> float:
    return round(min(max(reference + sum(shifts), 0.0), 1.0), 6) if written is None else written
