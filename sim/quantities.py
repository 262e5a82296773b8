"""Quantities: a type that carries its unit of measure, its bounds and what it means.

Every number in a scenario, a trigger or a parameter table is declared with one of
these, so that a validation message, the JSON Schema and the docs all say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True)
class Quantity:
    """Unit of measure (`uom`) and meaning of a number; travels inside `Annotated`."""

    uom: str
    doc: str


Hours = Annotated[float, Field(ge=0, allow_inf_nan=False, description="a time span [h]"), Quantity("h", "time")]
Span = Annotated[float, Field(gt=0, allow_inf_nan=False, description="a time span above 0 [h]"), Quantity("h", "time")]
Days = Annotated[float, Field(ge=0, allow_inf_nan=False, description="a time span [day]"), Quantity("day", "time")]
Kilometres = Annotated[
    float, Field(gt=0, le=20_000, allow_inf_nan=False, description="a distance [km]"), Quantity("km", "distance")
]
Men = Annotated[
    float,
    Field(ge=0, le=10_000_000, allow_inf_nan=False, description="a head count [men]"),
    Quantity("men", "strength"),
]
Share = Annotated[
    float,
    Field(ge=0, le=1, allow_inf_nan=False, description="a share or probability [0-1]"),
    Quantity("share", "share"),
]
SignedShare = Annotated[
    float,
    Field(ge=-1, le=1, allow_inf_nan=False, description="a change of a share [-1 to 1]"),
    Quantity("share", "change"),
]
Weight = Annotated[
    float, Field(ge=0, allow_inf_nan=False, description="a relative weight [-]"), Quantity("-", "weight")
]
Factor = Annotated[
    float,
    Field(gt=0, le=100, allow_inf_nan=False, description="a multiplier, 1 = no change [-]"),
    Quantity("-", "factor"),
]
Latitude = Annotated[
    float,
    Field(ge=-90, le=90, allow_inf_nan=False, description="latitude [degrees north]"),
    Quantity("deg", "latitude"),
]
Longitude = Annotated[
    float,
    Field(ge=-180, le=180, allow_inf_nan=False, description="longitude [degrees east]"),
    Quantity("deg", "longitude"),
]
