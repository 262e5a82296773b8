"""The trigger types, one file each: a new file in this folder is a new type."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from sim.triggers.base import Trigger

_NOT_TYPES = ("base", "example_force", "reference")


def _discover() -> dict[str, type[Trigger]]:
    """Type name -> class, from the modules of this package, sorted by name.

    Raises:
        TypeError: a module does not hold exactly one trigger type of its own name.
    """
    found: dict[str, type[Trigger]] = {}
    for name in sorted(module.name for module in iter_modules(__path__)):
        if name in _NOT_TYPES:
            continue
        module = import_module(f"{__name__}.{name}")
        types = [
            thing
            for thing in vars(module).values()
            if isinstance(thing, type) and issubclass(thing, Trigger) and thing.__module__ == module.__name__
        ]
        if [each.model_fields["type"].default for each in types] != [name]:
            raise TypeError(f"{module.__name__} must hold one trigger type, of type {name!r}")
        found[name] = types[0]
    return found


REGISTRY: dict[str, type[Trigger]] = _discover()
"""Every trigger type by the name it has in files."""
