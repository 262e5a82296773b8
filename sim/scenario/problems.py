"""The errors people read: where, what, and what instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with a scenario. `line` is 1-based, 0 where no line applies."""

    file: str
    line: int
    field: str
    message: str
    nearest: str = ""
    """A valid name close to the one given, or what would be valid."""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        field = f" {self.field}:" if self.field else ""
        hint = f" (did you mean {self.nearest!r}?)" if self.nearest else ""
        return f"{where}:{field} {self.message}{hint}"


class ScenarioError(ValueError):
    """A scenario that cannot be used, with every problem found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(p) for p in self.problems))


def nearest(name: str, valid: Sequence[str]) -> str:
    """The valid name closest to `name`, or "" if none is close."""
    found = get_close_matches(name, valid, n=1, cutoff=0.6)
    if found:
        return found[0]
    folded = {v.casefold(): v for v in valid}
    found = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""
