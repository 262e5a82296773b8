"""Small forces as resolved scenarios, and the parameters that switch every mechanism off.

A check of an exact target starts from `OFF` and turns on the one mechanism that the target is about.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sim.kernels.numpy import NumpyKernel
from sim.operations import Operation
from sim.parameters import ALL
from sim.plan import Plan, make_plan
from sim.scenario.resolved import (
    Resolved,
    ResolvedAccount,
    ResolvedAxis,
    ResolvedFormation,
    ResolvedLink,
    ResolvedPatron,
    ResolvedPlace,
    ResolvedTrigger,
    ResolvedUnit,
)
from sim.state import FLOAT, State
from sim.step import step

HOST, ATTACKER = "government", "opposition"
NEVER = -1000.0
"""Score of an exit that nobody takes."""
STEEP = 1e7
"""Effect of comrades seen gone that makes a threshold of it: the limit of ever larger ones.
A scenario file may give at most 20; a plan takes any."""
ALARM = 1e-5
"""Chance that one sound comparison of a statistical check fails; no check makes more than ten."""

OFF: dict[str, float] = {
    **{p.name: 0.0 for p in ALL if p.name.startswith("effect_")},
    **{p.name: 0.0 for p in ALL if p.name.startswith("score_")},
    **dict.fromkeys(("score_withdraw", "score_surrender", "score_defect", "score_mutiny"), NEVER),
    **dict.fromkeys(("exposure_contact", "exposure_flanked", "exposure_rear"), 1.0),
    **dict.fromkeys(("waver_rate", "exit_rate", "rally_rate", "exit_offset"), 0.0),
    **dict.fromkeys(("casualty_rate", "destroyed_below", "capture_ratio", "uprising_rate"), 0.0),
    **dict.fromkeys(("rumour_broadcast", "rumour_contact", "contingent_leave_rate"), 0.0),
    **dict.fromkeys(("weight_local", "weight_command", "hold_wavering", "hold_withdrawing"), 0.0),
    "siege_share": 1.0,
    "weight_nation": 1.0,
    "information_delay": 1e-3,
    "local_delay_share": 1.0,
    "frailty_spread": 0.0,
    "index_limit": 30.0,
}
"""All mechanisms off: no rate, no effect, immediate news of the nation alone, dispersal the only way out."""


def unit(name: str, place: str = "P0", **fields: Any) -> ResolvedUnit:
    """A holding regular unit of one hundred men at the reference: morale and loyalty one half, full stocks."""
    plain: dict[str, Any] = {
        "id": name,
        "name": name,
        "kind": "regular",
        "controller": HOST,
        "patron": None,
        "formation": "army",
        "place": place,
        "men_low": 100.0,
        "men_high": 100.0,
        "assumed": False,
        "quality": 1.0,
        "elite": False,
        "motorised": False,
        "morale": 0.5,
        "loyalty": 0.5,
        "supply": 3.0,
        "supply_cap": 3.0,
        "present": True,
        "confidence": "C",
    }
    return ResolvedUnit(**{**plain, **fields})


def place(name: str, **fields: Any) -> ResolvedPlace:
    """A place of the host on open ground, with supplies of its own."""
    plain: dict[str, Any] = {
        "id": name,
        "name": name,
        "kind": "town",
        "region": "all",
        "lat": 0.0,
        "lon": 0.0,
        "holder": HOST,
        "terrain": 1.0,
        "supply_source": True,
        "depot": False,
        "protected": False,
        "rises": None,
    }
    return ResolvedPlace(**{**plain, **fields})


def link(start: str, end: str, km: float = 20.0) -> ResolvedLink:
    """An open road."""
    return ResolvedLink(from_place=start, to_place=end, road="", km=km, front_km=km, open=True)


def axis(men: float, *route: str, name: str = "column", starts_hour: float | None = 0.0) -> ResolvedAxis:
    """Attackers who stand before the first place of their route from hour 0."""
    return ResolvedAxis(
        id=name,
        name=name,
        controller=ATTACKER,
        men_low=men,
        men_high=men,
        quality=1.0,
        starts_hour=starts_hour,
        routes=((1.0, route or ("P0",)),),
    )


def patron(name: str = "ally", **fields: Any) -> ResolvedPatron:
    """A lone, trusted patron."""
    plain: dict[str, Any] = {"id": name, "name": name, "commitment": 0.5, "weight": 1.0, "trust": 1.0, "air": False}
    return ResolvedPatron(**{**plain, **fields})


def trigger(name: str, hour: float, *operations: Operation, **fields: Any) -> ResolvedTrigger:
    """A certain event at one moment."""
    account = ResolvedAccount(
        name="only", weight=1, type="row", title="", happens=True, operations=operations, sources=()
    )
    plain: dict[str, Any] = {
        "id": name,
        "type": "row",
        "title": name,
        "enabled": True,
        "earliest": hour,
        "latest": hour,
        "delay_low": 0.0,
        "delay_high": 0.0,
        "patience_hours": None,
        "probability": 1.0,
        "scales_with": None,
        "guards": (),
        "accounts": (account,),
        "cause": "unknown",
        "confidence": "C",
        "sources": (),
        "places": (),
        "events": (),
    }
    return ResolvedTrigger(**{**plain, **fields})


def force(units: int | Iterable[ResolvedUnit] = 1, **fields: Any) -> Resolved:
    """A force at one place and nothing against it, with every mechanism off unless `parameters` turns it on."""
    if isinstance(units, int):
        units = [unit(f"U{number:06}") for number in range(units)]
    units = sorted(units, key=lambda u: u.id)
    names = sorted({u.formation for u in units} | {"army"})
    plain: dict[str, Any] = {
        "format": 1,
        "name": "limit",
        "title": "A limit of the model",
        "summary": "",
        "start": "2031-05-01T06:00:00+00:00",
        "days": 10.0,
        "step_hours": 1.0,
        "capital": "P0",
        "host": HOST,
        "collapse_share": 0.25,
        "patron_trust": 1.0,
        "anchor": None,
        "roles": {HOST: "host", ATTACKER: "attacker"},
        "controller_names": {HOST: "Government", ATTACKER: "Opposition"},
        "regions": ("all",),
        "patrons": (),
        "formations": tuple(
            ResolvedFormation(id=name, name=name, parent=None if name == "army" else "army") for name in names
        ),
        "places": (place("P0"),),
        "links": (),
        "units": tuple(units),
        "axes": (),
        "triggers": (),
        "outcomes": (),
        "sources": {},
    }
    plain |= fields
    defaults = {p.name: float(p.default) for p in ALL}
    return Resolved(**{**plain, "parameters": {**defaults, **OFF, **fields.get("parameters", {})}})


def kernel(
    what: Resolved | Plan, runs: int = 1, seed: int = 1, state: State | None = None, **given: Any
) -> NumpyKernel:
    """The product's kernel, at hour 0 or in this state; `given` are parameter values, numbers or one per run."""
    plan = what if isinstance(what, Plan) else make_plan(what)
    numbers = np.arange(runs, dtype=np.uint64)
    return NumpyKernel(plan, plan.values(given, seed=seed, runs=numbers), seed, numbers, state)


