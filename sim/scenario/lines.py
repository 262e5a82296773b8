"""Where each key of a TOML text stands.

`tomllib` gives values without lines; this scanner gives lines without values. It expects
a text that `tomllib` has accepted, so it checks nothing and stays small.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

Path = tuple[str | int, ...]
"""Keys and list indices from the top of a document to a value."""

DEEPEST = 24
"""No scenario nests this deep; a text that does is an accident or an attack."""

_GAP = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_TEXT = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})'  # up to two quotation marks may touch the closing three
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}#\n]*")


_PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_DEEP_KEY = re.compile(rf"(?:^|[{{,])[ \t\[]*+(?:{_PART}){{{DEEPEST}}}", re.MULTILINE)


class TooDeepError(ValueError):
    """The text nests deeper than `DEEPEST`, at a 1-based line."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} nests deeper than {DEEPEST}")
        self.line = line


def deep_key(text: str) -> int:
    """The 1-based line of a dotted key of more than `DEEPEST` parts, 0 where there is none.

    To be asked before `tomllib`, whose time grows as the square of their number.
    """
    found = _DEEP_KEY.search(text)
    return text.count("\n", 0, found.end()) + 1 if found else 0


def toml_lines(text: str) -> dict[Path, int]:
    """The 1-based line of every key, table and list element of a valid TOML text.

    Lines end with a single newline character. An element of an array of tables is
    addressed by its index from 0.

    Raises:
        TooDeepError: the text nests deeper than `DEEPEST`.
    """
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.newlines = [m.start() for m in re.finditer("\n", text)]
        self.lines: dict[Path, int] = {}
        self.last: dict[Path, int] = {}
        """Index of the latest element of each array of tables."""

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while self.skip(_GAP) < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
        return self.lines

    def skip(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        return self.at

    def record(self, path: Path) -> None:
        line = bisect_right(self.newlines, self.at) + 1
        if len(path) > DEEPEST:
            raise TooDeepError(line)
        self.lines.setdefault(path, line)

    def header(self) -> Path:
        """[a.b] or [[a.b]]: the path of the table that it opens."""
        double = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if double else 1
        *parents, name = self.key()
        self.at, after = start, self.at
        path: Path = ()
        for part in parents:
            path = self.latest((*path, part))
            self.record(path)
        path = (*path, name)
        self.record(path)
        if double:
            self.last[path] = self.last.get(path, -1) + 1
            path = self.latest(path)
            self.record(path)
        self.at = after + (2 if double else 1)
        return path

    def latest(self, path: Path) -> Path:
        return (*path, self.last[path]) if path in self.last else path

    def pair(self, table: Path) -> None:
        """key = value"""
        start = self.at
        keys = self.key()
        self.at, after = start, self.at
        path = table
        for part in keys:
            path = (*path, part)
            self.record(path)
        self.at = after + 1  # the equals sign
        self.skip(_BLANK)
        self.value(path)

    def key(self) -> list[str]:
        """A dotted key, up to the sign that ends it."""
        parts: list[str] = []
        while True:
            self.skip(_BLANK)
            start = self.at
            if self.text[start] in "\"'":
                self.skip(_TEXT)
                parts.append(tomllib.loads(f"k = {self.text[start : self.at]}")["k"])
            else:
                self.skip(_BARE_KEY)
                parts.append(self.text[start : self.at])
            self.skip(_BLANK)
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def value(self, path: Path) -> None:
        match self.text[self.at]:
            case "[":
                self.array(path)
            case "{":
                self.inline_table(path)
            case '"' | "'":
                self.skip(_TEXT)
            case _:
                self.skip(_PLAIN)

    def array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self.text[self.skip(_GAP)] != "]":
            self.record((*path, index))
            self.value((*path, index))
            index += 1
            if self.text[self.skip(_GAP)] == ",":
                self.at += 1
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        while self.text[self.skip(_GAP)] != "}":
            self.pair(path)
            if self.text[self.skip(_GAP)] == ",":
                self.at += 1
        self.at += 1
