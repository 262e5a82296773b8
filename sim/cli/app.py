"""`rout` and the list of its commands."""

from __future__ import annotations

from functools import cache
from typing import Annotated

import typer
from typer.core import TyperGroup

from sim.cli import (
    after_action,
    attribute,
    bench,
    calibrate,
    cases,
    check,
    compare,
    compile,
    discover,
    export,
    merge,
    new,
    patterns,
    plot,
    results,
    run,
    schema,
    sensitivity,
    serve,
    show,
    sweep,
    tipping,
    validate,
    watch,
)
from sim.cli.refusals import Commands

app = typer.Typer(
    cls=Commands,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Simulate how a military force loses cohesion, and how fast a collapse sets in.",
)
for command in (
    run.run,
    compare.compare,
    attribute.attribute,
    tipping.tipping,
    sweep.sweep,
    merge.merge,
    sensitivity.sensitivity,
    discover.discover,
    results.results,
    export.export,
    check.check,
    show.show,
    plot.plot,
    after_action.report,
    watch.watch,
    serve.serve,
    new.new,
    cases.cases,
    compile.compile,
    patterns.patterns,
    calibrate.calibrate,
    validate.validate,
    bench.bench,
    schema.schema,
):
    app.command()(command)

NEXT = """\
rout simulates how a force loses cohesion, and how fast a collapse sets in.

Begin
  rout cases                           which scenarios are here
  rout show scenarios/syria_2024       what a scenario holds
  rout run scenarios/syria_2024        run it 1,000 times: summary and figures
  rout new my_case                     write a small scenario to start from
  rout check my_case                   what is wrong with it, line by line

Ask more of a scenario
  rout compare SCENARIO --without ID   what a change does to the same runs
  rout attribute SCENARIO              which triggers mattered
  rout tipping SCENARIO                when it is too late to stop them
  rout sensitivity SCENARIO            what moves the outcome, and what is dice
  rout sweep FILE                      many versions at once, on many machines
  rout discover FOLDER                 when something holds in a finished sweep

How far to trust it, and show it to others
  rout calibrate STUDY --check         fit the parameters to evidence
  rout validate                        fifteen cases beside what happened
  rout report SCENARIO                 one HTML file for a class
  rout watch SCENARIO                  one run, in the terminal

Look back
  rout results                         what is on disk, and what made it

rout --help lists every command, rout COMMAND --help its options.
"""


@cache
def command_line() -> TyperGroup:
    """All commands, put together once: that takes longer than many of them."""
    made = typer.main.get_command(app)
    assert isinstance(made, TyperGroup)
    return made


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("rout")
        except PackageNotFoundError:
            number = "(not installed)"
        typer.echo(f"rout {number}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def welcome(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Simulate how a military force loses cohesion, and how fast a collapse sets in."""
    if context.invoked_subcommand is None:
        typer.echo(NEXT, nl=False)
