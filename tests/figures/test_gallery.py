"""The gallery and the notebook are true: their code runs, and draws the pictures that they show."""

from __future__ import annotations

import json
import re
from contextlib import chdir
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from sim.experiments.sweep import prepare, run_sweep
from sim.figures import COMPARISON_FIGURES, FIGURES, attribution, discovery, sensitivity, tipping
from sim.figures.gallery import MOST_BYTES, PAGE, Block, blocks, drawn, small_png
from sim.figures.sweep import SWEEP_FIGURES
from sim.scenario.new import new_text

TEXT = PAGE.read_text("utf-8")
NOTEBOOK = PAGE.parent / "notebooks" / "from_scenario_to_figure.ipynb"
HEAD, TAIL = TEXT.split("## Which triggers mattered")
FACTORS = '[[factor]]\nkey = "waver_rate"\n[[factor]]\nkey = "effect_pressure"\n'
SWEEPS = {
    "contagion": f'[design]\nkind = "factorial"\n{FACTORS}',
    "when": f'[design]\nkind = "latin_hypercube"\npoints = 20\n{FACTORS}',
    "morris": f'[design]\nkind = "morris"\npoints = 5\n{FACTORS}',
}
"""What the page says that commands wrote, smaller."""


def smaller(code: str) -> str:
    """The same code with few runs, of the small scenario that `rout new` writes."""
    code = re.sub(r"runs=\d+", "runs=20", code).replace("run=17", "run=3")
    return code.replace('"syria_2024"', '"case.toml"')


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gallery")
    (folder / "case.toml").write_text(new_text("case").replace("days = 20", "days = 11"), encoding="utf-8")
    return folder


def test_blocks_are_found_with_their_pictures() -> None:
    page = "a\n\n```python\nx = 1\n```\n\n![one](one.png)\n\n```sh\ny\n```\n\n```python\nz\n```\n\nb\n\n![no](no.png)\n"
    assert blocks(page) == [Block("x = 1\n", "one.png"), Block("z\n", "")]


def test_every_figure_is_in_the_gallery_and_every_picture_is_there_and_small() -> None:
    pictures = [block.picture for block in blocks(TEXT) if block.picture]
    assert pictures == re.findall(r"\((images/gallery/[^)]+)\)", TEXT)
    assert {(PAGE.parent / name).name for name in pictures} == {
        path.name for path in (PAGE.parent / "images" / "gallery").iterdir()
    }
    for name in pictures:
        path = PAGE.parent / name
        assert path.stat().st_size <= MOST_BYTES, name
        assert imread(path).shape[1] > 400
    code = "".join(block.code for block in blocks(TEXT))
    groups = (FIGURES, COMPARISON_FIGURES, SWEEP_FIGURES)
    wanted = [f'["{name}"]' for group in groups for name in group]
    wanted += [f"{figure.__name__}(" for module in (attribution, discovery, sensitivity, tipping)
               for figure in module.FIGURES.values()]  # fmt: skip
    assert [each for each in wanted if each not in code] == []


def test_the_first_half_of_the_gallery_draws_what_it_shows(desk: Path) -> None:
    with chdir(desk):
        found = dict(drawn(HEAD, smaller))
    assert list(found) == [block.picture for block in blocks(HEAD) if block.picture.endswith(".png")]
    assert all(isinstance(figure, Figure) and figure.axes for figure in found.values())


@pytest.mark.slow
def test_all_of_the_gallery_draws_what_it_shows(desk: Path) -> None:
    for name, text in SWEEPS.items():
        file = desk / f"{name}.toml"
        file.write_text(f'scenario = "case.toml"\nruns = 8\n\n{text}', encoding="utf-8")
        run_sweep(prepare(file), desk / "results" / name)
    with chdir(desk):
        found = dict(drawn(TEXT, smaller))
    assert list(found) == [block.picture for block in blocks(TEXT) if block.picture.endswith(".png")]


def test_a_picture_too_rich_for_its_size_gets_fewer_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    fig = Figure(figsize=(1, 1))
    fig.figimage(np.random.default_rng(1).uniform(size=(60, 60, 3)))

    def colours() -> int:
        seen = imread(BytesIO(small_png(fig)))
        return len(np.unique(seen.reshape(-1, seen.shape[2]), axis=0))

    assert colours() > 3000
    monkeypatch.setattr("sim.figures.gallery.MOST_BYTES", 5000)
    assert 64 < colours() <= 192
    monkeypatch.setattr("sim.figures.gallery.MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="no more than 64 colours"):
        small_png(fig)


def cells() -> list[dict[str, object]]:
    return json.loads(NOTEBOOK.read_text("utf-8"))["cells"]  # type: ignore[no-any-return]


def test_the_notebook_reaches_its_first_figure_in_ten_lines_and_keeps_no_output() -> None:
    code = [cell for cell in cells() if cell["cell_type"] == "code"]
    assert len("".join(code[0]["source"]).splitlines()) <= 10  # type: ignore[arg-type]
    assert "FIGURES[" in "".join(code[0]["source"]).splitlines()[-1]  # type: ignore[arg-type]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        cell["source"] = re.sub(r"runs=\d+", "runs=20", cell["source"])
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in data for data in shown) == 4
    assert not any(tmp_path.iterdir())
