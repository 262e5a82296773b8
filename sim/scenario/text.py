"""A file on disk -> its text, or why there is none."""

from __future__ import annotations

import stat
from pathlib import Path

from sim.scenario.problems import Problem

SAVE_AS = "save it as UTF-8"


def text_of(file: Path, largest: int, instead: str = "") -> str | Problem:
    """The text of a UTF-8 file, its line ends as single newlines, or why there is none.

    Args:
        file: what to read. Only a regular file is: a pipe or a device may never end.
        largest: bytes that it may have.
        instead: what to do where it has more.
    """
    name = str(file)
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return Problem(name, 0, "", "is not a regular file")
        with file.open("rb") as stream:
            data = stream.read(largest + 1)
    except (OSError, ValueError) as error:
        return Problem(name, 0, "", reason(error))
    if len(data) > largest:
        return Problem(name, 0, "", f"is larger than {largest / 1e6:g} MB{instead and f'; {instead}'}")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:4].count(0) == 2:
        return Problem(name, 0, "", f"is UTF-16 text; {SAVE_AS}")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Problem(name, data.count(b"\n", 0, error.start) + 1, "", f"is not UTF-8 text; {SAVE_AS}")
    if "\0" in text:
        return Problem(name, text.count("\n", 0, text.index("\0")) + 1, "", "is not text: it holds a zero byte")
    if not text.strip():
        return Problem(name, 0, "", "the file is empty")
    return text.replace("\r\n", "\n")


def reason(error: Exception) -> str:
    """Why a file or folder could not be read."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder"
    if isinstance(error, PermissionError):
        return "cannot be read: permission denied"
    return f"cannot be read: {getattr(error, 'strerror', None) or error}"
