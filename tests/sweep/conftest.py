"""One finished small sweep, which tests copy and never change."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from sim.experiments.sweep import Sweep, SweepFolder, prepare, run_sweep
from tests.sweep.files import desk


class Finished(NamedTuple):
    """A sweep file, what was read from it, and its finished folder."""

    file: Path
    sweep: Sweep
    folder: SweepFolder

    def copy(self, to: Path) -> SweepFolder:
        shutil.copytree(self.folder.path, to)
        return SweepFolder.open(to)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    file = desk(tmp_path_factory.mktemp("sweep"))
    sweep = prepare(file)
    return Finished(file, sweep, run_sweep(sweep, file.parent / "out"))
