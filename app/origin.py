from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as far as the audit trail and budgets want to know."""

    address: str | None
    device: str | None
    device_token: str | None = field(default=None, repr=False)
    """What the client sent as `X-Device-Token`; nobody has looked at it yet."""


@dataclass(frozen=True, slots=True)
class OperatorAct:
    """Who of the operator's staff does something, and why; both stand in the audit trail."""

    operator: str
    reason: str

    @property
    def details(self) -> dict[str, Any]:
        return {"operator": self.operator, "reason": self.reason}
