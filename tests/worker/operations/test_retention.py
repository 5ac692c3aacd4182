"""What is forgotten goes on its day, and nothing that anybody still needs goes with it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.access import Credentials
from app.clock import Clock
from app.database import Database
from app.metrics import WorkerMetrics
from app.models.accounts.account_link_request import AccountLinkRequest
from app.models.identity.invitation import WAITS_FOR as INVITATION_WAITS_FOR
from app.models.identity.session import ABSOLUTE_LIFETIME, IDLE_LIFETIME, KNOWN_FOR, Session
from app.models.messages.code_challenge import LIFETIME
from app.models.messages.message import TOO_LATE, Delivery
from app.models.retention import Kind, Terms
from app.security.access_tokens import AccessTokens
from app.services.messages.delivery import MessageService
from app.services.operations.retention import AT_ONCE, RetentionService
from app.settings import Settings
from tests.fakes.clock import FrozenClock
from tests.worker.aged import Past, past_of_a_company
from tests.worker.codes import issue_code, look_up

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)

DAYS = {
    Kind.SIGN_UPS: 30,
    Kind.PASSWORD_RESETS: 30,
    Kind.INVITATIONS: 30,
    Kind.PHONE_CHANGES: 30,
    Kind.ACCOUNT_LINK_REQUESTS: 30,
    Kind.CODE_CHALLENGES: 30,
    Kind.MESSAGES: 90,
    Kind.SESSIONS: 90,
    Kind.AUDIT_EVENTS: 1096,
    Kind.IDEMPOTENCY_KEYS: 1,
    Kind.BUDGETS: 0,
    Kind.RATE_LIMITS: 0,
    Kind.FINISHED_JOBS: 7,
}


@pytest.fixture
async def past(database: Database, access_tokens: AccessTokens) -> Past:
    return await past_of_a_company(database, access_tokens)


@pytest.mark.parametrize("kind", Kind)
async def test_each_kind_goes_on_its_day_and_not_a_moment_before(
    past: Past, clock: FrozenClock, retention: RetentionService, kind: Kind
) -> None:
    before = await past.count(kind)
    kept_for = DAYS[kind] * DAY
    await past.add(kind, clock.now() - kept_for + MOMENT)

    assert await retention.forget() == {}
    clock.advance(MOMENT)
    assert await retention.forget() == {kind: 1}
    assert await past.count(kind) == before


async def test_an_operator_may_keep_things_for_another_time(
    past: Past, database: Database, clock: FrozenClock, metrics: WorkerMetrics
) -> None:
    terms = Terms(requests=2 * DAY, messages=3 * DAY, audit_events=64 * DAY)
    retention = RetentionService(database=database, clock=clock, terms=terms, metrics=metrics)
    for kind in (Kind.SIGN_UPS, Kind.MESSAGES):
        await past.add(kind, clock.now())
    await past.add(Kind.AUDIT_EVENTS, clock.now() - 60 * DAY)

    clock.advance(2 * DAY)
    assert await retention.forget() == {Kind.SIGN_UPS: 1}
    clock.advance(DAY)
    assert await retention.forget() == {Kind.MESSAGES: 1}
    clock.advance(DAY)
    assert await retention.forget() == {Kind.AUDIT_EVENTS: 1}


async def test_nothing_young_is_deleted_from_the_audit_trail_whatever_is_asked(
    past: Past, database: Database, metrics: WorkerMetrics
) -> None:
    # By the clock of the database, which nobody who only has the application's role can turn.
    now = Clock().now()
    await past.add(Kind.AUDIT_EVENTS, now - 29 * DAY)
    await past.add(Kind.AUDIT_EVENTS, now - 31 * DAY)
    before = await past.count(Kind.AUDIT_EVENTS)
    far_ahead = RetentionService(
        database=database,
        clock=FrozenClock(now + 10_000 * DAY),
        terms=Terms(),
        metrics=metrics,
    )

    gone = await far_ahead.forget()

    assert gone[Kind.AUDIT_EVENTS] == 1
    assert await past.count(Kind.AUDIT_EVENTS) == before - 1


def test_no_term_is_shorter_than_what_it_ends_may_last() -> None:
    least = {
        name: next(rule.ge for rule in Settings.model_fields[name].metadata if hasattr(rule, "ge"))
        for name in ("requests_kept_days", "messages_kept_days")
    }

    assert least["requests_kept_days"] * DAY > INVITATION_WAITS_FOR + LIFETIME
    assert least["messages_kept_days"] * DAY > LIFETIME
    # What is forgotten KNOWN_FOR after it was last seen is no living session.
    assert KNOWN_FOR > IDLE_LIFETIME


async def test_many_go_a_bounded_piece_at_a_time_the_oldest_first(
    past: Past, clock: FrozenClock, retention: RetentionService
) -> None:
    await past.add(Kind.MESSAGES, clock.now() - 91 * DAY, rows=AT_ONCE)
    await past.add(Kind.MESSAGES, clock.now() - 90 * DAY, rows=2)

    assert await retention.forget() == {Kind.MESSAGES: AT_ONCE}
    assert await past.count(Kind.MESSAGES) == 2
    assert await retention.forget() == {Kind.MESSAGES: 2}
    assert await retention.forget() == {}


@pytest.mark.committing
async def test_two_workers_share_the_work(
    past: Past, clock: FrozenClock, retention: RetentionService
) -> None:
    await past.add(Kind.MESSAGES, clock.now() - 91 * DAY, rows=2 * AT_ONCE)

    shares = [await asyncio.gather(retention.forget(), retention.forget()) for _ in range(2)]

    assert sum(share.get(Kind.MESSAGES, 0) for both in shares for share in both) == 2 * AT_ONCE
    assert await past.count(Kind.MESSAGES) == 0


@pytest.mark.committing
async def test_what_somebody_has_in_hand_is_left_and_not_waited_for(
    past: Past, database: Database, clock: FrozenClock, retention: RetentionService
) -> None:
    await past.add(Kind.MESSAGES, clock.now() - 91 * DAY, rows=2)
    async with database.begin() as session:
        await session.execute(text("SELECT FROM messages LIMIT 1 FOR UPDATE"))
        async with asyncio.timeout(2):
            meanwhile = await retention.forget()

    assert meanwhile == {Kind.MESSAGES: 1}
    assert await retention.forget() == {Kind.MESSAGES: 1}


@pytest.mark.committing
async def test_a_kind_that_cannot_be_forgotten_keeps_no_other(
    past: Past, database: Database, clock: FrozenClock, retention: RetentionService
) -> None:
    await past.add(Kind.SIGN_UPS, clock.now() - 31 * DAY)
    await past.add(Kind.FINISHED_JOBS, clock.now() - 8 * DAY)
    async with database.begin() as session:
        await session.execute(text("ALTER TABLE messages RENAME TO elsewhere"))

    with pytest.raises(ExceptionGroup):
        await retention.forget()

    assert await past.count(Kind.SIGN_UPS) == 0
    assert await past.count(Kind.FINISHED_JOBS) == 0


async def test_a_message_on_its_way_is_not_forgotten_before_it_is_settled(
    database: Database,
    clock: FrozenClock,
    messages: MessageService,
    retention: RetentionService,
) -> None:
    # A worker that was away for a quarter, and forgets before it sweeps.
    underway = await issue_code(database, now=clock.now())
    clock.advance(91 * DAY)

    gone = await retention.forget()
    await messages.sweep()

    message = await look_up(database, underway)
    assert (Kind.CODE_CHALLENGES in gone, Kind.MESSAGES in gone) == (True, False)
    assert (message.status, message.failure) == (Delivery.FAILED, TOO_LATE)
    assert await retention.forget() == {Kind.MESSAGES: 1}


async def test_a_consent_is_kept_as_the_link_is(
    past: Past, database: Database, clock: FrozenClock, retention: RetentionService
) -> None:
    await past.add(Kind.ACCOUNT_LINK_REQUESTS, clock.now(), rows=2)
    async with database.begin() as session:
        one = await session.scalar(select(AccountLinkRequest.id).limit(1))
        await session.execute(
            update(AccountLinkRequest)
            .where(AccountLinkRequest.id == one)
            .values(confirmed_at=clock.now())
        )
    clock.advance(10_000 * DAY)

    assert (await retention.forget())[Kind.ACCOUNT_LINK_REQUESTS] == 1
    assert await past.count(Kind.ACCOUNT_LINK_REQUESTS) == 1


async def test_a_session_goes_when_its_device_is_known_no_more(
    past: Past, database: Database, clock: FrozenClock, retention: RetentionService
) -> None:
    credentials = past.owner.credentials
    await change(database, credentials, last_seen_at=clock.now() + ABSOLUTE_LIFETIME)

    clock.advance(ABSOLUTE_LIFETIME + KNOWN_FOR - MOMENT)
    assert await retention.forget() == {}
    clock.advance(MOMENT)
    assert await retention.forget() == {Kind.SESSIONS: 1}


async def test_the_audit_trail_outlives_the_session_it_names(
    past: Past, clock: FrozenClock, retention: RetentionService
) -> None:
    await past.add(Kind.AUDIT_EVENTS, clock.now())
    clock.advance(KNOWN_FOR)

    assert await retention.forget() == {Kind.SESSIONS: 1}
    assert await past.count(Kind.AUDIT_EVENTS) == 1


async def change(database: Database, credentials: Credentials, **values: Any) -> None:
    async with database.begin() as session:
        await session.execute(
            update(Session).where(Session.id == credentials.session_id).values(**values)
        )
