"""What a TOML parser says, in plain words: where, what stands there, and what it should be."""

from __future__ import annotations

import re

from sim.scenario.problems import Problem

_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate inline table key")
_WORDS = {
    "Invalid value": 'text needs straight quotation marks ("…"), true and false small letters',
    "Expected newline or end of document after a statement": "only a comment may follow a value on its line",
    "Expected '=' after a key in a key/value pair": "'=' must follow the name of a field",
    "Invalid statement": "a line must be `field = value` or begin a [table]",
    "Invalid initial character for a key part": "the name of a field must stand here",
    "Unterminated string": "a text is never closed with a quotation mark",
    "Illegal character '\\n'": "a text must be closed with a quotation mark on its line",
    "Unescaped '\\' in a string": "between double quotation marks a backslash is written twice",
    "Invalid date or datetime": "there is no such date",
    "Unclosed array": "a list is not closed with ], or a comma is missing in it",
    "Unclosed inline table": "a table within braces must be closed with } on the same line",
}
_TAKEN = 24
"""Characters quoted of what stands there."""


def syntax_problem(file: str, text: str, error: str) -> Problem:
    """A message of `tomllib` about a text as a problem."""
    reason = error.split(" (at ")[0]
    if digits := re.search(r"\d{4300}", text) if reason.startswith("Exceeds the limit") else None:
        return Problem(file, text.count("\n", 0, digits.start()) + 1, "", "is not valid TOML: a number is too long")
    found = re.search(r"\(at line (\d+), column (\d+)\)", error)
    line = int(found[1]) if found else text.count("\n") + 1 if "at end of document" in error else 0
    if reason.startswith(_TWICE):
        return Problem(file, line, "", "a key or table is given twice")
    rest = text.split("\n", line)[line - 1][int(found[2]) - 1 :] if found else ""
    rest = rest.strip().split("  ")[0]  # a comment far to the right is not what is wrong
    at = f" at '{rest[:_TAKEN]}{'…' if rest[_TAKEN:] else ''}'" if rest and not reason.startswith("Unescaped") else ""
    return Problem(file, line, "", f"is not valid TOML{at}: {_words(reason, rest)}")


def _words(reason: str, rest: str) -> str:
    """The reason in plain words; `rest` is what stands on the line from where the parser stopped."""
    if reason == "Invalid value" and re.match(r"[\w.-]+ *=|\[", rest):
        return "the list before it is not closed with ]"
    if reason.startswith("Invalid initial") and not rest:
        reason = "Unclosed inline table"
    if reason.startswith(("Invalid statement", "Expected '='")) and not rest[:1].isascii():
        return "the name of a field holds only the letters a to z, digits, _ and -"
    return _WORDS.get(reason, f"{reason[:1].lower()}{reason[1:]}")
