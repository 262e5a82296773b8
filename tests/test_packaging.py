"""The project installs from its lock, names no package registry, and `make` sets up once."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
REQUIREMENTS = [
    *PYPROJECT["build-system"]["requires"],
    *PROJECT["dependencies"],
    *PROJECT["optional-dependencies"]["test"],
]
LOCK = (ROOT / "requirements.lock").read_text()
PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[0-9][^\s;@]*)")

# In pieces, so that this file does not name them either.
REGISTRY_HOSTS = tuple(
    ".".join(pieces)
    for pieces in [
        ("py" + "pi", "org"),
        ("python" + "hosted", "org"),
        ("ana" + "conda", "org"),
        ("npm" + "js", "org"),
        ("npm" + "js", "com"),
        ("deb", "deb" + "ian", "org"),
        ("crates", "io"),
    ]
)
NOT_SOURCE = re.compile(
    r"(.*/)?(\.git|\.venv|\.hypothesis|__pycache__|.*_cache)|build|dist|.*\.egg-info|results/(?!gallery$|studies$)[^/]*"
)


def normal(name: str) -> str:
    """The name of a distribution as installers compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported() -> set[str]:
    """Distributions that sim and calibration import, wherever in their files."""
    nodes = [
        node
        for top in ("sim", "calibration")
        for file in (ROOT / top).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
    ]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    tops = {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"sim", "calibration"}
    known = packages_distributions()
    return {normal(known[top][0]) if top in known else top for top in tops}


def test_what_is_imported_is_declared() -> None:
    """Not left to what another distribution happens to bring along."""
    declared = {normal(re.match(r"[\w.-]+", each)[0]) for each in REQUIREMENTS}  # type: ignore[index]
    assert imported() - declared == {"pydantic-core"}, "a part of pydantic, which pins it"


def pins() -> dict[str, str]:
    """Distribution to version, for every line of the lock that is not a comment."""
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not PIN.fullmatch(line)] == []
    return {normal(pin["name"]): pin["version"] for pin in map(PIN.fullmatch, lines) if pin}


def source_texts(root: Path) -> Iterator[tuple[Path, str]]:
    """Every text file of the project with its content; caches, results and binaries left out."""
    for folder, subfolders, files in os.walk(root):
        inside = Path(folder).relative_to(root)
        subfolders[:] = [name for name in subfolders if not NOT_SOURCE.fullmatch((inside / name).as_posix())]
        for path in (Path(folder, name) for name in files):
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def registries_named(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}: {host}"
        for path, text in source_texts(root)
        for host in REGISTRY_HOSTS
        if host in text.lower()
    ]


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_lock_pins_every_requirement_at_or_above_its_lower_bound(requirement: str) -> None:
    name, lower = requirement.split(",")[0].split(">=")
    pinned = pins()[normal(name)]
    assert [int(n) for n in re.findall(r"\d+", pinned)] >= [int(n) for n in lower.split(".")]


def test_lock_names_no_place_to_download_from() -> None:
    assert not re.search(r"://|^\s*-", LOCK, re.MULTILINE)


def test_no_file_names_a_package_registry() -> None:
    assert registries_named(ROOT) == []


def test_a_named_package_registry_is_found(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "install.md").write_text(f"see https://{REGISTRY_HOSTS[0]}/simple")
    (tmp_path / "figure.png").write_bytes(b"\x89PNG\xff\xfe")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "ready").write_text(REGISTRY_HOSTS[0])
    assert registries_named(tmp_path) == [f"docs/install.md: {REGISTRY_HOSTS[0]}"]


def test_installed_version_is_that_of_the_project() -> None:
    assert version("rout") == PROJECT["version"]


def test_changelog_has_a_section_for_what_is_not_released() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"


def test_docs_index_names_every_page() -> None:
    linked = re.findall(r"\]\(([^)#]+\.md)", (ROOT / "docs" / "README.md").read_text())
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages - set(linked) == set()
    assert [link for link in linked if not (ROOT / "docs" / link).is_file()] == []


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`make` in `folder`, free of the settings of a `make` that runs these tests."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *words], cwd=folder, env=clean, capture_output=True, text=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What `make` reads, in a fresh folder whose name has a space, made long before any stamp."""
    folder = tmp_path / "a fresh checkout"
    folder.mkdir()
    for name in ["Makefile", "pyproject.toml", "requirements.lock"]:
        shutil.copy(ROOT / name, folder)
        os.utime(folder / name, (1_000_000_000, 1_000_000_000))
    return folder


def interpreter(folder: Path, body: str) -> str:
    path = folder / "my python"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return f"PYTHON={path}"


@pytest.mark.parametrize("target", ["run", "test", "slow", "lint", "check", "setup"])
def test_make_sets_up_once(checkout: Path, target: str) -> None:
    assert make(checkout, "-n", target).stdout.count("--requirement requirements.lock") == 1

    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "ready").touch()
    again = make(checkout, "-n", target)
    assert again.returncode == 0
    assert "pip" not in again.stdout


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml"])
def test_make_sets_up_again_after_a_change(checkout: Path, changed: str) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "ready").touch()
    os.utime(checkout / changed, (4_000_000_000, 4_000_000_000))
    assert "pip install" in make(checkout, "-n", "run").stdout


def test_make_help_lists_the_targets(checkout: Path) -> None:
    listed = re.findall(r"^  make (\w+) ", make(checkout, "help").stdout, re.MULTILINE)
    assert {"run", "test", "slow", "lint", "check", "lock", "clean", "help"} <= set(listed)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("exit 1", "rout needs Python 3.11 or newer"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "Python has no venv module"),
    ],
    ids=["too old", "no venv module"],
)
def test_make_says_what_is_wrong_with_python(checkout: Path, body: str, message: str) -> None:
    made = make(checkout, "setup", interpreter(checkout, body))
    assert made.returncode != 0
    assert made.stderr.splitlines()[0].startswith(message)
    assert not (checkout / ".venv").exists()
