"""What lies on disk: runs, comparisons, sweeps and whatever else was kept with the command that made it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim.cli.text import count

Row = dict[str, Any]
OWN = ("provenance.json", "resolved.json", "summary.json", "sweep.json")
SAID = ("--runs", "--seed", "--out", "--workers", "--kernel", "--columns")
"""Options that a list tells elsewhere, or that change no number."""
FLAGS = ("--trajectories", "--quiet", "--json", "--no-figures", "--resume", "--pdf")
"""Likewise, without a value."""


def found(folder: Path) -> list[Row]:
    """Everything in a folder, or what the folder itself is; the oldest first."""
    own = _told(folder)
    rows = [own] if own else [row for path in _inside(folder) if path.is_dir() and (row := _told(path))]
    places = [Path(row["folder"]) for row in rows] if own else [folder, *(Path(row["folder"]) for row in rows)]
    rows += [row for place in places for path in _inside(place) if (row := _report(path))]
    return sorted(rows, key=lambda row: (row["started"] or "", row["folder"]))


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _told(folder: Path) -> Row | None:
    """What a folder holds; None where it is none of ours."""
    if folder.name.startswith("."):
        return None
    if (folder / "sweep.json").exists():
        return _sweep(folder)
    for path in sorted(folder.glob("*.json")):
        if path.name not in OWN and "command" in (facts := (read := _read(path)).get("provenance", {})):
            cases = read.get("cases")
            scenario = count(len(cases), "case") if isinstance(cases, dict) else None  # of a validation
            return _row(folder, path.stem, facts, runs=read.get("runs"), seed=read.get("seed"), scenario=scenario)
    if (folder / "resolved.json").exists() and (folder / "provenance.json").exists():
        return _run(folder)
    if (folder / "base" / "provenance.json").exists():
        return _row(folder, "comparison", _read(folder / "base" / "provenance.json"), complete=False)
    return None


def _row(place: Path, kind: str, facts: Row, **more: Any) -> Row:
    inside = place if (place / "resolved.json").exists() else place / "base"
    command = facts.get("command")
    row: Row = {
        "folder": str(place),
        "kind": kind,
        "scenario": _read(inside / "resolved.json").get("name"),
        "changes": changes(command) if command else "",
        "runs": facts.get("runs"),
        "seed": facts.get("seed"),
        "started": facts.get("started"),
        "complete": bool(facts.get("complete", True)),
        "done": "",
        "command": command,
    }
    return row | {name: value for name, value in more.items() if value is not None}


def changes(command: str) -> str:
    """What a command asks for beyond a scenario, its runs and its seed: `without mutiny, days 5`."""
    try:
        _, name, _, *words = shlex.split(command)
    except (ValueError, AttributeError):  # too short, or altered by hand
        return ""
    return ", ".join(_asked(words, second="with" if name == "compare" else ""))


def _asked(words: list[str], second: str) -> Iterator[str]:
    """Each option with its values, after a second scenario where `second` says what it is for."""
    while words:
        option, *words = words
        values = []
        while words and not words[0].startswith("--"):
            values.append(words.pop(0))
        if not option.startswith("--"):
            yield from [f"{second} {option}"] if second else []
        elif option not in (*SAID, *FLAGS):
            yield " ".join([option.removeprefix("--"), *values])


def _run(folder: Path) -> Row:
    facts = _read(folder / "provenance.json")
    row = _row(folder, "run", facts)
    if not row["complete"]:
        shards = len(list((folder / "outcomes").glob("shard-*.parquet")))
        done = min(shards * int(facts.get("shard_runs", 0)), int(facts.get("runs", 0)))
        row["done"] = f"{done:,} of {facts.get('runs', 0):,} runs"
    return row


def _sweep(folder: Path) -> Row:
    facts, sweep = _read(folder / "provenance.json"), _read(folder / "sweep.json")
    row = _row(folder, "sweep", facts | {"complete": facts.get("complete", False)})
    row["scenario"] = ", ".join(sweep.get("scenarios", {})) or row["scenario"]
    row["points"] = sweep.get("design", {}).get("points")
    if not row["complete"]:
        done = len(list((folder / "checksums").glob("shard-*.sha256")))
        row["done"] = f"{done:,} of {'at most ' if sweep.get('precision') else ''}{sweep.get('shards', 0):,} shards"
    return row


def _report(path: Path) -> Row | None:
    """An after-action report; None for any other file."""
    if path.suffix.lower() not in (".html", ".htm"):
        return None
    try:
        data = re.search(r'<script type="application/json" id="data">(.*?)</script>', path.read_text("utf-8"))
        read = json.loads(data[1]) if data else {}
        case, facts = read["case"], read["provenance"]
        return _row(path, "report", facts, scenario=case["name"], runs=case["runs"], seed=case["seed"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read(path: Path) -> Row:
    """A JSON object; {} where it cannot be read."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
