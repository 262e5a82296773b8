"""A trigger of each type, fired in the kernel: its operations change what they name, and nothing else.

The rows are the documented ones that the types are compiled from (tests/triggers).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from sim.kernels.numpy import NumpyKernel
from sim.operations import Operation, Touches, Verb
from sim.scenario import load, resolve
from sim.scenario.directory import ScenarioDirectory
from sim.scenario.resolved import Resolved, ResolvedAccount, ResolvedTrigger
from sim.state import State
from sim.triggers.example_force import AXES, LINKS, PARENTS, PATRONS, REGIONS, UNITS
from tests.triggers.conftest import build
from tests.triggers.documented_rows import ROWS

STANDS = {
    "brigade_1": "NORTHGATE", "brigade_2": "MIDTOWN", "brigade_3": "BRIDGE", "guard": "CAPITAL",
    "home_militia": "NORTHGATE", "ost_legion": "MIDTOWN", "river_militia": "BRIDGE", "west_legion": "CAPITAL",
}  # fmt: skip

FIELDS: dict[Touches, set[str]] = {
    Touches.SHOCK: {"shock"},
    Touches.LOYALTY: {"loyalty"},
    Touches.SUPPLY: {"supply"},
    Touches.BELIEF: {"belief"},
    Touches.TRUST: {"trust"},
    Touches.PATRON_TRUST: {"pair_trust"},
    Touches.COMMITMENT: {"commitment"},
    Touches.RALLY: {"rally"},
    Touches.QUALITY: {"quality"},
    Touches.ATTACKER_QUALITY: {"axis_quality"},
    Touches.LEADERLESS: {"leaderless_until"},
    Touches.SAFETY: {"safety"},
    Touches.OFFER: {"offer"},
    Touches.STATUS: {"status", "destination", "broken"},
    Touches.LINK: {"closed_until"},
}
VERBS: dict[Verb, set[str]] = {
    Verb.RAISE_ATTACKERS: {"column_active", "risen"},
    Verb.BRING_UNITS: {"status", "place"},
    Verb.START_RUMOUR: {"rumour_until", "rumour"},
}
LEDGER = {"due", "fired", "undo_at", "undo_units"}
"""What every firing writes down about itself."""


def _text() -> Iterator[str]:
    yield 'name = "example"\ntitle = "An example"\nstart = 2024-01-01T00:00:00+00:00\ncapital = "CAPITAL"'
    yield '[controller]\nhost = {name = "Host", role = "host"}\nfoe = {name = "Foe", role = "attacker"}'
    yield from (f'[patron.{p}]\nname = "{p}"' for p in PATRONS)
    for name, parent in PARENTS.items():
        yield f'[formation.{name}]\nname = "{name}"' + (f'\nparent = "{parent}"' if parent else "")
    for name, start in AXES.items():
        yield f'[[axis]]\nid = "{name}"\nname = "{name}"\ncontroller = "foe"\nmen = 1000'
        yield f'route = [{{places = ["{start}"]}}]'
    for region, towns in REGIONS.items():
        for town in towns:
            yield f'[[place]]\nid = "{town}"\nname = "{town}"\nregion = "{region}"\nlat = 0\nlon = 0\nholder = "host"'
            yield f"supply_source = {str(town == 'CAPITAL').lower()}"
    yield from (f'[[link]]\nfrom = "{a}"\nto = "{b}"\nkm = 10' for a, b in LINKS)
    for name, unit in UNITS.items():
        yield f'[[unit]]\nid = "{name}"\nname = "{name}"\nkind = "{unit.kind}"\nformation = "{unit.formation}"'
        yield f'place = "{STANDS[name]}"\nmen_low = 500\nmen_high = 500\nsupply = 2'
        if unit.patron:
            yield f'patron = "{unit.patron}"'


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Resolved, ScenarioDirectory]:
    path = tmp_path_factory.mktemp("example") / "example.toml"
    path.write_text("\n".join(_text()), encoding="utf-8")
    scenario = load(path)
    resolved = resolve(scenario)
    dormant = tuple(a.model_copy(update={"starts_hour": None}) for a in resolved.axes)
    return resolved.model_copy(update={"axes": dormant}), ScenarioDirectory(scenario.file)


def _with(resolved: Resolved, operations: tuple[Operation, ...]) -> Resolved:
    """The force with one certain trigger at hour 0; units it brings are still absent."""
    account = ResolvedAccount(
        name="only", weight=1, type="row", title="", happens=True, operations=operations, sources=()
    )
    trigger = ResolvedTrigger(
        id="row", type="row", title="", enabled=True, earliest=0, latest=0, delay_low=0, delay_high=0,
        patience_hours=None, probability=1, scales_with=None, guards=(), accounts=(account,), cause="unknown",
        confidence="C", sources=(), places=(), events=(),
    )  # fmt: skip
    brought = {unit for op in operations if op.verb is Verb.BRING_UNITS for unit in op.units}
    units = tuple(u.model_copy(update={"present": u.id not in brought}) for u in resolved.units)
    return resolved.model_copy(update={"triggers": (trigger,), "units": units})


def _fire(kernel: NumpyKernel) -> tuple[dict[str, np.ndarray], State]:
    before = {name: array.copy() for name, array in vars(kernel.state).items()}
    kernel.begin(0)
    kernel.happen()
    return before, kernel.state


@pytest.mark.parametrize("row", [row[1] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_documented_row_changes_what_it_names_and_nothing_else(
    row: dict[str, Any],
    example: tuple[Resolved, ScenarioDirectory],
    kernel_of: Callable[..., NumpyKernel],
) -> None:
    resolved, directory = example
    operations = build(row).operations(directory)
    before, after = _fire(kernel_of(_with(resolved, operations), runs=range(40)))
    changed = {name for name, old in before.items() if not np.array_equal(old, getattr(after, name))}
    named: set[str] = set()
    for op in operations:
        named |= VERBS[op.verb] if op.touches is None else FIELDS[op.touches]
    assert changed <= named | LEDGER
    reaching = [op for op in operations if _reaches(op)]
    for op in reaching:
        fields = VERBS[op.verb] if op.touches is None else FIELDS[op.touches]
        assert changed & fields, f"{op.verb} {op.touches} changed nothing"
    assert (after.fired == 0).all()
    _only_those_units(before, after, changed, operations)


def _reaches(op: Operation) -> bool:
    """Whether it can change this force at hour 0: somebody stands there, and it is not so already."""
    if op.verb in (Verb.RAISE_ATTACKERS, Verb.START_RUMOUR, Verb.BRING_UNITS):
        return True
    if op.touches is Touches.LEADERLESS and op.amount == 0:
        return False
    if op.touches is Touches.LINK:
        return op.amount == 0
    if not op.units:
        return True
    return any(not op.at or STANDS[u] in op.at for u in op.units) and op.chance > 0.2


def _only_those_units(
    before: dict[str, np.ndarray], after: State, changed: set[str], operations: tuple[Operation, ...]
) -> None:
    """In each changed array over units, only units that some operation reaches have changed."""
    ids = sorted(UNITS)
    for name in changed & {f for fields in FIELDS.values() for f in fields}:
        new = getattr(after, name)
        if len(ids) not in new.shape[:-1]:
            continue
        axis = new.shape.index(len(ids))
        differs = (before[name] != new).any(axis=tuple(i for i in range(new.ndim) if i != axis))
        reached = {
            unit
            for op in operations
            for unit in op.units
            if name in (VERBS[op.verb] if op.touches is None else FIELDS[op.touches])
            and (not op.at or STANDS[unit] in op.at)
        }
        assert {ids[i] for i in np.flatnonzero(differs)} <= reached


def test_sizes_are_amount_times_parameters(
    example: tuple[Resolved, ScenarioDirectory], kernel_of: Callable[..., NumpyKernel]
) -> None:
    resolved, directory = example
    row = {"type": "leader_killed", "formation": "north_corps", "cause": "betrayal", "patron": "ostland"}
    kernel = kernel_of(
        _with(resolved, build(row).operations(directory)),
        shock_size=np.linspace(0.5, 1.5, 12), betrayal_ratio=2.0, trust_rupture=0.3,
    )  # fmt: skip
    before, after = _fire(kernel)
    north = [sorted(UNITS).index(u) for u in ("brigade_1", "brigade_2", "home_militia")]
    # J += .5 j chi; T x exp(-delta); loyalty - .1 (model: triggers act through operations)
    np.testing.assert_allclose(after.shock[0][north], np.tile(np.linspace(0.5, 1.5, 12), (3, 1)), rtol=1e-6)
    trust = after.trust[0][north] / before["trust"][0][north]
    np.testing.assert_allclose(trust, np.exp(-0.3), rtol=2e-5)
    np.testing.assert_allclose(after.loyalty[north], before["loyalty"][north] - 0.1, rtol=1e-6)


def test_a_passing_effect_ends_and_leaves_no_trace(
    example: tuple[Resolved, ScenarioDirectory], kernel_of: Callable[..., NumpyKernel]
) -> None:
    resolved, _ = example
    ops = tuple(
        Operation(verb=Verb.MULTIPLY, touches=touches, amount=0.5, duration_hours=6, **who)
        for touches, who in [
            (Touches.QUALITY, {"units": ("guard",)}),
            (Touches.RALLY, {"units": ("guard",), "at": ("CAPITAL",)}),
            (Touches.COMMITMENT, {"patrons": ("ostland",)}),
            (Touches.ATTACKER_QUALITY, {"axes": ("north_column",)}),
        ]
    )
    ops += (Operation(verb=Verb.SET, touches=Touches.OFFER, amount=1, units=("guard",), duration_hours=6),)
    kernel = kernel_of(_with(resolved, ops))
    before, after = _fire(kernel)
    for name in ("quality", "rally", "offer", "axis_quality"):
        assert not np.array_equal(before[name], getattr(after, name))
    kernel.begin(3)
    kernel.happen()
    for name in ("quality", "rally", "offer", "axis_quality"):
        np.testing.assert_allclose(getattr(kernel.state, name), before[name], rtol=1e-4, err_msg=name)


def test_when_one_way_out_closes_those_that_are_open_stay(
    example: tuple[Resolved, ScenarioDirectory], kernel_of: Callable[..., NumpyKernel]
) -> None:
    resolved, _ = example
    wide = {None: 0.6, 24.0: 0.8, 6.0: 0.9}  # open for so many hours [None: for good]
    ops = [
        Operation(verb=Verb.SET, touches=touches, amount=amount, units=("guard", "brigade_1"), duration_hours=hours)
        for touches in (Touches.SAFETY, Touches.OFFER)
        for hours, amount in wide.items()
    ]
    ops.append(Operation(verb=Verb.SET, touches=Touches.SAFETY, amount=0.7, units=("brigade_2",), duration_hours=6))
    kernel = kernel_of(_with(resolved, ops))
    rows = [kernel.plan.units.ids.index(name) for name in ("guard", "brigade_1", "brigade_2", "brigade_3")]
    start = kernel.state.safety[rows, 0].copy()
    assert start.max() < 0.6

    _fire(kernel)
    for hour, widest, alone in ((0, 0.9, 0.7), (6, 0.8, start[2]), (24, 0.6, start[2]), (48, 0.6, start[2])):
        if hour:
            kernel.begin(hour // 2)
            kernel.happen()
        np.testing.assert_allclose(kernel.state.safety[rows, 0], [widest, widest, alone, start[3]], rtol=1e-6)
        np.testing.assert_allclose(kernel.state.offer[rows, 0], [widest, widest, 0, 0], rtol=1e-6)
