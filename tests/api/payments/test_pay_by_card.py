"""Paying by card: begun, paid on the acquirer's page, told by it, seen in the cabinet."""

from httpx import AsyncClient

from app.database import Database
from app.models.money import Money
from app.security.access_tokens import AccessTokens
from tests.factories.people import SignedIn, link, sign_in
from tests.factories.registry import Company, create_company
from tests.fakes.monobank import FakeMonobank
from tests.steps.billing.issuing import paid_of
from tests.steps.operations.audit import audited
from tests.steps.payments.paying import (
    advances,
    balance_of,
    clearing,
    notify,
    owing,
    pay,
    show,
    start,
)


async def test_an_invoice_is_paid_and_seen_paid(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    invoice = await owing(database, company)
    begun = await start(client, owner, invoice, return_url="https://cabinet.example/paid")
    payment = begun.json()

    assert begun.status_code == 201, begun.text
    assert payment["page_url"] == f"https://pay.example/{monobank.only['invoiceId']}"
    assert (payment["amount"], payment["currency"], payment["status"]) == (
        "120.00",
        "UAH",
        "created",
    )
    assert payment["allocations"] == []
    assert monobank.only["reference"] == payment["id"]
    assert invoice.number in payment["purpose"]

    await pay(client, monobank)
    shown = await show(client, owner, payment["id"])

    assert (shown["status"], shown["page_url"], shown["unallocated"]) == ("succeeded", None, "0.00")
    assert shown["allocations"] == [
        {
            "invoice_id": str(invoice.id),
            "number": invoice.number,
            "account_id": str(company.account.id),
            "amount": "120.00",
        }
    ]
    assert shown["settled_at"] is not None
    assert await paid_of(database, invoice.id) == (Money(12000), Money(12000))
    assert await balance_of(database, clearing()) == Money(12000)


async def test_a_sum_to_an_account_pays_the_oldest_debt_and_the_rest_waits(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    invoice = await owing(database, company)
    begun = await start(client, owner, account_id=str(company.account.id), amount="150.50")
    await pay(client, monobank)
    shown = await show(client, owner, begun.json()["id"])

    assert (shown["amount"], shown["unallocated"]) == ("150.50", "30.50")
    assert [each["amount"] for each in shown["allocations"]] == ["120.00"]
    assert await balance_of(database, advances(company)) == Money(-3050)
    assert (await paid_of(database, invoice.id))[0] == Money(12000)


async def test_invoices_of_several_accounts_are_paid_at_once_and_stand_in_both_trails(
    client: AsyncClient,
    database: Database,
    access_tokens: AccessTokens,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    partner = await create_company(database)
    partners_owner = await sign_in(database, access_tokens, partner)
    async with database.begin() as session:
        session.add(link(partner, linked_by=company.organization.id, scope="bills"))
    ours, theirs = await owing(database, company), await owing(database, partner, "200.00")

    begun = await start(client, owner, ours, theirs)
    await pay(client, monobank)
    shown = await show(client, owner, begun.json()["id"])
    seen = await show(client, partners_owner, begun.json()["id"])

    assert shown["amount"] == "360.00"
    assert len(shown["allocations"]) == 2
    assert (seen["amount"], seen["page_url"]) == ("240.00", None)
    assert [each["invoice_id"] for each in seen["allocations"]] == [str(theirs.id)]
    for of in (company, partner):
        assert {"payment.started", "payment.succeeded"} <= set(await audited(database, of))


async def test_an_invoice_that_was_paid_meanwhile_leaves_an_advance(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    invoice = await owing(database, company)
    begun = await start(client, owner, invoice)
    await start(client, owner, account_id=str(company.account.id), amount="120")
    first, second = list(monobank.invoices)
    await notify(client, monobank, monobank.pay(second))
    await notify(client, monobank, monobank.pay(first))
    shown = await show(client, owner, begun.json()["id"])

    assert (shown["status"], shown["unallocated"], shown["allocations"]) == (
        "succeeded",
        "120.00",
        [],
    )
