"""The way in, and the last word on every error: one clear message, never a traceback."""

from __future__ import annotations

import io
import os
import sys
from typing import NoReturn

INTERRUPTED = 130
BAD_INPUT = 2
FAULT = 1


class RefusedError(Exception):
    """Something asked for that cannot be done. The message is for the person who asked."""


def main() -> None:
    """Run `rout`. Exit codes: 0 done, 2 bad input (nothing written), 130 interrupted, 1 a fault of ours."""
    _never_fail_on_encoding()
    try:
        from sim.cli.app import app

        app(prog_name="rout")
    except KeyboardInterrupt:
        _stop(INTERRUPTED, "rout: interrupted.")
    except Exception as error:
        if os.environ.get("ROUT_DEBUG") == "1":
            raise
        _explain(error)


def _explain(error: Exception) -> NoReturn:
    from concurrent.futures import BrokenExecutor

    from sim.scenario.problems import ScenarioError

    if isinstance(error, ScenarioError):
        problems = [str(problem) for problem in error.problems]
        count = [f"rout: {len(problems)} problems, nothing was done."] if len(problems) > 1 else []
        _stop(BAD_INPUT, *problems, *count)
    # Of a module that was never imported there can be no error: no need to import it for this.
    results = sys.modules.get("sim.results")
    if isinstance(error, RefusedError) or (results and isinstance(error, results.ResultError)):
        _stop(BAD_INPUT, f"rout: {error}")
    if isinstance(error, OSError):
        where = f" {error.filename}:" if error.filename else ""
        _stop(BAD_INPUT, f"rout: cannot read or write:{where} {error.strerror or error}")
    if isinstance(error, MemoryError | BrokenExecutor):
        _stop(
            BAD_INPUT,
            f"rout: out of memory, most likely ({type(error).__name__}). Fewer --workers need less.",
        )
    _stop(
        FAULT,
        f"rout: a fault in rout itself: {type(error).__name__}: {' '.join(str(error).split())}",
        "Please report this line with the command you gave; ROUT_DEBUG=1 before it shows where it happened.",
    )


def _stop(code: int, *lines: str) -> NoReturn:
    for line in lines:
        print(line, file=sys.stderr)
    sys.exit(code)


def _never_fail_on_encoding() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
