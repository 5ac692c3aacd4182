"""Paying by card over HTTP, with an acquirer that listens on a real port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

import httpx
from httpx import AsyncClient, Response

from app.adapters.acquirers.monobank import MonobankAcquirer
from app.database import Database
from app.models.base import new_id
from app.models.billing.books import Book, BookKind
from app.models.billing.invoice import Invoice
from app.models.billing.ledger import LedgerAccount
from app.models.money import Money
from app.models.payments.payment import Payment, PaymentMethod, PaymentStatus
from app.models.payments.return_urls import ReturnUrls
from app.renderings.press import TypstPress
from app.services.payments.gateway import Gateway
from app.services.ports import Ports
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.fakes.clock import NOON
from tests.fakes.monobank import TOKEN, FakeMonobank
from tests.steps.billing.issuing import draft, issue

PAYMENTS = "/v1/payments"
NOTIFICATIONS = "/v1/payment-gateways/monobank/notifications"


@asynccontextmanager
async def ports_to(monobank: FakeMonobank) -> AsyncIterator[Ports]:
    headers = {"X-Token": TOKEN}
    async with httpx.AsyncClient(base_url=monobank.server.url, headers=headers) as http:
        gateway = Gateway(
            name="monobank",
            acquirer=MonobankAcquirer(http, longest_call=1.0),
            notification_url=f"http://cabinet{NOTIFICATIONS}",
        )
        yield Ports((gateway, ReturnUrls.of(["https://cabinet.example"]), TypstPress()))


async def owing(
    database: Database, company: Company, net: str = "100.00", *, key: str = "final:2026-10"
) -> Invoice:
    """Return an invoice that a company owes, with its VAT of a fifth."""
    return await issue(database, company, draft(net, issue_key=key), due_on=date(2026, 11, 12))


async def begun(database: Database, company: Company) -> UUID:
    """Return the id of a payment of a company that is under way."""
    payment = Payment(
        id=new_id(),
        organization_id=company.organization.id,
        method=PaymentMethod.CARD.value,
        gateway="monobank",
        amount=Money(12000),
        received=Money(0),
        status=PaymentStatus.CREATED.value,
        purpose="о/р",
        polls=0,
        payer={},
        created_at=NOON,
    )
    async with database.begin() as session:
        session.add(payment)
    return payment.id


async def start(client: AsyncClient, who: SignedIn, *invoices: Invoice, **more: Any) -> Response:
    body: dict[str, Any] = {"invoice_ids": [str(each.id) for each in invoices]} if invoices else {}
    return await client.post(PAYMENTS, json=body | more, headers=who.headers)


async def show(client: AsyncClient, who: SignedIn, payment_id: str) -> dict[str, Any]:
    response = await client.get(f"{PAYMENTS}/{payment_id}", headers=who.headers)
    assert response.status_code == 200, response.text
    shown: dict[str, Any] = response.json()
    return shown


async def notify(
    client: AsyncClient, monobank: FakeMonobank, invoice: dict[str, Any], **changes: Any
) -> Response:
    body, headers = monobank.notification(invoice, **changes)
    return await client.post(NOTIFICATIONS, content=body, headers=headers)


async def pay(client: AsyncClient, monobank: FakeMonobank) -> None:
    """Let the person pay the only page there is, and the acquirer tell us."""
    paid = monobank.pay(monobank.only["invoiceId"])
    answer = await notify(client, monobank, paid)
    assert answer.status_code == 200, answer.text


async def balance_of(database: Database, book: Book) -> Money:
    async with database.begin() as session:
        found = await session.get(LedgerAccount, book.id, populate_existing=True)
        return found.balance if found else Money(0)


def clearing() -> Book:
    return Book(kind=BookKind.CLEARING, name="monobank")


def advances(company: Company) -> Book:
    return Book.advances(company.organization.id, company.account.id)
