"""A device, as far as limits know it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device on which a member has been signed in lately."""

    name: str
    """Names the device in budgets."""
    is_proven: bool
    """By its token. By address and User-Agent a neighbour is known as well."""
