"""What docs/sweeps.md shows, works."""

from __future__ import annotations

import re
from contextlib import chdir
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.experiments.sweep import prepare
from sim.experiments.sweep.design import KINDS
from sim.experiments.sweep.factors import KINDS as FACTORS
from sim.experiments.sweep.file import SweepFile
from tests.sweep.conftest import Finished
from tests.sweep.files import ROOT, desk, rout

PAGE = (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)[1:]
SWEEP, PRECISION = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture(scope="module")
def place(finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder as the page supposes it, with a small sweep for results/contagion."""
    folder = tmp_path_factory.mktemp("docs")
    for name in ("docs", "scenarios"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "results").mkdir()
    finished.copy(folder / "results" / "contagion")
    assert rout("export", "results/contagion", "--netcdf", "contagion.nc", cwd=folder).returncode == 0
    return folder


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_a_snippet_runs_and_says_something(number: int, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"folder": "results/contagion"}
    with chdir(place):
        if not re.match(r"import|from", SNIPPETS[number]):  # it goes on from the one before
            exec(SNIPPETS[number - 1], names)
        exec(SNIPPETS[number], names)
    assert capsys.readouterr().out.strip()


def test_every_reader_sees_the_same_shares(place: Path, finished: Finished) -> None:
    import duckdb
    import polars as pl

    folder = place / "results" / "contagion"
    shares = finished.folder.summary["collapsed"].to_pylist()
    assert max(shares) > 0
    rows = f"{folder}/outcomes/*.parquet"
    pandas = pd.read_parquet(folder / "outcomes")["collapse_hour"].notna().to_numpy().reshape(6, 30).mean(axis=1)
    polars = pl.read_parquet(rows).group_by("design_point", maintain_order=True).agg(
        (pl.col("collapse_hour").count() / pl.len()).alias("share")
    )  # fmt: skip
    duck = duckdb.sql(
        f"select count(collapse_hour) / count(*) from '{rows}' group by design_point order by design_point"
    )
    assert list(pandas) == list(polars["share"]) == [share for (share,) in duck.fetchall()] == shares


def test_the_files_shown_are_sound(tmp_path: Path) -> None:
    sweep = prepare(desk(tmp_path, SWEEP.replace("scenarios/syria_2024", str(ROOT / "scenarios" / "syria_2024"))))
    assert (len(sweep.rows), sweep.runs) == (200, 500)
    precise = prepare(desk(tmp_path, SWEEP.replace("runs = 500", "days = 12") + PRECISION))
    assert precise.precision is not None
    assert precise.runs == 5000


def test_the_page_names_all_there_is() -> None:
    assert [kind for kind in KINDS if f"| `{kind}` |" not in PAGE] == []
    assert [kind for kind in FACTORS if f"`{kind} = " not in PAGE] == []
    settings = {info.alias or name for name, info in SweepFile.model_fields.items()}
    assert [name for name in settings if not {f"`{name}`", f"[{name}]"} & set(re.findall(r"`\w+`|\[\w+\]", PAGE))] == []


def test_the_number_of_runs_that_the_page_promises() -> None:
    """±0.02 and ±0.01 of a share near one half."""
    import numpy as np

    from sim.measures import share_by

    for runs, half in ((2400, 0.02), (9600, 0.01)):
        _, low, high = share_by(np.where(np.arange(runs) % 2, 1.0, np.nan), 2)
        assert (high - low) / 2 == pytest.approx(half, rel=0.01)
