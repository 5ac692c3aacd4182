"""What became of a message that the gateway has taken."""

from datetime import timedelta

import pytest

from app.database import Database
from app.models.messages.message import CHECK_DELAYS, LEASE, Delivery, Message
from app.services.messages.delivery import MessageService
from tests.fakes.clock import FrozenClock
from tests.fakes.sms_gateway import FakeSmsGateway, Fault
from tests.worker.codes import Underway, issue_code, look_up


@pytest.fixture
async def sent(database: Database, clock: FrozenClock, messages: MessageService) -> Underway:
    underway = await issue_code(database, now=clock.now())
    await messages.deliver(underway.message.id)
    return underway


async def test_it_is_asked_about_two_seconds_later_and_no_sooner(
    clock: FrozenClock, gateway: FakeSmsGateway, messages: MessageService, sent: Underway
) -> None:
    assert await messages.check(sent.message.id) is None
    clock.advance(timedelta(seconds=2))

    assert await messages.check(sent.message.id) is Delivery.DELIVERED

    assert gateway.calls == 2


@pytest.mark.parametrize(
    ("status", "delivery", "failure"),
    [
        ("Delivered", Delivery.DELIVERED, None),
        ("Read", Delivery.DELIVERED, None),
        ("DELIVRD", Delivery.DELIVERED, None),
        ("Undelivered", Delivery.FAILED, "undelivered"),
        ("Expired", Delivery.FAILED, "undelivered"),
        ("REJECTD", Delivery.FAILED, "undelivered"),
    ],
)
async def test_a_final_word_ends_the_questions(
    database: Database,
    clock: FrozenClock,
    gateway: FakeSmsGateway,
    messages: MessageService,
    sent: Underway,
    status: str,
    delivery: Delivery,
    failure: str | None,
) -> None:
    gateway.status = status
    clock.advance(CHECK_DELAYS[0])

    assert await messages.sweep() == 1

    message = await look_up(database, sent)
    assert (message.status, message.failure, message.due_at) == (delivery, failure, None)


@pytest.mark.parametrize("status", ["Sent", "Queued", "Unknown", "Something new"])
async def test_without_a_final_word_patience_ends_in_unknown(
    database: Database,
    clock: FrozenClock,
    gateway: FakeSmsGateway,
    messages: MessageService,
    sent: Underway,
    status: str,
) -> None:
    gateway.status = status
    for delay in CHECK_DELAYS:
        assert (await look_up(database, sent)).status == Delivery.SENT
        clock.advance(delay)
        assert await messages.sweep() == 1

    message = await look_up(database, sent)
    assert (message.status, message.due_at) == (Delivery.UNKNOWN, None)
    assert message.checks == len(CHECK_DELAYS)


async def test_a_gateway_that_is_away_is_asked_again(
    clock: FrozenClock, gateway: FakeSmsGateway, messages: MessageService, sent: Underway
) -> None:
    gateway.fault = Fault.SERVER_ERROR
    clock.advance(CHECK_DELAYS[0])
    assert await messages.check(sent.message.id) is Delivery.SENT
    gateway.fault = None
    clock.advance(CHECK_DELAYS[1])

    assert await messages.check(sent.message.id) is Delivery.DELIVERED


async def test_a_worker_killed_while_it_asks_is_replaced_by_the_next(
    database: Database,
    clock: FrozenClock,
    messages: MessageService,
    sent: Underway,
) -> None:
    clock.advance(CHECK_DELAYS[0])
    async with database.begin() as transaction:
        message = await transaction.get_one(Message, sent.message.id)
        message.begin_check(clock.now())
    assert await messages.sweep() == 0
    clock.advance(LEASE)

    assert await messages.sweep() == 1

    assert (await look_up(database, sent)).status == Delivery.DELIVERED
