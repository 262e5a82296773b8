"""What a class did, in words and rows, for its report: every step with its reason, in order of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sim.classroom.cards import CARDS
from sim.classroom.case import Case, Event
from sim.classroom.log import Entry
from sim.classroom.session import Class, Played
from sim.report.events import moment
from sim.scenario.resolved import Resolved

MOST_NAMED = 2
"""Of a longer list a label names the first."""

YES_OR_NO = {
    "explained": ("without being told why", "told why"),
    "deputy_ready": ("no deputy", "a deputy is ready"),
}
"""What a field of a card says that is either so or not, as on the pages."""

Row = dict[str, Any]


class Told:
    """A class in words.

    Args:
        state: of all entries.
        names: whether students are named; otherwise only their teams are.
    """

    def __init__(self, case: Case, state: Class, entries: Sequence[Entry], names: bool = False) -> None:
        self.case, self.state, self.entries, self._names = case, state, entries, names
        self._known = _names_of(case.resolved)
        self._titles = {trigger.id: trigger.title for trigger in case.resolved.triggers}

    def who(self, data: Row) -> str:
        """Who did it: the umpire, or a team, with the student's name if names are told."""
        if not data.get("team"):
            return "Umpire"
        member = self.state.members.get(data.get("member", 0), {}).get("name", "") if self._names else ""
        return self.team(data["team"]) + (f" ({member})" if member else "")

    def team(self, name: str) -> str:
        return self.state.teams[name].name

    def label(self, event: Event) -> str:
        """What an event is called: its own title, or its card and what was decided."""
        if event.title:
            return event.title
        card = None if event.card is None else CARDS[event.card]
        title = str(event.trigger).replace("_", " ").capitalize() if card is None else card.title
        order = event.fields if card is None else [name for name in card.model_fields if name in event.fields]
        found = [words for name in order if (words := self._words(name, event.fields[name]))]
        return f"{title}: {', '.join(found)}" if found else title

    def played(self, played: Played) -> str:
        """What something that was played is called."""
        if played.do == "override":
            return self.override(played.said)
        return self.stop(played.trigger) if played.event is None else self.label(played.event)

    def override(self, data: Row) -> str:
        return f"Override: {self._known[data['unit']]} {data['to'].replace('_', ' ')}"

    def stop(self, trigger: str) -> str:
        return f"Stop: {self._titles[trigger]}"

    def steps(self) -> list[Row]:
        """Every step of the class: what was played, undone, and turns that went on without a forecast.

        `number` is that of the entry, `hour` when it was decided, `acts` the hour from which on it acts.
        """
        turn, hour, before, sealed = 0, 0.0, list[tuple[int, float]](), set[tuple[int, str]]()
        undone = {of: self.entries[number - 1].data["reason"] for of, number in self.state.undone.items()}
        found = []
        for entry in self.entries:
            data, row = entry.data, Row()
            match data["do"]:
                case "begin":
                    turn = 1
                case "undo" if self.entries[data["of"] - 1].data["do"] == "advance":
                    sealed = {each for each in sealed if each[0] < turn}  # they went with the turn
                    turn, hour = before.pop()
                case "seal":
                    sealed.add((turn, data["team"]))
                case "advance":
                    late = [self.team(team) for team in self.state.teams if (turn, team) not in sealed]
                    before.append((turn, hour))
                    end = self.state.days * 24
                    turn, hour = turn + 1, min(hour + self.state.turn_hours, end)
                    if late or entry.seq in undone:
                        begun = f"Turn {turn} begins" if hour < end else "The last turn ends"
                        row = {"kind": "turn", "text": f"{begun}{_without(late)}"}
                case "play" | "inject":
                    event = Event.model_validate(data["event"])
                    row = {"kind": data["do"], "text": self.label(event), "acts": event.hour}
                case "override":
                    row = {"kind": "override", "text": self.override(data), "acts": data["event"]["hour"]}
                case "stop":
                    row = {"kind": "stop", "text": self.stop(data["trigger"]), "acts": data["hour"]}
            if row:
                found.append({
                    "number": entry.seq, "turn": turn, "hour": hour, "when": moment(self.case.resolved, hour),
                    "who": self.who(data), "reason": data["reason"], "undone": undone.get(entry.seq), **row,
                })  # fmt: skip
        return found

    def forks(self, most: int) -> list[Row]:
        """What-ifs that were kept: first those that were on the projector, in the order in which they first were.

        Args:
            most: so many at most: the last of either kind.
        """
        shown = [entry.data["fork"] for entry in self.entries if entry.data["do"] == "project"]
        projected = list(dict.fromkeys(each for each in shown if each in self.state.forks))[-most:]
        others = [number for number in self.state.forks if number not in shown]
        chosen = [*projected, *others[max(0, len(others) - most + len(projected)) :]]
        return [self._fork(number) | {"projected": number in projected} for number in chosen]

    def _fork(self, number: int) -> Row:
        fork = self.state.forks[number]
        changes = [self.label(Event.model_validate(each)) for each in fork["injects"]]
        changes += [self.stop(trigger) for trigger, _ in fork["stopped"]]
        return {"number": number, "name": fork["name"], "who": self.who(fork), "changes": changes}

    def touched(self) -> list[str]:
        """Events of the scenario that the class stopped, also where that was undone, or left out of a what-if that it
        kept; those that came up most often first."""
        found = Counter[str]()
        for entry in self.entries:
            data = entry.data
            if data["do"] == "stop":
                found[data["trigger"]] += 1
            elif data["do"] == "fork":
                found.update(trigger for trigger, _ in data["stopped"])
        return [trigger for trigger, _ in found.most_common()]

    def teams(self) -> list[Row]:
        """The teams, and their students if names are told."""
        members = self.state.members.values() if self._names else ()
        found = []
        for name, team in self.state.teams.items():
            own = [member["name"] for member in members if member["team"] == name]
            found.append({"name": team.name, "role": team.role, "members": own})
        return found

    def _words(self, name: str, value: Any) -> str:
        """What a field of an event says: names of what there is, and numbers with what they are of."""
        named = name.replace("_", " ")
        if isinstance(value, dict):
            return ", ".join(words for key, inner in value.items() if (words := self._words(key, inner)))
        if isinstance(value, list):
            found = [words for inner in value if (words := self._words(name, inner))]
            return " and ".join(found if len(found) <= MOST_NAMED else [*found[:1], f"{len(found) - 1} more"])
        if isinstance(value, bool):
            return YES_OR_NO.get(name, (f"not {named}", named))[value]
        if isinstance(value, int | float):
            if name == "days":
                return f"{value:g} {'day' if value == 1 else named}"
            return f"{named} {value:g}"
        return self._known.get(value, value) if isinstance(value, str) else ""


def _without(late: list[str]) -> str:
    return f" without a forecast of {', '.join(late)}" if late else ""


def _names_of(resolved: Resolved) -> dict[str, str]:
    """Id -> name of all that an event can name."""
    found = {each.id: each.name for each in resolved.formations}
    found |= {each.id: each.name for each in resolved.patrons}
    found |= {each.id: each.name for each in resolved.units}
    return found | {each.id: each.name for each in resolved.places}
