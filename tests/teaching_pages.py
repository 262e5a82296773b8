"""The pages for instructors, read: their commands, tables, blocks and the numbers that they state."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.test_cli import rout
from tests.test_readme import commands

ROOT = Path(__file__).parent.parent
TEACHING = ROOT / "docs" / "teaching"
SCENARIOS = ROOT / "scenarios"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(TEACHING.glob("*.md"))}
EVENTS_LIST, GUIDE = PAGES["events-list"], PAGES["instructors-guide"]
EXERCISES = re.split(r"^## \d\. ", PAGES["exercises"], flags=re.MULTILINE)
"""The head of the page, and then one for each."""


def all_commands() -> list[str]:
    """Commands of `rout` on the pages, also those that stand indented in a list."""
    plain = "\n".join(re.sub(r"^ {3}", "", text, flags=re.MULTILINE) for text in PAGES.values())
    return list(dict.fromkeys(each for each in commands(plain) if each.startswith("rout ")))


COMMANDS = all_commands()
HELD = [each for each in COMMANDS if each.startswith("rout serve")]
RUNNABLE = [each for each in COMMANDS if each not in HELD and each != "rout compile"]
QUICK = [each for each in RUNNABLE if each.split()[1] in ("check", "show", "run") and "syria" not in each]
SLOW = [each for each in RUNNABLE if each not in QUICK and "tipping" not in each]  # its figures are measured


def numbers(pattern: str, text: str) -> list[float]:
    """The numbers where the pattern first matches."""
    found = re.search(pattern, text)
    assert found, pattern
    return [float(each.rstrip(".")) for each in found.groups()]


def table(text: str, head: str) -> list[list[str]]:
    """The rows of the first table whose header begins so."""
    lines = text[text.index(f"| {head} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]


def code(text: str, language: str) -> list[str]:
    """Blocks of a language, without the indent of a list."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, flags=re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def works(command: str, desk: Path, runs: int = 10) -> str:
    words = shlex.split(re.sub(r"--runs \d+", f"--runs {runs}", command))[1:]
    if words[0] in ("run", "compare", "attribute", "tipping"):
        words += ["--quiet", "--no-figures"]
    done = rout(*words, cwd=desk)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout
