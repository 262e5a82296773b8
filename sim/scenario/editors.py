"""The JSON Schema of scenario files, for editors."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from sim.scenario.schema import ScenarioFile
from sim.triggers import REGISTRY


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a self-contained scenario, its triggers told apart by `type`."""
    models: list[type[BaseModel]] = [ScenarioFile, *REGISTRY.values()]
    refs, top = models_json_schema([(model, "validation") for model in models], ref_template="#/$defs/{model}")
    definitions = top["$defs"]
    mapping: dict[str, str] = {}
    for name, model in REGISTRY.items():
        mapping[name] = refs[(model, "validation")]["$ref"]
        definition = definitions[mapping[name].rsplit("/", 1)[1]]
        definition["properties"]["type"] = {"const": name, "title": "Type"}
        definition["required"] = sorted({*definition.get("required", ()), "type"})
    scenario = definitions.pop(refs[(ScenarioFile, "validation")]["$ref"].rsplit("/", 1)[1])
    scenario["properties"]["trigger"]["items"] = {
        "oneOf": [{"$ref": ref} for ref in mapping.values()],
        "discriminator": {"propertyName": "type", "mapping": mapping},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **scenario, "$defs": definitions}
