"""A deployment whose acquirer is LiqPay: the same payments, refunds and faults."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from httpx import AsyncClient

from app.adapters.acquirers.liqpay import LiqPayAcquirer, LiqPayKeys
from app.database import Database
from app.models.billing.books import Book, BookKind
from app.models.money import Money
from app.models.payments.return_urls import ReturnUrls
from app.services import Services
from app.services.payments.gateway import Gateway
from app.services.ports import Ports
from tests.factories.people import SignedIn, act
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.fakes.http_server import Fault
from tests.fakes.liqpay import PRIVATE, FakeLiqPay, running_liqpay
from tests.steps.payments.instructing import SECOND, instructions, the_only, worker
from tests.steps.payments.paying import (
    NOTIFICATIONS,
    balance_of,
    begun,
    owing,
    show,
    start,
)

LIQPAY_NOTIFICATIONS = "/v1/payment-gateways/liqpay/notifications"
CLEARING = Book(kind=BookKind.CLEARING, name="liqpay")


@pytest.fixture
async def liqpay() -> AsyncIterator[FakeLiqPay]:
    async with running_liqpay() as liqpay:
        yield liqpay


@pytest.fixture
async def ports(liqpay: FakeLiqPay) -> AsyncIterator[Ports]:
    async with httpx.AsyncClient(base_url=liqpay.server.url) as http:
        gateway = Gateway(
            name="liqpay",
            acquirer=LiqPayAcquirer(
                http, keys=LiqPayKeys(public="i1", private=PRIVATE), longest_call=1.0
            ),
            notification_url=f"http://cabinet{LIQPAY_NOTIFICATIONS}",
        )
        yield Ports((gateway, ReturnUrls.of(())))


@pytest.fixture
async def payment(
    client: AsyncClient, database: Database, owner: SignedIn, company: Company, liqpay: FakeLiqPay
) -> UUID:
    """Return a payment of 120.00 whose page somebody has opened."""
    started = (await start(client, owner, await owing(database, company))).json()
    liqpay.open(started["page_url"])
    return UUID(started["id"])


async def tell(client: AsyncClient, liqpay: FakeLiqPay, order_id: UUID) -> int:
    body, headers = liqpay.notification(liqpay.orders[str(order_id)])
    answer = await client.post(LIQPAY_NOTIFICATIONS, content=body, headers=headers)
    return answer.status_code


async def test_a_payment_is_made_told_and_given_back_in_two_parts(
    client: AsyncClient,
    database: Database,
    services: Services,
    clock: FrozenClock,
    owner: SignedIn,
    liqpay: FakeLiqPay,
    payment: UUID,
) -> None:
    liqpay.move(str(payment), "success")
    assert [await tell(client, liqpay, payment) for _ in range(2)] == [200, 200]
    assert await balance_of(database, CLEARING) == Money(12000)

    operator, working = instructions(database, clock), worker(services)
    await operator.refund(payment, Money(5005), approved_by=SECOND, act=act())
    await working.instruct()
    assert await balance_of(database, CLEARING) == Money(6995)
    await operator.refund(payment, None, approved_by=SECOND, act=act())
    await working.instruct()

    assert (await show(client, owner, str(payment)))["status"] == "refunded"
    assert await balance_of(database, CLEARING) == Money(0)
    assert liqpay.refunds == 2


async def test_a_refund_whose_answer_is_lost_is_known_by_its_sum(
    client: AsyncClient,
    database: Database,
    services: Services,
    clock: FrozenClock,
    liqpay: FakeLiqPay,
    payment: UUID,
) -> None:
    liqpay.move(str(payment), "success")
    await tell(client, liqpay, payment)
    operator, working = instructions(database, clock), worker(services)
    await operator.refund(payment, Money(5000), approved_by=SECOND, act=act())
    liqpay.server.fault = Fault.CUT_OFF
    await working.instruct()
    liqpay.server.fault = None
    clock.advance(timedelta(minutes=2))
    await working.instruct()

    assert (await the_only(operator)).status == "done"
    assert liqpay.refunds == 1
    assert await balance_of(database, CLEARING) == Money(7000)


async def test_a_hold_is_taken(
    client: AsyncClient,
    database: Database,
    services: Services,
    clock: FrozenClock,
    owner: SignedIn,
    liqpay: FakeLiqPay,
    payment: UUID,
) -> None:
    liqpay.move(str(payment), "hold_wait")
    await tell(client, liqpay, payment)
    assert (await show(client, owner, str(payment)))["status"] == "processing"
    await instructions(database, clock).capture(payment, None, act=act())
    await worker(services).instruct()

    assert (await show(client, owner, str(payment)))["status"] == "succeeded"
    assert await balance_of(database, CLEARING) == Money(12000)


async def test_forged_or_foreign_notifications_are_refused(
    client: AsyncClient, liqpay: FakeLiqPay, payment: UUID
) -> None:
    body, headers = liqpay.notification(liqpay.move(str(payment), "success"))
    forged = await client.post(LIQPAY_NOTIFICATIONS, content=body[:-4], headers=headers)
    as_json = await client.post(LIQPAY_NOTIFICATIONS, json={"data": "x", "signature": "y"})
    elsewhere = await client.post(NOTIFICATIONS, json={})
    other_route = await client.post("/v1/payments", content=body, headers=headers)

    assert (forged.status_code, forged.json()["code"]) == (401, "notification_forged")
    assert as_json.status_code == 401
    assert elsewhere.status_code == 404
    assert other_route.status_code == 415


async def test_a_payment_of_the_acquirer_before_is_left_alone(
    client: AsyncClient, database: Database, company: Company, liqpay: FakeLiqPay
) -> None:
    """It was begun with monobank: LiqPay can say nothing of it, however well it signs."""
    before = await begun(database, company)
    order = {
        "order_id": str(before),
        "status": "success",
        "amount": "120.00",
        "currency": "UAH",
        "end_date": 1764000000000,
    }
    body, headers = liqpay.notification(order)
    told = await client.post(LIQPAY_NOTIFICATIONS, content=body, headers=headers)

    assert told.status_code == 404
    assert await balance_of(database, CLEARING) == Money(0)
