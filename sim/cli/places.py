"""Where commands write: in places that are free; folders on the way there are made."""

from __future__ import annotations

import os
from pathlib import Path

from sim.cli.guard import RefusedError

RESULTS = Path("results")


def free(stem: Path, *endings: str) -> Path:
    """`stem`, or the first of `stem-2`, `stem-3` … of which nothing exists, with the first ending.

    Args:
        stem: without its ending.
        endings: of everything that is written there, as ".html" and ".pdf"; none for a folder.
    """
    number, name = 1, stem.name
    while any(stem.with_name(name + ending).exists() for ending in endings or ("",)):
        number += 1
        name = f"{stem.name}-{number}"
    return stem.with_name(name + (endings or ("",))[0])


def require_free(path: Path, option: str = "--out") -> None:
    """To be asked before hours of work.

    Raises:
        RefusedError: the path exists, or nothing can be made there.
    """
    if path.exists() or path.is_symlink():
        raise RefusedError(f"{path} exists and is not overwritten. Give {option} another name.")
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if not above.is_dir():
        raise RefusedError(f"{path}: {above} is a file, so nothing can lie in it. Give {option} another name.")
    if not os.access(above, os.W_OK):
        raise RefusedError(f"{path}: nothing may be written in {above}. Give {option} another name.")
