"""A whole benchmark: one scenario by every way of stepping it, and how an invented force grows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.bench.entries import ENTRIES, Job
from sim.bench.machine import cores, machine
from sim.bench.process import PHASES, apart
from sim.bench.synthetic import PLACES, synthetic
from sim.kernels.compiled import cache
from sim.scenario.resolved import Resolved

GROWTH_UNITS, GROWTH_RUNS, GROWTH_STEP_HOURS = 300, 100, 2.0
"""Of the invented force, where they are not what grows."""
GROWN = ("mesa", "numpy", "compiled")
"""Entries whose growth is measured."""
RATIOS = (
    ("numpy", "mesa"), ("compiled", "mesa"), ("compiled", "numpy"), ("compiled_2_threads", "compiled"),
    ("roofline", "compiled"),
)  # fmt: skip
"""How many times as fast the first is as the second."""
NOMINAL = (
    "Unit-steps are nominal: runs × steps × units. A run that is over before the horizon is stepped no further; live "
    "unit-steps are those before it is. Times and memory are of this machine at this moment."
)

Told = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Extent:
    """How much is measured.

    Attributes:
        runs, mesa_runs: of the scenario.
        repeats: of each timing, at most.
        growth: "units", "runs", "steps" or "links" -> the values it takes.
        mesa_most_units: Mesa's growth is measured up to this size.
        compile_afresh: compile the kernel anew, to know how long it takes.
    """

    runs: int = 1000
    mesa_runs: int = 1
    repeats: int = 3
    growth: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: {"units": (100, 1000)})
    mesa_most_units: int = 100
    compile_afresh: bool = False


QUICK = Extent()
FULL = Extent(
    mesa_runs=4,
    repeats=5,
    growth={
        "units": (100, 300, 1000, 3000, 10_000),
        "runs": (10, 100, 1000, 10_000),
        "steps": (90, 180, 360, 720),
        "links": (PLACES, 2 * PLACES, 4 * PLACES, 8 * PLACES),
    },
    mesa_most_units=1000,
    compile_afresh=True,
)


def bench(
    resolved: Resolved, extent: Extent = QUICK, *, entries: Collection[str] = tuple(ENTRIES), say: Say = lambda _: None
) -> Told:
    """Measure, each entry in a process of its own, one after another.

    Args:
        resolved: the scenario that is timed.
        extent: how much.
        entries: names of `ENTRIES`; only these.
        say: told what is being measured.

    Returns:
        What `rout bench --json` prints (docs/performance.md).

    Raises:
        BenchError: a measurement came to nothing.
    """
    with tempfile.TemporaryDirectory(prefix="rout-bench-") as folder:
        desk = _Desk(Path(folder), extent, entries, say)
        compile_s = desk.compile(resolved) if any(name.startswith("compiled") for name in entries) else None
        told = desk.case(resolved)
        return {
            "scenario": resolved.name,
            **_size(resolved),
            "machine": machine(),
            **told,
            "ratios": _ratios(told),
            "compiling": _compiling(told, compile_s),
            "growth": desk.growth(),
            "note": NOMINAL,
        }


def large(
    units: int = 5000, runs: int = 1000, kernel: str = "compiled", threads: int | None = None, say: Say = lambda _: None
) -> Told:
    """One large ensemble as `rout run` simulates it, over 30 days: its time, and the memory it needs at most.

    Args:
        units, runs: how many.
        kernel: "compiled", or "numpy" (one thread).
        threads: of the compiled kernel; one per core if None.
        say: told what is being measured.

    Raises:
        BenchError: the measurement came to nothing.
    """
    with tempfile.TemporaryDirectory(prefix="rout-bench-") as folder:
        desk = _Desk(Path(folder), QUICK, (), say)
        force = synthetic(units)
        if kernel == "compiled":
            desk.compile(force)
        threads = 1 if kernel == "numpy" else threads or cores()
        job = Job(f"large_{kernel}", runs, threads, repeats=1)
        told = {"scenario": force.name, **_size(force), "kernel": kernel, "machine": machine()}
        return told | {"large": desk.measured(force, job, live=True), "note": NOMINAL}


@dataclass(frozen=True)
class _Desk:
    """Where measurements are made."""

    folder: Path
    extent: Extent
    entries: Collection[str]
    say: Say

    def compile(self, resolved: Resolved) -> float | None:
        """Make sure that the kernel is compiled; seconds that it took, None if it was there."""
        known, first = cache.is_ready(), Job("compiled", 1, repeats=0)
        if known and not self.extent.compile_afresh:
            return None
        self.say("compiling the kernel: a minute or two")
        afresh = self.folder / "cache" if known else None
        return float(apart(self._file(resolved), first, afresh)["first_call_s"])

    def case(self, resolved: Resolved) -> Told:
        """Every entry on one scenario."""
        extent = self.extent
        self.say(f"{resolved.name}: phases of the NumPy kernel")
        seen = apart(self._file(resolved), Job(PHASES, extent.runs))
        live = seen["live_unit_steps"] / (extent.runs * _steps(resolved) * len(resolved.units))
        told: Told = {"live_share": live, "fine_share": seen["fine_share"], "phases": seen["phases"]}
        for entry in ENTRIES:
            if entry in self.entries:
                self.say(f"{resolved.name}: {entry}")
                job = Job(entry, extent.mesa_runs if entry == "mesa" else extent.runs, repeats=extent.repeats,
                          threads=2 if entry == "compiled_2_threads" else 1, fine_share=seen["fine_share"])  # fmt: skip
                told[entry] = self.measured(resolved, job, live)
        return told

    def growth(self) -> list[Told]:
        """The invented force with more units, runs, steps or links."""
        series = []
        for by, values in self.extent.growth.items():
            for entry in GROWN:
                points = [self._point(by, value, entry) for value in values if self._grows(by, value, entry)]
                if points:
                    series.append({"by": by, "entry": entry, "exponent": exponent(points), "points": points})
        return series

    def _grows(self, by: str, value: int, entry: str) -> bool:
        small = by == "units" and value <= self.extent.mesa_most_units
        return entry in self.entries and (entry != "mesa" or small)

    def _point(self, by: str, value: int, entry: str) -> Told:
        force, runs = grown(by, value)
        self.say(f"invented force, {value:,} {by}: {entry}")
        if by != "runs":
            runs = min(runs, self.extent.runs)
        job = Job(entry, 1 if entry == "mesa" else runs, repeats=min(self.extent.repeats, 2))
        return {"value": value, "links": len(force.links), **self.measured(force, job, live=True)}

    def measured(self, resolved: Resolved, job: Job, live: float) -> Told:
        """A job's numbers; `live` is the share of unit-steps that are, where the job does not know."""
        return rates(resolved, job, apart(self._file(resolved), job), live)

    def _file(self, resolved: Resolved) -> Path:
        file = self.folder / "scenario.json"
        file.write_text(resolved.model_dump_json(), encoding="utf-8")
        return file


