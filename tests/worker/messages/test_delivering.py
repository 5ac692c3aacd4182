"""A code's way to its phone, and everything that can befall it (security.md R7)."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.database import Database
from app.models.base import new_id
from app.models.messages.code_challenge import CodeChallenge
from app.models.messages.message import LEASE, Delivery, Message
from app.repositories.messages.messages import MessageRepository
from app.services.messages.delivery import MessageService
from tests.conftest import DOMAIN
from tests.fakes.clock import FrozenClock
from tests.fakes.sms_gateway import FakeSmsGateway, Fault
from tests.worker.codes import PHONE, issue_code, look_up, new_challenge, resend_code

SECOND = timedelta(seconds=1)


async def sweep_every_second(
    messages: MessageService, clock: FrozenClock, gateway: FakeSmsGateway, *, at_most: int
) -> int:
    """Let time pass until a message has left; return the seconds that took."""
    for second in range(at_most):
        await messages.sweep()
        if gateway.sent:
            return second
        clock.advance(SECOND)
    raise AssertionError(f"nothing has left within {at_most} seconds")


async def test_a_queued_code_goes_to_its_phone(
    database: Database, clock: FrozenClock, gateway: FakeSmsGateway, messages: MessageService
) -> None:
    underway = await issue_code(database, now=clock.now())

    assert await messages.deliver(underway.message.id) is Delivery.SENT

    [sms] = gateway.sent
    assert (sms.phone, sms.sender) == ("380671234588", "Cabinet")
    assert sms.text.endswith(f"\n@{DOMAIN} #{underway.code}")
    message = await look_up(database, underway)
    assert (message.status, message.starts, message.gateway_id) == (
        Delivery.SENT,
        1,
        sms.message_id,
    )


async def test_the_job_is_queued_with_the_message_or_not_at_all(
    database: Database, clock: FrozenClock
) -> None:
    underway = await issue_code(database, now=clock.now())

    async with database.begin() as transaction:
        jobs = await transaction.execute(text("SELECT entrypoint, payload FROM pgqueuer"))
        assert [tuple(job) for job in jobs] == [
            ("send_message", str(underway.message.id).encode()),
        ]


async def test_a_job_vanishes_with_the_transaction_that_wrote_it(
    database: Database, clock: FrozenClock
) -> None:
    message = Message.carrying(new_challenge(now=clock.now()), locale="uk", now=clock.now())
    with suppress(ZeroDivisionError):
        async with database.begin() as transaction:
            await MessageRepository(transaction).queue(message)
            raise ZeroDivisionError

    async with database.begin() as transaction:
        assert await transaction.scalar(text("SELECT count(*) FROM pgqueuer")) == 0


async def test_a_message_is_sent_once_however_often_its_job_runs(
    database: Database, clock: FrozenClock, gateway: FakeSmsGateway, messages: MessageService
) -> None:
    underway = await issue_code(database, now=clock.now())
    await messages.deliver(underway.message.id)

    assert await messages.deliver(underway.message.id) is None

    assert gateway.calls == 1


async def test_nothing_is_sent_for_a_message_that_is_not_there(
    gateway: FakeSmsGateway, messages: MessageService
) -> None:
    assert await messages.deliver(new_id()) is None
    assert await messages.check(new_id()) is None
    assert gateway.calls == 0


@pytest.mark.committing
async def test_two_workers_with_the_same_message_send_it_once(
    database: Database, clock: FrozenClock, gateway: FakeSmsGateway, messages: MessageService
) -> None:
    underway = await issue_code(database, now=clock.now())

    outcomes = await asyncio.gather(*(messages.deliver(underway.message.id) for _ in range(6)))

    assert sorted(outcomes, key=str) == [None] * 5 + [Delivery.SENT]
    assert gateway.calls == 1
    assert (await look_up(database, underway)).starts == 1


async def test_a_worker_killed_while_it_sends_loses_no_code(
    database: Database, clock: FrozenClock, gateway: FakeSmsGateway, messages: MessageService
) -> None:
    underway = await issue_code(database, now=clock.now())
    gateway.fault = Fault.HANG
    dying = asyncio.create_task(messages.deliver(underway.message.id))
    await gateway.until_called()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    gateway.fault = None

    # Its lease protects it from others, and then lapses.
    assert await messages.sweep() == 0
    clock.advance(LEASE)
    assert await messages.sweep() == 1

    assert gateway.code_sent_to(PHONE) == underway.code
    assert (await look_up(database, underway)).starts == 2


async def test_a_possible_duplicate_is_recorded_and_carries_the_same_text(
    database: Database, clock: FrozenClock, gateway: FakeSmsGateway, messages: MessageService
) -> None:
    underway = await issue_code(database, now=clock.now())
    gateway.fault = Fault.ACCEPT_AND_CUT_OFF
    await messages.deliver(underway.message.id)
    gateway.fault = None

    await sweep_every_second(messages, clock, gateway, at_most=2)
    clock.advance(SECOND)
    await messages.sweep()

    # The text is the same to the letter, so the gateway recognised it (427) and sent it once.
    message = await look_up(database, underway)
    assert (message.starts, message.status, len(gateway.sent)) == (2, Delivery.SENT, 1)
    assert (message.gateway_id, message.due_at) == (None, None)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.SERVER_ERROR,
        Fault.TOO_MANY_REQUESTS,
        Fault.NOT_JSON,
        Fault.WRONG_SHAPE,
    ],
)
@pytest.mark.parametrize("outage", [3, 40, 200])
async def test_a_code_leaves_within_30_seconds_of_the_gateways_recovery(
    database: Database,
    clock: FrozenClock,
    gateway: FakeSmsGateway,
    messages: MessageService,
    fault: Fault,
    outage: int,
) -> None:
    underway = await issue_code(database, now=clock.now())
    gateway.fault = fault
    for _ in range(outage):
        await messages.sweep()
        clock.advance(SECOND)
    gateway.fault = None

    assert await sweep_every_second(messages, clock, gateway, at_most=31) <= 30

    assert gateway.code_sent_to(PHONE) == underway.code


async def test_a_gateway_that_is_down_is_an_outage_too(
    database: Database, clock: FrozenClock, gateway: FakeSmsGateway, messages: MessageService
) -> None:
    underway = await issue_code(database, now=clock.now())
    await gateway.stop()
    assert await messages.deliver(underway.message.id) is Delivery.QUEUED
    await gateway.start()

    assert await sweep_every_second(messages, clock, gateway, at_most=31) <= 30


async def test_balance_and_token_trouble_is_mended_by_people_while_we_retry(
    database: Database, clock: FrozenClock, gateway: FakeSmsGateway, messages: MessageService
) -> None:
    underway = await issue_code(database, now=clock.now())
    gateway.code = 203
    assert await messages.deliver(underway.message.id) is Delivery.QUEUED
    assert (await look_up(database, underway)).failure == "code_203"
    gateway.code = None

    await sweep_every_second(messages, clock, gateway, at_most=31)

    assert (await look_up(database, underway)).failure is None


async def test_a_gateway_that_stays_away_ends_in_failed(
    database: Database, clock: FrozenClock, gateway: FakeSmsGateway, messages: MessageService
) -> None:
    underway = await issue_code(database, now=clock.now())
    gateway.fault = Fault.SERVER_ERROR
    for _ in range(310):
        await messages.sweep()
        clock.advance(SECOND)

    message = await look_up(database, underway)
    assert (message.status, message.failure) == (Delivery.FAILED, "http_502")
    assert message.due_at is None
    assert message.starts > 20


async def test_a_message_found_too_late_is_not_sent(
    database: Database, clock: FrozenClock, gateway: FakeSmsGateway, messages: MessageService
) -> None:
    underway = await issue_code(database, now=clock.now())
    clock.advance(timedelta(minutes=5))

    assert await messages.deliver(underway.message.id) is None

    message = await look_up(database, underway)
    assert (message.status, message.failure) == (Delivery.FAILED, "too_late")
    assert gateway.calls == 0


async def test_a_code_that_has_been_used_is_not_sent_any_more(
    database: Database, clock: FrozenClock, gateway: FakeSmsGateway, messages: MessageService
) -> None:
    underway = await issue_code(database, now=clock.now())
    async with database.begin() as transaction:
        challenge = await transaction.get_one(CodeChallenge, underway.challenge.id)
        challenge.used_at = clock.now()

    assert await messages.deliver(underway.message.id) is None

    assert (await look_up(database, underway)).failure == "not_needed"
    assert gateway.calls == 0


@pytest.mark.parametrize("code", [305, 404, 406, 412, 413])
@pytest.mark.parametrize("of_recipient", [True, False])
async def test_a_refused_phone_fails_at_once(
    database: Database,
    clock: FrozenClock,
    gateway: FakeSmsGateway,
    messages: MessageService,
    code: int,
    *,
    of_recipient: bool,
) -> None:
    underway = await issue_code(database, now=clock.now())
    if of_recipient:
        gateway.recipient_code = code
    else:
        gateway.code = code

    assert await messages.deliver(underway.message.id) is Delivery.FAILED

    assert (await look_up(database, underway)).failure == f"refused_{code}"
    clock.advance(timedelta(minutes=1))
    assert await messages.sweep() == 0


async def test_a_resend_is_a_message_of_its_own_with_the_same_code(
    database: Database, clock: FrozenClock, gateway: FakeSmsGateway, messages: MessageService
) -> None:
    underway = await issue_code(database, now=clock.now())
    await messages.deliver(underway.message.id)
    clock.advance(timedelta(seconds=60))

    again = await resend_code(database, underway, now=clock.now())
    await messages.deliver(again.id)

    # Within 90 s the gateway drops a text it has seen; these two differ in the moment they tell.
    first, second = gateway.sent
    assert first.text != second.text
    assert first.text.splitlines()[-1] == second.text.splitlines()[-1]
    assert gateway.code_sent_to(PHONE) == underway.code


async def test_a_slow_worker_does_not_overrule_the_one_that_took_over(
    database: Database, clock: FrozenClock, gateway: FakeSmsGateway, messages: MessageService
) -> None:
    underway = await issue_code(database, now=clock.now())
    gateway.fault = Fault.HANG
    slow = asyncio.create_task(messages.deliver(underway.message.id))
    await gateway.until_called()
    gateway.fault = None
    clock.advance(LEASE)
    assert await messages.deliver(underway.message.id) is Delivery.SENT
    assert await slow is Delivery.SENT  # it timed out, and left alone what it found

    left = await look_up(database, underway)
    assert (left.status, left.failure, left.starts) == (Delivery.SENT, None, 2)
