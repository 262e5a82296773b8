"""The machine in general terms: what speed depends on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "numba", "mesa")
_CACHE = Path("/sys/devices/system/cpu/cpu0/cache/index2/size")


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> dict[str, Any]:
    """Cores, level-2 cache of one [kB] if it is known, versions."""
    try:
        text = _CACHE.read_text(encoding="ascii").strip()
        kilobytes = int(text.removesuffix("K")) if text.endswith("K") else None
    except (OSError, ValueError):
        kilobytes = None
    return {
        "cores": cores(),
        "level_2_cache_kb": kilobytes,
        "processor": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }
