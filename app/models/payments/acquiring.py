"""What an acquirer does for us: it shows a page, takes the card's money and tells what became."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from app.errors import Unauthenticated, Unavailable
from app.models.money import Money

MONOBANK: Final = "monobank"
LIQPAY: Final = "liqpay"
UAH: Final = 980
"""ISO 4217 by number, as acquirers say it."""


class PaymentGatewayUnavailable(Unavailable):
    """The acquirer did not answer, or not sensibly; nothing was charged."""

    code = "payment_gateway_unavailable"


class NotificationForged(Unauthenticated):
    """A notification that the acquirer has not signed."""

    code = "notification_forged"


class AcquirerUnavailable(Exception):
    """The acquirer failed or did not answer in time; whether it has done its part is not known."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AcquirerRefused(Exception):
    """The acquirer says that it will not do this, and has not."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ChargeUnknown(AcquirerRefused):
    """The acquirer knows no such charge."""


class ChargeStatus(StrEnum):
    """What an acquirer says of a charge."""

    CREATED = "created"
    PROCESSING = "processing"
    HELD = "held"
    """The sum is blocked on the card and waits for `finalize`."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVERSED = "reversed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    """A word that we do not know: nothing follows from it, and we ask again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """What the page of the acquirer asks for."""

    reference: str
    """Our payment, unique: a repeated call makes no second charge."""
    amount: Money
    description: str
    return_url: str | None
    notification_url: str
    valid_for: timedelta
    expires_at: datetime
    """The same as a moment."""
    is_held: bool = False
    """Whether the money is only blocked until `finalize`."""


@dataclass(frozen=True, slots=True)
class CheckoutPage:
    provider_ref: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money on its way back to the card, or back already."""

    reference: str | None
    amount: Money
    status: ChargeStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What the acquirer says of one of our payments at one moment."""

    provider_ref: str
    reference: str | None
    status: ChargeStatus
    amount: Money
    currency: int
    received: Money
    """What the card has paid and was not given back."""
    modified_at: datetime
    failure: str | None = None
    """The acquirer's own words or code."""
    fee: Money | None = None
    masked_card: str | None = None
    refunds: tuple[Refund, ...] = ()


class Acquirer(Protocol):
    """One attempt each; whoever calls decides whether to try again.

    All raise AcquirerUnavailable and AcquirerRefused.
    """

    async def create(self, checkout: Checkout) -> CheckoutPage:
        """Ask for a page where a person can pay."""
        ...

    async def status(self, provider_ref: str) -> Charge:
        """Ask what has become of a charge."""
        ...

    async def finalize(self, provider_ref: str, amount: Money) -> None:
        """Take what is held, or a part of it; the rest is let go."""
        ...

    async def refund(self, provider_ref: str, *, reference: str, amount: Money) -> ChargeStatus:
        """Give money back; `reference` is our refund, unique."""
        ...

    async def remove(self, provider_ref: str) -> None:
        """Close a page on which nobody has paid."""
        ...

    async def read_notification(self, headers: Mapping[str, str], body: bytes) -> Charge:
        """Return what a notification says.

        :raises NotificationForged: the acquirer has not signed it.
        """
        ...
