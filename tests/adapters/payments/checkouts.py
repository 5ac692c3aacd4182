from datetime import UTC, datetime, timedelta

from app.models.money import Money
from app.models.payments.acquiring import Checkout

CHECKOUT = Checkout(
    reference="84d0070ee4e44667b31371d8f8813947",
    amount=Money(4200),
    description="о/р 1234567890",
    return_url="https://cabinet.example/paid",
    notification_url="https://api.example/v1/payment-gateways/monobank/notifications",
    valid_for=timedelta(hours=1),
    expires_at=datetime(2026, 11, 25, 11, tzinfo=UTC),
)


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now
