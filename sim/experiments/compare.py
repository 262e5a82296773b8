"""Two versions of a scenario on the same dice, and what the difference between them does."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import Progress, run
from sim.measures import (
    NAMED_DAYS,
    Shift,
    became,
    flips,
    independent_runs,
    label,
    median,
    share_by,
    shift,
    survival_difference,
)
from sim.measures.times import finite, share_of
from sim.results import Result, ResultError
from sim.scenario import Scenario, resolve
from sim.scenario.resolved import Resolved, with_horizon
from sim.state import Status

FORMAT = 1
FILE = "comparison.json"
SIDES = ("base", "variant")
SPREAD = (0.05, 0.95)
"""Between which quantiles the shifts of the pairs are told."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """Two results on the same dice, with what to call them.

    `notes` say in words what the two versions do not share.
    """

    base: Result
    variant: Result
    names: tuple[str, str] = SIDES
    notes: tuple[str, ...] = ()
    command: str = ""

    @classmethod
    def open(cls, path: str | Path) -> Comparison:
        """Open a folder that `compare` wrote.

        Raises:
            ResultError: it is none, or it is not complete.
        """
        folder = Path(path)
        try:
            kept = json.loads((folder / FILE).read_text("utf-8"))
            first, second = kept["names"]
            notes, command = tuple(kept["notes"]), str(kept["provenance"]["command"])
        except FileNotFoundError:
            raise ResultError(f"{folder}: not a finished comparison ({FILE} is missing)") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ResultError(f"{folder / FILE}: cannot be read ({type(error).__name__})") from error
        base, variant = (Result.open(folder / side) for side in SIDES)
        return cls(base, variant, (first, second), notes, command)

    @property
    def runs(self) -> int:
        return self.base.runs

    @property
    def hours(self) -> float:
        """The horizon of both [h]."""
        return self.base.hours

    @property
    def posterior(self) -> str | None:
        """From which the parameters of each pair are drawn; None where all have the same."""
        drawn = [side.resolved.draws for side in (self.base, self.variant)]
        return next((draws.source for draws in drawn if draws is not None), None)

    def times(self, column: str = "collapse_hour") -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(base, variant): one time per run [h], NaN where not reached; run r of both is a pair."""
        first, second = (self._outcomes[side][column].to_numpy(np.float64) for side in SIDES)
        return first, second

    @cached_property
    def summary(self) -> Row:
        """What comparison.json holds (docs/comparing.md): plain numbers, strings, lists and dicts; times in hours."""
        base, variant = self.times()
        return {
            "format": FORMAT,
            "note": label(self.base.resolved, self.variant.resolved),
            "names": list(self.names),
            "notes": list(self.notes),
            "runs": self.runs,
            "seed": self.base.seed,
            "posterior": self.posterior,
            "days": self.hours / 24,
            "collapse_share": self._shares_by_day(),
            "median_hours": {
                side: dict(zip(("median", "low", "high"), median(times, self.hours), strict=True))
                for side, times in zip(SIDES, (base, variant), strict=True)
            },
            "shift_hours": _shift(shift(base, variant, self.hours)),
            "spread_hours": dict(zip(("low", "high"), self._spread(), strict=True)),
            "became": {name: _share(flags) for name, flags in became(base, variant, self.hours).items()},
            "neither_share": float((np.isnan(base) & np.isnan(variant)).mean()),
            "independent_runs": finite(independent_runs(base, variant, self.hours)),
            "places": sorted(self._places(), key=lambda row: (-abs(row["shift_hours"]["mean"]), row["place"])),
            "units": sorted(self._units(), key=lambda row: (-row["share"], row["unit"])),
            "provenance": self._provenance(),
        }

    def _spread(self) -> list[float]:
        """Quantiles of the shift over pairs [h], not reached being the horizon."""
        base, variant = (np.fmin(times, self.hours) for times in self.times())
        return [float(value) for value in np.quantile(variant - base, SPREAD)]

    @cached_property
    def _outcomes(self) -> dict[str, Any]:
        columns = ["collapse_hour", *(f"fall_{place}" for place in self._shared("places"))]
        return {"base": self.base.outcomes(columns), "variant": self.variant.outcomes(columns)}

    def _shared(self, what: str) -> list[str]:
        """Ids of the places or units that both sides have."""
        return shared(self.base.resolved, self.variant.resolved, what)

    def _shares_by_day(self) -> Row:
        """Share collapsed by each named day within the horizon and by its end, and the paired difference."""
        base, variant = self.times()
        gap = survival_difference(base, variant, self.hours)
        days = sorted({*(float(day) for day in NAMED_DAYS if 24 * day <= self.hours), self.hours / 24})
        table = {}
        for day in days:
            at = int(np.searchsorted(gap.hours, 24 * day, side="right")) - 1
            row: Row = {
                "difference": float(0 - gap.difference[at]),
                "difference_interval": [finite(0 - gap.high[at]), finite(0 - gap.low[at])],
            }
            for side, times in zip(SIDES, (base, variant), strict=True):
                share, *interval = share_by(times, 24 * day)
                row |= {side: share, f"{side}_interval": interval}
            table[f"{day:g}"] = row
        return table

    def _places(self) -> Iterable[Row]:
        names = {place.id: place.name for place in self.base.resolved.places}
        for place in self._shared("places"):
            base, variant = self.times(f"fall_{place}")
            yield {
                "place": place,
                "name": names[place],
                "base_share": share_by(base, self.hours)[0],
                "variant_share": share_by(variant, self.hours)[0],
                "shift_hours": _shift(shift(base, variant, self.hours)),
            }

    def _units(self) -> Iterable[Row]:
        names = {unit.id: unit.name for unit in self.base.resolved.units}
        for unit, counts in zip(self._shared("units"), self._flips(), strict=True):
            apart = counts * ~np.eye(len(Status), dtype=bool)
            most = divmod(int(apart.argmax()), len(Status)) if apart.any() else None
            share, low, high = share_of(int(apart.sum()), self.runs)
            yield {
                "unit": unit,
                "name": names[unit],
                "share": share,
                "low": low,
                "high": high,
                "from": most and Status(most[0]).label,
                "to": most and Status(most[1]).label,
            }

    def _flips(self) -> NDArray[np.int64]:
        """(unit, status in the base, status in the variant): runs that end so, of the units that both have."""
        units, sides = self._shared("units"), (self.base, self.variant)
        rows = [[[unit.id for unit in side.resolved.units].index(unit) for unit in units] for side in sides]
        counts = np.zeros((len(units), len(Status), len(Status)), np.int64)
        for base, variant in zip(*(side.final_statuses() for side in sides), strict=True):
            counts += flips(base[rows[0]], variant[rows[1]])
        return counts

    def _provenance(self) -> Row:
        facts, theirs = self.base.provenance, self.variant.provenance
        return {
            "command": self.command,
            "base_sha256": facts["scenario_sha256"],
            "variant_sha256": theirs["scenario_sha256"],
            "versions": facts["versions"],
            "platform": facts["platform"],
            "started": facts["started"],
        }


