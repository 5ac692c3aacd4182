"""Money goes back, is taken from a hold or let go: as the operator says, once, or not at all."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient

from app.database import Database
from app.errors import NotFound
from app.models.billing.books import Book, ChargeClass
from app.models.money import Money
from app.models.payments.instruction import (
    CaptureExceedsHeld,
    InstructionUnderWay,
    PaymentNotHeld,
    PaymentNotRefundable,
    RefundExceedsPaid,
)
from app.models.payments.payment import Payment
from app.services import Services
from app.services.payments.instructed import InstructedService
from app.services.payments.instructions import InstructionService
from app.services.payments.use_cases import Payments
from tests.factories.people import SignedIn, act
from tests.factories.registry import Company
from tests.fakes.clock import FrozenClock
from tests.fakes.http_server import Fault
from tests.fakes.monobank import FakeMonobank
from tests.steps.payments.instructing import SECOND, held, instructions, paid, the_only, worker
from tests.steps.payments.paying import advances, balance_of, clearing, notify, show

WHOLE = Money(12000)


@pytest.fixture
async def operator(database: Database, clock: FrozenClock) -> InstructionService:
    return instructions(database, clock)


@pytest.fixture
async def payment_id(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> UUID:
    return await paid(client, database, owner, company, monobank)


@pytest.fixture
async def held_id(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
) -> UUID:
    return await held(client, database, owner, company, monobank)


@pytest.fixture
def working(services: Services) -> InstructedService:
    return worker(services)


async def refund(operator: InstructionService, payment_id: UUID, kopiykas: int) -> None:
    await operator.refund(payment_id, Money(kopiykas), approved_by=SECOND, act=act())


def debt(company: Company) -> Book:
    return Book.receivable(ChargeClass.DISTRIBUTION, company.organization.id, company.account.id)


async def test_a_part_goes_back_and_is_owed_again(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    operator: InstructionService,
    working: InstructedService,
    payment_id: UUID,
) -> None:
    await refund(operator, payment_id, 5000)
    assert await working.instruct() == 1
    assert await working.instruct() == 0

    shown = await show(client, owner, str(payment_id))
    assert shown["status"] == "partially_refunded"
    assert (await the_only(operator)).status == "done"
    assert await balance_of(database, clearing()) == Money(7000)
    assert await balance_of(database, debt(company)) == Money(5000)


async def test_all_of_it_goes_back_in_two_parts_and_no_more(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    operator: InstructionService,
    working: InstructedService,
    payment_id: UUID,
) -> None:
    await refund(operator, payment_id, 5000)
    with pytest.raises(InstructionUnderWay):
        await refund(operator, payment_id, 1)
    await working.instruct()
    with pytest.raises(RefundExceedsPaid) as refused:
        await refund(operator, payment_id, 7001)
    await operator.refund(payment_id, None, approved_by=SECOND, act=act())
    await working.instruct()

    assert refused.value.facts == {"available": "70.00"}
    assert (await show(client, owner, str(payment_id)))["status"] == "refunded"
    assert await balance_of(database, clearing()) == Money(0)
    with pytest.raises(PaymentNotRefundable):
        await refund(operator, payment_id, 1)
    with pytest.raises(NotFound):
        await refund(operator, uuid4(), 1)


async def test_an_answer_that_is_lost_gives_nothing_back_twice(
    database: Database,
    clock: FrozenClock,
    monobank: FakeMonobank,
    operator: InstructionService,
    working: InstructedService,
    payment_id: UUID,
) -> None:
    """The acquirer has done it, and we do not know: so it is when a worker dies after the call."""
    await refund(operator, payment_id, 5000)
    monobank.server.fault = Fault.CUT_OFF
    await working.instruct()
    monobank.server.fault = None
    assert len(monobank.only["cancelList"]) == 1
    assert await balance_of(database, clearing()) == WHOLE

    clock.advance(timedelta(minutes=2))
    await working.instruct()

    assert (await the_only(operator)).status == "done"
    assert len(monobank.only["cancelList"]) == 1
    assert await balance_of(database, clearing()) == Money(7000)


async def test_a_call_that_never_arrived_is_made_again(
    database: Database,
    clock: FrozenClock,
    monobank: FakeMonobank,
    operator: InstructionService,
    working: InstructedService,
    payment_id: UUID,
) -> None:
    await refund(operator, payment_id, 5000)
    monobank.server.fault = Fault.SERVER_ERROR
    await working.instruct()
    monobank.server.fault = None
    assert (await the_only(operator)).status == "given"
    assert await balance_of(database, clearing()) == WHOLE

    clock.advance(timedelta(minutes=2))
    await working.instruct()

    assert (await the_only(operator)).status == "done"
    assert len(monobank.only["cancelList"]) == 1
    assert await balance_of(database, clearing()) == Money(7000)


@pytest.mark.parametrize("status", ["failure", "processing"])
async def test_what_the_acquirer_has_not_done_moves_no_money(
    database: Database,
    monobank: FakeMonobank,
    operator: InstructionService,
    working: InstructedService,
    payment_id: UUID,
    status: str,
) -> None:
    monobank.refund_status = status
    await refund(operator, payment_id, 5000)
    await working.instruct()

    assert (await the_only(operator)).status == {"failure": "failed", "processing": "given"}[status]
    assert await balance_of(database, clearing()) == WHOLE


async def test_a_notification_that_comes_first_ends_the_refund(
    client: AsyncClient,
    database: Database,
    monobank: FakeMonobank,
    operator: InstructionService,
    working: InstructedService,
    payment_id: UUID,
) -> None:
    await refund(operator, payment_id, 5000)
    told = monobank.move(monobank.only["invoiceId"], "success", finalAmount=7000)
    assert (await notify(client, monobank, told)).status_code == 200

    assert (await the_only(operator)).status == "done"
    assert await working.instruct() == 0
    assert await balance_of(database, clearing()) == Money(7000)


async def test_an_advance_that_went_back_is_nobodys_any_more(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    monobank: FakeMonobank,
    operator: InstructionService,
    working: InstructedService,
) -> None:
    body = {"account_id": str(company.account.id), "amount": "120.00"}
    started = await client.post("/v1/payments", json=body, headers=owner.headers)
    told = monobank.pay(monobank.only["invoiceId"])
    await notify(client, monobank, told)
    assert await balance_of(database, advances(company)) == -WHOLE
    await operator.refund(UUID(started.json()["id"]), None, approved_by=SECOND, act=act())
    await working.instruct()

    assert await balance_of(database, advances(company)) == Money(0)
    assert await balance_of(database, clearing()) == Money(0)


@pytest.mark.parametrize(("taken", "status"), [(None, "succeeded"), (8000, "partially_refunded")])
async def test_what_is_held_is_taken_whole_or_in_part(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    company: Company,
    operator: InstructionService,
    working: InstructedService,
    held_id: UUID,
    taken: int | None,
    status: str,
) -> None:
    assert (await show(client, owner, str(held_id)))["status"] == "processing"
    assert await balance_of(database, clearing()) == Money(0)
    with pytest.raises(CaptureExceedsHeld):
        await operator.capture(held_id, Money(12001), act=act())
    await operator.capture(held_id, Money(taken) if taken else None, act=act())
    await working.instruct()

    assert (await show(client, owner, str(held_id)))["status"] == status
    assert await balance_of(database, clearing()) == Money(taken or 12000)
    assert await balance_of(database, debt(company)) == Money(12000 - (taken or 12000))
    with pytest.raises(PaymentNotHeld):
        await operator.release(held_id, act=act())


async def test_what_is_held_is_let_go_and_the_invoice_can_be_paid_again(
    client: AsyncClient,
    database: Database,
    owner: SignedIn,
    operator: InstructionService,
    working: InstructedService,
    held_id: UUID,
) -> None:
    await operator.release(held_id, act=act())
    await working.instruct()

    assert (await the_only(operator)).status == "done"
    assert (await show(client, owner, str(held_id)))["status"] == "cancelled"
    assert await balance_of(database, clearing()) == Money(0)
    async with database.begin() as session:
        assert (await session.get_one(Payment, held_id)).poll_at is None


async def test_a_hold_is_asked_about_for_nine_days(
    database: Database,
    services: Services,
    clock: FrozenClock,
    monobank: FakeMonobank,
    held_id: UUID,
) -> None:
    charges = services.of(Payments).charges
    for _ in range(3):
        clock.advance(timedelta(days=1, hours=1))
        assert await charges.poll() == 1
    monobank.move(monobank.only["invoiceId"], "success", finalAmount=12000)
    clock.advance(timedelta(hours=2))
    await charges.poll()

    async with database.begin() as session:
        assert (await session.get_one(Payment, held_id)).status == "succeeded"
    assert await balance_of(database, clearing()) == WHOLE
