from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as far as the audit trail and budgets want to know."""

    address: str | None
    device: str | None
    device_token: str | None = field(default=None, repr=False)
    """What the client sent as `X-Device-Token`; nobody has looked at it yet."""
