"""`rout results`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli import options
from sim.cli.guard import RefusedError

Row = dict[str, Any]
DEFAULT = Path("results")
OWN = ("provenance.json", "resolved.json", "summary.json", "sweep.json")


def results(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Where to look.")] = DEFAULT,
    json: options.JsonOption = False,
) -> None:
    """List the runs, sweeps and comparisons that are on disk, and the command that makes each again."""
    from sim.cli.output import console
    from sim.cli.text import print_json

    if not folder.is_dir() and folder != DEFAULT:
        raise RefusedError(f"{folder}: no such folder")
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    one = told(folder)
    found = [one] if one else [row for path in inside if path.is_dir() and (row := told(path))]
    found.sort(key=lambda row: (row["started"] or "", row["folder"]))
    if json:
        print_json(found)
        return
    out = console()
    for row in found:
        _print(out, row)
    if not found:
        out.print(f"There are no results in {folder}. rout run SCENARIO makes one.")


def told(folder: Path) -> Row | None:
    """What a folder holds; None where it is none of ours."""
    if folder.name.startswith("."):
        return None
    if (folder / "sweep.json").exists():
        return _sweep(folder)
    for path in sorted(folder.glob("*.json")):
        if path.name not in OWN and "command" in (read := _read(path)).get("provenance", {}):
            return _row(folder, path.stem, read["provenance"], runs=read.get("runs"), seed=read.get("seed"))
    if (folder / "resolved.json").exists() and (folder / "provenance.json").exists():
        return _run(folder)
    if (folder / "base" / "provenance.json").exists():
        return _row(folder, "comparison", _read(folder / "base" / "provenance.json"), complete=False)
    return None


def _row(folder: Path, kind: str, facts: Row, **more: Any) -> Row:
    inside = folder if (folder / "resolved.json").exists() else folder / "base"
    row: Row = {
        "folder": str(folder),
        "kind": kind,
        "scenario": _read(inside / "resolved.json").get("name"),
        "runs": facts.get("runs"),
        "seed": facts.get("seed"),
        "started": facts.get("started"),
        "complete": bool(facts.get("complete", True)),
        "done": "",
        "command": facts.get("command"),
    }
    return row | {name: value for name, value in more.items() if value is not None}


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


def _read(path: Path) -> Row:
    """A JSON object; {} where it cannot be read."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _print(out: Any, row: Row) -> None:
    from rich.text import Text

    from sim.cli.text import count

    out.print(Text(row["folder"], style="head"), soft_wrap=True)
    size = [count(row["points"], "design point")] if row.get("points") else []
    size += [count(row["runs"], "run")] if row["runs"] else []
    when = "" if not row["started"] else f"{datetime.fromisoformat(row['started']).astimezone():%Y-%m-%d %H:%M}"
    facts = [f"{row['kind']} of {row['scenario'] or '?'}", *size, f"seed {row['seed']}", when]
    out.print("  " + ", ".join(fact for fact in facts if fact))
    if not row["complete"]:
        out.print(Text(f"  NOT FINISHED: {row['done'] or 'stopped on the way'}", style="warn"))
    go_on = " --resume" if row["kind"] == "sweep" and not row["complete"] else ""
    out.print(
        f"  {row['command'] or 'made in Python, without a command'}{go_on if row['command'] else ''}", soft_wrap=True
    )
