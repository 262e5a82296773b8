"""Parameters drawn for each run: addressed by the run, the same for every scenario and kernel."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim import resolve
from sim.agents import ForceModel
from sim.block import simulate_block
from sim.experiments.attribution import attribute
from sim.experiments.tipping import tipping
from sim.experiments.warm import Warm
from sim.figures import survival
from sim.plan import make_plan
from sim.randomness import which_draw
from sim.scenario import load, write_new
from sim.scenario.draws import with_draws
from sim.scenario.resolved import Resolved
from sim.state import Status

DRAWS = {"waver_rate": [0.001, 0.004, 0.02], "effect_belief": [1.0, 3.0, 5.0]}
RUNS = np.arange(60, dtype=np.uint64)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Resolved:
    plain = resolve(load(write_new(tmp_path_factory.mktemp("small") / "small.toml")))
    return with_draws(plain.model_copy(update={"days": 5.0}), "three", DRAWS)


def test_a_run_is_the_run_with_its_draw_fixed(small: Resolved) -> None:
    rows = simulate_block(make_plan(small), 7, RUNS).close()
    drawn = which_draw(7, RUNS[:12], 3)
    assert set(drawn) == {0, 1, 2}
    for number, row in enumerate(drawn):
        fixed = {name: column[row] for name, column in DRAWS.items()}
        alone = small.model_copy(update={"draws": None, "parameters": small.parameters | fixed})
        one = simulate_block(make_plan(alone), 7, RUNS[number : number + 1]).close()
        assert {n: repr(c[0]) for n, c in one.items()} == {n: repr(c[number]) for n, c in rows.items()}


def test_draws_come_up_alike_and_belong_to_the_run() -> None:
    many = which_draw(1, np.arange(30_000), 3)
    assert np.bincount(many) == pytest.approx([10_000] * 3, abs=400)  # 4.9 standard deviations
    assert (which_draw(1, np.arange(50, 60), 3) == many[50:60]).all()
    assert (which_draw(2, np.arange(1000), 3) != many[:1000]).any()


def test_reruns_of_every_kind_have_the_draws_of_the_run(small: Resolved) -> None:
    """Those of `rout tipping` and `rout attribute` too: what they start from are the same runs."""
    hours = simulate_block(make_plan(small), 7, RUNS[:20]).close()["collapse_hour"]
    everything = [trigger.id for trigger in small.triggers]
    np.testing.assert_array_equal(tipping(small, [], runs=20, seed=7, every=5).full, hours)
    worths = attribute(small, everything[:1], runs=20, seed=7).worths["share"]
    assert worths.full == pytest.approx(np.isfinite(hours).mean())


def test_any_batch_gives_the_same_bits(small: Resolved) -> None:
    plan = make_plan(small)
    whole = simulate_block(plan, 7, RUNS).close()
    for piece in (slice(0, 7), slice(7, 60)):
        part = simulate_block(plan, 7, RUNS[piece]).close()
        for name, column in part.items():
            assert column.tobytes() == whole[name][piece].tobytes() if column.dtype != object else True


@pytest.mark.parametrize("run", [0, 3, 11])
def test_an_agent_takes_the_same_draw(small: Resolved, run: int) -> None:
    model = ForceModel(small, seed=7, run=run)
    while model.running:
        model.step()
    rows = simulate_block(make_plan(small), 7, np.array([run], np.uint64)).close()
    status = [unit.status for _, unit in sorted(model.units.items())]
    assert rows["final_status"][0] == "".join(chr(ord("a") + Status(s)) for s in status)
    row = which_draw(7, run, 3)
    assert model.p.waver_rate == np.float32(DRAWS["waver_rate"][row])


def test_what_a_scenario_sets_is_not_drawn(small: Resolved) -> None:
    pinned = small.model_copy(update={"parameters": small.parameters | {"waver_rate": 0.0123}, "draws": None})
    drawn = with_draws(pinned, "three", DRAWS)
    assert drawn.draws is not None
    assert set(drawn.draws.values) == {"effect_belief"}


def test_draws_survive_the_explicit_form(small: Resolved) -> None:
    assert Resolved.model_validate_json(small.model_dump_json()) == small


@pytest.mark.parametrize("bad", [{}, {"waver_rate": []}, {"waver_rate": [1.0], "effect_belief": [1.0, 2.0]}])
def test_draws_that_make_no_sense_are_refused(small: Resolved, bad: dict[str, list[float]]) -> None:
    with pytest.raises(ValueError, match="as many"):
        with_draws(small, "bad", bad)


@pytest.mark.slow
def test_the_compiled_kernel_and_a_warm_ensemble_draw_alike(small: Resolved) -> None:
    plan = make_plan(small)
    ours, theirs = (simulate_block(plan, 1, RUNS, kernel=kernel).close() for kernel in ("numpy", "compiled"))
    warm = Warm(small, runs=len(RUNS), seed=1)
    off = {t.id for t in small.triggers[:1]}
    changed = small.model_copy(
        update={"triggers": tuple(t.model_copy(update={"enabled": t.id not in off}) for t in small.triggers)}
    )
    fresh = simulate_block(make_plan(changed), 1, RUNS).close()
    asked = warm.ask(changed).variant
    for name in ("collapse_hour", "breaks", "killed"):
        assert ours[name].tobytes() == theirs[name].tobytes() == warm.base[name].tobytes()
        assert fresh[name].tobytes() == asked[name].tobytes()


def test_figures_say_that_parameters_were_drawn(small: Resolved) -> None:
    for made, words in ((small, "the posterior three"), (small.model_copy(update={"draws": None}), "these parameter")):
        fig = survival.figure(sim.run(made, runs=3, kernel="numpy"))
        (caption,) = (text for text in fig.texts if text.get_gid() == "caption")
        assert words in caption.get_text()
