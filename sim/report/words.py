"""What a report says of its own limits, and what a class may talk about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.parameters import ALL
from sim.scenario.resolved import Resolved

NOT_MODELLED = (
    "Counter-attacks and recapture by the host",
    "Attackers who retreat, join one another or turn aside",
    "Units that split or merge, and men who leave one by one",
    "Bombing and artillery, other than by an event",
    "Fire on a column in retreat",
    "Civilians, politics and economy",
    "Learning and planning: nobody adapts",
    "Weather, night, and ground other than roads",
)
JUDGEMENT = (
    "Sizes of the effects of events: sources give the direction, sometimes the lag, never the size",
    "How a unit that leaves does so, and most rates and delays",
    "Starting morale, loyalty, trust and commitment: loyalty is never observed",
    "Strengths of most units and attackers, and weights of contested accounts",
)
CLEAR = 0.02
"""A share of runs from which something is worth a question."""

Row = dict[str, Any]


def honesty(resolved: Resolved) -> Row:
    """What is not modelled, and how many of the numbers that went in are judgement."""
    drawn = set() if resolved.draws is None else set(resolved.draws.values)
    assumed = [parameter for parameter in ALL if parameter.status == "assumed" and parameter.name not in drawn]
    on = [trigger for trigger in resolved.triggers if trigger.enabled]
    own = [unit for unit in resolved.units if unit.controller == resolved.host]
    return {
        "not_modelled": list(NOT_MODELLED),
        "judgement": list(JUDGEMENT),
        "counts": [
            {"of": "parameters of the model", "judged": len(assumed), "all": len(ALL)},
            {"of": "units whose strength is assumed", "judged": sum(unit.assumed for unit in own), "all": len(own)},
            {"of": "events told in more than one way", "judged": sum(len(t.accounts) > 1 for t in on), "all": len(on)},
        ],
    }  # fmt: skip


def prompts(resolved: Resolved, events: list[Row], told: Row, own: Sequence[str] = ()) -> list[str]:
    """Questions for the discussion, from what this report found.

    Args:
        own: questions of whoever asks for the report: they stand instead of those on single events.
    """
    of_events = _of_pairs(events, told["pairs"])
    if not own:
        of_events = [*_of_single_events(events, told["alone"]), *of_events]
    found = [*own, _of_luck(told["luck"]), *of_events, *_of_breaks(told)]
    if contested := [t for t in resolved.triggers if t.enabled and len(t.accounts) > 1]:
        found.append(
            f"“{contested[0].title}”: sources disagree, and each run takes one account. "
            "Which would you have believed that day, and what would you have done?"
        )
    found.append("What would have had to be true for this force to hold? Is any of it a switch on this page?")
    found.append("Which number on this page would you trust least, and why? Look for it in the honesty box.")
    return [question for question in found if question]


def _of_luck(luck: list[Row]) -> str:
    row = luck[0]
    if row["own"] is None:
        return "In this run the force did not collapse. Was it well led, or lucky? Which runs would tell?"
    *_, held = _of_hundred([row["below"], row["alike"], max(0.0, 1 - row["below"] - row["alike"])])
    return (
        f"Of 100 runs {held} held longer than this one, with the same decisions. "
        "How much of what happened would you have put down to someone's merit or fault?"
    )


def _of_hundred(shares: list[float]) -> list[int]:
    """Whole numbers that add up to 100, by largest remainders: those of the page (numbers.js: apportioned)."""
    exact = [share / sum(shares) * 100 for share in shares]
    numbers = [int(each) for each in exact]
    most_left = sorted(range(len(exact)), key=lambda i: numbers[i] - exact[i])
    for i in most_left[: 100 - sum(numbers)]:
        numbers[i] += 1
    return numbers


def _of_single_events(events: list[Row], alone: list[Row]) -> list[str]:
    if not alone:
        return []
    largest = max(alone, key=lambda row: abs(row["without"]["mean"]))
    least = min(alone, key=lambda row: abs(row["without"]["mean"]))
    days = largest["without"]["mean"] / 24
    found = [
        f"Leaving out “{events[largest['event']]['label']}” moves the collapse by {in_days(days)} on the same dice. "
        "Who could have prevented it, how late, and at what price?"
    ]
    if least is not largest:
        found.append(
            f"“{events[least['event']]['label']}” alone changes little ({in_days(least['without']['mean'] / 24)}). "
            "Did it not matter, or did others do its work? Switch off what stands in for it."
        )
    return found


def _of_pairs(events: list[Row], pairs: list[Row]) -> list[str]:
    beyond = pairs[0]["beyond"] if pairs else None
    if beyond and beyond["low"] is not None and beyond["low"] * beyond["high"] > 0:
        first, second = (events[number]["label"] for number in pairs[0]["events"])
        gap = in_days(abs(beyond["mean"]) / 24, sign=False) + (" more" if beyond["mean"] > 0 else " less")
        return [
            f"Leaving out both “{first}” and “{second}” moves the collapse by {gap} than the two add up to. "
            "What joins them?"
        ]
    return []


def _of_breaks(told: Row) -> list[str]:
    terms = sorted(told["reasons"]["terms"].items(), key=lambda item: -item[1])
    if not told["breaks"] or terms[0][1] < CLEAR:
        return []
    first = told["breaks"][0]
    return [
        f"{first['name']} broke first. Which unit, had it held, would have spared the most others? Follow the chains."
    ]


def in_days(days: float, sign: bool = True) -> str:
    """Days in words, with a true minus."""
    text = f"{days:+.1f}" if sign else f"{days:.1f}"
    return f"{text.replace('-', '−')} days"
