"""The measured part of docs/patterns.md.

`python -m sim.patterns` simulates the Syrian case and writes it between the marks of the page;
the prose around them, findings included, is left as it is.
"""

from __future__ import annotations

import re
from pathlib import Path

from sim.patterns import words
from sim.patterns.comparison import HOLDS, MISSES, NOT_SIMULATED, Finding
from sim.patterns.table import PATTERNS
from sim.results import Result

PAGE = Path(__file__).parents[2] / "docs" / "patterns.md"
_MARKED = re.compile(r"(<!-- patterns: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def documented() -> str:
    """The table of what is documented and what counts as held, from `PATTERNS` alone."""
    rows = ["| # | Pattern | Documented | Source | Figure | Held if | Why this range |", "|" + " --- |" * 7]
    for number, pattern in enumerate(PATTERNS, 1):
        first = f"| {number} | **{pattern.title}** | {pattern.documented} | {pattern.source} |"
        if not pattern.figures:
            rows.append(f"{first} not simulated | – | {pattern.not_simulated} |")
        for figure in pattern.figures:
            rows.append(f"{first} {figure.name} | {words.interval(figure.held, figure.uom)} | {figure.why} |")
            first = "| | | | |"
    return "\n".join(rows)


def measured(result: Result, findings: list[Finding]) -> str:
    """The table of what was simulated, with runs, seed and step."""
    verdicts = [finding.verdict for finding in findings]
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in (HOLDS, MISSES, NOT_SIMULATED))
    lines = [
        f"`{result.resolved.name}`, {result.runs:,} runs, seed {result.seed}, steps of "
        f"{result.resolved.step_hours:g} h: {counts}.",
        "",
        "| # | Pattern | Figure | Documented | Held if | Simulated | Verdict |",
        "|" + " --- |" * 7,
    ]
    for number, finding in enumerate(findings, 1):
        lines += _rows(number, finding)
    return "\n".join(lines)


def _rows(number: int, finding: Finding) -> list[str]:
    pattern, simulated = finding.pattern, finding.simulated
    first = f"| {number} | **{pattern.title}** |"
    if simulated is None:
        return [f"{first} – | – | – | {finding.reason} | {finding.verdict} |"]
    rows: list[str] = []
    for figure, value in zip(pattern.figures, simulated.figures, strict=True):
        ranges = f"{words.interval(figure.documented, figure.uom)} | {words.interval(figure.held, figure.uom)}"
        end = f"**{finding.verdict}**" if not rows else ""
        rows.append(f"{first} {figure.name} | {ranges} | {words.value(value, figure.uom)} | {end} |")
        first = "| | |"
    return [*rows, f"| | | *{simulated.remark}* | | | | |"] if simulated.remark else rows


def written(page: str, parts: dict[str, str]) -> str:
    """The page with these parts between their marks; parts that are not given stay."""

    def part(found: re.Match[str]) -> str:
        start, name, end = found.groups()
        return f"{start}{parts[name]}\n{end}" if name in parts else found[0]

    return _MARKED.sub(part, page)
