"""The statuses of a unit and the named arrays of a run's state.

Axis order is (thing, run) with run contiguous: neighbours are rows, and the lanes of a
vector unit are runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

FLOAT = np.float32
"""The one floating type of the state; 24 bits hold every rate and share of the model."""


class Status(IntEnum):
    HOLDING = 0
    WAVERING = 1
    WITHDRAWING = 2
    DISPERSED = 3
    SURRENDERED = 4
    DEFECTED = 5
    MUTINIED = 6
    EVACUATED = 7
    DESTROYED = 8
    ABSENT = 9
    """Not in the field until a trigger brings it."""

    @property
    def label(self) -> str:
        """The name used in files and tables."""
        return self.name.lower()

    @classmethod
    def named(cls, label: str) -> Status:
        """The status with this label.

        Raises:
            KeyError: there is none.
        """
        return cls[label.upper()]


def _array(axes: str, uom: str, bounds: tuple[float, float], doc: str) -> Any:
    return field(metadata={"axes": tuple(axes.split()), "uom": uom, "bounds": bounds, "doc": doc})


_INF = float("inf")


@dataclass
class State:
    """Everything that changes in a block of runs. Each field's metadata gives axes, unit of measure and bounds."""

    status: NDArray[np.int8] = _array("unit run", "Status", (0, 9), "what the unit is doing")
    men: NDArray[np.float32] = _array("unit run", "men", (0, _INF), "men it started with, drawn per run")
    strength: NDArray[np.float32] = _array("unit run", "share", (0, 1), "n: share of those men still standing")
    supply: NDArray[np.float32] = _array("unit run", "day", (0, 7), "d: days of supply")
    loyalty: NDArray[np.float32] = _array("unit run", "share", (0, 1), "ℓ: loyalty to the own chain of command")
    fatigue: NDArray[np.float32] = _array("unit run", "share", (0, 1), "f: grows under pressure, rests out of it")
    shock: NDArray[np.float32] = _array("decay unit run", "log hazard ratio", (-_INF, _INF), "J: memory, by decay time")
    safety: NDArray[np.float32] = _array("unit run", "share", (0, 1), "φ: perceived safety of quitting")
    offer: NDArray[np.float32] = _array("unit run", "flag", (0, 1), "an open offer to change sides")
    seen_local: NDArray[np.float32] = _array("unit run", "share", (0, 1), "y_loc: lagged holding of comrades here")
    seen_command: NDArray[np.float32] = _array("unit run", "share", (0, 1), "y_cmd: of the own formation")
    seen_nation: NDArray[np.float32] = _array("unit run", "share", (0, 1), "y_nat: of the whole force")
    seen_patron: NDArray[np.float32] = _array("unit run", "share", (0, 1), "y_pat: of the patron's other units")
    disposition: NDArray[np.float32] = _array(
        "unit run", "log hazard ratio", (-_INF, _INF), "morale offset + frailty z"
    )
    leaderless_until: NDArray[np.float32] = _array("unit run", "h", (0, _INF), "K holds until this hour")
    rally: NDArray[np.float32] = _array("unit run", "-", (0, _INF), "factor on the rally rate")
    quality: NDArray[np.float32] = _array("unit run", "-", (0, _INF), "fighting quality")
    place: NDArray[np.intp] = _array("unit run", "row", (0, _INF), "where it is, or set out from")
    destination: NDArray[np.int16] = _array("unit run", "row", (-1, _INF), "where it withdraws to; -1: the next place")
    hop: NDArray[np.int16] = _array("unit run", "row", (-1, _INF), "the next place of a withdrawal; -1: to be found")
    road_left: NDArray[np.float32] = _array("unit run", "km", (0, _INF), "road left to the hop")
    broken: NDArray[np.bool_] = _array("unit run", "flag", (0, 1), "has broken: left without orders")
    trust: NDArray[np.float32] = _array("patron unit run", "share", (0, 1), "T: of each unit in each patron")
    commitment: NDArray[np.float32] = _array("patron run", "share", (0, 1), "c: how far the patron backs the host")
    pair_trust: NDArray[np.float32] = _array("patron patron run", "share", (0, 1), "trust between patrons")
    control: NDArray[np.int8] = _array("place run", "row", (0, _INF), "who holds the place")
    risen: NDArray[np.bool_] = _array("place run", "flag", (0, 1), "has risen behind the line")
    unguarded: NDArray[np.float32] = _array(
        "place run", "share", (0, 1), "how far a neighbour has come into an empty place"
    )
    closed_until: NDArray[np.float32] = _array("link run", "h", (-_INF, _INF), "the link is closed until this hour")
    column_men: NDArray[np.float32] = _array("column run", "men", (0, _INF), "attackers of a column")
    column_active: NDArray[np.bool_] = _array("column run", "flag", (0, 1), "is in the field")
    column_at: NDArray[np.intp] = _array("column run", "row", (0, _INF), "position on its path")
    column_km: NDArray[np.float32] = _array("column run", "km", (0, _INF), "way made toward the next place")
    axis_quality: NDArray[np.float32] = _array("axis run", "-", (0, _INF), "fighting quality of an axis")
    belief: NDArray[np.float32] = _array("run", "share", (0, 1), "B: attackers' belief")
    last_success: NDArray[np.float32] = _array("run", "h", (-_INF, _INF), "hour at which a place last fell")
    start_men: NDArray[np.float64] = _array("run", "men", (0, _INF), "effective host strength at hour 0")
    attackers_lost: NDArray[np.float32] = _array("run", "men", (0, _INF), "attackers killed or wounded so far")
    account: NDArray[np.int16] = _array("trigger run", "row", (0, _INF), "the account that holds in this run")
    moment: NDArray[np.float32] = _array("trigger run", "h", (0, _INF), "from when it may happen; inf: never")
    delay: NDArray[np.float32] = _array("trigger run", "h", (0, _INF), "from the moment and its guards to the effect")
    due: NDArray[np.float32] = _array("trigger run", "h", (0, _INF), "when it takes effect, once its guards held")
    fired: NDArray[np.float32] = _array("trigger run", "h", (0, _INF), "hour at which it took effect; inf: not")
    missed: NDArray[np.bool_] = _array("trigger run", "flag", (0, 1), "was due and did not happen")
    rumour_until: NDArray[np.float32] = _array("rumour run", "h", (-_INF, _INF), "the rumour spreads until this hour")
    rumour: NDArray[np.int8] = _array("rumour unit run", "row", (0, 2), "0 out of its reach, 1 within, 2 has heard it")
    undo_at: NDArray[np.float32] = _array("undo run", "h", (0, _INF), "when a passing effect ends")
    undo_units: NDArray[np.bool_] = _array("undo unit run", "flag", (0, 1), "whom it touched")

    def copy(self) -> State:
        """A copy whose arrays can be written to."""
        return State(**{name: np.array(array, order="C") for name, array in vars(self).items()})

    def of_runs(self, runs: NDArray[np.intp]) -> State:
        """A copy with these run columns only; every array has run as its last axis."""
        return State(**{name: np.ascontiguousarray(array[..., runs]) for name, array in vars(self).items()})
