"""The README keeps its word: its commands run, the files it names exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from sim.cli.app import app
from sim.scenario import load, write_new

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def commands(text: str) -> list[str]:
    """The lines of its shell blocks, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for words in block.splitlines() if (line := words.split("#")[0].strip())]


COMMANDS = commands(README)
MANUAL = commands((ROOT / "docs" / "command-line.md").read_text())
FEW = "10"
SHORTER = {"sweep": ["--runs", "2"], **{name: ["--days", "4"] for name in ("compare", "attribute", "tipping")}}
"""Options that take nothing from what is shown but time."""


def test_readme_has_commands() -> None:
    assert {command.split()[0] for command in COMMANDS} == {"make", "rout"}


def test_make_targets_exist() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert {command.split()[1] for command in COMMANDS if command.startswith("make")} <= set(targets)


@pytest.mark.slow
def test_readme_commands_work_in_their_order(tmp_path: Path) -> None:
    """In a copy of the folder's layout, with few runs: so that nothing here is written to."""
    for folder in ("scenarios", "docs"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    for command in COMMANDS:
        program, *words = shlex.split(re.sub(r"--runs \d+", f"--runs {FEW}", command))
        if program != "rout":
            continue
        words = [re.sub(r"^(results/\w+)-\d+-seed", rf"\1-{FEW}-seed", word) for word in words]
        words += SHORTER.get(words[0], []) if words else []
        done = subprocess.run(
            [sys.executable, "-m", "sim.cli", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_the_manual_shows_every_command() -> None:
    shown = {command.split()[1] for command in MANUAL}
    assert shown == {command.callback.__name__ for command in app.registered_commands if command.callback}


@pytest.mark.parametrize("command", [c for c in COMMANDS + MANUAL if c.startswith(("rout run", "rout show"))])
def test_what_a_documented_command_changes_is_there(command: str, tmp_path: Path) -> None:
    """Every scenario, trigger, account, unit and parameter that the documents name in a command."""
    words = shlex.split(command)[2:]
    changes = ("--set", "--without", "--account")
    scenario = ROOT / "scenarios" / Path(words[0]).name
    if words[0] == "my_case":
        scenario = write_new(tmp_path / "my_case.toml")
    given = {flag: [value for name, value in pairwise(words) if name == flag] for flag in changes}
    load(
        scenario,
        set=dict(change.split("=", 1) for change in given["--set"]),
        without=given["--without"],
        account=dict(account.split("=", 1) for account in given["--account"]),
    )


def test_linked_files_exist() -> None:
    links = [target for target in re.findall(r"\]\(([^)#]+)", README) if "://" not in target]
    folders = re.findall(r"^\| `([^`]+)`", README, flags=re.MULTILINE)
    assert links
    assert folders
    assert [name for name in links + folders if not (ROOT / name).exists()] == []
