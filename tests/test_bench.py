"""The benchmark measures what it says: counts, live steps, memory of its own. No test asserts a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import sim.kernels.numpy
import sim.rules.supply
from sim.agents import ForceModel
from sim.bench import ENTRIES, BenchError, Extent, bench, large, suite, synthetic
from sim.bench.entries import Job, measure, peak_memory
from sim.bench.phases import PHASES, RECORD, REST, watch
from sim.bench.process import PHASES as PHASES_JOB
from sim.bench.process import apart
from sim.cli.benched import markdown_of
from sim.figures.bench import figure
from sim.kernels.numpy import NumpyKernel
from sim.parameters import ALL
from sim.plan import make_plan
from sim.randomness import Sieve
from sim.scenario.resolved import Resolved
from sim.state import State
from sim.step import step
from tests.systems.forces import axis, force, kernel, unit
from tests.systems.test_12_invariants import check_batches, check_men, check_order, check_past
from tests.test_cli import refused, rout

DOCS = Path(__file__).parent.parent / "docs"
POSITIVE = {"type": "number", "exclusiveMinimum": 0}
AT_LEAST_0 = {"type": "number", "minimum": 0}
COUNT = {"type": "integer", "minimum": 1}


def fields(**of: Any) -> dict[str, Any]:
    """The schema of an object with exactly these fields."""
    return {"type": "object", "properties": of, "required": [*of], "additionalProperties": False}


def maybe(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


MEASURED = {
    **dict.fromkeys(("runs", "steps", "units", "threads", "unit_steps", "live_unit_steps", "repeats"), COUNT),
    **dict.fromkeys(
        ("unit_steps_per_s", "ns_per_unit_step", "ns_per_live_unit_step", "seconds", "seconds_per_run",
         "base_memory_mb", "peak_memory_mb"), POSITIVE,
    ),
    **dict.fromkeys(("spread", "first_call_s"), AT_LEAST_0),
}  # fmt: skip
SERIES = fields(
    by={"enum": ["units", "runs", "steps", "links"]},
    entry={"enum": ["mesa", "numpy", "compiled"]},
    exponent=maybe({"type": "number"}),
    points={"type": "array", "minItems": 1, "items": fields(value=COUNT, links=COUNT, **MEASURED)},
)
COMPILING = fields(
    compile_s=maybe(POSITIVE),
    load_s=POSITIVE,
    break_even_runs=maybe(COUNT),
    break_even_runs_with_compiling=maybe(COUNT),
)
MACHINE = fields(
    cores=COUNT,
    level_2_cache_kb=maybe(COUNT),
    **{name: {"type": "string"} for name in ("processor", "system", "python", "numpy", "numba", "mesa")},
)
PHASE = fields(phase={"type": "string"}, seconds=AT_LEAST_0, share=AT_LEAST_0, ns_per_live_unit_step=AT_LEAST_0)


def schema(entries: list[str]) -> dict[str, Any]:
    """Of `rout bench --json` with these entries."""
    return fields(
        scenario={"type": "string"},
        days=POSITIVE,
        step_hours=POSITIVE,
        **dict.fromkeys(("steps", "units", "places", "links", "triggers"), COUNT),
        machine=MACHINE,
        live_share={"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        fine_share={"type": "number", "minimum": 0, "maximum": 1},
        phases={"type": "array", "items": PHASE},
        **{name: fields(**MEASURED) for name in entries},
        ratios={"type": "object", "additionalProperties": POSITIVE},
        compiling=maybe(COMPILING),
        growth={"type": "array", "items": SERIES},
        note={"type": "string"},
    )


# -- the invented force -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> Resolved:
    return synthetic(30, places=9, days=7.0)


def test_the_invented_force_has_the_size_that_was_asked_for() -> None:
    made = synthetic(100, places=12, reach=3, days=5, step_hours=1)
    assert (len(made.units), len(made.places), len(made.links)) == (100, 12, 36)
    assert len({frozenset((link.from_place, link.to_place)) for link in made.links}) == 36
    assert Resolved.model_validate_json(made.model_dump_json()) == made
    assert make_plan(made).steps == 120
    for wrong in ({"units": 0}, {"units": 5, "places": 2}, {"units": 5, "places": 8, "reach": 4}):
        with pytest.raises(ValueError, match="needs"):
            synthetic(**wrong)


@pytest.mark.parametrize("by", ["units", "runs", "steps", "links"])
def test_one_thing_grows_at_a_time(by: str) -> None:
    sizes = []
    for value in (64, 128):
        made, runs = suite.grown(by, value)
        sizes.append({"units": len(made.units), "runs": runs, "steps": make_plan(made).steps, "links": len(made.links)})
        assert sizes[-1][by] == value
    assert [name for name in sizes[0] if sizes[0][name] != sizes[1][name]] == [by]


@pytest.mark.parametrize("check", [check_men, check_order, check_batches, check_past])
def test_the_invented_force_keeps_the_invariants(check: Callable[[Resolved], None], small: Resolved) -> None:
    # Its rumour and its order come after 7 days: earlier here, so that they act.
    triggers = tuple(t.model_copy(update={"earliest": 24.0, "latest": 48.0}) for t in small.triggers)
    check(small.model_copy(update={"triggers": triggers}))


@pytest.mark.parametrize("units", [20, 200])
def test_no_run_of_the_invented_force_is_over_early(units: int) -> None:
    plan = make_plan(synthetic(units))
    here = kernel(plan, runs=3)
    for number in range(plan.steps):
        step(here, number)
    assert not here.finished().any()
    assert (here.state.status != 0).any(), "nothing happens in it"
    assert np.isfinite(here.state.fired).any(axis=1).all(), "a trigger never acts"


# -- what a unit-step needs -------------------------------------------------------------------------


def test_the_roofline_counts_the_exponentials_of_a_unit_step(small: Resolved, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.bench.roofline import EXPONENTIALS

    here, runs, steps = kernel(small, runs=7), 7, 5
    taken = 0

    def counted(right: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def exp(x: Any) -> Any:
            nonlocal taken
            taken += np.size(x) if np.ndim(x) else 0
            return right(x)

        return exp

    for module in (sim.kernels.numpy, sim.rules.supply):
        monkeypatch.setattr(module, "exp", counted(module.exp))
    for number in range(steps):
        step(here, number)
    assert taken == EXPONENTIALS * steps * runs * len(small.units)


def test_the_roofline_writes_what_a_step_changes(small: Resolved) -> None:
    from sim.bench.roofline import READ, WRITTEN

    axes = {name: field.metadata["axes"] for name, field in State.__dataclass_fields__.items()}
    assert set(WRITTEN) <= set(READ)
    assert all("unit" in axes[name] for name in READ)
    here = kernel(small, runs=20)
    changed: set[str] = set()
    for number in range(here.plan.steps):
        before = here.state.of_runs(np.arange(20))
        step(here, number)
        changed |= {name for name in axes if "unit" in axes[name] and
                    not np.array_equal(getattr(before, name), getattr(here.state, name))}  # fmt: skip
    # Of those who move, break, hear or have a patron; not of each unit.
    rare = {
        "seen_patron",
        "place",
        "destination",
        "hop",
        "road_left",
        "broken",
        "leaderless_until",
        "rumour",
        "undo_units",
    }
    assert changed <= set(WRITTEN) | rare
    assert set(WRITTEN) - {"loyalty"} <= changed


@pytest.mark.slow
def test_the_roofline_makes_the_fine_draws_that_it_is_told_to() -> None:
    from sim.bench.roofline import roofline

    units, runs, steps = np.arange(50, dtype=np.uint64) * np.uint64(7919), 20, 64
    draws = runs * steps * len(units)
    for near in (3, 40):
        words = roofline(units, runs, steps, near / 256)
        expected, spread = draws * near / 256 * 2**31, np.sqrt(draws * near / 256 / 3) * 2**32
        assert abs(words - expected) < 5 * spread


# -- measuring --------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ["mesa", "numpy"])
def test_an_entry_is_measured(entry: str) -> None:
    made = synthetic(12, places=5, days=1.0)
    found = measure(made, Job(entry, runs=2, repeats=2))
    assert len(found["seconds"]) == 2
    assert min(found["seconds"]) > 0
    assert 0 < found["base_memory_mb"] <= found["peak_memory_mb"] == pytest.approx(peak_memory(), rel=0.1)
    if entry == "mesa":
        assert found["live_unit_steps"] == 2 * 12 * 12
    assert measure(made, Job(entry, runs=2, repeats=0))["seconds"] == []


def test_rates_are_nominal_and_of_the_best_repeat() -> None:
    made = synthetic(12, places=5, days=1.0)
    measured = {"seconds": [0.3, 0.2], "live_unit_steps": None, "first_call_s": 1.0, "base_memory_mb": 1.0,
                "peak_memory_mb": 2.0}  # fmt: skip
    found = suite.rates(made, Job("numpy", runs=10), measured, live=0.25)
    assert found["unit_steps"] == 10 * 12 * 12
    assert found["live_unit_steps"] == 360
    assert found["unit_steps_per_s"] == pytest.approx(1440 / 0.2)
    assert found["ns_per_unit_step"] == pytest.approx(0.2e9 / 1440)
    assert found["ns_per_live_unit_step"] == pytest.approx(0.2e9 / 360)
    assert found["spread"] == pytest.approx(0.5)


def test_the_power_of_growth_is_found() -> None:
    points = [{"value": x, "runs": 5, "seconds": 1.0, "seconds_per_run": 3e-4 * x**1.5} for x in (10, 30, 700)]
    assert suite.exponent(points) == pytest.approx(1.5)
    assert suite.exponent(points[:1]) is None
    assert suite.exponent(
        [{"value": x, "runs": x, "seconds": x, "seconds_per_run": 1.0} for x in (1, 8)]
    ) == pytest.approx(1)


def test_compiling_pays_where_what_it_saves_exceeds_what_it_costs() -> None:
    told = {"numpy": {"seconds_per_run": 0.5}, "compiled": {"seconds_per_run": 0.1, "first_call_s": 1.0}}
    assert suite._compiling(told, 60.2) == {"compile_s": 60.2, "load_s": 1.0, "break_even_runs": 3,
                                            "break_even_runs_with_compiling": 151}  # fmt: skip
    told["numpy"]["seconds_per_run"] = 0.1
    assert suite._compiling(told, None)["break_even_runs"] is None  # type: ignore[index]
    assert suite._compiling({}, None) is None


def overrun() -> Resolved:
    """A few units and far too many attackers: all is over within days."""
    defaults = {p.name: float(p.default) for p in ALL} | {"waver_rate": 0.05}
    return force([unit(f"U{n}") for n in range(4)], axes=(axis(5000.0),), parameters=defaults, step_hours=6.0)


def test_live_steps_are_those_of_the_agents() -> None:
    """Found by looking on at the NumPy kernel; counted by the Mesa model, which stops by itself."""
    made, runs = overrun(), 6
    steps = []
    for run in range(runs):
        model = ForceModel(made, run=run)
        while not model.over and model.steps < model.horizon:
            model.step()
        steps.append(model.steps)
    assert min(steps) < make_plan(made).steps, "no run is over early"
    assert watch(make_plan(made), runs).live_steps == sum(steps)


def test_time_is_told_by_phase_and_nothing_stays_wrapped(small: Resolved) -> None:
    before = {name: getattr(NumpyKernel, name) for name in PHASES}, Sieve.at
    seen = watch(make_plan(small), 4)
    assert ({name: getattr(NumpyKernel, name) for name in PHASES}, Sieve.at) == before
    told = seen.told(len(small.units))
    assert [one["phase"] for one in told["phases"]] == [*PHASES, RECORD, REST]
    assert all(one["seconds"] > 0 for one in told["phases"])
    assert sum(one["share"] for one in told["phases"]) == pytest.approx(1)
    assert told["live_unit_steps"] == 4 * make_plan(small).steps * len(small.units)
    # Every byte of 0 needs its rest where anything may happen; those of high hazards many more.
    assert 0.5 / 256 < told["fine_share"] < 0.2


@pytest.mark.slow
def test_a_measurement_shares_no_memory_with_who_asks_for_it(small: Resolved, tmp_path: Path) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("this system tells a process's maximum with that of its parent")
    (tmp_path / "case.json").write_text(small.model_dump_json())
    ballast = np.ones(40_000_000)
    found = apart(tmp_path / "case.json", Job("numpy", 2, repeats=1))
    assert ballast.nbytes / 1e6 > found["peak_memory_mb"] > 10
    assert peak_memory() > ballast.nbytes / 1e6


def test_a_measurement_that_fails_says_which_and_why(tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text("{}")
    with pytest.raises(BenchError, match="measuring numpy, 2 runs, failed: "):
        apart(tmp_path / "case.json", Job("numpy", 2))


# -- the whole --------------------------------------------------------------------------------------


def in_this_process(scenario: Path, job: Job, cache: Path | None = None) -> dict[str, Any]:
    resolved = Resolved.model_validate_json(scenario.read_text())
    if job.entry == PHASES_JOB:
        plan = make_plan(resolved)
        return watch(plan, job.runs).told(len(plan.units.ids))
    return measure(resolved, job)


TINY = Extent(runs=3, repeats=1, growth={"steps": (6, 12), "units": (10, 20)}, mesa_most_units=10)


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, Any]]:
    """A benchmark of two entries, in this process for speed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(suite, "apart", in_this_process)
        patch.setattr(suite, "GROWTH_RUNS", 2)
        patch.setattr(suite, "GROWTH_STEP_HOURS", 24.0)
        yield bench(synthetic(12, places=5, days=1.0), TINY, entries=["mesa", "numpy"])


