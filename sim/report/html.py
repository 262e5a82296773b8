"""The page of a report: one file, with a policy that lets nothing in from outside."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from sim.atomic import write_text
from sim.page import STYLE, bundle, read

ENTRY = "report.js"
_MARK = re.compile(r"\{\{ (\w+) \}\}")


def html(data: dict[str, Any]) -> str:
    """The page that shows the data of `make`.

    Its policy allows the one script and the one style sheet, by their hashes, and nothing else.
    """
    script, style = bundle(ENTRY), read(STYLE)
    parts = {
        "policy": "; ".join([
            "default-src 'none'", f"script-src {_hash(script)}", f"style-src {_hash(style)}",
            "base-uri 'none'", "form-action 'none'",
        ]),
        "title": escape(data["case"]["title"]),
        "style": style,
        "data": _inert(json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)),
        "script": script,
    }  # fmt: skip
    template = files("sim.report").joinpath("page.html").read_text(encoding="utf-8")
    return _MARK.sub(lambda mark: parts[mark[1]], template)


def write(data: dict[str, Any], path: Path) -> int:
    """Write the page, whole or not at all; returns its size in bytes.

    Raises:
        FileExistsError: the file exists.
    """
    if path.exists():
        raise FileExistsError(f"{path} exists")
    page = html(data)
    write_text(path, page)
    return len(page.encode())


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}'"


def _inert(text: str) -> str:
    """JSON that cannot end the element it stands in, nor begin a comment there."""
    return text.replace("<", "\\u003c")


def _plain(value: Any) -> Any:
    """What numpy leaves in the data, as JSON knows it."""
    return value.tolist()
