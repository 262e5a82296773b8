"""What a command needs is all it loads: help, checks and lists start without the weight of a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sim.scenario import write_new

SYRIA = str(Path(__file__).parent.parent / "scenarios" / "syria_2024")
HEAVY = {"numpy", "scipy", "pandas", "pyarrow", "matplotlib", "mesa", "networkx", "numba", "xarray", "zarr", "SALib"}
PROBE = """
import json, sys
from sim.cli.guard import command
for words in json.loads(sys.argv[1]):
    sys.argv[1:] = words
    try:
        command()
    except SystemExit as end:
        if end.code:
            raise
    told = sorted({name.partition(".")[0] for name in sys.modules})
    print(" ".join(told), file=sys.stderr)
"""
LIGHT = [
    ["--help"],
    ["--version"],
    ["run", "--help"],
    ["check", SYRIA],
    ["check", SYRIA, "--set", "days=20", "--without", "mutiny", "--json"],
    ["new", "another"],
    ["schema"],
    ["cases", "."],
    ["show", SYRIA, "triggers"],
]
"""In this order: the last two print tables."""


def loaded(*commands: list[str], cwd: Path) -> list[set[str]]:
    """The top packages imported after each of some commands in one process, which must all succeed."""
    words = [sys.executable, "-c", PROBE, json.dumps(commands)]
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return [set(line.split()) for line in done.stderr.splitlines()]


def test_light_commands_load_nothing_heavy_and_no_tables_that_they_do_not_print(tmp_path: Path) -> None:
    for words, modules in zip(LIGHT, loaded(*LIGHT, cwd=tmp_path), strict=True):
        assert modules & HEAVY == set(), words
        assert "typer" in modules
        assert ("rich" in modules) == (words[0] in ("cases", "show")), words


@pytest.mark.slow
def test_the_probe_sees_what_is_heavy(tmp_path: Path) -> None:
    write_new(tmp_path / "small")
    (modules,) = loaded(["run", "small", "--runs", "2", "--days", "1", "--no-figures", "--quiet"], cwd=tmp_path)
    assert modules >= {"numpy", "pyarrow"}
