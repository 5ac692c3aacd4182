"""What orders cost: invoiced, paid and taken back by itself; and what is owed for late ones."""

import asyncio
from datetime import timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select

from app.database import Database
from app.models.billing.books import Book
from app.models.billing.invoice import Invoice
from app.models.money import Money
from app.models.orders.order_status import OrderStatus
from app.repositories.billing.ledger import Ledger
from app.services.orders.clocks import OrderClockService
from app.services.payments.order_fees import OrderFeeService
from tests.factories.people import SignedIn
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.steps.billing.issuing import key_of
from tests.steps.billing.paying import pay
from tests.steps.orders.catalogue import changed, load
from tests.steps.orders.ordering import ACT, about_point, body, operator, placed, post, shown

WISH = {"meter_serial": "00000001", "reason": "wish"}
CHECK = {"invoice_number": "2026-10-000123", "why": "забагато"}


@pytest.fixture(autouse=True)
async def catalogue(database: Database) -> None:
    await load(database)


@pytest.fixture
def fees(database: Database, clock: FrozenClock) -> OrderFeeService:
    return OrderFeeService(database=database, clock=clock)


async def advances(database: Database, company: Company) -> int:
    """Return what the account has paid before it was due, in kopiykas."""
    book = Book.advances(*key_of(company))
    async with database.begin() as transaction:
        return -(await Ledger(transaction).hold([book]))[book].kopiykas


async def test_a_fixed_fee_is_invoiced_once_and_its_payment_moves_the_order(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    fees: OrderFeeService,
) -> None:
    order = await placed(client, owner, about_point(company, "meter_replace", WISH))
    issued = [await fees.invoice(), await fees.invoice()]
    waiting = await shown(client, owner, order)
    invoice = await client.get(f"/v1/invoices/{waiting['invoice_id']}", headers=owner.headers)
    early = await fees.follow_payments()
    await pay(database, company, 180_000)
    moved = [await fees.follow_payments(), await fees.follow_payments()]
    paid = await shown(client, owner, order)

    assert issued == [1, 0]
    assert waiting["fee"]["status"] == "invoiced"
    assert (waiting["status"], early) == ("awaiting_payment", 0)
    told = invoice.json()
    assert (told["kind"], told["total"], told["vat"]) == ("service", "1800.00", "300.00")
    assert order["number"] in told["lines"][0]["description"]
    assert moved == [1, 0]
    assert (paid["status"], paid["fee"]["status"]) == ("paid", "paid")
    assert paid["history"][-1]["by"] == "system"
    assert paid["clock"]["state"] == "running"


async def test_a_quote_is_invoiced_when_it_is_accepted(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    fees: OrderFeeService,
) -> None:
    await load(database, changed("power_change", documents=[]))
    order = await placed(client, owner, about_point(company, "power_change", {"power_kw": 16}))
    last_day = clock.now().date() + timedelta(days=5)
    await operator(database, clock).quote(
        order["number"], amount=Money.parse("54000.03"), valid_until=last_day, act=ACT
    )
    early = await fees.invoice()
    await post(client, owner, order, "quote-acceptances")

    assert (early, await fees.invoice()) == (0, 1)
    found = await shown(client, owner, order)
    invoice = await client.get(f"/v1/invoices/{found['invoice_id']}", headers=owner.headers)
    assert found["fee"]["amount"] == invoice.json()["total"]
    await pay(database, company, Money.parse(found["fee"]["amount"]).kopiykas)
    await fees.follow_payments()
    paid = await shown(client, owner, order)
    assert paid["status"] == "paid"
    assert paid["clock"]["started_on"] == "2026-11-30", "the term of a connection begins now"
    assert paid["clock"]["days_allowed"] == 45


async def test_the_invoice_of_a_cancelled_order_is_taken_back(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    fees: OrderFeeService,
) -> None:
    order = await placed(client, owner, about_point(company, "meter_replace", WISH))
    await fees.invoice()
    await post(client, owner, order, "cancellations", reason="дорого")

    assert [await fees.take_back(), await fees.take_back()] == [1, 0]
    found = await shown(client, owner, order)
    invoice = await client.get(f"/v1/invoices/{found['invoice_id']}", headers=owner.headers)
    assert found["fee"]["status"] == "cancelled"
    assert (invoice.json()["status"], invoice.json()["outstanding"]) == ("paid", "0.00")
    assert await advances(database, company) == 0


async def test_what_was_paid_for_a_rejected_order_is_an_advance(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    fees: OrderFeeService,
) -> None:
    order = await placed(client, owner, about_point(company, "meter_replace", WISH))
    await fees.invoice()
    await pay(database, company, 180_000)
    await fees.follow_payments()
    await operator(database, clock).reject(
        order["number"], basis="ПРРЕЕ", clause="1.1", comment="Не наш лічильник.", act=ACT
    )

    assert [await fees.take_back(), await fees.take_back()] == [1, 0]
    assert (await shown(client, owner, order))["fee"]["status"] == "refunded"
    assert await advances(database, company) == 180_000


async def test_what_was_paid_stays_paid_once_the_work_has_begun(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    fees: OrderFeeService,
) -> None:
    order = await placed(client, owner, about_point(company, "meter_replace", WISH))
    await fees.invoice()
    await pay(database, company, 180_000)
    await fees.follow_payments()
    staff = operator(database, clock)
    await staff.move(order["number"], OrderStatus.IN_PROGRESS, comment=None, act=ACT)
    await staff.reject(order["number"], basis="ПРРЕЕ", clause="1.1", comment="Немає.", act=ACT)

    assert await fees.take_back() == 0
    assert (await shown(client, owner, order))["fee"]["status"] == "paid"


async def test_a_late_order_is_compensated_once(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    fees: OrderFeeService,
) -> None:
    await placed(client, owner, body(company, "bill_check", answers=CHECK))
    clock.advance(timedelta(days=30))
    await OrderClockService(database=database, clock=clock).find_late()

    assert [await fees.compensate(), await fees.compensate()] == [1, 0]
    assert await advances(database, company) == 40_000


@pytest.mark.committing
async def test_many_workers_invoice_a_fee_once(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    fees: OrderFeeService,
) -> None:
    await placed(client, owner, about_point(company, "meter_replace", WISH))

    done = await asyncio.gather(*(fees.invoice() for _ in range(10)))

    assert sum(done) == 1
    async with database.begin() as transaction:
        assert await transaction.scalar(select(func.count()).select_from(Invoice)) == 1