def test_a_benchmark_is_whole(told: dict[str, Any]) -> None:
    jsonschema.validate(json.loads(json.dumps(told, allow_nan=False)), schema(["mesa", "numpy"]))
    assert told["numpy"]["unit_steps"] == 3 * 12 * 12
    assert told["mesa"]["unit_steps"] == 12 * 12
    assert told["ratios"].keys() == {"numpy_over_mesa"}
    assert told["compiling"] is None
    assert [(s["by"], s["entry"], [p["value"] for p in s["points"]]) for s in told["growth"]] == [
        ("steps", "numpy", [6, 12]), ("units", "mesa", [10]), ("units", "numpy", [10, 20]),
    ]  # fmt: skip


def test_the_figure_shows_the_points(told: dict[str, Any]) -> None:
    fig = figure(told)
    fig.draw_without_rendering()
    time, memory = fig.axes[:2]
    for ax, what in ((time, "seconds_per_run"), (memory, "peak_memory_mb")):
        line = next(line for line in ax.lines if line.get_label() == "NumPy kernel")
        points = next(s["points"] for s in told["growth"] if s["by"] == "steps")
        np.testing.assert_allclose(line.get_xydata(), [[p["value"], p[what]] for p in points])
        assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert "no growth was measured" in {t.get_text() for t in figure({**told, "growth": []}).axes[0].texts}


