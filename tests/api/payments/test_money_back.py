"""Money goes back although it was used meanwhile, or although the acquirer knows it no more."""

from uuid import UUID

from httpx import AsyncClient

from app.database import Database
from app.models.billing.books import Book, ChargeClass
from app.models.money import Money
from app.services import Services
from tests.factories.people import SignedIn, act
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.fakes.monobank import FakeMonobank
from tests.steps.billing.issuing import paid_of
from tests.steps.payments.instructing import SECOND, instructions, paid, the_only, worker
from tests.steps.payments.paying import (
    advances,
    balance_of,
    clearing,
    owing,
    pay,
    show,
    start,
)


async def test_what_an_advance_paid_is_owed_again_in_the_moment_it_goes_back(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    services: Services,
    clock: FrozenClock,
    monobank: FakeMonobank,
) -> None:
    account = str(company.account.id)
    payment = (await start(client, owner, account_id=account, amount="120.00")).json()
    await pay(client, monobank)
    invoice = await owing(database, company)
    assert await paid_of(database, invoice.id) == (Money(12000), Money(12000))
    operator = instructions(database, clock)
    await operator.refund(UUID(payment["id"]), Money(5000), approved_by=SECOND, act=act())

    await worker(services).instruct()

    assert await balance_of(database, advances(company)) == Money(0)
    assert await paid_of(database, invoice.id) == (Money(7000), Money(12000))
    key = company.organization.id, company.account.id
    debt = Book.receivable(ChargeClass.DISTRIBUTION, *key)
    assert await balance_of(database, debt) == Money(5000)
    balance = await client.get(f"/v1/accounts/{account}/balance", headers=owner.headers)
    assert (balance.json()["to_pay"], balance.json()["prepaid"]) == ("50.00", "0.00")


async def test_an_instruction_ends_when_the_acquirer_has_forgotten_the_payment(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    services: Services,
    clock: FrozenClock,
    monobank: FakeMonobank,
) -> None:
    payment_id = await paid(client, database, owner, company, monobank)
    operator = instructions(database, clock)
    await operator.refund(payment_id, Money(5000), approved_by=SECOND, act=act())
    monobank.invoices.clear()

    await worker(services).instruct()

    given = await the_only(operator)
    assert (given.status, given.failure) == ("failed", "unknown_to_acquirer")
    assert (await show(client, owner, str(payment_id)))["status"] == "succeeded"
    assert await balance_of(database, clearing()) == Money(12000)