def compare(
    base: Scenario | Resolved,
    variant: Scenario | Resolved,
    *,
    runs: int = 2000,
    seed: int = 1,
    days: float | None = None,
    step_hours: float | None = None,
    workers: int = 1,
    out: str | Path | None = None,
    trajectories: bool = False,
    on_progress: Progress | None = None,
    names: tuple[str, str] = SIDES,
    command: str = "",
) -> Comparison:
    """Simulate both versions on the same dice and measure how they differ.

    Args:
        base, variant: the two versions; they run to the shorter of their horizons.
        runs: how many of each.
        seed: of all draws, the same for both.
        days, step_hours: instead of the scenarios' own.
        workers: processes that share the work.
        out: a folder that does not exist yet, for the results base and variant and for
            comparison.json, which comes last: where it is, all is there. None keeps the
            results in temporary folders that go with them.
        trajectories: also keep every run's history.
        on_progress: called with (runs done, runs of both sides).
        names: what to call the two versions.
        command: kept with the provenance.

    Raises:
        FileExistsError: `out` exists.
        ValueError: a number that makes no sense.
    """
    pair = [with_horizon(s if isinstance(s, Resolved) else resolve(s), days, step_hours) for s in (base, variant)]
    folder = None if out is None else Path(out)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=False)
    try:
        first, second = _simulate(pair, folder, on_progress, runs=runs, seed=seed, workers=workers,
                            trajectories=trajectories, command=command)  # fmt: skip
        comparison = Comparison(first, second, names, unlike(*pair), command)
        if folder is not None:
            _write(folder / FILE, comparison.summary)
    except BaseException:
        # Nothing kept at all: leave no empty shell behind.
        if folder is not None:
            with suppress(OSError):
                folder.rmdir()
        raise
    return comparison


