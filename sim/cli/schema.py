"""`rout schema`."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON Schema of scenario files. Editors complete and check them with it."""
    from sim.cli.text import print_json
    from sim.scenario import json_schema

    print_json(json_schema())
