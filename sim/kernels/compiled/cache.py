"""Where compiled code is kept, and whether it is there.

The folder's name is made of all that the code depends on: a change of a rule, of numba or of
the processor asks for a new one, so that stale code is never run. Does not import numba.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

_SIM = Path(__file__).parents[2]
_SOURCES = ("rules", "kernels", "randomness.py", "operations.py", "parameters.py", "recording.py", "state.py")
_PACKAGES = ("numba", "llvmlite", "numpy")


@cache
def folder() -> Path:
    """The folder of this version and machine, made if needed; in the temporary folder if home is not writable."""
    key = sha256()
    for name in _SOURCES:
        source = _SIM / name
        for file in [source] if source.is_file() else sorted(source.rglob("*.py")):
            key.update(file.read_bytes())
    for fact in (*map(version, _PACKAGES), sys.version, platform.machine(), _processor()):
        key.update(fact.encode())
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = f"kernel-{key.hexdigest()[:16]}"
    for base in (home / "rout", Path(tempfile.gettempdir()) / f"rout-{os.getuid() if hasattr(os, 'getuid') else 0}"):
        try:
            (base / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(base / name, os.W_OK):
            return base / name
    return Path(tempfile.mkdtemp(prefix="rout-kernel-"))


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
