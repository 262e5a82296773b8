"""Parts of the compiled kernel: the choice of a kernel, the folder of its code, rules translated, tables.

The whole of it also runs as plain Python here, without a compiler: slowly, but its logic is the same.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numba import njit
from typer.testing import CliRunner

from sim import versions
from sim.cli.app import app
from sim.kernels import choice
from sim.kernels.choice import COMPILE_SECONDS, COMPILED_NS, LOAD_SECONDS, NUMPY_NS, choose
from sim.kernels.compiled import cache, draws, rules, tables
from sim.kernels.compiled.scratch import scratch
from sim.kernels.compiled.source import OPTIONS, rule
from sim.kernels.comrades import Comrades, Tied
from sim.kernels.withdrawal import Shortest
from sim.plan import make_plan
from sim.randomness import COARSE, SIEVED, Decision, key_of, sieved, stable_hash, uniform
from sim.rules import arithmetic, exits
from tests.kernel.grounds import mixed

ROOT = Path(__file__).parents[2]


# -- choice -----------------------------------------------------------------------------------------

SAVED_NS = NUMPY_NS - COMPILED_NS


@pytest.mark.parametrize("ready", [True, False])
@pytest.mark.parametrize("wanted", ["numpy", "compiled"])
def test_a_kernel_that_is_asked_for_is_taken(wanted: Any, ready: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice.cache, "is_ready", lambda: ready)
    assert choose(wanted, 1.0) == choose(wanted, 1e15) == wanted


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize(("ready", "seconds"), [(True, LOAD_SECONDS), (False, LOAD_SECONDS + COMPILE_SECONDS)])
def test_compiled_code_is_chosen_where_it_saves_more_than_it_costs(
    ready: bool, seconds: float, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice.cache, "is_ready", lambda: ready)
    even = seconds * 1e9 / SAVED_NS * workers
    assert choose("auto", even * 0.999, workers) == "numpy"
    assert choose("auto", even * 1.001, workers) == "compiled"


def test_little_work_does_not_even_look_for_compiled_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def look() -> bool:
        raise AssertionError

    monkeypatch.setattr(choice.cache, "is_ready", look)
    assert choose("auto", 0.0) == "numpy"


def test_a_kernel_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="no such kernel: 'fortran'; one of auto, numpy, compiled"):
        choose("fortran", 1.0)  # type: ignore[arg-type]


# -- where compiled code is kept --------------------------------------------------------------------


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of what compiled code is made of, which the cache takes for the original."""
    source = tmp_path / "sim"
    for name in cache._SOURCES:
        here = ROOT / "sim" / name
        if here.is_dir():
            shutil.copytree(here, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(here, source / name)
    monkeypatch.setattr("sim.versions._SIM", source)
    monkeypatch.setattr(cache, "ENTRY", source / "kernels" / "compiled" / "runs.py")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    yield source
    cache.folder.cache_clear()
    versions.digest.cache_clear()


def fresh() -> Path:
    cache.folder.cache_clear()
    versions.digest.cache_clear()
    return cache.folder()


def test_a_changed_source_asks_for_another_folder(copied: Path, tmp_path: Path) -> None:
    names = {fresh().name}
    assert fresh().parent == tmp_path / "home" / "rout"
    for name in ("rules/combat.py", "kernels/compiled/units.py", "randomness.py", "recording.py", "operations.py"):
        before, file = fresh(), copied / name
        file.write_text(file.read_text("utf-8") + "\n# changed\n", encoding="utf-8")
        assert fresh() != before
        names.add(fresh().name)
    assert len(names) == 6
    assert fresh().is_dir()


def test_a_file_that_compiled_code_does_not_depend_on_changes_nothing(copied: Path) -> None:
    before = fresh()
    (copied / "block.py").write_text("changed", encoding="utf-8")
    (copied / "rules" / "notes.txt").write_text("changed", encoding="utf-8")
    assert fresh() == before


def test_another_copy_and_a_touched_entry_ask_for_another_folder(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiler would not take code for it from there: it goes by the path and the time of the file."""
    before, entry = fresh(), copied / "kernels" / "compiled" / "runs.py"
    os.utime(entry, ns=(1, 1))
    touched = fresh()
    shutil.copytree(copied, copied.parent / "other")
    monkeypatch.setattr(cache, "ENTRY", copied.parent / "other" / "kernels" / "compiled" / "runs.py")
    assert len({before, touched, fresh()}) == 3


def test_another_processor_or_compiler_asks_for_another_folder(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fresh()
    monkeypatch.setattr(cache, "_processor", lambda: "another")
    other = fresh()
    monkeypatch.setattr(cache, "version", lambda name: "9.9")
    assert len({before, other, fresh()}) == 3


def test_a_home_that_cannot_be_written_to(copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert fresh().is_relative_to(tmp_path / "temporary")
    assert fresh() == fresh(), "the next process finds it"
    shutil.rmtree(tmp_path / "temporary")
    (tmp_path / "temporary").mkdir()
    (tmp_path / "temporary" / f"rout-{os.getuid()}").write_text("no folder either", encoding="utf-8")
    last = fresh()
    assert last.is_dir()
    assert last.parent == tmp_path / "temporary"


def test_a_user_without_a_home(copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", nowhere)
    assert fresh().is_relative_to(tmp_path / "temporary")


def test_code_that_somebody_else_put_there_is_not_run(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(fresh(), tmp_path / "temporary" / f"rout-{cache._USER}")
    monkeypatch.setattr(cache, "_USER", cache._USER + 1)
    assert fresh().parent == tmp_path / "temporary", "a new folder of its own"


def test_it_is_ready_once_there_is_code(copied: Path) -> None:
    fresh()
    assert not cache.is_ready()
    (cache.folder() / "below").mkdir()
    (cache.folder() / "below" / "runs.1.nbc").touch()
    assert cache.is_ready()


def test_code_of_earlier_versions_is_removed_the_newest_kept(copied: Path, tmp_path: Path) -> None:
    here, base = fresh(), fresh().parent
    for age, name in enumerate(("a" * 16, "b" * 16, "c" * 16, "d" * 16), 1):
        (base / f"kernel-{name}" / "below").mkdir(parents=True)
        for path in (base / f"kernel-{name}" / "below", base / f"kernel-{name}"):
            os.utime(path, (1e9 - age, 1e9 - age))
    # Code was put into the third one after all folders were made.
    (base / f"kernel-{'c' * 16}" / "below" / "runs.1.nbc").touch()
    (base / "kernel-of-mine").mkdir()
    (base / f"kernel-{'e' * 16}").symlink_to(tmp_path)
    os.utime(here, (1, 1))
    assert cache.prune() == [base / f"kernel-{name * 16}" for name in "bd"]
    left = {path.name for path in base.iterdir()}
    assert left == {here.name, f"kernel-{'a' * 16}", f"kernel-{'c' * 16}", f"kernel-{'e' * 16}", "kernel-of-mine"}
    assert cache.prune() == []
    assert tmp_path.is_dir()


def test_rout_compile_says_what_it_removed(copied: Path) -> None:
    (fresh() / "runs.1.nbc").touch()
    for number in range(4):
        (fresh().parent / f"kernel-{number:016x}").mkdir()
        os.utime(fresh().parent / f"kernel-{number:016x}", (number + 1, number + 1))
    said = CliRunner().invoke(app, ["compile"])
    assert said.exit_code == 0
    assert said.output.splitlines() == [
        f"Compiled already: {cache.folder()}",
        f"Removed the code of 2 earlier versions: kernel-{1:016x}, kernel-{0:016x}",
    ]
    assert "Removed" not in CliRunner().invoke(app, ["compile"]).output


def test_choosing_needs_no_compiler() -> None:
    """It is done in every command; numba takes a second to import."""
    code = (
        "import sys; from sim.kernels.choice import choose; choose('auto', 1.0); choose('auto', 1e15);"
        "assert not {'numba', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


# -- rules and draws ----------------------------------------------------------------------------------

WIDE = np.concatenate([
    np.random.default_rng(1).uniform(-25, 25, 20_000),
    np.array([0.0, -0.0, 20, -20, 1e-45, -1e-45, 3e38, -3e38, np.inf, -np.inf]),
    *(np.nextafter(np.float32(edge), np.float32(way)) for edge in (20, -20, 0) for way in ([np.inf], [-np.inf])),
    np.geomspace(1e-30, 1e30, 2000),
]).astype(np.float32)  # fmt: skip


@pytest.fixture(scope="module")
def compiled() -> Any:
    """A few parts, compiled together: (exp, probability) of numbers, words of counters, draws at addresses."""
    exp, probability, philox = rule(arithmetic.exp), rule(arithmetic.probability), rules.philox
    uniform_, coarse, coarse_of = draws.uniform, draws.coarse, draws.coarse_of

    @njit(**OPTIONS)  # type: ignore[untyped-decorator]
    def parts(
        x: Any, out: Any, counters: Any, words: Any, key: Any, ids: Any, drawn: Any, four: Any, bytes_: Any, rows: Any,
        some: Any,
    ) -> None:  # fmt: skip
        for i in range(len(x)):
            out[0, i], out[1, i] = exp(x[i]), probability(x[i])
        for i in range(len(counters)):
            c = counters[i]
            words[i, 0], words[i, 1], words[i, 2], words[i, 3] = philox(c[0], c[1], c[2], c[3], c[4], c[5])
        for i in range(len(ids)):
            for decision in range(drawn.shape[1]):
                drawn[i, decision] = uniform_(key, np.uint64(7), 33, ids[i], decision)
        coarse(key, np.uint64(7), 2, ids, 6, four, bytes_)
        coarse_of(key, np.uint64(7), 2, ids, ALSO, rows, 6, some)

    return parts


NOTHING = np.zeros((0, 6), np.uint64), np.zeros((0, 4), np.uint64)
ALSO = np.uint64(0x123456789ABCDEF0)


def run(compiled: Any, x: Any, counters: Any = NOTHING[0], ids: Any = NOTHING[0][:, 0], seed: int = 5) -> Any:
    """(exp and probability, words, draws, coarse bytes of all and of every third)"""
    out, words = np.empty((2, len(x)), np.float32), np.empty((len(counters), 4), np.uint64)
    drawn, bytes_ = np.empty((len(ids), 20), np.float32), np.empty((SIEVED, len(ids)), np.uint8)
    four, some = np.empty((4, len(ids)), np.uint32), np.zeros_like(bytes_)
    rows = np.arange(0, len(ids), 3, dtype=np.uint32)
    compiled(x, out, counters, words, key_of(seed), ids, drawn, four, bytes_, rows, some)
    return SimpleNamespace(out=out, words=words, drawn=drawn, bytes=bytes_, some=some, rows=rows)


def test_the_exponential_has_the_same_bits_everywhere(compiled: Any) -> None:
    out = run(compiled, WIDE).out
    assert out[0].tobytes() == arithmetic.exp(WIDE).tobytes()
    rates = WIDE >= 0
    assert out[1, rates].tobytes() == arithmetic.probability(WIDE[rates]).tobytes()
    assert (out[0] != np.exp(np.clip(WIDE, -20, 20))).any(), "a library's exponential would have other bits"


def test_philox_gives_the_published_words(compiled: Any) -> None:
    """Known answers published with the generator (Random123, philox4x32-10)."""
    full, pi = 0xFFFFFFFF, (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0)
    words = run(compiled, WIDE[:1], np.array([(0,) * 6, (full,) * 6, pi], np.uint64)).words
    assert words.tolist() == [
        [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8],
        [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ]


@pytest.mark.parametrize("seed", [0, 5, 2**32 - 1, 2**64 - 1])
def test_draws_at_an_address_are_those_of_the_reference(compiled: Any, seed: int) -> None:
    ids = np.array([stable_hash("unit", str(number)) for number in range(50)])
    got = run(compiled, WIDE[:1], ids=ids, seed=seed)
    for decision in Decision:
        assert (got.drawn[:, decision] == uniform(seed, 7, 33, ids, decision)).all(), decision
    for step in range(SIEVED):
        want = sieved(seed, 7, 2 * SIEVED + step, ids, Decision.UPRISING)
        fine = uniform(seed, 7, 2 * SIEVED + step, ids, Decision.UPRISING)
        assert ((got.bytes[step].astype(np.float32) + fine) * np.float32(1 / 256) == want).all()
        others = ids[got.rows] ^ ALSO
        want = sieved(seed, 7, 2 * SIEVED + step, others, Decision.UPRISING)
        fine = uniform(seed, 7, 2 * SIEVED + step, others, Decision.UPRISING)
        assert ((got.some[step, got.rows].astype(np.float32) + fine) * np.float32(1 / 256) == want).all()
        assert not np.delete(got.some[step], got.rows).any(), "the rest stays"
    assert COARSE + max(Decision) < 64, "six bits of the address tell streams apart"


def test_the_kernel_and_every_rule_agree_as_plain_python() -> None:
    """The same source without a compiler: what is wrong there is wrong in machine code."""
    code = "from tests.kernel.as_python import check; check()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_rule_keeps_its_type_and_its_branches() -> None:
    """Translated, not compiled: numbers become float32, choices choose, formulas stay."""
    translated = rule(arithmetic.relax).py_func  # type: ignore[attr-defined]
    value = translated(np.float32(0.1), np.float32(0.7), np.float32(0.3))
    assert isinstance(value, np.float32)
    assert value == arithmetic.relax(np.float32(0.1), np.float32(0.7), np.float32(0.3))
    way = rule(exits.way).py_func  # type: ignore[attr-defined]
    shares = tuple(np.float32(share) for share in (0.1, 0.2, 0.3, 0.2, 0.2))
    edges = [np.float32(draw) for draw in (0, 0.1, 0.29, 0.31, 0.5999, 0.61, 0.79, 0.81, 0.999, 1)]
    assert [way(draw, shares) for draw in edges] == [exits.way(draw, shares) for draw in edges]
    assert len({way(draw, shares) for draw in edges}) == 5


# -- tables -------------------------------------------------------------------------------------------


def test_lists_lie_end_to_end() -> None:
    lists = tables._lists([[3, 1], [], np.array([7], np.intp), []])
    assert [lists.items[a:b].tolist() for a, b in zip(lists.first, lists.first[1:], strict=False)] == [
        [3, 1],
        [],
        [7],
        [],
    ]
    nothing = tables._lists([])
    assert nothing.first.tolist() == [0]
    assert (nothing.first.dtype, nothing.items.dtype) == (np.int32, np.int32)


@pytest.mark.parametrize("groups", [[0, 0, 0], [0, 1, 2], [2, 0, 2, 2, 1, 0], [0]])
def test_a_group_has_the_mean_of_the_reference(groups: list[int]) -> None:
    of, seen = np.array(groups), np.random.default_rng(1).random((len(groups), 1))
    mine = tables._groups(of, np.ones(len(of), bool))
    sums = np.bincount(mine.of, seen[:, 0])
    mean = ((sums[mine.of] - seen[:, 0]) * mine.per_comrade[mine.of]).astype(np.float32)
    mean[mine.alone] = -1
    want = Comrades(of).mean(seen, np.full((len(of), 1), -1, np.float32))
    assert mean.tobytes() == want.tobytes()


def test_only_members_have_a_group() -> None:
    mine = tables._groups(np.array([-1, 0, 1, 0]), np.array([False, True, True, True]))
    assert (mine.of.tolist(), mine.number) == ([2, 0, 1, 0], 3)  # the last is nobody's
    assert mine.alone[1:].tolist() == [False, True, False]
    assert mine.members.tolist() == [1, 2, 3]
    nobody = tables._groups(np.array([-1, -1]), np.zeros(2, bool))
    assert (nobody.of.tolist(), nobody.number) == ([0, 0], 1)


def test_ties_give_the_mean_of_the_reference() -> None:
    edges = np.array([[5, 0, 3, 0, 2, 3, 0], [4, 2, 0, 1, 3, 5, 5]])
    seen = np.random.default_rng(2).random((7, 1))
    units = SimpleNamespace(ids=range(7), ties=edges, formation=np.zeros(7, np.intp))
    plan: Any = SimpleNamespace(units=units)
    mine, alone = tables._ties(plan), tables._command(plan).alone
    want = Tied(edges, 7).mean(seen, np.full((7, 1), -1, np.float32))[:, 0]
    for unit in range(7):
        total = 0.0
        for tie in range(mine.first[unit], mine.first[unit + 1]):
            total += mine.weight[tie] * seen[mine.seen[tie], 0]
        assert want[unit] == (-1 if alone[unit] else np.float32(total))
    assert alone.sum() == 3
    units.ties = None
    assert not tables._ties(plan).used
    assert not tables._command(plan).alone.any()


@pytest.mark.parametrize("number", [0, 3, 11])
def test_tables_of_a_plan(number: int) -> None:
    plan = make_plan(mixed(number))
    t, graph = tables.tables(plan, 24, 6), plan.graph
    for edge, twin in enumerate(t.graph.twin):
        assert t.graph.edge_link[edge] == t.graph.edge_link[twin]
        assert t.graph.edge_from[edge] == t.graph.edge_to[twin]
        assert t.graph.twin[twin] == edge
    for place, row in enumerate(t.shortcuts.row):
        if row >= 0:
            shortest = Shortest(graph, place)
            assert (t.shortcuts.hop[row] == shortest.hop).all()
            assert (t.shortcuts.edges[row, :, : shortest.edges.shape[1]] == shortest.edges).all()
            assert (t.shortcuts.edges[row, :, shortest.edges.shape[1] :] == -1).all()
    effects = [e for accounts in plan.triggers.effects for account in accounts for e in account]
    for row, effect in enumerate(effects):
        places = np.flatnonzero(t.effects.at[row])
        assert places.tolist() == (sorted(set(effect.at)) if len(effect.at) else list(range(len(plan.places.ids))))
    for undo, row in enumerate(t.effects.of_undo):
        assert effects[row].undo == undo
    for rumour, row in enumerate(t.effects.of_rumour):
        assert effects[row].rumour == rumour


def test_every_plan_has_tables_of_the_same_types() -> None:
    """Another type would be compiled anew: a minute lost."""

    def types(nested: Any) -> Any:
        if isinstance(nested, tuple):
            return tuple(map(types, nested))
        if isinstance(nested, np.ndarray):
            assert nested.flags.c_contiguous
            return nested.dtype, nested.ndim
        return type(nested)

    plans = [make_plan(mixed(number)) for number in (0, 5)]
    one, other, bare = (tables.tables(plan, 24, 6) for plan in (*plans, _bare()))
    assert types(one) == types(other) == types(bare)
    assert types(scratch(one)) == types(scratch(bare))


def _bare() -> Any:
    from tests.systems.forces import force

    return make_plan(force([]))
