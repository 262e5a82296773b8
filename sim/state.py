"""The statuses of a unit and the named arrays of a run's state.

Axis order is (thing, run) with run contiguous: neighbours are rows, and the lanes of a
vector unit are runs.
"""

from __future__ import annotations

from enum import IntEnum


import numpy as np

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


FIELDED = (Status.HOLDING, Status.WAVERING, Status.WITHDRAWING)
"""Still part of the force."""
