"""What all tests share: Hypothesis draws the same examples each time, with no deadline; the Syrian case, read once."""

from pathlib import Path

import pytest
from hypothesis import settings

from sim.scenario import Resolved, Scenario, load, resolve

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


LONG = ("test_readme.py", "test_bench.py", "test_teaching_pages.py")
"""Files with few tests that take long: begun first, so that no worker is left with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(scope="session")
def syria_as_written() -> Scenario:
    return load(Path(__file__).parents[1] / "scenarios" / "syria_2024")


@pytest.fixture(scope="session")
def syria_2024(syria_as_written: Scenario) -> Resolved:
    return resolve(syria_as_written)
