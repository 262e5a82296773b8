"""Parts of a sweep from several folders, as one sweep."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from sim.atomic import beside, write_bytes, write_text
from sim.experiments.sweep.folder import CHECKSUMS, FILE, LOCK, OUTCOMES, SweepFolder, as_json, differences
from sim.experiments.sweep.progress import queue_of
from sim.experiments.sweep.run import finish
from sim.results import ResultError

SHOWN = 12
"""Missing shards that a message names."""


def merge(out: str | Path, parts: Sequence[str | Path], command: str = "") -> SweepFolder:
    """Copy the shards of all parts into a new folder, and summarise them.

    Args:
        out: a folder that does not exist yet.
        parts: folders of one and the same sweep.
        command: kept with the provenance.

    Raises:
        FileExistsError: `out` exists.
        ResultError: the parts belong to different sweeps, contradict each other, or some
            shard is in none of them; nothing is written then.
    """
    path = Path(out)
    if path.exists():
        raise FileExistsError(f"{path} exists")
    folders = [SweepFolder.open(Path(part)) for part in parts]
    for folder in folders[1:]:
        if found := list(differences(folders[0].explicit, folder.explicit)):
            raise ResultError(
                f"{folders[0].path} and {folder.path} are parts of different sweeps. What differs: {'; '.join(found)}."
            )
    parts_of = _Parts(folders, _sources(folders))
    if missing := queue_of(parts_of).wanted():
        raise ResultError(_lacking(folders, parts_of, missing))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = beside(path)
    try:
        finish(_copied(part, parts_of, command))
        os.rename(part, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return SweepFolder.open(path)


class _Parts(SweepFolder):
    """Several folders read as one: each shard where it is whole."""

    def __init__(self, folders: Sequence[SweepFolder], sources: dict[int, SweepFolder]) -> None:
        super().__init__(folders[0].path, folders[0].explicit)
        self.sources = sources
        self.started = min(str(folder.provenance.get("started", "")) for folder in folders)

    def shard(self, number: int) -> Path:
        return self.sources[number].shard(number) if number in self.sources else super().shard(number)

    def checksum(self, number: int) -> Path:
        return self.sources[number].checksum(number) if number in self.sources else super().checksum(number)

    def is_whole(self, number: int) -> bool:
        return number in self.sources  # looked at when it was chosen


def _sources(folders: Sequence[SweepFolder]) -> dict[int, SweepFolder]:
    """Shard -> a folder in which it is whole.

    Raises:
        ResultError: two folders have different rows for it.
    """
    sources: dict[int, SweepFolder] = {}
    for folder in folders:
        for number in sorted(folder.whole(range(folder.layout.shards))):
            other = sources.setdefault(number, folder)
            if other.shard(number).read_bytes() != folder.shard(number).read_bytes():
                raise ResultError(
                    f"shard {number} is not the same in {other.path} and {folder.path}: "
                    "they were made on machines that do not compute alike"
                )
    return sources


def _copied(path: Path, parts: _Parts, command: str) -> SweepFolder:
    for folder in (path, path / OUTCOMES, path / CHECKSUMS):
        folder.mkdir()
    for name in ("sweep.toml", "resolved.json", "points.parquet", FILE, LOCK):
        write_bytes(path / name, (parts.path / name).read_bytes())
    facts = {name: value for name, value in parts.provenance.items() if name not in ("runs", "finished")}
    facts |= {"started": parts.started, "command": command or facts.get("command", ""), "complete": False}
    write_text(path / "provenance.json", as_json(facts))
    merged = SweepFolder(path, parts.explicit)
    for number in sorted(parts.sources):
        write_bytes(merged.shard(number), parts.shard(number).read_bytes())
        write_bytes(merged.checksum(number), parts.checksum(number).read_bytes())
    return merged


def _lacking(folders: Sequence[SweepFolder], parts: _Parts, missing: Sequence[int]) -> str:
    """Which shards no part has, and which are damaged."""
    damaged = [f for n in missing for folder in folders if (f := folder.shard(n)).exists()]
    text = f"{len(missing)} of {parts.layout.shards} shards are in none of the parts: {_listed(missing)}."
    if damaged:
        text += f" Damaged: {_listed(damaged)}."
    return f"{text} Run what is missing with rout sweep --shard, or --resume, and merge again. Nothing was written."


def _listed(names: Sequence[object]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(str, names[:SHOWN])) + more
