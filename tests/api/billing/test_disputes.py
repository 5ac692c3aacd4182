"""What a customer disputes stands apart: shown, not paid by itself, and put back when it ends."""

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.models.audit_event import AuditEvent
from app.models.billing.books import Book, ChargeClass
from app.models.billing.invoice import InvoiceKind, InvoiceNotDisputable, InvoiceNotFound
from app.models.money import Money
from app.security.access_tokens import AccessTokens
from app.services.billing.disputes import DisputeService
from tests.factories.people import act, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.clock import FrozenClock
from tests.steps.billing.issuing import draft, issue, key_of, paid_of
from tests.steps.billing.paying import pay, require_all_fits
from tests.steps.payments.paying import balance_of


@pytest.fixture
async def company(database: Database) -> Company:
    return await create_company(database)


@pytest.fixture
def disputes(database: Database, clock: FrozenClock) -> DisputeService:
    return DisputeService(database=database, clock=clock)


async def test_a_disputed_debt_is_skipped_until_the_dispute_ends(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    company: Company,
    disputes: DisputeService,
) -> None:
    owner = await sign_in(database, access_tokens, company)
    disputed = await issue(database, company, draft("100.00"))
    other = await issue(database, company, draft("50.00", issue_key="x"))
    assert await disputes.begin(disputed.number, act=act("act of 24.11")) == Money(12000)
    assert await disputes.begin(disputed.number, act=act()) == Money(0)
    await pay(database, company, 10000)

    shown = await client.get(f"/v1/accounts/{company.account.id}/balance", headers=owner.headers)
    assert await paid_of(database, disputed.id) == (Money(0), Money(12000))
    assert await paid_of(database, other.id) == (Money(6000), Money(6000))
    body = shown.json()
    assert (body["to_pay"], body["disputed"], body["prepaid"]) == ("0.00", "120.00", "40.00")
    key = key_of(company)
    in_dispute = Book.receivable(ChargeClass.DISPUTED, *key)
    assert await balance_of(database, in_dispute) == Money(12000)

    assert await disputes.end(disputed.number, act=act()) == Money(12000)
    assert await disputes.end(disputed.number, act=act()) == Money(0)
    assert await balance_of(database, in_dispute) == Money(0)
    await require_all_fits(database, company)
    async with database.begin() as session:
        actions = list(await session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))
    assert [each for each in actions if "dispute" in each] == [
        "invoice.disputed",
        "invoice.dispute_ended",
    ]


async def test_what_nobody_owes_is_not_disputed(
    database: Database, company: Company, disputes: DisputeService
) -> None:
    paid = await issue(database, company, draft("100.00"))
    await pay(database, company, 12000)
    planned = await issue(
        database, company, draft("10.00", issue_key="p", kind=InvoiceKind.SERVICE)
    )
    await pay(database, company, 1200)

    for number in (paid.number, planned.number):
        with pytest.raises(InvoiceNotDisputable):
            await disputes.begin(number, act=act())
    with pytest.raises(InvoiceNotFound):
        await disputes.begin("2026-10-404", act=act())