def test_the_tables_for_the_page_have_every_entry_and_phase(told: dict[str, Any]) -> None:
    text = markdown_of(told)
    for row in ("| Mesa, agent by agent | 1 |", "| NumPy kernel | 3 |", *(f"| {phase} |" for phase in PHASES)):
        assert row in text
    for table in text.split("\n\n"):
        if table.startswith("|"):
            assert len({line.count("|") for line in table.splitlines()}) == 1


def test_the_page_names_every_field() -> None:
    page = (DOCS / "performance.md").read_text("utf-8")
    properties = schema(list(ENTRIES))["properties"]
    names = {*properties, *MEASURED, *SERIES["properties"], *COMPILING["properties"]}
    assert sorted(name for name in names if f"`{name}`" not in page) == []


@pytest.mark.slow
def test_the_command_measures_everything(tmp_path: Path) -> None:
    assert rout("new", "case", cwd=tmp_path).returncode == 0
    words = ("bench", "case", "--runs", "20", "--quiet")
    done = rout(*words, "--json", "--out", "kept", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    jsonschema.validate(found, schema(list(ENTRIES)))
    assert found["ratios"].keys() == {f"{fast}_over_{slow}" for fast, slow in suite.RATIOS}
    kept = json.loads((tmp_path / "kept/bench.json").read_text("utf-8"))
    assert found == {name: value for name, value in kept.items() if name != "provenance"}
    assert (tmp_path / "kept/figures/bench.png").exists()
    done = rout(*words, "--kernel", "numpy", "--phases", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    for said in ("NumPy kernel", "commit_patrons", "nominal", "power"):
        assert said in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("which", ["numpy", "compiled"])
def test_a_large_force_is_measured_as_a_run_would_be(which: str) -> None:
    found = large(100, 20, which, threads=1)
    jsonschema.validate(found["large"], fields(**MEASURED))
    assert found["large"]["unit_steps"] == 100 * 20 * 360


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--json", "--markdown"), "exclude each other"),
        (("--full", "--large"), "exclude each other"),
        (("--kernel", "nump"), "Did you mean numpy?"),
        (("--large", "--kernel", "mesa"), "one of numpy, compiled with --large"),
        (("--large", "--kernel", "numpy", "--kernel", "compiled"), "one --kernel"),
        (("--large", "--phases"), "does not go with it"),
        (("case", "--large"), "scenario case does not go with it"),
        (("--units", "5"), "belongs to --large"),
        (("--runs", "0"), "at least 1"),
        (("--out", "."), "not overwritten"),
        (("no_such_case",), "no such file, folder or scenario"),
    ],
)
def test_what_the_command_refuses(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    assert said in " ".join(refused(rout("bench", *words, cwd=tmp_path)).split())
    assert list(tmp_path.iterdir()) == []
