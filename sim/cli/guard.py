"""The way in, and the last word on every error: one clear message, never a traceback."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import NoReturn

INTERRUPTED = 130
BAD_INPUT = 2
FAULT = 1


class RefusedError(Exception):
    """Something asked for that cannot be done. The message is for the person who asked."""


def main() -> None:
    """What the command `rout` starts; never returns.

    The process ends without the interpreter's tidying up: Arrow's idle threads abort it there once
    in a while, after all work is done (apache/arrow#34314; seen here in 2 of 80 runs).
    """
    try:
        command()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def command() -> None:
    """Run `rout` on `sys.argv`.

    Raises:
        SystemExit: always. 0 done, 2 bad input (nothing written), 130 interrupted, 1 a fault of ours.
    """
    _never_fail_on_encoding()
    try:
        _refuse_what_is_no_text(sys.argv[1:])
        from sim.cli.app import command_line

        command_line()(prog_name="rout")
    except KeyboardInterrupt:
        _stop(INTERRUPTED, "rout: interrupted.")
    except Exception as error:
        if os.environ.get("ROUT_DEBUG") == "1":
            raise
        _explain(error)


def _refuse_what_is_no_text(words: list[str]) -> None:
    """A command is kept with its results and printed: a word that cannot be written down is no use."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            told = word.encode(errors="surrogateescape").decode(errors="backslashreplace")
            raise RefusedError(f"{told} is not valid UTF-8, and so cannot be written down.") from None


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
    from sim.scenario.signs import visible

    for line in lines:
        print(visible(line), file=sys.stderr)
    sys.exit(code)


def _never_fail_on_encoding() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
