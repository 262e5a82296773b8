"""The log keeps what was answered, whatever happens to the process; and shows what was altered."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.classroom.log import Entry, Log, LogError, bring_in, export, read_export

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from pathlib import Path
from sim.classroom.log import Log
log = Log.create(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    log.append({"do": "something", "number": number, "reason": "because " * 20})
    print(number, flush=True)  # what was answered
"""


def actions(log: Log) -> list[dict[str, object]]:
    return [entry.data for entry in log.entries]


@pytest.mark.parametrize("after", [1, 40])
def test_what_was_answered_outlives_a_kill(tmp_path: Path, after: int) -> None:
    file = tmp_path / "a.class"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert writer.stdout is not None
    answered = 0
    while answered < after:
        answered = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    rest = writer.stdout.read().splitlines()
    writer.wait(timeout=10)
    writer.stdout.close()
    # A last line may have been cut off by the kill.
    answered = max([answered, *(int(line) for line in rest[:-1])])

    log = Log.open(file)
    kept = [action["number"] for action in actions(log)]
    assert kept == list(range(1, len(kept) + 1))
    assert answered <= len(kept) <= answered + 2, "at most what was under way is more than what was answered"
    first = log.export()
    log.append({"do": "more"})
    log.close()
    again = Log.open(file)
    assert again.export().startswith(first)
    assert len(again.entries) == len(kept) + 1
    again.close()


def test_a_full_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "a.class")
    log.append({"number": 1})
    pages = log._connection.execute("PRAGMA page_count").fetchone()[0]
    log._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OSError, match="full"):
        log.append({"text": "x" * 100_000})
    assert actions(log) == [{"number": 1}]
    log._connection.execute(f"PRAGMA max_page_count = {pages + 100}")
    assert log.append({"number": 2}).seq == 2
    log.close()
    again = Log.open(tmp_path / "a.class")
    assert actions(again) == [{"number": 1}, {"number": 2}]
    again.close()


def test_only_one_process_may_hold_it(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "a.class")
    with pytest.raises(LogError, match="in use by another process"):
        Log.open(tmp_path / "a.class")
    log.close()
    Log.open(tmp_path / "a.class").close()


def test_an_export_brought_in_is_the_same_to_the_byte_with_other_tokens(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "a.class")
    for text in ("“Nō” \u2028 line", "plain", "\x85"):
        log.append({"do": "x", "text": text})
    (tmp_path / "a.jsonl").write_bytes(log.export())
    copy = bring_in(tmp_path / "a.jsonl", tmp_path / "b.class")
    assert copy.export() == log.export()
    assert copy.secret != log.secret
    assert log.secret.hex() not in log.export().decode()
    with pytest.raises(FileExistsError):
        bring_in(tmp_path / "a.jsonl", tmp_path / "b.class")
    copy.close()
    log.close()


def test_entries_cannot_be_changed_and_altered_ones_are_seen(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "a.class")
    for number in range(5):
        log.append({"number": number})
    log.close()
    connection = sqlite3.connect(tmp_path / "a.class")
    for statement in ("UPDATE entry SET text = '{}'", "DELETE FROM entry"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            connection.execute(statement)
    connection.execute("DROP TRIGGER entry_stays")
    connection.execute("UPDATE entry SET text = replace(text, '\"number\":2', '\"number\":7')")
    connection.commit()
    connection.close()
    with pytest.raises(LogError, match="entry 3 is not what was written"):
        Log.open(tmp_path / "a.class")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    log = Log.create(tmp_path_factory.mktemp("log") / "a.class")
    for number in range(3):
        log.append({"number": number, "text": "abc"})
    content = log.export()
    log.close()
    return content


@settings(max_examples=150)
@given(at=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_an_export_with_one_byte_changed_is_refused_or_the_same(exported: bytes, at: int, byte: int) -> None:
    """The same: JSON allows spaces, which change no entry."""
    at %= len(exported)
    changed = exported[:at] + bytes([byte]) + exported[at + 1 :]
    try:
        entries = read_export(changed, "a.jsonl")
    except LogError:
        return
    assert export(entries) == exported


@settings(max_examples=60)
@given(many=st.integers(0, 10_000))
def test_an_export_that_was_cut_off_is_refused_or_shorter_by_whole_entries(exported: bytes, many: int) -> None:
    content = exported[: many % (len(exported) + 1)]
    try:
        entries: list[Entry] = read_export(content, "a.jsonl")
    except LogError:
        return
    assert export(entries) == content


def test_other_files_are_no_class(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello " * 500)
    (tmp_path / "empty").touch()
    sqlite3.connect(tmp_path / "other").execute("CREATE TABLE t (x)").connection.close()
    for name in ("text", "empty", "other"):
        with pytest.raises(LogError, match="no class file"):
            Log.open(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        Log.open(tmp_path / "nothing")
    later = Log.create(tmp_path / "later")
    later.close()
    sqlite3.connect(tmp_path / "later").execute("PRAGMA user_version = 9").connection.close()
    with pytest.raises(LogError, match="later version"):
        Log.open(tmp_path / "later")
