"""Where compiled code is kept, and whether it is there.

The folder's name is made of all that the code depends on: a change of a rule, of numba or of
the processor asks for a new one, so that stale code is never run. Does not import numba.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from sim.versions import digest

_SOURCES = ("rules", "kernels", "randomness.py", "operations.py", "parameters.py", "recording.py", "state.py")
ENTRY = Path(__file__).with_name("runs.py")
_PACKAGES = ("numba", "llvmlite", "numpy")
_USER = os.getuid() if hasattr(os, "getuid") else 0
KEPT = 3
"""Folders of code that `prune` leaves: this version's, and the newest of others (another checkout may be in use)."""


@cache
def folder() -> Path:
    """The folder of this version and machine, made if needed; in the temporary folder if home is not writable."""
    key = sha256()
    # numba knows its code by the place and the time of the file that holds the entry.
    facts = (digest(*_SOURCES), *map(version, _PACKAGES), sys.version, platform.machine(), _processor())
    for fact in (*facts, str(ENTRY), str(ENTRY.stat().st_mtime_ns)):
        key.update(fact.encode())
    name = f"kernel-{key.hexdigest()[:16]}"
    for base in _bases():
        try:
            (base / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        # Code that somebody else may have put there is not run.
        if os.access(base / name, os.W_OK) and base.stat().st_uid == _USER:
            return base / name
    return Path(tempfile.mkdtemp(prefix="rout-kernel-"))


def _bases() -> Iterator[Path]:
    """Where compiled code may be kept, best first."""
    with suppress(RuntimeError):  # no home at all
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rout"
    yield Path(tempfile.gettempdir()) / f"rout-{_USER}"


def _processor() -> str:
    """What tells processors apart whose machine code differs."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return "".join(sorted({line for line in lines if line.startswith(("flags", "model name", "Features"))}))


def is_ready() -> bool:
    """Whether the kernel has been compiled on this machine."""
    return any(folder().rglob("*.nbc"))


def prune(keep: int = KEPT) -> list[Path]:
    """Remove the code of earlier versions: all but this version's folder and the newest of the others.

    Args:
        keep: how many folders are left.

    Returns:
        What was removed.
    """
    here = folder()
    others = [
        path
        for path in here.parent.iterdir()
        if re.fullmatch(r"kernel-[0-9a-f]{16}", path.name) and path.is_dir() and not path.is_symlink() and path != here
    ]
    removed = []
    for path in sorted(others, key=_changed, reverse=True)[max(keep - 1, 0) :]:
        with suppress(OSError):  # somebody else's, or gone meanwhile
            shutil.rmtree(path)
            removed.append(path)
    return removed


def _changed(path: Path) -> float:
    """When anything in the folder last changed."""
    times = [0.0]
    for each in (path, *path.rglob("*")):
        with suppress(OSError):
            times.append(each.stat().st_mtime)
    return max(times)
