"""Plain text and JSON, without the weight of tables."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable


def as_json(data: object) -> str:
    """JSON text, without signs that a terminal would obey. NaN is not JSON: it must be None before this."""
    from sim.scenario.signs import HIDDEN

    text = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)
    return HIDDEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text) + "\n"


def print_json(data: object) -> None:
    """Exactly one JSON object on stdout."""
    sys.stdout.write(as_json(data))


def count(number: int, noun: str) -> str:
    """`count(2, "place")` is "2 places"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(names: Iterable[str], most: int = 4) -> str:
    """Names joined by commas; beyond `most`, how many more."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
