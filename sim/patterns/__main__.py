"""Refresh docs/patterns.md: `python -m sim.patterns [RUNS]`, 2,000 by default."""

from __future__ import annotations

import sys

from sim.engine import run
from sim.patterns.comparison import compare
from sim.patterns.page import PAGE, documented, measured, written
from sim.patterns.table import SYRIA
from sim.scenario import load

if __name__ == "__main__":
    result = run(load(SYRIA), runs=int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
    parts = {"documented": documented(), "measured": measured(result, compare(result))}
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), parts), encoding="utf-8")
