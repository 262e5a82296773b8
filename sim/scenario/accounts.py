"""The accounts of a trigger: the trigger as each of them tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.triggers import REGISTRY
from sim.triggers.base import Account, Trigger

FIXED = frozenset(
    {
        "id",
        "account",
        "enabled",
        "at",
        "uncertainty_hours",
        "window",
        "guard",
        "delay_hours",
        "patience_hours",
        "probability",
        "scales_with",
    }
)
"""Fields that all accounts of a trigger share: when it is due, and whether."""


def told(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a trigger with those of one account laid over them.

    Where the account changes the type, fields of the old type that the new one does not
    have fall away.
    """
    kind = changes.get("type", fields.get("type"))
    model = REGISTRY.get(kind) if isinstance(kind, str) else None
    shared = {
        name: value
        for name, value in fields.items()
        if name != "account" and (kind == fields.get("type") or model is None or name in model.model_fields)
    }
    return {**shared, **{name: value for name, value in changes.items() if name != "happens"}}


def versions(trigger: Trigger) -> Iterator[tuple[Account, Trigger | None]]:
    """Each account of a checked trigger, by name, and the trigger it tells of; None where nothing happens."""
    fields = trigger.model_dump(by_alias=True, exclude_unset=True)
    for account in sorted(trigger.account, key=lambda account: account.name):
        if account.changes.get("happens", True):
            version = told(fields, account.changes)
            yield account, REGISTRY[version["type"]].model_validate(version)
        else:
            yield account, None
