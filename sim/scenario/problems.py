"""The errors people read: where, what, and what instead."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from sim.scenario.signs import on_one_line, short

MOST_PROBLEMS = 1_000
"""Of one kind: whoever sees as many needs no more."""
LONGEST_NAME = 80
"""Names beyond this are compared with nothing: to compare takes time as their length squared."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with a scenario. `line` is 1-based, 0 where no line applies.

    Its texts may quote a hostile file: they are kept short, and hidden signs in them are spelled out.
    """

    file: str
    line: int
    field: str
    message: str
    nearest: str = ""
    """A valid name close to the one given, or what would be valid."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", on_one_line(self.file))
        object.__setattr__(self, "field", short(on_one_line(self.field), 200))
        object.__setattr__(self, "message", short(on_one_line(self.message), 600))
        object.__setattr__(self, "nearest", on_one_line(self.nearest))

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


def first(problems: Iterable[Problem], path: Path) -> list[Problem]:
    """The first `MOST_PROBLEMS` of many problems of the scenario at `path`, and that there are more."""
    found = list(islice(problems, MOST_PROBLEMS))
    if len(found) == MOST_PROBLEMS:
        found.append(Problem(str(path), 0, "", f"has very many problems; {MOST_PROBLEMS:,} of them are told"))
    return found


def nearest(name: str, valid: Collection[str]) -> str:
    """The valid name closest to `name`, or "" if none is close."""
    if len(name) > LONGEST_NAME:
        return ""
    valid = [v for v in valid if len(v) <= LONGEST_NAME]
    found = get_close_matches(name, valid, n=1, cutoff=0.6)
    if found:
        return found[0]
    folded = {v.casefold(): v for v in valid}
    found = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""
