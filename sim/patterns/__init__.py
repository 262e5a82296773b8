"""Patterns that a credible model shows: documented, simulated, and whether they hold.

`table` has the documented figures and the ranges, written down before anything was measured;
`simulated` measures, `comparison` judges, `page` writes docs/patterns.md.
"""

from sim.patterns.comparison import HOLDS, MISSES, NOT_SIMULATED, Finding, as_dict, compare
from sim.patterns.table import PATTERNS, Figure, Pattern

__all__ = ["HOLDS", "MISSES", "NOT_SIMULATED", "PATTERNS", "Figure", "Finding", "Pattern", "as_dict", "compare"]
