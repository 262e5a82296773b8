"""The log of a class: every action, in order, on the disk before it is answered.

One SQLite file (WAL, synchronous=FULL). Each entry carries the hash of all before it, so that a
log that was altered is told from one that was not. An exported log is a text file, a line of JSON per
entry; brought in again it gives the same entries and the same export, to the byte.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

FORMAT = 1
_MARK = 0x726F7574
"""In the header of the file: that it is a class."""
_WHAT = "rout class"
_FIRST = "0" * 64
_TABLES = f"""
PRAGMA application_id = {_MARK};
CREATE TABLE entry (seq INTEGER PRIMARY KEY, text TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TABLE secret (value BLOB NOT NULL) STRICT;
CREATE TRIGGER entry_stays BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entry_kept BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;
PRAGMA user_version = {FORMAT};
"""


class LogError(ValueError):
    """A class file that cannot be used. The message is for the person who named it."""


@dataclass(frozen=True)
class Entry:
    """An action. `text` is its canonical JSON: {"at": …, "data": …, "seq": …}."""

    seq: int
    text: str
    hash: str

    @cached_property
    def data(self) -> dict[str, Any]:
        """What was done. Not to be changed."""
        data: dict[str, Any] = json.loads(self.text)["data"]
        return data

    @property
    def at(self) -> str:
        """When it was written: ISO 8601, UTC."""
        return str(json.loads(self.text)["at"])


def canonical(value: object) -> str:
    """JSON in the one form that is hashed.

    Raises:
        ValueError: a number that JSON does not know, or a text that is not Unicode.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    text.encode()
    return text


class Log:
    """An open class file. Only one process can have it open; safe to share among threads.

    Attributes:
        entries: all of them, in order.
        secret: what the tokens of this file are derived from; it is never exported.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._connection, self._lock = path, connection, Lock()
        self.secret: bytes = connection.execute("SELECT value FROM secret").fetchone()[0]
        rows = connection.execute("SELECT seq, text, hash FROM entry ORDER BY seq")
        self.entries = [Entry(*row) for row in rows]
        _check(self.entries, str(path))

    @classmethod
    def create(cls, path: Path) -> Log:
        """A new, empty log.

        Raises:
            FileExistsError: there is a file of this name.
            OSError: it cannot be written.
        """
        with open(path, "xb"):
            pass
        connection = _connect(path)
        connection.executescript(f"BEGIN; {_TABLES} COMMIT;")
        connection.execute("INSERT INTO secret VALUES (?)", (secrets.token_bytes(32),))
        return cls(path, connection)

    @classmethod
    def open(cls, path: Path) -> Log:
        """The log in a file.

        Raises:
            LogError: it is none, is in use, is of a later format, or was altered.
            OSError: there is no such file.
        """
        with open(path, "rb"):  # sqlite would make a new one
            pass
        connection = _connect(path)
        try:
            mark, version = (
                connection.execute(f"PRAGMA {n}").fetchone()[0] for n in ("application_id", "user_version")
            )
            if mark != _MARK:
                raise LogError(f"{path} is no class file")
            if version > FORMAT:
                raise LogError(
                    f"{path} was written by a later version of rout (format {version}; this one reads {FORMAT})"
                )
            return cls(path, connection)
        except (sqlite3.Error, TypeError) as error:
            connection.close()
            raise LogError(f"{path} cannot be read as a class ({error})") from None
        except LogError:
            connection.close()
            raise

    def append(self, data: dict[str, Any]) -> Entry:
        """Write an action; when this returns, it is on the disk.

        Raises:
            OSError: it could not be written; the log is as it was.
        """
        with self._lock:
            seq = len(self.entries) + 1
            text = canonical({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "data": data, "seq": seq})
            entry = Entry(seq, text, _next_hash(self.entries[-1].hash if self.entries else _FIRST, text))
            self._write([entry])
            return entry

    def _write(self, entries: Iterable[Entry]) -> None:
        rows = [(entry.seq, entry.text, entry.hash) for entry in entries]
        try:
            with closing(self._connection.cursor()) as cursor:
                cursor.execute("BEGIN")
                cursor.executemany("INSERT INTO entry VALUES (?, ?, ?)", rows)
                cursor.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise OSError(None, str(error), str(self.path)) from None
        self.entries += [Entry(*row) for row in rows]

    def close(self) -> None:
        """Let go of the file; what was appended stays."""
        self._connection.close()

    def export(self) -> bytes:
        """The whole log as a text file, without the secret."""
        return export(self.entries)


def export(entries: Iterable[Entry]) -> bytes:
    """A line that says what follows, then a line of JSON for each entry."""
    lines = [canonical({"format": FORMAT, "what": _WHAT})]
    lines += [canonical({"entry": entry.text, "hash": entry.hash}) for entry in entries]
    return "".join(f"{line}\n" for line in lines).encode()


def read_export(content: bytes, name: str) -> list[Entry]:
    """The entries of an exported log.

    Raises:
        LogError: it is none, was cut off within a line, or was altered.
    """
    try:
        head, *lines = content.decode().removesuffix("\n").split("\n")
        told = json.loads(head)
        if told.get("what") != _WHAT or not content.endswith(b"\n"):
            raise ValueError
        if told["format"] > FORMAT:
            raise LogError(f"{name} was written by a later version of rout")
        rows = [json.loads(line) for line in lines]
        entries = [Entry(number, str(row["entry"]), str(row["hash"])) for number, row in enumerate(rows, 1)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, LogError):
            raise
        raise LogError(f"{name} is no exported class, or not all of one") from None
    _check(entries, name)
    return entries


def bring_in(exported: Path, path: Path) -> Log:
    """A new class file with the entries of an exported one; its tokens are new.

    Raises:
        LogError: the export cannot be used; nothing is written.
        FileExistsError: there is a file at `path`.
    """
    entries = read_export(exported.read_bytes(), str(exported))
    log = Log.create(path)
    log._write(entries)
    return log


def _connect(path: Path) -> sqlite3.Connection:
    """A connection that holds the file for itself and waits for the disk."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0.2)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        connection.close()
        if "locked" in str(error):
            raise LogError(f"{path} is in use by another process") from None
        raise LogError(f"{path} is no class file ({error})") from None
    return connection


def _next_hash(before: str, text: str) -> str:
    return sha256(f"{before}\n{text}".encode()).hexdigest()


def _check(entries: list[Entry], name: str) -> None:
    """That the chain of hashes holds and no number is left out."""
    before = _FIRST
    for number, entry in enumerate(entries, 1):
        if entry.seq != number or _next_hash(before, entry.text) != entry.hash:
            raise LogError(f"{name}: entry {number} is not what was written; the log was altered")
        try:
            whole = json.loads(entry.text)
            fit = whole["seq"] == number and isinstance(whole["at"], str) and isinstance(whole["data"], dict)
        except (ValueError, KeyError, TypeError):
            fit = False
        if not fit:
            raise LogError(f"{name}: entry {number} is no entry")
        before = entry.hash
