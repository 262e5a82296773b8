"""A siege presses with a share of its men; an air bridge feeds a place and does nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.block import simulate_block
from sim.kernels.choice import Kernel
from sim.kernels.numpy import NumpyKernel
from sim.operations import Operation, Touches, Verb
from sim.plan import make_plan
from sim.scenario.resolved import Resolved
from sim.step import step
from tests.systems.forces import ATTACKER, axis, force, kernel, link, place, trigger, unit

BRIDGE = link("HOME", "POCKET").model_copy(update={"kind": "air"})
CUT = Operation(verb=Verb.SET, touches=Touches.LINK, amount=0, links=(("HOME", "POCKET"),))


def pocket(*links: Any, **fields: Any) -> Resolved:
    """A place behind enemy lines, a neighbour that the enemy holds, and a home that has supplies."""
    return force(
        [unit("garrison", "POCKET")],
        capital="HOME",
        places=(
            place("AROUND", holder=ATTACKER, supply_source=False),
            place("HOME"),
            place("POCKET", supply_source=False),
        ),
        links=(link("AROUND", "HOME"), link("AROUND", "POCKET"), *links),
        **fields,
    )


def after(resolved: Resolved, hours: int) -> NumpyKernel:
    stepped = kernel(resolved)
    for number in range(hours):
        step(stepped, number)
    return stepped


@pytest.mark.parametrize(("share", "men"), [(0.0, 400.0), (0.15, 1000.0), (1.0, 300.0)])
def test_a_siege_presses_with_its_share(share: float, men: float) -> None:
    besieging = axis(men).model_copy(update={"posture": "siege"})
    resolved = force(1, axes=(besieging,), parameters={"siege_share": share, "pressure_softening": 50.0})
    stepped = after(resolved, 1)
    expected = share * men / (share * men + 100.0 + 50.0)
    assert stepped._unit_pressure[0, 0] == pytest.approx(expected, rel=1e-6)


def test_besiegers_who_rest_lose_nobody() -> None:
    """Of those who press the share lost is that of an assault of the same size: 24 h of the loss law."""
    lost = []
    for each in (axis(1000.0).model_copy(update={"posture": "siege"}), axis(150.0)):
        parameters = {"casualty_rate": 0.2, "siege_share": 0.15}
        resolved = force([unit("u", men_low=400.0, men_high=400.0)], axes=(each,), parameters=parameters)
        lost.append(float(after(resolved, 1).state.attackers_lost[0]))
    assert lost[0] == pytest.approx(lost[1], rel=1e-5)
    assert lost[0] > 0


def test_an_assault_that_is_halted_becomes_a_siege() -> None:
    """Belief fades with tau_B once a day has passed without success, and pressing with it, down to s_A."""
    share, tau, men = 0.2, 48.0, 300.0
    parameters = {"siege_share": share, "belief_decay": tau, "belief_start": 0.5, "pressure_softening": 50.0}
    resolved = force(1, axes=(axis(men),), parameters=parameters)
    for hours in (1, 24, 72, 239):
        halted = kernel(resolved)
        halted.state.last_success[:] = 0.0
        for number in range(hours):
            step(halted, number)
        # The step that begins at hour h sees what has faded in the steps from hour 25 on, each of one hour.
        faded = np.exp(-max(hours - 1 - 25, 0) / tau)
        pressing = (share + (1 - share) * faded) * men
        assert halted._unit_pressure[0, 0] == pytest.approx(pressing / (pressing + 150.0), rel=1e-4)


def test_a_pocket_without_a_bridge_runs_dry_and_with_one_it_does_not() -> None:
    days = {
        name: after(pocket(*links), 48).state.supply[0, 0] for name, links in {"none": (), "air": (BRIDGE,)}.items()
    }
    assert days["none"] == pytest.approx(1.0, abs=0.05)
    assert days["air"] == 3.0


def test_a_bridge_that_is_cut_feeds_nobody() -> None:
    stepped = after(pocket(BRIDGE, triggers=(trigger("flak", 24.0, CUT),)), 48)
    assert stepped.state.supply[0, 0] == pytest.approx(2.0, abs=0.1)


def test_a_bridge_is_no_way_out_and_no_neighbour() -> None:
    """The pocket is enclosed with it as without it, and nobody withdraws through the air."""
    for links in ((), (BRIDGE,)):
        around = after(pocket(*links), 1).around
        assert around.enclosed[2, 0]
        assert around.flank[2, 0] == 1.0


def test_a_bridge_serves_whoever_holds_both_ends() -> None:
    lost_home = pocket(BRIDGE).model_copy(
        update={"places": tuple(p.model_copy(update={"holder": ATTACKER}) if p.id == "HOME" else p
                                for p in pocket().places)}
    )  # fmt: skip
    assert not after(lost_home, 1).around.supplied[2, 0]


@pytest.mark.slow
@pytest.mark.parametrize("kernel_name", ["compiled"])
def test_both_kernels_know_them(kernel_name: Kernel) -> None:
    besieging = axis(900.0, "AROUND", "POCKET").model_copy(update={"posture": "siege"})
    lively = {"waver_rate": 0.02, "effect_supply": 1.0, "effect_way_out": 0.7, "casualty_rate": 0.1}
    resolved = pocket(BRIDGE, axes=(besieging,), triggers=(trigger("flak", 60.0, CUT),), parameters=lively)
    plan, numbers = make_plan(resolved), np.arange(200, dtype=np.uint64)
    ours = simulate_block(plan, 1, numbers).close()
    theirs = simulate_block(plan, 1, numbers, kernel=kernel_name).close()
    for name, column in ours.items():
        assert (
            column.tobytes() == theirs[name].tobytes() if column.dtype != object else list(column) == list(theirs[name])
        )
