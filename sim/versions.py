"""What made a result: the model's own source, and the packages that may change a bit of it."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("rout", "numpy", "scipy", "numba")
"""Whose versions may change a bit of a row."""
MODEL = (
    "rules", "kernels", "plan", "block.py", "operations.py", "parameters.py", "randomness.py", "recording.py",
    "state.py", "step.py",
)  # fmt: skip
"""The source that makes rows of a resolved scenario."""
_SIM = Path(__file__).parent


def versions(*also: str) -> dict[str, str]:
    """The installed ones of `PACKAGES` and of other packages, and `model`: a digest of the model's source.

    Two results whose scenario, settings and versions are the same have the same rows. A version of rout alone
    does not tell: a rule may have been changed in a checkout.
    """
    found = {}
    for name in (*PACKAGES, *also):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found | {"model": digest(*MODEL)[:16]}


@cache
def digest(*names: str) -> str:
    """SHA-256 of source files and folders of the package, whatever they import."""
    found = sha256()
    for name in names:
        source = _SIM / name
        for file in [source] if source.is_file() else sorted(source.rglob("*.py")):
            found.update(file.relative_to(_SIM).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()
