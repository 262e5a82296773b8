"""The command line, `rout`. Each command is a file; heavy imports wait inside the commands."""

from sim.cli.guard import main

__all__ = ["main"]
