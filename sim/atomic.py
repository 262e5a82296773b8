"""Files that are whole or not there: written under a temporary name, synced, renamed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

PART = ".part"
"""How temporary names end; they begin with a dot, so that readers of a folder pass over them."""


def write_whole(path: Path, fill: Callable[[Path], object]) -> None:
    """Have `fill` write a file under a temporary name, and give it its own once it is on the disk.

    A file of that name is replaced; a failure leaves it as it was, and nothing else behind.

    Raises:
        OSError: with the name of the file, such as for a full disk.
    """
    temporary = beside(path)
    try:
        fill(temporary)
        with open(temporary, "rb") as handle:
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if error.filename is None:  # a write that fails does not say where
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """These bytes, whole or not at all."""
    write_whole(path, lambda temporary: temporary.write_bytes(data))


def write_text(path: Path, text: str) -> None:
    """This text in UTF-8, whole or not at all."""
    write_bytes(path, text.encode())


def beside(path: Path) -> Path:
    """A temporary name beside a file or folder, its own for each call on any machine."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}{PART}")
