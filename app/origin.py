from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as far as the audit trail and budgets want to know."""

    address: str | None
    device: str | None
