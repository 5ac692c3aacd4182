"""An acquirer behind our port, in memory: it does what it is told, and may lose the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from app.models.money import ZERO, Money, total
from app.models.payments.acquiring import (
    UAH,
    AcquirerUnavailable,
    Charge,
    ChargeStatus,
    ChargeUnknown,
    Checkout,
    CheckoutPage,
    Refund,
)

BEGINNING = datetime(2026, 11, 25, 10, tzinfo=UTC)


@dataclass
class FakeAcquirer:
    charges: dict[str, Charge] = field(default_factory=dict)
    loses_answer: bool = False
    """The next call is carried out, and whoever calls never learns of it."""
    changes: int = 0

    async def create(self, checkout: Checkout) -> CheckoutPage:
        number = f"c{len(self.charges)}"
        self.charges[number] = Charge(
            provider_ref=number,
            reference=checkout.reference,
            status=ChargeStatus.CREATED,
            amount=checkout.amount,
            currency=UAH,
            received=ZERO,
            modified_at=self._moment(),
        )
        self._answer()
        return CheckoutPage(number, f"https://pay.example/{number}")

    async def status(self, provider_ref: str) -> Charge:
        if provider_ref not in self.charges:
            raise ChargeUnknown("unknown")
        self._answer()
        return self.charges[provider_ref]

    async def finalize(self, provider_ref: str, amount: Money) -> None:
        self.move(provider_ref, ChargeStatus.SUCCEEDED, amount)
        self._answer()

    async def refund(self, provider_ref: str, *, reference: str, amount: Money) -> ChargeStatus:
        charge = self.charges[provider_ref]
        assert charge.received >= amount, "more goes back than came"
        assert reference not in {each.reference for each in charge.refunds}, "given back twice"
        left = charge.received - amount
        status = ChargeStatus.SUCCEEDED if left else ChargeStatus.REVERSED
        self.move(provider_ref, status, left)
        refund = Refund(reference=reference, amount=amount, status=ChargeStatus.SUCCEEDED)
        moved = self.charges[provider_ref]
        self.charges[provider_ref] = replace(moved, refunds=(*moved.refunds, refund))
        self._answer()
        return ChargeStatus.SUCCEEDED

    async def remove(self, provider_ref: str) -> None:
        self.move(provider_ref, ChargeStatus.EXPIRED, ZERO)
        self._answer()

    async def read_notification(self, headers: Mapping[str, str], body: bytes) -> Charge:
        assert headers is not None
        return self.charges[body.decode()]

    def move(self, number: str, status: ChargeStatus, received: Money) -> None:
        self.charges[number] = replace(
            self.charges[number], status=status, received=received, modified_at=self._moment()
        )

    @property
    def holds(self) -> Money:
        """What the cards have paid to it and it has not given back."""
        return total(each.received for each in self.charges.values())

    def _answer(self) -> None:
        if self.loses_answer:
            self.loses_answer = False
            raise AcquirerUnavailable("cut_off")

    def _moment(self) -> datetime:
        self.changes += 1
        return BEGINNING + timedelta(seconds=self.changes)