def grown(by: str, value: int) -> tuple[Resolved, int]:
    """(invented force, runs) where `by` ("units", "runs", "steps", "links") has this value."""
    days = value * GROWTH_STEP_HOURS / 24 if by == "steps" else 30.0
    units, reach = value if by == "units" else GROWTH_UNITS, value // PLACES if by == "links" else 1
    force = synthetic(units, reach=reach, days=days, step_hours=GROWTH_STEP_HOURS)
    return force, value if by == "runs" else GROWTH_RUNS


def rates(resolved: Resolved, job: Job, measured: Told, live: float) -> Told:
    """What a job's time and memory (`sim.bench.entries.measure`) mean per unit-step, by its best repeat."""
    seconds = measured["seconds"]
    nominal = job.runs * _steps(resolved) * len(resolved.units)
    alive = measured["live_unit_steps"] or round(live * nominal)
    best = min(seconds)
    return {
        "runs": job.runs,
        "steps": _steps(resolved),
        "units": len(resolved.units),
        "threads": job.threads,
        "unit_steps": nominal,
        "live_unit_steps": alive,
        "unit_steps_per_s": nominal / best,
        "ns_per_unit_step": best / nominal * 1e9,
        "ns_per_live_unit_step": best / alive * 1e9,
        "seconds": best,
        "seconds_per_run": best / job.runs,
        "repeats": len(seconds),
        "spread": max(seconds) / best - 1,
        "first_call_s": measured["first_call_s"],
        "base_memory_mb": measured["base_memory_mb"],
        "peak_memory_mb": measured["peak_memory_mb"],
    }


def exponent(points: list[Told]) -> float | None:
    """b of "seconds ∝ value**b", by least squares over the logarithms; None for one point."""
    if len(points) < 2:
        return None
    import numpy as np

    per = "seconds" if points[0]["runs"] != points[-1]["runs"] else "seconds_per_run"
    x, y = (np.log([point[name] for point in points]) for name in ("value", per))
    return float(np.polyfit(x, y, 1)[0])


def _steps(resolved: Resolved) -> int:
    return round(resolved.days * 24 / resolved.step_hours)


def _size(resolved: Resolved) -> Told:
    return {
        "days": resolved.days,
        "step_hours": resolved.step_hours,
        "steps": _steps(resolved),
        **{name: len(getattr(resolved, name)) for name in ("units", "places", "links", "triggers")},
    }


def _ratios(told: Told) -> dict[str, float]:
    per = {name: told[name]["ns_per_live_unit_step"] for name in ENTRIES if name in told}
    return {f"{fast}_over_{slow}": per[slow] / per[fast] for fast, slow in RATIOS if {fast, slow} <= per.keys()}


def _compiling(told: Told, compile_s: float | None) -> Told | None:
    """What compiled code costs to make and to load, and the runs of the scenario from which it pays; None if
    it was not measured. A number is None where it is not known, or where compiled code never pays."""
    if "compiled" not in told:
        return None
    load, each = told["compiled"]["first_call_s"], None
    if "numpy" in told:
        each = told["numpy"]["seconds_per_run"] - told["compiled"]["seconds_per_run"]

    def pays(cost: float | None) -> int | None:
        return None if cost is None or each is None or each <= 0 else 1 + int(cost / each)

    return {
        "compile_s": compile_s,
        "load_s": load,
        "break_even_runs": pays(load),
        "break_even_runs_with_compiling": pays(compile_s),
    }
