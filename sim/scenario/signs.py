"""Signs that no text of a scenario needs: on a terminal or a page they act instead of being seen."""

from __future__ import annotations

import re

HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but tab and newline, what overrides the direction of writing, and half characters.

Escape sequences begin with one of them. Marks and joiners that Arabic, Persian or Hebrew words need are not among them.
"""


def visible(text: str) -> str:
    """The same text with hidden signs spelled out, as `\\x1b`."""
    return HIDDEN.sub(lambda found: ascii(found[0])[1:-1], text)


def on_one_line(text: str) -> str:
    """The same text with hidden signs and line ends spelled out."""
    return visible(text).replace("\n", "\\n")


def named(sign: str) -> str:
    """How a hidden sign is called: `U+001B`."""
    return f"U+{ord(sign):04X}"


def short(text: str, most: int) -> str:
    """A text of at most `most` characters: its beginning and its end."""
    return text if len(text) <= most else f"{text[: most * 3 // 4 - 3]} … {text[-(most // 4) :]}"
