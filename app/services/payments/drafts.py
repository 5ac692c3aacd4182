"""What a payment is for, before the acquirer is asked: which debts, and how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from app.access import Credentials, Permission
from app.database import Transaction
from app.errors import NotFound
from app.models.base import new_id
from app.models.money import ZERO, AmountUnreadable, Money, total
from app.models.payments.payment import (
    CALL_LEASE,
    SMALLEST,
    VALID_FOR,
    Payment,
    PaymentMethod,
    PaymentStatus,
    PaymentTarget,
)
from app.models.payments.refusals import AmountInvalid, InvoiceAlreadyPaid, PaymentInProgress
from app.repositories.billing.invoices import InvoiceRepository
from app.repositories.payments.payable import Payable, PayableRepository
from app.repositories.payments.payments import PaymentRepository

PURPOSE: Final = "о/р {accounts}, рах. {numbers}"
ADVANCE: Final = "о/р {accounts}, передоплата"
NAMED_AT_MOST: Final = 10
"""Numbers in the words of a payment; the payment itself has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAsked:
    """What a member wants to pay: invoices in full, or a sum to an account in advance."""

    invoice_ids: Sequence[UUID] = ()
    account_id: UUID | None = None
    amount: Decimal | None = None
    """Hryvnias, as they were written."""
    return_url: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    to: Payable
    amount: Money


async def shares_of(
    transaction: Transaction,
    credentials: Credentials,
    asked: PaymentAsked,
    *,
    largest: Money,
    now: datetime,
) -> list[Share]:
    """Return what is to be paid, with the accounts locked.

    :raises NotFound: an invoice or account that the cabinet does not show.
    :raises LinkScopeMissing: the account's company lets the caller's company do less.
    :raises InvoiceAlreadyPaid, AmountInvalid:
    """
    payable = PayableRepository(transaction)
    if asked.account_id is not None:
        to = await payable.account(credentials, asked.account_id, now=now)
        if to is None:
            raise NotFound
        to.reach.require(Permission.PAY_BILLS)
        amount = _money(asked.amount or Decimal(0), largest)
        await InvoiceRepository(transaction).lock_accounts([to.key])
        return [Share(to, amount)]
    ids = list(dict.fromkeys(asked.invoice_ids))
    found = await payable.invoices(credentials, ids, now=now)
    if len(found) != len(ids):
        raise NotFound
    for to in found:
        to.reach.require(Permission.PAY_BILLS)
    return await _debts(transaction, found, largest=largest)


async def _debts(
    transaction: Transaction, found: Sequence[Payable], *, largest: Money
) -> list[Share]:
    invoices = InvoiceRepository(transaction)
    keys = [to.key for to in found]
    await invoices.lock_accounts(keys)
    parts = [part for part in await invoices.open_parts(keys) if not part.is_disputed]
    shares = []
    for to in found:
        owed = total(part.outstanding for part in parts if part.invoice_id == to.invoice_id)
        if owed <= ZERO:
            raise InvoiceAlreadyPaid(invoice_id=str(to.invoice_id))
        shares.append(Share(to, owed))
    _require_sum(total(share.amount for share in shares), largest)
    return shares


async def begin(
    transaction: Transaction,
    credentials: Credentials,
    shares: Sequence[Share],
    *,
    gateway: str,
    now: datetime,
) -> tuple[Payment, list[PaymentTarget]]:
    """Add a payment that nobody can pay yet; its invoices wait for it.

    :raises PaymentInProgress: one of the invoices is being paid already.
    """
    payments = PaymentRepository(transaction)
    ids = [share.to.invoice_id for share in shares if share.to.invoice_id]
    under_way = await payments.open_on(ids) if ids else None
    if under_way is not None:
        raise in_progress(under_way, credentials)
    payment = _payment(credentials, shares, gateway=gateway, now=now)
    targets = [_target(payment, share, place) for place, share in enumerate(shares)]
    if not await payments.add(payment, targets):
        raise PaymentInProgress(payment_id=None, page_url=None)
    await payments.note(payment, source="member", now=now)
    return payment, targets


def in_progress(payment: Payment, credentials: Credentials) -> PaymentInProgress:
    """Return the refusal; only whoever has begun the payment learns where it is paid."""
    if payment.organization_id != credentials.organization_id:
        return PaymentInProgress(payment_id=None, page_url=None)
    return PaymentInProgress(payment_id=str(payment.id), page_url=payment.page_url)


def _payment(
    credentials: Credentials, shares: Sequence[Share], *, gateway: str, now: datetime
) -> Payment:
    return Payment(
        id=new_id(),
        organization_id=credentials.organization_id,
        method=PaymentMethod.CARD.value,
        gateway=gateway,
        amount=total(share.amount for share in shares),
        received=ZERO,
        status=PaymentStatus.CREATED.value,
        purpose=_purpose(shares),
        expires_at=now + VALID_FOR,
        poll_at=now + CALL_LEASE,
        polls=0,
        payer={},
        created_by=credentials.member_id,
        created_at=now,
    )


def _target(payment: Payment, share: Share, place: int) -> PaymentTarget:
    return PaymentTarget(
        payment_id=payment.id,
        position=place,
        account_organization_id=share.to.organization_id,
        account_id=share.to.account_id,
        invoice_id=share.to.invoice_id,
        amount=share.amount,
        is_open=True,
    )


def _purpose(shares: Sequence[Share]) -> str:
    accounts = _listed([share.to.account_number for share in shares])
    numbers = _listed([share.to.number for share in shares if share.to.number])
    return (PURPOSE if numbers else ADVANCE).format(accounts=accounts, numbers=numbers)


def _listed(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = f" (+{len(unique) - NAMED_AT_MOST})" if len(unique) > NAMED_AT_MOST else ""
    return ", ".join(unique[:NAMED_AT_MOST]) + more


def _money(hryvnias: Decimal, largest: Money) -> Money:
    try:
        amount = Money.parse(f"{hryvnias:f}")
    except AmountUnreadable:
        amount = ZERO
    _require_sum(amount, largest)
    return amount


def _require_sum(amount: Money, largest: Money) -> None:
    if not SMALLEST <= amount <= largest:
        raise AmountInvalid.of_field(smallest=str(SMALLEST), largest=str(largest))
