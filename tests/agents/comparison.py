"""A model of agents and the NumPy kernel, side by side: what each says of the same run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.agents import ForceModel
from sim.agents.unit import UnitAgent
from sim.kernels.numpy import NumpyKernel
from sim.operations import Verb
from sim.plan import Plan, make_plan
from sim.scenario.resolved import Resolved
from sim.step import step

TOLERANCE = 0.0
"""Greatest difference of two floats. Both sides do the same float32 arithmetic in the same order."""

RULES = {
    "status": "decide", "broken": "decide", "place": "withdraw", "hop": "withdraw", "destination": "withdraw",
    "road_left": "withdraw", "control": "advance", "risen": "rise", "unguarded": "advance", "account": "opening",
    "moment": "opening", "delay": "opening", "due": "happen", "fired": "happen", "missed": "happen",
    "rumour": "spread", "closed_until": "happen", "men": "opening", "start_men": "opening", "strength": "fight",
    "strength_share": "commit", "fatigue": "fight", "supply": "consume", "disposition": "opening",
    "loyalty": "happen or commit", "shock": "happen, spread or commit", "safety": "happen", "offer": "happen",
    "rally": "happen", "quality": "happen", "leaderless_until": "happen", "trust": "happen", "pair_trust": "happen",
    "seen_local": "sense", "seen_command": "sense", "seen_nation": "sense", "seen_patron": "sense",
    "commitment": "commit_patrons", "belief": "advance", "last_success": "advance", "attackers_lost": "advance",
    "axis_quality": "advance or happen", "column_men": "advance", "column_km": "advance", "column_at": "advance",
    "column_active": "begin or happen", "over": "finished",
}  # fmt: skip
"""The phase of sim.step that last changes a quantity."""
DISCRETE = frozenset({
    "status", "broken", "place", "hop", "destination", "control", "risen", "account", "fired", "missed", "rumour",
    "column_at", "column_active", "over",
})  # fmt: skip
_UNIT_FLOATS = (
    "men", "strength", "supply", "loyalty", "fatigue", "safety", "offer", "rally", "quality", "disposition",
    "leaderless_until", "seen_local", "seen_command", "seen_nation", "seen_patron",
)  # fmt: skip


class Disagreement(NamedTuple):
    """One value that differs."""

    run: int
    step: int
    what: str
    name: str
    agents: Any
    kernel: Any

    def __str__(self) -> str:
        where = f"run {self.run}, step {self.step}, {self.name}"
        return (
            f"{where}: {self.what} (rule: {RULES[self.what]}) is {self.agents} in agents, {self.kernel} in the kernel"
        )


class SideBySide:
    """The same runs in both. Compared after every step, until a run is over."""

    def __init__(
        self, resolved: Resolved, runs: Sequence[int], *, unit_class: type[UnitAgent] = UnitAgent, **given: float
    ) -> None:
        self.plan: Plan = make_plan(resolved)
        self.kernel = NumpyKernel(
            self.plan, self.plan.values(given, seed=1, runs=np.asarray(runs, np.uint64)), 1, np.asarray(runs, np.uint64)
        )
        self.models = [ForceModel(resolved, 1, run, parameters=given, unit_class=unit_class) for run in runs]
        self._place = {name: row for row, name in enumerate(self.plan.places.ids)}

    def disagreements(self) -> Iterator[Disagreement]:
        """Step to the horizon; everything that differs, as it comes."""
        yield from self._differences(-1)
        for number in range(self.plan.steps):
            step(self.kernel, number)
            for model in self.models:
                model.step()
            yield from self._differences(number)

    def _differences(self, number: int) -> Iterator[Disagreement]:
        finished = self.kernel.finished()
        daily = (number + 1) * self.plan.step_hours % 24 == 0 and number >= 0
        for column, model in enumerate(self.models):
            if not model.running:
                continue
            if daily and model.over != finished[column]:
                yield Disagreement(model.run, number, "over", "run", model.over, bool(finished[column]))
            if model.over:
                continue
            for what, mine in self._of_agents(model).items():
                yield from self._compare(model.run, number, what, mine, self._of_kernel(what, column))

    def _compare(self, run: int, number: int, what: str, mine: Any, theirs: Any) -> Iterator[Disagreement]:
        mine, theirs = np.atleast_1d(np.asarray(mine)), np.atleast_1d(theirs)
        assert mine.shape == theirs.shape, what
        differs = mine != theirs
        if what not in DISCRETE and TOLERANCE:
            differs = ~np.isclose(mine, theirs, rtol=TOLERANCE, atol=TOLERANCE)
        for index in zip(*np.nonzero(differs), strict=True):
            yield Disagreement(run, number, what, self._name(mine.shape, index), mine[index], theirs[index])

    def _name(self, shape: tuple[int, ...], index: tuple[Any, ...]) -> str:
        """What the values that differ belong to."""
        plan = self.plan
        for kind, ids in (("unit", plan.units.ids), ("place", plan.places.ids), ("trigger", plan.triggers.ids)):
            if shape[-1] == len(ids):
                return f"{kind} {ids[index[-1]]}"
        return f"row {tuple(map(int, index))}"

    def _of_kernel(self, what: str, column: int) -> Any:
        state = self.kernel.state
        if what == "strength_share":
            return self.kernel.strength_share[column]
        value = getattr(state, what)[..., column]
        return np.where(state.hop[:, column] >= 0, value, 0) if what == "road_left" else value

    def _of_agents(self, model: ForceModel) -> dict[str, Any]:
        units, places = list(model.units.values()), list(model.places.values())
        events, columns = model.events, model.attackers.columns
        patrons = list(model.patrons.values())
        controllers = self.plan.controllers
        return {name: [getattr(unit, name) for unit in units] for name in _UNIT_FLOATS} | {
            "status": [unit.status for unit in units],
            "broken": [unit.broke is not None for unit in units],
            "place": [self._row(unit.place) for unit in units],
            "hop": [self._row(unit.hop) for unit in units],
            "destination": [self._row(unit.destination) for unit in units],
            "road_left": [unit.road_left if unit.hop else 0 for unit in units],
            "shock": np.array([unit.shock for unit in units]).T,
            "trust": np.array([[unit.trust[patron] for unit in units] for patron in patrons]).reshape(-1, len(units)),
            "control": [controllers.index(place.control) for place in places],
            "risen": [place.risen for place in places],
            "unguarded": [place.unguarded for place in places],
            "closed_until": [model.links[ends].closed_until for ends in self.plan.graph.links],
            "account": [event.row.accounts.index(event.account) for event in events],
            "moment": [event.moment for event in events],
            "delay": [event.delay for event in events],
            "due": [event.due for event in events],
            "fired": [event.fired for event in events],
            "missed": [event.missed for event in events],
            "rumour": np.array(list(self._rumours(model, units))).reshape(-1, len(units)),
            "commitment": [patron.commitment for patron in patrons],
            "column_men": [column.men for column in columns],
            "column_at": [column.at for column in columns],
            "column_km": [column.km for column in columns],
            "column_active": [column.active for column in columns],
            "axis_quality": [axis.quality for axis in model.axes.values()],
            "belief": model.attackers.belief,
            "last_success": model.attackers.last_success,
            "attackers_lost": model.attackers.lost,
            "start_men": model.start_men,
            "strength_share": model.strength,
        }

    def _row(self, place: Any) -> int:
        return -1 if place is None else self._place[place.id]

    @staticmethod
    def _rumours(model: ForceModel, units: list[UnitAgent]) -> Iterator[list[int]]:
        """Of each rumour that any account tells: who is in its reach (1) and who has heard it (2)."""
        for event in model.events:
            for account in event.row.accounts:
                operations = account.operations if account.happens else ()
                for effect, operation in enumerate(operations):
                    if operation.verb is not Verb.START_RUMOUR:
                        continue
                    rumour = event.effects[effect].rumour if account is event.account else None
                    yield [0 if rumour is None else (u in rumour.within) + (u in rumour.heard) for u in units]


def agree(both: SideBySide) -> None:
    """Fail at the first step with a difference, and print the differences of that step."""
    found: list[Disagreement] = []
    for each in both.disagreements():
        if found and each.step != found[0].step:
            break
        found.append(each)
    assert not found, "\n".join(map(str, found[:40]))