def settle(kernel: NumpyKernel, most: int = 600) -> NumpyKernel:
    """Step until nobody has changed status for three steps: news takes one.

    Raises:
        AssertionError: they still change after `most` steps.
    """
    quiet = 0
    for number in range(most):
        before = kernel.state.status
        step(kernel, number)
        quiet = quiet + 1 if (kernel.state.status == before).all() else 0
        if quiet == 3:
            return kernel
    raise AssertionError(f"not settled after {most} steps")


def repeated(plan: Plan, disposition: NDArray[np.float64]) -> Plan:
    """A plan whose one unit stands there once for each of these dispositions."""
    one, many = plan.units, len(disposition)
    rows = {
        field.name: np.repeat(getattr(one, field.name), many)
        for field in dataclasses.fields(one)
        if isinstance(getattr(one, field.name), np.ndarray)
    }
    rows |= {"hashes": np.arange(many, dtype=np.uint64), "disposition": disposition.astype(FLOAT)}
    units = dataclasses.replace(one, ids=tuple(f"U{number}" for number in range(many)), **rows)
    return dataclasses.replace(plan, units=units)


def assert_mean(sample: Any, target: float, *, slack: float = 0.0) -> None:
    """The mean of independent values is the target, up to chance (`ALARM`) and `slack`."""
    values = np.asarray(sample, dtype=float)
    assert np.isfinite(values).all(), "some runs never reached it"
    error = values.std(ddof=1) / np.sqrt(values.size)
    allowed = float(stats.t.isf(ALARM / 2, values.size - 1)) * error + slack
    assert abs(values.mean() - target) <= allowed, f"{values.mean():.6g} is not {target:.6g} within {allowed:.2g}"


def assert_share(hits: int, trials: int, target: float, *, slack: float = 0.0) -> None:
    """A count of independent trials has this probability, up to chance (`ALARM`, exact binomial) and `slack`."""
    low, high = max(target - slack, 0.0), min(target + slack, 1.0)
    least, most = stats.binom.isf(1 - ALARM / 2, trials, low), stats.binom.isf(ALARM / 2, trials, high)
    assert least <= hits <= most, f"{hits / trials:.6g} is not {target:.6g}: {hits} outside {least:.0f} to {most:.0f}"
