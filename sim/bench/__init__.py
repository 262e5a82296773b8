"""How fast the model runs on this machine, and how much memory it needs (docs/performance.md)."""

from __future__ import annotations

from sim.bench.entries import ENTRIES
from sim.bench.process import BenchError
from sim.bench.suite import FULL, NOMINAL, QUICK, Extent, bench, large
from sim.bench.synthetic import synthetic

__all__ = ["ENTRIES", "FULL", "NOMINAL", "QUICK", "BenchError", "Extent", "bench", "large", "synthetic"]
