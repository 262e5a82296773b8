"""A small made-up ensemble with the tables of a result folder, for drawing.

Run r melts along a logistic curve around an hour of its own; everything else (places,
units, histogram, men by status) follows from that curve, so that the tables agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.scenario.resolved import (
    Resolved,
    ResolvedLink,
    ResolvedOutcome,
    ResolvedPatron,
    ResolvedPlace,
    ResolvedUnit,
)
from sim.state import Status

DAYS, STEP, MEN = 20.0, 2.0, 1000.0
EXITS = [status for status in Status if Status.WITHDRAWING < status < Status.ABSENT]
WEIGHTS = (0.4, 0.2, 0.1, 0.1, 0.15, 0.05)
PLACES = [  # id, kind, lat, lon, holder
    ("NORTHGATE", "provincial capital", 36.2, 37.2, "gov"),
    ("NORTHFIELD", "airbase", 36.15, 37.3, "gov"),
    ("BRIDGE", "town", 35.6, 36.8, "gov"),
    ("MIDTOWN", "provincial capital", 35.1, 36.75, "gov"),
    ("CROSSING", "city", 34.7, 36.7, "gov"),
    ("HARBOUR", "provincial capital", 34.9, 35.9, "gov"),
    ("CAPITAL", "capital", 33.5, 36.3, "gov"),
    ("SOUTHEND", "provincial capital", 32.6, 36.1, "gov"),
    ("CAMP", "base", 35.9, 36.6, "opp"),
    ("EASTBANK", "provincial capital", 35.3, 40.1, "east"),
]
UNITS, CONTINGENTS = 20, 3
"""The last units belong to a patron."""
DOCUMENTED = {"NORTHGATE": (66, 84), "BRIDGE": (24, 78), "MIDTOWN": (195, 200), "CROSSING": (253, 261),
              "CAPITAL": (261, 264), "HARBOUR": (None, None)}  # fmt: skip


@dataclass
class Tables:
    """What the figures read of a result."""

    resolved: Resolved
    centres: np.ndarray
    hours: float

    @property
    def runs(self) -> int:
        return len(self.centres)

    @property
    def provenance(self) -> dict[str, Any]:
        return {"seed": 7}

    @property
    def grid(self) -> np.ndarray:
        return np.arange(0, self.hours + STEP / 2, STEP)

    def melted(self) -> np.ndarray:
        """(run, hour) strength as a share of its start."""
        return 1 / (1 + np.exp((self.grid - self.centres[:, None]) / 18))

    def outcomes(self, columns: list[str] | None = None) -> pd.DataFrame:
        below = {p: self._first(self.melted() < p / 100) for p in (40, 25, 15)}
        table = pd.DataFrame({"run": np.arange(self.runs), "collapse_hour": below[25]})
        table["capital_hour"] = below[15]
        for p, hours in below.items():
            table[f"strength_{p}_hour"] = hours
        broke = np.isfinite(below[40])
        table["first_break"] = np.where(broke, np.where(np.arange(self.runs) % 3, "u1", "u0"), None)
        table["largest_cascade"] = np.where(broke, 1 + np.arange(self.runs) ** 2 % 17, 0)
        for i, place in enumerate(self.resolved.places):
            fell = self.centres - 150 + 25 * i
            table[f"fall_{place.id}"] = np.where((fell <= self.hours) & (place.holder == "gov"), fell, np.nan)
        return table if columns is None else table[columns]

    def _first(self, below: np.ndarray) -> np.ndarray:
        return np.where(below.any(axis=1), self.grid[below.argmax(axis=1)], np.nan)

    def strength(self) -> pd.DataFrame:
        bins = (self.melted() * 200).astype(int)
        rows = [(hour, b, n) for hour, column in zip(self.grid, bins.T, strict=True)
                for b, n in zip(*np.unique(column, return_counts=True), strict=True)]  # fmt: skip
        return pd.DataFrame(rows, columns=["hour", "bin", "runs"])

    def fates(self) -> pd.DataFrame:
        mean = self.melted().mean(axis=0)
        total = MEN * len(self.resolved.units)
        share = {Status.HOLDING: mean**2, Status.WAVERING: 0.6 * mean * (1 - mean),
                 Status.WITHDRAWING: 0.4 * mean * (1 - mean)}  # fmt: skip
        share |= {status: (1 - mean) * w for status, w in zip(EXITS, WEIGHTS, strict=True)}
        rows = [(hour, status.label, total * s[i], len(self.resolved.units) * s[i])
                for i, hour in enumerate(self.grid) for status, s in share.items()]  # fmt: skip
        return pd.DataFrame(rows, columns=["hour", "status", "men", "units"])

    def replay(self, run: int) -> SimpleNamespace:
        breaks = self.centres[run] - 60 + 8 * np.arange(len(self.resolved.units))[:, None]
        after = self.grid - breaks
        exits = np.array([EXITS[u % len(EXITS)] for u in range(len(breaks))])[:, None]
        status = np.where(after < 0, Status.HOLDING, np.where(after < 24, Status.WAVERING, exits))
        names = sorted(self.resolved.roles)
        control = np.array([np.where(self.grid < self.centres[run] - 150 + 25 * i, names.index(p.holder),
                                     names.index("opp" if p.holder == "gov" else p.holder))
                            for i, p in enumerate(self.resolved.places)])  # fmt: skip
        index = {p.id: i for i, p in enumerate(self.resolved.places)}
        place_of = np.repeat([[index[u.place]] for u in self.resolved.units], len(self.grid), axis=1)
        return SimpleNamespace(hours=self.grid, status=status.astype(np.int8), place_of=place_of,
                               control=control.astype(np.int8), men=np.full(status.shape, MEN),
                               strength=self.melted()[run])  # fmt: skip


def make(runs: int = 200, centre: float = 230.0, documented: bool = True) -> Tables:
    """An ensemble that melts around `centre` [h]; far beyond the horizon, none of it collapses."""
    places = sorted(
        (ResolvedPlace(id=i, name=i.title(), kind=kind, region="r", lat=lat, lon=lon, holder=holder,
                       terrain=1, supply_source=False, depot=False, protected=False, rises=None)
         for i, kind, lat, lon, holder in PLACES), key=lambda p: p.id)  # fmt: skip
    links = [ResolvedLink(from_place=a[0], to_place=b[0], road="", km=50, front_km=50, open=True)
             for a, b in pairwise(PLACES)]  # fmt: skip
    held = [p[0] for p in PLACES if p[4] == "gov"]
    backed = [i >= UNITS - CONTINGENTS for i in range(UNITS)]
    units = [ResolvedUnit(id=f"u{i}", name=f"Unit {i}", kind="contingent" if backed[i] else "regular",
                          controller="gov", patron="ally" if backed[i] else None, formation="army",
                          place=held[i % len(held)], men_low=MEN, men_high=MEN, assumed=False, quality=1,
                          elite=False, motorised=False, morale=0.5, loyalty=0.5, supply=3, supply_cap=3,
                          present=True, confidence="C")
             for i in range(UNITS)]  # fmt: skip
    outcomes = [ResolvedOutcome(place=place, contact=None, lost_from=start, lost_to=end, basis="",
                                how="", confidence="B", source="")
                for place, (start, end) in DOCUMENTED.items() if documented]  # fmt: skip
    resolved = Resolved.model_construct(
        axes=(),
        name="made_up", title="Made up", start="2024-11-27T04:00:00+03:00", days=DAYS, step_hours=STEP,
        capital="CAPITAL", host="gov", collapse_share=0.25,
        roles={"gov": "host", "opp": "attacker", "east": "third_party"},
        patrons=(ResolvedPatron(id="ally", name="Allia", commitment=1, weight=1, trust=1, air=False),),
        controller_names={"gov": "Government", "opp": "Opposition", "east": "Eastern administration"},
        places=tuple(places), links=tuple(links), units=tuple(units), outcomes=tuple(outcomes),
    )  # fmt: skip
    # Quantiles of a normal distribution rather than draws: the same ensemble everywhere.
    spread = np.interp((np.arange(runs) + 0.5) / runs, [0, 0.1, 0.5, 0.9, 1], [-70, -35, 0, 45, 90])
    return Tables(resolved, centre + spread, DAYS * 24)


@pytest.fixture(params=["usual", "one run", "no collapse", "undocumented"])
def result(request: pytest.FixtureRequest) -> Tables:
    """The usual ensemble and the empty cases."""
    return {"usual": make(), "one run": make(runs=1), "no collapse": make(centre=2000.0),
            "undocumented": make(documented=False)}[request.param]  # fmt: skip


@pytest.fixture
def usual() -> Tables:
    return make()


@pytest.fixture
def calm() -> Tables:
    """Nothing collapses, nothing breaks, nothing falls."""
    return make(centre=2000.0)
