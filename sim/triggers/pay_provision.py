"""Pay and rations change."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.operations import Operation, Touches, add
from sim.quantities import Quantity, SignedShare
from sim.triggers.base import Directory, Trigger

LOYALTY_PER_RISE = 0.01  # [judgement] for pay doubled; a rise had no visible effect in four days
LOYALTY_PER_CUT = 0.02  # [judgement] twice a rise, as the signs are + and −−; still a slow variable

SupplyChange = Annotated[
    float,
    Field(ge=-7, le=7, allow_inf_nan=False, description="a change of supply [day]"),
    Quantity("day", "supply"),
]


class PayProvision(Trigger):
    """Pay, rations or arrears change.

    Documented: loyalty + small, −− if cut; supply ±; slow: no effect seen in four days.

    The loyalty of the host units it reaches moves by at most two hundredths, and their supply by the
    days given. Those excluded are left out of the target. Pay as a standing condition is the
    units' loyalty and morale at the start, not a trigger.
    """

    type: Literal["pay_provision"] = "pay_provision"
    pay_change: SignedShare = 0.0
    """Change of pay, as a share of it."""
    supply_change: SupplyChange = 0.0
    """Days of supply handed out or held back."""

    example: ClassVar[str] = """
target = {kinds = ["regular"]}
pay_change = 0.5
"""

    def operations(self, directory: Directory) -> tuple[Operation, ...]:
        reached = self.reach(directory).only(directory.host_units())
        per_pay = LOYALTY_PER_RISE if self.pay_change > 0 else LOYALTY_PER_CUT
        return self.effective(
            add(Touches.LOYALTY, reached, per_pay * self.pay_change * self.magnitude),
            add(Touches.SUPPLY, reached, self.supply_change * self.magnitude),
        )
