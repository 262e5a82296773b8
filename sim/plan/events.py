"""Triggers as arrays, and their operations with rows for names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.operations import WAYS_OUT, Operation, Touches, Verb
from sim.plan.rows import Flags, Floats, Ints, RowsOf, flags, floats, hashes, ints
from sim.randomness import stable_hash
from sim.scenario.resolved import Resolved, ResolvedGuard
from sim.state import Status


@dataclass(frozen=True)
class Effect:
    """An `Operation` with rows for names."""

    verb: Verb
    touches: Touches | None
    amount: float
    scale: tuple[str, ...]
    units: Ints
    at: Ints
    chance: float
    patrons: Ints
    axes: Ints
    links: Ints
    status: Status | None
    destination: int
    decay: int
    """Row of `Plan.shock_decays`."""
    duration: float | None
    rumour: int
    """Number of the rumour it starts, -1 otherwise."""
    undo: int
    """Number of its undoing; -1 if it lasts, but for ways out: what is left of them when one closes is looked up."""
    reach: int
    """Effects with the same units and places, and no chance, share this number; -1 with a chance."""
    allies: bool
    """Whether it may touch units of a patron."""
    hash: np.uint64


@dataclass(frozen=True)
class Guard:
    """A `ResolvedGuard` with rows for names; empty and None fields do not count."""

    rows: tuple[Ints, Ints, Ints, Ints, Ints]
    """Places lost, held, contested; triggers fired, not fired."""
    names: tuple[frozenset[int], ...]
    """The same rows as sets."""
    strength: tuple[float | None, float | None]
    nation: tuple[float | None, float | None]
    commitment_below: tuple[tuple[int, float], ...]
    commitment_above: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Triggers:
    """Rows of the trigger axis; switched-off ones stay, so that rows never shift."""

    ids: tuple[str, ...]
    hashes: NDArray[np.uint64]
    enabled: Flags
    earliest: NDArray[np.float64]
    latest: NDArray[np.float64]
    delay_low: NDArray[np.float64]
    delay_high: NDArray[np.float64]
    patience: NDArray[np.float64]
    until: NDArray[np.float64]
    """Hour from which it takes effect no more."""
    probability: Floats
    scales_with: Ints
    guards: tuple[tuple[Guard, ...], ...]
    account_names: tuple[tuple[str, ...], ...]
    account_bounds: tuple[NDArray[np.float64], ...]
    """Cumulated weights of each trigger's accounts."""
    effects: tuple[tuple[tuple[Effect, ...], ...], ...]
    """[trigger][account] -> effects; empty where in that account nothing happened."""
    happens: tuple[tuple[bool, ...], ...]
    """[trigger][account] -> whether in that account anything happened."""
    arrivals: Ints
    """Places where units may be brought."""


class Compiler:
    """Gives numbers to what effects share: decay times, rumours, undoings."""

    def __init__(self, resolved: Resolved, rows: RowsOf, links: dict[tuple[str, str], int]) -> None:
        self._resolved, self._rows, self._links = resolved, rows, links
        self.decays: list[float | None] = [None]
        self.rumours: list[Effect] = []
        self.undone = 0
        self._reaches: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
        self._patron = {u.id: u.patron for u in resolved.units}

    def triggers(self) -> Triggers:
        all_ = self._resolved.triggers
        effects = tuple(
            tuple(
                tuple(self._effect(t.id, a.name, i, op) for i, op in enumerate(a.operations)) if a.happens else ()
                for a in t.accounts
            )
            for t in all_
        )
        return Triggers(
            ids=tuple(t.id for t in all_),
            hashes=hashes("trigger", (t.id for t in all_)),
            enabled=flags(t.enabled for t in all_),
            earliest=np.array([t.earliest for t in all_], dtype=float),
            latest=np.array([t.latest for t in all_], dtype=float),
            delay_low=np.array([t.delay_low for t in all_], dtype=float),
            delay_high=np.array([t.delay_high for t in all_], dtype=float),
            patience=np.array([np.inf if t.patience_hours is None else t.patience_hours for t in all_], dtype=float),
            until=np.array([np.inf if t.until is None else t.until for t in all_], dtype=float),
            probability=floats(t.probability for t in all_),
            scales_with=ints(-1 if t.scales_with is None else self._rows["patron"][t.scales_with] for t in all_),
            guards=tuple(tuple(self._guard(g) for g in t.guards) for t in all_),
            account_names=tuple(tuple(a.name for a in t.accounts) for t in all_),
            account_bounds=tuple(np.cumsum([a.weight for a in t.accounts]) for t in all_),
            effects=effects,
            happens=tuple(tuple(a.happens for a in t.accounts) for t in all_),
            arrivals=np.unique(
                ints(
                    e.destination
                    for accounts in effects
                    for account in accounts
                    for e in account
                    if e.verb is Verb.BRING_UNITS
                )
            ),
        )

    def _of(self, kind: str, names: Any) -> Ints:
        return ints(self._rows[kind][n] for n in names)

    def _guard(self, g: ResolvedGuard) -> Guard:
        rows = (
            self._of("place", g.lost),
            self._of("place", g.held),
            self._of("place", g.contested),
            self._of("trigger", g.fired),
            self._of("trigger", g.not_fired),
        )
        return Guard(
            rows=rows,
            names=tuple(frozenset(r.tolist()) for r in rows),
            strength=(g.strength_below, g.strength_above),
            nation=(g.nation_below, g.nation_above),
            commitment_below=tuple((self._rows["patron"][k], v) for k, v in g.commitment_below),
            commitment_above=tuple((self._rows["patron"][k], v) for k, v in g.commitment_above),
        )

    def _effect(self, trigger: str, account: str, number: int, op: Operation) -> Effect:
        if op.decay_hours not in self.decays:
            self.decays.append(op.decay_hours)
        undo = -1
        passes = op.duration_hours is not None and op.touches not in (Touches.LEADERLESS, Touches.LINK)
        if op.touches in WAYS_OUT or (passes and op.verb in (Verb.MULTIPLY, Verb.SET)):
            undo, self.undone = self.undone, self.undone + 1
        effect = Effect(
            verb=op.verb,
            touches=op.touches,
            amount=op.amount,
            scale=op.scale,
            units=np.sort(self._of("unit", op.units)),
            at=self._of("place", op.at),
            chance=op.chance,
            patrons=self._of("patron", op.patrons),
            axes=self._of("axis", op.axes),
            links=ints(self._links[pair] for pair in op.links),
            status=None if op.status is None else Status.named(op.status),
            destination=-1 if op.destination is None else self._rows["place"][op.destination],
            decay=self.decays.index(op.decay_hours),
            duration=op.duration_hours,
            rumour=len(self.rumours) if op.verb is Verb.START_RUMOUR else -1,
            undo=undo,
            reach=self._reaches.setdefault((op.units, op.at), len(self._reaches)) if op.chance == 1 else -1,
            allies=any(self._patron[unit] is not None for unit in op.units),
            hash=stable_hash("effect", trigger, account, str(number)),
        )
        if op.verb is Verb.START_RUMOUR:
            self.rumours.append(effect)
        return effect
