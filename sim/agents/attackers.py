"""Attackers: axes, their columns, and what they all believe (equation 8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from sim.agents.places import Link, Place
from sim.randomness import stable_hash
from sim.rules import attacker
from sim.scenario.resolved import ResolvedAxis
from sim.state import FLOAT


class Axis:
    """One axis of advance: its quality, its columns, and the places that rise with it."""

    def __init__(self, row: ResolvedAxis, draw: np.float32) -> None:
        self.row = row
        self.id, self.name, self.controller = row.id, row.name, row.controller
        low, high = FLOAT(row.men_low), FLOAT(row.men_high)
        self.men = low + (high - low) * draw
        self.quality = FLOAT(row.quality)
        self.besieges = row.posture == "siege"
        self.columns: list[Column] = []
        self.risers: list[Place] = []

    @staticmethod
    def hash_of(row: ResolvedAxis) -> np.uint64:
        return stable_hash("axis", row.id)

    def appear(self) -> None:
        """Take the field; a place that rises with it rises if it is still in its first hands."""
        for column in self.columns:
            column.active = True
        for place in self.risers:
            place.risen |= not place.fallen


class Column:
    """Attackers on one route of an axis.

    Attributes:
        at: position on its path.
        km: way made toward the next place.
        engaged: stands against a place in hostile hands.
        press: share of its men that press at a time.
    """

    def __init__(self, axis: Axis, weight: float, path: Sequence[Place], legs: Sequence[Link]) -> None:
        self.axis, self.path, self.legs = axis, path, legs
        self.men = axis.men * FLOAT(weight)
        self.starts = axis.row.starts_hour
        self.active = self.starts is not None and self.starts <= 0
        self.at, self.km = 0, FLOAT(0)
        self.engaged = False
        self.press = FLOAT(1)

    def __repr__(self) -> str:
        return f"<{self.axis.id} at {self.place.id}, {self.men:.0f} men>"

    @property
    def place(self) -> Place:
        return self.path[self.at]

    def locate(self, hour: float, enemies: frozenset[tuple[str, str]]) -> None:
        """Take the field when it is time; see whom it faces."""
        if self.starts is not None and self.starts <= hour:
            self.active = True
        place = self.place
        self.engaged = self.active and not place.row.protected and (self.axis.controller, place.control) in enemies

    def suffer(self) -> np.float32:
        """Lose men, and return how many."""
        lost = self.men * self.press * self.place.attackers_dying if self.engaged else FLOAT(0)
        self.men = self.men - lost
        return lost

    def march(self, pace: np.float32, p: Any) -> None:
        """Go on along the path unless engaged, at most one place in a step.

        What is left of a step on arrival counts for the next leg.
        """
        if not self.active or self.engaged or self.at == len(self.legs):
            return
        leg = self.legs[self.at]
        self.km = self.km + (pace if leg.open else pace * p.closed_link_speed)
        if self.km >= leg.km:
            self.at, self.km = self.at + 1, self.km - leg.km


class Attackers:
    """All columns and their shared belief.

    Attributes:
        belief: B, 0 to 1.
        last_success: hour at which a place last fell.
        lost: men killed or wounded so far.
    """

    def __init__(self, axes: Sequence[Axis], p: Any) -> None:
        self.axes = axes
        self.columns = [column for axis in axes for column in axis.columns]
        self.belief = FLOAT(0) + p.belief_start
        self.last_success = FLOAT(-np.inf)
        self.lost = FLOAT(0)

    def locate(self, places: Iterable[Place], hour: float, enemies: frozenset[tuple[str, str]], p: Any) -> None:
        """Where columns stand, and with how many men."""
        assault = FLOAT(attacker.pressing(self.belief, p))
        engaged: dict[Place, float] = {}
        for column in self.columns:
            column.locate(hour, enemies)
            column.press = FLOAT(p.siege_share) if column.axis.besieges else assault
            if column.engaged:
                men = column.men * column.axis.quality * column.press
                engaged[column.place] = engaged.get(column.place, 0.0) + float(men)
        for place in places:
            place.attackers = FLOAT(engaged.get(place, 0.0))

    def pace(self, dt: np.float32, p: Any) -> np.float32:
        """Kilometres made on an open road in a step."""
        return FLOAT(attacker.speed(self.belief, p) * dt / 24)

    def suffer(self) -> None:
        for column in self.columns:
            self.lost = self.lost + column.suffer()

    def take(self, p: Any) -> None:
        """Fallen places go to the first column engaged there; all engaged leave a garrison and may go on."""
        fallen = {place for place in {c.place for c in self.columns if c.engaged} if place.falls(p)}
        taking = [column for column in self.columns if column.engaged and column.place in fallen]
        for column in taking:
            place, axis = column.place, column.axis
            if place.next_control == place.control:
                place.next_control = axis.controller
                if place.row.depot:
                    axis.quality = axis.quality * (1 + p.captured_depot_gain)
        for column in taking:
            column.men = column.men * (1 - p.garrison_share)
            column.engaged = False

    def walk_in(self, places: Iterable[Place], pace: np.float32, enemies: frozenset[tuple[str, str]]) -> None:
        """Empty places beside hostile hands are taken at the nearest neighbour's pace."""
        for place in places:
            hostile = [way for way in place.ways if (way.far.control, place.control) in enemies]
            if not hostile:
                continue
            nearest = min(hostile, key=lambda way: way.link.front_km)
            place.unguarded = np.minimum(place.unguarded + pace / nearest.link.front_km, 1)
            if place.unguarded >= 1:
                place.next_control = nearest.far.control

    def march(self, pace: np.float32, p: Any) -> None:
        for column in self.columns:
            column.march(pace, p)

    def hearten(self, taken: int, keep: np.float32, hour: float, p: Any) -> None:
        """What they believe after a step in which `taken` places fell."""
        if taken:
            self.belief = FLOAT(attacker.encouraged(self.belief, taken, p))
            self.last_success = FLOAT(hour)
        else:
            halted = any(column.engaged for column in self.columns)
            self.belief = FLOAT(attacker.fading(self.belief, FLOAT(hour) - self.last_success, halted, keep, p))
