"""The scenarios that agents step through."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.scenario import load, resolve, write_new
from sim.scenario.resolved import Resolved

SYRIA = Path(__file__).parents[2] / "scenarios" / "syria_2024"


@pytest.fixture(scope="session")
def syria(syria_2024: Resolved) -> Resolved:
    return syria_2024


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Resolved:
    """The scenario that `rout new` writes."""
    return resolve(load(write_new(tmp_path_factory.mktemp("small") / "small.toml")))
