"""Which scenarios there are, and how one is found by its name."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sim.scenario.problems import Problem, ScenarioError, nearest
from sim.scenario.read import read
from sim.scenario.signs import on_one_line, short

SHIPPED = Path(__file__).resolve().parents[2] / "scenarios"
"""The scenarios that come with the source."""


class Case(NamedTuple):
    """One scenario of a folder: its name there, its title, and its size in rows."""

    name: str
    title: str
    path: Path
    units: int
    triggers: int
    places: int


def find(name: str | Path) -> Path:
    """A scenario's path, from a path or from a bare name.

    A bare name is looked up here, in ./scenarios, then among the scenarios that come with the source.

    Raises:
        ScenarioError: there is none; names the nearest that there is.
    """
    given = Path(name)
    folders = (Path("scenarios"), SHIPPED)
    bare = len(given.parts) == 1
    candidates = [given, given.with_name(f"{given.name}.toml")] if given.name else [given]
    for folder in (Path(), *folders) if bare else ():
        candidates += [folder / given, folder / f"{given}.toml"]
    for candidate in candidates:
        if _exists(candidate):
            return candidate
    known = sorted({path.stem for folder in folders for path in _scenarios(folder)})
    raise ScenarioError(
        [Problem(str(name), 0, "", "there is no such file, folder or scenario", nearest(given.stem, known))]
    )


def cases(folder: str | Path | None = None) -> list[Case]:
    """All scenarios of a folder (by default ./scenarios, else those that come with the source), by name.

    Rows are counted as written; a scenario that cannot be read counts none.
    """
    where = Path(folder) if folder is not None else Path("scenarios")
    if folder is None and not _scenarios(where):
        where = SHIPPED
    return [_case(path) for path in _scenarios(where)]


def _case(path: Path) -> Case:
    document = read(path)
    title = document.values.get("title", "")
    sizes = (len(document.rows(table)) for table in ("unit", "trigger", "place"))
    told = short(on_one_line(title), 200) if isinstance(title, str) else ""
    return Case(on_one_line(path.stem), told, path, *sizes)


def _scenarios(folder: Path) -> list[Path]:
    """Folders with a scenario.toml, and TOML files that hold a whole scenario."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    return [e for e in entries if _exists(e / "scenario.toml") or (e.suffix == ".toml" and e.is_file())]


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long for a file, or one with a zero byte
        return False
