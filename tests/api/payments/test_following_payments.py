"""Payments called off, asked about, and looked at."""

from datetime import timedelta
from uuid import UUID

from httpx import AsyncClient
from sqlalchemy import select

from app.database import Database
from app.models.payments.payment import Payment
from app.security.access_tokens import AccessTokens
from app.services import Services
from app.services.payments.use_cases import Payments
from tests.factories.people import SignedIn, headers_at
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.fakes.http_server import Fault
from tests.fakes.monobank import FakeMonobank
from tests.steps.payments.paying import (
    PAYMENTS,
    notify,
    owing,
    show,
    start,
)


async def test_a_payment_is_called_off_and_the_invoice_is_free(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    invoice = await owing(database, company)
    payment = (await start(client, owner, invoice)).json()
    url = f"{PAYMENTS}/{payment['id']}/cancellations"
    answers = [await client.post(url, headers=owner.headers) for _ in range(2)]

    assert [(each.status_code, each.json()["status"]) for each in answers] == [
        (200, "cancelled")
    ] * 2
    assert monobank.only["status"] == "expired"
    assert (await start(client, owner, invoice)).status_code == 201


async def test_what_somebody_has_paid_is_not_called_off(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    payment = (await start(client, owner, await owing(database, company))).json()
    monobank.pay(monobank.only["invoiceId"])
    answer = await client.post(f"{PAYMENTS}/{payment['id']}/cancellations", headers=owner.headers)

    assert (answer.status_code, answer.json()["code"]) == (409, "payment_not_cancellable")
    assert (await show(client, owner, payment["id"]))["status"] == "succeeded"


async def test_what_the_acquirer_never_tells_is_asked_for(
    client: AsyncClient,
    services: Services,
    database: Database,
    access_tokens: AccessTokens,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    payment = (await start(client, owner, await owing(database, company))).json()
    charges = services.of(Payments).charges
    assert await charges.poll() == 0

    monobank.move(monobank.only["invoiceId"], "expired")
    clock.advance(timedelta(minutes=2))
    assert await charges.poll() == 1
    headers = headers_at(access_tokens, owner, clock.now())
    shown = (await client.get(f"{PAYMENTS}/{payment['id']}", headers=headers)).json()

    assert shown["status"] == "expired"
    assert await charges.poll() == 0


async def test_looking_at_a_payment_asks_the_acquirer_now_and_then(
    client: AsyncClient,
    database: Database,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    payment = (await start(client, owner, await owing(database, company))).json()
    monobank.pay(monobank.only["invoiceId"])
    calls = len(monobank.server.asked)

    assert (await show(client, owner, payment["id"]))["status"] == "created"
    assert len(monobank.server.asked) == calls
    clock.advance(timedelta(seconds=6))
    assert (await show(client, owner, payment["id"]))["status"] == "succeeded"


async def test_a_payment_whose_process_died_before_its_page_frees_the_invoice(
    client: AsyncClient,
    services: Services,
    database: Database,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    invoice = await owing(database, company)
    payment = (await start(client, owner, invoice)).json()
    async with database.begin() as session:
        # What a process leaves behind that dies before the acquirer has answered.
        row = await session.get_one(Payment, UUID(payment["id"]))
        row.provider_ref, row.page_url = None, None
    clock.advance(timedelta(minutes=2))
    await services.of(Payments).charges.poll()

    listed = (await client.get(PAYMENTS, headers=owner.headers)).json()["items"]
    assert [(each["status"], each["failure"]["code"]) for each in listed] == [
        ("failed", "page_never_made")
    ]
    assert (await start(client, owner, invoice)).status_code == 201

    await notify(client, monobank, monobank.pay(next(iter(monobank.invoices))))
    assert (await show(client, owner, payment["id"]))["status"] == "succeeded"


async def test_an_acquirer_that_never_answers_is_asked_for_a_day_and_not_for_ever(
    client: AsyncClient,
    services: Services,
    database: Database,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    await start(client, owner, await owing(database, company))
    monobank.server.fault = Fault.SERVER_ERROR
    polls = 0
    for _ in range(60):
        clock.advance(timedelta(hours=1))
        polls += await services.of(Payments).charges.poll()

    async with database.begin() as session:
        (row,) = await session.scalars(select(Payment))
        assert (row.status, row.poll_at) == ("expired", None)
    assert 20 <= polls <= 30


async def test_a_charge_that_the_acquirer_has_forgotten_is_over(
    client: AsyncClient,
    services: Services,
    database: Database,
    clock: FrozenClock,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> None:
    invoice = await owing(database, company)
    await start(client, owner, invoice)
    monobank.invoices.clear()
    clock.advance(timedelta(minutes=2))
    await services.of(Payments).charges.poll()

    assert (await start(client, owner, invoice)).status_code == 201
