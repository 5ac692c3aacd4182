from dataclasses import dataclass
from typing import Final

from app.models.payments.acquiring import Acquirer, PaymentGatewayUnavailable
from app.models.payments.payment import Payment

RETRY_SECONDS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The acquirer of a deployment, or none where cards are not taken."""

    name: str = ""
    acquirer: Acquirer | None = None
    notification_url: str = ""

    @property
    def is_there(self) -> bool:
        return self.acquirer is not None

    def of(self, payment: Payment) -> Acquirer | None:
        """Return who took a payment; None if the deployment has changed to another acquirer."""
        return self.acquirer if payment.gateway == self.name else None

    def require(self) -> Acquirer:
        """Return the acquirer.

        :raises PaymentGatewayUnavailable: this deployment has none.
        """
        if self.acquirer is None:
            raise PaymentGatewayUnavailable(retry_after=RETRY_SECONDS)
        return self.acquirer
