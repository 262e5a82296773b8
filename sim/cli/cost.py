"""What many versions of a scenario cost, told before they are simulated."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from sim.cli.text import count

if TYPE_CHECKING:
    from sim.kernels.choice import Wanted
    from sim.scenario.resolved import Resolved

# Seconds on one core, measured on four cases of 12 to 107 units (docs/performance.md): good to a factor of two.
STEP_OF_MANY = 5e-3
"""A step of a block of runs with the NumPy kernel, however few they are."""
STEP_OF_ONE = 1e-6
"""A step of one run in compiled code, however few its units are."""
BLOCK = 250
"""Runs that are stepped together."""
WORTH_A_HINT = 10.0
"""Seconds of simulation from which compiling is worth mentioning."""
HINT = "rout compile (a minute or two, once) makes it ten times faster or more"


class Part(NamedTuple):
    """So many versions, what they are called, and runs of each."""

    versions: int
    what: str
    runs: int

    @property
    def total(self) -> int:
        return self.versions * self.runs


def cost(
    resolved: Resolved, parts: list[Part], workers: int, kernel: Wanted = "auto", *, processes: bool = False
) -> str:
    """As "500 runs of each of 128 coalitions: 64,000 runs, about 90 s", and how it could be faster."""
    *earlier, last = [f"{count(part.runs, 'run')} of each of {count(part.versions, part.what)}" for part in parts]
    told = f"{', then '.join([*earlier, last])}: {sum(part.total for part in parts):,} runs"
    return f"{told}, {duration(resolved, parts, workers, kernel, processes=processes)}"


def duration(
    resolved: Resolved, parts: list[Part], workers: int, kernel: Wanted = "auto", *, processes: bool = False
) -> str:
    """As "about 20 min; rout compile makes it faster". An estimate: other work on the machine slows it down.

    Workers are `processes`, or threads, by which only the compiled kernel gains.
    """
    from sim.kernels.choice import COMPILE_SECONDS, choose
    from sim.kernels.compiled import cache

    steps, units = resolved.days * 24 / resolved.step_hours, len(resolved.units)
    kernels = [choose(kernel, part.total * steps * units, workers) for part in parts]
    seconds = sum(
        _seconds(part, name, steps, units) / (workers if processes or name == "compiled" else 1)
        for part, name in zip(parts, kernels, strict=True)
    )
    if "compiled" in kernels and not cache.is_ready():
        return f"{_about(seconds + COMPILE_SECONDS)}, of which a minute or two go into compiling, once"
    slow = seconds > WORTH_A_HINT and "compiled" not in kernels and not cache.is_ready()
    return _about(seconds) + (f"; {HINT}" if slow else "")


def _seconds(part: Part, kernel: str, steps: float, units: int) -> float:
    """Of one core."""
    from sim.kernels.choice import COMPILED_NS, NUMPY_NS

    if kernel == "compiled":
        return part.total * steps * (STEP_OF_ONE + units * COMPILED_NS * 1e-9)
    blocks = part.versions * ceil(part.runs / BLOCK)
    return blocks * steps * STEP_OF_MANY + part.total * steps * units * NUMPY_NS * 1e-9


def _about(seconds: float) -> str:
    if seconds < 5:
        return "a few seconds"
    if seconds < 95:
        return f"about {ceil(seconds / 10) * 10} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"


def tell(
    resolved: Resolved,
    parts: list[Part],
    workers: int,
    *,
    quiet: bool,
    kernel: Wanted = "auto",
    processes: bool = False,
) -> None:
    """Print the cost on stderr, unless it is to be quiet."""
    from sim.cli.output import console

    if not quiet:
        console(error=True).print(cost(resolved, parts, workers, kernel, processes=processes), style="hint")
