"""Why a unit is as it is: the contributions to its quit index, and who broke before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.state import Status

if TYPE_CHECKING:
    from sim.agents.places import Place
    from sim.agents.unit import UnitAgent


@dataclass(frozen=True)
class Contribution:
    """One term of the quit index. Above 0 it pushes to leave, below 0 it keeps the unit where it is."""

    term: str
    value: float
    words: str

    def __str__(self) -> str:
        return f"{self.value:+.2f}  {self.words}"


@dataclass(frozen=True)
class Explanation:
    """A unit's quit index, taken apart.

    Attributes:
        contributions: largest first; they add up to `index`, unless that is at its limit.
    """

    unit: str
    hour: float
    status: Status
    index: float
    morale: float
    contributions: tuple[Contribution, ...]

    def __str__(self) -> str:
        head = f"{self.unit}, {self.status.label}, hour {self.hour:g}: "
        head += f"quit index {self.index:+.2f}, morale {self.morale:.2f}"
        return "\n".join([head, *(f"  {each}" for each in self.contributions)])


@dataclass(frozen=True)
class Break:
    """A unit left without orders. The hour is the end of the step in which it did."""

    hour: float
    status: Status
    place: Place
    why: Explanation


@dataclass(frozen=True)
class Precursor:
    """A unit that broke before another, and the layers through which that one could see it."""

    unit: str
    hour: float
    status: Status
    place: str
    layers: tuple[str, ...]
    before: float
    """Hours between the two breaks, or up to now where the other has not broken."""

    def __str__(self) -> str:
        what = f"hour {self.hour:g}: {self.unit} {self.status.label} at {self.place}"
        return f"{what}, {self.before:g} h before (same {', '.join(self.layers)})"


_WORDS = {
    "pressure": "attackers here: pressure {pressure:.2f}",
    "envelopment": "neighbouring places lost, or no way out: {flank:.0%}",
    "casualties": "men lost: {lost:.0%}",
    "supply": "want of supply: {want:.0%}",
    "comrades": "comrades it believes to hold: {belief:.0%}",
    "leaderless": "{command}",
    "fatigue": "fatigue: {fatigue:.2f}",
    "allies": "help it trusts in: {support:.2f} (0.50 counts nothing)",
    "loyalty": "loyalty: {loyalty:.2f} (0.50 counts nothing)",
    "way_out": "a safe way out it sees: {safety:.2f}",
    "shock": "shock of what has happened",
    "disposition": "its own nature: starting morale {morale:.2f}, and frailty",
}


def explain(unit: UnitAgent) -> Explanation:
    """The explanation of a unit's index as last weighed."""
    values = {**unit.terms._asdict(), "disposition": unit.disposition}
    seen = {name: float(value) for name, value in unit.weighed.items()}
    seen |= {"lost": 1 - seen["strength"], "morale": unit.row.morale}
    command = "no commander" if seen["leaderless"] else "commander present"
    contributions = [
        Contribution(term, float(value), _WORDS[term].format(**seen, command=command)) for term, value in values.items()
    ]
    contributions.sort(key=lambda each: -each.value)
    return Explanation(
        unit.id, unit.weighed_at, unit.status, float(unit.index), float(unit.morale), tuple(contributions)
    )


def precursors(unit: UnitAgent) -> list[Precursor]:
    """Who broke before this unit where it could see it, latest first."""
    model = unit.model
    until = unit.broke.hour if unit.broke else model.end_of_step
    where = unit.broke.place if unit.broke else unit.place
    found = []
    for other in model.units.values():
        broke = other.broke
        if other is unit or broke is None or broke.hour >= until:
            continue
        layers = {
            "place": broke.place is where,
            "formation": model.formation_of[other.id] == model.formation_of[unit.id],
            "patron": unit.patron is not None and other.patron is unit.patron,
            "nation": other.row.controller == unit.row.controller,
        }
        through = tuple(layer for layer, shared in layers.items() if shared)
        if through:
            found.append(Precursor(other.id, broke.hour, broke.status, broke.place.id, through, until - broke.hour))
    return sorted(found, key=lambda each: (-each.hour, each.unit))
