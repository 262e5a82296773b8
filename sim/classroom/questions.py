"""Questions for the discussion, from what this class did and what it changed."""

from __future__ import annotations

from typing import Any

from sim.report import in_days

LONGEST = 140
"""Letters of a reason that a question quotes."""

Row = dict[str, Any]


def questions(steps: list[Row], foreseen: Row, forks: list[Row]) -> list[str]:
    """On the step that moved the collapse most, the forecast furthest off, an override, an undone step, a fork.

    Args:
        steps: with `effect`: what leaving out each that holds does (sim/classroom/report.py).
        foreseen: of `sim.classroom.foreseen`.
        forks: what-ifs that were kept, with their `shift`.
    """
    held = [step for step in steps if step["effect"] is not None]
    found = [_largest(held), _furthest(foreseen["rows"]), _override(held), _undone(steps), _fork(forks)]
    return [question for question in found if question]


def _largest(held: list[Row]) -> str:
    if not held:
        return ""
    step = max(held, key=_size)
    if _size(step) == 0:
        return "Nothing that this class did moved the collapse in any run. Was there anything that could have?"
    return (
        f"Of all that this class did, “{step['text']}” ({step['who']}) moved the collapse most: without it, by "
        f"{_moved(step['effect'])} on the same dice. The reason was {_quoted(step['reason'])}. "
        "Did it do what it was meant to do?"
    )


def _furthest(rows: list[Row]) -> str:
    scored = [row for row in rows if row["crps"] is not None]
    if not scored:
        return ""
    row = max(scored, key=lambda each: float(each["crps"]))
    own, expected, best = (f"{row[name] / 24:.1f}" for name in ("crps", "expected", "best"))
    return (
        f"The forecast of {row['who']} in turn {row['turn']} lay furthest from this run: it scores {own} days, where "
        f"{expected} were to be expected and {best} possible. The reason was {_quoted(row['reason'])}. "
        "Was the reason wrong, or the run unlikely?"
    )


def _override(held: list[Row]) -> str:
    overrides = [step for step in held if step["kind"] == "override"]
    if not overrides:
        return ""
    step = max(overrides, key=_size)
    changed = f"moves the collapse by {_moved(step['effect'])}" if _size(step) else "changes the collapse in no run"
    return (
        f"“{step['text']}”, because {_quoted(step['reason'])}: leaving this out {changed}. "
        "What did the umpire see that the model does not?"
    )


def _undone(steps: list[Row]) -> str:
    undone = [step for step in steps if step["undone"] is not None and step["kind"] != "turn"]
    if not undone:
        return ""
    step = undone[-1]
    return (
        f"“{step['text']}” ({step['who']}) was undone: {_quoted(step['undone'])}. What would you have expected of it?"
    )


def _fork(forks: list[Row]) -> str:
    if not forks:
        return ""
    seen = [fork for fork in forks if fork["projected"]]  # by all
    fork = max(seen or forks, key=lambda each: abs(float(each["shift"]["mean"])))
    told = f"On the projector, “{fork['name']}”" if seen else f"The what-if “{fork['name']}” ({fork['who']})"
    return (
        f"{told} moved the collapse by {_moved(fork['shift'])} from what was played. "
        "Who could have done this in time, and from what would they have known?"
    )


def _size(step: Row) -> float:
    return abs(float(step["effect"]["mean"]))


def _moved(shift: Row) -> str:
    return in_days(shift["mean"] / 24)


def _quoted(text: str) -> str:
    short = text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
    return f"“{short.rstrip('.')}”"
