"""Options and arguments of the wrong kind, refused in the words that scenario files are refused in."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup


class Commands(TyperGroup):
    """The commands of `rout`. Where typer quotes its validator on a bad value, they say it plainly."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for.

        Raises:
            typer.BadParameter: an option or argument has a value that does not fit.
        """
        try:
            return super().invoke(ctx)
        except typer.BadParameter as refusal:
            from pydantic import ValidationError

            if isinstance(refusal.__cause__, ValidationError):
                from sim.scenario.messages import message

                refusal.message = message(refusal.__cause__.errors()[0])
            raise
