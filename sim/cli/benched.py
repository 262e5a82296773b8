"""What `rout bench` prints: speed and memory of each way of stepping, ratios, what compiling costs, growth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from textwrap import TextWrapper
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.cli.text import count

if TYPE_CHECKING:
    from rich.console import Console

Told = dict[str, Any]

NAMES = {
    "mesa": "Mesa, agent by agent",
    "numpy": "NumPy kernel",
    "compiled": "compiled kernel",
    "compiled_2_threads": "compiled, 2 threads",
    "roofline": "roofline",
}
"""Entry -> what it is called in tables."""


class Table(NamedTuple):
    """A table for any medium: the first columns are words, the rest numbers."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    words: int = 1


def print_bench(out: Console, told: Told, *, phases: bool) -> None:
    """Print a benchmark."""
    out.print(fill(_what(told), out.width) + "\n")
    for made in _tables(told, phases=phases):
        _put(out, made)
        out.print()
    for line in _compiling(told):
        out.print(fill(line, out.width))
    out.print(fill(told["note"], out.width))


def print_large(out: Console, told: Told) -> None:
    """Print the measurement of one large force."""
    large = told["large"]
    out.print(fill(f"An invented force of {large['units']:,} units, {large['runs']:,} runs of {large['steps']} steps "
                   f"({told['days']:g} days), {told['kernel']} kernel, "
                   f"{count(large['threads'], 'thread')}: done.", out.width))  # fmt: skip
    out.print(f"Time         {large['seconds']:.1f} s")
    out.print(f"Speed        {_rate(large)} million unit-steps a second, {_ns(large['ns_per_unit_step'])} ns each")
    out.print(f"Memory       {large['peak_memory_mb']:,.0f} MB at its peak, {large['base_memory_mb']:,.0f} MB before")
    out.print(fill(told["note"], out.width))


def markdown_of(told: Told) -> str:
    """The tables of docs/performance.md."""
    parts = [_what(told)]
    for made in _tables(told, phases=True):
        parts.append(_markdown(made))
    return "\n\n".join([*parts, *_compiling(told)]) + "\n"


def _markdown(made: Table) -> str:
    rule = [*["---"] * made.words, *["--:"] * (len(made.head) - made.words)]
    lines = [f"| {' | '.join(row)} |" for row in (made.head, rule, *made.rows)]
    return f"{made.title}:\n\n" + "\n".join(lines)


def print_class(out: Console, told: Told) -> None:
    """Print how long a class waits."""
    out.print(fill(_class(told), out.width) + "\n")
    _put(out, _waits(told))
    out.print()
    for line in _about_class(told):
        out.print(fill(line, out.width))


def markdown_of_class(told: Told) -> str:
    """The tables of docs/classroom.md."""
    return "\n\n".join([_class(told), _markdown(_waits(told)), *_about_class(told)]) + "\n"


def _class(told: Told) -> str:
    return (
        f"{told['scenario']}: {told['units']} units, {told['days']:g} days, {told['runs']:,} runs, "
        f"{told['kernel']} kernel, {count(told['threads'], 'thread')}."
    )


def _waits(told: Told) -> Table:
    names = ("first_s", "effect_s", "picture_s", "ready_s")
    rows = [(f"{one['hour']:g}", *(f"{one[name]:.2f}" for name in names)) for one in told["turns"]]
    head = ("hour", "first picture", "effect", "whole picture", "kept ready")
    return Table("Seconds to the numbers of an inject that nobody has asked for", head, rows)


def _about_class(told: Told) -> list[str]:
    return [
        f"The first picture is of {told['first_runs']} runs; the whole picture comes after the effect; kept ready is "
        "what was played, for what comes later.",
        f"Ready to begin after {told['prepare_s']:.1f} s; why units of the lived run broke: {told['breaks_s']:.1f} s; "
        f"{told['peak_memory_mb']:,.0f} MB at its peak.",
    ]


def fill(text: str, width: int) -> str:
    """Lines of at most this width; "unit-step" is one word."""
    return TextWrapper(width, break_on_hyphens=False).fill(text)


def _what(told: Told) -> str:
    machine = told["machine"]
    cache = machine["level_2_cache_kb"]
    cores = f"{machine['cores']} cores{f', {cache / 1024:g} MB level-2 cache each' if cache else ''}"
    versions = f"Python {machine['python']}, NumPy {machine['numpy']}, numba {machine['numba']}, Mesa {machine['mesa']}"
    return (
        f"{told['scenario']}: {told['units']} units, {told['places']} places, {told['links']} links, "
        f"{told['triggers']} triggers, {told['steps']} steps of {told['step_hours']:g} h; "
        f"{100 * told['live_share']:.0f} % of the unit-steps are live. {cores}, {versions}."
    )


