"""Evidence: what happened, how surely, and whether a fit may see it.

A CSV table, one row for each thing that a run can be held against. `use` is fixed in the
file before any fit: `fit`, `held_out`, or `unused` with the reason in the note. Windows of
places come from the scenario's own table of outcomes: one place for one fact.

| kind       | what a run gives                                        | `of`, `after`     |
|------------|---------------------------------------------------------|-------------------|
| `fall`     | hour at which a place is lost, and whether it is lost   | a place           |
| `gap`      | hours from one place's loss to another's                | a place, a place  |
| `collapse` | hour at which the force collapses, and whether it does  |                   |
| `men`      | men counted at the end, compared by their logarithm     | a column of a run |

`low` and `high` bound what is documented (h after the start, or men); both empty for a
`fall` or a `collapse` that never came. A window ends within the hours that are simulated.
`tail` says how far beyond the bounds belief reaches (h; for `men` a factor): by the row's
confidence if empty. The uncertainty of the record stands here and not in the spread of the
simulations.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from calibration.simulator import CalibrationError
from sim.scenario.resolved import Resolved

Kind = Literal["fall", "gap", "collapse", "men"]
Use = Literal["fit", "held_out", "unused"]

TAIL_HOURS = {"A": 6.0, "B": 12.0, "C": 24.0, "X": 48.0}
"""How far belief reaches beyond a window, by the confidence of its source (judgement); "A/B" counts as B."""
TAIL_MEN = {"A": 1.25, "B": 1.5, "C": 2.0, "X": 3.0}
"""The same for counts, as a factor."""

_COLUMNS = ("id", "case", "kind", "of", "after", "low", "high", "tail", "use", "source", "confidence", "note")


@dataclass(frozen=True)
class Evidence:
    """One row, with its window and its tail."""

    id: str
    case: str
    kind: Kind
    of: str
    after: str
    low: float | None
    """[h] or [men]; None where it never came."""
    high: float | None
    tail: float
    """[h], or a factor for men."""
    use: Use
    source: str
    confidence: str
    note: str

    @property
    def never(self) -> bool:
        """Documented as never having come."""
        return self.low is None


def read_evidence(path: str | Path, cases: Mapping[str, Resolved]) -> tuple[Evidence, ...]:
    """The rows of a table, in its order, with windows of places filled in from the cases.

    Args:
        path: the CSV file.
        cases: name -> scenario; a row of another case is an error.

    Raises:
        CalibrationError: every fault of the file at once, each with its line.
    """
    file = Path(path)
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            if tuple(reader.fieldnames or ()) != _COLUMNS:
                raise CalibrationError(f"{file}: the columns must be {', '.join(_COLUMNS)}")
            rows = [(reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CalibrationError(f"{file}: cannot be read ({error})") from error
    found: list[Evidence] = []
    faults: list[str] = []
    for line, row in rows:
        wrong = list(_faults(row, cases, {each.id for each in found}))
        faults += [f"{file}:{line}: {fault}" for fault in wrong]
        if not wrong:
            found.append(_evidence(row, cases[row["case"]]))
    if faults:
        raise CalibrationError("\n".join(faults))
    return tuple(found)


def _faults(row: Mapping[str, str], cases: Mapping[str, Resolved], ids: set[str]) -> Iterator[str]:
    if not row["id"] or row["id"] in ids:
        yield f"id {row['id']!r} is {'used twice' if row['id'] else 'empty'}"
    for name, words in (("kind", get_args(Kind)), ("use", get_args(Use))):
        if row[name] not in words:
            yield f"{name} is {row[name]!r}; it must be one of {', '.join(words)}"
            return
    if row["case"] not in cases:
        yield f"there is no case {row['case']!r} in this study, which has {', '.join(sorted(cases))}"
        return
    if row["use"] == "unused" and not row["note"]:
        yield "unused, without the reason in the note"
    if row["confidence"][-1:] not in TAIL_HOURS:
        yield f"confidence is {row['confidence']!r}; it must be one of {', '.join(TAIL_HOURS)}"
    places = {place.id for place in cases[row["case"]].places}
    wanted = {"fall": ("of",), "gap": ("of", "after")}.get(row["kind"], ())
    for name in wanted:
        if row[name] not in places:
            yield f"{name}: there is no place {row[name]!r} in {row['case']}"
    try:
        low, high = _number(row["low"]), _number(row["high"])
        tail = _number(row["tail"])
    except ValueError as error:
        yield str(error)
        return
    if (low is None) != (high is None) or (low is not None and high is not None and low > high):
        yield "low and high are two numbers, low first, or both empty"
    if row["kind"] in ("gap", "men") and low is None and row["use"] != "unused":
        yield f"a {row['kind']} needs low and high"
    if tail is not None and tail <= (1 if row["kind"] == "men" else 0):
        yield "tail is a factor above 1 for men, hours above 0 for all else"
    if row["kind"] == "fall" and low is None and row["use"] != "unused" and row["of"] in places:
        yield from _windowless(row["of"], cases[row["case"]])
        _, high = _outcome(cases[row["case"]], row["of"]) or (None, None)
    if row["kind"] != "men" and row["use"] != "unused" and high is not None:
        yield from _beyond(high, row["case"], cases[row["case"]].days * 24)


def _windowless(place: str, case: Resolved) -> Iterator[str]:
    if _outcome(case, place) is None:
        yield f"{place} has no row in the outcomes of {case.name}, so low and high must be given"


def _beyond(high: float, case: str, horizon: float) -> Iterator[str]:
    """A run that is right would not have come to the window yet, and count as wrong."""
    if high > horizon:
        yield (
            f"its window ends at {high:g} h, but {case} is simulated for {horizon:g} h; "
            "give the case more days in the study, or mark the row unused"
        )


def _number(text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None
    if not 0 <= value < 1e9:
        raise ValueError(f"{text} is out of bounds")
    return value


def _outcome(case: Resolved, place: str) -> tuple[float | None, float | None] | None:
    """(low, high) of a place's window; None if the case says nothing of it."""
    return next(((row.lost_from, row.lost_to) for row in case.outcomes if row.place == place), None)


def _evidence(row: Mapping[str, str], case: Resolved) -> Evidence:
    low, high = _number(row["low"]), _number(row["high"])
    if row["kind"] == "fall" and low is None:
        low, high = _outcome(case, row["of"]) or (None, None)
    tails = TAIL_MEN if row["kind"] == "men" else TAIL_HOURS
    return Evidence(
        id=row["id"],
        case=row["case"],
        kind=row["kind"],  # type: ignore[arg-type]
        of=row["of"],
        after=row["after"],
        low=low,
        high=high,
        tail=_number(row["tail"]) or tails[row["confidence"][-1]],
        use=row["use"],  # type: ignore[arg-type]
        source=row["source"],
        confidence=row["confidence"],
        note=row["note"],
    )
