"""Old rows are deleted on their day, and no row that is still needed."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.access import Credentials
from app.clock import Clock
from app.composition import RETENTION_RULES
from app.database import Database
from app.metrics import WorkerMetrics
from app.models.accounts.account_link_request import AccountLinkRequest
from app.models.identity.invitation import WAITS_FOR as INVITATION_WAITS_FOR
from app.models.identity.session import ABSOLUTE_LIFETIME, IDLE_LIFETIME, KNOWN_FOR, Session
from app.models.messages.code_challenge import LIFETIME
from app.models.messages.message import TOO_LATE, Delivery
from app.models.retention import RetentionTerms
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
    "sign_ups": 30,
    "password_resets": 30,
    "invitations": 30,
    "phone_changes": 30,
    "account_link_requests": 30,
    "code_challenges": 30,
    "messages": 90,
    "sessions": 90,
    "audit_events": 1096,
    "idempotency_keys": 1,
    "budgets": 0,
    "rate_limits": 0,
    "reading_change_marks": 400,
    "pgqueuer_log": 7,
}


@pytest.fixture
async def past(database: Database, access_tokens: AccessTokens) -> Past:
    return await past_of_a_company(database, access_tokens)


@pytest.mark.parametrize("kind", DAYS)
async def test_each_kind_goes_on_its_day_and_not_a_moment_before(
    past: Past, clock: FrozenClock, retention: RetentionService, kind: str
) -> None:
    before = await past.count(kind)
    kept_for = DAYS[kind] * DAY
    await past.add(kind, clock.now() - kept_for + MOMENT)

    assert await retention.purge() == {}
    clock.advance(MOMENT)
    assert await retention.purge() == {kind: 1}
    assert await past.count(kind) == before


async def test_an_operator_may_keep_things_for_another_time(
    past: Past, database: Database, clock: FrozenClock, metrics: WorkerMetrics
) -> None:
    terms = RetentionTerms(requests=2 * DAY, messages=3 * DAY, audit_events=64 * DAY)
    retention = RetentionService(
        database=database, clock=clock, terms=terms, rules=RETENTION_RULES, metrics=metrics
    )
    for kind in ("sign_ups", "messages"):
        await past.add(kind, clock.now())
    await past.add("audit_events", clock.now() - 60 * DAY)

    clock.advance(2 * DAY)
    assert await retention.purge() == {"sign_ups": 1}
    clock.advance(DAY)
    assert await retention.purge() == {"messages": 1}
    clock.advance(DAY)
    assert await retention.purge() == {"audit_events": 1}


async def test_nothing_young_is_deleted_from_the_audit_trail_whatever_is_asked(
    past: Past, database: Database, metrics: WorkerMetrics
) -> None:
    # By the clock of the database, which nobody who only has the application's role can turn.
    now = Clock().now()
    await past.add("audit_events", now - 29 * DAY)
    await past.add("audit_events", now - 31 * DAY)
    before = await past.count("audit_events")
    far_ahead = RetentionService(
        database=database,
        clock=FrozenClock(now + 10_000 * DAY),
        terms=RetentionTerms(),
        rules=RETENTION_RULES,
        metrics=metrics,
    )

    gone = await far_ahead.purge()

    assert gone["audit_events"] == 1
    assert await past.count("audit_events") == before - 1


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
    await past.add("messages", clock.now() - 91 * DAY, rows=AT_ONCE)
    await past.add("messages", clock.now() - 90 * DAY, rows=2)

    assert await retention.purge() == {"messages": AT_ONCE}
    assert await past.count("messages") == 2
    assert await retention.purge() == {"messages": 2}
    assert await retention.purge() == {}


@pytest.mark.committing
async def test_two_workers_share_the_work(
    past: Past, clock: FrozenClock, retention: RetentionService
) -> None:
    await past.add("messages", clock.now() - 91 * DAY, rows=2 * AT_ONCE)

    shares = [await asyncio.gather(retention.purge(), retention.purge()) for _ in range(2)]

    assert sum(share.get("messages", 0) for both in shares for share in both) == 2 * AT_ONCE
    assert await past.count("messages") == 0


@pytest.mark.committing
async def test_what_somebody_has_in_hand_is_left_and_not_waited_for(
    past: Past, database: Database, clock: FrozenClock, retention: RetentionService
) -> None:
    await past.add("messages", clock.now() - 91 * DAY, rows=2)
    async with database.begin() as transaction:
        await transaction.execute(text("SELECT FROM messages LIMIT 1 FOR UPDATE"))
        async with asyncio.timeout(2):
            meanwhile = await retention.purge()

    assert meanwhile == {"messages": 1}
    assert await retention.purge() == {"messages": 1}


@pytest.mark.committing
async def test_a_kind_that_cannot_be_forgotten_keeps_no_other(
    past: Past, database: Database, clock: FrozenClock, retention: RetentionService
) -> None:
    await past.add("sign_ups", clock.now() - 31 * DAY)
    await past.add("pgqueuer_log", clock.now() - 8 * DAY)
    async with database.begin() as transaction:
        await transaction.execute(text("ALTER TABLE messages RENAME TO elsewhere"))

    with pytest.raises(ExceptionGroup):
        await retention.purge()

    assert await past.count("sign_ups") == 0
    assert await past.count("pgqueuer_log") == 0


async def test_a_message_on_its_way_is_not_forgotten_before_it_is_settled(
    database: Database,
    clock: FrozenClock,
    messages: MessageService,
    retention: RetentionService,
) -> None:
    # A worker that was away for a quarter, and forgets before it sweeps.
    underway = await issue_code(database, now=clock.now())
    clock.advance(91 * DAY)

    gone = await retention.purge()
    await messages.sweep()

    message = await look_up(database, underway)
    assert ("code_challenges" in gone, "messages" in gone) == (True, False)
    assert (message.status, message.failure) == (Delivery.FAILED, TOO_LATE)
    assert await retention.purge() == {"messages": 1}


async def test_a_consent_is_kept_as_the_link_is(
    past: Past, database: Database, clock: FrozenClock, retention: RetentionService
) -> None:
    await past.add("account_link_requests", clock.now(), rows=2)
    async with database.begin() as transaction:
        one = await transaction.scalar(select(AccountLinkRequest.id).limit(1))
        await transaction.execute(
            update(AccountLinkRequest)
            .where(AccountLinkRequest.id == one)
            .values(confirmed_at=clock.now())
        )
    clock.advance(10_000 * DAY)

    assert (await retention.purge())["account_link_requests"] == 1
    assert await past.count("account_link_requests") == 1


async def test_a_session_goes_when_its_device_is_known_no_more(
    past: Past, database: Database, clock: FrozenClock, retention: RetentionService
) -> None:
    credentials = past.owner.credentials
    await change(database, credentials, last_seen_at=clock.now() + ABSOLUTE_LIFETIME)

    clock.advance(ABSOLUTE_LIFETIME + KNOWN_FOR - MOMENT)
    assert await retention.purge() == {}
    clock.advance(MOMENT)
    assert await retention.purge() == {"sessions": 1}


async def test_the_audit_trail_outlives_the_session_it_names(
    past: Past, clock: FrozenClock, retention: RetentionService
) -> None:
    await past.add("audit_events", clock.now())
    clock.advance(KNOWN_FOR)

    assert await retention.purge() == {"sessions": 1}
    assert await past.count("audit_events") == 1


async def change(database: Database, credentials: Credentials, **values: Any) -> None:
    async with database.begin() as transaction:
        await transaction.execute(
            update(Session).where(Session.id == credentials.session_id).values(**values)
        )