def _simulate(pair: list[Resolved], folder: Path | None, on_progress: Progress | None, **how: Any) -> list[Result]:
    """One side after the other, both to the shorter horizon."""
    days = min(resolved.days for resolved in pair)
    results: list[Result] = []
    for side, resolved in zip(SIDES, pair, strict=True):

        def tell(done: int, total: int, before: int = len(results)) -> None:
            if on_progress is not None:
                on_progress(before * total + done, 2 * total)

        results.append(run(resolved, days=days, out=folder and folder / side, on_progress=tell, **how))
    return results


def unlike(base: Resolved, variant: Resolved) -> tuple[str, ...]:
    """What the two versions do not share, as far as it limits a comparison; in words."""
    notes = []
    if base == variant:
        notes.append("Both versions are the same scenario.")
    if base.days != variant.days:
        shorter = min(base.days, variant.days)
        notes.append(f"Horizons differ ({base.days:g} and {variant.days:g} days): both run to day {shorter:g}.")
    if base.step_hours != variant.step_hours:
        notes.append(
            f"Steps differ ({base.step_hours:g} and {variant.step_hours:g} h): draws belong to steps, "
            "so these are not the same dice."
        )
    if (base.collapse_share, base.capital) != (variant.collapse_share, variant.capital):
        notes.append("Collapse is not declared alike: each side is measured by its own threshold and capital.")
    if base.start != variant.start:
        notes.append("They start at different moments: hours count from each one's own start.")
    for side, here, there in (("base", base, variant), ("variant", variant, base)):
        if fixed := sorted(_drawn(there) - _drawn(here)):
            notes.append(f"Not drawn in the {side}, which sets its own value: {', '.join(fixed)}.")
    for what in ("places", "units"):
        both = set(shared(base, variant, what))
        for side, resolved in zip(SIDES, (base, variant), strict=True):
            if alone := [row.id for row in getattr(resolved, what) if row.id not in both]:
                more = f" and {len(alone) - 4} more" if len(alone) > 4 else ""
                named = f"{', '.join(alone[:4])}{more}"
                notes.append(f"Not compared, since the other version has no such {what}: {named} ({side}).")
    return tuple(notes)


def _drawn(resolved: Resolved) -> set[str]:
    """Parameters that each run draws."""
    return set() if resolved.draws is None else set(resolved.draws.values)


def shared(base: Resolved, variant: Resolved, what: str) -> list[str]:
    """Ids of places or units in both; a place with another holder at the start is another place."""

    def keys(resolved: Resolved) -> dict[tuple[str, str], None]:
        rows = getattr(resolved, what)
        return dict.fromkeys((row.id, row.holder if what == "places" else "") for row in rows)

    theirs = keys(variant)
    return [key[0] for key in keys(base) if key in theirs]


def _shift(measured: Shift) -> Row:
    return {name: finite(value) for name, value in vars(measured).items()}


def _share(flags: NDArray[np.bool_]) -> Row:
    share, low, high = share_by(np.where(flags, 0.0, np.nan), 0.0)
    return {"share": share, "low": low, "high": high}


def _write(path: Path, value: Row) -> None:
    """Whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