def _tables(told: Told, *, phases: bool) -> list[Table]:
    made = [_entries(told), *([_ratios(told)] if told["ratios"] else []), *([_phases(told)] if phases else [])]
    grown = list(dict.fromkeys(series["by"] for series in told["growth"]))
    return [table for table in made if table.rows] + [_growth(told, by) for by in grown]


def _entries(told: Told) -> Table:
    rows = []
    for entry, name in NAMES.items():
        if one := told.get(entry):
            rows.append((name, f"{one['runs']:,}", _rate(one), _ns(one["ns_per_unit_step"]),
                         _ns(one["ns_per_live_unit_step"]), f"{100 * one['spread']:.0f}",
                         f"{one['peak_memory_mb']:,.0f}"))  # fmt: skip
    head = ("", "runs", "million/s", "ns", "ns live", "spread %", "MB")
    return Table("Unit-steps a second, time of one, memory at its peak", head, rows)


def _ratios(told: Told) -> Table:
    rows = []
    for name, ratio in told["ratios"].items():
        fast, slow = name.split("_over_")
        rows.append((NAMES[fast], NAMES[slow], _ns(ratio)))
    return Table("How many times as fast, per live unit-step", ("", "as", "times"), rows, words=2)


def _phases(told: Told) -> Table:
    rows = [(one["phase"], f"{one['ns_per_live_unit_step']:.2f}", f"{100 * one['share']:.1f}")
            for one in told["phases"]]  # fmt: skip
    rows.append(("all", f"{sum(one['ns_per_live_unit_step'] for one in told['phases']):.2f}", "100.0"))
    return Table("Where the NumPy kernel's time goes", ("phase", "ns per live unit-step", "%"), rows)


def _growth(told: Told, by: str) -> Table:
    """Time and memory by value, entries side by side; the last row tells the power law."""
    drawn = [series for series in told["growth"] if series["by"] == by]
    per, title = ("seconds", "ms of all runs") if by == "runs" else ("seconds_per_run", "ms of a run")
    head = [by]
    columns: list[Sequence[str]] = []
    values = sorted({point["value"] for series in drawn for point in series["points"]})
    for series in drawn:
        points = {point["value"]: point for point in series["points"]}
        found = [points.get(value) for value in values]
        head += [f"{series['entry']} ms", "MB"]
        columns.append([_ns(1e3 * one[per]) if one else "" for one in found])
        columns.append([f"{one['peak_memory_mb']:,.0f}" if one else "" for one in found])
    rows = [(f"{value:,}", *texts) for value, *texts in zip_longest(values, *columns, fillvalue="")]
    powers = [series["exponent"] for series in drawn]
    last = [text for power in powers for text in ("" if power is None else f"{power:.2f}", "")]
    runs = max(point["runs"] for series in drawn for point in series["points"])
    title = (
        f"Invented force{'' if by == 'runs' else f', {runs:,} runs'}: {title}, and the power of {by} by which it grows"
    )
    return Table(title, tuple(head), [*rows, ("power", *last)])


def _compiling(told: Told) -> list[str]:
    found = told["compiling"]
    if found is None:
        return []
    compile_s, load = found["compile_s"], found["load_s"]
    made = f"Compiling takes {compile_s:.0f} s, once" if compile_s else "Compiled before (--full tells how long)"
    lines = [f"{made}; loading compiled code takes {load:.1f} s in each process."]
    for name, words in (("break_even_runs", "loaded"), ("break_even_runs_with_compiling", "compiled")):
        if found[name] is not None:
            lines.append(f"Where it must be {words} first, the compiled kernel pays from {found[name]:,} runs on.")
    return lines


def _put(out: Console, made: Table) -> None:
    from sim.cli.output import put, table

    out.print(fill(made.title, out.width), style="head")  # a table would fold it into its own width
    drawn = table("", ids=made.head[: made.words], words=[], numbers=made.head[made.words :])
    for row in made.rows:
        drawn.add_row(*row)
    put(out, drawn)


def _rate(one: Told) -> str:
    return f"{one['unit_steps_per_s'] / 1e6:,.3g}"


def _ns(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
