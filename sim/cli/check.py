"""`rout check`."""

from __future__ import annotations

from dataclasses import asdict

import typer

from sim.cli.options import AccountOption, JsonOption, ScenarioArgument, SetOption, WithoutOption, changed


def check(
    scenario: ScenarioArgument,
    set_: SetOption = None,
    without: WithoutOption = None,
    account: AccountOption = None,
    json: JsonOption = False,
) -> None:
    """Check a scenario. Names file, line and field of everything that is wrong, all at once."""
    from sim.cli.guard import BAD_INPUT
    from sim.cli.text import count, print_json
    from sim.scenario import resolve
    from sim.scenario.problems import ScenarioError

    try:
        resolved = resolve(changed(scenario, set_, without, account))
    except ScenarioError as error:
        if not json:
            raise
        print_json({"ok": False, "problems": [asdict(problem) for problem in error.problems]})
        raise typer.Exit(BAD_INPUT) from None
    counts = {
        "places": len(resolved.places),
        "links": len(resolved.links),
        "units": len(resolved.units),
        "axes": len(resolved.axes),
        "triggers": len(resolved.triggers),
        "outcomes": len(resolved.outcomes),
        "sources": len(resolved.sources),
    }
    if json:
        print_json({"ok": True, "name": resolved.name, "counts": counts, "problems": []})
        return
    axes = "1 axis" if counts["axes"] == 1 else f"{counts['axes']} axes"
    parts = [axes if name == "axes" else count(number, name[:-1]) for name, number in counts.items()]
    typer.echo(f"OK: {resolved.name}: {', '.join(parts[:-1])} and {parts[-1]}.")
