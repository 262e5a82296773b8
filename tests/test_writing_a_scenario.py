"""The guide for authors keeps its word: pieces that make a sound scenario, commands that run, messages as they come."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from sim.scenario import ScenarioError, load, new_text, resolve, write_new
from sim.triggers import REGISTRY
from tests.test_cli import rout
from tests.test_readme import commands

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "writing-a-scenario.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "examples" / "salt_road.toml"
COMMANDS = commands(GUIDE)
SHOWN = re.findall(r"^```text\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL)
QUICK = ("check", "show")
SLIPS = {
    'place = "BRIDGE"\nmen_low = 350': 'place = "BRIGDE"\nmen_low = 350',
    "probability = 0.5                   # ": "probability = 50                    # ",
    'name = "bodyguard"\nweight = 0.5\n': 'name = "bodyguard"\n',
}
"""What the guide supposes that the reader has got wrong."""


def written() -> str:
    """The file that a reader has who wrote down every piece in turn."""
    return "\n".join(re.findall(r"^```toml\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL))


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "salt_road.toml").write_text(written(), encoding="utf-8")
    return tmp_path


def test_its_pieces_are_the_example() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == written(), "write the pieces of the guide into docs/examples"
    scenario = resolve(load(EXAMPLE))
    assert all(any(account.operations for account in trigger.accounts) for trigger in scenario.triggers)


def test_it_shows_what_check_says(desk: Path) -> None:
    sound, broken = SHOWN
    assert rout("check", "salt_road", cwd=desk).stdout == sound
    text = written()
    for right, wrong in SLIPS.items():
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    (desk / "salt_road.toml").write_text(text, encoding="utf-8")
    done = rout("check", "salt_road", cwd=desk)
    assert (done.returncode, done.stderr) == (2, broken)


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.split()[1] in QUICK])
def test_a_quick_command_works(command: str, desk: Path) -> None:
    assert rout(*shlex.split(command)[1:], cwd=desk).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("command", [each for each in COMMANDS if each.split()[1] not in QUICK])
def test_a_command_works(command: str, desk: Path) -> None:
    few = re.sub(r"--runs \d+", "--runs 10", command)
    done = rout(*shlex.split(few)[1:], "--quiet", "--no-figures", cwd=desk)
    assert done.returncode == 0, done.stderr


def test_it_has_words_for_every_type_of_trigger() -> None:
    table = GUIDE.partition("The words for triggers.")[2].partition("## ")[0]
    assert sorted(re.findall(r"\| `(\w+)` \|", table)) == sorted(REGISTRY)


def test_it_takes_an_hour() -> None:
    assert sum(map(int, re.findall(r"^\| (\d+) \| \[", GUIDE, flags=re.MULTILINE))) == 60


def tables_in_order(text: str) -> list[str]:
    found = re.findall(r"^(?:# )?\[+(\w+)", text, flags=re.MULTILINE)
    return list(dict.fromkeys(found))


def test_a_new_scenario_follows_the_guide() -> None:
    """The same tables in the same order, those of the record as comments, and it says where the guide is."""
    assert tables_in_order(new_text()) == tables_in_order(written())
    assert "docs/writing-a-scenario.md" in new_text()


def test_a_new_scenario_is_sound_with_its_record_too(tmp_path: Path) -> None:
    """Also when the commented outcome and source are taken in."""
    text = new_text("my_case")
    head, mark, record = text.partition("# [[outcome]]")
    (tmp_path / "my_case.toml").write_text(head + re.sub(r"(?m)^# ?", "", mark + record), encoding="utf-8")
    scenario = resolve(load(tmp_path / "my_case.toml"))
    assert [outcome.place for outcome in scenario.outcomes] == ["FRONTIER"]
    assert list(scenario.sources) == ["gazette"]


@pytest.mark.parametrize(("name", "said"), [("", "is no name"), (str(ROOT / "scenarios" / "syria_2024"), "already")])
def test_a_name_that_is_none_or_taken_is_refused(name: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        write_new(name)
