"""What a command says of its cost before it begins, and where it finds a free place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.cli.cost import HINT, Part, cost, duration
from sim.cli.guard import RefusedError
from sim.cli.places import free, require_free
from sim.kernels.choice import COMPILE_SECONDS
from sim.kernels.compiled import cache
from sim.scenario import write_new
from sim.scenario.resolved import Resolved
from tests.test_cli import rout

CASE = "my_case"


def test_runs_of_all_parts_are_added_up(syria_2024: Resolved) -> None:
    told = cost(syria_2024, [Part(188, "version", 200), Part(128, "coalition", 500)], workers=2)
    assert told.startswith("200 runs of each of 188 versions, then 500 runs of each of 128 coalitions: 101,600 runs, ")


def seconds(text: str) -> float:
    """What a duration says."""
    found = re.match(r"about ([\d.]+) (s|min|h)", text)
    return float(found[1]) * {"s": 1, "min": 60, "h": 3600}[found[2]] if found else 1.0


def test_the_estimate_grows_with_the_work_and_shrinks_with_the_cores(
    syria_2024: Resolved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "is_ready", lambda: True)
    alone, shared = (seconds(duration(syria_2024, [Part(2000, "version", 500)], workers)) for workers in (1, 4))
    assert alone == pytest.approx(4 * shared, rel=0.1)
    slow = seconds(duration(syria_2024, [Part(2000, "version", 500)], 1, "numpy"))
    assert slow > 8 * alone
    assert duration(syria_2024, [Part(1, "version", 10)], 1) == "a few seconds"


def test_compiling_is_told_where_it_comes_first_or_would_help(
    syria_2024: Resolved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "is_ready", lambda: False)
    large = duration(syria_2024, [Part(128, "coalition", 500)], 1)
    assert large.endswith("go into compiling, once")
    assert seconds(large) > COMPILE_SECONDS
    assert duration(syria_2024, [Part(14, "day", 100)], 1).endswith(HINT)
    assert HINT not in duration(syria_2024, [Part(1, "day", 10)], 1)
    monkeypatch.setattr(cache, "is_ready", lambda: True)
    assert HINT not in duration(syria_2024, [Part(14, "day", 100)], 1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["attribute", CASE, "--runs", "4"], "4 runs of each of 8 coalitions: 32 runs, a few seconds"),
        (["tipping", CASE, "--runs", "2", "--every", "2"], r"2 runs of each of \d+ days: \d+ runs, a few seconds"),
        (
            ["sensitivity", CASE, "--factor", "exit_rate", "--points", "2", "--runs", "2"],
            "2 runs of each of 4 points: 8 runs, a few seconds",
        ),
    ],
)
def test_a_command_tells_its_cost_before_anything_else(words: list[str], told: str, tmp_path: Path) -> None:
    write_new(tmp_path / f"{CASE}.toml")
    done = rout(*words, "--days", "3", "--no-figures", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(told, done.stderr)
    assert rout(*words, "--days", "3", "--no-figures", "--quiet", "--out", "two", cwd=tmp_path).stderr == ""


def test_the_first_name_of_which_nothing_exists_is_free(tmp_path: Path) -> None:
    assert free(tmp_path / "a.b") == tmp_path / "a.b"
    (tmp_path / "a.b").mkdir()
    (tmp_path / "a.b-2").mkdir()
    assert free(tmp_path / "a.b") == tmp_path / "a.b-3"
    (tmp_path / "report.pdf").touch()  # its page would be printed over it
    assert free(tmp_path / "report", ".html", ".pdf") == tmp_path / "report-2.html"


def test_a_place_where_nothing_can_be_made_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    require_free(tmp_path / "new" / "folder" / "file")  # folders on the way are made
    for path, told in ((tmp_path / "file", "not overwritten"), (tmp_path / "file" / "x", "is a file")):
        with pytest.raises(RefusedError, match=told):
            require_free(path)
