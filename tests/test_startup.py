"""What a command needs is all it loads: help, checks and lists start without the weight of a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sim.scenario import write_new

SYRIA = str(Path(__file__).parent.parent / "scenarios" / "syria_2024")
HEAVY = {"numpy", "scipy", "pandas", "pyarrow", "matplotlib", "mesa", "networkx", "numba", "xarray", "zarr", "SALib"}
PROBE = """
import sys
from sim.cli.guard import command
try:
    command()
except SystemExit as end:
    sys.stderr.write(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
    raise
"""


def loaded(*words: str, cwd: Path) -> set[str]:
    """The top packages that a command, which must succeed, has imported by its end."""
    done = subprocess.run([sys.executable, "-c", PROBE, *words], cwd=cwd, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--version"],
        ["run", "--help"],
        ["new", "another"],
        ["cases", "."],
        ["schema"],
        ["show", SYRIA, "triggers"],
        ["check", SYRIA, "--set", "days=20", "--without", "mutiny", "--json"],
    ],
    ids=lambda words: words[0],
)
def test_a_light_command_loads_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    assert loaded(*words, cwd=tmp_path) & HEAVY == set()


def test_the_probe_sees_what_is_heavy(tmp_path: Path) -> None:
    write_new(tmp_path / "small")
    assert loaded("run", "small", "--runs", "2", "--days", "1", "--no-figures", cwd=tmp_path) >= {"numpy", "pyarrow"}


def test_help_and_checks_need_no_tables(tmp_path: Path) -> None:
    for words in (["--help"], ["check", SYRIA]):
        modules = loaded(*words, cwd=tmp_path)
        assert "typer" in modules
        assert "rich" not in modules
