"""The pages about the model and its results say what the code does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from sim import load, run
from sim.parameters import ALL
from sim.reference import PAGES as WRITTEN
from sim.reference import TABLES, written
from sim.scenario import write_new

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
REFERENCES = [(page, found) for page in PAGES for found in re.findall(r"([\w/]+\.py)::([\w.]+)", page.read_text())]
SNIPPETS = re.findall(r"```python\n(.*?)```", (DOCS / "results.md").read_text(), flags=re.DOTALL)


MODEL = DOCS / "model.md"


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_the_tables_are_up_to_date(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert page == written(page), "run: python -m sim.reference"


def test_every_table_stands_in_a_page() -> None:
    page = "".join(path.read_text(encoding="utf-8") for path in WRITTEN)
    assert sorted(re.findall(r"<!-- table: (\w+) -->", page)) == sorted(TABLES)
    assert [p.name for p in ALL if f"| `{p.name}` |" not in page] == []


def test_an_old_table_is_noticed() -> None:
    page = MODEL.read_text(encoding="utf-8")
    old = re.sub(r"(\| `waver_rate` \| λ_w \|) \S+ \|", r"\1 9 |", page)
    assert old != page
    assert written(old) == page


def defined(tree: ast.Module) -> Iterator[str]:
    """Functions of a module, and the methods of its classes as Class.method."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{each.name}" for each in node.body if isinstance(each, ast.FunctionDef))


def test_there_are_references() -> None:
    assert len(REFERENCES) > 30
    assert "no_such_rule" not in set(defined(ast.parse((ROOT / "sim/rules/quit.py").read_text())))


@pytest.mark.parametrize(("page", "reference"), REFERENCES, ids=[f"{p.stem}-{'::'.join(r)}" for p, r in REFERENCES])
def test_a_named_function_exists(page: Path, reference: tuple[str, str]) -> None:
    path, name = reference
    assert name in set(defined(ast.parse((ROOT / path).read_text(encoding="utf-8")))), page.name


def test_every_rule_is_in_the_page() -> None:
    """Each public function of sim/rules, the shared arithmetic apart, is named where its equation stands."""
    page = MODEL.read_text(encoding="utf-8")
    rules = [path for path in sorted((ROOT / "sim/rules").glob("*.py")) if path.stem not in ("__init__", "arithmetic")]
    functions = [f"sim/rules/{p.name}::{f.name}" for p in rules for f in ast.parse(p.read_text()).body
                 if isinstance(f, ast.FunctionDef) and not f.name.startswith("_")]  # fmt: skip
    assert [name for name in functions if name not in page] == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small result, with trajectories."""
    here = tmp_path_factory.mktemp("docs")
    scenario = load(write_new(here / "small.toml"))
    return run(scenario, runs=12, days=4.0, out=here / "result", trajectories=True).path


@pytest.mark.parametrize("number", range(1, len(SNIPPETS)))
def test_a_snippet_runs(number: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each after the one before it, on a folder of its own instead of the one that the page names."""
    imported = re.findall(r"^(?:import|from) (\w+)", SNIPPETS[number], flags=re.MULTILINE)
    if missing := [name for name in imported if find_spec(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    names: dict[str, Any] = {"folder": str(folder)}
    if not imported:
        exec(SNIPPETS[number - 1], names)
    exec(SNIPPETS[number], names)
    assert capsys.readouterr().out.strip()


def test_the_trajectories_are_labelled(folder: Path) -> None:
    names: dict[str, Any] = {"folder": str(folder)}
    exec(next(snippet for snippet in SNIPPETS if "open_zarr" in snippet), names)
    history = names["history"]
    assert history["status"].dims == ("run", "hour", "unit")
    assert history.sizes["run"] == 12
    assert list(history["hour"].values[:2]) == [0, 6]


def test_the_map_of_the_docs_names_every_page() -> None:
    listed = (DOCS / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if page.name != "README.md" and f"({page.name})" not in listed] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_linked_pages_and_headings_exist(page: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target, heading in re.findall(r"\]\(([^)#:]*)#?([^)]*)\)", prose):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.*)", linked.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert heading in [re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles], heading
